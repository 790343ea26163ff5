//! Puts files where a crash does not lose them.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use crate::failure::Failure;

/// Writes a file that is not there yet, and has it on disk.
///
/// # Errors
///
/// When the file is there, the disk is full, or a permission is missing.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let write = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = File::create_new(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(Failure::io("write", path))
}

/// Takes a file or folder of the user's along: files as hard links, which cost nothing and keep times and owners.
///
/// # Errors
///
/// When something cannot be read, or neither linked nor copied.
pub fn keep(from: &Path, to: &Path) -> Result<(), Failure> {
    let failed = || Failure::io("take along", from);
    let kind = fs::symlink_metadata(from).map_err(failed())?;
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(failed())?;
    }
    if kind.is_dir() {
        fs::create_dir_all(to).map_err(failed())?;
        for entry in fs::read_dir(from).map_err(failed())? {
            let name = entry.map_err(failed())?.file_name();
            keep(&from.join(&name), &to.join(&name))?;
        }
        return fs::set_permissions(to, kind.permissions()).map_err(failed());
    }
    if kind.is_symlink() {
        return link(from, to).map_err(failed());
    }
    fs::hard_link(from, to)
        .or_else(|error| {
            if kind.is_file() {
                fs::copy(from, to).map(drop)
            } else {
                Err(error)
            }
        })
        .map_err(failed())
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(fs::read_link(from)?, to)
}

#[cfg(not(unix))]
fn link(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to)
}

/// Has a folder and the folders in it on disk; their files are by then.
///
/// # Errors
///
/// When the system cannot say that they are.
pub fn sync_all(folder: &Path) -> Result<(), Failure> {
    for entry in fs::read_dir(folder).map_err(Failure::io("read", folder))? {
        let entry = entry.map_err(Failure::io("read", folder))?;
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            sync_all(&entry.path())?;
        }
    }
    sync(folder)
}

/// Has the names in a folder on disk.
///
/// # Errors
///
/// When the system cannot say that they are.
#[cfg(unix)]
pub fn sync(folder: &Path) -> Result<(), Failure> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    match synced {
        // Some file systems cannot sync a folder, and then have no need to.
        Err(error)
            if [io::ErrorKind::InvalidInput, io::ErrorKind::Unsupported]
                .contains(&error.kind()) =>
        {
            Ok(())
        }
        synced => synced.map_err(Failure::io("sync", folder)),
    }
}

/// Does nothing, because this system syncs no folders.
///
/// # Errors
///
/// Never.
#[cfg(not(unix))]
pub fn sync(_: &Path) -> Result<(), Failure> {
    Ok(())
}
