use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use async_drop_corpus::{Chapter, Contexts, Error, Errors, Verdict};

use super::block::Blocks;
use super::compiled::Compiled;
use super::derive_options::derive_options;
use super::files::Files;
use super::foreign::Foreign;
use super::item::{Item, Place};
use super::manifests::Manifests;
use super::options::Options;
use super::package::Package;
use super::places::Places;
use super::tokens::identifiers;
use crate::layout::Layout;

/// The type that every value is in, so that its members can be spoken of everywhere.
pub(crate) const GUARD: &str = "AsyncDropGuard";

/// The trait that every value in a guard has.
pub(crate) const TRAIT: &str = "AsyncDrop";

/// All code that a chapter can speak of, read once: the library, the types of the blocks, what both are built on, the programs.
#[derive(Debug)]
pub struct Code {
    files: Files,
    manifests: Manifests,
    library: Package,
    /// The library's package, as manifests name it.
    package: String,
    fixtures: Package,
    /// The library's types by the word that prose has for them.
    short: BTreeMap<String, String>,
    derive_options: BTreeMap<String, Place>,
    compiled: Compiled,
    contexts: BTreeMap<String, Names>,
    crates: BTreeSet<String>,
    foreign: Foreign,
    places: Places,
    /// What programs take on their command lines, by folder; read when first asked for.
    options: Mutex<BTreeMap<String, Result<Options, Error>>>,
    /// What blocks have in them; read when first asked for.
    pub(super) blocks: Mutex<Blocks>,
    recorded: String,
}

/// The names in a context, imports aside, and the types among them.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) all: BTreeSet<String>,
    pub(crate) types: BTreeSet<String>,
}

impl Code {
    /// Reads the code that `pages`, which are to be all pages that are true, and `contexts` speak of.
    pub(crate) fn read(
        root: &Path,
        layout: &Layout,
        pages: &[Chapter],
        contexts: &Contexts,
    ) -> Result<Self, Errors> {
        let files = Files::read(root)?;
        let manifests = Manifests::read(&files)?;
        let name = |folder| manifests.name_of(folder).unwrap_or_default();
        let package = name(layout.library).to_owned();
        let crates = manifests.crates();
        let mut compiled = Compiled::default();
        for (_, text) in files.sources(layout.library) {
            compiled.add(text, &crates);
        }
        // What the library calls, its users need not know.
        compiled.called.clear();
        for (_, text) in files.sources(layout.fixtures) {
            compiled.add(text, &crates);
        }
        for context in contexts.iter() {
            compiled.add(&context.text, &crates);
        }
        for block in pages.iter().flat_map(|page| &page.blocks) {
            if block.verdict != Verdict::CompileFail {
                compiled.add(&block.code, &crates);
            }
        }
        let mut code = Self {
            library: Package::read(&files, layout.library, &package)?,
            fixtures: Package::read(&files, layout.fixtures, name(layout.fixtures))?,
            short: BTreeMap::new(),
            derive_options: derive_options(&files, layout.derive)?,
            compiled,
            contexts: BTreeMap::new(),
            crates,
            foreign: Foreign::read(root, layout.foreign)?,
            places: Places::read(root.to_owned(), &files)?,
            options: Mutex::default(),
            blocks: Mutex::default(),
            recorded: layout.recorded.to_owned(),
            package,
            manifests,
            files,
        };
        for context in contexts.iter() {
            let names = code.names(&context.text);
            code.contexts.insert(context.name.clone(), names);
        }
        for name in code.library.types() {
            let short = name.strip_prefix("AsyncDrop").unwrap_or(name);
            code.short.insert(short.to_lowercase(), name.to_owned());
        }
        code.short.remove("");
        Ok(code)
    }

    /// The names that a context defines and uses.
    fn names(&self, text: &str) -> Names {
        // Imports are there for every block that uses the context.
        let shown: String = text
            .split_inclusive("\n\n")
            .filter(|part| !part.contains("use "))
            .collect();
        let mut all = BTreeSet::new();
        if let Ok(tokens) = shown.parse() {
            identifiers(tokens, &mut all);
        }
        let types = all.iter().filter(|name| self.is_type(name));
        Names {
            types: types.cloned().collect(),
            all,
        }
    }
}

/// What the library offers.
impl Code {
    /// The library's crate, as code names it.
    pub(crate) fn library_name(&self) -> &str {
        &self.library.name
    }

    /// Where the library's sources are.
    pub(crate) fn library_sources(&self) -> String {
        format!("{}/src", self.library.folder)
    }

    /// Whether `name` is a public item of the library.
    pub(crate) fn is_ours(&self, name: &str) -> bool {
        self.library.exports(name).is_some()
    }

    /// The library's public items with their places; macros without their `!`.
    pub(crate) fn public_items(&self) -> impl Iterator<Item = (&str, &Place)> {
        self.library.exported()
    }

    /// The public item `name`, with its place.
    pub(crate) fn public_item(&self, name: &str) -> Option<(&str, &Place)> {
        self.library.exported().find(|(known, _)| *known == name)
    }

    /// What belongs to the library's type or trait `of`.
    pub(crate) fn members(&self, of: &str) -> impl Iterator<Item = &Item> {
        self.library.members(of)
    }

    /// The members of the library's type or trait `of` with this name.
    pub(crate) fn member(&self, of: &str, name: &str) -> impl Iterator<Item = &Item> {
        self.library.member(of, name)
    }

    /// The library's functions of this name, public or not.
    pub(crate) fn functions(&self, name: &str) -> impl Iterator<Item = &Item> {
        self.library.functions(name)
    }

    /// The library's public types that have a member `name`.
    pub(crate) fn types_with(&self, name: &str) -> Vec<&str> {
        let types = self.library.types();
        types
            .filter(|of| self.library.has_member(of, name))
            .collect()
    }

    pub(crate) fn has_macro(&self, name: &str) -> bool {
        self.is_ours(name) && self.library.has_macro(name)
    }

    /// Whether the library keeps `name` to itself.
    pub(crate) fn hides(&self, name: &str) -> bool {
        self.library.hides(name)
    }

    /// The bounds that a library's item and what belongs to it set, one set a parameter.
    pub(crate) fn bounds(&self, name: &str) -> BTreeSet<&BTreeSet<String>> {
        self.library.bounds(name)
    }

    /// What a library's item is made of, without spaces.
    pub(crate) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.library.texts(name)
    }

    /// The library's items that have the kind and path of `shown`.
    pub(crate) fn signatures(&self, shown: &Item) -> Vec<&Item> {
        self.library.signatures(&shown.to_string()).collect()
    }

    /// The library's type that prose calls `word`: a stack is an `AsyncDropStack`.
    pub(crate) fn called(&self, word: &str) -> Option<&str> {
        let singular = word.strip_suffix('s').unwrap_or(word);
        self.short.get(singular).map(String::as_str)
    }

    /// Whether the library's code, docs aside, says `words`.
    pub(crate) fn says(&self, words: &str) -> bool {
        // Docs may quote a message that the code no longer says.
        let is_code = |line: &str| !line.trim_start().starts_with("//");
        let mut sources = self.files.sources(&self.library.folder);
        sources.any(|(_, text)| {
            text.contains(words)
                && text
                    .split_inclusive('\n')
                    .filter(|line| is_code(line))
                    .collect::<String>()
                    .contains(words)
        })
    }

    /// The library's features.
    pub(crate) fn features(&self) -> impl Iterator<Item = (&str, &Place)> {
        self.manifests.features(&self.package)
    }

    pub(crate) fn is_feature(&self, name: &str) -> bool {
        self.features().any(|(feature, _)| feature == name)
    }

    pub(crate) fn is_default_feature(&self, name: &str) -> bool {
        self.manifests.is_default(&self.package, name)
    }

    /// The options of the derive's attribute.
    pub(crate) fn derive_options(&self) -> &BTreeMap<String, Place> {
        &self.derive_options
    }
}

/// What blocks stand on.
impl Code {
    /// Whether the library or the blocks' own crate has the public type `name`.
    pub(crate) fn is_type(&self, name: &str) -> bool {
        self.package_of(name).is_some()
    }

    /// Whether the public type `of` of either crate has the member `name`.
    pub(crate) fn has_member(&self, of: &str, name: &str) -> bool {
        self.package_of(of)
            .is_some_and(|package| package.has_member(of, name))
    }

    /// Where the sources of the public type `of` are.
    pub(crate) fn sources_of(&self, of: &str) -> Option<String> {
        let package = self.package_of(of)?;
        Some(format!("{}/src", package.folder))
    }

    fn package_of(&self, name: &str) -> Option<&Package> {
        [&self.library, &self.fixtures]
            .into_iter()
            .find(|package| package.has_type(name))
    }

    /// Whether the blocks' own crate exports `name`.
    pub(crate) fn is_fixture(&self, name: &str) -> bool {
        self.fixtures.exports(name).is_some()
    }

    /// Whether code that compiles has `name` in it.
    pub(crate) fn is_compiled(&self, name: &str) -> bool {
        self.compiled.all.contains(name)
    }

    /// Whether blocks, contexts or the blocks' own crate call `name` on a value.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.compiled.called.contains(name)
    }

    /// Whether code that compiles takes `name` from another crate.
    pub(crate) fn is_imported(&self, name: &str) -> bool {
        self.compiled.foreign.contains(name)
    }

    /// Whether code that compiles has `of::name`; with no `of`, behind any path.
    pub(crate) fn has_pair(&self, of: Option<&str>, name: &str) -> bool {
        match of {
            Some(of) => {
                let pair = (of.to_owned(), name.to_owned());
                self.compiled.pairs.contains(&pair)
            }
            None => self.compiled.pairs.iter().any(|(_, last)| last == name),
        }
    }

    /// Whether a manifest of the workspace depends on the crate `name`.
    pub(crate) fn is_crate(&self, name: &str) -> bool {
        self.crates.contains(name)
    }

    pub(crate) fn context(&self, name: &str) -> Option<&Names> {
        self.contexts.get(name)
    }

    /// The names that chapters take from elsewhere.
    pub(crate) fn foreign(&self) -> &Foreign {
        &self.foreign
    }

    /// Whether a recorded diagnostic has the error `code`.
    pub(crate) fn is_recorded(&self, code: &str) -> bool {
        let mut diagnostics = self.files.below(&self.recorded, ".stderr");
        diagnostics.any(|(_, text)| text.contains(&format!("error[{code}]")))
    }
}

/// The project: packages, programs, places.
impl Code {
    /// The folder of the project's package `name`.
    pub(crate) fn folder_of(&self, name: &str) -> Option<&str> {
        self.manifests.folder_of(name)
    }

    /// The name of the package in `folder`.
    pub(crate) fn package_in(&self, folder: &str) -> Option<&str> {
        self.manifests.name_of(folder)
    }

    /// What is wrong with a dependency on `name`: it is a package of the project, or one that a manifest of it depends on.
    pub(crate) fn wrong_package(&self, name: &str) -> Option<String> {
        (!self.manifests.knows(name))
            .then(|| format!("no manifest here depends on a package `{name}`"))
    }

    /// What is wrong with the feature of package `name`: its own manifest has it, or one that depends on it asks for it.
    pub(crate) fn wrong_feature(&self, name: &str, feature: &str) -> Option<String> {
        (!self.manifests.shows_feature(name, feature))
            .then(|| format!("`{name}` has no feature `{feature}` that anything here shows"))
    }

    /// What is wrong with `path`, which `page` names.
    pub(crate) fn wrong_place(&self, page: &str, path: &str) -> Option<String> {
        self.places.wrong(&self.files, page, path)
    }

    /// Whether the project's programs have `"name"` in them.
    pub(crate) fn programs_say(&self, name: &str) -> bool {
        let quoted = format!("\"{name}\"");
        let mut programs = self.files.below("", ".rs");
        programs.any(|(_, text)| text.contains(&quoted))
    }

    /// What the program in `folder` takes on its command line.
    pub(crate) fn options(&self, folder: &str) -> Result<Options, Error> {
        let mut known = self.options.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .entry(folder.to_owned())
            .or_insert_with(|| Options::read(&self.files, folder))
            .clone()
    }
}

#[cfg(test)]
impl Code {
    /// The code of a repository whose library is `sources`, each with its path below the library's folder.
    pub(crate) fn of_library(sources: &[(&str, &str)]) -> Self {
        use crate::layout::LAYOUT;

        let root = tempfile::TempDir::new().unwrap();
        let write = |file: &str, text: &str| {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("Cargo.toml", "[workspace]");
        write(LAYOUT.foreign, "");
        write(
            "corpus/contexts/body.rs",
            "async fn scenario() {\n    block!();\n}\n",
        );
        write(
            &format!("{}/Cargo.toml", LAYOUT.library),
            "[package]\nname = \"library\"",
        );
        for (file, text) in sources {
            write(&format!("{}/{file}", LAYOUT.library), text);
        }
        let contexts = Contexts::read(root.path(), "corpus/contexts").unwrap();
        Self::read(root.path(), &LAYOUT, &[], &contexts).unwrap()
    }
}
