use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use async_drop_corpus::{Block, Chapter, Error, Errors};

use crate::run::Seen;

/// A block and what it was seen to do.
pub(crate) struct Proof {
    pub(crate) block: Block,
    pub(crate) seen: Seen,
    /// The id of the block's figure: its section and its number there, so that it stays when lines above it move.
    pub(crate) id: String,
}

/// The words of a run, by block.
pub(crate) struct Run {
    seen: BTreeMap<(String, usize), Seen>,
    claimed: BTreeSet<(String, usize)>,
}

impl Run {
    /// Sorts what a run has said.
    ///
    /// # Errors
    ///
    /// If it says two things of one block.
    pub(crate) fn new(all: Vec<Seen>) -> Result<Self, Errors> {
        let mut seen = BTreeMap::new();
        let mut errors = Errors::default();
        for one in all {
            let place = (one.file.clone(), one.line);
            if let Some(other) = seen.insert(place, one.clone()) {
                let what = format!(
                    "the run says two things of this block: `{}` and `{}`",
                    other.seen, one.seen
                );
                errors.0.push(Error::new(&one.file, one.line, what));
            }
        }
        errors.or(Self {
            seen,
            claimed: BTreeSet::new(),
        })
    }

    /// What was seen of each block of a chapter, in order.
    ///
    /// # Errors
    ///
    /// If the run says nothing of a block, or held it to another verdict.
    pub(crate) fn proofs(&mut self, chapter: &Chapter) -> Result<Vec<Proof>, Errors> {
        let mut proofs = Vec::new();
        let mut errors = Errors::default();
        let mut in_section = BTreeMap::new();
        for block in &chapter.blocks {
            let number = in_section.entry(&block.section_slug).or_insert(0);
            *number += 1;
            let id = match block.section_slug.as_str() {
                "" => format!("block-{number}"),
                slug => format!("block-{slug}-{number}"),
            };
            match self.claim(block) {
                Ok(seen) => proofs.push(Proof {
                    block: block.clone(),
                    seen,
                    id,
                }),
                Err(what) => errors.0.push(Error::new(&block.file, block.line, what)),
            }
        }
        errors.or(proofs)
    }

    fn claim(&mut self, block: &Block) -> Result<Seen, String> {
        let place = (block.file.clone(), block.line);
        let says = block.verdict.name();
        let seen = self.seen.get(&place).cloned();
        let seen = seen.ok_or_else(|| {
            format!("the fence says `{says}`, and the run says nothing of this block")
        })?;
        self.claimed.insert(place);
        match seen.verdict.as_str() {
            verdict if verdict == says => Ok(seen),
            verdict => Err(format!(
                "the fence says `{says}`, and the run held this block to `{verdict}`"
            )),
        }
    }

    /// The blocks of files that were not asked for yet, file by file.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, or has no block where the run has seen one.
    pub(crate) fn rest(mut self, root: &Path) -> Result<Vec<(String, Vec<Proof>)>, Errors> {
        let asked: BTreeSet<&String> = self.claimed.iter().map(|(file, _)| file).collect();
        let files = self.seen.keys().map(|(file, _)| file);
        let files: BTreeSet<String> = files
            .filter(|file| !asked.contains(file))
            .cloned()
            .collect();
        let mut rest = Vec::new();
        let mut errors = Errors::default();
        for file in files {
            match read(root, &file).and_then(|chapter| self.proofs(&chapter)) {
                Ok(proofs) => rest.push((file, proofs)),
                Err(found) => errors.0.extend(found.0),
            }
        }
        let unclaimed = self.seen.iter();
        for ((file, line), seen) in unclaimed.filter(|(place, _)| !self.claimed.contains(*place)) {
            let what = format!(
                "no block starts here, and the run says of one: `{}`",
                seen.seen
            );
            errors.0.push(Error::new(file, *line, what));
        }
        errors.or(rest)
    }
}

fn read(root: &Path, file: &str) -> Result<Chapter, Errors> {
    let text = fs::read_to_string(root.join(file))
        .map_err(|error| Error::new(file, 1, format!("cannot be read: {error}")))?;
    Chapter::parse(file, &text)
}
