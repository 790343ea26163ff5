//! Packages, their features, and what they depend on.

use std::collections::{BTreeMap, BTreeSet};

use async_drop_corpus::Error;

use super::files::{Files, toml};
use super::item::Place;

/// The manifests of the workspace's packages, and of those that stand apart.
#[derive(Debug)]
pub(super) struct Manifests(Vec<Manifest>);

#[derive(Debug)]
struct Manifest {
    /// Relative to the root; `""` for the root's own package.
    folder: String,
    name: Option<String>,
    /// Whether the workspace leaves it out.
    is_apart: bool,
    features: BTreeMap<String, Place>,
    /// The features that are on by default.
    default: BTreeSet<String>,
    dependencies: Vec<Dependency>,
}

/// A dependency, as a manifest or a text shows it.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) path: Option<String>,
    pub(crate) features: Vec<String>,
}

impl Manifests {
    pub(super) fn read(files: &Files) -> Result<Self, Error> {
        let root = toml("Cargo.toml", files.get("Cargo.toml").unwrap_or_default())?;
        let excluded = root
            .get("workspace")
            .and_then(|workspace| workspace.get("exclude")?.as_array());
        let excluded: Vec<String> = texts(excluded.into_iter().flatten());
        let mut manifests = Vec::new();
        for (file, text) in files.below("", "Cargo.toml") {
            let folder = file.trim_end_matches("Cargo.toml").trim_end_matches('/');
            let is_apart = excluded.iter().any(|excluded| excluded == folder);
            manifests.push(Manifest::read(file, folder, is_apart, text)?);
        }
        Ok(Self(manifests))
    }

    /// The name of the package in `folder`.
    pub(super) fn name_of(&self, folder: &str) -> Option<&str> {
        let found = self.0.iter().find(|manifest| manifest.folder == folder);
        found?.name.as_deref()
    }

    /// The folder of the package `name`.
    pub(super) fn folder_of(&self, name: &str) -> Option<&str> {
        self.package(name).map(|manifest| manifest.folder.as_str())
    }

    fn package(&self, name: &str) -> Option<&Manifest> {
        let mut manifests = self.0.iter();
        manifests.find(|manifest| manifest.name.as_deref() == Some(name))
    }

    /// Whether `name` is a package of the project, or one that a manifest of it depends on.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.package(name).is_some() || self.dependencies_on(name).next().is_some()
    }

    fn dependencies_on(&self, name: &str) -> impl Iterator<Item = &Dependency> {
        let all = self.0.iter().flat_map(|manifest| &manifest.dependencies);
        all.filter(move |dependency| dependency.name == name)
    }

    /// Whether package `name` has the feature: its own manifest says so, or one that depends on it asks for it.
    pub(super) fn shows_feature(&self, name: &str, feature: &str) -> bool {
        match self.package(name) {
            Some(own) => own.features.contains_key(feature) || feature == "default",
            None => self
                .dependencies_on(name)
                .any(|dependency| dependency.features.iter().any(|asked| asked == feature)),
        }
    }

    /// The features of package `name`.
    pub(super) fn features(&self, name: &str) -> impl Iterator<Item = (&str, &Place)> {
        let features = self.package(name).into_iter();
        features
            .flat_map(|manifest| &manifest.features)
            .map(|(name, place)| (name.as_str(), place))
    }

    pub(super) fn is_default(&self, name: &str, feature: &str) -> bool {
        self.package(name)
            .is_some_and(|manifest| manifest.default.contains(feature))
    }

    /// The crates that a manifest of the workspace depends on, and those that come with Rust, as code names them.
    ///
    /// What stands apart compares with other crates, which are not spoken of.
    pub(super) fn crates(&self) -> BTreeSet<String> {
        let with_rust = ["std", "core", "alloc"].map(str::to_owned);
        self.0
            .iter()
            .filter(|manifest| !manifest.is_apart)
            .flat_map(|manifest| &manifest.dependencies)
            .map(|dependency| dependency.name.replace('-', "_"))
            .chain(with_rust)
            .collect()
    }
}

impl Manifest {
    fn read(file: &str, folder: &str, is_apart: bool, text: &str) -> Result<Self, Error> {
        let parsed = toml(file, text)?;
        let name = parsed
            .get("package")
            .and_then(|package| package.get("name")?.as_str());
        let mut manifest = Self {
            folder: folder.to_owned(),
            name: name.map(str::to_owned),
            is_apart,
            features: BTreeMap::new(),
            default: BTreeSet::new(),
            dependencies: dependencies(&parsed),
        };
        let features = parsed.get("features").and_then(toml::Value::as_table);
        for (name, value) in features.into_iter().flatten() {
            if name == "default" {
                manifest.default = texts(value.as_array().into_iter().flatten());
                continue;
            }
            let is_its = |line: &str| line.trim_start().starts_with(&format!("{name} ="));
            let place = Place {
                file: file.to_owned(),
                line: text.lines().position(is_its).map_or(1, |index| index + 1),
            };
            manifest.features.insert(name.clone(), place);
        }
        Ok(manifest)
    }
}

/// The dependencies of every kind in a manifest, or in a part of one.
pub(crate) fn dependencies(manifest: &toml::Table) -> Vec<Dependency> {
    const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
    let own = KINDS.into_iter().filter_map(|kind| manifest.get(kind));
    let targets = manifest
        .get("target")
        .and_then(toml::Value::as_table)
        .into_iter()
        .flat_map(|targets| targets.values())
        .flat_map(|target| KINDS.into_iter().filter_map(|kind| target.get(kind)));
    own.chain(targets)
        .filter_map(toml::Value::as_table)
        .flatten()
        .map(|(name, value)| {
            let features = value.get("features").and_then(toml::Value::as_array);
            let path = value.get("path").and_then(toml::Value::as_str);
            Dependency {
                name: name.clone(),
                path: path.map(str::to_owned),
                features: texts(features.into_iter().flatten()),
            }
        })
        .collect()
}

fn texts<'a, C: FromIterator<String>>(values: impl Iterator<Item = &'a toml::Value>) -> C {
    values
        .filter_map(|value| Some(value.as_str()?.to_owned()))
        .collect()
}
