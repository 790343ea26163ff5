//! The same program without the library: a folder whose `Drop` hands the removal to a task, and the tasks are counted.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use tempfile::{NamedTempFile, tempdir_in};
use tokio::fs::{self, File};
use tokio::io::{AsyncWriteExt, BufWriter};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

/// The tasks that remove folders.
static REMOVING: LazyLock<TaskTracker> = LazyLock::new(TaskTracker::new);

/// Waits for the removal of all folders; says whether they are gone by the deadline.
pub async fn drain(deadline: Duration) -> bool {
    REMOVING.close();
    timeout(deadline, REMOVING.wait()).await.is_ok()
}

/// Writes a file beside its place, and renames it once it is whole; failed or cut off before, it leaves what was there.
pub async fn write_whole<R>(
    path: &Path,
    work: impl AsyncFnOnce(&mut BufWriter<File>) -> io::Result<R>,
) -> io::Result<R> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let (file, draft) = NamedTempFile::new_in(folder)?.into_parts(); // dropped, `draft` removes it
    let mut file = BufWriter::new(File::from_std(file));
    let written = work(&mut file).await?;
    file.flush().await?; // dropped, it would keep the rest to itself
    file.get_ref().sync_all().await?;
    draft.persist(path)?;
    File::open(folder).await?.sync_all().await?; // the name
    Ok(written)
}

/// A folder that is removed when it is dropped.
#[derive(Debug)]
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let folder = std::mem::take(&mut self.0);
        if folder.as_os_str().is_empty() {
            return;
        }
        REMOVING.spawn(async move {
            if let Err(error) = remove_until_gone(folder).await {
                eprintln!("the folder: {error}");
            }
        });
    }
}

impl Folder {
    /// Removes it in a task, so that a caller who is cut off here does not cut that off.
    async fn remove(mut self) -> io::Result<()> {
        let folder = std::mem::take(&mut self.0);
        REMOVING.spawn(remove_until_gone(folder)).await?
    }
}

/// Lends a folder to `work`, and removes it when that has ended, has failed or is cut off.
pub async fn with_folder<R>(
    parent: &Path,
    work: impl AsyncFnOnce(&Path) -> io::Result<R>,
) -> io::Result<R> {
    let folder = Folder(tempdir_in(parent)?.keep());
    let worked = work(&folder.0).await;
    let removed = folder.remove().await;
    match (worked, removed) {
        (Ok(value), Ok(())) => Ok(value),
        (Ok(_), Err(error)) => Err(error),
        (Err(error), removed) => {
            if let Err(error) = removed {
                eprintln!("the folder: {error}");
            }
            Err(error)
        }
    }
}

async fn remove_until_gone(folder: PathBuf) -> io::Result<()> {
    loop {
        match fs::remove_dir_all(&folder).await {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {} // written meanwhile
            removed => return removed,
        }
    }
}
