//! Holds every `signature` block to the item in the library.

use std::path::Path;

use async_drop_corpus::checks::{Library, check_signatures};
use async_drop_corpus::read_pages;

#[test]
fn signatures_equal_the_items_of_the_library() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let checked = Library::read(root, &["crates/utils/src"])
        .and_then(|library| check_signatures(&read_pages(root)?, &library));
    if let Err(errors) = checked {
        panic!("\n{errors}");
    }
}
