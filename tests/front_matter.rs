//! Holds SKILL.md to the Agent Skills specification, and to what an agent can be asked to read.

use std::path::Path;

use async_drop_corpus::checks::check_front_matter;
use async_drop_corpus::read_pages;

#[test]
fn the_skill_satisfies_the_specification() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let checked = read_pages(root).and_then(|chapters| {
        // SKILL.md is the first chapter; the folder is the one that the skill is installed in.
        check_front_matter(&chapters[0], "async-drop")
    });
    if let Err(errors) = checked {
        panic!("\n{errors}");
    }
}
