//! Blocking work in a folder of its own, which is removed when the work has ended, also when nobody waits for it any more.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_drop_utils::{AsyncDropGuard, Closing, closing, with_async_drop};
use tokio::task::{JoinHandle, spawn_blocking};

// ANCHOR: job
/// Blocking work, which is told to stop and awaited by its cleanup.
pub type Job<R> = AsyncDropGuard<Closing<JoinHandle<R>, io::Error>>;

/// Starts blocking work, which looks at the flag between its steps and stops when that is set.
pub fn start<R: Send + 'static>(work: impl FnOnce(&AtomicBool) -> R + Send + 'static) -> Job<R> {
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    closing(spawn_blocking(move || work(&stopped)), async move |task| {
        stop.store(true, Ordering::Relaxed);
        Ok(task.await.map(drop)?)
    })
}

/// Waits for the work's result. May be cut off: the work goes on, until the cleanup stops it.
///
/// # Errors
///
/// When the work has panicked.
pub async fn done<R>(job: &mut Job<R>) -> io::Result<R> {
    let done = (&mut ***job).await;
    Closing::take(job); // it has ended: nothing is left to stop
    Ok(done?)
}
// ANCHOR_END: job

// ANCHOR: in_folder
/// Makes the folder, lends it to blocking work, and removes it when that has ended.
///
/// # Errors
///
/// Those of the work and of the folder; one that is there already is somebody else's.
pub async fn in_folder<R: Send + 'static>(
    folder: PathBuf,
    work: impl FnOnce(&Path, &AtomicBool) -> io::Result<R> + Send + 'static,
) -> io::Result<R> {
    std::fs::create_dir(&folder)?; // no await up to its guard
    with_async_drop!(folder = closing(folder, tokio::fs::remove_dir_all), {
        let path = folder.to_path_buf();
        with_async_drop!(job = start(move |stop| work(&path, stop)), {
            done(&mut job).await?
        })
    })
}
// ANCHOR_END: in_folder
