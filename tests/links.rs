//! Holds every relative link and anchor of the repository's Markdown to a file and a heading.

use std::path::Path;

use async_drop_corpus::checks::{check_links, markdown_files};

#[test]
fn relative_links_and_anchors_resolve() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = markdown_files(root).expect("the repository can be listed");
    if let Err(errors) = check_links(root, &files) {
        panic!("\n{errors}");
    }
}
