use std::collections::BTreeMap;

use async_drop_corpus::{Block, Chapter, Error, Errors};

use crate::edit::Edit;
use crate::texts::{Kind, Text};

/// The programs that pages show parts of, by file.
#[derive(Debug)]
pub(crate) struct Excerpts<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Excerpts<'a> {
    pub(crate) fn of(texts: &'a [Text]) -> Self {
        let programs = texts.iter().filter(|text| text.kind == Kind::Program);
        Self(
            programs
                .map(|text| (text.file.as_str(), text.text.as_str()))
                .collect(),
        )
    }

    /// The edits that write the parts of programs into the page `text`.
    pub(crate) fn edits(&self, text: &Text, errors: &mut Errors) -> Vec<Edit> {
        if text.kind == Kind::Lines {
            return Vec::new();
        }
        let mut edits = Vec::new();
        for block in Chapter::read(&text.file, &text.text).0.blocks {
            match self.edit(text, &block) {
                Ok(edit) => edits.extend(edit),
                Err(what) => errors.0.push(Error::new(&text.file, block.line, what)),
            }
        }
        edits
    }

    fn edit(&self, text: &Text, block: &Block) -> Result<Option<Edit>, String> {
        let Some(excerpt) = &block.excerpt else {
            return Ok(None);
        };
        let program = self.0.get(excerpt.file.as_str());
        let program = program.ok_or_else(|| format!("there is no file {}", excerpt.file))?;
        let lines: Vec<&str> = text.text.split_inclusive('\n').collect();
        let start = lines[..block.line].iter().map(|line| line.len()).sum();
        let range = start..start + block.code.len();
        if text.text.get(range.clone()) != Some(&block.code) {
            return Err("start the lines of this block where their line starts".to_owned());
        }
        Ok(Edit::new(&text.text, range, excerpt.of(program)?))
    }
}
