//! What a program of a run gets to know.

use std::io;
use std::mem;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::chance::Chance;
use crate::wire::Wire;

/// Where the far side of a run is, and what is left to chance.
#[derive(Debug, Clone)]
pub struct World {
    /// The run's server.
    pub server: SocketAddr,
    /// The run's folder.
    pub folder: PathBuf,
    /// A word that no other program has, of no other run either.
    pub mark: String,
    /// The program's own choices.
    pub chance: Chance,
    /// Where the program says what it has seen and must not.
    pub seen: Seen,
}

impl World {
    /// Does something that takes a while and obliges to nothing.
    ///
    /// # Errors
    ///
    /// Whatever the network has to say.
    pub async fn work(&self) -> io::Result<()> {
        let mut wire = Wire::connect(self.server).await?;
        wire.ask("ECHO work").await?;
        wire.ask("ECHO more").await.map(drop)
    }
}

/// What programs of a run have seen that must not happen.
#[derive(Debug, Clone, Default)]
pub struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    /// Adds something.
    pub fn tell(&self, what: String) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(what);
    }

    pub(crate) fn take(&self) -> Vec<String> {
        mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
