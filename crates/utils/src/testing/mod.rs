//! Proves that code cleans up when operations fail and when futures are cancelled: a [`Ledger`] of what is open, and an
//! [`Explorer`] that runs a scenario once for each thing that can go wrong.
//!
//! A test that runs the happy path says nothing about the early `?` between an open and a close, nor about the `select!` that drops a
//! future half-way. The explorer takes each of these exits in turn, and names the one that leaks. It needs the feature
//! `testing`, and is meant for `[dev-dependencies]`:
//!
//! ```toml
//! [dev-dependencies]
//! async-drop-utils = { path = "…", features = ["testing"] }
//! ```
//!
//! # A planted leak, found
//!
//! `refresh` forgets its connection when the fetch fails. The resource opens an entry on the books when it is made and
//! closes it in its cleanup; what can fail in reality is [`fallible`] in the test.
//!
//! ```
//! use async_drop_utils::testing::{Entry, Explorer, InjectedFault, Ledger, fallible};
//! use async_drop_utils::{AsyncDrop, AsyncDropGuard};
//!
//! #[derive(Debug)]
//! struct Connection {
//!     entry: Entry,
//! }
//!
//! impl Connection {
//!     async fn connect() -> Result<AsyncDropGuard<Self>, InjectedFault> {
//!         fallible("connect").await?;
//!         let entry = Ledger::current().open("connection");
//!         Ok(AsyncDropGuard::new(Self { entry }))
//!     }
//!
//!     async fn fetch(&self) -> Result<String, InjectedFault> {
//!         fallible("fetch").await?;
//!         Ok("page".to_owned())
//!     }
//! }
//!
//! #[async_trait::async_trait]
//! impl AsyncDrop for Connection {
//!     type Error = InjectedFault;
//!
//!     async fn async_drop_impl(&mut self) -> Result<(), InjectedFault> {
//!         self.entry.close();
//!         Ok(())
//!     }
//! }
//!
//! async fn refresh() -> Result<(), InjectedFault> {
//!     let mut connection = Connection::connect().await?;
//!     connection.fetch().await?; // leaves with the guard armed
//!     connection.async_drop().await
//! }
//!
//! let leak = Explorer::new().failures(refresh).unwrap_err();
//! let text = leak.to_string();
//! assert!(text.starts_with("leaks when fetch #1 fails\nstill open: connection #1\nforgotten: Connection"));
//!
//! async fn refresh_and_clean_up() -> Result<(), InjectedFault> {
//!     let mut connection = Connection::connect().await?.cancel_safe();
//!     let fetched = connection.fetch().await;
//!     let cleaned = connection.async_drop().await;
//!     fetched.and(cleaned)
//! }
//!
//! let report = Explorer::new().all(refresh_and_clean_up).unwrap();
//! assert_eq!((report.faults(), report.cancellations()), (4, 2));
//! ```
//!
//! # What is tried
//!
//! | | what happens | by |
//! |---|---|---|
//! | a fault | nothing happened, and an error; it happened, and the answer is lost; it happens later; nobody answers, with or without an effect | [`failures`](Explorer::failures) |
//! | … for good | all operations of one name fail from one on | [`failures`](Explorer::failures) |
//! | a cancellation | the scenario is dropped at each await: at once, before a far side has read the request, and just before it resumes, with the answer on its way | [`cancellations`](Explorer::cancellations) |
//! | an hour | passes at each await, so that each shorter deadline around it passes | [`cancellations`](Explorer::cancellations) |
//! | an abort | a task of [`spawn()`] or [`abortable`] is aborted before it starts and at each of its awaits | [`all`](Explorer::all) |
//! | a call again | a future of [`restartable()`] is dropped and called again on the same state | [`all`](Explorer::all) |
//! | the end of the program | `main` returns right behind [`drain`](crate::drain()), also with the scenario cut off | [`all`](Explorer::all) |
//! | one after another | each of these, survived alone, with what can happen behind it | [`pairs`](Explorer::pairs) |
//! | another order | the scenario, tasks and callers let others pass | [`orders`](Explorer::orders) |
//! | the end of the runtime | it is dropped, or shut down with a timeout or in the background | [`endings`](Explorer::endings) |
//!
//! `failures` and `cancellations` are part of `all`. The first [`Leak`] is the smallest, and [`Leak::replay`] is the line that runs it alone.
//! A [`Report`] says what was survived and what was left out.
//!
//! # What a run is held to
//!
//! The books must balance: each entry closed exactly once, what stood on it before, and no guard forgotten. They are read when the scenario has
//! ended *and* no task is left, so cleanup that a cancel-safe guard hands over to a task counts. Besides, nothing may panic, the scenario must
//! end, and it must not return an error when nothing fails and tasks go on as they are woken. A guard that is forgotten on a thread of the run does not panic, but is
//! entered in the books.
//!
//! # Where the world is met
//!
//! | in the code under test | stands for |
//! |---|---|
//! | [`fallible`], [`fault_point`] | a call that fails with nothing done; the second is not awaited |
//! | [`request()`], [`Peer`] | a far side, which grants before it answers; the requests of one `Peer` are granted in order |
//! | [`Ledger::current`], [`Entry`] | what is open; no parameter has to be added to the code under test |
//! | an [`AsyncDropGuard`](crate::AsyncDropGuard) | needs none of them to be found when it is forgotten |
//!
//! They belong into the fake of what really fails: the transport, the store, the clock. [`InjectedFault`] converts into
//! [`std::io::Error`]; map it into your own error type where that is asked for. Outside of an exploration nothing fails,
//! so a fake can be used in ordinary tests as well.
//!
//! The clock of a run is paused: a `sleep` of an hour takes no time. Code that waits for a socket, a process or a thread that
//! it spawned itself looks idle on such a clock, and its timeouts fire at once; give it the [wall clock](Explorer::wall_clock).
//! `spawn_blocking` is waited for on both.
//!
//! A ledger also serves without the explorer, on any runtime: [`Ledger::enter`] makes it current on the thread, and
//! [`Ledger::balance`] says what is open.
//!
//! # What it does not show
//!
//! | not tried | instead |
//! |---|---|
//! | three things in one run; as the second of a pair, a name that fails for good | a test of its own |
//! | a fault of an operation, an abort of a task and a call again that only an error leads to, outside of `pairs` | [`Report::never_failed`] names the operation |
//! | deadlines of more than an hour; an hour at an await of a task | a shorter deadline, in the scenario |
//! | aborts of tasks of `tokio::spawn`, and orders in which they pass others between their operations: the runtime shows them to nobody | [`spawn()`], [`abortable`] |
//! | both ways through a `select!`, unless each branch awaits an operation, or one does and the other a timer; every draw of one without `biased;` | operations in its branches |
//! | races between threads: a run has one | a model checker |
//! | what is left open or forgotten by a runtime that ends: nothing could close it | [`all`](Explorer::all), where `main` drains first |
//! | code that blocks the thread without an await: it cannot be stopped | the test runner's limit |

mod books;
mod current;
mod explore;
mod numbered;
mod run;
mod world;

pub use books::{EnteredLedger, Entry, Imbalance, Ledger};
pub use explore::{Explorer, Leak, Report};
pub use run::Outcome;
pub use world::{
    Abortable, InjectedFault, Peer, abortable, fallible, fault_point, request, restartable, spawn,
};
