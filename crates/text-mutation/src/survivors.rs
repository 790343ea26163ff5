use serde::Deserialize;

use crate::mutation::{Kind, Mutation};

/// The mutations that no check notices, each with the reason why none has to.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Survivors {
    #[serde(default)]
    survivors: Vec<Survivor>,
}

/// Mutations of one chapter and kind that survive for one reason, known by words: the lines may move.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Survivor {
    /// The file, relative to the repository's root.
    pub chapter: String,
    /// The kind, as a report says it.
    pub kind: String,
    /// Words of the heading that the mutations stand under; empty for any.
    #[serde(default)]
    pub section: String,
    /// For each mutation, words of what stood there before the change; behind ` → `, words of what stands there after it.
    pub words: Vec<String>,
    /// Why no check has to notice.
    pub reason: String,
}

impl Survivors {
    /// Reads the list.
    ///
    /// # Errors
    ///
    /// If it is not what it should be, has a kind that does not exist, or an entry without words or without a reason.
    pub fn parse(text: &str) -> Result<Self, String> {
        let survivors: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        for entry in &survivors.survivors {
            if Kind::ALL.iter().all(|kind| kind.words() != entry.kind) {
                return Err(format!("there is no kind \"{}\"", entry.kind));
            }
            let empty = |words: &String| words.trim().is_empty();
            if entry.words.is_empty() || entry.words.iter().any(empty) || empty(&entry.reason) {
                return Err(format!(
                    "an entry of {} without words or without a reason",
                    entry.chapter
                ));
            }
        }
        Ok(survivors)
    }

    /// Each entry with each of its words, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&Survivor, &str)> {
        self.survivors.iter().flat_map(|entry| {
            let words = entry.words.iter();
            words.map(move |words| (entry, words.as_str()))
        })
    }

    /// Whether an entry speaks of `mutation`.
    pub fn list(&self, mutation: &Mutation) -> bool {
        self.iter()
            .any(|(entry, words)| entry.is_of(words, mutation))
    }
}

impl Survivor {
    /// Whether `words`, which are the entry's, mean `mutation`.
    pub(crate) fn is_of(&self, words: &str, mutation: &Mutation) -> bool {
        let (before, after) = words.split_once(" → ").unwrap_or((words, ""));
        self.chapter == mutation.file
            && self.kind == mutation.kind.words()
            && mutation.section.contains(&self.section)
            && mutation.before.contains(before)
            && mutation.after.contains(after)
    }
}
