use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use walkdir::WalkDir;

use crate::workspace::{Package, Workspace};

/// How much Rust there is of a kind.
#[derive(Clone, Copy, Default)]
struct Count {
    files: usize,
    lines: usize,
}

impl Count {
    fn add(&mut self, other: Count) {
        self.files += other.files;
        self.lines += other.lines;
    }
}

/// A table of the repository's Rust: files and lines of each package, first what it is built of, then everything else, such as its tests.
///
/// # Errors
///
/// If a folder or a file cannot be read.
pub fn table(workspace: &Workspace) -> Result<String> {
    let mut counts: BTreeMap<&str, [Count; 2]> = BTreeMap::new();
    let mut sums = [Count::default(); 2];
    for (label, package) in &workspace.packages {
        let count = count(workspace, package)?;
        sums[0].add(count[0]);
        sums[1].add(count[1]);
        counts.insert(label, count);
    }
    let width = counts
        .keys()
        .map(|label| label.len())
        .max()
        .unwrap_or(0)
        .max(5);
    let mut text = format!(
        "{:width$}  {:>8} {:>6}  {:>8} {:>6}\n",
        "crate", "sources", "lines", "the rest", "lines"
    );
    for (label, [sources, rest]) in counts.into_iter().chain([("all", sums)]) {
        text += &format!(
            "{label:width$}  {:>8} {:>6}  {:>8} {:>6}\n",
            sources.files, sources.lines, rest.files, rest.lines
        );
    }
    Ok(text)
}

/// Counts the sources of a package and its other Rust.
fn count(workspace: &Workspace, package: &Package) -> Result<[Count; 2]> {
    let mut counts = [Count::default(); 2];
    let is_another = |path: &Path| {
        workspace
            .packages
            .values()
            .any(|other| other.folder == path && other.folder != package.folder)
    };
    let entries = WalkDir::new(&package.folder)
        .sort_by_file_name()
        .into_iter();
    let entries = entries.filter_entry(|entry| {
        let hidden = entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.');
        let built = entry.depth() == 1 && entry.file_name() == "target";
        !hidden && !built && !is_another(entry.path())
    });
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot list {}", package.folder.display()))?;
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let inside = path.strip_prefix(&package.folder).unwrap_or(path);
        let is_source = ["src", "build", "build.rs"]
            .iter()
            .any(|start| inside.starts_with(start));
        counts[usize::from(!is_source)].add(Count {
            files: 1,
            lines: text.lines().count(),
        });
    }
    Ok(counts)
}
