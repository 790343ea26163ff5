//! One change at a time: a lock file in the skills folder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

const NAME: &str = ".async-drop.lock";

/// Holds the lock of a skills folder until it is dropped.
///
/// The system frees the lock of a process that was killed. Dropping it takes the lock file away where that is safe.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// Waits for the lock of `skills`, and calls `waiting` once when somebody else holds it.
    ///
    /// # Errors
    ///
    /// When the lock file cannot be made, or the file system has no locks.
    pub fn acquire(skills: &Path, waiting: impl FnOnce()) -> io::Result<Lock> {
        let path = skills.join(NAME);
        let mut waiting = Some(waiting);
        loop {
            let file = open(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) => {
                    if let Some(waiting) = waiting.take() {
                        waiting();
                    }
                    file.lock()?;
                }
            }
            // The holder before us took the file away; a lock on what it left keeps nobody out.
            if is_still_at(&file, &path)? {
                return Ok(Lock { path, _file: file });
            }
        }
    }
}

/// Whether a run is under way in `skills`, or was killed there.
pub fn is_taken(skills: &Path) -> bool {
    fs::symlink_metadata(skills.join(NAME)).is_ok()
}

impl Drop for Lock {
    fn drop(&mut self) {
        if cfg!(unix) {
            // A lock file that stays behind does no harm, so there is nobody to tell.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    let no_link = rustix::fs::OFlags::NOFOLLOW.bits();
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .custom_flags(no_link.cast_signed())
        .open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

#[cfg(unix)]
fn is_still_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    let held = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(found) => Ok((held.dev(), held.ino()) == (found.dev(), found.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(not(unix))]
fn is_still_at(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn only_one_holds_the_lock_at_a_time() {
        let skills = tempfile::tempdir().expect("a temporary folder");
        let inside = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let lock = Lock::acquire(skills.path(), || {}).expect("the lock");
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        thread::yield_now();
                        inside.fetch_sub(1, Ordering::SeqCst);
                        drop(lock);
                    }
                });
            }
        });
        assert_eq!(fs::read_dir(skills.path()).expect("the folder").count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn lock_that_is_a_link_is_refused() {
        let skills = tempfile::tempdir().expect("a temporary folder");
        let victim = skills.path().join("victim");
        std::os::unix::fs::symlink(&victim, skills.path().join(NAME)).expect("a link");
        Lock::acquire(skills.path(), || {}).expect_err("a link");
        assert!(!victim.exists());
    }
}
