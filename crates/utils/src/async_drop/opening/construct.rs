use std::fmt::Debug;
use std::pin::pin;

use futures_util::FutureExt;

use super::super::guard::{AsyncDrop, AsyncDropGuard, catching, report_failed};
use super::super::tree::Scope;
use super::cancel_safe_here::CancelSafeHere;
use super::stack::AsyncDropStack;

impl<E: Debug + 'static> AsyncDropStack<E> {
    /// Runs the body of a constructor with a stack for what it acquires, and unwinds the stack when the body fails or is cancelled.
    ///
    /// Push each guard as soon as it is there, so that `?` can follow on the next step. At the end, [`take`](Self::take) the
    /// guards into the value. What is still on the stack when the body returns is cleaned up, whether it succeeded or failed: take a
    /// guard that is to stay, and [`dismiss`](Self::dismiss) a deferred closure that is for failure only.
    ///
    /// # Cancellation
    ///
    /// With the feature `tokio`, the stack is cancel-safe as long as this runs, whatever it holds: when the future is dropped, the
    /// whole stack unwinds in one cleanup task, in order, and a cleanup that was under way goes on where it stood. The value, if the
    /// body had already made it, follows. Guards that were taken out and the value that is returned are as cancel-safe as they came.
    /// Without that feature, what is on the stack sees to itself as [`AsyncDropStack`] says.
    ///
    /// # Errors
    ///
    /// - The body failed: its error. All cleanups run, and each of their errors is reported.
    /// - The body succeeded, and a cleanup of what it left on the stack failed: the first such error. The other cleanups run, then
    ///   that of the value, and each further error is reported.
    ///
    /// # Example
    ///
    /// ```
    /// use std::io;
    ///
    /// use async_drop_utils::{AsyncDrop, AsyncDropGuard, AsyncDropStack};
    /// # #[derive(Debug)]
    /// # struct Resource;
    /// # impl Resource { async fn open(_: &str) -> io::Result<AsyncDropGuard<Self>> { Ok(AsyncDropGuard::new(Self)) } }
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Resource {
    /// #     type Error = io::Error;
    /// #     async fn async_drop_impl(&mut self) -> io::Result<()> { Ok(()) }
    /// # }
    /// # use Resource as Journal;
    /// # use Resource as Listener;
    ///
    /// #[derive(Debug)]
    /// struct Service {
    ///     listener: AsyncDropGuard<Listener>,
    ///     journal: AsyncDropGuard<Journal>,
    /// }
    ///
    /// impl Service {
    ///     async fn start() -> io::Result<AsyncDropGuard<Self>> {
    ///         AsyncDropStack::construct(async |stack| {
    ///             let journal = stack.push(Journal::open("journal").await?);
    ///             let listener = stack.push(Listener::open("localhost:0").await?); // fails: closes the journal
    ///             Ok(AsyncDropGuard::new(Self {
    ///                 listener: stack.take(listener),
    ///                 journal: stack.take(journal),
    ///             }))
    ///         })
    ///         .await
    ///     }
    /// }
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Service {
    /// #     type Error = io::Error;
    /// #     async fn async_drop_impl(&mut self) -> io::Result<()> {
    /// #         async_drop_utils::async_drop_in_order!(self.listener, self.journal)
    /// #     }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # Service::start().await?.async_drop().await
    /// # }).unwrap();
    /// ```
    #[track_caller]
    pub fn construct<T, F>(body: F) -> impl Future<Output = Result<AsyncDropGuard<T>, E>>
    where
        T: AsyncDrop + Debug + Send + 'static,
        F: AsyncFnOnce(&mut Self) -> Result<AsyncDropGuard<T>, E>,
    {
        let stack = AsyncDropStack::new();
        #[cfg(feature = "tokio")]
        let stack = stack.cancel_safe();
        run(stack, body)
    }
}

async fn run<T, E, F>(
    stack: AsyncDropGuard<AsyncDropStack<E>>,
    body: F,
) -> Result<AsyncDropGuard<T>, E>
where
    T: AsyncDrop + Debug + Send + 'static,
    E: Debug + 'static,
    F: AsyncFnOnce(&mut AsyncDropStack<E>) -> Result<AsyncDropGuard<T>, E>,
{
    let scope = Scope::new();
    let mut stack = stack;
    let built = {
        let _inside = scope.inside();
        // At once, and not when the scope has waited for what is inside.
        let body = body(&mut stack).map(|built| built.map(CancelSafeHere::new));
        scope.run(pin!(body)).await
    };
    // Moved below what it built, so that it is the first to be dropped.
    let mut stack = stack;
    let cleaning = scope.cleaning_one_by_one();
    let unwound = catching(stack.unwind(built.is_err())).await;
    cleaning.end();
    // It is empty, and needs no cleanup any more, also when one has panicked.
    drop(stack.unsafe_into_inner_dont_drop());
    let unwound = unwound.unwrap_or_else(|panic| panic.go_on());
    match (built, unwound) {
        (Ok(built), Ok(())) => Ok(built.into_guard()),
        (Ok(built), Err(failure)) => {
            report_failed(built.clean_up().await);
            Err(failure())
        }
        (Err(error), unwound) => {
            // Dropped uncalled, a failure is reported.
            drop(unwound);
            Err(error)
        }
    }
}
