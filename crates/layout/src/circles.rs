use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context, Result};
use petgraph::algo::{greedy_feedback_arc_set, tarjan_scc};
use petgraph::graph::{DiGraph, NodeIndex};

use crate::imports::{self, Import};
use crate::workspace::{Package, Workspace};

/// Who imports whom in the repository, and the circles in that.
#[derive(Debug)]
pub struct Circles {
    /// Pairs of files of which one imports the other.
    pub pairs: usize,
    /// The fewest of these pairs found without which there is no circle of files.
    pub files_upward: usize,
    /// The circles of files.
    pub files: Vec<Circle>,
    /// Pairs of entries of one folder of which one imports the other.
    pub entry_pairs: usize,
    /// The fewest of these pairs found without which there is no circle in any folder.
    pub entries_upward: usize,
    /// The circles of entries of one folder that no circle of their files explains.
    pub folders: Vec<Circle>,
}

/// Files, or entries of a folder, that import each other.
#[derive(Debug)]
pub struct Circle {
    /// What they are, such as "files".
    kind: String,
    /// The files or entries, from the repository's folder.
    pub members: Vec<PathBuf>,
    /// The imports among them.
    pub imports: Vec<Import>,
}

impl Circles {
    /// Reads every file of the repository's targets.
    ///
    /// # Errors
    ///
    /// If a file is missing or is no Rust.
    pub fn find(workspace: &Workspace) -> Result<Self> {
        let mut all = BTreeSet::new();
        let mut folders: BTreeMap<PathBuf, Imports> = BTreeMap::new();
        for package in workspace.packages.values() {
            for target in &package.targets {
                let found = imports::read(target)
                    .with_context(|| format!("cannot read the target {}", target.display()))?;
                for import in found {
                    let import = called_from(workspace, import);
                    if let Some((folder, pair)) = entries(workspace, package, target, &import) {
                        folders
                            .entry(folder)
                            .or_default()
                            .insert((pair, import.clone()));
                    }
                    all.insert(import);
                }
            }
        }
        let files = all
            .into_iter()
            .map(|import| ((import.from.to_path_buf(), import.to.to_path_buf()), import))
            .collect();
        let graph = Graph::new(&files);
        let mut circles = Self {
            pairs: graph.arrows(),
            files_upward: graph.upward(),
            files: graph.circles(&files, "files"),
            entry_pairs: 0,
            entries_upward: 0,
            folders: Vec::new(),
        };
        for (folder, imports) in &folders {
            let graph = Graph::new(imports);
            circles.entry_pairs += graph.arrows();
            circles.entries_upward += graph.upward();
            let kind = format!("entries of {}", folder.display());
            let files_alone = |circle: &Circle| {
                circles.files.iter().any(|files| {
                    circle
                        .members
                        .iter()
                        .all(|member| files.members.contains(member))
                })
            };
            let found: Vec<Circle> = graph.circles(imports, &kind);
            let found = found
                .into_iter()
                .filter(|circle| !files_alone(circle))
                .collect::<Vec<_>>();
            circles.folders.extend(found);
        }
        Ok(circles)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.folders.is_empty()
    }
}

impl Display for Circles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self
            .files
            .iter()
            .chain(&self.folders)
            .map(Circle::to_string)
            .collect();
        f.write_str(&all.join("\n"))
    }
}

impl Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members: Vec<_> = self
            .members
            .iter()
            .map(|member| member.display().to_string())
            .collect();
        writeln!(
            f,
            "{} {} import each other: {}",
            members.len(),
            self.kind,
            members.join(", ")
        )?;
        let mut lines: BTreeMap<_, Vec<String>> = BTreeMap::new();
        for import in &self.imports {
            let line = (&import.from, import.line, &import.to);
            lines
                .entry(line)
                .or_default()
                .push(format!("`{}`", import.name));
        }
        for ((from, line, to), names) in lines {
            writeln!(
                f,
                "  {}:{line} imports {} from {}",
                from.display(),
                names.join(", "),
                to.display()
            )?;
        }
        Ok(())
    }
}

/// Imports, each with the two ends of the arrow that it makes.
type Imports = BTreeSet<((PathBuf, PathBuf), Import)>;

fn called_from(workspace: &Workspace, import: Import) -> Import {
    let relative = |path: &Rc<Path>| Rc::from(workspace.relative(path));
    Import {
        from: relative(&import.from),
        to: relative(&import.to),
        ..import
    }
}

/// The folder in which the import leads from one entry to another, and these two.
fn entries(
    workspace: &Workspace,
    package: &Package,
    target: &Path,
    import: &Import,
) -> Option<(PathBuf, (PathBuf, PathBuf))> {
    let base = workspace.relative(target.parent()?);
    let mut from = import.from.strip_prefix(base).ok()?.components();
    let mut to = import.to.strip_prefix(base).ok()?.components();
    let mut folder = base.to_owned();
    loop {
        let entry = folder.join(from.next()?);
        let other = folder.join(to.next()?);
        let faces = |entry: &Path| {
            entry.ends_with("mod.rs") || package.targets.contains(&workspace.root.join(entry))
        };
        if faces(&entry) || faces(&other) {
            return None;
        }
        let (entry, other) = (room(workspace, entry), room(workspace, other));
        if entry != other {
            return Some((folder, (entry, other)));
        }
        folder = entry;
    }
}

/// The folder that a file is the face of, or the entry itself.
fn room(workspace: &Workspace, entry: PathBuf) -> PathBuf {
    let folder = entry.with_extension("");
    if workspace.root.join(&folder).is_dir() {
        folder
    } else {
        entry
    }
}

struct Graph<'a> {
    graph: DiGraph<&'a Path, ()>,
}

impl<'a> Graph<'a> {
    fn new(imports: &'a Imports) -> Self {
        let mut graph = DiGraph::new();
        let mut nodes: BTreeMap<&Path, NodeIndex> = BTreeMap::new();
        for ((from, to), _) in imports {
            let [from, to] = [from, to].map(|end| {
                *nodes
                    .entry(end)
                    .or_insert_with(|| graph.add_node(end.as_path()))
            });
            graph.update_edge(from, to, ());
        }
        Self { graph }
    }

    fn arrows(&self) -> usize {
        self.graph.edge_count()
    }

    /// The fewest arrows found without which there is no circle.
    fn upward(&self) -> usize {
        greedy_feedback_arc_set(&self.graph).count()
    }

    fn circles(&self, imports: &Imports, kind: &str) -> Vec<Circle> {
        let mut circles: Vec<Circle> = tarjan_scc(&self.graph)
            .into_iter()
            .filter(|nodes| nodes.len() > 1)
            .map(|nodes| {
                let members: BTreeSet<&Path> =
                    nodes.into_iter().map(|node| self.graph[node]).collect();
                let inside = |end: &PathBuf| members.contains(end.as_path());
                Circle {
                    kind: kind.to_owned(),
                    imports: imports
                        .iter()
                        .filter(|((from, to), _)| inside(from) && inside(to))
                        .map(|(_, import)| import.clone())
                        .collect(),
                    members: members.into_iter().map(Path::to_owned).collect(),
                }
            })
            .collect();
        circles.sort_by(|a, b| a.members.cmp(&b.members));
        circles
    }
}
