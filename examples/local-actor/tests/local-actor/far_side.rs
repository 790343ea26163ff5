//! The journal's file, and the books of what has been written into it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What keeps the books.
#[derive(Debug, Clone)]
pub struct FarSide {
    path: PathBuf,
    added: Arc<Mutex<Vec<String>>>,
}

impl FarSide {
    /// A journal in this folder.
    pub fn new(folder: &Path) -> Self {
        Self {
            path: folder.join("journal"),
            added: Arc::default(),
        }
    }

    /// Where the journal is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Notes that a line is said to be in the journal.
    pub fn note_added(&self, line: String) {
        self.added().push(line);
    }

    /// What is wrong behind the end of a journal that is opened so many times.
    pub fn lost(&self, opened: usize) -> Vec<String> {
        let Ok(file) = File::open(&self.path) else {
            return (opened > 0)
                .then(|| "there is no journal".to_owned())
                .into_iter()
                .collect();
        };
        let text = fs::read_to_string(&self.path).expect("it can be read");
        let lines: Vec<&str> = text.lines().collect();
        let is_open = file.try_lock().is_err();
        let ends = lines.iter().filter(|line| **line == "end").count();
        let added = self.added();
        let missing = added
            .iter()
            .filter(|line| lines.iter().filter(|it| *it == line).count() != 1)
            .map(|line| format!("{line} is not in it once"));
        missing
            .chain(is_open.then(|| "it is open".to_owned()))
            .chain((ends != opened).then(|| format!("opened {opened} times, ended {ends} times")))
            .chain((opened > 0 && lines.last() != Some(&"end")).then(|| "it has no end".to_owned()))
            .collect()
    }

    fn added(&self) -> MutexGuard<'_, Vec<String>> {
        self.added.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
