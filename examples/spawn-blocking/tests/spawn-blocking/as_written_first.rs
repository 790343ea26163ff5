//! What is written first: the folder is removed when it is dropped, as a temporary one is.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use tokio::task::spawn_blocking;

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("the folder: {error}");
        }
    }
}

/// Makes the folder, lends it to blocking work, and removes it.
pub async fn in_folder<R: Send + 'static>(
    folder: PathBuf,
    work: impl FnOnce(&Path, &AtomicBool) -> io::Result<R> + Send + 'static,
) -> io::Result<R> {
    std::fs::create_dir(&folder)?;
    let folder = Folder(folder);
    let path = folder.0.clone();
    spawn_blocking(move || work(&path, &AtomicBool::new(false))).await?
}
