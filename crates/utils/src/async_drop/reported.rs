//! Whether the error of the cleanup that is polled is known to reach nobody but a report.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll};

thread_local! {
    // Without a destructor, so that looking at it costs a load. No other task is polled meanwhile: a cleanup is `Send`, and a `LocalSet`
    // in it would not be.
    static IS_REPORTED: Cell<bool> = const { Cell::new(false) };
}

/// Says, in a cleanup, whether its error is known to be returned to nobody: it will only be reported.
///
/// For a cleanup to which that makes a difference, such as one that writes what it could not send to a file when no caller is left
/// to try again. It can change while a cleanup runs, so ask where the answer is used, and not before an `.await`.
///
/// It is `true`
///
/// - in a cleanup task, to which a guard was handed over, and in the drop of a [`SyncDrop`](crate::SyncDrop);
/// - after a body that has failed, in the macros and the function, and after an opening that has failed, in
///   [`init`](crate::AsyncDropGuard::init), [`open_all`](crate::open_all),
///   [`flatten_async_drop`](crate::flatten_async_drop) and [`AsyncDropStack::construct`](crate::AsyncDropStack::construct);
/// - of values that are cleaned up one after the other (an [`AsyncDropStack`](crate::AsyncDropStack), members in order, the guards of a
///   `Vec` or a tuple), and of an [`AsyncDropHashMap`](crate::AsyncDropHashMap), once one has failed;
/// - in a cleanup that is awaited by one of these, whatever becomes of its error there.
///
/// It is `false` elsewhere: the error is returned to whoever awaits the cleanup, or one of several is, as of values that are cleaned up
/// concurrently, where the first in the order written counts.
///
/// # Example
///
/// ```
/// use async_drop_utils::{AsyncDrop, AsyncDropGuard, cleanup_error_is_reported, with_async_drop};
/// # use std::sync::Mutex;
/// # static SAVED: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// # async fn send(_: &str) -> std::io::Result<()> { Err(std::io::ErrorKind::NotConnected.into()) }
/// # fn save(unsent: &str) { SAVED.lock().unwrap().push(unsent.to_owned()) }
///
/// #[derive(Debug)]
/// struct Outbox(String);
///
/// #[async_trait::async_trait]
/// impl AsyncDrop for Outbox {
///     type Error = std::io::Error;
///
///     async fn async_drop_impl(&mut self) -> std::io::Result<()> {
///         let sent = send(&self.0).await;
///         if sent.is_err() && cleanup_error_is_reported() {
///             save(&self.0); // nobody will send it again
///         }
///         sent
///     }
/// }
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let outbox = || AsyncDropGuard::new(Outbox("hello".to_owned()));
/// let returned: std::io::Result<()> = with_async_drop!(_outbox = outbox(), { Ok(()) });
/// assert_eq!(returned.unwrap_err().kind(), std::io::ErrorKind::NotConnected);
/// # assert_eq!(SAVED.lock().unwrap().len(), 0);
/// let failed: std::io::Result<()> =
///     with_async_drop!(_outbox = outbox(), { Err(std::io::ErrorKind::InvalidInput.into()) });
/// assert_eq!(failed.unwrap_err().kind(), std::io::ErrorKind::InvalidInput); // and "hello" is saved
/// # assert_eq!(*SAVED.lock().unwrap(), ["hello"]);
/// # });
/// ```
pub fn cleanup_error_is_reported() -> bool {
    IS_REPORTED.get()
}

/// Calls `poll`, which polls a cleanup; `is_known` says that the cleanup's error will only be reported.
#[inline]
pub(crate) fn only_reported_if<R>(is_known: bool, poll: impl FnOnce() -> R) -> R {
    let _outer = is_known.then(|| Outer(IS_REPORTED.replace(true)));
    poll()
}

/// A cleanup; `is_known` says that its error will only be reported.
pub(crate) struct OnlyReportedIf<F> {
    pub(crate) is_known: bool,
    pub(crate) cleanup: F,
}

impl<F: Future + Unpin> Future for OnlyReportedIf<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Self { is_known, cleanup } = self.get_mut();
        only_reported_if(*is_known, || Pin::new(cleanup).poll(context))
    }
}

/// What holds again once this is dropped.
struct Outer(bool);

impl Drop for Outer {
    fn drop(&mut self) {
        IS_REPORTED.set(self.0);
    }
}
