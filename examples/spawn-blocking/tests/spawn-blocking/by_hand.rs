//! The same program without the library: the task that owns the folder is counted, and a guard in the caller sets the flag.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

/// The tasks that own folders.
static WORKING: LazyLock<TaskTracker> = LazyLock::new(TaskTracker::new);

/// Waits for the end of all work; says whether it has ended by the deadline.
pub async fn drain(deadline: Duration) -> bool {
    WORKING.close();
    timeout(deadline, WORKING.wait()).await.is_ok()
}

/// Sets the flag when nobody waits any more.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Makes the folder, lends it to blocking work, and removes it when that has ended.
pub async fn in_folder<R: Send + 'static>(
    folder: PathBuf,
    work: impl FnOnce(&Path, &AtomicBool) -> io::Result<R> + Send + 'static,
) -> io::Result<R> {
    let stop = StopOnDrop(Arc::default());
    let stopped = Arc::clone(&stop.0);
    std::fs::create_dir(&folder)?; // no await up to the task
    let task = WORKING.spawn(async move {
        let path = folder.clone();
        let worked = spawn_blocking(move || work(&path, &stopped)).await;
        let removed = tokio::fs::remove_dir_all(folder).await;
        match (worked.unwrap_or_else(|error| Err(error.into())), removed) {
            (Ok(value), Ok(())) => Ok(value),
            (Ok(_), Err(error)) => Err(error),
            (Err(error), removed) => {
                if let Err(error) = removed {
                    eprintln!("the folder: {error}");
                }
                Err(error)
            }
        }
    });
    task.await?
}
