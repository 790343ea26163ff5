//! The repository's sources and manifests, read in one walk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use async_drop_corpus::{EXAMPLES, Error};

/// The folder of the packages.
const PACKAGES: &str = "crates";

/// The texts of the files that the model is made of, by their paths relative to the root.
#[derive(Debug)]
pub(crate) struct Files {
    root: PathBuf,
    texts: BTreeMap<String, String>,
}

impl Files {
    /// Reads the `.rs` files and manifests of all packages, and the diagnostics that are recorded among them.
    pub(super) fn read(root: &Path) -> Result<Self, Error> {
        let mut files = Self {
            root: root.to_owned(),
            texts: BTreeMap::new(),
        };
        files.add("Cargo.toml")?;
        files.walk(PACKAGES)?;
        if root.join(EXAMPLES).is_dir() {
            files.walk(EXAMPLES)?;
        }
        Ok(files)
    }

    fn walk(&mut self, folder: &str) -> Result<(), Error> {
        let unreadable =
            |error: io::Error| Error::new(folder, 1, format!("cannot be listed: {error}"));
        for entry in fs::read_dir(self.root.join(folder)).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            let is_code = [".rs", ".stderr", "/Cargo.toml"];
            if entry.file_type().map_err(unreadable)?.is_dir() {
                self.walk(&path)?;
            } else if is_code.iter().any(|ending| path.ends_with(ending)) {
                self.add(&path)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, file: &str) -> Result<(), Error> {
        let text = read(&self.root, file)?;
        self.texts.insert(file.to_owned(), text);
        Ok(())
    }

    /// The files below `folder` whose names end so, in the order of their paths.
    pub(super) fn below(
        &self,
        folder: &str,
        ending: &'static str,
    ) -> impl Iterator<Item = (&str, &str)> + use<'_> {
        let folder = format!("{folder}/").trim_start_matches('/').to_owned();
        self.texts
            .iter()
            .filter(move |(file, _)| file.starts_with(&folder) && file.ends_with(ending))
            .map(|(file, text)| (file.as_str(), text.as_str()))
    }

    /// The text of a file that the walk has come by.
    pub(super) fn get(&self, file: &str) -> Option<&str> {
        self.texts.get(file).map(String::as_str)
    }

    /// The `.rs` files of the package in `folder` that users' programs are made of.
    pub(super) fn sources(&self, folder: &str) -> impl Iterator<Item = (&str, &str)> + use<'_> {
        let folder = format!("{folder}/src");
        self.below(folder.trim_start_matches('/'), ".rs")
    }
}

/// Reads a file of the repository that is no source.
pub(crate) fn read(root: &Path, file: &str) -> Result<String, Error> {
    fs::read_to_string(root.join(file))
        .map_err(|error| Error::new(file, 1, format!("cannot be read: {error}")))
}

/// Parses a TOML file.
pub(crate) fn toml(file: &str, text: &str) -> Result<toml::Table, Error> {
    text.parse()
        .map_err(|error| Error::new(file, 1, format!("not TOML: {error}")))
}

/// Parses a file with the bodies of its functions.
pub(super) fn rust(file: &str, text: &str) -> Result<syn::File, Error> {
    syn::parse_file(text).map_err(|error| not_rust(file, &error))
}

pub(super) fn not_rust(file: &str, error: &syn::Error) -> Error {
    let line = error.span().start().line;
    Error::new(file, line, format!("not Rust: {error}"))
}
