use async_drop_layout::{Workspace, check_picture};
use tempfile::TempDir;

use crate::planted::{manifest, repository};

/// A workspace in which `app` is built of `core`, and the tests of both need `kit`.
fn workspace() -> (TempDir, Workspace) {
    let with = |name, dependencies: &str| format!("{}{dependencies}", manifest(name));
    let root = "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"3\"\n";
    let app = "description = \"Runs\"\n[dependencies]\nthe-core = { path = \"../core\" }\n[dev-dependencies]\nthe-kit = { path = \"../kit\" }\n";
    let core = "[dev-dependencies]\nthe-kit = { path = \"../kit\" }\n";
    let kit = "[build-dependencies]\nthe-core = { path = \"../core\" }\n[dev-dependencies]\nthe-core = { path = \"../core\" }\n";
    let folder = repository(&[
        ("Cargo.toml", root),
        ("crates/app/Cargo.toml", &with("the-app", app)),
        ("crates/app/src/lib.rs", ""),
        ("crates/core/Cargo.toml", &with("the-core", core)),
        ("crates/core/src/lib.rs", ""),
        ("crates/kit/Cargo.toml", &with("the-kit", kit)),
        ("crates/kit/src/lib.rs", ""),
    ]);
    let workspace = Workspace::read(folder.path()).unwrap();
    (folder, workspace)
}

/// What is wrong with a picture of these lines, the first of which is line 6.
fn wrong(lines: &[&str]) -> Vec<String> {
    let (_folder, workspace) = workspace();
    let text = format!(
        "# Guide\n\n## The crates\n\n```text\n{}\n```\n\n## Else\n",
        lines.join("\n")
    );
    check_picture("GUIDE.md", &text, &workspace)
}

const APP: &str = "app   the program   → core ⇢ kit";
const KIT: &str = "kit   for tests     → core";
const CORE: &str = "core  what it does  ⇢ kit";

#[test]
fn a_true_picture_passes() {
    assert_eq!(wrong(&[APP, KIT, CORE]), [""; 0]);
}

#[test]
fn a_missing_crate_is_told_with_the_line_to_write() {
    assert_eq!(
        wrong(&[KIT, CORE]),
        [
            "GUIDE.md:7: no line above this one for the crate `app`; write:\napp   Runs          → core ⇢ kit"
        ]
    );
}

#[test]
fn a_crate_that_is_gone_and_a_second_line_are_told() {
    assert_eq!(
        wrong(&[APP, "hall  → core", KIT, CORE, CORE]),
        [
            "GUIDE.md:7: Cargo knows no crate `hall`; remove the line",
            "GUIDE.md:10: a second line for the crate `core`"
        ]
    );
}

#[test]
fn a_missing_arrow_a_surplus_one_and_one_of_the_wrong_kind_are_told_with_the_line_to_write() {
    for false_line in [
        "app   the program   ⇢ kit",
        "app   the program   → core, kit",
        "app   the program   ⇢ core, kit",
    ] {
        let arrows = &false_line[false_line.find(['→', '⇢']).unwrap()..];
        assert_eq!(
            wrong(&[false_line, KIT, CORE]),
            [format!(
                "GUIDE.md:6: says `app {arrows}`, Cargo says `app → core ⇢ kit`; write:\n{APP}"
            )]
        );
    }
}

#[test]
fn an_arrow_that_points_up_is_told_unless_tests_alone_need_it() {
    assert_eq!(
        wrong(&[KIT, CORE, APP]),
        ["GUIDE.md:8: the arrow from `app` to `core` points up to line 7; move it above that line"]
    );
}

#[test]
fn a_guide_without_a_picture_fails() {
    let (_folder, workspace) = workspace();
    for text in [
        "# Guide\n",
        "## The crates\n\nWords.\n\n## Else\n\n```text\napp\n```\n",
    ] {
        let wrong = check_picture("GUIDE.md", text, &workspace);
        assert_eq!(
            wrong,
            ["GUIDE.md: no fence stands under the heading `## The crates`"]
        );
    }
}
