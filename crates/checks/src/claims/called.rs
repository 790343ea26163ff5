//! What the chapter of helpers says of a method, a function or a macro of the library, some block runs.
//!
//! A block runs what it calls by its path. What it calls on a value is a method of the types that it or its context names, that what
//! they name returns, and of the guard, which every value is in. A block that must not compile runs nothing, nor does a context by
//! itself; a method of a trait is run by the library, where a block writes it. Refuted by each that the chapter's words name and no
//! block calls.

use std::collections::BTreeSet;

use async_drop_corpus::{Block, Chapter, Error, Errors, Verdict};

use crate::code::{Calls, Code, GUARD, TRAIT};
use crate::guidance::Guidance;
use crate::text::{Unit, units, words};

pub(super) fn check(guidance: &Guidance) -> Result<(), Errors> {
    let code = &guidance.code;
    let helpers = guidance.layout.helpers;
    let mut pages = guidance.pages.iter();
    let Some(helpers) = pages.find(|page| page.file == helpers) else {
        return Ok(());
    };
    let blocks = guidance.pages.iter().flat_map(|page| &page.blocks);
    let runs: Vec<Run> = blocks
        .filter(|block| !matches!(block.verdict, Verdict::CompileFail | Verdict::Signature))
        .map(|block| Run::of(block, code))
        .collect();
    let mut errors = Errors::default();
    let mut told = BTreeSet::new();
    for (line, said) in described(helpers, code) {
        if !runs.iter().any(|run| run.calls(&said)) && told.insert(said.to_string()) {
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
fn described<'a>(chapter: &Chapter, code: &'a Code) -> Vec<(usize, Described<'a>)> {
    let mut described = Vec::new();
    for unit in units(chapter) {
        let of = types_of(chapter, &unit, code);
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

/// A block that runs.
struct Run {
    calls: Calls,
    /// The types that its values can have.
    types: BTreeSet<String>,
}

impl Run {
    fn of(block: &Block, code: &Code) -> Self {
        let calls = Calls::of(&block.code);
        let mut names = calls.words().clone();
        let context = block.context.as_deref().and_then(|name| code.context(name));
        names.extend(
            context
                .into_iter()
                .flat_map(|context| &context.all)
                .cloned(),
        );
        let functions = names.iter().flat_map(|name| code.functions(name));
        let returned = functions.filter_map(|item| item.returns.as_deref());
        let named = names.iter().map(String::as_str);
        let mut new: Vec<&str> = named
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
        Self { calls, types }
    }

    fn calls(&self, said: &Described<'_>) -> bool {
        match said {
            Described::Method {
                of,
                name,
                is_of_trait,
            } => {
                self.calls.has_path(of, name)
                    || (self.calls.has_method(name) && self.types.contains(*of))
                    || (*is_of_trait && self.calls.defines(name))
            }
            Described::Function(name) => self.calls.has_function(name),
            Described::Macro(name) => self.calls.has_macro(name),
        }
    }
}
