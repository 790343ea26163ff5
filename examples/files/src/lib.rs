//! A file that is written whole or not at all, and a temporary folder of which nothing stays.

use std::io;
use std::path::{Path, PathBuf};

use async_drop_utils::{closing, with_async_drop};
use tempfile::{NamedTempFile, tempdir_in};
use tokio::fs::{self, File};
use tokio::io::{AsyncWriteExt, BufWriter};

// ANCHOR: write_whole
/// Writes a file beside its place, and renames it once it is whole; failed or cut off before, it leaves what was there.
///
/// # Errors
///
/// Those of the work, or what the file system says.
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
// ANCHOR_END: write_whole

// ANCHOR: with_folder
/// Lends a folder to `work`, and removes it when that has ended, has failed or is cut off.
///
/// # Errors
///
/// Those of the work, or what the file system says.
pub async fn with_folder<R>(
    parent: &Path,
    work: impl AsyncFnOnce(&Path) -> io::Result<R>,
) -> io::Result<R> {
    let folder = closing(tempdir_in(parent)?.keep(), remove_until_gone);
    with_async_drop!(folder, { work(&folder).await })
}

async fn remove_until_gone(folder: PathBuf) -> io::Result<()> {
    loop {
        match fs::remove_dir_all(&folder).await {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {} // written meanwhile
            removed => return removed,
        }
    }
}
// ANCHOR_END: with_folder
