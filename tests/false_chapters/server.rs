//! A server that the blocks of the dimensions talk to: what it grants stands on the books.

use std::sync::PoisonError;

use async_drop_utils::testing::{Entry, Ledger, Peer, fault_point};

// With what else the blocks use.
pub use async_drop_fixtures::Error;
pub use async_drop_utils::testing::{fallible, restartable, spawn};
pub use std::sync::{Arc, Mutex};
pub use std::time::Duration;
pub use tokio::sync::{mpsc, oneshot};
pub use tokio::time::{sleep, timeout};

/// A handle to the server, over one stream of its own and one that administrators use.
#[derive(Clone, Debug, Default)]
pub struct Server {
    stream: Peer,
    admin: Peer,
    granted: Granted,
}

#[derive(Clone, Debug, Default)]
struct Granted(Arc<Mutex<Vec<Entry>>>);

impl Granted {
    fn grant(&self, name: &'static str) {
        let mut granted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        granted.push(Ledger::current().open(name));
    }

    fn take_back(&self) {
        let mut granted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        granted.drain(..).for_each(|entry| entry.close());
    }
}

impl Server {
    /// Opens a session. It is open when this returns, and not before.
    pub async fn connect(&self) -> Result<(), Error> {
        fallible("connect").await?;
        self.granted.grant("session");
        Ok(())
    }

    /// Takes a lease, which the server grants when it reads the request.
    pub async fn acquire(&self) -> Result<(), Error> {
        let granted = self.granted.clone();
        let grant = move || granted.grant("lease");
        Ok(self.stream.request("acquire", grant).await?)
    }

    /// Takes a lease, which the server grants only while somebody waits for it.
    pub async fn acquire_waiting(&self) -> Result<(), Error> {
        let granted = self.granted.clone();
        let waits = Arc::new(());
        let still_waits = Arc::downgrade(&waits);
        let grant = move || {
            if still_waits.strong_count() > 0 {
                granted.grant("lease");
            }
        };
        let answer = self.stream.request("acquire", grant).await;
        drop(waits);
        Ok(answer?)
    }

    /// Asks for something that leaves nothing behind.
    pub async fn ask(&self) -> Result<(), Error> {
        Ok(fallible("ask").await?)
    }

    /// Gives back what is granted; failed, it may still be.
    pub async fn release(&self) -> Result<(), Error> {
        let granted = self.granted.clone();
        let take_back = move || granted.take_back();
        Ok(self.stream.request("release", take_back).await?)
    }

    /// [`release`](Self::release) over the administrators' stream.
    pub async fn revoke(&self) -> Result<(), Error> {
        let granted = self.granted.clone();
        let take_back = move || granted.take_back();
        Ok(self.admin.request("revoke", take_back).await?)
    }

    /// Leaves, with everything given back even when this fails.
    pub async fn leave(&self) -> Result<(), Error> {
        let left = fallible("leave").await;
        self.granted.take_back();
        Ok(left?)
    }

    /// Notes in the journal on disk that the session ends.
    pub fn note(&self) -> Result<(), Error> {
        Ok(fault_point("note")?)
    }

    /// Breaks off without a word: everything is given back.
    pub fn reset(&self) {
        self.granted.take_back();
    }

    /// Whether something is granted now.
    pub fn has_granted(&self) -> bool {
        let granted = self
            .granted
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        !granted.is_empty()
    }
}
