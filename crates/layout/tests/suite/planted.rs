//! A small repository on disk.

use std::fs;
use std::path::Path;

use async_drop_layout::{Circles, Workspace};
use tempfile::TempDir;

/// A repository with these files, each by its path.
pub fn repository(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// The manifest of a package without dependencies.
pub fn manifest(name: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n")
}

/// The circles of a crate with these sources.
pub fn circles(sources: &[(&str, &str)]) -> Circles {
    let manifest = manifest("planted");
    let folder = repository(&[&[("Cargo.toml", manifest.as_str())], sources].concat());
    find(folder.path())
}

pub fn find(root: &Path) -> Circles {
    Circles::find(&Workspace::read(root).unwrap()).unwrap()
}
