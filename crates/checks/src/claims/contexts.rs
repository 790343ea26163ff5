//! Every block's context exists, and every context is some block's.
//!
//! Refuted by a block that asks for a context that is not there, and by a context that no block asks for.

use std::collections::BTreeSet;

use async_drop_corpus::{Error, Errors};

use crate::guidance::Guidance;

pub(super) fn check(guidance: &Guidance) -> Result<(), Errors> {
    let mut errors = Errors::default();
    let mut used = BTreeSet::new();
    for block in guidance.pages.iter().flat_map(|page| &page.blocks) {
        if let Some(name) = &block.context {
            used.insert(name.as_str());
            errors.0.extend(guidance.contexts.of(block).err());
        }
    }
    for context in guidance.contexts.iter() {
        if !used.contains(context.name.as_str()) {
            let what = "no block asks for this context";
            errors.0.push(Error::new(&context.file, 1, what));
        }
    }
    errors.or(())
}
