//! What the chapters are held to: one file a kind of claim.

pub(crate) mod cases;
pub(crate) mod commands;
mod dependencies;
pub(crate) mod entries;
pub(crate) mod features;
pub(crate) mod front_matter;
pub(crate) mod gotchas;
pub(crate) mod links;
pub(crate) mod messages;
pub(crate) mod names;
pub(crate) mod numbers;
pub(crate) mod places;
pub(crate) mod shapes;
pub(crate) mod signatures;
