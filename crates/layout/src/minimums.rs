use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, MetadataCommand};

/// The package whose lock file has the oldest versions, and which is tested with them.
const TRIED_WITH: &str = "crates/minimal-versions";

/// What promises to be built with them.
const PROMISED_BY: [&str; 2] = ["crates/utils", "crates/derive"];

/// Holds the oldest versions that the library's manifests allow to those that it is tested with, in the repository in the folder
/// `root`, and returns what differs, each with file and line.
///
/// # Errors
///
/// If a manifest or the lock file cannot be read.
pub fn check_minimums(root: &Path) -> Result<Vec<String>> {
    let lock = Path::new(TRIED_WITH).join("Cargo.lock");
    let locked = locked(&root.join(&lock))?;
    let mut wrong = Vec::new();
    for package in PROMISED_BY {
        let manifest = Path::new(package).join("Cargo.toml");
        let text = fs::read_to_string(root.join(&manifest))
            .with_context(|| format!("cannot read {}", manifest.display()))?;
        for (name, requirement) in requirements(&root.join(&manifest))? {
            let line = line_of(&text, &name);
            let place = format!("{}:{line}: {name}", manifest.display());
            let lock = lock.display();
            let Some(oldest) = oldest(&requirement) else {
                wrong.push(format!(
                    "{place} = \"{requirement}\" names no oldest version; write one"
                ));
                continue;
            };
            let all = locked.get(&name).into_iter().flatten();
            let tried: Vec<&str> = all
                .map(String::as_str)
                .filter(|version| major(version) == major(&oldest))
                .collect();
            if !tried.contains(&oldest.as_str()) {
                let tried = match &tried[..] {
                    [] => "none".to_owned(),
                    tried => tried.join(" and "),
                };
                wrong.push(format!(
                    "{place} = \"{requirement}\" allows {oldest}, and what is tested, in {lock}, is {tried}; \
                     write that, or have {oldest} in {TRIED_WITH}/Cargo.toml and run `cargo minimal-versions`"
                ));
            }
        }
    }
    Ok(wrong)
}

/// What a package is built of that comes from a registry, each with what it may be.
fn requirements(manifest: &Path) -> Result<Vec<(String, String)>> {
    let metadata = MetadataCommand::new()
        .manifest_path(manifest)
        .no_deps()
        .exec()
        .with_context(|| format!("cannot ask Cargo about {}", manifest.display()))?;
    let manifest = manifest.canonicalize()?;
    let package = metadata
        .packages
        .into_iter()
        .find(|package| package.manifest_path.as_std_path() == manifest);
    let dependencies = package.into_iter().flat_map(|package| package.dependencies);
    Ok(dependencies
        .filter(|dependency| {
            dependency.kind != DependencyKind::Development && dependency.path.is_none()
        })
        .map(|dependency| {
            let requirement = dependency.req.to_string();
            let written = requirement.trim_start_matches('^').to_owned();
            (dependency.name, written)
        })
        .collect())
}

/// The oldest version that `requirement` allows: `1.49.0` of `^1.49`.
fn oldest(requirement: &str) -> Option<String> {
    let bare = requirement
        .split(',')
        .next()?
        .trim_start_matches(['^', '~', '=', '>', ' ']);
    let mut parts: Vec<&str> = bare.split('.').collect();
    let is_version = parts.iter().all(|part| part.parse::<u64>().is_ok());
    parts.resize(3, "0");
    is_version.then(|| parts.join("."))
}

fn major(version: &str) -> Option<&str> {
    version.split('.').next()
}

/// The versions of each package in a lock file.
fn locked(file: &Path) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let failed = || format!("cannot read {}", file.display());
    let text = fs::read_to_string(file).with_context(failed)?;
    let table: toml::Table = text.parse().with_context(failed)?;
    let mut locked = BTreeMap::<_, BTreeSet<_>>::new();
    let packages = table.get("package").and_then(toml::Value::as_array);
    for package in packages.into_iter().flatten() {
        let word = |key: &str| Some(package.get(key)?.as_str()?.to_owned());
        if let (Some(name), Some(version)) = (word("name"), word("version")) {
            locked.entry(name).or_default().insert(version);
        }
    }
    Ok(locked)
}

/// Where a manifest says what `name` may be, counted from 1.
fn line_of(manifest: &str, name: &str) -> usize {
    let start = format!("{name} =");
    // A feature may have the same name.
    let place = (1..)
        .zip(manifest.lines())
        .skip_while(|(_, line)| *line != "[dependencies]")
        .find(|(_, line)| line.starts_with(&start));
    place.map_or(1, |(number, _)| number)
}
