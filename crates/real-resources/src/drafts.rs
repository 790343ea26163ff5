//! Reports that are written under another name and renamed when they are whole.

use std::io;
use std::path::{Path, PathBuf};

use tokio::fs;

use crate::world::World;

/// What a whole report holds.
pub const REPORT: &[u8] = &[b'x'; 30_000];

/// Where a program writes its reports before they are whole.
pub fn drafts(world: &World) -> impl Iterator<Item = PathBuf> {
    (0..4).map(|number| world.folder.join(format!("{}-{number}.draft", world.mark)))
}

/// Removes a draft, if it is there: it may have been renamed, or never made.
///
/// # Errors
///
/// Whatever the file system has to say.
pub async fn remove_draft(path: &Path) -> io::Result<()> {
    match fs::remove_file(path).await {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Says which drafts are left, and which reports are not whole.
///
/// # Errors
///
/// Whatever the file system has to say.
pub fn left_drafts(folder: &Path) -> io::Result<Vec<String>> {
    let mut left = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let bytes = std::fs::read(&path)?.len();
        if path
            .extension()
            .is_some_and(|extension| extension == "draft")
        {
            left.push(format!("{} is left", path.display()));
        } else if bytes != REPORT.len() {
            left.push(format!("{} has {bytes} bytes", path.display()));
        }
    }
    Ok(left)
}
