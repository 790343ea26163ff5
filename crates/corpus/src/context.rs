use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::chapter::Block;
use crate::error::{Error, Errors};

/// The line that stands for the block in a context.
const PLACE: &str = "block!();";

/// A Rust file that holds what a chapter does not show around a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The file's name without `.rs`.
    pub name: String,
    /// The file, relative to the repository's root.
    pub file: String,
    /// Where rustc reads it.
    pub path: PathBuf,
    /// The Rust code.
    pub text: String,
    /// Where the block goes.
    pub position: Position,
}

/// Where a context takes its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// Among items: the block is items.
    Items,
    /// Inside a function: the block is statements, in a scope of their own.
    Statements,
}

impl Context {
    /// Reads the context `name`, whose `text` was found in `file`.
    ///
    /// # Errors
    ///
    /// If there is not exactly one line `block!();`, if it stands where no block can go, or if the file cannot be included
    /// (inner attributes and inner docs).
    pub fn parse(name: &str, file: &str, path: PathBuf, text: &str) -> Result<Context, Error> {
        let mut places = text
            .lines()
            .enumerate()
            .filter(|(_, line)| line.trim() == PLACE);
        let (Some((index, line)), None) = (places.next(), places.next()) else {
            return Err(Error::new(
                file,
                1,
                format!("a context has exactly one line `{PLACE}`, where the block goes"),
            ));
        };
        if let Some(inner) = text
            .lines()
            .position(|line| line.starts_with("//!") || line.starts_with("#!["))
        {
            return Err(Error::new(
                file,
                inner + 1,
                "a context is included, so it cannot start with `//!` or `#![…]`: use `//` and `#[…]`",
            ));
        }
        let position = position(text, index, indentation(line))
            .map_err(|what| Error::new(file, index + 1, what))?;
        Ok(Context {
            name: name.to_owned(),
            file: file.to_owned(),
            path,
            text: text.to_owned(),
            position,
        })
    }

    /// The context with the code of `block` in its place, and the line on which that starts, counted from 1.
    pub(crate) fn with_block(&self, block: &Block) -> (String, usize) {
        let mut whole = String::new();
        let mut first_line = 0;
        for line in self.text.lines() {
            if line.trim() != PLACE {
                whole.push_str(line);
                whole.push('\n');
                continue;
            }
            let (open, close) = match self.position {
                Position::Items => (String::new(), String::new()),
                Position::Statements => {
                    let indent = &line[..indentation(line)];
                    (format!("{indent}{{\n"), format!("{indent}}}\n"))
                }
            };
            whole.push_str(&open);
            first_line = whole.lines().count() + 1;
            whole.push_str(&block.code);
            whole.push_str(&close);
        }
        (whole, first_line)
    }
}

/// Says whether line `index`, indented by `indent`, stands among items or among statements.
///
/// rustfmt keeps contexts formatted, so the nearest line above that is indented less opens what the block is in.
fn position(text: &str, index: usize, indent: usize) -> Result<Position, String> {
    let lines: Vec<&str> = text.lines().collect();
    let opener = lines[..index]
        .iter()
        .rev()
        .find(|line| !line.trim().is_empty() && indentation(line) < indent)
        .map(|line| line.trim())
        .filter(|_| indent > 0);
    let Some(opener) = opener else {
        return Ok(Position::Items);
    };
    let mut words = opener
        .split([' ', '<'])
        .skip_while(|word| word.starts_with("pub") || *word == "unsafe");
    match words.next() {
        Some("mod") => Ok(Position::Items),
        Some(word @ ("impl" | "trait")) => Err(format!(
            "`{PLACE}` cannot stand directly in `{word}`: no macro can put code from a file there"
        )),
        _ => Ok(Position::Statements),
    }
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The contexts by name.
#[derive(Clone, Debug, Default)]
pub struct Contexts {
    folder: String,
    by_name: BTreeMap<String, Context>,
}

impl Contexts {
    /// Reads every `.rs` file of `folder`, which is relative to `root`.
    ///
    /// # Errors
    ///
    /// If the folder or a file cannot be read, or as [`Context::parse`]; all errors together.
    pub fn read(root: &Path, folder: &str) -> Result<Contexts, Errors> {
        let mut contexts = Contexts {
            folder: folder.to_owned(),
            by_name: BTreeMap::new(),
        };
        let mut errors = Errors::default();
        let entries = fs::read_dir(root.join(folder))
            .map_err(|error| Error::new(folder, 1, format!("cannot be listed: {error}")))?;
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            let Some(name) = path
                .file_name()
                .and_then(|name| name.to_str()?.strip_suffix(".rs"))
            else {
                continue;
            };
            let file = format!("{folder}/{name}.rs");
            match fs::read_to_string(&path)
                .map_err(|error| Error::new(&file, 1, format!("cannot be read: {error}")))
                .and_then(|text| Context::parse(name, &file, path.clone(), &text))
            {
                Ok(context) => {
                    contexts.by_name.insert(name.to_owned(), context);
                }
                Err(error) => errors.0.push(error),
            }
        }
        errors.0.sort();
        errors.or(contexts)
    }

    /// The context that `block` asks for.
    ///
    /// # Errors
    ///
    /// If there is no such context; the message lists those that there are.
    pub fn of(&self, block: &Block) -> Result<&Context, Error> {
        let name = block.context.as_deref().unwrap_or_default();
        self.by_name.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.by_name.keys().map(String::as_str).collect();
            Error::new(
                &block.file,
                block.line,
                format!(
                    "unknown context `{name}`: there is no file {}/{name}.rs, only {}",
                    self.folder,
                    known.join(", ")
                ),
            )
        })
    }

    /// All contexts, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Context> {
        self.by_name.values()
    }
}
