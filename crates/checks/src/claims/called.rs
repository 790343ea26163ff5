//! What the chapter of helpers says of a method, a function or a macro of the library, some block runs.
//!
//! A block runs what it calls by its path. What it calls on a value is a method of the types that it or its context names, that what
//! they name returns, and of the guard, which every value is in. A block that must not compile runs nothing, nor does a context by
//! itself; a method of a trait is run by the library, where a block writes it. Refuted by each that the chapter's words name and no
//! block calls.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_drop_corpus::{Chapter, Error, Errors};

use crate::code::{BlockCode, Code, words};
use crate::guidance::Guidance;
use crate::text::Unit;

pub(super) fn check(guidance: &Guidance) -> Result<(), Errors> {
    let code = &guidance.code;
    let helpers = guidance.layout.helpers;
    let mut pages = guidance.pages.iter();
    let Some(helpers) = pages.find(|page| page.file == helpers) else {
        return Ok(());
    };
    let blocks = guidance.pages.iter().flat_map(|page| &page.blocks);
    let runs: Vec<Arc<BlockCode>> = blocks
        .filter(|block| block.verdict.is_run())
        .map(|block| code.shown(block))
        .collect();
    let mut errors = Errors::default();
    let mut told = BTreeSet::new();
    for (line, said) in described(helpers, &guidance.said(helpers).units, code) {
        if !runs.iter().any(|run| calls(run, &said)) && told.insert(said.to_string()) {
            let what = format!("`{said}` is described, and no block calls it");
            errors.0.push(Error::new(&helpers.file, line, what));
        }
    }
    errors.or(())
}

/// What a chapter can describe.
enum Described<'a> {
    Method {
        of: &'a str,
        name: &'a str,
        is_of_trait: bool,
    },
    Function(&'a str),
    Macro(&'a str),
}

impl std::fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Method { of, name, .. } => write!(f, "{of}::{name}"),
            Self::Function(name) => f.write_str(name),
            Self::Macro(name) => write!(f, "{name}!"),
        }
    }
}

/// What the words of `chapter` describe, with the lines.
fn described<'a>(chapter: &Chapter, units: &[Unit], code: &'a Code) -> Vec<(usize, Described<'a>)> {
    let mut described = Vec::new();
    for unit in units {
        let of = types_of(chapter, unit, code);
        for piece in unit.code() {
            for word in words(&piece.text) {
                let is_macro = piece.text.contains(&format!("{word}!"));
                let methods = of.iter().flat_map(|of| {
                    let members = code.member(of, word);
                    members.filter(|item| item.public && item.returns.is_some())
                });
                described.extend(methods.map(|item| {
                    let method = Described::Method {
                        of: item.subject(),
                        name: &item.name,
                        is_of_trait: item.by.is_some(),
                    };
                    (piece.line, method)
                }));
                if let Some((name, _)) = code.public_item(word) {
                    if is_macro && code.has_macro(name) {
                        described.push((piece.line, Described::Macro(name)));
                    } else if code.functions(name).any(|function| function.public) {
                        described.push((piece.line, Described::Function(name)));
                    }
                }
            }
        }
    }
    described
}

/// The library's types that a unit tells of: those that it names, and those in its section's title.
fn types_of(chapter: &Chapter, unit: &Unit, code: &Code) -> BTreeSet<String> {
    let named = unit.code().flat_map(|piece| words(&piece.text));
    named
        .chain(words(chapter.section_of(unit.line)))
        .filter(|word| code.is_ours(word))
        .map(str::to_owned)
        .collect()
}

/// Whether a block calls what is said.
fn calls(block: &BlockCode, said: &Described<'_>) -> bool {
    let calls = &block.calls;
    match said {
        Described::Method {
            of,
            name,
            is_of_trait,
        } => {
            calls.has_path(of, name)
                || (calls.has_method(name) && block.values.contains(*of))
                || (*is_of_trait && calls.defines(name))
        }
        Described::Function(name) => calls.has_function(name),
        Described::Macro(name) => calls.has_macro(name),
    }
}
