//! Tells whether anybody touched a folder between two looks.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What a folder held at one moment, without the bytes of its files.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Fingerprint(Vec<(PathBuf, Option<Look>)>);

/// A file's identity; a folder has none, because moving it is no change.
#[derive(Debug, PartialEq, Eq)]
struct Look {
    length: u64,
    modified: Option<SystemTime>,
    inode: u64,
}

impl Fingerprint {
    /// Looks at everything below `folder`, following no link.
    ///
    /// # Errors
    ///
    /// When something below `folder` cannot be looked at.
    pub fn of(folder: &Path) -> io::Result<Fingerprint> {
        let mut seen = Vec::new();
        look(folder, Path::new(""), &mut seen)?;
        seen.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Fingerprint(seen))
    }
}

fn look(root: &Path, below: &Path, seen: &mut Vec<(PathBuf, Option<Look>)>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let path = below.join(entry.file_name());
        let found = entry.metadata()?;
        if found.is_dir() {
            look(root, &path, seen)?;
            seen.push((path, None));
        } else {
            let look = Look {
                length: found.len(),
                modified: found.modified().ok(),
                inode: inode(&found),
            };
            seen.push((path, Some(look)));
        }
    }
    Ok(())
}

#[cfg(unix)]
fn inode(found: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(found)
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> u64 {
    0
}
