use std::time::Duration;

use super::frame;

/// Limits how long the innermost scope waits for cleanups that its body has handed over.
///
/// Call it in the body of a scope. When an inner future is cancelled there, or the scope itself is, the scope cleans up its own values
/// after what is inside; a cleanup that hangs holds it up for ever. With a limit, it goes on when `limit` has passed since it began to
/// wait, and reports that (a `tracing` event at error level, target `async_drop`); the cleanup inside goes on beside it, and the scope
/// around, if there is one, waits for it. A cancellation of the scope begins the limit again. What the body itself awaits has no limit: a
/// scope inside, say, that comes to its end. Put a timeout around it.
///
/// Returns whether it was called in the body of a scope; elsewhere there is nothing to limit. A second call replaces the first.
/// In a task of an [`AsyncDropTaskGroup`](crate::AsyncDropTaskGroup), it limits how long the group waits for what its tasks hand over.
///
/// # Panics
///
/// On a runtime whose time driver is off, and outside of a runtime, as [`tokio::time::sleep`] does.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use async_drop_utils::{AsyncDropGuard, limit_inner_cleanup, with_async_drop};
/// # use async_drop_utils::AsyncDrop;
/// # #[derive(Debug)]
/// # struct Session;
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Session {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
/// # async fn transfer(_: &Session) -> std::io::Result<()> { Ok(()) }
///
/// async fn transfer_or_give_up(session: AsyncDropGuard<Session>) -> std::io::Result<()> {
///     with_async_drop!(session, {
///         limit_inner_cleanup(Duration::from_secs(5));
///         transfer(&session).await // whatever it leaves to be cleaned up, the session closes 5 s later at the latest
///     })
/// }
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// # transfer_or_give_up(AsyncDropGuard::new(Session)).await.unwrap();
/// # });
/// ```
pub fn limit_inner_cleanup(limit: Duration) -> bool {
    // Here, and not in the task that waits.
    drop(tokio::time::sleep(limit));
    frame::set_limit(limit)
}
