//! Dependencies as the texts show them: packages, features, paths.

use std::path::Path;

use async_drop_corpus::Error;

use super::places::Places;
use crate::code::files::{folders, manifest, tables};

/// What is wrong with the dependencies in `text`, which is TOML, each with its line counted from 0.
pub(crate) fn wrong(root: &Path, page: &str, text: &str, places: &Places) -> Vec<(usize, String)> {
    let parsed: toml::Table = match text.parse() {
        Ok(parsed) => parsed,
        Err(error) => return vec![(0, format!("not TOML: {}", error.message()))],
    };
    let mut wrong = Vec::new();
    for (name, value) in tables(&parsed) {
        let line = text
            .lines()
            .position(|line| line.starts_with(name))
            .unwrap_or_default();
        let mut say = |what| wrong.push((line, what));
        match package(root, name) {
            Ok(false) => say(format!("no manifest here depends on a package `{name}`")),
            Err(error) => say(error.to_string()),
            Ok(true) => {}
        }
        if let Some(path) = value.get("path").and_then(toml::Value::as_str)
            && path != "…"
        {
            let leads = format!("{path}/Cargo.toml");
            let what = places.wrong(root, page, &leads);
            what.into_iter().for_each(&mut say);
        }
        let features = value.get("features").and_then(toml::Value::as_array);
        for feature in features
            .into_iter()
            .flatten()
            .filter_map(toml::Value::as_str)
        {
            let what = wrong_feature(root, name, feature);
            what.into_iter().for_each(&mut say);
        }
    }
    wrong
}

/// Whether `name` is a package of the workspace, or one that a manifest of it depends on.
pub(crate) fn package(root: &Path, name: &str) -> Result<bool, Error> {
    for folder in folders(root)? {
        let manifest = manifest(root, &folder)?;
        if package_name(&manifest) == Some(name)
            || tables(&manifest)
                .iter()
                .any(|(dependency, _)| *dependency == name)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The folder of the workspace's package `name`.
pub(crate) fn folder_of(root: &Path, name: &str) -> Option<String> {
    folders(root).ok()?.into_iter().find(|folder| {
        manifest(root, folder).is_ok_and(|manifest| package_name(&manifest) == Some(name))
    })
}

/// What is wrong with the feature of package `name`: its own manifest has it, or one that depends on it asks for it.
pub(crate) fn wrong_feature(root: &Path, name: &str, feature: &str) -> Option<String> {
    let own = folder_of(root, name).and_then(|folder| manifest(root, &folder).ok());
    let has = match own {
        Some(own) => own
            .get("features")
            .is_some_and(|features| features.get(feature).is_some()),
        None => folders(root).ok()?.iter().any(|folder| {
            manifest(root, folder).is_ok_and(|manifest| {
                let asked = tables(&manifest).into_iter().filter(|(of, _)| *of == name);
                asked
                    .filter_map(|(_, value)| value.get("features")?.as_array())
                    .flatten()
                    .any(|asked| asked.as_str() == Some(feature))
            })
        }),
    };
    (!has).then(|| format!("`{name}` has no feature `{feature}` that anything here shows"))
}

fn package_name(manifest: &toml::Table) -> Option<&str> {
    manifest.get("package")?.get("name")?.as_str()
}
