//! Compares what is on disk with the record of the install and with what this command carries.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, FileType};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Kind};
use crate::payload::Payload;
use crate::record::{self, Record, hash};

/// How the target stands to this command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing is there, or a folder with neither a record nor any file of the skill.
    Absent,
    /// Something is there that this command did not make.
    Foreign(Reason),
    /// The user changed or removed installed files.
    Changed,
    /// Untouched, and other than what this command carries.
    Outdated,
    /// Untouched, and the same as what this command carries.
    Current,
}

/// Why a target counts as made by somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is a symbolic link to this path.
    Link(PathBuf),
    /// It is no folder.
    NotAFolder,
    /// It is a git clone, which is an install of its own.
    GitClone,
    /// It has no record of an install.
    NoRecord,
    /// Its record cannot be read, for this reason.
    BadRecord(String),
}

impl Reason {
    /// The reason as a clause about the target.
    pub fn explain(&self) -> String {
        match self {
            Reason::Link(to) => format!("it is a symbolic link to {}", to.display()),
            Reason::NotAFolder => "it is not a folder".to_owned(),
            Reason::GitClone => "it is a git clone, which is an install of its own".to_owned(),
            Reason::NoRecord => "it has no record of an install".to_owned(),
            Reason::BadRecord(error) => format!("its record of an install cannot be used: {error}"),
        }
    }

    /// The refusal to touch `target`, with what the user can do instead.
    pub fn refusal(&self, target: &Path, hint: &str) -> Failure {
        let kind = match self {
            Reason::Link(_) => Kind::Link,
            Reason::NotAFolder => Kind::NotAFolder,
            Reason::GitClone | Reason::NoRecord | Reason::BadRecord(_) => Kind::Foreign,
        };
        let message = format!(
            "{} was not made by this command: {}; {hint}",
            target.display(),
            self.explain()
        );
        Failure::new(kind, message)
    }
}

/// A file on disk at a path that the record or the payload names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A regular file with this hash.
    File(String),
    /// A symbolic link or a special file, whose content is never read.
    Other,
}

/// What was found at the target.
#[derive(Debug)]
pub struct Inspection {
    /// The summary.
    pub state: State,
    /// The record, where there is one that can be read.
    pub record: Option<Record>,
    /// Recorded files that hold something else now.
    pub modified: Vec<PathBuf>,
    /// Recorded files that are not there.
    pub missing: Vec<PathBuf>,
    /// What the user put there; a folder of theirs is named, not its content.
    pub added: Vec<PathBuf>,
    /// What is there at the paths that the record or the payload names.
    pub found: BTreeMap<PathBuf, Found>,
}

impl Inspection {
    fn empty(state: State) -> Inspection {
        Inspection {
            state,
            record: None,
            modified: Vec::new(),
            missing: Vec::new(),
            added: Vec::new(),
            found: BTreeMap::new(),
        }
    }

    /// Whether what is at `path` already is what `payload` puts there.
    pub fn is_as_carried(&self, path: &Path, payload: &Payload) -> bool {
        match self.found.get(path) {
            Some(Found::File(hash)) => payload.hash_of(path) == Some(hash),
            _ => false,
        }
    }

    /// Whether the recorded version or files are other than those of `payload`.
    pub fn is_outdated(&self, payload: &Payload) -> bool {
        self.record
            .as_ref()
            .is_some_and(|record| *record != payload.record())
    }
}

/// Looks at `target` without following a link in it.
///
/// # Errors
///
/// When something there cannot be read.
pub fn inspect(target: &Path, payload: &Payload) -> Result<Inspection, Failure> {
    // An install that ends in between puts another record there; what was read of the former one is void then.
    const TRIES: usize = 10;
    let mut tries = 0;
    loop {
        let before = read_record(target);
        let inspection = look(target, payload, &before);
        tries += 1;
        if tries == TRIES || read_record(target) == before {
            return inspection;
        }
    }
}

fn look(
    target: &Path,
    payload: &Payload,
    record: &Result<Record, Reason>,
) -> Result<Inspection, Failure> {
    match fs::symlink_metadata(target) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Ok(Inspection::empty(State::Absent));
        }
        Err(error) => return Err(Failure::io("look at", target)(error)),
        Ok(found) if found.is_symlink() => {
            let leads_to = fs::read_link(target).map_err(Failure::io("read", target))?;
            return Ok(Inspection::empty(State::Foreign(Reason::Link(leads_to))));
        }
        Ok(found) if !found.is_dir() => {
            return Ok(Inspection::empty(State::Foreign(Reason::NotAFolder)));
        }
        Ok(_) => {}
    }

    let mut walk = Walk::new(target, payload, record.as_ref().ok());
    walk.folder(Path::new(""))?;
    let mut inspection = Inspection::empty(State::Absent);
    inspection.added = walk.added;
    inspection.found = walk.found;
    match record {
        Ok(record) => compare(&mut inspection, record.clone(), payload),
        Err(reason) => {
            inspection.added.extend(inspection.found.keys().cloned());
            if target.join(".git").exists() {
                inspection.state = State::Foreign(Reason::GitClone);
            } else if *reason != Reason::NoRecord || !inspection.found.is_empty() {
                inspection.state = State::Foreign(reason.clone());
            }
        }
    }
    inspection.added.sort();
    Ok(inspection)
}

fn compare(inspection: &mut Inspection, record: Record, payload: &Payload) {
    for (path, hash) in &record.files {
        match inspection.found.get(path) {
            Some(Found::File(found)) if found == hash => {}
            Some(_) => inspection.modified.push(path.clone()),
            None => inspection.missing.push(path.clone()),
        }
    }
    let unrecorded = inspection
        .found
        .keys()
        .filter(|path| !record.files.contains_key(*path));
    inspection.added.extend(unrecorded.cloned());
    inspection.record = Some(record);
    inspection.state = if !inspection.modified.is_empty() || !inspection.missing.is_empty() {
        State::Changed
    } else if inspection.is_outdated(payload) {
        State::Outdated
    } else {
        State::Current
    };
}

fn read_record(target: &Path) -> Result<Record, Reason> {
    let path = target.join(record::NAME);
    match fs::symlink_metadata(&path) {
        Ok(found) if found.is_file() => {}
        Ok(_) => return Err(Reason::BadRecord("it is no file".to_owned())),
        Err(_) => return Err(Reason::NoRecord),
    }
    let bytes = fs::read(&path).map_err(|error| Reason::BadRecord(error.to_string()))?;
    Record::from_bytes(&bytes).map_err(Reason::BadRecord)
}

struct Walk<'a> {
    target: &'a Path,
    files: BTreeSet<PathBuf>,
    folders: BTreeSet<PathBuf>,
    added: Vec<PathBuf>,
    found: BTreeMap<PathBuf, Found>,
}

impl<'a> Walk<'a> {
    fn new(target: &'a Path, payload: &Payload, record: Option<&Record>) -> Walk<'a> {
        let carried = payload.files().iter().map(|file| PathBuf::from(file.path));
        let recorded = record
            .into_iter()
            .flat_map(|record| record.files.keys().cloned());
        let files: BTreeSet<PathBuf> = carried.chain(recorded).collect();
        let folders = files
            .iter()
            .flat_map(|file| file.ancestors().skip(1))
            .map(Path::to_path_buf)
            .collect();
        Walk {
            target,
            files,
            folders,
            added: Vec::new(),
            found: BTreeMap::new(),
        }
    }

    fn folder(&mut self, below: &Path) -> Result<(), Failure> {
        let folder = self.target.join(below);
        let entries = fs::read_dir(&folder).map_err(Failure::io("read", &folder))?;
        for entry in entries {
            let entry = entry.map_err(Failure::io("read", &folder))?;
            let path = below.join(entry.file_name());
            let kind = entry
                .file_type()
                .map_err(Failure::io("look at", &entry.path()))?;
            self.entry(path, kind)?;
        }
        Ok(())
    }

    fn entry(&mut self, path: PathBuf, kind: FileType) -> Result<(), Failure> {
        if path == Path::new(record::NAME) {
            return Ok(());
        }
        if kind.is_dir() && self.folders.contains(&path) {
            return self.folder(&path);
        }
        if kind.is_dir() || !self.files.contains(&path) {
            self.added.push(path);
            return Ok(());
        }
        let found = match self.read(&path, kind) {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Failure::io("read", &self.target.join(&path))(error)),
        };
        self.found.insert(path, found);
        Ok(())
    }

    fn read(&self, path: &Path, kind: FileType) -> io::Result<Found> {
        if kind.is_file() {
            let bytes = fs::read(self.target.join(path))?;
            Ok(Found::File(hash(&bytes)))
        } else {
            Ok(Found::Other)
        }
    }
}
