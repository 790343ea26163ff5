//! The place of one key in a map, looked up once.

use std::collections::hash_map;
use std::fmt::{self, Debug};
use std::hash::Hash;

use super::super::guard::{AsyncDrop, AsyncDropGuard};
use super::container::AsyncDropHashMap;

impl<K, V> AsyncDropHashMap<K, V>
where
    K: Eq + Hash + Debug + Send,
    V: AsyncDrop + Debug + Send,
    V::Error: Send,
{
    /// Looks up the place of `key`, to read, fill or empty it.
    ///
    /// # Example
    ///
    /// See [`Entry`].
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        match self.map.entry(key) {
            hash_map::Entry::Occupied(entry) => Entry::Occupied(OccupiedEntry { entry }),
            hash_map::Entry::Vacant(entry) => Entry::Vacant(VacantEntry { entry }),
        }
    }
}

/// The place of one key in an [`AsyncDropHashMap`], from its [`entry`](AsyncDropHashMap::entry).
///
/// The counterpart of [`std::collections::hash_map::Entry`], without `or_insert`: that would drop a guard which has been made already
/// when the place is taken.
///
/// # Dropping
///
/// Dropping an entry leaves the map as it is.
///
/// # Example
///
/// ```
/// use async_drop_utils::{AsyncDropGuard, AsyncDropHashMap};
/// # use async_drop_utils::AsyncDrop;
/// # #[derive(Debug)]
/// # struct Session { requests: usize }
/// # impl Session { async fn open() -> std::io::Result<AsyncDropGuard<Self>> { Ok(AsyncDropGuard::new(Self { requests: 0 })) } }
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Session {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let sessions = AsyncDropHashMap::new();
/// async_drop_utils::with_async_drop!(sessions, {
///     for user in ["ada", "grace", "ada"] {
///         let session = sessions.entry(user).or_try_insert_with(Session::open).await?;
///         session.requests += 1;
///     }
///     assert_eq!(sessions.get("ada").map(|session| session.requests), Some(2));
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug)]
#[must_use = "looking the place up changes nothing"]
pub enum Entry<'a, K: Debug, V: Debug> {
    /// The map has a value for the key.
    Occupied(OccupiedEntry<'a, K, V>),
    /// The map has no value for the key.
    Vacant(VacantEntry<'a, K, V>),
}

impl<'a, K: Debug, V: Debug> Entry<'a, K, V> {
    /// The key that was looked up, or the equal one that is in the map.
    ///
    /// # Example
    ///
    /// See [`and_modify`](Self::and_modify).
    pub fn key(&self) -> &K {
        match self {
            Self::Occupied(entry) => entry.key(),
            Self::Vacant(entry) => entry.key(),
        }
    }

    /// Borrows the value, after it has been made by `make` and inserted if there is none.
    ///
    /// # Panics
    ///
    /// If `make` does; the map is as before then.
    ///
    /// # Example
    ///
    /// See [`and_modify`](Self::and_modify).
    pub fn or_insert_with<F>(self, make: F) -> &'a mut AsyncDropGuard<V>
    where
        F: FnOnce() -> AsyncDropGuard<V>,
    {
        match self {
            Self::Occupied(entry) => entry.into_mut(),
            Self::Vacant(entry) => entry.insert(make()),
        }
    }

    /// Borrows the value, after it has been made by a constructor that is awaited and inserted if there is none.
    ///
    /// # Cancellation
    ///
    /// When it is cancelled while `make` is awaited, that future is dropped where it stands, and the map is as before.
    ///
    /// # Errors
    ///
    /// What `make` fails with. The map is as before then.
    ///
    /// # Example
    ///
    /// See [`Entry`].
    pub async fn or_try_insert_with<F, E>(self, make: F) -> Result<&'a mut AsyncDropGuard<V>, E>
    where
        F: AsyncFnOnce() -> Result<AsyncDropGuard<V>, E>,
    {
        match self {
            Self::Occupied(entry) => Ok(entry.into_mut()),
            Self::Vacant(entry) => Ok(entry.insert(make().await?)),
        }
    }

    /// Calls `modify` with the value if there is one.
    ///
    /// Assigning over the guard drops the former one: clean that up first.
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDrop, AsyncDropGuard, AsyncDropHashMap};
    /// # #[derive(Debug)]
    /// # struct Session { requests: usize }
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Session {
    /// #     type Error = std::io::Error;
    /// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let mut sessions = AsyncDropHashMap::new();
    /// # sessions.try_insert("ada", AsyncDropGuard::new(Session { requests: 1 })).unwrap();
    /// for user in ["ada", "grace"] {
    ///     let entry = sessions.entry(user).and_modify(|session| session.requests += 1);
    ///     println!("{} is back", entry.key());
    ///     entry.or_insert_with(|| AsyncDropGuard::new(Session { requests: 1 }));
    /// }
    /// assert_eq!(sessions.get("ada").unwrap().requests, 2);
    /// assert_eq!(sessions.get("grace").unwrap().requests, 1);
    /// # sessions.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn and_modify<F>(mut self, modify: F) -> Self
    where
        F: FnOnce(&mut AsyncDropGuard<V>),
    {
        if let Self::Occupied(entry) = &mut self {
            modify(entry.get_mut());
        }
        self
    }
}

/// A place that holds a value; a variant of [`Entry`].
///
/// # Dropping
///
/// Dropping it leaves the map as it is.
///
/// # Example
///
/// ```
/// use async_drop_utils::hash_map::Entry;
/// use async_drop_utils::{AsyncDropGuard, AsyncDropHashMap};
/// # use async_drop_utils::AsyncDrop;
/// # #[derive(Debug)]
/// # struct Session { requests: usize }
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Session {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # let mut sessions = AsyncDropHashMap::new();
/// # sessions.try_insert("ada", AsyncDropGuard::new(Session { requests: 9 })).unwrap();
///
/// if let Entry::Occupied(mut entry) = sessions.entry("ada") {
///     entry.get_mut().requests += 1;
///     if entry.get().requests >= 10 {
///         let mut former = entry.insert(AsyncDropGuard::new(Session { requests: 0 }));
///         former.async_drop().await?;
///     }
/// }
/// if let Entry::Occupied(entry) = sessions.entry("ada") {
///     let (_user, mut session) = entry.remove_entry();
///     session.async_drop().await?;
/// }
/// sessions.async_drop().await?;
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub struct OccupiedEntry<'a, K, V: Debug> {
    entry: hash_map::OccupiedEntry<'a, K, AsyncDropGuard<V>>,
}

impl<'a, K, V: Debug> OccupiedEntry<'a, K, V> {
    /// The key that is in the map.
    pub fn key(&self) -> &K {
        self.entry.key()
    }

    /// Borrows the value.
    pub fn get(&self) -> &AsyncDropGuard<V> {
        self.entry.get()
    }

    /// Borrows the value mutably. Assigning over the guard drops the former one: clean that up first.
    pub fn get_mut(&mut self) -> &mut AsyncDropGuard<V> {
        self.entry.get_mut()
    }

    /// Borrows the value mutably for as long as the map is borrowed.
    pub fn into_mut(self) -> &'a mut AsyncDropGuard<V> {
        self.entry.into_mut()
    }

    /// Inserts `value`, and hands back the guard that it replaces.
    #[must_use = "the guard of the replaced value has to be cleaned up"]
    pub fn insert(&mut self, value: AsyncDropGuard<V>) -> AsyncDropGuard<V> {
        self.entry.insert(value)
    }

    /// Takes the value out of the map, under its own guard.
    pub fn remove(self) -> AsyncDropGuard<V> {
        self.entry.remove()
    }

    /// Takes key and value out of the map, the value under its own guard.
    #[must_use = "the guard of the removed value has to be cleaned up"]
    pub fn remove_entry(self) -> (K, AsyncDropGuard<V>) {
        self.entry.remove_entry()
    }
}

impl<K: Debug, V: Debug> Debug for OccupiedEntry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OccupiedEntry")
            .field("key", self.key())
            .field("value", self.get())
            .finish()
    }
}

/// A place that is free; a variant of [`Entry`].
///
/// # Dropping
///
/// Dropping it leaves the map as it is.
///
/// # Example
///
/// ```
/// use async_drop_utils::hash_map::Entry;
/// use async_drop_utils::{AsyncDropGuard, AsyncDropHashMap};
/// # use async_drop_utils::AsyncDrop;
/// # #[derive(Debug)]
/// # struct Session { requests: usize }
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Session {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # let mut sessions = AsyncDropHashMap::new();
///
/// if let Entry::Vacant(entry) = sessions.entry("ada") {
///     let session = entry.insert(AsyncDropGuard::new(Session { requests: 0 }));
///     session.requests += 1;
/// }
/// sessions.async_drop().await?;
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub struct VacantEntry<'a, K, V: Debug> {
    entry: hash_map::VacantEntry<'a, K, AsyncDropGuard<V>>,
}

impl<'a, K, V: Debug> VacantEntry<'a, K, V> {
    /// The key that was looked up.
    pub fn key(&self) -> &K {
        self.entry.key()
    }

    /// Gives the key back.
    pub fn into_key(self) -> K {
        self.entry.into_key()
    }

    /// Inserts `value` and lends it.
    pub fn insert(self, value: AsyncDropGuard<V>) -> &'a mut AsyncDropGuard<V> {
        self.entry.insert(value)
    }
}

impl<K: Debug, V: Debug> Debug for VacantEntry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(self.key()).finish()
    }
}
