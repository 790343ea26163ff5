// A test file of a project that depends on `async-drop-utils` with the feature `testing`.

use std::io;

#[allow(unused_imports)]
use async_drop_utils::testing::{Entry, Explorer, Ledger, fallible};
#[allow(unused_imports)]
use async_drop_utils::*;
#[allow(unused_imports)]
use async_trait::async_trait;

block!();

// What the block's test does, with the corpus as the one that explores.
async fn scenario() -> io::Result<()> {
    code_under_test().await
}
