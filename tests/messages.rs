//! Holds the messages and error codes that prose quotes to the library and to the recorded diagnostics.

use std::path::Path;

use async_drop_corpus::checks::check_messages;
use async_drop_corpus::read_pages;

#[test]
fn quoted_messages_and_error_codes_are_said_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let checked = read_pages(root).and_then(|chapters| {
        check_messages(&chapters, root, "crates/utils/src", "tests/compile_fail")
    });
    if let Err(errors) = checked {
        panic!("\n{errors}");
    }
}
