//! The list of names that chapters take from elsewhere.

use std::collections::BTreeMap;
use std::path::Path;

use async_drop_corpus::{Error, Errors};

use super::files::read;

/// Names that neither the project nor what it compiles has.
#[derive(Debug)]
pub(crate) struct Foreign {
    pub(crate) file: String,
    /// The names with their lines.
    pub(crate) names: BTreeMap<String, usize>,
}

impl Foreign {
    /// Reads `file`, which has one a line: `name - where it is from`.
    pub(super) fn read(root: &Path, file: &str) -> Result<Self, Errors> {
        let mut names = BTreeMap::new();
        let mut errors = Errors::default();
        for (index, line) in read(root, file)?.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match line.split_once(" - ") {
                Some((name, from)) if !from.trim().is_empty() => {
                    names.insert(name.trim().to_owned(), index + 1);
                }
                _ => errors.0.push(Error::new(
                    file,
                    index + 1,
                    "a foreign name is written `name - where it is from`",
                )),
            }
        }
        errors.or(Self {
            file: file.to_owned(),
            names,
        })
    }
}
