use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::chapter::Block;
use crate::compose::{Composed, compose, together, write_markdown};
use crate::context::Contexts;
use crate::error::{Error, Errors};
use crate::pages::{self, read_pages};

/// Where the contexts are, relative to the repository's root.
pub const CONTEXTS: &str = "corpus/contexts";

/// The file below the folder of the programs that holds them all as modules.
pub const TOGETHER: &str = "together.rs";

/// The files and folders that [`write_programs`] reads and that exist.
pub fn inputs(root: &Path) -> Vec<PathBuf> {
    let mut inputs = pages::inputs(root);
    inputs.push(root.join(CONTEXTS));
    inputs
}

/// Composes a program from every block that runs, and writes it below `out` as Markdown for skeptic, in the order of
/// the chapters; and all of them together as the file [`TOGETHER`].
///
/// # Errors
///
/// As [`read_pages`], [`Contexts::read`] and [`compose`], all errors of a step together; or if a file cannot be written.
pub fn write_programs(root: &Path, out: &Path) -> Result<Vec<PathBuf>, Errors> {
    let chapters = read_pages(root)?;
    let contexts = Contexts::read(root, CONTEXTS)?;
    let mut files = Vec::new();
    let mut all = Vec::new();
    let mut errors = Errors::default();
    for block in chapters.iter().flat_map(|chapter| &chapter.blocks) {
        match write_program(block, &contexts, root, out) {
            Ok(Some((file, composed))) => {
                files.push(file);
                all.push((block, composed));
            }
            Ok(None) => {}
            Err(error) => errors.0.push(error),
        }
    }
    remove_others(out, &files)
        .and_then(|()| {
            let all = all.iter().map(|(block, composed)| (*block, composed));
            fs::write(out.join(TOGETHER), together(all))
        })
        .map_err(|error| {
            let what = format!("cannot write below {}: {error}", out.display());
            Error::new("build.rs", 1, what)
        })?;
    errors.or(files)
}

/// Removes what stands below `out` for blocks that are gone, each block having a folder of its own there.
fn remove_others(out: &Path, files: &[PathBuf]) -> io::Result<()> {
    fs::create_dir_all(out)?;
    for entry in fs::read_dir(out)? {
        let folder = entry?.path();
        if folder.is_dir() && !files.iter().any(|file| file.starts_with(&folder)) {
            fs::remove_dir_all(folder)?;
        }
    }
    Ok(())
}

fn write_program(
    block: &Block,
    contexts: &Contexts,
    root: &Path,
    out: &Path,
) -> Result<Option<(PathBuf, Composed)>, Error> {
    if block.context.is_none() {
        return Ok(None);
    }
    let context = contexts.of(block)?;
    let Some(composed) = compose(block, context, root, out)? else {
        return Ok(None);
    };
    composed
        .write()
        .and_then(|()| write_markdown(block, &composed.program, out))
        .map(|file| Some((file, composed)))
        .map_err(|error| Error::new(&block.file, block.line, error.to_string()))
}
