//! The bounds and return types that prose and tables give are those of the source.
//!
//! A list of bounds, such as `Send + 'static`, has to be that of a parameter of an item that the section is about or the paragraph
//! names; `AsyncDrop` and `Debug`, which every value has, can be left out. A type in the entry of an item has to occur in its source,
//! and beside a method in what the method returns; `None` and `Ok` need a method that can return them. Refuted by each that the source
//! does not have.

use std::collections::BTreeSet;

use async_drop_corpus::{Chapter, Error, Errors};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Token, Type, TypeParamBound};

use crate::code::{Code, squeeze, words};
use crate::guidance::Guidance;
use crate::text::{Piece, Section, Unit};

pub(super) fn check(guidance: &Guidance, pages: &[Chapter]) -> Result<(), Errors> {
    let code = &guidance.code;
    let mut errors = Errors::default();
    for chapter in pages {
        let said = guidance.said(chapter);
        for unit in &said.units {
            let section = said.section_at(unit.line);
            let shapes = Shapes::new(code, section, unit);
            for (piece, what) in shapes.wrong(unit) {
                let what = format!("section \"{}\": `{}`: {what}", section.title, piece.text);
                errors.0.push(Error::new(&chapter.file, piece.line, what));
            }
        }
    }
    errors.or(())
}

struct Shapes<'a> {
    code: &'a Code,
    subjects: &'a BTreeSet<String>,
    /// What the section is about, and what the unit names.
    items: BTreeSet<&'a str>,
}

impl<'a> Shapes<'a> {
    fn new(code: &'a Code, section: &'a Section, unit: &'a Unit) -> Self {
        let named = unit.code().flat_map(|piece| words(&piece.text));
        let subjects = section.subjects.iter().map(String::as_str);
        Self {
            code,
            subjects: &section.subjects,
            items: named
                .filter(|name| code.is_ours(name))
                .chain(subjects)
                .collect(),
        }
    }

    fn wrong<'u>(&self, unit: &'u Unit) -> Vec<(&'u Piece, String)> {
        let mut wrong = Vec::new();
        for piece in unit.code() {
            let what = self
                .bounds(&piece.text)
                .or_else(|| self.occurs(&piece.text));
            wrong.extend(what.map(|what| (piece, what)));
        }
        for (method, value) in returns(unit) {
            if let Some(what) = self.returned(&method.text, &value.text) {
                wrong.push((value, what));
            }
        }
        wrong
    }

    /// What is wrong with `code`, if it is a list of bounds.
    fn bounds(&self, code: &str) -> Option<String> {
        let said = bound_list(code)?;
        let items = self.items.iter();
        let known: BTreeSet<&BTreeSet<String>> =
            items.flat_map(|item| self.code.bounds(item)).collect();
        let every = ["AsyncDrop", "Debug"].map(str::to_owned);
        let is_said = |known: &BTreeSet<String>| {
            let rest: BTreeSet<String> = known
                .iter()
                .filter(|bound| !every.contains(bound))
                .cloned()
                .collect();
            said == *known || said == rest
        };
        if known.is_empty() || known.iter().any(|known| is_said(known)) {
            return None;
        }
        let known: Vec<String> = known
            .iter()
            .map(|bounds| bounds.iter().cloned().collect::<Vec<_>>().join(" + "))
            .collect();
        let items: Vec<&str> = self.items.iter().copied().collect();
        Some(format!(
            "no parameter of {} has these bounds, but: {}",
            items.join(", "),
            known.join("; ")
        ))
    }

    /// What is wrong with `code`, if it is a type and the section is an item's entry.
    fn occurs(&self, code: &str) -> Option<String> {
        let said = generic_type(code)?;
        let subjects = self.subjects.iter();
        let texts: Vec<&str> = subjects.flat_map(|of| self.code.texts(of)).collect();
        // `Box<dyn Error>` is a `Box<T>` where `T` may be unsized.
        let unsized_form = said.split_once("<dyn ").map(|(of, _)| format!("{of}<T>"));
        let occurs = texts.iter().any(|text| {
            has_type(text, &said)
                || (text.contains("?Sized")
                    && unsized_form
                        .as_ref()
                        .is_some_and(|form| has_type(text, form)))
        });
        let subjects: Vec<&str> = self.subjects.iter().map(String::as_str).collect();
        (!texts.is_empty() && !occurs)
            .then(|| format!("the source of {} has no such type", subjects.join(", ")))
    }

    /// What is wrong with saying that `method` returns `value`.
    fn returned(&self, method: &str, value: &str) -> Option<String> {
        let name = words(method)
            .last()
            .filter(|_| method.ends_with(|ch: char| ch.is_alphanumeric() || ch == ')'))?;
        let name = match method.split_once('(') {
            Some((before, _)) => words(before).last()?,
            None => name,
        };
        let members = self.items.iter().flat_map(|of| self.code.member(of, name));
        let functions = self.items.contains(name).then(|| self.code.functions(name));
        let returned: Vec<&str> = members
            .chain(functions.into_iter().flatten())
            .filter_map(|item| item.returns.as_deref())
            .collect();
        let wanted = match words(value).next()? {
            "None" | "Some" => "Option".to_owned(),
            "Ok" | "Err" => "Result".to_owned(),
            _ => generic_type(value)?,
        };
        let can = returned.iter().any(|returned| has_type(returned, &wanted));
        (!returned.is_empty() && !can)
            .then(|| format!("`{name}` does not return it, but {}", returned.join(" or ")))
    }
}

/// The methods of a unit with what is said to come out of them: in the other cells of their row, or behind "is" or "returns".
fn returns(unit: &Unit) -> Vec<(&Piece, &Piece)> {
    if unit.is_row {
        let mut cells = unit.cells.iter();
        let method = cells
            .next()
            .and_then(|first| first.iter().find(|piece| piece.is_code));
        let values = cells.flatten().filter(|piece| piece.is_code);
        return method
            .into_iter()
            .flat_map(|method| values.clone().map(move |value| (method, value)))
            .collect();
    }
    let pieces: Vec<&Piece> = unit.pieces().collect();
    pieces
        .windows(3)
        .filter(|three| three[0].is_code && !three[1].is_code && three[2].is_code)
        .filter(|three| ["is", "returns", "gives an", "gives a"].contains(&three[1].text.trim()))
        .map(|three| (three[0], three[2]))
        .collect()
}

fn bound_list(code: &str) -> Option<BTreeSet<String>> {
    let parser = Punctuated::<TypeParamBound, Token![+]>::parse_separated_nonempty;
    let bounds = parser.parse_str(code).ok()?;
    (bounds.len() > 1).then(|| code.split('+').map(squeeze).collect())
}

/// The type that `code` is, if it has arguments and leaves nothing open.
fn generic_type(code: &str) -> Option<String> {
    let Ok(Type::Path(path)) = syn::parse_str::<Type>(code) else {
        return None;
    };
    let is_generic = path
        .path
        .segments
        .last()
        .is_some_and(|last| matches!(last.arguments, syn::PathArguments::AngleBracketed(_)));
    let is_open = words(code).any(|word| word == "_" || word.starts_with("My"));
    (is_generic && !is_open && !code.contains("::")).then(|| squeeze(code))
}

/// Whether `text` has `said` in it, and not as a part of a longer name.
fn has_type(text: &str, said: &str) -> bool {
    let is_word = |ch: char| ch.is_alphanumeric() || ch == '_';
    text.match_indices(said).any(|(at, _)| {
        !text[..at].ends_with(is_word) && !text[at + said.len()..].starts_with(is_word)
    })
}
