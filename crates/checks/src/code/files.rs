//! The workspace's files: sources and manifests.

use std::path::Path;
use std::{fs, io};

use async_drop_corpus::Error;

/// The folders of the workspace's packages, relative to `root`; `""` for the root's own, and those that stand apart too.
pub(crate) fn folders(root: &Path) -> Result<Vec<String>, Error> {
    let mut folders = vec![String::new()];
    let crates = fs::read_dir(root.join("crates"))
        .map_err(|error| Error::new("crates", 1, format!("cannot be listed: {error}")))?;
    for entry in crates.filter_map(Result::ok) {
        if entry.path().join("Cargo.toml").is_file() {
            folders.push(format!("crates/{}", entry.file_name().to_string_lossy()));
        }
    }
    folders.sort();
    Ok(folders)
}

/// The names of a manifest's dependencies of every kind.
pub(crate) fn dependencies(manifest: &toml::Table) -> Vec<&str> {
    tables(manifest).into_iter().map(|(name, _)| name).collect()
}

/// A manifest's dependencies of every kind.
pub(crate) fn tables(manifest: &toml::Table) -> Vec<(&str, &toml::Value)> {
    const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
    let own = KINDS.into_iter().filter_map(|kind| manifest.get(kind));
    let targets = manifest
        .get("target")
        .and_then(toml::Value::as_table)
        .into_iter()
        .flat_map(|targets| targets.values())
        .flat_map(|target| KINDS.into_iter().filter_map(|kind| target.get(kind)));
    own.chain(targets)
        .filter_map(toml::Value::as_table)
        .flatten()
        .map(|(name, value)| (name.as_str(), value))
        .collect()
}

pub(crate) fn parse(root: &Path, file: &str) -> Result<syn::File, Error> {
    syn::parse_file(&read(root, file)?).map_err(|error| {
        let line = error.span().start().line;
        Error::new(file, line, format!("not Rust: {error}"))
    })
}

pub(crate) fn read(root: &Path, file: &str) -> Result<String, Error> {
    fs::read_to_string(root.join(file))
        .map_err(|error| Error::new(file, 1, format!("cannot be read: {error}")))
}

pub(crate) fn manifest(root: &Path, folder: &str) -> Result<toml::Table, Error> {
    let file = format!("{folder}/Cargo.toml")
        .trim_start_matches('/')
        .to_owned();
    read(root, &file)?
        .parse()
        .map_err(|error| Error::new(&file, 1, format!("not TOML: {error}")))
}

/// The `.rs` files below `folder`, relative to `root`, sorted.
pub(crate) fn rust_files(root: &Path, folder: &str) -> Result<Vec<String>, Error> {
    let unreadable = |error: io::Error| Error::new(folder, 1, format!("cannot be listed: {error}"));
    let mut files = Vec::new();
    for entry in fs::read_dir(root.join(folder)).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files.extend(rust_files(root, &path)?);
        } else if path.ends_with(".rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
