//! `status`: says what is installed, and changes nothing.

use std::path::PathBuf;

use crate::failure::Failure;
use crate::inspect::{Inspection, State, inspect};
use crate::payload::Payload;
use crate::place::Place;
use crate::staging::Staging;

/// What `status` found.
#[derive(Debug)]
pub struct Report {
    /// The state's stable name.
    pub state: &'static str,
    /// The target, compared with the record and the payload.
    pub inspection: Inspection,
    /// Whether the recorded files are other than those of this command.
    pub is_outdated: bool,
    /// One clause about a state that needs explaining.
    pub note: Option<String>,
}

/// Looks at `place`.
///
/// # Errors
///
/// When it cannot tell, because something there cannot be read.
pub fn run(place: &Place, payload: &Payload) -> Result<Report, Failure> {
    let staging = Staging::of(place);
    let cut_off: Option<PathBuf> = staging.cut_off(&place.target).map(Into::into);
    let inspection = inspect(cut_off.as_ref().unwrap_or(&place.target), payload)?;
    let (state, note) = match (&cut_off, &inspection.state) {
        (Some(former), _) => (
            "interrupted",
            Some(format!(
                "an install was cut off; the former one is whole in {}, and the next install or uninstall puts it back",
                former.display()
            )),
        ),
        (None, State::Absent) => ("absent", None),
        (None, State::Current) => ("current", None),
        (None, State::Outdated) => ("outdated", None),
        (None, State::Changed) => ("changed", None),
        (None, State::Foreign(reason)) => ("foreign", Some(reason.explain())),
    };
    Ok(Report {
        state,
        is_outdated: inspection.is_outdated(payload),
        inspection,
        note,
    })
}
