//! Every name in inline code stands for something that exists.
//!
//! A name can be the library's, a member of a type that its paragraph or section speaks of, a name in the section's blocks and their
//! contexts, or one that code which compiles takes from another crate; else it has to be in the file of foreign names. Refuted by a
//! name that stands for nothing, and by one behind "no", as in "there is no `extend`", that stands for something.

use async_drop_corpus::{Chapter, Errors};

use crate::guidance::Guidance;

pub(super) fn check(guidance: &Guidance, pages: &[Chapter]) -> Result<(), Errors> {
    let mut errors = Errors::default();
    for page in pages {
        let said = guidance.said(page);
        errors
            .0
            .extend_from_slice(&said.names(&guidance.code).errors.0);
    }
    errors.or(())
}
