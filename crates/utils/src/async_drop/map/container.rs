use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt::{self, Debug};
use std::future::poll_fn;
use std::hash::Hash;
use std::mem;
use std::panic::AssertUnwindSafe;

use async_trait::async_trait;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};

use super::super::awaited_cleanup::cleanup_is_awaited;
use super::super::guard::{AsyncDrop, AsyncDropGuard, CaughtPanic, HoldsGuards};
use super::super::members::FirstError;
use super::super::reported::only_reported_if;
use super::super::tree::{self, Together};
use super::drain::Drain;
use super::try_insert_error::TryInsertError;

/// A hash map of guards, which cleans all of its values up when its own guard is.
///
/// The cleanups run concurrently within the one task that awaits them, in no particular order. A value
/// leaves the map under its own guard, by [`remove`](Self::remove), [`insert`](Self::insert) over it or [`drain`](Self::drain), or cleaned up, by
/// [`retain`](Self::retain) or [`clear`](Self::clear). What could drop a guard unseen is not there: `extend`, `or_insert`, a `retain` that
/// is not awaited.
///
/// Take one guard per variable when the values are few and known. Take a `HashMap` of your own when values need no cleanup.
///
/// # Dropping
///
/// Dropping the map's guard armed drops the values' guards when each of them is cancel-safe or done, so an empty map can be
/// dropped. Otherwise it is a forgotten guard like any other: by default it panics and names the map with what is in it.
/// No value is cleaned up then, and each is reported.
///
/// # Cancellation
///
/// When `async_drop` is cancelled half-way, the map and its values are still there and the guard is still armed. Values
/// whose cleanup had completed stay in the map as guards that are done, and are not cleaned up again. The next call
/// cleans up the rest. An error that came up before the cancellation is kept: the next call returns it, and if there is
/// none, it is reported when the map is dropped.
///
/// # Errors
///
/// A cleanup that fails never stops the others. The error that came up first is returned, each further one is reported with
/// the value's type and the place where its guard was made.
///
/// # Panics
///
/// When a value's cleanup panics, the others run to their end all the same. Then the panic leaves the map's `async_drop`, and the value
/// has been dropped as one that was cleaned up. A further panic is reported.
///
/// # Example
///
/// ```
/// use async_drop_utils::{AsyncDropGuard, AsyncDropHashMap};
/// # use async_drop_utils::AsyncDrop;
/// # #[derive(Debug)]
/// # struct Session;
/// # impl Session { async fn send(&self, _: &str) {} }
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Session {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let mut sessions = AsyncDropHashMap::new();
/// for user in ["ada", "grace"] {
///     let session = AsyncDropGuard::new(Session);
///     if let Err(mut taken) = sessions.try_insert(user.to_owned(), session) {
///         taken.value.async_drop().await?;
///     }
/// }
/// if let Some(session) = sessions.get("ada") {
///     session.send("hello").await;
/// }
/// sessions.async_drop().await?; // both, concurrently
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub struct AsyncDropHashMap<K, V>
where
    K: Eq + Hash + Debug + Send,
    V: AsyncDrop + Debug + Send,
    V::Error: Send,
{
    pub(super) map: HashMap<K, AsyncDropGuard<V>>,
    /// What a `retain` that was cancelled had taken out of the map, and not cleaned up yet.
    leaving: Vec<AsyncDropGuard<V>>,
    /// What a cancelled cleanup had failed with so far.
    first_error: FirstError<V>,
}

impl<K, V> AsyncDropHashMap<K, V>
where
    K: Eq + Hash + Debug + Send,
    V: AsyncDrop + Debug + Send,
    V::Error: Send,
{
    /// Makes an empty map.
    ///
    /// # Example
    ///
    /// See [`AsyncDropHashMap`].
    #[track_caller]
    pub fn new() -> AsyncDropGuard<Self> {
        let this = Self {
            map: HashMap::new(),
            leaving: Vec::new(),
            first_error: FirstError::none(),
        };
        AsyncDropGuard::with_policy(this, Self::pass_on)
    }

    /// Inserts `value` unless `key` is taken.
    ///
    /// # Errors
    ///
    /// [`TryInsertError`] hands key and value back when the key is taken. The map is as before.
    ///
    /// # Example
    ///
    /// See [`TryInsertError`].
    pub fn try_insert(
        &mut self,
        key: K,
        value: AsyncDropGuard<V>,
    ) -> Result<&mut AsyncDropGuard<V>, TryInsertError<K, V>> {
        // Asked first, since an occupied entry does not give the key back.
        if self.map.contains_key(&key) {
            return Err(TryInsertError { key, value });
        }
        Ok(self.map.entry(key).or_insert(value))
    }

    /// Inserts `value`, and hands back the guard that it replaces.
    ///
    /// An equal key that is in the map already stays there, and the one passed is dropped. [`try_insert`](Self::try_insert) replaces
    /// nothing, and [`entry`](Self::entry) makes the value only where there is none.
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDrop, AsyncDropGuard, AsyncDropHashMap};
    /// # #[derive(Debug)]
    /// # struct Session;
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Session {
    /// #     type Error = std::io::Error;
    /// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let mut sessions = AsyncDropHashMap::new();
    /// # sessions.try_insert("ada", AsyncDropGuard::new(Session)).unwrap();
    /// if let Some(mut former) = sessions.insert("ada", AsyncDropGuard::new(Session)) {
    ///     former.async_drop().await?;
    /// }
    /// # sessions.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[must_use = "the guard of the replaced value has to be cleaned up"]
    pub fn insert(&mut self, key: K, value: AsyncDropGuard<V>) -> Option<AsyncDropGuard<V>> {
        self.map.insert(key, value)
    }

    /// Takes the value of `key` out of the map, under its own guard.
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDrop, AsyncDropGuard, AsyncDropHashMap};
    /// # #[derive(Debug)]
    /// # struct Session;
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Session {
    /// #     type Error = std::io::Error;
    /// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let mut sessions = AsyncDropHashMap::new();
    /// # sessions.try_insert("ada".to_owned(), AsyncDropGuard::new(Session)).unwrap();
    /// if let Some(mut session) = sessions.remove("ada") {
    ///     session.async_drop().await?;
    /// }
    /// # sessions.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[must_use = "the guard of the removed value has to be cleaned up"]
    pub fn remove<Q>(&mut self, key: &Q) -> Option<AsyncDropGuard<V>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.map.remove(key)
    }

    /// Takes out of the map the values for which `keep` says `false`, and cleans them up concurrently.
    ///
    /// # Cancellation
    ///
    /// When it is cancelled half-way, the values that had been taken out are no longer found in the map, and those not yet cleaned up
    /// are still under the map's guard: its next cleanup, or the next `retain`, goes on with them. So does an error that came up
    /// before.
    ///
    /// # Errors
    ///
    /// A cleanup that fails never stops the others. The error that came up first is returned, each further one is reported.
    ///
    /// # Panics
    ///
    /// If `keep` does: the values not yet cleaned up are still under the map's guard. If a value's cleanup does, once the others have run.
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDrop, AsyncDropGuard, AsyncDropHashMap};
    /// # #[derive(Debug)]
    /// # struct Session { idle: bool }
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Session {
    /// #     type Error = std::io::Error;
    /// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let mut sessions = AsyncDropHashMap::new();
    /// # sessions.try_insert("ada", AsyncDropGuard::new(Session { idle: true })).unwrap();
    /// # sessions.try_insert("grace", AsyncDropGuard::new(Session { idle: false })).unwrap();
    /// sessions.retain(|_user, session| !session.idle).await?;
    /// assert_eq!(sessions.len(), 1);
    /// # sessions.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn retain<F>(&mut self, mut keep: F) -> Result<(), V::Error>
    where
        F: FnMut(&K, &mut AsyncDropGuard<V>) -> bool,
    {
        let leaving = &mut self.leaving;
        self.map.retain(|key, guard| {
            let stays = keep(key, guard);
            if !stays {
                leaving.push(mem::replace(guard, AsyncDropGuard::new_invalid()));
            }
            stays
        });
        clean_up_all(&mut self.leaving, &mut self.first_error).await;
        self.leaving.clear();
        self.first_error.take()
    }

    /// Takes all values out of the map, and cleans them up concurrently; the map can be used again afterwards.
    ///
    /// # Cancellation
    ///
    /// As with [`retain`](Self::retain).
    ///
    /// # Errors
    ///
    /// As with [`retain`](Self::retain).
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDrop, AsyncDropGuard, AsyncDropHashMap};
    /// # #[derive(Debug)]
    /// # struct Session;
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Session {
    /// #     type Error = std::io::Error;
    /// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let mut sessions = AsyncDropHashMap::new();
    /// # sessions.try_insert("ada", AsyncDropGuard::new(Session)).unwrap();
    /// sessions.clear().await?;
    /// assert!(sessions.is_empty());
    /// # sessions.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn clear(&mut self) -> Result<(), V::Error> {
        self.retain(|_, _| false).await
    }

    /// Takes all values out of the map one by one, each under its own guard, in no particular order.
    ///
    /// # Dropping
    ///
    /// Values that the iterator has not handed out when it is dropped go back into the map. So `?` and cancellation in the
    /// middle of a loop over it lose none of them. Leaking it ([`std::mem::forget`]) leaks them.
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDrop, AsyncDropGuard, AsyncDropHashMap};
    /// # #[derive(Debug)]
    /// # struct Session;
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Session {
    /// #     type Error = std::io::Error;
    /// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let mut sessions = AsyncDropHashMap::new();
    /// # sessions.try_insert("ada", AsyncDropGuard::new(Session)).unwrap();
    /// # sessions.try_insert("grace", AsyncDropGuard::new(Session)).unwrap();
    /// let first = sessions.drain().next();
    /// if let Some((user, mut session)) = first {
    ///     session.async_drop().await?;
    ///     assert!(sessions.get(user).is_none());
    /// }
    /// assert_eq!(sessions.len(), 1); // the other one went back
    /// for (_, mut session) in sessions.drain() {
    ///     session.async_drop().await?;
    /// }
    /// assert!(sessions.is_empty());
    /// sessions.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn drain(&mut self) -> impl ExactSizeIterator<Item = (K, AsyncDropGuard<V>)> {
        Drain::of(&mut self.map)
    }
}

#[async_trait]
impl<K, V> AsyncDrop for AsyncDropHashMap<K, V>
where
    K: Eq + Hash + Debug + Send,
    V: AsyncDrop + Debug + Send,
    V::Error: Send,
{
    type Error = V::Error;

    async fn async_drop_impl(&mut self) -> Result<(), V::Error> {
        let guards = self.map.values_mut().chain(&mut self.leaving);
        clean_up_all(guards, &mut self.first_error).await;
        self.first_error.take()
    }
}

async fn clean_up_all<'a, V>(
    guards: impl IntoIterator<Item = &'a mut AsyncDropGuard<V>>,
    first_error: &mut FirstError<V>,
) where
    V: AsyncDrop + Debug + 'a,
{
    let mut cleanups: FuturesUnordered<_> = guards
        .into_iter()
        .filter(|guard| !guard.is_dropped())
        // Not `catching`: its future is the larger one, and a node would lose its fast place.
        .map(|guard| AssertUnwindSafe(guard.async_drop_among_many()).catch_unwind())
        .collect();
    loop {
        let is_reported = first_error.has_failed();
        let next = poll_fn(|context| {
            let next = only_reported_if(is_reported, || cleanups.poll_next_unpin(context));
            // The cleanups do not note it: only those that were woken are polled.
            if next.is_pending() {
                cleanup_is_awaited();
            }
            next
        });
        let Some(ended) = next.await else { break };
        first_error.record(ended.map_err(CaughtPanic::new));
    }
}

impl<K, V> Drop for AsyncDropHashMap<K, V>
where
    K: Eq + Hash + Debug + Send,
    V: AsyncDrop + Debug + Send,
    V::Error: Send,
{
    fn drop(&mut self) {
        if self.map.values().any(|guard| !guard.is_dropped()) {
            // A map leaks the rest of its values when dropping one panics; a vector goes on, and each guard reports.
            drop(self.map.drain().collect::<Vec<_>>());
        }
    }
}

impl<K, V> HoldsGuards for AsyncDropHashMap<K, V>
where
    K: Eq + Hash + Debug + Send,
    V: AsyncDrop + Debug + Send,
    V::Error: Send,
{
    fn hand_over_what_is_held(self) {
        tree::together(Together::Concurrently, || drop(self));
    }

    fn held_guards_are_cancel_safe(&self) -> bool {
        let mut guards = self.map.values().chain(&self.leaving);
        guards.all(AsyncDropGuard::is_cancel_safe)
    }
}

impl<K, V> Debug for AsyncDropHashMap<K, V>
where
    K: Eq + Hash + Debug + Send,
    V: AsyncDrop + Debug + Send,
    V::Error: Send,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = f.debug_tuple("AsyncDropHashMap");
        tuple.field(&self.map);
        if !self.leaving.is_empty() {
            tuple.field(&self.leaving);
        }
        tuple.finish()
    }
}
