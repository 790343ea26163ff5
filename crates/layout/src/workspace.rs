use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, MetadataCommand};

/// The repository's packages: members of the workspace, and those that it excludes.
#[derive(Debug)]
pub struct Workspace {
    /// The repository's folder.
    pub root: PathBuf,
    /// By their labels.
    pub packages: BTreeMap<String, Package>,
}

/// A package of the repository.
#[derive(Debug)]
pub struct Package {
    /// The folder that it stands in.
    pub folder: PathBuf,
    /// What its manifest says that it is for.
    pub description: String,
    /// The files that its targets begin with.
    pub targets: BTreeSet<PathBuf>,
    /// The labels of the packages of the repository that it names as dependencies.
    pub arrows: BTreeMap<String, Arrow>,
}

/// What a package needs another one for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arrow {
    /// Its tests alone need it.
    Tests,
    /// It is built of it.
    Builds,
}

impl Workspace {
    /// Asks Cargo for the packages of the repository in the folder `root`.
    ///
    /// # Errors
    ///
    /// If there is no workspace or package there, or a manifest cannot be read.
    pub fn read(root: &Path) -> Result<Self> {
        let root = root
            .canonicalize()
            .with_context(|| format!("cannot find the folder {}", root.display()))?;
        let manifest = root.join("Cargo.toml");
        let mut found = packages(&manifest)?;
        for excluded in excluded(&manifest)? {
            let manifest = root.join(excluded).join("Cargo.toml");
            if manifest.exists() {
                found.extend(packages(&manifest)?);
            }
        }
        let labels: BTreeMap<PathBuf, String> = found
            .iter()
            .filter_map(|package| {
                let folder = folder(package)?;
                let label = match folder.file_name() {
                    Some(name) if folder != root => name.to_string_lossy().into_owned(),
                    _ => package.name.clone(),
                };
                Some((folder, label))
            })
            .collect();
        let packages = found
            .iter()
            .filter_map(|package| {
                let folder = folder(package)?;
                let label = labels.get(&folder)?.clone();
                Some((label, self::package(package, folder, &labels)))
            })
            .collect();
        Ok(Self { root, packages })
    }

    /// A path as it is called from the repository's folder.
    pub fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }
}

fn packages(manifest: &Path) -> Result<Vec<cargo_metadata::Package>> {
    Ok(MetadataCommand::new()
        .manifest_path(manifest)
        .no_deps()
        .exec()
        .with_context(|| format!("cannot ask Cargo about {}", manifest.display()))?
        .packages)
}

/// The folders that the workspace leaves out, which Cargo does not tell.
fn excluded(manifest: &Path) -> Result<Vec<String>> {
    let failed = || format!("cannot read {}", manifest.display());
    let text = std::fs::read_to_string(manifest).with_context(failed)?;
    let table: toml::Table = text.parse().with_context(failed)?;
    let folders = table
        .get("workspace")
        .and_then(|workspace| workspace.get("exclude"))
        .and_then(toml::Value::as_array);
    Ok(folders
        .into_iter()
        .flatten()
        .filter_map(|folder| Some(folder.as_str()?.to_owned()))
        .collect())
}

fn folder(package: &cargo_metadata::Package) -> Option<PathBuf> {
    Some(package.manifest_path.parent()?.into())
}

fn package(
    package: &cargo_metadata::Package,
    folder: PathBuf,
    labels: &BTreeMap<PathBuf, String>,
) -> Package {
    let mut arrows = BTreeMap::new();
    for dependency in &package.dependencies {
        let to = dependency
            .path
            .as_ref()
            .and_then(|path| labels.get(path.as_std_path()));
        if let Some(to) = to {
            let arrow = match dependency.kind {
                DependencyKind::Development => Arrow::Tests,
                _ => Arrow::Builds,
            };
            let strongest = arrows.entry(to.clone()).or_insert(arrow);
            *strongest = arrow.max(*strongest);
        }
    }
    Package {
        folder,
        description: package.description.clone().unwrap_or_default(),
        targets: package
            .targets
            .iter()
            .map(|target| target.src_path.clone().into())
            .collect(),
        arrows,
    }
}
