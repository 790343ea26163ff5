//! Files and folders that a text can name: in the repository, in an installed copy, or of the user's.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use async_drop_corpus::{Error, is_chapter, page_paths, recipe};
use syn::visit::Visit;

use super::files::{Files, rust};

/// Where the skill is installed, below the user's folder.
const INSTALLED: &str = ".claude/skills/async-drop";

/// What lists the files that are installed.
const PAYLOAD: &str = "crates/installer/build.rs";

#[derive(Debug)]
pub(super) struct Places {
    root: PathBuf,
    /// What is installed: files, and folders that are installed as a whole.
    payload: BTreeSet<String>,
}

/// The names of the recipes below `root`; what is wrong with its pages is not said here.
fn recipes(root: &Path) -> Vec<String> {
    let pages = page_paths(root).unwrap_or_default();
    let names = pages.iter().filter_map(|page| recipe(page));
    names.map(str::to_owned).collect()
}

impl Places {
    /// Reads what the command installs.
    pub(super) fn read(root: PathBuf, files: &Files) -> Result<Self, Error> {
        let mut lists = Lists::default();
        lists.visit_file(&rust(PAYLOAD, files.get(PAYLOAD).unwrap_or_default())?);
        let mut payload = BTreeSet::new();
        for (name, listed) in lists.0 {
            match name.as_str() {
                "CRATES" => {
                    for folder in listed {
                        payload.insert(format!("{folder}/Cargo.toml"));
                        payload.insert(format!("{folder}/src"));
                    }
                }
                // Of the recipes alone.
                "PROGRAMS" => {
                    let sources = listed.iter().flat_map(|folder| {
                        let names = recipes(&root).into_iter();
                        names.map(move |name| format!("{folder}/{name}/src"))
                    });
                    payload.extend(sources);
                }
                _ => payload.extend(listed),
            }
        }
        Ok(Self { root, payload })
    }

    /// What is wrong with `path` in `page`; places of the user's are those that the programs in `files` name.
    pub(super) fn wrong(&self, files: &Files, page: &str, path: &str) -> Option<String> {
        let path = path.trim_end_matches('/');
        if let Some((_, inside)) = path.split_once(INSTALLED) {
            let inside = inside.trim_start_matches('/');
            return (!self.installs(inside)).then(|| format!("the command installs no `{inside}`"));
        }
        if path.starts_with(['~', '/']) || path.starts_with("./.") || path.starts_with("target/") {
            // Places of the user's, and what is built: the programs know them.
            let known = path.trim_start_matches("~/").trim_start_matches("./");
            return (!programs_know(files, known))
                .then(|| format!("no program of the project knows `{path}`"));
        }
        // `<name>` stands for any.
        let (folder, ending) = match path.split_once('<') {
            Some((folder, rest)) => (
                folder,
                rest.split_once('>').map_or("", |(_, ending)| ending),
            ),
            None => (path, ""),
        };
        if path.contains('<') {
            let any = self.root.join(folder).read_dir().is_ok_and(|entries| {
                entries
                    .filter_map(Result::ok)
                    .any(|entry| entry.file_name().to_string_lossy().ends_with(ending))
            });
            return (!any).then(|| format!("there is no file `{path}`"));
        }
        if !self.root.join(path).exists() {
            return Some(format!("there is no `{path}`"));
        }
        let is_read_installed = is_chapter(page);
        (is_read_installed && !self.installs(path))
            .then(|| format!("`{path}` is not installed with the chapters"))
    }

    fn installs(&self, path: &str) -> bool {
        path.is_empty()
            || self.payload.iter().any(|installed| {
                path == installed
                    || path
                        .strip_prefix(installed.as_str())
                        .is_some_and(|rest| rest.starts_with('/'))
                    || installed
                        .strip_prefix(path)
                        .is_some_and(|rest| rest.starts_with('/'))
            })
    }
}

fn programs_know(files: &Files, place: &str) -> bool {
    let goes_on = |rest: &str| rest.starts_with(|ch: char| ch.is_alphanumeric() || ch == '-');
    files.below("", ".rs").any(|(_, text)| {
        let mut found = text.match_indices(place);
        found.any(|(at, _)| !goes_on(&text[at + place.len()..]))
    })
}

/// The constants that list texts.
#[derive(Default)]
struct Lists(Vec<(String, Vec<String>)>);

impl<'ast> Visit<'ast> for Lists {
    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        if let syn::Expr::Array(array) = &*item.expr {
            let texts = array.elems.iter().filter_map(|element| match element {
                syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(text),
                    ..
                }) => Some(text.value()),
                _ => None,
            });
            self.0.push((item.ident.to_string(), texts.collect()));
        }
    }
}
