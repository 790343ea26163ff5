use std::fmt::{self, Display};

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::edit::{Edit, apply};
use crate::texts::Text;

/// A file that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tidied {
    /// The file, relative to the repository's root.
    pub file: String,
    /// The whole text as it is.
    pub before: String,
    /// The whole text as it is to be.
    pub after: String,
}

impl Tidied {
    pub(crate) fn new(text: &Text, edits: Vec<Edit>) -> Option<Self> {
        let after = apply(&text.text, edits);
        (after != text.text).then(|| Self {
            file: text.file.clone(),
            before: text.text.clone(),
            after,
        })
    }

    /// What changes, line by line.
    pub fn changes(&self) -> Vec<Change> {
        let old: Vec<&str> = self.before.split_inclusive('\n').collect();
        let new: Vec<&str> = self.after.split_inclusive('\n').collect();
        let mut changes = Vec::new();
        for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
            let (before, after) = (op.old_range(), op.new_range());
            match op {
                DiffOp::Equal { .. } => {}
                DiffOp::Replace { .. } if before.len() == after.len() => {
                    let pairs = before.zip(after);
                    changes.extend(pairs.map(|(before, after)| {
                        Change::new(before, &old[before..=before], &new[after..=after])
                    }));
                }
                _ => changes.push(Change::new(before.start, &old[before], &new[after])),
            }
        }
        changes
    }
}

/// Lines that become others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The first of the lines as they are, counted from 1; where there are none, the line that they are put before.
    pub line: usize,
    /// The lines as they are.
    pub before: Vec<String>,
    /// The lines as they are to be.
    pub after: Vec<String>,
}

impl Change {
    fn new(index: usize, before: &[&str], after: &[&str]) -> Self {
        let lines = |lines: &[&str]| -> Vec<String> {
            let lines = lines.iter();
            lines.map(|line| line.trim_end().to_owned()).collect()
        };
        Self {
            line: index + 1,
            before: lines(before),
            after: lines(after),
        }
    }
}

impl Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = self.before.iter().map(|line| format!("- {line}"));
        let after = self.after.iter().map(|line| format!("+ {line}"));
        let lines: Vec<String> = before.chain(after).collect();
        f.write_str(&lines.join("\n"))
    }
}
