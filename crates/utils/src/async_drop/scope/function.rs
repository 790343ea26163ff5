use std::fmt::Debug;
use std::pin::pin;

use super::super::guard::{AsyncDrop, AsyncDropGuard, clean_up, report_failed};
use super::super::tree::Scope;
use super::finish::{from_cleanup_error, map_error};

/// Calls an async closure with a guarded value, then awaits the value's cleanup, whatever the closure gave.
///
/// `f` takes `&mut T` and may borrow it across an `await` when it is an async closure (`async |value: &mut T| …`). A plain
/// closure that returns a future will do too, when its parameter's type is written (`|value: &mut T| …`) and that future does not
/// borrow the value. A boxed `dyn FnOnce` is no
/// async closure to the compiler: call it from one (`async |value: &mut T| boxed(value).await`).
///
/// Prefer [`with_async_drop_2!`](crate::with_async_drop_2) where the body is written in place: it takes several values and an
/// error map. Take this function where the body is a function or a closure that somebody hands in.
///
/// # Dropping
///
/// When the returned future is dropped (cancelled), or `f` panics, the guard goes out of scope armed and does what it does
/// then: a plain guard panics, or reports while the thread panics already.
///
/// # Spawning
///
/// The future is `Send` when `T`, `R`, `E` and the closure with its future are. The compiler sees this wherever the closure's type is
/// known, so `tokio::spawn(with_async_drop(guard, async |value: &mut T| …))` compiles. In code that is generic over
/// `F: AsyncFnOnce(&mut T) -> …`, stable Rust has no way to say that the future of `F` is `Send`, so such code cannot spawn it. Be
/// generic over `F: FnOnce(&mut T) -> Fut` and `Fut: Future + Send` there, and pass `|value: &mut T| f(value)`.
///
/// # Errors
///
/// - `f` failed: its error. The cleanup runs all the same, and its failure is reported.
/// - Only the cleanup failed: its error, through `From`.
///
/// # Example
///
/// ```
/// use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
/// # #[derive(Debug)]
/// # struct Connection;
/// # impl Connection { async fn fetch(&mut self, key: &str) -> std::io::Result<String> { Ok(key.to_uppercase()) } }
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Connection {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
///
/// async fn fetch_both(connection: AsyncDropGuard<Connection>) -> std::io::Result<String> {
///     with_async_drop(connection, async |connection| {
///         let first = connection.fetch("a").await?;
///         let second = connection.fetch("b").await?;
///         Ok(first + &second)
///     })
///     .await
/// }
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # assert_eq!(fetch_both(AsyncDropGuard::new(Connection)).await.unwrap(), "AB");
/// # });
/// ```
pub async fn with_async_drop<T, R, E, F>(guard: AsyncDropGuard<T>, f: F) -> Result<R, E>
where
    T: AsyncDrop + Debug,
    F: AsyncFnOnce(&mut T) -> Result<R, E>,
    E: From<T::Error>,
{
    // Before the scope, so that what it holds is dropped behind it when the cleanup is cut off.
    let body;
    let scope = Scope::new();
    let mut guard = guard;
    body = {
        let _inside = scope.inside();
        let body = pin!(f(&mut guard));
        scope.run(body).await
    };
    let cleaning = scope.cleaning();
    let cleanup = clean_up(&mut guard, body.is_err()).await;
    cleaning.end();
    match (body, cleanup) {
        (Ok(value), Ok(())) => Ok(value),
        (Ok(_), Err(failed)) => Err(map_error(failed, from_cleanup_error)),
        (Err(error), cleanup) => {
            report_failed(cleanup);
            Err(error)
        }
    }
}
