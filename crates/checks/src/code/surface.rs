//! All that a chapter can speak of: the library, the types of the blocks, and what both are built on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use async_drop_corpus::{Chapter, Error, Errors, Verdict};
use syn::visit::Visit;

use super::compiled::Compiled;
use super::files::{dependencies, folders, manifest, parse, read, rust_files};
use super::package::{Package, Place};
use super::tokens::identifiers;

/// Where the surface is read from; all paths are relative to the root.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The package that the chapters teach.
    pub library: &'a str,
    /// The package with its derive.
    pub derive: &'a str,
    /// The package with the types that blocks use.
    pub fixtures: &'a str,
    /// The folder of the contexts.
    pub contexts: &'a str,
    /// The file of names that chapters take from elsewhere: one a line, `name - where it is from`.
    pub foreign: &'a str,
}

/// Where this repository has them.
pub const SOURCES: Sources<'_> = Sources {
    library: "crates/utils",
    derive: "crates/derive",
    fixtures: "crates/fixtures",
    contexts: "corpus/contexts",
    foreign: "corpus/lists/foreign_names.txt",
};

/// What the chapters can speak of.
#[derive(Debug)]
pub struct Surface {
    pub(crate) library: Package,
    pub(crate) fixtures: Package,
    /// The library's types by the word that prose has for them.
    short: BTreeMap<String, String>,
    pub(crate) features: BTreeMap<String, Place>,
    /// The features of the library that are on by default.
    pub(crate) default: BTreeSet<String>,
    /// The keys of the derive's attribute.
    pub(crate) keys: BTreeMap<String, Place>,
    /// The crates that a manifest of the workspace depends on.
    pub(crate) crates: BTreeSet<String>,
    pub(crate) compiled: Compiled,
    /// The names in each context, imports aside, and the types among them.
    pub(crate) contexts: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)>,
    /// The names of the file of foreign names, with their lines.
    pub(crate) foreign: BTreeMap<String, usize>,
    pub(crate) foreign_file: String,
}

impl Surface {
    /// Reads the surface that `chapters`, which are to be all chapters that are true, can speak of.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or parsed.
    pub fn read(root: &Path, sources: Sources<'_>, chapters: &[Chapter]) -> Result<Self, Errors> {
        let crates = crates(root)?;
        let mut compiled = Compiled::default();
        for file in rust_files(root, &format!("{}/src", sources.library))? {
            compiled.add(&read(root, &file)?, &crates);
        }
        // What the library calls, its users need not know.
        compiled.called.clear();
        for folder in [&format!("{}/src", sources.fixtures), sources.contexts] {
            for file in rust_files(root, folder)? {
                compiled.add(&read(root, &file)?, &crates);
            }
        }
        for block in chapters.iter().flat_map(|chapter| &chapter.blocks) {
            if !matches!(block.verdict, Verdict::CompileFail) {
                compiled.add(&block.code, &crates);
            }
        }
        let (features, default) = features(root, sources.library)?;
        let mut surface = Self {
            contexts: BTreeMap::new(),
            short: BTreeMap::new(),
            library: Package::read(root, sources.library)?,
            fixtures: Package::read(root, sources.fixtures)?,
            features,
            default,
            keys: keys(root, sources.derive)?,
            crates,
            compiled,
            foreign: foreign(root, sources.foreign)?,
            foreign_file: sources.foreign.to_owned(),
        };
        for file in rust_files(root, sources.contexts)? {
            let name = file.rsplit('/').next().unwrap_or_default();
            let names = surface.context(&read(root, &file)?);
            let name = name.trim_end_matches(".rs").to_owned();
            surface.contexts.insert(name, names);
        }
        let types = surface.library.types.keys();
        surface.short = types
            .filter(|name| surface.is_ours(name))
            .map(|name| {
                let short = name.strip_prefix("AsyncDrop").unwrap_or(name);
                (short.to_lowercase(), name.clone())
            })
            .collect();
        surface.short.remove("");
        Ok(surface)
    }

    /// The names that a context defines and uses, and the types among them.
    fn context(&self, text: &str) -> (BTreeSet<String>, BTreeSet<String>) {
        // Imports are there for every block that uses the context.
        let shown: String = text
            .split_inclusive("\n\n")
            .filter(|part| !part.contains("use "))
            .collect();
        let mut names = BTreeSet::new();
        if let Ok(tokens) = shown.parse() {
            identifiers(tokens, &mut names);
        }
        let is_type = |name: &&String| self.package_of(name).is_some();
        let types = names.iter().filter(is_type).cloned().collect();
        (names, types)
    }

    /// Whether `name` is a public item of the library.
    pub(crate) fn is_ours(&self, name: &str) -> bool {
        self.library.exported.contains_key(name)
    }

    /// The package that has the public type `name`.
    pub(crate) fn package_of(&self, name: &str) -> Option<&Package> {
        [&self.library, &self.fixtures]
            .into_iter()
            .find(|package| package.exported.contains_key(name) && package.types.contains_key(name))
    }

    /// The library's type that prose calls `word`: a stack is an `AsyncDropStack`.
    pub(crate) fn called(&self, word: &str) -> Option<&str> {
        let singular = word.strip_suffix('s').unwrap_or(word);
        self.short.get(singular).map(String::as_str)
    }
}

/// The features of `package` with their lines, and those that are on by default.
fn features(
    root: &Path,
    package: &str,
) -> Result<(BTreeMap<String, Place>, BTreeSet<String>), Error> {
    let file = format!("{package}/Cargo.toml");
    let text = read(root, &file)?;
    let manifest = manifest(root, package)?;
    let table = manifest.get("features").and_then(toml::Value::as_table);
    let mut features = BTreeMap::new();
    let mut default = BTreeSet::new();
    for (name, value) in table.into_iter().flatten() {
        if name == "default" {
            let on = value.as_array().into_iter().flatten();
            default.extend(on.filter_map(|name| Some(name.as_str()?.to_owned())));
            continue;
        }
        let line = text
            .lines()
            .position(|line| line.trim_start().starts_with(&format!("{name} =")))
            .map_or(1, |index| index + 1);
        features.insert(
            name.clone(),
            Place {
                file: file.clone(),
                line,
            },
        );
    }
    Ok((features, default))
}

/// The crates that a manifest depends on, and those that come with Rust, as code names them.
fn crates(root: &Path) -> Result<BTreeSet<String>, Error> {
    let mut crates: BTreeSet<String> = ["std", "core", "alloc"].map(str::to_owned).into();
    let workspace = manifest(root, "")?;
    let excluded = workspace
        .get("workspace")
        .and_then(|workspace| workspace.get("exclude"));
    let excluded: Vec<&str> = excluded
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(toml::Value::as_str)
        .collect();
    // What stands apart compares with other crates, which are not spoken of.
    for folder in folders(root)?
        .iter()
        .filter(|folder| !excluded.contains(&folder.as_str()))
    {
        let manifest = manifest(root, folder)?;
        for dependency in dependencies(&manifest) {
            crates.insert(dependency.replace('-', "_"));
        }
    }
    Ok(crates)
}

/// What the derive compares the path of an option with.
fn keys(root: &Path, derive: &str) -> Result<BTreeMap<String, Place>, Error> {
    struct Keys<'a> {
        file: &'a str,
        found: BTreeMap<String, Place>,
    }
    impl<'ast> Visit<'ast> for Keys<'_> {
        fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
            if let (true, syn::Expr::Field(field), Some(syn::Expr::Lit(literal))) = (
                call.method == "is_ident",
                &*call.receiver,
                call.args.first(),
            ) && let (syn::Member::Named(name), syn::Lit::Str(key)) =
                (&field.member, &literal.lit)
                && name == "path"
            {
                let place = Place {
                    file: self.file.to_owned(),
                    line: key.span().start().line,
                };
                self.found.insert(key.value(), place);
            }
            syn::visit::visit_expr_method_call(self, call);
        }
    }
    let mut found = BTreeMap::new();
    for file in rust_files(root, &format!("{derive}/src"))? {
        let mut keys = Keys {
            file: &file,
            found: BTreeMap::new(),
        };
        keys.visit_file(&parse(root, &file)?);
        found.extend(keys.found);
    }
    Ok(found)
}

fn foreign(root: &Path, file: &str) -> Result<BTreeMap<String, usize>, Errors> {
    let mut names = BTreeMap::new();
    let mut errors = Errors::default();
    for (index, line) in read(root, file)?.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match line.split_once(" - ") {
            Some((name, from)) if !from.trim().is_empty() => {
                names.insert(name.trim().to_owned(), index + 1);
            }
            _ => errors.0.push(Error::new(
                file,
                index + 1,
                "a foreign name is written `name - where it is from`",
            )),
        }
    }
    errors.or(names)
}
