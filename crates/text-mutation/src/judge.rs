use std::{fs, io, mem};

use async_drop_checks::{Check, Guidance};
use async_drop_corpus::{Block, Chapter, Verdict, compose};
use async_drop_verdicts::{Libraries, Outcome};
use tempfile::TempDir;

use crate::{Fate, Mutation};

/// Holds a changed text to what the tests hold the chapters to, the cheap first.
pub(crate) struct Judge<'a> {
    guidance: Guidance,
    checks: &'static [Check],
    /// Where changed blocks are written.
    folder: TempDir,
    libraries: &'a Libraries,
}

impl<'a> Judge<'a> {
    /// Each judge has a folder of its own, and its own copy of the text that it changes; what the code has is read once for all.
    pub(crate) fn new(
        guidance: &Guidance,
        libraries: &'a Libraries,
        checks: &'static [Check],
    ) -> Result<Self, String> {
        let folder = TempDir::new().map_err(|error| error.to_string())?;
        Ok(Self {
            guidance: guidance.clone(),
            checks,
            folder,
            libraries,
        })
    }

    /// Runs a block that nothing has changed, since whoever refutes that one catches every other for no reason.
    pub(crate) fn control(&self) -> Result<(), String> {
        let blocks = self.guidance.pages.iter().flat_map(|page| &page.blocks);
        let runs = |block: &&Block| matches!(block.verdict, Verdict::Right { cancel_safe: true });
        let Some(block) = blocks.clone().find(runs).cloned() else {
            return Err("no block of the pages is right, also under cancellation".to_owned());
        };
        match self.outcome(&block) {
            Ok(Ok(Outcome::Accepted)) => Ok(()),
            Ok(Ok(Outcome::Refuted(said) | Outcome::Rejected(said))) => {
                let start: Vec<&str> = said.lines().take(10).collect();
                Err(format!(
                    "{}: refuted without a change:\n{}",
                    block.place(),
                    start.join("\n")
                ))
            }
            Ok(Ok(Outcome::Hangs)) => Err(format!("{}: hangs without a change", block.place())),
            Ok(Err(by)) => Err(format!(
                "{}: {by} refuses it without a change",
                block.place()
            )),
            Err(error) => Err(format!("{}: cannot be run: {error}", block.place())),
        }
    }

    /// Makes `mutation` and finds out who notices; then takes it back.
    pub(crate) fn fate(&mut self, mutation: &Mutation) -> io::Result<Fate> {
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
            let page = &self.guidance.pages[index];
            if check.run_where_changed(&self.guidance, page).is_err() {
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
    fn refuted(&self, block: &Block) -> io::Result<Option<&'static str>> {
        if !block.verdict.is_run() {
            return Ok(None);
        }
        Ok(match self.outcome(block)? {
            Ok(Outcome::Accepted) => None,
            Ok(Outcome::Hangs) => Some("time limit"),
            Ok(Outcome::Refuted(_)) => Some("run"),
            Ok(Outcome::Rejected(_)) => Some("rustc"),
            Err(by) => Some(by),
        })
    }

    /// What becomes of a block that runs, or who refuses it before that.
    fn outcome(&self, block: &Block) -> io::Result<Result<Outcome, &'static str>> {
        let Ok(context) = self.guidance.contexts.of(block) else {
            return Ok(Err("contexts"));
        };
        let folder = self.folder.path().join("block");
        let composed = match compose(block, context, &self.guidance.root, &folder) {
            Ok(Some(composed)) => composed,
            Ok(None) | Err(_) => return Ok(Err("composer")),
        };
        composed.write()?;
        let outcome = self.libraries.run(&composed.program, &folder);
        fs::remove_dir_all(&folder)?;
        outcome.map(Ok)
    }
}

/// The blocks that say something else than every block of the original, wherever they stand.
fn new_blocks(changed: &Chapter, original: &Chapter) -> Vec<Block> {
    let says = |block: &Block| {
        let quote = block.quote.as_ref().map(|quote| quote.text.clone());
        (
            block.verdict.name(),
            block.timed,
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
