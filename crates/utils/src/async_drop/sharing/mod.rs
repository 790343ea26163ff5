//! One value for several: owners of which the last cleans up, locks, tasks, and the result of one constructor.

mod arc;
mod driven;
mod last_owner;
mod result;
mod shared;
#[cfg(feature = "tokio")]
mod task_group;
#[cfg(feature = "tokio")]
mod tokio_mutex;
#[cfg(feature = "tokio")]
mod tokio_rwlock;
mod weak;

pub use arc::AsyncDropArc;
pub use result::AsyncDropResult;
pub use shared::AsyncDropShared;
#[cfg(feature = "tokio")]
pub use task_group::AsyncDropTaskGroup;
#[cfg(feature = "tokio")]
pub use tokio_mutex::AsyncDropTokioMutex;
#[cfg(feature = "tokio")]
pub use tokio_rwlock::AsyncDropTokioRwLock;
pub use weak::AsyncDropWeak;
