//! The course that `install` and `uninstall` have in common: look, say what would be done, and do it alone.

use std::fs;

use crate::failure::Failure;
use crate::inspect::{Inspection, inspect};
use crate::lock::{self, Lock};
use crate::payload::Payload;
use crate::place::Place;
use crate::replace::Replacement;
use crate::staging::Staging;

/// How the user wants it done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Only say what would be done.
    pub dry_run: bool,
    /// Give up what the user changed.
    pub force: bool,
}

/// What is to be done about a target.
pub trait Change: Sized {
    /// Decides what to do about what was `seen`.
    ///
    /// # Errors
    ///
    /// When doing it would touch what is not ours.
    fn plan(
        place: &Place,
        seen: &Inspection,
        payload: &Payload,
        force: bool,
    ) -> Result<Self, Failure>;

    /// Whether there is nothing to do.
    fn is_nothing(&self) -> bool;

    /// Does it.
    ///
    /// # Errors
    ///
    /// When the system refuses, or somebody touched the target meanwhile; the target is then what it was.
    fn carry_out(&mut self, replacement: Replacement<'_>, payload: &Payload)
    -> Result<(), Failure>;
}

/// Plans a change and carries it out; calls `waiting` when another run has to end first.
///
/// Nothing is written when there is nothing to do, and nothing in a rehearsal.
///
/// # Errors
///
/// When the change must not or cannot be made; the target is then what it was.
pub fn make<C: Change>(
    place: &Place,
    payload: &Payload,
    options: Options,
    waiting: impl FnOnce(),
) -> Result<C, Failure> {
    let staging = Staging::of(place);
    let plan = |seen: Inspection| C::plan(place, &seen, payload, options.force);

    let was_quiet = !lock::is_taken(&place.skills);
    let cut_off = staging.cut_off(&place.target);
    let planned = inspect(cut_off.unwrap_or(&place.target), payload).and_then(plan);
    let is_quiet = was_quiet && !lock::is_taken(&place.skills);
    match planned {
        Ok(planned) if options.dry_run => return Ok(planned),
        Ok(planned) if planned.is_nothing() && is_quiet && !staging.is_left_over() => {
            return Ok(planned);
        }
        // What another run is changing is no reason to refuse; it is looked at again once that run has ended.
        Err(failure) if options.dry_run || is_quiet => return Err(failure),
        _ => {}
    }

    fs::create_dir_all(&place.skills).map_err(Failure::io("make", &place.skills))?;
    let _lock =
        Lock::acquire(&place.skills, waiting).map_err(Failure::io("lock", &place.skills))?;
    let replacement = Replacement::begin(place)?;
    let mut planned = inspect(&place.target, payload).and_then(plan)?;
    if !planned.is_nothing() {
        planned.carry_out(replacement, payload)?;
    }
    Ok(planned)
}
