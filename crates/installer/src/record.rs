//! The record of an install: which version it was, and what each of its files held.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

use serde_json::{Value, json};

/// The record's name in the skill's folder; hidden, because it is no part of the skill.
pub const NAME: &str = ".async-drop-install.json";

/// The layout of the record, raised when an older command could misread a newer record.
const FORMAT: u64 = 1;

/// What was installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The version of the command that installed.
    pub version: String,
    /// Each installed file with the SHA-256 of its bytes, in lower-case hexadecimal.
    pub files: BTreeMap<PathBuf, String>,
}

impl Record {
    /// The bytes to write to [`NAME`].
    pub fn to_bytes(&self) -> Vec<u8> {
        let files: serde_json::Map<String, Value> = self
            .files
            .iter()
            .map(|(path, hash)| (slashed(path), json!(hash)))
            .collect();
        let record = json!({"format": FORMAT, "version": self.version, "files": files});
        format!("{record:#}\n").into_bytes()
    }

    /// Reads a record back.
    ///
    /// # Errors
    ///
    /// Says in one clause why the bytes are no record, which a person may have edited.
    pub fn from_bytes(bytes: &[u8]) -> Result<Record, String> {
        let value: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        match value["format"].as_u64() {
            Some(FORMAT) => {}
            Some(_) => return Err("a newer version of this command wrote it".to_owned()),
            None => return Err("it has no format number".to_owned()),
        }
        let version = value["version"].as_str().ok_or("it has no version")?;
        let files = value["files"].as_object().ok_or("it lists no files")?;
        let files = files
            .iter()
            .map(|(path, hash)| {
                let hash = hash.as_str().ok_or_else(|| format!("{path} has no hash"))?;
                let path = PathBuf::from(path);
                let stays_inside = path
                    .components()
                    .all(|part| matches!(part, Component::Normal(_)));
                if stays_inside && path.file_name().is_some() {
                    Ok((path, hash.to_owned()))
                } else {
                    Err(format!("{} leads out of the folder", path.display()))
                }
            })
            .collect::<Result<_, String>>()?;
        Ok(Record {
            version: version.to_owned(),
            files,
        })
    }
}

/// A path as the record and `--json` write it, the same on every system.
pub fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// The SHA-256 of `bytes`, in lower-case hexadecimal.
pub fn hash(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    for byte in hmac_sha256::Hash::hash(bytes) {
        write!(hex, "{byte:02x}").expect("a string takes every write");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Record::from_bytes(text.as_bytes()).expect_err(text)
    }

    #[test]
    fn what_is_written_is_read_back() {
        let record = Record {
            version: "1.2.3".to_owned(),
            files: [(PathBuf::from("crates/utils/Cargo.toml"), hash(b"x"))].into(),
        };
        assert_eq!(Record::from_bytes(&record.to_bytes()), Ok(record));
    }

    #[test]
    fn hash_is_sha_256() {
        assert_eq!(
            hash(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_damaged_record_is_refused_with_the_reason() {
        assert!(refusal("").contains("EOF"));
        assert!(refusal("[]").contains("no format number"));
        assert!(refusal(r#"{"format":2}"#).contains("newer version"));
        assert!(refusal(r#"{"format":1}"#).contains("no version"));
        assert!(refusal(r#"{"format":1,"version":"1"}"#).contains("no files"));
        assert!(refusal(r#"{"format":1,"version":"1","files":{"a":1}}"#).contains("a has no hash"));
    }

    #[test]
    fn a_record_that_points_out_of_the_folder_is_refused() {
        for path in ["../victim", "/etc/passwd", "a/../../b", ""] {
            let text = json!({"format": 1, "version": "1", "files": {path: "00"}}).to_string();
            assert!(
                refusal(&text).contains("leads out of the folder"),
                "{path:?}"
            );
        }
    }
}
