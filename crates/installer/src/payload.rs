//! The files that the command carries, so that it installs the same bytes wherever it runs.

use std::collections::BTreeMap;
use std::path::Path;

use crate::record::{Record, hash};

/// One file to install.
#[derive(Debug)]
pub struct File {
    /// Where it goes below the skill's folder, with `/` between the parts.
    pub path: &'static str,
    /// What it holds.
    pub bytes: &'static [u8],
}

const EMBEDDED: &[File] = include!(concat!(env!("OUT_DIR"), "/payload.rs"));

/// A version of the skill.
#[derive(Debug)]
pub struct Payload {
    /// The version of the package that the files come from.
    pub version: &'static str,
    files: &'static [File],
    hashes: BTreeMap<&'static Path, String>,
}

impl Payload {
    /// What this binary carries.
    pub fn embedded() -> Payload {
        Payload::new(env!("CARGO_PKG_VERSION"), EMBEDDED)
    }

    /// Names the files of a version.
    pub fn new(version: &'static str, files: &'static [File]) -> Payload {
        let hashes = files
            .iter()
            .map(|file| (Path::new(file.path), hash(file.bytes)))
            .collect();
        Payload {
            version,
            files,
            hashes,
        }
    }

    /// The files, by path.
    pub fn files(&self) -> &'static [File] {
        self.files
    }

    /// What the file at `path` ought to hash to, or `None` where no file is carried.
    pub fn hash_of(&self, path: &Path) -> Option<&str> {
        self.hashes.get(path).map(String::as_str)
    }

    /// What an install of exactly these files puts down as its record.
    pub fn record(&self) -> Record {
        Record {
            version: self.version.to_owned(),
            files: self
                .hashes
                .iter()
                .map(|(path, hash)| (path.to_path_buf(), hash.clone()))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carries_the_chapters_the_licences_and_the_crates() {
        let payload = Payload::embedded();
        for path in [
            "SKILL.md",
            "patterns.md",
            "gotchas.md",
            "helpers.md",
            "LICENSE-MIT",
            "LICENSE-APACHE",
            "recipes/axum-service.md",
            "examples/axum-service/src/lib.rs",
            "crates/derive/Cargo.toml",
            "crates/derive/src/lib.rs",
            "crates/utils/Cargo.toml",
            "crates/utils/src/lib.rs",
        ] {
            assert!(
                payload.hash_of(Path::new(path)).is_some(),
                "{path} is not carried"
            );
        }
    }

    #[test]
    fn files_are_sorted_and_relative() {
        let paths: Vec<&str> = EMBEDDED.iter().map(|file| file.path).collect();
        assert!(paths.is_sorted(), "{paths:?}");
        for path in paths {
            let plain = Path::new(path)
                .components()
                .all(|part| matches!(part, std::path::Component::Normal(_)));
            assert!(plain, "{path} could leave the skill's folder");
        }
    }
}
