use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::chapter::{Block, Chapter};
use crate::compose::{Composed, compose, tests, together, write_markdown};
use crate::context::Contexts;
use crate::error::{Error, Errors};
use crate::pages::{self, read_pages};

/// Where the contexts are, relative to the repository's root.
pub const CONTEXTS: &str = "corpus/contexts";

/// The folders of chapters whose lies show when their blocks run, relative to the repository's root: what a fence can claim, what the
/// explorer can do, and what the chapters once said.
pub const LIES: [&str; 3] = [
    "corpus/false_chapters/run",
    "corpus/false_chapters/dimensions",
    "corpus/false_chapters/falsified",
];

/// What the lies' blocks stand in, relative to the repository's root.
pub const LIES_CONTEXTS: &str = "corpus/false_chapters/contexts";

/// The file below the folder of the programs that holds them all as modules.
pub const TOGETHER: &str = "together.rs";

/// The file beside it with a test for each of them.
pub const TESTS: &str = "tests.rs";

/// The pages whose blocks are the first to be copied: each is a program of its own, too.
const COPIED: [&str; 2] = ["README.md", "SKILL.md"];

/// The files and folders that [`write_programs`] and [`write_lies`] read and that exist.
pub fn inputs(root: &Path) -> Vec<PathBuf> {
    let mut inputs = pages::inputs(root);
    let folders = [CONTEXTS, LIES_CONTEXTS].into_iter().chain(LIES);
    let folders = folders.map(|folder| root.join(folder));
    inputs.extend(folders.filter(|folder| folder.exists()));
    inputs
}

/// Composes the blocks of the pages that run into the files [`TOGETHER`] and [`TESTS`] below `out`, and returns those that are
/// programs of their own as well, as Markdown for skeptic.
///
/// # Errors
///
/// As [`read_pages`], [`Contexts::read`] and [`compose`], all errors of a step together; or if a file cannot be written.
pub fn write_programs(root: &Path, out: &Path) -> Result<Vec<PathBuf>, Errors> {
    let chapters = read_pages(root)?;
    let composed = write_together(root, &chapters, CONTEXTS, out)?;
    let copied = composed
        .iter()
        .filter(|(block, _)| COPIED.contains(&block.file.as_str()));
    let mut files = Vec::new();
    for (block, composed) in copied {
        let file = write_markdown(block, &composed.program, out);
        files.push(file.map_err(|error| Error::new(&block.file, block.line, error.to_string()))?);
    }
    Ok(files)
}

/// Composes the blocks of the chapters in [`LIES`] into the file [`TOGETHER`] below `out`.
///
/// # Errors
///
/// As [`write_programs`].
pub fn write_lies(root: &Path, out: &Path) -> Result<(), Errors> {
    let mut chapters = Vec::new();
    for folder in LIES {
        let cannot_be_listed =
            |error: io::Error| Error::new(folder, 1, format!("cannot be listed: {error}"));
        let mut names = Vec::new();
        for entry in fs::read_dir(root.join(folder)).map_err(cannot_be_listed)? {
            let name = entry.map_err(cannot_be_listed)?.file_name();
            names.extend(name.into_string().ok().filter(|name| name.ends_with(".md")));
        }
        names.sort();
        for name in names {
            chapters.push(Chapter::at(root, &format!("{folder}/{name}"))?);
        }
    }
    write_together(root, &chapters, LIES_CONTEXTS, out).map(drop)
}

fn write_together<'a>(
    root: &Path,
    chapters: &'a [Chapter],
    contexts: &str,
    out: &Path,
) -> Result<Vec<(&'a Block, Composed)>, Errors> {
    let contexts = Contexts::read(root, contexts)?;
    let mut all = Vec::new();
    let mut errors = Errors::default();
    for block in chapters.iter().flat_map(|chapter| &chapter.blocks) {
        match write_block(block, &contexts, root, out) {
            Ok(Some(composed)) => all.push((block, composed)),
            Ok(None) => {}
            Err(error) => errors.0.push(error),
        }
    }
    errors.or(())?;
    let write = || {
        remove_others(out, &all)?;
        let blocks = all.iter().map(|(block, _)| *block);
        fs::write(out.join(TESTS), tests(blocks))?;
        let all = all.iter().map(|(block, composed)| (*block, composed));
        fs::write(out.join(TOGETHER), together(all))
    };
    write().map_err(|error| {
        let what = format!("cannot write below {}: {error}", out.display());
        Error::new("build.rs", 1, what)
    })?;
    Ok(all)
}

/// Removes what stands below `out` for blocks that are gone, each block having a folder of its own there.
fn remove_others(out: &Path, all: &[(&Block, Composed)]) -> io::Result<()> {
    fs::create_dir_all(out)?;
    for entry in fs::read_dir(out)? {
        let folder = entry?.path();
        let is_its = |(_, composed): &(&Block, Composed)| composed.shown_path.starts_with(&folder);
        if folder.is_dir() && !all.iter().any(is_its) {
            fs::remove_dir_all(folder)?;
        }
    }
    Ok(())
}

fn write_block(
    block: &Block,
    contexts: &Contexts,
    root: &Path,
    out: &Path,
) -> Result<Option<Composed>, Error> {
    if block.context.is_none() {
        return Ok(None);
    }
    let context = contexts.of(block)?;
    let composed = compose(block, context, root, out)?;
    if let Some(composed) = &composed {
        composed
            .write()
            .map_err(|error| Error::new(&block.file, block.line, error.to_string()))?;
    }
    Ok(composed)
}
