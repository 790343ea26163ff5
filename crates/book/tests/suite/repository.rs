use std::fs;
use std::path::{Path, PathBuf};

use async_drop_book::html::Page;
use tempfile::TempDir;

/// The folder of the real book.
pub fn book() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book")
}

/// Reads a page of the built book in `folder`.
pub fn page(folder: &Path, page: &str) -> Page {
    Page::parse(&fs::read_to_string(folder.join(page)).unwrap())
}

/// A small repository around a book with two pages that include `gotchas.md` and `helpers.md`, and the real book's settings.
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
            "- [Gotchas](gotchas.md)\n- [Helpers](helpers.md)\n",
        );
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
        let built = async_drop_book::build(&self.0.path().join("book")).unwrap();
        page(&built, "gotchas.html")
    }

    /// Says why the book is rejected.
    pub fn rejection(&self) -> String {
        let error = async_drop_book::build(&self.0.path().join("book")).unwrap_err();
        format!("{error:#}")
    }
}
