use std::fs;
use std::io::Write;
use std::path::Path;

use async_drop_corpus::{Error, Errors};
use tempfile::NamedTempFile;

use crate::change::Tidied;

/// Writes what changes: each file as a whole or not at all, and none if one of them is reached through a symbolic link or is not what
/// it was when it was read.
///
/// # Errors
///
/// If a file may not be written, or cannot be.
pub fn write(root: &Path, tidied: &[Tidied]) -> Result<(), Errors> {
    let mut errors = Errors::default();
    for file in tidied {
        let wrong = refusal(root, file).map(|what| Error::new(&file.file, 1, what));
        errors.0.extend(wrong);
    }
    errors.or(())?;
    for file in tidied {
        replace(&root.join(&file.file), &file.after)
            .map_err(|error| Error::new(&file.file, 1, format!("cannot be written: {error}")))?;
    }
    Ok(())
}

/// Why a file is not to be written, if it is not.
fn refusal(root: &Path, file: &Tidied) -> Option<String> {
    let mut path = root.to_owned();
    for part in Path::new(&file.file) {
        path.push(part);
        if path.is_symlink() {
            let what = "is not written: a symbolic link leads to it";
            return Some(what.to_owned());
        }
    }
    match fs::read_to_string(path) {
        Ok(now) if now == file.before => None,
        Ok(_) => Some("is not written: it has changed meanwhile".to_owned()),
        Err(error) => Some(format!("is not written: it cannot be read: {error}")),
    }
}

/// Puts a file with `text` in the place of the one at `path`.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut beside = NamedTempFile::new_in(folder)?;
    beside.write_all(text.as_bytes())?;
    let permissions = fs::metadata(path)?.permissions();
    beside.as_file().set_permissions(permissions)?;
    beside.as_file().sync_all()?;
    beside.persist(path)?;
    Ok(())
}
