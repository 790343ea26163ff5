use std::error::Error;
use std::fmt::{self, Debug, Display};

use super::super::guard::AsyncDropGuard;

/// The key of a [`try_insert`](crate::AsyncDropHashMap::try_insert) is taken; hands the rejected key and value back.
///
/// It does not hold the taken entry: with that, the map would stay borrowed for as long as the error lives, and the error could not leave the
/// function that owns the map. Who wants the entry matches on [`entry`](crate::AsyncDropHashMap::entry), which has it and the value at hand.
///
/// # Dropping
///
/// It holds a guard: clean up [`value`](Self::value), or insert it under another key. Dropping the error armed drops that
/// guard, which by default panics as forgotten. So no bare `?` and no `unwrap` on a `try_insert` whose key can be taken.
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
/// if let Err(mut taken) = sessions.try_insert("ada", AsyncDropGuard::new(Session)) {
///     assert_eq!(taken.to_string(), r#"the key "ada" is taken"#);
///     taken.value.async_drop().await?;
/// }
/// # sessions.async_drop().await?;
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug)]
#[must_use = "it holds the rejected guard, whose cleanup has to be awaited"]
pub struct TryInsertError<K, V: Debug> {
    /// The key that is taken.
    pub key: K,
    /// The value that was not inserted, under its own guard.
    pub value: AsyncDropGuard<V>,
}

impl<K: Debug, V: Debug> Display for TryInsertError<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the key {:?} is taken", self.key)
    }
}

impl<K: Debug, V: Debug> Error for TryInsertError<K, V> {}
