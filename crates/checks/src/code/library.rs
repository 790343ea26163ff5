use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use async_drop_corpus::{Error, Errors};

use super::canonical::shown_items;

/// The items of the library's source, by kind and path.
#[derive(Debug, Default)]
pub struct Library {
    pub(crate) items: BTreeMap<String, Vec<Known>>,
    pub(crate) folders: Vec<String>,
}

/// An item, and where it is.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) words: String,
}

impl Library {
    /// Reads every `.rs` file below `folders`, which are relative to `root`; modules that only tests compile are left out.
    ///
    /// # Errors
    ///
    /// If a folder or file cannot be read, or a file is not Rust.
    pub fn read(root: &Path, folders: &[&str]) -> Result<Self, Errors> {
        let mut library = Self {
            items: BTreeMap::new(),
            folders: folders.iter().map(|folder| (*folder).to_owned()).collect(),
        };
        for folder in folders {
            library.folder(root, folder)?;
        }
        Ok(library)
    }

    fn folder(&mut self, root: &Path, folder: &str) -> Result<(), Error> {
        let unreadable =
            |error: io::Error| Error::new(folder, 1, format!("cannot be read: {error}"));
        for entry in fs::read_dir(root.join(folder)).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                self.folder(root, &path)?;
            } else if path.ends_with(".rs") {
                let source = fs::read_to_string(root.join(&path)).map_err(unreadable)?;
                self.source(&path, &source)?;
            }
        }
        Ok(())
    }

    pub(crate) fn source(&mut self, file: &str, source: &str) -> Result<(), Error> {
        let items = shown_items(source).map_err(|error| {
            let line = error.span().start().line;
            Error::new(file, line, format!("not Rust: {error}"))
        })?;
        for item in items {
            self.items.entry(item.path).or_default().push(Known {
                file: file.to_owned(),
                line: item.line,
                words: item.words,
            });
        }
        Ok(())
    }
}
