//! The file system, and the books of the work that is done in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::Duration;

/// How long each part takes.
const PART: Duration = Duration::from_micros(500);

#[derive(Debug, Default)]
struct Books {
    working: usize,
    complaints: Vec<String>,
}

/// What keeps the books.
#[derive(Debug, Clone, Default)]
pub struct FarSide(Arc<Mutex<Books>>);

impl FarSide {
    /// Work that writes so many parts into its folder, one after the other, unless it is told to stop.
    pub fn work(
        &self,
        parts: usize,
    ) -> impl FnOnce(&Path, &AtomicBool) -> io::Result<usize> + Send + 'static {
        let far_side = self.clone();
        move |folder, stop| {
            far_side.books().working += 1;
            let written = write(folder, parts, stop);
            let mut books = far_side.books();
            books.working -= 1;
            if let Err(error) = &written {
                books.complaints.push(format!("the work: {error}"));
            }
            written
        }
    }

    /// What is wrong when everything has ended: work that goes on, that has lost its folder, or that has left it.
    pub fn lost(&self, folder: &Path) -> Vec<String> {
        let books = self.books();
        let working = (books.working > 0).then(|| format!("{} still working", books.working));
        let left = folder
            .exists()
            .then(|| format!("{} is left", folder.display()));
        let complaints = books.complaints.iter().cloned();
        complaints.chain(working).chain(left).collect()
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write(folder: &Path, parts: usize, stop: &AtomicBool) -> io::Result<usize> {
    for part in 0..parts {
        if stop.load(Ordering::Relaxed) {
            return Ok(part);
        }
        fs::write(folder.join(part.to_string()), "a part")?;
        sleep(PART);
    }
    Ok(parts)
}

/// The folder that all work of a run is done in.
pub fn folder(parent: &Path) -> PathBuf {
    parent.join("work")
}
