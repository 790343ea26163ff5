//! What a map lends: its keys and its guards.

use std::borrow::Borrow;
use std::collections::hash_map;
use std::fmt::Debug;
use std::hash::Hash;

use super::super::guard::{AsyncDrop, AsyncDropGuard};
use super::container::AsyncDropHashMap;

impl<K, V> AsyncDropHashMap<K, V>
where
    K: Eq + Hash + Debug + Send,
    V: AsyncDrop + Debug + Send,
    V::Error: Send,
{
    /// Borrows the value of `key`.
    ///
    /// # Example
    ///
    /// See [`AsyncDropHashMap`].
    pub fn get<Q>(&self, key: &Q) -> Option<&AsyncDropGuard<V>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.map.get(key)
    }

    /// Borrows the value of `key` mutably.
    ///
    /// Assigning over the guard drops the former one: clean that up first. A guard that is done may stay in the map.
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
    /// # sessions.try_insert("ada".to_owned(), AsyncDropGuard::new(Session { requests: 0 })).unwrap();
    /// if let Some(session) = sessions.get_mut("ada") {
    ///     session.requests += 1;
    /// }
    /// # sessions.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut AsyncDropGuard<V>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.map.get_mut(key)
    }

    /// Counts the values, also those whose guards are done.
    ///
    /// # Example
    ///
    /// See [`drain`](Self::drain).
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Says whether the map holds no value.
    ///
    /// # Example
    ///
    /// See [`drain`](Self::drain).
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Says whether the map has a value for `key`, also one whose guard is done.
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
    /// assert!(sessions.contains_key("ada"));
    /// assert!(!sessions.contains_key("grace"));
    /// # sessions.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.map.contains_key(key)
    }

    /// Borrows all keys, in no particular order.
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
    /// for user in sessions.keys() {
    ///     println!("{user}");
    /// }
    /// # sessions.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn keys(&self) -> hash_map::Keys<'_, K, AsyncDropGuard<V>> {
        self.map.keys()
    }

    /// Borrows all values, in no particular order.
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
    /// let requests: usize = sessions.values().map(|session| session.requests).sum();
    /// assert_eq!(requests, 1);
    /// # sessions.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn values(&self) -> hash_map::Values<'_, K, AsyncDropGuard<V>> {
        self.map.values()
    }

    /// Borrows all values mutably, in no particular order.
    ///
    /// Assigning over a guard drops the former one: clean that up first. A guard that is done may stay in the map.
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
    /// for session in sessions.values_mut() {
    ///     session.requests = 0;
    /// }
    /// # sessions.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn values_mut(&mut self) -> hash_map::ValuesMut<'_, K, AsyncDropGuard<V>> {
        self.map.values_mut()
    }

    /// Borrows all keys and values, in no particular order.
    ///
    /// # Example
    ///
    /// ```
    /// # use async_drop_utils::{AsyncDrop, AsyncDropGuard, AsyncDropHashMap};
    /// # #[derive(Debug)]
    /// # struct Session;
    /// # impl Session { async fn send(&self, _: &str) {} }
    /// # #[async_trait::async_trait]
    /// # impl AsyncDrop for Session {
    /// #     type Error = std::io::Error;
    /// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let mut sessions = AsyncDropHashMap::new();
    /// # sessions.try_insert("ada", AsyncDropGuard::new(Session)).unwrap();
    /// for (user, session) in sessions.iter() {
    ///     session.send(user).await;
    /// }
    /// # sessions.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn iter(&self) -> hash_map::Iter<'_, K, AsyncDropGuard<V>> {
        self.map.iter()
    }

    /// Borrows all keys, and all values mutably, in no particular order.
    ///
    /// Assigning over a guard drops the former one: clean that up first. A guard that is done may stay in the map.
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
    /// for (user, session) in sessions.iter_mut() {
    ///     session.requests += user.len();
    /// }
    /// # sessions.async_drop().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn iter_mut(&mut self) -> hash_map::IterMut<'_, K, AsyncDropGuard<V>> {
        self.map.iter_mut()
    }
}
