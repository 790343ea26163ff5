use std::fmt::{self, Debug};
use std::future::{Ready, poll_fn};
use std::hash::{Hash, Hasher};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::super::guard::{ALREADY_DROPPED, AsyncDrop, AsyncDropGuard, HoldsGuards, Origin};
use super::arc::AsyncDropArc;
use super::driven::{Driven, Waiter};
use super::last_owner::last_owner;

/// Shares a future that makes a guarded value: each clone that is awaited gives an [`AsyncDropArc`] of the one value.
///
/// The counterpart of `futures::future::Shared`. Each clone is under a guard of its own and is awaited through it:
/// `(&mut *guard).await`. The future makes progress while at least one clone is awaited, whichever that is. Awaiting a clone
/// again gives another arc.
///
/// The value is cleaned up when all clones and all arcs that they gave have been cleaned up, by the last of these. If no
/// clone was awaited to the end, the last clone's `async_drop` first runs the future to its end, so that what it makes is
/// cleaned up.
///
/// Take an [`AsyncDropArc`] when the value exists already, and `tokio::sync::OnceCell` when what it makes needs no
/// cleanup. A future that can fail gives an [`AsyncDropResult`](crate::AsyncDropResult).
///
/// # Dropping
///
/// Dropping a clone's guard armed gives up the clone while the future is unfinished, and when the value's guard is
/// cancel-safe. The last one to go drops an unfinished future where it stands, with the guards in it, or the value's guard.
/// Otherwise it is a forgotten guard like any other: by default it panics and names the clone. The remaining clones are
/// not affected. If it was the last, a value that nobody else owns is not cleaned up, and that is reported. The guards of
/// the arcs need a cleanup of their own.
///
/// # Cancellation
///
/// Cancelling whoever awaits a clone leaves the future where it stands, also in the middle. The others are woken when it can
/// go on and finish it. When the last clone's `async_drop` is cancelled half-way, the future or the value is still in the
/// clone, its guard is still armed, and the next call goes on from there.
///
/// # Errors
///
/// The value's cleanup error goes to whoever cleans it up: the last clone or the last arc.
///
/// # Panics
///
/// When the future panics, the panic leaves the await (or the `async_drop`) that was running it. All other clones that are
/// awaited panic, too, with `The shared future has panicked`. There is no value then, so cleaning the clones up does
/// nothing and returns `Ok`.
///
/// # Example
///
/// ```
/// use async_drop_utils::{AsyncDropGuard, AsyncDropShared};
/// # use async_drop_utils::AsyncDrop;
/// # #[derive(Debug)]
/// # struct Connection;
/// # impl Connection { async fn ping(&self) {} }
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Connection {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
/// # async fn connect() -> AsyncDropGuard<Connection> { AsyncDropGuard::new(Connection) }
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let mut first = AsyncDropShared::new(connect());
/// let mut second = AsyncDropShared::clone(&first);
/// let (mut a, mut b) = tokio::join!(&mut *first, &mut *second); // connects once
/// a.ping().await;
/// b.ping().await;
/// let results = tokio::join!(a.async_drop(), b.async_drop(), first.async_drop(), second.async_drop());
/// results.0?;
/// results.1?;
/// results.2?;
/// results.3?;
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub struct AsyncDropShared<O, Fut>
where
    O: AsyncDrop + Debug + Send + Sync,
    Fut: Future<Output = AsyncDropGuard<O>> + Send,
{
    /// `None` once this clone has let go. The completed future's output is itself an owner of the value.
    driven: Option<Arc<Driven<Fut, AsyncDropGuard<AsyncDropArc<O>>>>>,
    waiter: Option<Waiter>,
    /// Where this clone was made, which is also the origin of the arcs that it gives.
    origin: Origin,
}

impl<O> AsyncDropShared<O, Ready<AsyncDropGuard<O>>>
where
    O: AsyncDrop + Debug + Send + Sync,
{
    /// Shares a value that exists already, for where a shared future is asked for.
    ///
    /// It has completed from the start: [`peek`](Self::peek) gives the value at once.
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDrop, AsyncDropGuard, AsyncDropShared};
    /// # #[derive(Debug)]
    /// # struct Connection;
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Connection {
    /// #     type Error = std::io::Error;
    /// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let mut shared = AsyncDropShared::new_ready(AsyncDropGuard::new(Connection));
    /// assert!(shared.peek().is_some());
    /// shared.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn new_ready(guard: AsyncDropGuard<O>) -> AsyncDropGuard<Self> {
        let origin = Origin::caller();
        let output = AsyncDropArc::new_at(guard, origin);
        Self::guarded(Arc::new(Driven::completed(output)), origin)
    }
}

impl<O, Fut> AsyncDropShared<O, Fut>
where
    O: AsyncDrop + Debug + Send + Sync,
    Fut: Future<Output = AsyncDropGuard<O>> + Send,
{
    /// Shares `future`, which starts when a clone is first awaited.
    ///
    /// # Example
    ///
    /// See [`AsyncDropShared`].
    #[track_caller]
    pub fn new(future: Fut) -> AsyncDropGuard<Self> {
        Self::guarded(Arc::new(Driven::new(future)), Origin::caller())
    }

    /// Makes one more clone, whose guard has to be cleaned up too.
    ///
    /// It is not a method, since `guard.clone()` would look as if it cloned the value.
    ///
    /// # Panics
    ///
    /// `Value already dropped`, once `this` has been cleaned up.
    ///
    /// # Example
    ///
    /// See [`AsyncDropShared`].
    #[track_caller]
    pub fn clone(this: &AsyncDropGuard<Self>) -> AsyncDropGuard<Self> {
        Self::guarded(Arc::clone(this.driven()), Origin::caller())
    }

    /// Borrows the value's arc if the future has completed, without waiting.
    ///
    /// The arc belongs to the clones: make your own with [`AsyncDropArc::clone`] to keep it. `None` before the future has
    /// completed, whether or not it has started.
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDrop, AsyncDropArc, AsyncDropGuard, AsyncDropShared};
    /// # #[derive(Debug)]
    /// # struct Connection;
    /// # impl Connection { async fn ping(&self) {} }
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Connection {
    /// #     type Error = std::io::Error;
    /// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # async fn connect() -> AsyncDropGuard<Connection> { AsyncDropGuard::new(Connection) }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let mut shared = AsyncDropShared::new(connect());
    /// assert!(shared.peek().is_none());
    /// (&mut *shared).await.async_drop().await?;
    /// if let Some(connection) = shared.peek() {
    ///     connection.ping().await;
    /// }
    /// shared.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn peek(&self) -> Option<&AsyncDropGuard<AsyncDropArc<O>>> {
        self.driven.as_ref()?.output()
    }

    /// Counts the clones that have not been cleaned up, this one among them.
    ///
    /// Arcs that they gave do not count. `None` only for a clone that has let go, which a guard does not show. Other clones can
    /// appear and let go at any moment: the number is for tests and logs, not for decisions.
    ///
    /// # Example
    ///
    /// See [`ptr_eq`](Self::ptr_eq).
    pub fn strong_count(&self) -> Option<usize> {
        self.driven.as_ref().map(Arc::strong_count)
    }

    /// Feeds `state` with the identity of the shared future: the same for all of its clones.
    ///
    /// # Example
    ///
    /// See [`ptr_eq`](Self::ptr_eq).
    pub fn ptr_hash<H: Hasher>(&self, state: &mut H) {
        self.driven.as_ref().map(Arc::as_ptr).hash(state);
    }

    /// Says whether this and `other` are clones of one shared future.
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDrop, AsyncDropGuard, AsyncDropShared};
    /// # #[derive(Debug)]
    /// # struct Connection;
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Connection {
    /// #     type Error = std::io::Error;
    /// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # async fn connect() -> AsyncDropGuard<Connection> { AsyncDropGuard::new(Connection) }
    /// use std::hash::{DefaultHasher, Hasher};
    ///
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let mut first = AsyncDropShared::new(connect());
    /// let mut second = AsyncDropShared::clone(&first);
    /// assert!(first.ptr_eq(&second));
    /// assert_eq!(first.strong_count(), Some(2));
    ///
    /// let (mut a, mut b) = (DefaultHasher::new(), DefaultHasher::new());
    /// first.ptr_hash(&mut a);
    /// second.ptr_hash(&mut b);
    /// assert_eq!(a.finish(), b.finish());
    /// # first.async_drop().await?;
    /// # second.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn ptr_eq(&self, other: &Self) -> bool {
        match (&self.driven, &other.driven) {
            (Some(this), Some(other)) => Arc::ptr_eq(this, other),
            _ => false,
        }
    }

    fn guarded(
        driven: Arc<Driven<Fut, AsyncDropGuard<AsyncDropArc<O>>>>,
        origin: Origin,
    ) -> AsyncDropGuard<Self> {
        let this = Self {
            driven: Some(driven),
            waiter: None,
            origin,
        };
        AsyncDropGuard::from_parts(this, origin, Some(Self::pass_on))
    }

    #[track_caller]
    fn driven(&self) -> &Arc<Driven<Fut, AsyncDropGuard<AsyncDropArc<O>>>> {
        self.driven.as_ref().expect(ALREADY_DROPPED)
    }
}

/// Completes with an arc of the value, each time that it is awaited.
impl<O, Fut> Future for AsyncDropShared<O, Fut>
where
    O: AsyncDrop + Debug + Send + Sync,
    Fut: Future<Output = AsyncDropGuard<O>> + Send,
{
    type Output = AsyncDropGuard<AsyncDropArc<O>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let driven = this.driven.as_ref().expect(ALREADY_DROPPED);
        let make = |guard| AsyncDropArc::new_at(guard, this.origin);
        match ready!(driven.poll(&mut this.waiter, context, make)) {
            Ok(arc) => Poll::Ready(arc.clone_at(this.origin)),
            Err(panicked) => panic!("{panicked}"),
        }
    }
}

impl<O, Fut> AsyncDrop for AsyncDropShared<O, Fut>
where
    O: AsyncDrop + Debug + Send + Sync,
    Fut: Future<Output = AsyncDropGuard<O>> + Send,
{
    type Error = O::Error;

    // By hand, so that letting go is done when the call returns and the future holds what is the last clone's only.
    fn async_drop_impl<'life0, 'async_trait>(
        &'life0 mut self,
    ) -> Pin<Box<dyn Future<Output = Result<(), Self::Error>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        let origin = self.origin;
        let waiter = &mut self.waiter;
        let last = last_owner(&mut self.driven);
        Box::pin(async move {
            let Some(driven) = last else {
                return Ok(());
            };
            poll_fn(|context| {
                let make = |guard| AsyncDropArc::new_at(guard, origin);
                driven.poll(waiter, context, make).map(|_| ())
            })
            .await;
            match driven.output_mut() {
                Some(arc) => arc.async_drop().await,
                // The future has panicked: there is nothing to clean up.
                None => Ok(()),
            }
        })
    }
}

impl<O, Fut> HoldsGuards for AsyncDropShared<O, Fut>
where
    O: AsyncDrop + Debug + Send + Sync,
    Fut: Future<Output = AsyncDropGuard<O>> + Send,
{
    fn held_guards_are_cancel_safe(&self) -> bool {
        // Dropped unfinished, the future sees to its guards itself; there is no value yet.
        self.peek().is_none_or(AsyncDropGuard::is_cancel_safe)
    }
}

impl<O, Fut> Debug for AsyncDropShared<O, Fut>
where
    O: AsyncDrop + Debug + Send + Sync,
    Fut: Future<Output = AsyncDropGuard<O>> + Send,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.driven {
            Some(driven) => match driven.output() {
                Some(arc) => f.debug_tuple("AsyncDropShared").field(arc).finish(),
                None => f.write_str("AsyncDropShared(<unfinished>)"),
            },
            None => f.write_str("AsyncDropShared(<given up>)"),
        }
    }
}
