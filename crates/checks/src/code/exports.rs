//! What users of a package reach, found by its `pub use` and `pub mod`.

use std::collections::{BTreeMap, BTreeSet};

use syn::spanned::Spanned;
use syn::{File, Ident, Item, UseTree};

use super::item::{Place, is_hidden, is_public};

/// How far a name is followed from one `use` to the next.
const DEEPEST: usize = 8;

/// The names that a package exports, and the files that define them.
pub(super) struct Exports<'a> {
    files: &'a BTreeMap<&'a str, File>,
    root: &'a str,
    pub(super) names: BTreeMap<String, Place>,
    /// For each exported name whose definition was found, where it is.
    defined: BTreeMap<String, BTreeSet<String>>,
}

impl<'a> Exports<'a> {
    /// Follows the exports of the parsed `files` from the file `root`.
    pub(super) fn read(files: &'a BTreeMap<&'a str, File>, root: &'a str) -> Self {
        let mut exports = Self {
            files,
            root,
            names: BTreeMap::new(),
            defined: BTreeMap::new(),
        };
        exports.module(root);
        exports
    }

    /// Whether `file` defines another `name` than the one that users reach.
    pub(super) fn is_namesake(&self, file: &str, name: &str) -> bool {
        let reached = self.defined.get(name);
        reached.is_some_and(|files| !files.contains(file) && self.defines(file, name))
    }

    /// Collects what the module in `file` exports, and the public modules in it.
    fn module(&mut self, file: &str) {
        let Some(parsed) = self.files.get(file) else {
            return;
        };
        for item in &parsed.items {
            let name = match item {
                Item::Use(item) if is_public(&item.vis) && !is_hidden(&item.attrs) => {
                    for leaf in leaves(&item.tree) {
                        self.import(file, &leaf);
                    }
                    continue;
                }
                Item::Mod(module) if is_public(&module.vis) && !is_hidden(&module.attrs) => {
                    if let Some(inside) = self.module_file(file, &module.ident.to_string()) {
                        self.module(&inside);
                    }
                    &module.ident
                }
                Item::Mod(_) | Item::Use(_) => continue,
                item => match defined(item) {
                    Some((name, true)) => name,
                    _ => continue,
                },
            };
            self.export(name.to_string(), file, name.span().start().line);
            let files = self.defined.entry(name.to_string()).or_default();
            files.insert(file.to_owned());
        }
    }

    fn import(&mut self, file: &str, leaf: &Leaf) {
        let Some(name) = &leaf.name else { return };
        self.export(leaf.known_as.clone(), file, leaf.line);
        if let Some(from) = self.definition(file, &leaf.path, name, 0) {
            let files = self.defined.entry(leaf.known_as.clone()).or_default();
            files.insert(from);
        }
    }

    fn export(&mut self, name: String, file: &str, line: usize) {
        let file = file.to_owned();
        self.names.insert(name, Place { file, line });
    }

    /// The file that defines what `path::name` is in the module of `file`; none if that is another crate's.
    fn definition(&self, file: &str, path: &[String], name: &str, depth: usize) -> Option<String> {
        let mut module = file.to_owned();
        for part in path {
            module = match part.as_str() {
                "crate" => self.root.to_owned(),
                "self" => module,
                "super" => self.parent(&module)?,
                part => self.module_file(&module, part)?,
            };
        }
        if self.defines(&module, name) {
            return Some(module);
        }
        if depth == DEEPEST {
            return None;
        }
        let uses = self.files.get(module.as_str())?.items.iter();
        let uses = uses.filter_map(|item| match item {
            Item::Use(item) => Some(leaves(&item.tree)),
            _ => None,
        });
        uses.flatten()
            .filter(|leaf| leaf.name.is_none() || leaf.known_as == name)
            .filter(|leaf| !leaf.path.is_empty())
            .find_map(|leaf| {
                let name = leaf.name.as_deref().unwrap_or(name);
                self.definition(&module, &leaf.path, name, depth + 1)
            })
    }

    fn defines(&self, file: &str, name: &str) -> bool {
        let items = self.files.get(file).into_iter();
        let mut items = items.flat_map(|file| &file.items);
        items.any(|item| defined(item).is_some_and(|(defined, _)| defined == name))
    }

    /// The file of the module `name` that is declared in `file`.
    fn module_file(&self, file: &str, name: &str) -> Option<String> {
        let (folder, stem) = file.trim_end_matches(".rs").rsplit_once('/')?;
        let inside = match stem {
            "lib" | "mod" => folder.to_owned(),
            stem => format!("{folder}/{stem}"),
        };
        let candidates = [
            format!("{inside}/{name}.rs"),
            format!("{inside}/{name}/mod.rs"),
        ];
        candidates
            .into_iter()
            .find(|file| self.files.contains_key(file.as_str()))
    }

    /// The file of the module that the module of `file` is in.
    fn parent(&self, file: &str) -> Option<String> {
        let (mut folder, stem) = file.trim_end_matches(".rs").rsplit_once('/')?;
        if stem == "mod" {
            folder = folder.rsplit_once('/')?.0;
        }
        let candidates = ["/lib.rs", "/mod.rs", ".rs"];
        candidates
            .map(|ending| format!("{folder}{ending}"))
            .into_iter()
            .find(|file| self.files.contains_key(file.as_str()))
    }
}

/// A name that a `use` brings.
struct Leaf {
    path: Vec<String>,
    /// None for `*`.
    name: Option<String>,
    known_as: String,
    line: usize,
}

fn leaves(tree: &UseTree) -> Vec<Leaf> {
    let leaf = |name: Option<&Ident>, known_as: Option<&Ident>| Leaf {
        path: Vec::new(),
        name: name.map(Ident::to_string),
        known_as: known_as.map(Ident::to_string).unwrap_or_default(),
        line: tree.span().start().line,
    };
    match tree {
        UseTree::Path(path) => {
            let mut inside = leaves(&path.tree);
            for leaf in &mut inside {
                leaf.path.insert(0, path.ident.to_string());
            }
            inside
        }
        UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
        UseTree::Name(name) => vec![leaf(Some(&name.ident), Some(&name.ident))],
        UseTree::Rename(rename) => vec![leaf(Some(&rename.ident), Some(&rename.rename))],
        UseTree::Glob(_) => vec![leaf(None, None)],
    }
}

/// The name of what an item defines, and whether it is public.
fn defined(item: &Item) -> Option<(&Ident, bool)> {
    Some(match item {
        Item::Struct(item) => (&item.ident, is_public(&item.vis)),
        Item::Enum(item) => (&item.ident, is_public(&item.vis)),
        Item::Trait(item) => (&item.ident, is_public(&item.vis)),
        Item::Type(item) => (&item.ident, is_public(&item.vis)),
        Item::Const(item) => (&item.ident, is_public(&item.vis)),
        Item::Fn(item) => (&item.sig.ident, is_public(&item.vis)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_followed_through_private_modules_to_the_file_that_defines_it() {
        let files = [
            (
                "src/lib.rs",
                "mod room; mod report; pub mod open; pub use room::{Guard, Report as Said}; pub use other::Foreign;",
            ),
            (
                "src/room/mod.rs",
                "mod guard; pub(crate) mod said; pub use guard::*; pub use self::said::Report;",
            ),
            ("src/room/guard.rs", "pub struct Guard; struct Hidden;"),
            ("src/room/said.rs", "pub struct Report;"),
            ("src/report.rs", "struct Report; struct Guard; struct Said;"),
            ("src/open.rs", "pub fn reach() {} fn keep() {}"),
        ];
        let files = files.map(|(file, text)| (file, syn::parse_file(text).unwrap()));
        let files = BTreeMap::from(files);
        let exports = Exports::read(&files, "src/lib.rs");

        let names: Vec<&str> = exports.names.keys().map(String::as_str).collect();
        assert_eq!(names, ["Foreign", "Guard", "Said", "open", "reach"]);
        assert!(exports.is_namesake("src/report.rs", "Guard"));
        assert!(exports.is_namesake("src/report.rs", "Said"));
        assert!(!exports.is_namesake("src/room/guard.rs", "Guard"));
        assert!(!exports.is_namesake("src/room/said.rs", "Guard"));
        assert!(!exports.is_namesake("src/report.rs", "Report"));
    }
}
