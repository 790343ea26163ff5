//! What the code of a block has in it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use async_drop_corpus::Verdict;

use super::calls::Calls;
use super::item::Item;

/// What the code of a block has in it.
#[derive(Debug)]
pub(crate) struct BlockCode {
    pub(crate) calls: Calls,
    /// The types among its words.
    pub(crate) types: BTreeSet<String>,
    /// The types that its values can have where it runs.
    pub(crate) values: BTreeSet<String>,
    /// The items that a signature shows; else the line of the block that is none, and why.
    pub(crate) items: Result<Vec<Item>, (usize, String)>,
}

/// What is known of blocks, by their verdict, context and code.
pub(super) type Blocks = HashMap<(Verdict, Option<String>, String), Arc<BlockCode>>;
