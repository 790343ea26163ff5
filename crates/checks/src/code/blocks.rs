//! Reads what the code of a block has in it, once for all that ask.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use async_drop_corpus::{Block, Verdict};

use super::block::BlockCode;
use super::calls::Calls;
use super::item::shown_items;
use super::model::{Code, GUARD, TRAIT};
use super::tokens::words;

impl Code {
    /// What the code of `block` has in it.
    pub(crate) fn shown(&self, block: &Block) -> Arc<BlockCode> {
        let asked = (block.verdict, block.context.clone(), block.code.clone());
        let known = || self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known().get(&asked) {
            return known.clone();
        }
        let read = Arc::new(read(block, self));
        known().entry(asked).or_insert(read).clone()
    }
}

fn read(block: &Block, code: &Code) -> BlockCode {
    let calls = Calls::of(&block.code);
    let types = words(&block.code).filter(|word| code.is_type(word));
    BlockCode {
        types: types.map(str::to_owned).collect(),
        values: match block.verdict {
            Verdict::CompileFail | Verdict::Signature | Verdict::Example => BTreeSet::new(),
            _ => values(block, &calls, code),
        },
        items: match block.verdict {
            Verdict::Signature => shown_items(&block.code)
                .map_err(|wrong| (wrong.span().start().line, wrong.to_string())),
            _ => Ok(Vec::new()),
        },
        calls,
    }
}

/// The types of a block's values: those that it or its context names, what these names return, and the guard's.
fn values(block: &Block, calls: &Calls, code: &Code) -> BTreeSet<String> {
    let mut names: BTreeSet<&str> = calls.words().iter().map(String::as_str).collect();
    let context = block.context.as_deref().and_then(|name| code.context(name));
    let named = context.into_iter().flat_map(|context| &context.all);
    names.extend(named.map(String::as_str));
    let functions = names.iter().flat_map(|name| code.functions(name));
    let returned = functions.filter_map(|item| item.returns.as_deref());
    let mut new: Vec<&str> = names
        .iter()
        .copied()
        .chain(returned.flat_map(words))
        .chain([GUARD, TRAIT])
        .filter(|name| code.is_type(name))
        .collect();
    let mut types = BTreeSet::new();
    // What a method returns, and what a field or a variant has in it, has methods, too.
    while let Some(of) = new.pop() {
        if types.insert(of.to_owned()) {
            let members = names.iter().flat_map(|name| code.member(of, name));
            let given = members.flat_map(|item| words(item.gives()));
            new.extend(given.filter(|name| code.is_type(name)));
        }
    }
    types
}
