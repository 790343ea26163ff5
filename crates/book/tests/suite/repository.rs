use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use async_drop_book::html::Page;
use async_drop_book::{Seen, Verdicts};
use async_drop_corpus::Chapter;
use tempfile::TempDir;

/// The folder of the real book.
pub fn book() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book")
}

/// Reads a page of the built book in `folder`.
pub fn page(folder: &Path, page: &str) -> Page {
    Page::parse(&fs::read_to_string(folder.join(page)).unwrap())
}

/// A small repository around a book with two pages that include `gotchas.md` and `helpers.md`, one that lists the verdicts, and the real
/// book's settings.
pub struct Repository(TempDir);

impl Repository {
    /// Makes one whose `gotchas.md` is `gotchas`.
    pub fn with(gotchas: &str) -> Self {
        let repository = Self(tempfile::tempdir().unwrap());
        repository.write("gotchas.md", gotchas);
        repository.write("helpers.md", "# Helpers\n\n## AsyncDropArc\n");
        repository.write("crates/utils/guard.rs", "");
        repository.write(
            "book/src/SUMMARY.md",
            "- [Gotchas](gotchas.md)\n- [Helpers](helpers.md)\n- [Verdicts](verdicts.md)\n",
        );
        repository.write("book/src/verdicts.md", "# Verdicts\n\n{{#verdicts}}\n");
        repository.write("book/src/gotchas.md", "{{#include ../../gotchas.md}}\n");
        repository.write("book/src/helpers.md", "{{#include ../../helpers.md}}\n");
        for file in ["book.toml", "theme/verdicts.css"] {
            let real = fs::read_to_string(book().join(file)).unwrap();
            repository.write(&format!("book/{file}"), &real);
        }
        repository
    }

    pub fn write(&self, file: &str, text: &str) {
        let file = self.0.path().join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// Builds the book and reads the page of `gotchas.md`.
    pub fn gotchas(&self) -> Page {
        page(&self.build(as_told).unwrap(), "gotchas.html")
    }

    /// Says why the book is rejected.
    pub fn rejection(&self) -> String {
        format!("{:#}", self.build(as_told).unwrap_err())
    }

    /// Builds the book with what `run` has seen, and returns where it is.
    pub fn build(&self, run: impl Fn(&Path) -> Result<Vec<Seen>> + 'static) -> Result<PathBuf> {
        let [book, built] = ["book", "built"].map(|folder| self.0.path().join(folder));
        async_drop_book::build_into(&book, &built, Verdicts::from(run))
    }
}

/// A run that has seen each block of `gotchas.md` and the README do what it is held to, and has nothing to add.
pub fn as_told(root: &Path) -> Result<Vec<Seen>> {
    let files = ["gotchas.md", "README.md"].into_iter();
    let texts = files.filter_map(|file| Some((file, fs::read_to_string(root.join(file)).ok()?)));
    let chapters = texts.filter_map(|(file, text)| Chapter::parse(file, &text).ok());
    Ok(chapters
        .flat_map(|chapter| seen_as_told(&chapter))
        .collect())
}

/// Has nothing to say of a chapter's blocks but what they are held to.
pub fn seen_as_told(chapter: &Chapter) -> Vec<Seen> {
    let blocks = chapter.blocks.iter();
    let seen = blocks.map(|block| Seen {
        file: block.file.clone(),
        line: block.line,
        verdict: block.verdict.name().to_owned(),
        seen: async_drop_book::label(block.verdict).to_owned(),
        faults: 0,
        cancellations: 0,
        pairs: 0,
    });
    seen.collect()
}
