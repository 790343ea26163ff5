use std::path::Path;
use std::{fs, io, mem};

use async_drop_corpus::checks::{Check, Guidance};
use async_drop_corpus::{Block, Chapter, Verdict, compose};
use async_drop_text_mutation::{Fate, Mutation};
use tempfile::TempDir;

use crate::worker::{Outcome, Worker};

/// Holds a changed text to what the tests hold the chapters to, the cheap first.
pub struct Judge {
    guidance: Guidance,
    checks: &'static [Check],
    /// Where changed blocks are written.
    folder: TempDir,
    worker: Worker,
}

impl Judge {
    /// Reads the guidance once more; each judge has its own, and a folder of its own.
    pub fn new(root: &Path, checks: &'static [Check]) -> Result<Self, String> {
        let folder =
            TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).map_err(|error| error.to_string())?;
        Ok(Self {
            guidance: Guidance::read(root).map_err(|errors| errors.to_string())?,
            checks,
            folder,
            worker: Worker::default(),
        })
    }

    /// Makes `mutation` and finds out who notices; then takes it back.
    pub fn fate(&mut self, mutation: &Mutation) -> io::Result<Fate> {
        let is_its = |page: &Chapter| page.file == mutation.file;
        let Some(index) = self.guidance.pages.iter().position(is_its) else {
            return Err(io::Error::other("there is no such page"));
        };
        let text = mutation.apply(&self.guidance.pages[index].text);
        let Ok(changed) = Chapter::parse(&mutation.file, &text) else {
            return Ok(Fate::Caught("reader"));
        };
        let original = mem::replace(&mut self.guidance.pages[index], changed);
        let fate = self.fate_of(index, &original);
        self.guidance.pages[index] = original;
        fate
    }

    fn fate_of(&mut self, index: usize, original: &Chapter) -> io::Result<Fate> {
        for check in self.checks {
            if (check.run)(&self.guidance).is_err() {
                return Ok(Fate::Caught(check.name));
            }
        }
        let changed: Vec<Block> = new_blocks(&self.guidance.pages[index], original);
        for block in &changed {
            if let Some(by) = self.refuted(block)? {
                return Ok(Fate::Caught(by));
            }
        }
        Ok(Fate::Survived)
    }

    /// Runs a block, and says who refutes it, if anybody does.
    fn refuted(&mut self, block: &Block) -> io::Result<Option<&'static str>> {
        if matches!(block.verdict, Verdict::CompileFail | Verdict::Signature) {
            return Ok(None);
        }
        let Ok(context) = self.guidance.contexts.of(block) else {
            return Ok(Some("contexts"));
        };
        let folder = self.folder.path().join("block");
        let composed = match compose(block, context, &self.guidance.root, &folder) {
            Ok(Some(composed)) => composed,
            Ok(None) => return Ok(None),
            Err(_) => return Ok(Some("composer")),
        };
        composed.write()?;
        let program = folder.join("program.rs");
        fs::write(&program, &composed.program)?;
        let outcome = self.worker.run(&program)?;
        // The binary that the compiler's stand-in keeps there goes with it.
        fs::remove_dir_all(&folder)?;
        Ok(match outcome {
            Outcome::Accepted => None,
            Outcome::Hangs => Some("time limit"),
            Outcome::Refuted(said) if said.contains("the chapter says:") => Some("run"),
            Outcome::Refuted(_) => Some("rustc"),
        })
    }
}

/// The blocks that say something else than every block of the original, wherever they stand.
fn new_blocks(changed: &Chapter, original: &Chapter) -> Vec<Block> {
    let says = |block: &Block| {
        let quote = block.quote.as_ref().map(|quote| quote.text.clone());
        (
            block.verdict.name(),
            block.context.clone(),
            block.code.clone(),
            quote,
        )
    };
    let known: Vec<_> = original.blocks.iter().map(says).collect();
    changed
        .blocks
        .iter()
        .filter(|block| !known.contains(&says(block)))
        .cloned()
        .collect()
}
