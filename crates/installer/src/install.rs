//! `install`: puts the skill in place, or brings an install up to date.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::change::Change;
use crate::failure::{Failure, Kind};
use crate::inspect::{Inspection, Reason, State};
use crate::payload::Payload;
use crate::place::Place;
use crate::record;
use crate::replace::{Content, Replacement};

/// What became of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There was no install.
    Installed,
    /// The install was of other files.
    Updated,
    /// Installed files were missing or changed.
    Repaired,
    /// Everything was as it should be, and nothing was touched.
    Unchanged,
}

impl Outcome {
    /// The name that programs compare with.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Installed => "installed",
            Outcome::Updated => "updated",
            Outcome::Repaired => "repaired",
            Outcome::Unchanged => "unchanged",
        }
    }
}

/// What `install` did, or would do.
#[derive(Debug)]
pub struct Report {
    /// What became of the target.
    pub outcome: Outcome,
    /// The version that was installed before.
    pub previous_version: Option<String>,
    /// Files whose content is new.
    pub written: Vec<PathBuf>,
    /// Files of the former version that the new one does not have.
    pub removed: Vec<PathBuf>,
    /// What the user had put in place of these files, and `--force` gave up.
    pub overwritten: Vec<PathBuf>,
    /// What the user had added.
    pub kept: Vec<PathBuf>,
    /// What else is worth knowing.
    pub notes: Vec<String>,
}

impl Change for Report {
    fn plan(
        place: &Place,
        seen: &Inspection,
        payload: &Payload,
        force: bool,
    ) -> Result<Report, Failure> {
        if let State::Foreign(reason) = &seen.state {
            let hint = match reason {
                Reason::Link(_) => {
                    Some("remove the link first, because nothing is written through one")
                }
                Reason::NotAFolder => Some("move it away first"),
                _ if force => None,
                Reason::GitClone => {
                    Some("update it with git, or let --force overwrite files of the same names")
                }
                _ => Some("--force overwrites files of the same names and keeps all others"),
            };
            if let Some(hint) = hint {
                return Err(reason.refusal(&place.target, hint));
            }
        }
        let in_the_way = in_the_way(seen, payload);
        if !in_the_way.is_empty() && !force {
            let mut failure = Failure::new(
                Kind::Changed,
                format!(
                    "these files in {} are yours or were changed by you; --force overwrites them",
                    place.target.display()
                ),
            );
            failure.files = in_the_way.into_iter().collect();
            return Err(failure);
        }

        let record = seen.record.as_ref();
        let written = payload
            .files()
            .iter()
            .map(|file| PathBuf::from(file.path))
            .filter(|path| !seen.is_as_carried(path, payload))
            .collect();
        let removed = seen
            .found
            .keys()
            .filter(|path| record.is_some_and(|record| record.files.contains_key(*path)))
            .filter(|path| payload.hash_of(path).is_none())
            .cloned()
            .collect();
        let kept = seen
            .added
            .iter()
            .filter(|path| !in_the_way.contains(*path) && payload.hash_of(path).is_none())
            .cloned()
            .collect();
        let outcome = match &seen.state {
            State::Absent | State::Foreign(_) => Outcome::Installed,
            _ if seen.is_outdated(payload) => Outcome::Updated,
            State::Current => Outcome::Unchanged,
            _ => Outcome::Repaired,
        };
        Ok(Report {
            outcome,
            previous_version: record.map(|record| record.version.clone()),
            written,
            removed,
            overwritten: in_the_way.into_iter().collect(),
            kept,
            notes: Vec::new(),
        })
    }

    fn is_nothing(&self) -> bool {
        self.outcome == Outcome::Unchanged
    }

    fn carry_out(
        &mut self,
        replacement: Replacement<'_>,
        payload: &Payload,
    ) -> Result<(), Failure> {
        let record = payload.record().to_bytes();
        let mut files: Vec<(&Path, &[u8])> = payload
            .files()
            .iter()
            .map(|file| (Path::new(file.path), file.bytes))
            .collect();
        files.push((Path::new(record::NAME), &record));
        self.notes = replacement.run(&Content {
            files,
            kept: &self.kept,
        })?;
        Ok(())
    }
}

/// What of the user's would be lost: changed files, and what stands where a file or folder is to go.
fn in_the_way(seen: &Inspection, payload: &Payload) -> BTreeSet<PathBuf> {
    let takes_a_place = |path: &PathBuf| {
        let mut files = payload.files().iter().map(|file| Path::new(file.path));
        files.any(|file| file.starts_with(path) || path.starts_with(file))
    };
    let added = seen.added.iter().filter(|path| takes_a_place(path));
    let yours = seen.modified.iter().chain(added);
    yours
        .filter(|path| !seen.is_as_carried(path, payload))
        .cloned()
        .collect()
}
