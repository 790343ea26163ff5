//! Lists the files that the command carries, as `include_bytes!` entries for `src/payload.rs`.
//!
//! Whatever a chapter links to must be listed here, because an installed copy has nothing else.

use std::collections::BTreeSet;
use std::path::Path;
use std::{fs, io};

/// Files at the top of the repository.
const FILES: [&str; 6] = [
    "SKILL.md",
    "patterns.md",
    "gotchas.md",
    "helpers.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
];

/// Crates that a project adds by path; their manifests and sources are carried, their tests and benches are not.
const CRATES: [&str; 2] = ["crates/derive", "crates/utils"];

/// Writes `payload.rs` into the folder `out`, sorted by path.
///
/// # Errors
///
/// Names the file that cannot be carried, because a command that lacks a chapter must not be built.
pub fn generate(root: &Path, out: &Path) -> Result<(), String> {
    let mut paths: BTreeSet<String> = FILES.iter().map(ToString::to_string).collect();
    for folder in CRATES {
        paths.insert(format!("{folder}/Cargo.toml"));
    }
    for path in &paths {
        println!("cargo::rerun-if-changed={path}");
    }
    for folder in CRATES {
        // Cargo looks at everything below a folder.
        println!("cargo::rerun-if-changed={folder}/src");
        collect(root, &format!("{folder}/src"), &mut paths)?;
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
