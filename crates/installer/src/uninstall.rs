//! `uninstall`: takes away what `install` put there, and nothing else.

use std::path::PathBuf;

use crate::change::Change;
use crate::failure::{Failure, Kind};
use crate::inspect::{Inspection, State};
use crate::payload::Payload;
use crate::place::Place;
use crate::replace::{Content, Replacement};

/// What `uninstall` did, or would do.
#[derive(Debug)]
pub struct Report {
    /// The version that was installed, or `None` when nothing was.
    pub version: Option<String>,
    /// Installed files that are gone.
    pub removed: Vec<PathBuf>,
    /// What the user had added, and still is there.
    pub kept: Vec<PathBuf>,
    /// What else is worth knowing.
    pub notes: Vec<String>,
}

impl Change for Report {
    fn plan(place: &Place, seen: &Inspection, _: &Payload, force: bool) -> Result<Report, Failure> {
        if let State::Foreign(reason) = &seen.state {
            // Without a record nobody can say which files were installed, so force has nothing to go by.
            return Err(reason.refusal(&place.target, "remove it yourself"));
        }
        if !seen.modified.is_empty() && !force {
            let mut failure = Failure::new(
                Kind::Changed,
                format!(
                    "these files in {} were changed by you; --force removes them",
                    place.target.display()
                ),
            );
            failure.files.clone_from(&seen.modified);
            return Err(failure);
        }
        let record = seen.record.as_ref();
        let is_installed =
            |path: &&PathBuf| record.is_some_and(|record| record.files.contains_key(*path));
        Ok(Report {
            version: record.map(|record| record.version.clone()),
            removed: seen.found.keys().filter(is_installed).cloned().collect(),
            kept: seen.added.clone(),
            notes: Vec::new(),
        })
    }

    fn is_nothing(&self) -> bool {
        self.version.is_none()
    }

    fn carry_out(&mut self, replacement: Replacement<'_>, _: &Payload) -> Result<(), Failure> {
        self.notes = replacement.run(&Content {
            files: Vec::new(),
            kept: &self.kept,
        })?;
        Ok(())
    }
}
