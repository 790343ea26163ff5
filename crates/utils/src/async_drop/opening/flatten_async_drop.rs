use std::fmt::Debug;

use super::super::guard::{AsyncDrop, AsyncDropGuard, clean_up, report, report_failed};

/// Turns two constructors' results into both guards or one error, and cleans up the guard that is left alone.
///
/// For two values that are made independently, often concurrently with `join!`, and are of use only together. With `?`
/// on each result instead, the second constructor's failure would drop the first one's guard armed.
///
/// # Dropping
///
/// When the returned future is dropped (cancelled) while it cleans up, the guard in it goes out of scope armed.
///
/// # Errors
///
/// The first result's error, or else the second's. The other guard has been cleaned up by then; if that failed, the failure is
/// reported. If both constructors failed, the second one's error is dropped and reported by its type's name.
///
/// # Example
///
/// ```
/// use std::io;
///
/// use async_drop_utils::{AsyncDrop, AsyncDropGuard, flatten_async_drop};
/// # #[derive(Debug)]
/// # struct File;
/// # async fn open(path: &str) -> io::Result<AsyncDropGuard<File>> {
/// #     if path == "missing" { Err(io::ErrorKind::NotFound.into()) } else { Ok(AsyncDropGuard::new(File)) }
/// # }
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for File {
/// #     type Error = io::Error;
/// #     async fn async_drop_impl(&mut self) -> io::Result<()> { Ok(()) }
/// # }
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let (first, second) = tokio::join!(open("present"), open("missing"));
/// let both: io::Result<_> = flatten_async_drop(first, second).await; // cleans up the first
/// assert_eq!(both.unwrap_err().kind(), io::ErrorKind::NotFound);
/// # });
/// ```
pub async fn flatten_async_drop<E, T, E1, U, E2>(
    first: Result<AsyncDropGuard<T>, E1>,
    second: Result<AsyncDropGuard<U>, E2>,
) -> Result<(AsyncDropGuard<T>, AsyncDropGuard<U>), E>
where
    T: AsyncDrop + Debug,
    U: AsyncDrop + Debug,
    E: From<E1> + From<E2>,
{
    match (first, second) {
        (Ok(first), Ok(second)) => Ok((first, second)),
        (Err(error), Ok(mut second)) => {
            report_failed(clean_up(&mut second, true).await);
            Err(error.into())
        }
        (Ok(mut first), Err(error)) => {
            report_failed(clean_up(&mut first, true).await);
            Err(error.into())
        }
        (Err(error), Err(_)) => {
            report::constructor_failed_too::<U, E2>();
            Err(error.into())
        }
    }
}
