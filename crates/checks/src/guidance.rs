use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use async_drop_corpus::{CONTEXTS, Chapter, Contexts, Error, Errors, read_pages};
use async_drop_tidy::{Text, read_texts};

use crate::claims::cases::Cases;
use crate::claims::places::Places;
use crate::code::library::Library;
use crate::code::surface::{SOURCES, Surface};
use crate::text::markdown::markdown_beside_the_pages;
use crate::{
    check_commands, check_description, check_entries, check_features, check_foreign_names,
    check_front_matter, check_gotchas, check_links, check_messages, check_names, check_numbers,
    check_places, check_shapes, check_signatures, check_surface,
};

/// Where the library is that the chapters teach, relative to the repository's root.
const LIBRARY: &str = "crates/utils/src";

/// Where the cases are committed, relative to the repository's root.
const CASES: &str = "crates/fixtures/tests/compile_fail";

/// What the numbers in the chapters' words are from, relative to the repository's root.
const NUMBERS: &str = "corpus/lists/numbers.toml";

/// The whole guidance, and what it is held to.
#[derive(Debug)]
pub struct Guidance {
    /// The repository's root.
    pub root: PathBuf,
    /// The pages whose blocks are held to their verdicts, the chapters first.
    pub pages: Vec<Chapter>,
    /// The repository's other Markdown files.
    pub others: Vec<Chapter>,
    /// What the pages' blocks stand in.
    pub contexts: Contexts,
    /// The code that the pages speak of.
    pub library: Library,
    /// What the pages can name.
    pub surface: Surface,
    /// The files and folders that the pages can name.
    pub places: Places,
}

impl Guidance {
    /// Reads the guidance of the repository at `root`.
    ///
    /// # Errors
    ///
    /// As [`read_pages`], [`Contexts::read`], [`Library::read`] and [`Surface::read`], or if another Markdown file cannot be read.
    pub fn read(root: &Path) -> Result<Self, Errors> {
        let pages = read_pages(root)?;
        Ok(Self {
            root: root.to_owned(),
            others: markdown_beside_the_pages(root, &pages)?,
            surface: Surface::read(root, SOURCES, &pages)?,
            places: Places::read(root)?,
            pages,
            contexts: Contexts::read(root, CONTEXTS)?,
            library: Library::read(root, &[LIBRARY])?,
        })
    }
}

/// Something that the guidance is held to beyond running its blocks.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// What is checked, in a word or two.
    pub name: &'static str,
    /// Finds what is false.
    pub run: fn(&Guidance) -> Result<(), Errors>,
}

/// Every check.
///
/// The test `checks` runs them on the guidance as it is, and `cargo mutate-text` on changed texts: what joins this list is run by both.
pub const CHECKS: &[Check] = &[
    Check {
        name: "front matter",
        // SKILL.md is the first chapter; the folder is the one that the skill is installed in.
        run: |guidance| check_front_matter(&guidance.pages[0], "async-drop"),
    },
    Check {
        name: "description",
        run: |guidance| check_description(&guidance.pages),
    },
    // Before what else looks at numbers: one command mends them all.
    Check {
        name: "entries",
        run: |guidance| check_entries(&texts(guidance)?),
    },
    Check {
        name: "links",
        run: |guidance| {
            check_links(&guidance.root, &guidance.pages)?;
            check_links(&guidance.root, &guidance.others)
        },
    },
    Check {
        name: "contexts",
        run: contexts,
    },
    Check {
        name: "signatures",
        run: |guidance| check_signatures(&guidance.pages, &guidance.library),
    },
    Check {
        name: "surface",
        run: |guidance| check_surface(&guidance.pages, "helpers.md", &guidance.surface),
    },
    Check {
        name: "names",
        run: |guidance| check_names(&guidance.pages, &guidance.surface),
    },
    Check {
        name: "foreign names",
        run: |guidance| check_foreign_names(&guidance.pages, &guidance.surface),
    },
    Check {
        name: "bounds and return types",
        run: |guidance| check_shapes(&guidance.pages, &guidance.surface),
    },
    Check {
        name: "features",
        run: |guidance| check_features(&guidance.pages, &guidance.surface),
    },
    Check {
        name: "numbers",
        run: |guidance| check_numbers(&guidance.root, &guidance.pages, NUMBERS),
    },
    Check {
        name: "places",
        run: |guidance| check_places(&guidance.root, &guidance.pages, &guidance.places),
    },
    Check {
        name: "command lines",
        run: |guidance| check_commands(&guidance.root, &guidance.pages, &guidance.places),
    },
    Check {
        name: "messages",
        run: |guidance| check_messages(&guidance.pages, &guidance.root, LIBRARY, CASES),
    },
    Check {
        name: "both sides",
        run: |guidance| {
            let gotchas = guidance.pages.iter();
            let mut gotchas = gotchas.filter(|page| page.file == "gotchas.md");
            gotchas.try_for_each(check_gotchas)
        },
    },
    Check {
        name: "cases",
        run: |guidance| cases(guidance)?.compare(),
    },
    Check {
        name: "quoted diagnostics",
        run: |guidance| cases(guidance)?.check_quotes(),
    },
];

/// What may speak of entries, the pages as `guidance` has them.
fn texts(guidance: &Guidance) -> Result<Vec<Text>, Errors> {
    let mut texts = read_texts(&guidance.root)?;
    for text in &mut texts {
        if let Some(page) = guidance.pages.iter().find(|page| page.file == text.file) {
            text.text.clone_from(&page.text);
        }
    }
    Ok(texts)
}

fn cases(guidance: &Guidance) -> Result<Cases<'_>, Errors> {
    Cases::new(&guidance.pages, &guidance.contexts, &guidance.root, CASES)
}

/// Checks that every block's context exists, and that every context is some block's.
fn contexts(guidance: &Guidance) -> Result<(), Errors> {
    let mut errors = Errors::default();
    let mut used = BTreeSet::new();
    for block in guidance.pages.iter().flat_map(|page| &page.blocks) {
        if let Some(name) = &block.context {
            used.insert(name.as_str());
            errors.0.extend(guidance.contexts.of(block).err());
        }
    }
    for context in guidance.contexts.iter() {
        if !used.contains(context.name.as_str()) {
            let what = "no block asks for this context";
            errors.0.push(Error::new(&context.file, 1, what));
        }
    }
    errors.or(())
}
