//! A guard for values whose cleanup has to be awaited: it demands `async_drop().await`, and neither an early `?` nor a
//! cancelled future gets past it unseen.
//!
//! Rust's `Drop` cannot await, so a connection, a transaction or a lease that is closed by talking to somebody cannot be closed
//! there. Give its type [`AsyncDrop`], hand it out in an [`AsyncDropGuard`], and use it in [`with_async_drop!`].
//!
//! # Hello World
//!
//! ```
//! use std::time::Duration;
//!
//! use async_drop_utils::{AsyncDrop, AsyncDropGuard, drain, with_async_drop};
//!
//! #[derive(Debug)]
//! struct Session {
//!     user: &'static str,
//! }
//!
//! impl Session {
//!     async fn log_in(user: &'static str) -> Result<AsyncDropGuard<Self>, String> {
//!         Ok(AsyncDropGuard::new_cancel_safe(Session { user }))
//!     }
//! }
//!
//! #[async_trait::async_trait]
//! impl AsyncDrop for Session {
//!     type Error = String;
//!
//!     async fn async_drop_impl(&mut self) -> Result<(), String> {
//!         println!("{} logs out", self.user);
//!         Ok(())
//!     }
//! }
//!
//! async fn greet() -> Result<(), String> {
//!     let session = Session::log_in("ada").await?;
//!     with_async_drop!(session, {
//!         println!("hello, {}", session.user);
//!         Ok(()) // an `Err` or a `?` here would log out, too
//!     })
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), String> {
//!     let greeted = greet().await;
//!     drain(Duration::from_secs(10)).await.is_clean();
//!     greeted
//! }
//! ```
//!
//! # What a guard does
//!
//! A guard is *armed* until its cleanup has completed.
//!
//! | situation | what happens |
//! |---|---|
//! | `async_drop()` completes, `Ok` or `Err` | the value's own `Drop` runs at once; the guard is done; the result is returned |
//! | `async_drop()` again | `Ok(())`, nothing runs |
//! | the `async_drop()` future is dropped half-way | the guard is still armed; the next call starts the cleanup again |
//! | the cleanup panics | it is not run again; the value's own `Drop` runs; the guard is done; the panic goes on |
//! | an armed plain guard is dropped | the [forgotten-guard hook](set_forgotten_guard_hook), by default a panic `Forgot to call async_drop on …` |
//! | … while the thread panics | reported, never a second panic |
//! | an armed cancel-safe guard is dropped | its value moves to a cleanup task; without a runtime, as a plain one |
//! | the value is used after its cleanup | panic `Value already dropped` |
//!
//! *Reported* means one `tracing` event at error level with target `async_drop`. It carries the error, the type, and where the guard
//! was made. Without a `tracing` subscriber it is silent.
//!
//! # Cancellation
//!
//! `select!`, a timeout, an abort and a caller that hangs up drop a future at whichever await it has reached, with the guards that it
//! holds. A guard from [`AsyncDropGuard::new_cancel_safe`], or made so by [`AsyncDropGuard::cancel_safe`], has its value cleaned up
//! in a Tokio task then. [`with_async_drop!`] makes any guard cancel-safe for its body, and has a task finish a cleanup that is cut
//! off. [`drain`] awaits these tasks before the program ends; a library has no `main`, and so its docs say that callers drain.
//!
//! ```standalone_crate
//! use std::time::Duration;
//!
//! use async_drop_utils::{AsyncDrop, AsyncDropGuard, drain, with_async_drop};
//!
//! #[derive(Debug)]
//! struct Lease;
//!
//! #[async_trait::async_trait]
//! impl AsyncDrop for Lease {
//!     type Error = String;
//!
//!     async fn async_drop_impl(&mut self) -> Result<(), String> {
//!         Ok(())
//!     }
//! }
//!
//! async fn hold(lease: AsyncDropGuard<Lease>) -> Result<(), String> {
//!     with_async_drop!(lease, { std::future::pending().await })
//! }
//!
//! #[tokio::main]
//! async fn main() {
//!     let lease = AsyncDropGuard::new(Lease);
//!     let cancelled = tokio::time::timeout(Duration::from_millis(5), hold(lease)).await;
//!     assert!(cancelled.is_err());
//!
//!     let report = drain(Duration::from_secs(10)).await;
//!     assert!(report.is_clean(), "{report}"); // a task has released the lease
//! }
//! ```
//!
//! # Which helper
//!
//! | you have | take |
//! |---|---|
//! | a value to use and clean up in one place | [`with_async_drop!`]; [`with_async_drop_2!`] for values that borrow |
//! | a cleanup that cannot fail | [`with_async_drop_2_infallible!`] |
//! | a body that somebody hands in | the function [`with_async_drop`](fn@with_async_drop) |
//! | a type that owns guards | [`#[derive(AsyncDrop)]`](derive@AsyncDrop); by hand [`async_drop_in_order!`], [`async_drop_concurrently!`] |
//! | steps that are undone when a later one fails, such as in a constructor | [`AsyncDropStack`] |
//! | one step to undo and no value for it | [`AsyncDropDeferred`] |
//! | constructors to run at once | [`open_all`]; [`flatten_async_drop`] for two results |
//! | a value with several owners | [`AsyncDropArc`], and [`AsyncDropWeak`] for who must not keep it alive |
//! | tasks that share a value and end together | [`AsyncDropTaskGroup`] |
//! | a value that several tasks change | [`AsyncDropArc`] of an [`AsyncDropTokioMutex`] or [`AsyncDropTokioRwLock`] |
//! | values by key | [`AsyncDropHashMap`] |
//! | the result of a constructor that several wait for | [`AsyncDropShared`] |
//! | a `Result` that has to be stored under guard | [`AsyncDropResult`] |
//! | a program that ends on a signal | [`run_to_end`]; [`run_until`] where something else stops it |
//! | a test without async code around the cleanup | [`SyncDrop`] |
//!
//! # Features
//!
//! - `tokio` (default): what needs a runtime. Cancel-safe guards, [`with_async_drop!`], [`drain`], [`AsyncDropTokioMutex`],
//!   [`AsyncDropTokioRwLock`], [`AsyncDropTaskGroup`].
//! - `signal` (default): [`run_to_end`], which ends a program on ctrl-c or SIGTERM; of what Tokio needs for it, a program with sockets
//!   has most.
//! - `derive` (default): [`#[derive(AsyncDrop)]`](derive@AsyncDrop) for types that own guards.
//! - `testing`: a ledger and an explorer that finds the fault or the cancellation at which code leaks. For
//!   `[dev-dependencies]`.
//!
//! Without `tokio` the guard, the other containers and [`with_async_drop_2!`] run on any executor.
#![forbid(unsafe_code)]

pub mod async_drop;
#[cfg(feature = "testing")]
pub mod testing;

pub use async_drop::*;
