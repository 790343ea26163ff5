//! What a package offers to its users, from its parsed sources.

use std::collections::{BTreeMap, BTreeSet};

use async_drop_corpus::Error;

use super::exports::Exports;
use super::files::{Files, not_rust};
use super::item::{Item, Kind, Place, items};
use super::layout;

/// A package's items, whether or not they are for users.
#[derive(Debug, Default)]
pub(super) struct Package {
    /// The crate's name.
    pub(super) name: String,
    pub(super) folder: String,
    items: Vec<Item>,
    /// What users reach, by bare name; macros without their `!`.
    exported: BTreeMap<String, Place>,
    /// Structs, enums and traits.
    owners: BTreeMap<String, Owner>,
    functions: BTreeMap<String, Vec<usize>>,
    macros: BTreeMap<String, usize>,
    /// The items as signatures name them.
    by_path: BTreeMap<String, Vec<usize>>,
    /// Types and traits that it defines.
    defined: BTreeSet<String>,
}

/// What belongs to a type.
#[derive(Debug, Default)]
struct Owner {
    members: BTreeMap<String, Vec<usize>>,
    /// The type's own, and those of its `impl`s.
    bounds: Vec<BTreeSet<String>>,
    /// Its declaration, the headers of its `impl`s, and what its members are made of.
    texts: Vec<String>,
}

impl Package {
    /// Reads the package `name` in `folder`.
    pub(super) fn read(files: &Files, folder: &str, name: &str) -> Result<Self, Error> {
        let mut parsed = BTreeMap::new();
        for (file, text) in files.sources(folder) {
            let file_parsed = layout::parse(text).map_err(|error| not_rust(file, &error))?;
            parsed.insert(file, file_parsed);
        }
        let root = format!("{folder}/src/lib.rs");
        let exports = Exports::read(&parsed, &root);
        let mut package = Self {
            name: name.replace('-', "_"),
            folder: folder.to_owned(),
            ..Self::default()
        };
        for (file, parsed) in &parsed {
            for item in items(file, parsed) {
                let is_namesake = exports.is_namesake(file, item.subject());
                package.add(item, is_namesake);
            }
        }
        package.exported.extend(exports.names);
        Ok(package)
    }

    /// Adds an item; that of a namesake, which users do not reach, is there for signatures alone.
    fn add(&mut self, item: Item, is_namesake: bool) {
        let at = self.items.len();
        if item.shown.is_some() {
            let same = self.by_path.entry(item.to_string()).or_default();
            same.push(at);
        }
        if !is_namesake {
            self.index(&item, at);
        }
        self.items.push(item);
    }

    fn index(&mut self, item: &Item, at: usize) {
        match (item.kind, &item.of) {
            (_, Some(of)) => {
                let owner = self.owners.entry(of.clone()).or_default();
                let is_of_trait = item.by.is_some();
                let is_required = item.by.as_ref() == Some(of);
                let is_left_out = item.hidden && is_required;
                if !item.text.is_empty() && !is_left_out {
                    owner.texts.push(item.text.clone());
                }
                if !item.hidden && (item.public || is_of_trait) {
                    owner.members.entry(item.name.clone()).or_default().push(at);
                }
            }
            (Kind::Struct | Kind::Enum | Kind::Trait, None) => {
                self.defined.insert(item.name.clone());
                self.describe(&item.name, item);
            }
            (Kind::Impl, None) => {
                self.describe(&item.name, item);
                // `impl Trait for Foreign` tells of the trait.
                if let Some(by) = &item.by {
                    let owner = self.owners.entry(by.clone()).or_default();
                    owner.texts.push(item.text.clone());
                }
            }
            (Kind::Function, None) => {
                let same = self.functions.entry(item.name.clone()).or_default();
                same.push(at);
            }
            (Kind::Macro, None) => {
                if item.is_macro_export && !item.hidden {
                    self.exported.insert(item.name.clone(), item.place.clone());
                }
                self.macros.insert(item.name.clone(), at);
            }
            _ => {}
        }
    }

    fn describe(&mut self, of: &str, item: &Item) {
        let owner = self.owners.entry(of.to_owned()).or_default();
        owner.bounds.extend(item.bounds.iter().cloned());
        if !item.text.is_empty() {
            owner.texts.push(item.text.clone());
        }
    }

    /// Where users reach `name`.
    pub(super) fn exports(&self, name: &str) -> Option<&Place> {
        self.exported.get(name)
    }

    pub(super) fn exported(&self) -> impl Iterator<Item = (&str, &Place)> {
        let exported = self.exported.iter();
        exported.map(|(name, place)| (name.as_str(), place))
    }

    /// The types and traits that users reach.
    pub(super) fn types(&self) -> impl Iterator<Item = &str> {
        let names = self.owners.keys().map(String::as_str);
        names.filter(|name| self.exported.contains_key(*name))
    }

    pub(super) fn has_type(&self, name: &str) -> bool {
        self.exported.contains_key(name) && self.owners.contains_key(name)
    }

    pub(super) fn has_macro(&self, name: &str) -> bool {
        self.macros.contains_key(name)
    }

    /// Whether the package keeps `name` to itself.
    pub(super) fn hides(&self, name: &str) -> bool {
        let defines = self.defined.contains(name)
            || self.functions.contains_key(name)
            || self.macros.contains_key(name);
        name.starts_with("__") || (defines && !self.exported.contains_key(name))
    }

    /// All that belongs to `of`.
    pub(super) fn members(&self, of: &str) -> impl Iterator<Item = &Item> {
        let members = self.owners.get(of).into_iter();
        let members = members.flat_map(|owner| owner.members.values());
        members.flatten().map(|at| &self.items[*at])
    }

    /// The members of `of` with this name: one a function that is written more than once.
    pub(super) fn member(&self, of: &str, name: &str) -> impl Iterator<Item = &Item> {
        let owner = self.owners.get(of).into_iter();
        let found = owner.filter_map(move |owner| owner.members.get(name));
        found.flatten().map(|at| &self.items[*at])
    }

    pub(super) fn has_member(&self, of: &str, name: &str) -> bool {
        self.member(of, name).next().is_some()
    }

    pub(super) fn functions(&self, name: &str) -> impl Iterator<Item = &Item> {
        let found = self.functions.get(name).into_iter();
        found.flatten().map(|at| &self.items[*at])
    }

    /// The items that a signature names so.
    pub(super) fn signatures(&self, path: &str) -> impl Iterator<Item = &Item> {
        let found = self.by_path.get(path).into_iter();
        found.flatten().map(|at| &self.items[*at])
    }

    /// The bounds of every parameter of an item and of what belongs to it.
    pub(super) fn bounds(&self, name: &str) -> BTreeSet<&BTreeSet<String>> {
        let members = self.members(name);
        let mut items: Vec<&Item> = members.chain(self.functions(name)).collect();
        if let Some(at) = self.macros.get(name) {
            // A macro has the bounds of what it calls.
            let words = &self.items[*at].words;
            for word in words {
                items.extend(self.functions(word));
                items.extend(words.iter().flat_map(|of| self.member(of, word)));
            }
        }
        let own = self.owners.get(name).into_iter();
        let own = own.flat_map(|owner| &owner.bounds);
        own.chain(items.into_iter().flat_map(|item| &item.bounds))
            .collect()
    }

    /// What an item is made of, without spaces.
    pub(super) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        let owner = self.owners.get(name).into_iter();
        let texts = owner.flat_map(|owner| &owner.texts);
        texts
            .chain(self.functions(name).map(|function| &function.text))
            .map(String::as_str)
    }
}
