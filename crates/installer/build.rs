//! Lists the files that the command carries, as `include_bytes!` entries for `src/payload.rs`. It reads none of them: a chapter with a
//! mistake is installed as it is.
//!
//! Whatever a chapter links to must be listed here, because an installed copy has nothing else.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

/// Files at the top of the repository.
const FILES: [&str; 6] = [
    "SKILL.md",
    "patterns.md",
    "gotchas.md",
    "helpers.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
];

/// The folder of the chapters that are about one resource each.
const RECIPES: [&str; 1] = ["recipes"];

/// The folder of their programs, whose sources are carried, their manifests and tests are not.
const PROGRAMS: [&str; 1] = ["examples"];

/// Crates that a project adds by path; their manifests and sources are carried, their tests and benches are not.
const CRATES: [&str; 2] = ["crates/derive", "crates/utils"];

fn main() -> ExitCode {
    match generate() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("cargo::error={error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes the list, sorted by path; fails for a file that cannot be carried, because a command that lacks a chapter must not be built.
fn generate() -> Result<(), String> {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let root = package
        .ancestors()
        .nth(2)
        .expect("the package lies in crates/");
    println!("cargo::rerun-if-changed=build.rs");
    let mut paths: BTreeSet<String> = FILES.iter().map(ToString::to_string).collect();
    for folder in CRATES {
        paths.insert(format!("{folder}/Cargo.toml"));
    }
    for path in &paths {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
    }
    let mut folders = RECIPES.map(str::to_owned).to_vec();
    folders.extend(CRATES.map(|folder| format!("{folder}/src")));
    folders.extend(programs(root)?);
    for sources in &folders {
        // Cargo looks at everything below a folder.
        println!("cargo::rerun-if-changed={}", root.join(sources).display());
        collect(root, sources, &mut paths)?;
    }

    let mut code = String::from("&[\n");
    for path in &paths {
        let source = root.join(path);
        if !source.is_file() {
            return Err(format!("{path} is to be installed, and is not there"));
        }
        code += &format!("    File {{ path: {path:?}, bytes: include_bytes!({source:?}) }},\n");
    }
    code += "]\n";
    let target = out.join("payload.rs");
    fs::write(&target, code).map_err(|error| format!("cannot write {}: {error}", target.display()))
}

/// The folders of the programs that the recipes show parts of, each of its recipe's name.
fn programs(root: &Path) -> Result<Vec<String>, String> {
    let [[recipes], [programs]] = [RECIPES, PROGRAMS];
    let mut chapters = BTreeSet::new();
    collect(root, recipes, &mut chapters)?;
    let sources = |chapter: &String| {
        let name = Path::new(chapter).file_stem()?.to_str()?;
        Some(format!("{programs}/{name}/src"))
    };
    Ok(chapters.iter().filter_map(sources).collect())
}

/// Adds every file below `folder` but hidden ones, which editors leave behind.
fn collect(root: &Path, folder: &str, paths: &mut BTreeSet<String>) -> Result<(), String> {
    let failed = |error: io::Error| format!("cannot read {folder}: {error}");
    for entry in fs::read_dir(root.join(folder)).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let name = name
            .to_str()
            .ok_or_else(|| format!("{name:?} in {folder} is not UTF-8"))?;
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{folder}/{name}");
        if entry.path().is_dir() {
            collect(root, &path, paths)?;
        } else {
            paths.insert(path);
        }
    }
    Ok(())
}
