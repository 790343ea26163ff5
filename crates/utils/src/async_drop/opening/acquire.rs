use std::any::type_name;
use std::fmt::{self, Debug};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::super::guard::{AsyncDrop, AsyncDropGuard, Origin, UnreturnedError, report};
use super::super::handover::{Armed, Movable, hand_over_under_way};

impl<T: AsyncDrop + Debug + Send + 'static> AsyncDropGuard<T> {
    /// Finishes an opening that has begun: awaits a constructor and, when cut off, has a task drive it to its end and clean up what it made.
    ///
    /// For a constructor with a moment at which the other side has granted and the caller holds nothing yet: a server grants when it reads the
    /// request, and the reply takes its time. Dropped there, the constructor alone would leave the grant behind. It has to be
    /// `Send + 'static`, so give an `async move` block what it needs. The guard that is returned is cancel-safe. Take [`init`](Self::init)
    /// where the value can release what it has only asked for, since nothing has to be waited for then.
    ///
    /// # Cancellation
    ///
    /// When the returned future is dropped after its first poll, the constructor goes on in a cleanup task, which [`drain`](crate::drain)
    /// awaits; put a timeout inside a constructor that may hang. An opening that has begun and may still be cut off, in an aborted task
    /// say, is awaited too. Without a runtime, or when it shuts down, the forgotten-guard hook is called. Dropped before its first poll,
    /// the constructor is dropped: nothing has begun.
    ///
    /// # Errors
    ///
    /// What the constructor failed with; in the task, its error is reported.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::io;
    /// # use std::time::Duration;
    /// use async_drop_utils::{AsyncDropGuard, drain};
    /// # use async_drop_utils::AsyncDrop;
    /// # #[derive(Debug)]
    /// # struct Lease;
    /// # impl Lease {
    /// #     async fn request(_: &str) -> io::Result<AsyncDropGuard<Self>> {
    /// #         tokio::time::sleep(Duration::from_millis(5)).await;
    /// #         Ok(AsyncDropGuard::new(Self))
    /// #     }
    /// # }
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Lease {
    /// #     type Error = io::Error;
    /// #     async fn async_drop_impl(&mut self) -> io::Result<()> { Ok(()) }
    /// # }
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let acquiring = AsyncDropGuard::acquire(Lease::request("report"));
    /// let cut_off = tokio::time::timeout(Duration::from_millis(1), acquiring).await;
    /// assert!(cut_off.is_err());
    /// let report = drain(Duration::from_secs(10)).await; // the reply has come, and the lease is released
    /// # assert_eq!(report.finished.len(), 1);
    /// # });
    /// ```
    #[track_caller]
    pub fn acquire<F, E>(constructor: F) -> impl Future<Output = Result<Self, E>> + Send
    where
        F: Future<Output = Result<Self, E>> + Send + 'static,
        E: Debug + 'static,
    {
        Acquiring {
            constructor: Movable::new(Box::pin(constructor)),
            armed: None,
            origin: Origin::caller(),
        }
    }
}

/// A constructor that goes on in a task when it is cut off.
struct Acquiring<T, F, E>
where
    T: AsyncDrop + Debug + Send + 'static,
    F: Future<Output = Result<AsyncDropGuard<T>, E>> + Send + 'static,
    E: Debug + 'static,
{
    constructor: Movable<F>,
    /// From the first poll on: whatever the opening makes, a drain waits for it.
    armed: Option<Armed<T>>,
    origin: Origin,
}

impl<T, F, E> Future for Acquiring<T, F, E>
where
    T: AsyncDrop + Debug + Send + 'static,
    F: Future<Output = Result<AsyncDropGuard<T>, E>> + Send + 'static,
    E: Debug + 'static,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.get_mut();
        this.armed
            .get_or_insert_with(|| Armed::by_its_opening(this.origin));
        let opened = ready!(this.constructor.poll(context));
        let opened = opened.expect("polled after it had returned or panicked");
        let opened = opened.map(AsyncDropGuard::cancel_safe);
        // Behind the guard, which is armed by now, so that no drain finds nothing in between.
        this.armed = None;
        Poll::Ready(opened)
    }
}

impl<T, F, E> Drop for Acquiring<T, F, E>
where
    T: AsyncDrop + Debug + Send + 'static,
    F: Future<Output = Result<AsyncDropGuard<T>, E>> + Send + 'static,
    E: Debug + 'static,
{
    fn drop(&mut self) {
        let Some(constructor) = self.constructor.take() else {
            return;
        };
        if self.armed.is_some() {
            let finished = finish(constructor, self.origin);
            hand_over_under_way::<T>(self.origin, Box::pin(finished));
        }
    }
}

/// Drives a constructor to its end, and cleans up what it has made.
fn finish<T, E>(
    constructor: impl Future<Output = Result<AsyncDropGuard<T>, E>> + Send,
    origin: Origin,
) -> impl Future<Output = Result<(), T::Error>> + Send
where
    T: AsyncDrop + Debug + Send + 'static,
    E: Debug + 'static,
{
    // Made here and not at the first poll: the task may be dropped before that.
    let cut_off = AsyncDropGuard::from_parts(CutOff::<T>(PhantomData), origin, None);
    async move {
        let opened = constructor.await.map_err(|error| {
            drop(UnreturnedError::new(
                error,
                report::constructor_failed::<T>,
                origin,
            ));
        });
        // Whatever comes now is in the hands of the guard that came out.
        cut_off.unsafe_into_inner_dont_drop();
        match opened {
            Ok(mut guard) => guard.async_drop().await,
            Err(()) => Ok(()),
        }
    }
}

/// Stands for what an opening that is never finished may have left open, in what the forgotten-guard hook says.
struct CutOff<T>(PhantomData<fn() -> T>);

impl<T> Debug for CutOff<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<an opening that was cut off: {}>", type_name::<T>())
    }
}
