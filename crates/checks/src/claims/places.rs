//! Files and folders that the texts name.

use std::collections::BTreeSet;
use std::path::Path;

use async_drop_corpus::{CHAPTERS, Chapter, Error, Errors};
use syn::visit::Visit;

use crate::code::files::{parse, read, rust_files};
use crate::text::prose::{fences, units};
use crate::text::span::{Kind, kind};

/// Where the skill is installed, below the user's folder.
const INSTALLED: &str = ".claude/skills/async-drop";

/// What lists the files that are installed.
const PAYLOAD: &str = "crates/installer/build.rs";

/// What a project's text can name as a place.
#[derive(Debug, Default)]
pub struct Places {
    /// What is installed: files, and folders that are installed as a whole.
    payload: BTreeSet<String>,
    /// The words of the project's own programs.
    programs: String,
}

impl Places {
    /// Reads what the command installs, and the sources of the programs.
    ///
    /// # Errors
    ///
    /// If a source cannot be read.
    pub fn read(root: &Path) -> Result<Self, Error> {
        let mut lists = Lists::default();
        lists.visit_file(&parse(root, PAYLOAD)?);
        let mut payload = BTreeSet::new();
        for (name, listed) in lists.0 {
            match name.as_str() {
                "CRATES" => {
                    for folder in listed {
                        payload.insert(format!("{folder}/Cargo.toml"));
                        payload.insert(format!("{folder}/src"));
                    }
                }
                _ => payload.extend(listed),
            }
        }
        let mut programs = String::new();
        for file in rust_files(root, "crates")? {
            programs.push_str(&read(root, &file)?);
        }
        Ok(Self { payload, programs })
    }

    /// What is wrong with `path` in `page`.
    pub(crate) fn wrong(&self, root: &Path, page: &str, path: &str) -> Option<String> {
        let path = path.trim_end_matches('/');
        if let Some((_, inside)) = path.split_once(INSTALLED) {
            let inside = inside.trim_start_matches('/');
            return (!self.installs(inside)).then(|| format!("the command installs no `{inside}`"));
        }
        if path.starts_with(['~', '/']) || path.starts_with("./.") || path.starts_with("target/") {
            // Places of the user's, and what is built: the programs know them.
            let known = path.trim_start_matches("~/").trim_start_matches("./");
            return (!self.programs_know(known))
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
            let any = root.join(folder).read_dir().is_ok_and(|entries| {
                entries
                    .filter_map(Result::ok)
                    .any(|entry| entry.file_name().to_string_lossy().ends_with(ending))
            });
            return (!any).then(|| format!("there is no file `{path}`"));
        }
        if !root.join(path).exists() {
            return Some(format!("there is no `{path}`"));
        }
        let is_read_installed = CHAPTERS.contains(&page);
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

    fn programs_know(&self, place: &str) -> bool {
        let goes_on = |rest: &str| rest.starts_with(|ch: char| ch.is_alphanumeric() || ch == '-');
        let mut found = self.programs.match_indices(place);
        found.any(|(at, _)| !goes_on(&self.programs[at + place.len()..]))
    }

    /// Whether the project's programs have `"name"` in them.
    pub(crate) fn programs_say(&self, name: &str) -> bool {
        self.programs.contains(&format!("\"{name}\""))
    }
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

/// Checks that the files and folders in inline code exist: in the repository, in an installed copy where a chapter names them or
/// they are below the skill's folder, or as words of a program of the project where they are the user's or built.
///
/// # Errors
///
/// One for each place that does not exist.
pub fn check_places(root: &Path, pages: &[Chapter], places: &Places) -> Result<(), Errors> {
    let mut errors = Errors::default();
    for page in pages {
        let units = units(page);
        let code = units.iter().flat_map(|unit| unit.code());
        for piece in code.filter(|piece| kind(&piece.text) == Kind::Path) {
            let wrong = places.wrong(root, &page.file, &piece.text);
            errors
                .0
                .extend(wrong.map(|what| Error::new(&page.file, piece.line, what)));
        }
        for fence in fences(page, &["toml"]) {
            let wrong = super::dependencies::wrong(root, &page.file, &fence.text, places);
            errors.0.extend(
                wrong
                    .into_iter()
                    .map(|(line, what)| Error::new(&page.file, fence.line + line, what)),
            );
        }
    }
    errors.or(())
}
