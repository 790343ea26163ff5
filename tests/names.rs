//! Holds the chapters to the library's names: helpers.md names every public item, and no chapter names one that does not exist.

use std::path::Path;

use async_drop_corpus::checks::{Library, check_names};
use async_drop_corpus::read_pages;

#[test]
fn helpers_name_every_public_item_and_chapters_only_items_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let checked = Library::read(root, &["crates/utils/src"]).and_then(|library| {
        let module = "crates/utils/src/async_drop/mod.rs";
        check_names(&read_pages(root)?, "helpers.md", &library, root, module)
    });
    if let Err(errors) = checked {
        panic!("\n{errors}");
    }
}
