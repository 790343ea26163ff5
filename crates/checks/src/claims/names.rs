use std::collections::BTreeSet;

use async_drop_corpus::{Chapter, Error, Errors, Verdict, is_beside};

use crate::code::canonical::shown_items;
use crate::code::package::{Package, Place};
use crate::code::surface::Surface;
use crate::text::prose::{Piece, Unit, units};
use crate::text::resolve::Resolver;
use crate::text::section::{self, words};
use crate::text::span::{Kind, kind};

/// Checks that every name in inline code of `chapters` stands for something that exists.
///
/// A name can be the library's, a member of a type that its paragraph or section speaks of, a name in the section's blocks and
/// their contexts, or one that code which compiles takes from another crate; else it has to be in the file of foreign names. A
/// name behind "no", such as `extend` in "there is no `extend`", has to be missing.
///
/// # Errors
///
/// One for each name that stands for nothing, at its place in the chapter.
pub fn check_names(chapters: &[Chapter], surface: &Surface) -> Result<(), Errors> {
    let mut errors = Errors::default();
    for chapter in chapters {
        resolve(chapter, surface, &mut errors);
    }
    errors.or(())
}

/// Checks that every foreign name is one that `chapters` need.
///
/// # Errors
///
/// One for each that none of them needs, at its line.
pub fn check_foreign_names(chapters: &[Chapter], surface: &Surface) -> Result<(), Errors> {
    let mut used = BTreeSet::new();
    for chapter in chapters {
        used.extend(resolve(chapter, surface, &mut Errors::default()));
    }
    let stale = surface
        .foreign
        .iter()
        .filter(|(name, _)| !used.contains(*name))
        .map(|(name, line)| {
            let what = format!("no chapter needs `{name}` from here any more");
            Error::new(&surface.foreign_file, *line, what)
        });
    Errors(stale.collect()).or(())
}

/// Looks up the names of a chapter, and returns the foreign ones that it needs.
fn resolve(chapter: &Chapter, surface: &Surface, errors: &mut Errors) -> BTreeSet<String> {
    let units = units(chapter);
    let sections = section::sections(chapter, &units, surface);
    let only_ours = is_beside(&chapter.file);
    let mut used = BTreeSet::new();
    for unit in &units {
        let section = section::of(&sections, unit.line);
        let mut resolver = Resolver::new(surface, section, unit, only_ours);
        for (before, piece) in with_words_before(unit) {
            let wrong = match kind(&piece.text) {
                Kind::Rust if is_denied(before, &piece.text) => {
                    resolver.denied(&piece.text).into_iter().collect()
                }
                Kind::Rust => resolver.code(&piece.text),
                Kind::Setting => resolver.setting(&piece.text).into_iter().collect(),
                _ => Vec::new(),
            };
            errors.0.extend(wrong.into_iter().map(|what| {
                let what = format!("section \"{}\": `{}`: {what}", section.title, piece.text);
                Error::new(&chapter.file, piece.line, what)
            }));
        }
        used.append(&mut resolver.used);
    }
    used
}

/// The code of a unit, each with the words before it.
fn with_words_before(unit: &Unit) -> impl Iterator<Item = (&str, &Piece)> {
    unit.cells.iter().flat_map(|cell| {
        cell.iter().enumerate().filter_map(|(at, piece)| {
            let before = at
                .checked_sub(1)
                .map_or("", |before| cell[before].text.as_str());
            piece.is_code.then_some((before, piece))
        })
    })
}

/// Whether the words before say that there is no such thing: "there is no `extend`".
fn is_denied(before: &str, code: &str) -> bool {
    let is_name = code.chars().all(|ch| ch.is_alphanumeric() || ch == '_');
    let no = before
        .trim_end()
        .rsplit(|ch: char| !ch.is_alphabetic())
        .next();
    is_name && no.is_some_and(|word| word.eq_ignore_ascii_case("no"))
}

/// Checks that `helpers` names everything that the library has for its users: items, members, features, options of the derive.
///
/// # Errors
///
/// One for each that it does not name, at its place in the code; or if there is no such chapter.
pub fn check_surface(chapters: &[Chapter], helpers: &str, surface: &Surface) -> Result<(), Errors> {
    let Some(helpers) = chapters.iter().find(|chapter| chapter.file == helpers) else {
        return Err(Error::new(helpers, 1, "this chapter is missing").into());
    };
    let named = Named::in_chapter(helpers, surface);
    let mut errors = Errors::default();
    let mut unnamed = |place: &Place, what: String| {
        let what = format!("{what} is public, and {} does not name it", helpers.file);
        errors.0.push(Error::new(&place.file, place.line, what));
    };
    let library: &Package = &surface.library;
    // Its items are at the crate's root.
    let module = "async_drop";
    for (name, place) in library.exported.iter().filter(|(name, _)| *name != module) {
        if !named.words.contains(name.as_str()) {
            unnamed(place, format!("`{name}`"));
        }
        for (member, known) in library
            .types
            .get(name)
            .into_iter()
            .flat_map(|owner| &owner.members)
        {
            let public = known.iter().find(|known| known.public);
            if let Some(known) = public.filter(|_| !named.member(name, member)) {
                unnamed(&known.place, format!("`{name}::{member}`"));
            }
        }
    }
    for (feature, place) in &surface.features {
        if !named.words.contains(feature.as_str()) {
            unnamed(place, format!("the feature `{feature}`"));
        }
    }
    for (key, place) in &surface.keys {
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
    fn in_chapter(chapter: &Chapter, surface: &Surface) -> Self {
        let mut named = Self {
            words: BTreeSet::new(),
            members: BTreeSet::new(),
            options: BTreeSet::new(),
        };
        let signatures = chapter
            .blocks
            .iter()
            .filter(|block| block.verdict == Verdict::Signature);
        for item in signatures.flat_map(|block| shown_items(&block.code).unwrap_or_default()) {
            named.words.extend(words(&item.words).map(str::to_owned));
            let path = item.path.split('`').nth(1).unwrap_or_default();
            match path.split_once("::") {
                Some((of, member)) => {
                    named.members.insert((of.to_owned(), member.to_owned()));
                }
                None => {
                    let shown = words(&item.words).map(|word| (path.to_owned(), word.to_owned()));
                    named.members.extend(shown);
                }
            }
            // `C: Constructors` and `C::Guards`.
            let types = words(&item.words).filter(|word| surface.package_of(word).is_some());
            for of in types {
                let inside = item
                    .words
                    .split("::")
                    .skip(1)
                    .filter_map(|rest| words(rest).next());
                named
                    .members
                    .extend(inside.map(|name| (of.to_owned(), name.to_owned())));
            }
        }
        for unit in units(chapter) {
            let title = chapter.section_of(unit.line);
            let code = || unit.code().flat_map(|piece| words(&piece.text));
            let types = code()
                .chain(words(title))
                .filter(|word| surface.is_ours(word));
            let types: BTreeSet<&str> = types.collect();
            for word in code() {
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
