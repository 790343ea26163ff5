//! Proves that code cleans up when operations fail and when futures are cancelled: a [`Ledger`] of what is open, and an
//! [`Explorer`] that runs a scenario once for each fault and once for each cancellation.
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
//! # What a run is held to
//!
//! The books must balance: each entry closed exactly once, no guard forgotten. They are read when the scenario has ended *and*
//! the runtime has become idle, so cleanup that a cancel-safe guard hands over to a task counts. Besides, nothing may panic, the
//! scenario must end, and without an injected fault it must not return an error. [`Leak`] lists the words for each.
//!
//! A guard that is forgotten on a thread of the run is entered in the books and does not panic, so that the run goes on and
//! shows what else it leaves behind. When the explorer cancels, a plain guard that goes down with the future is forgotten, too;
//! a cancel-safe one is not.
//!
//! # Resources without a ledger
//!
//! An existing type can be held to the same test by what it leaves behind. Guards need no entry: a forgotten one is found
//! without any. For other resources keep an [`Entry`] in a wrapper, or open one in the fake that stands for the real thing.
//! [`Ledger::current`] finds the books, so no parameter has to be added to the code under test.
//!
//! # Faults in code that knows nothing of them
//!
//! [`fallible`] belongs into the fake of what really fails: the transport, the store, the clock. [`InjectedFault`] converts into
//! [`std::io::Error`]; map it into your own error type where that is asked for. Outside of an exploration nothing fails,
//! so a fake can be used in ordinary tests as well.
//!
//! # Time, threads, sockets
//!
//! The clock of a run is paused: a `sleep` of an hour takes no time. Code that waits for a socket, a process or a thread that
//! it spawned itself looks idle on such a clock, and its timeouts fire at once; give it the [wall clock](Explorer::wall_clock).
//! `spawn_blocking` is waited for on both.
//!
//! # Without the explorer
//!
//! A ledger also serves in ordinary tests, on any runtime: [`Ledger::enter`] makes it current on the thread, and
//! [`Ledger::balance`] says what is open.
//!
//! # What it does not show
//!
//! One fault or one cancellation is injected in a run, so what happens when the cleanup fails after the body did is shown only by
//! a test of its own. Spawned tasks are not cancelled, other than by the runtime's end. Interleavings are those of the
//! current-thread scheduler: for races between threads take a model checker.

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
