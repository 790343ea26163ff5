//! What a program of a run gets to know.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::chance::Chance;

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
}
