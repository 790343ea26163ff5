//! Holds the repository itself to its layout.

use std::path::Path;

use async_drop_layout::{Circles, Workspace, check_minimums, check_picture};

fn workspace() -> Workspace {
    Workspace::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))).unwrap()
}

#[test]
fn no_two_files_and_no_two_folders_beside_each_other_import_each_other() {
    let circles = Circles::find(&workspace()).unwrap();
    assert!(
        circles.is_empty(),
        "\n{circles}\nMove what both need into a file that imports neither."
    );
    // What finds nothing to look at would find no circle either.
    assert!(circles.pairs > 500, "{} pairs", circles.pairs);
}

#[test]
fn the_picture_in_contributing_is_what_cargo_knows() {
    let workspace = workspace();
    let text = std::fs::read_to_string(workspace.root.join("CONTRIBUTING.md")).unwrap();
    let wrong = check_picture("CONTRIBUTING.md", &text, &workspace);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_manifests_allow_no_version_older_than_those_that_are_tested() {
    let wrong = check_minimums(&workspace().root).unwrap();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
