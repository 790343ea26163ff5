use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::future::poll_fn;
use std::mem;
use std::ops::{Index, IndexMut};
use std::task::Poll;

use async_trait::async_trait;

use super::super::guard::{AsyncDrop, AsyncDropGuard, CaughtPanic, HoldsGuards};
use super::super::reported::only_reported_if;
use super::super::tree::{self, Together};
use super::deferred::AsyncDropDeferred;
use super::held::{Failure, Held, Member, Unwinding, Unwound};

/// What the panic says when a stack is asked for a guard that it does not hold.
const NOT_HELD: &str = "this stack does not hold the guard";

/// Holds guards of different types, lends them for use, and cleans them up last in, first out.
///
/// For what is acquired step by step and must be undone in the opposite order. A constructor that acquires several things takes
/// [`construct`](Self::construct), which unwinds what has been acquired when a later step fails. Other code puts
/// a stack around its steps with [`with_async_drop!`](crate::with_async_drop!).
///
/// [`push`](Self::push) takes a guard and returns a [`Held`]. With it, `stack[&held]` is the guard again, and
/// [`take`](Self::take) moves it out. [`defer`](Self::defer) takes an async closure instead of a guard. All members convert their
/// errors into the one type `E`.
///
/// Take a struct with [`#[derive(AsyncDrop)]`](crate::AsyncDrop) when the members are known and live together from the start, and
/// [`AsyncDropHashMap`](crate::AsyncDropHashMap) for many values of one type in no order.
///
/// A stack is `Send`, and not `Sync`: to share what it holds between threads, take the guards out.
///
/// # Dropping
///
/// Dropping the stack's guard armed leaves the members to themselves, last in, first out, when all of them are cancel-safe
/// (a deferred closure is, with the feature `tokio`): each moves to a cleanup task, and these run in that order. When
/// one is not, it is a forgotten guard like any other. [`cancel_safe`](AsyncDropGuard::cancel_safe) on the stack's guard makes the whole stack
/// cancel-safe, whatever it holds. An empty stack needs no cleanup.
///
/// # Cancellation
///
/// When `async_drop` is cancelled half-way, the cleanup under way stays on the stack where it stands and the guard is still armed. The
/// next call goes on with that cleanup, not from its start, then with the members below. An error that came up before is kept: the next
/// call returns it, and if there is none, it is reported when the stack is dropped.
///
/// # Errors
///
/// A member whose cleanup fails never stops the others. The first error in the order of unwinding is returned, each further one is
/// reported with the member's type and the place where its guard was made.
///
/// # Panics
///
/// When a member's cleanup panics, the members below are cleaned up all the same. Then the panic leaves the stack's `async_drop`; a further
/// one is reported.
///
/// # Example
///
/// ```
/// use std::io;
///
/// use async_drop_utils::{AsyncDropStack, with_async_drop};
/// # use async_drop_utils::{AsyncDrop, AsyncDropGuard};
/// # #[derive(Debug)]
/// # struct Directory;
/// # impl Directory { async fn create(_: &str) -> io::Result<AsyncDropGuard<Self>> { Ok(AsyncDropGuard::new(Self)) } }
/// # #[derive(Debug)]
/// # struct Server;
/// # impl Server {
/// #     async fn start(_: &Directory) -> io::Result<AsyncDropGuard<Self>> { Ok(AsyncDropGuard::new(Self)) }
/// #     async fn answer(&mut self) -> io::Result<u32> { Ok(42) }
/// # }
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Directory {
/// #     type Error = io::Error;
/// #     async fn async_drop_impl(&mut self) -> io::Result<()> { Ok(()) }
/// # }
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Server {
/// #     type Error = io::Error;
/// #     async fn async_drop_impl(&mut self) -> io::Result<()> { Ok(()) }
/// # }
/// # async fn register(_: &str) -> io::Result<()> { Ok(()) }
/// # async fn withdraw(_: &str) -> io::Result<()> { Ok(()) }
///
/// async fn try_out() -> io::Result<u32> {
///     let stack = AsyncDropStack::<io::Error>::new();
///     with_async_drop!(stack, {
///         let directory = stack.push(Directory::create("scratch").await?);
///         let server = Server::start(&stack[&directory]).await?;
///         let server = stack.push(server);
///         register("scratch").await?;
///         stack.defer(async || withdraw("scratch").await);
///         stack[&server].answer().await
///     }) // withdraws, stops the server, then removes the directory
/// }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// # assert_eq!(try_out().await.unwrap(), 42);
/// # });
/// ```
pub struct AsyncDropStack<E> {
    /// By their number, and so in the order in which they were pushed; in a tree, since any of them may be taken.
    members: BTreeMap<u64, Member<E>>,
    /// The cleanup of the member that was on top, and whether dropping it loses nothing.
    under_way: Option<(Unwinding<E>, bool)>,
    /// What a cancelled cleanup had failed with so far.
    first_failure: Option<Failure<E>>,
    /// The panic of a member, which goes on once the others are cleaned up.
    first_panic: Option<CaughtPanic>,
}

impl<E: Debug + 'static> AsyncDropStack<E> {
    /// Makes an empty stack.
    ///
    /// # Example
    ///
    /// See [`AsyncDropStack`].
    #[track_caller]
    pub fn new() -> AsyncDropGuard<Self> {
        AsyncDropGuard::with_policy(Self::empty(), Self::pass_on)
    }

    /// Puts a guard on top, to be cleaned up before all that is on the stack already.
    ///
    /// # Example
    ///
    /// See [`AsyncDropStack`].
    pub fn push<T>(&mut self, guard: AsyncDropGuard<T>) -> Held<T>
    where
        T: AsyncDrop + Debug + Send + 'static,
        T::Error: Send,
        E: From<T::Error>,
    {
        self.push_with(guard, E::from)
    }

    /// Puts a guard on top whose error is turned into the stack's by `err_map`, where there is no `From`.
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDrop, AsyncDropGuard, AsyncDropStack};
    /// # #[derive(Debug)]
    /// # struct Counter(u32);
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Counter {
    /// #     type Error = std::convert::Infallible;
    /// #     async fn async_drop_impl(&mut self) -> Result<(), Self::Error> { Ok(()) }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let mut stack = AsyncDropStack::<std::io::Error>::new();
    /// let counter = stack.push_with(AsyncDropGuard::new(Counter(0)), |never| match never {});
    /// stack[&counter].0 += 1;
    /// stack.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn push_with<T, M>(&mut self, guard: AsyncDropGuard<T>, err_map: M) -> Held<T>
    where
        T: AsyncDrop + Debug + Send + 'static,
        T::Error: Send,
        M: FnOnce(T::Error) -> E + Send + 'static,
    {
        let (member, held) = Member::new(guard, err_map);
        self.members.insert(held.number(), member);
        held
    }

    /// Puts an async closure on top, to be called and awaited when the stack unwinds to it.
    ///
    /// Keep what it returns when the closure is to be called only on failure: [`dismiss`](Self::dismiss) takes it off.
    ///
    /// # Example
    ///
    /// See [`AsyncDropStack`].
    #[track_caller]
    pub fn defer<F, Fut>(&mut self, cleanup: F) -> Held<AsyncDropDeferred<E>>
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Send,
    {
        self.push(AsyncDropDeferred::new(cleanup))
    }

    /// Drops a deferred closure without calling it: what it would undo is to stay.
    ///
    /// # Panics
    ///
    /// If this stack does not hold it.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::io;
    /// # use async_drop_utils::AsyncDropStack;
    /// # async fn write(_: &str) -> io::Result<()> { Ok(()) }
    /// # async fn rename(_: &str, _: &str) -> io::Result<()> { Ok(()) }
    /// # async fn remove(_: &str) -> io::Result<()> { panic!("not to be called") }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let stack = AsyncDropStack::<io::Error>::new();
    /// async_drop_utils::with_async_drop!(stack, {
    ///     let removal = stack.defer(async || remove("report.tmp").await);
    ///     write("report.tmp").await?;
    ///     rename("report.tmp", "report.txt").await?;
    ///     stack.dismiss(removal);
    ///     io::Result::Ok(())
    /// })?;
    /// # io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn dismiss(&mut self, held: Held<AsyncDropDeferred<E>>) {
        AsyncDropDeferred::dismiss(self.take(held));
    }

    /// Takes a guard off the stack, wherever it is, under the demand for its cleanup that it came with.
    ///
    /// # Panics
    ///
    /// If this stack does not hold it: it is another's, or it is being cleaned up.
    ///
    /// # Example
    ///
    /// See [`construct`](Self::construct).
    #[track_caller]
    pub fn take<T: Debug + 'static>(&mut self, held: Held<T>) -> AsyncDropGuard<T> {
        let member = self.members.remove(&held.number()).expect(NOT_HELD);
        member.into_guard().expect(NOT_HELD)
    }

    /// Moves all members to a new stack, under a guard of its own; this one is empty then.
    ///
    /// For a value that keeps its stack: what `push` returned goes on to work, with the new stack.
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDrop, AsyncDropGuard, AsyncDropStack};
    /// # #[derive(Debug)]
    /// # struct Connection;
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Connection {
    /// #     type Error = std::io::Error;
    /// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let mut stack = AsyncDropStack::<std::io::Error>::new();
    /// let connection = stack.push(AsyncDropGuard::new(Connection));
    /// let mut kept = stack.take_all();
    /// assert!(stack.is_empty());
    /// assert!(kept.get(&connection).is_some());
    /// kept.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn take_all(&mut self) -> AsyncDropGuard<Self> {
        let mut all = Self::new();
        mem::swap(&mut *all, self);
        all
    }

    /// Borrows a guard, or gives `None` if this stack does not hold it (any longer).
    ///
    /// # Example
    ///
    /// See [`take_all`](Self::take_all).
    pub fn get<T: Debug + 'static>(&self, held: &Held<T>) -> Option<&AsyncDropGuard<T>> {
        self.members.get(&held.number())?.guard()
    }

    /// Borrows a guard mutably, or gives `None` if this stack does not hold it (any longer).
    ///
    /// Assigning over the guard drops the former one: clean that up first.
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDrop, AsyncDropGuard, AsyncDropStack};
    /// # #[derive(Debug)]
    /// # struct Counter(u32);
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Counter {
    /// #     type Error = std::io::Error;
    /// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let mut stack = AsyncDropStack::<std::io::Error>::new();
    /// let counter = stack.push(AsyncDropGuard::new(Counter(0)));
    /// if let Some(counter) = stack.get_mut(&counter) {
    ///     counter.0 += 1;
    /// }
    /// stack.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn get_mut<T: Debug + 'static>(
        &mut self,
        held: &Held<T>,
    ) -> Option<&mut AsyncDropGuard<T>> {
        self.members.get_mut(&held.number())?.guard_mut()
    }

    /// Counts the members, the one whose cleanup is under way included.
    ///
    /// # Example
    ///
    /// See [`is_empty`](Self::is_empty).
    pub fn len(&self) -> usize {
        self.members.len() + usize::from(self.under_way.is_some())
    }

    /// Says whether nothing is left to clean up.
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDropDeferred, AsyncDropStack};
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let mut stack = AsyncDropStack::<std::io::Error>::new();
    /// assert!(stack.is_empty());
    /// stack.defer(async || Ok(()));
    /// assert_eq!(stack.len(), 1);
    /// stack.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

// Without a lifetime on the error: where it is a `Box<dyn Error>`, a future that cleans up is not known to be `Send` with one.
impl<E: Debug> AsyncDropStack<E> {
    pub(crate) fn empty() -> Self {
        Self {
            members: BTreeMap::new(),
            under_way: None,
            first_failure: None,
            first_panic: None,
        }
    }

    /// Cleans everything up, and gives what the first cleanup failed with; `is_reported` says that it will not be returned.
    pub(crate) async fn unwind(&mut self, is_reported: bool) -> Result<(), Failure<E>> {
        while let Some(unwound) = self.unwind_one(is_reported).await {
            // What is not kept is dropped, and so reported.
            match unwound {
                Ok(Ok(())) => {}
                Ok(Err(failure)) => {
                    self.first_failure.get_or_insert(failure);
                }
                Err(panic) => {
                    self.first_panic.get_or_insert(panic);
                }
            }
        }
        let first_failure = self.first_failure.take();
        if let Some(panic) = self.first_panic.take() {
            drop(first_failure);
            panic.go_on();
        }
        first_failure.map_or(Ok(()), Err)
    }

    async fn unwind_one(&mut self, is_reported: bool) -> Option<Unwound<E>> {
        if self.under_way.is_none() {
            let (_, member) = self.members.pop_last()?;
            let cancel_safe = member.is_cancel_safe();
            self.under_way = Some((member.clean_up(), cancel_safe));
        }
        let is_reported = is_reported || self.first_failure.is_some() || self.first_panic.is_some();
        let under_way = &mut self.under_way;
        poll_fn(|context| {
            // Out while it is polled: a cleanup that panics must not be polled again.
            let Some((mut cleanup, cancel_safe)) = under_way.take() else {
                return Poll::Ready(None);
            };
            let result = only_reported_if(is_reported, || cleanup.as_mut().poll(context));
            if result.is_pending() {
                *under_way = Some((cleanup, cancel_safe));
            }
            result.map(Some)
        })
        .await
    }
}

#[async_trait]
impl<E: Debug> AsyncDrop for AsyncDropStack<E> {
    type Error = E;

    async fn async_drop_impl(&mut self) -> Result<(), E> {
        self.unwind(false).await.map_err(|failure| failure())
    }
}

impl<E: Debug> HoldsGuards for AsyncDropStack<E> {
    fn held_guards_are_cancel_safe(&self) -> bool {
        self.under_way.as_ref().is_none_or(|(_, safe)| *safe)
            && self.members.values().all(Member::is_cancel_safe)
    }

    fn hand_over_what_is_held(self) {
        tree::together(Together::InOrder, || drop(self));
    }
}

/// `stack[&held]` is the guard that [`push`](AsyncDropStack::push) took.
impl<T: Debug + 'static, E: Debug + 'static> Index<&Held<T>> for AsyncDropStack<E> {
    type Output = AsyncDropGuard<T>;

    /// # Panics
    ///
    /// If this stack does not hold it: it is another's, or it is being cleaned up.
    #[track_caller]
    fn index(&self, held: &Held<T>) -> &AsyncDropGuard<T> {
        self.get(held).expect(NOT_HELD)
    }
}

impl<T: Debug + 'static, E: Debug + 'static> IndexMut<&Held<T>> for AsyncDropStack<E> {
    /// # Panics
    ///
    /// If this stack does not hold it: it is another's, or it is being cleaned up.
    #[track_caller]
    fn index_mut(&mut self, held: &Held<T>) -> &mut AsyncDropGuard<T> {
        self.get_mut(held).expect(NOT_HELD)
    }
}

impl<E> Debug for AsyncDropStack<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        list.entries(self.members.values());
        if self.under_way.is_some() {
            list.entry(&format_args!("<cleanup under way>"));
        }
        list.finish()
    }
}

impl<E> Drop for AsyncDropStack<E> {
    fn drop(&mut self) {
        // Cleanups that are handed over run in the order of these drops.
        drop(self.under_way.take());
        while let Some((_, member)) = self.members.pop_last() {
            drop(member);
        }
    }
}
