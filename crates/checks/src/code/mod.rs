//! The model of the code: what there is that a chapter can speak of.
//!
//! One walk reads the sources, each is parsed once, and every claim asks [`Code`]. `syn` reads Rust, since rustdoc's JSON needs a
//! nightly compiler. `toml` reads manifests: `cargo metadata` would be two more processes a test, for the workspace and what stands
//! apart from it, and says nothing of lines.

mod block;
mod blocks;
mod calls;
mod compiled;
mod derive_options;
mod exports;
mod files;
mod foreign;
mod item;
mod layout;
mod manifests;
mod model;
mod options;
mod package;
mod places;
mod tokens;

pub(crate) use block::BlockCode;
pub(crate) use files::{read, toml};
pub(crate) use item::{Item, Place};
pub(crate) use manifests::dependencies;
pub use model::Code;
pub(crate) use model::{GUARD, TRAIT};
pub(crate) use tokens::{KEYWORDS, is_after, is_before, is_placeholder, path, squeeze, words};
