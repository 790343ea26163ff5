//! The chapter of helpers names everything that the library has for its users: items, members, features, options of the derive.
//!
//! A member counts as named where the type's signature shows it, or beside the type in a paragraph or a section of its name. Refuted by
//! whatever is public and has no such place.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_drop_corpus::{Chapter, Error, Errors};

use crate::code::{BlockCode, Code, Place, words};
use crate::guidance::Guidance;
use crate::text::Unit;

pub(super) fn check(guidance: &Guidance) -> Result<(), Errors> {
    let code = &guidance.code;
    let helpers = guidance.layout.helpers;
    let Some(helpers) = guidance.pages.iter().find(|page| page.file == helpers) else {
        return Err(Error::new(helpers, 1, "this chapter is missing").into());
    };
    let named = Named::in_chapter(helpers, &guidance.said(helpers).units, code);
    let mut errors = Errors::default();
    let mut unnamed = |place: &Place, what: String| {
        let what = format!("{what} is public, and {} does not name it", helpers.file);
        errors.0.push(Error::new(&place.file, place.line, what));
    };
    // Its items are at the crate's root.
    let module = "async_drop";
    for (name, place) in code.public_items().filter(|(name, _)| *name != module) {
        if !named.words.contains(name) {
            unnamed(place, format!("`{name}`"));
        }
        let mut told = BTreeSet::new();
        for member in code.members(name).filter(|member| member.public) {
            if told.insert(&member.name) && !named.member(name, &member.name) {
                unnamed(&member.place, format!("`{name}::{}`", member.name));
            }
        }
    }
    for (feature, place) in code.features() {
        if !named.words.contains(feature) {
            unnamed(place, format!("the feature `{feature}`"));
        }
    }
    for (key, place) in code.derive_options() {
        if !named.options.contains(key.as_str()) {
            unnamed(place, format!("the option `#[async_drop({key})]`"));
        }
    }
    errors.or(())
}

/// What a chapter names.
struct Named {
    /// Every word of code.
    words: BTreeSet<String>,
    /// Members of the types that a signature shows, or whose paragraph or section has their name.
    members: BTreeSet<(String, String)>,
    /// What stands in `#[async_drop(…)]`.
    options: BTreeSet<String>,
}

impl Named {
    fn in_chapter(chapter: &Chapter, units: &[Unit], code: &Code) -> Self {
        let mut named = Self {
            words: BTreeSet::new(),
            members: BTreeSet::new(),
            options: BTreeSet::new(),
        };
        let blocks = chapter.blocks.iter().map(|block| code.shown(block));
        let blocks: Vec<Arc<BlockCode>> = blocks.collect();
        for item in blocks.iter().flat_map(|block| &block.items).flatten() {
            let shown = item.shown.as_deref().unwrap_or_default();
            named.words.extend(words(shown).map(str::to_owned));
            if item.of.is_some() {
                let member = (item.subject().to_owned(), item.name.clone());
                named.members.insert(member);
            } else {
                let inside = words(shown).map(|word| (item.name.clone(), word.to_owned()));
                named.members.extend(inside);
            }
            // `C: Constructors` and `C::Guards`.
            let types = words(shown).filter(|word| code.is_type(word));
            for of in types {
                let inside = shown
                    .split("::")
                    .skip(1)
                    .filter_map(|rest| words(rest).next());
                named
                    .members
                    .extend(inside.map(|name| (of.to_owned(), name.to_owned())));
            }
        }
        for unit in units {
            let title = chapter.section_of(unit.line);
            let named_here = || unit.code().flat_map(|piece| words(&piece.text));
            let types = named_here()
                .chain(words(title))
                .filter(|word| code.is_ours(word));
            let types: BTreeSet<&str> = types.collect();
            for word in named_here() {
                named.words.insert(word.to_owned());
                let pairs = types.iter().map(|of| ((*of).to_owned(), word.to_owned()));
                named.members.extend(pairs);
            }
            for piece in unit
                .code()
                .filter(|piece| piece.text.starts_with("#[async_drop("))
            {
                named.options.extend(words(&piece.text).map(str::to_owned));
            }
        }
        named
    }

    fn member(&self, of: &str, name: &str) -> bool {
        self.members.contains(&(of.to_owned(), name.to_owned()))
    }
}
