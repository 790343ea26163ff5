//! Every name in inline code stands for something that exists.
//!
//! A name can be the library's, a member of a type that its paragraph or section speaks of, a name in the section's blocks and their
//! contexts, or one that code which compiles takes from another crate; else it has to be in the file of foreign names. Refuted by a
//! name that stands for nothing, and by one behind "no", as in "there is no `extend`", that stands for something.

use async_drop_corpus::Errors;

use crate::guidance::Guidance;
use crate::text::look_up;

pub(super) fn check(guidance: &Guidance) -> Result<(), Errors> {
    let pages = guidance.pages.iter();
    let errors = pages.flat_map(|page| look_up(page, &guidance.code).0.0);
    Errors(errors.collect()).or(())
}
