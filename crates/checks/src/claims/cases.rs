//! The cases that rustc rejects are what the chapters' `compile_fail` blocks show, and the chapters quote what rustc said of them.
//!
//! Refuted by a case whose file differs or is missing, by one without a recorded diagnostic, by a file that no block makes any more,
//! and by a quote that is not the first line, the place and further lines of a recorded error, in order. That rustc still says what
//! is recorded is what the root package's test `compile_fail` holds.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use async_drop_corpus::{ACCEPT, Block, Chapter, Contexts, Error, Errors, compose_case};
use similar::TextDiff;

use crate::guidance::Guidance;
use crate::text::{check_quote, errors_said};

pub(super) fn check(guidance: &Guidance) -> Result<(), Errors> {
    cases(guidance)?.compare()
}

pub(super) fn check_quotes(guidance: &Guidance) -> Result<(), Errors> {
    cases(guidance)?.check_quotes()
}

fn cases(guidance: &Guidance) -> Result<Cases<'_>, Errors> {
    let folder = guidance.layout.recorded;
    Cases::new(&guidance.pages, &guidance.contexts, &guidance.root, folder)
}

/// The cases that the chapters' `compile_fail` blocks make, and the folder where they are committed.
#[derive(Debug)]
pub struct Cases<'a> {
    root: PathBuf,
    folder: String,
    cases: Vec<Case<'a>>,
}

/// A file that rustc must reject.
#[derive(Debug)]
pub struct Case<'a> {
    /// The block that it is made of.
    pub block: &'a Block,
    /// The file's name without `.rs`, as [`Chapter::cases`] makes it.
    pub name: String,
    /// What the file must hold.
    pub text: String,
    /// The line of the file on which the block starts, counted from 1.
    pub first_line: usize,
}

impl<'a> Cases<'a> {
    /// Composes the cases of `chapters`; they are committed in `folder`, which is relative to `root`.
    ///
    /// # Errors
    ///
    /// If a block's context does not exist.
    pub fn new(
        chapters: &'a [Chapter],
        contexts: &Contexts,
        root: &Path,
        folder: &str,
    ) -> Result<Self, Errors> {
        let mut cases = Vec::new();
        let mut errors = Errors::default();
        for (block, name) in chapters.iter().flat_map(Chapter::cases) {
            match contexts.of(block) {
                Ok(context) => {
                    let (text, first_line) = compose_case(block, context);
                    cases.push(Case {
                        block,
                        name,
                        text,
                        first_line,
                    });
                }
                Err(error) => errors.0.push(error),
            }
        }
        errors.or(Self {
            root: root.to_owned(),
            folder: folder.to_owned(),
            cases,
        })
    }

    /// The cases, in the order of the chapters.
    pub fn iter(&self) -> impl Iterator<Item = &Case<'a>> {
        self.cases.iter()
    }

    /// The path of a case's file, relative to the root.
    pub fn file(&self, case: &Case<'_>) -> String {
        format!("{}/{}.rs", self.folder, case.name)
    }

    /// Compares what is committed with what the chapters show.
    ///
    /// # Errors
    ///
    /// One for each case whose file differs or is missing, for each that has no recorded diagnostic, and for each file that
    /// belongs to no block any more. Each names the command that accepts the change.
    pub fn compare(&self) -> Result<(), Errors> {
        let mut errors = Errors::default();
        for case in &self.cases {
            let file = self.file(case);
            let what = match fs::read_to_string(self.root.join(&file)) {
                Ok(committed) if committed.replace("\r\n", "\n") == case.text => {
                    let stderr = file.replace(".rs", ".stderr");
                    if self.root.join(&stderr).is_file() {
                        continue;
                    }
                    format!("no diagnostic is recorded in {stderr}")
                }
                Ok(committed) => format!(
                    "{file} is not what the chapter shows:\n{}",
                    diff(&file, &committed, &case.text)
                ),
                Err(_) => format!("{file} does not exist"),
            };
            errors.0.push(self.error(case, &what));
        }
        for file in self.left_over() {
            errors.0.push(Error::new(
                &file,
                1,
                format!("no block of the chapters makes this case any more; `{ACCEPT}` removes it"),
            ));
        }
        errors.or(())
    }

    /// Writes the cases as the chapters show them, and removes files that belong to no block any more.
    ///
    /// # Errors
    ///
    /// If a file cannot be written or removed.
    pub fn accept(&self) -> io::Result<()> {
        fs::create_dir_all(self.root.join(&self.folder))?;
        for case in &self.cases {
            fs::write(self.root.join(self.file(case)), &case.text)?;
        }
        for file in self.left_over() {
            fs::remove_file(self.root.join(file))?;
        }
        Ok(())
    }

    /// Checks that each chapter quotes an error's first line with its code, and its place in the block; and that these and each
    /// further line stand in the recorded diagnostic, in order.
    ///
    /// # Errors
    ///
    /// One for each block that quotes what the compiler did not say, or no error, or no place.
    pub fn check_quotes(&self) -> Result<(), Errors> {
        let mut errors = Errors::default();
        for case in &self.cases {
            let stderr = self.file(case).replace(".rs", ".stderr");
            let recorded = fs::read_to_string(self.root.join(&stderr)).unwrap_or_default();
            let Some(quote) = &case.block.quote else {
                continue;
            };
            let lines = case.block.code.lines().count();
            let file = format!("{}.rs", case.name);
            let said = errors_said(&recorded, &file, case.first_line, lines);
            if let Err((index, what)) = check_quote(&quote.text, &said) {
                errors.0.push(Error::new(
                    &case.block.file,
                    quote.line + index,
                    format!("section \"{}\": {what}", case.block.section),
                ));
            }
        }
        errors.or(())
    }

    /// An error about a case, at the place of its block in the chapter.
    pub fn error(&self, case: &Case<'_>, what: &str) -> Error {
        Error::new(
            &case.block.file,
            case.block.line,
            format!(
                "section \"{}\": {what}\naccept with `{ACCEPT}`",
                case.block.section
            ),
        )
    }

    fn left_over(&self) -> Vec<String> {
        let mut files: Vec<String> = fs::read_dir(self.root.join(&self.folder))
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|file| {
                let name = file.trim_end_matches(".rs").trim_end_matches(".stderr");
                self.cases.iter().all(|case| case.name != name)
            })
            .map(|file| format!("{}/{file}", self.folder))
            .collect();
        files.sort();
        files
    }
}

fn diff(file: &str, committed: &str, shown: &str) -> String {
    TextDiff::from_lines(committed, shown)
        .unified_diff()
        .context_radius(2)
        .header(file, "the chapter")
        .to_string()
}
