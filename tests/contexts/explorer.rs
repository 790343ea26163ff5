// A test file of a project that depends on `async-drop-utils` with the feature `testing`.

#[allow(unused_imports)]
use std::io;

#[allow(unused_imports)]
use async_drop_utils::testing::{Entry, Explorer, Ledger, fallible};
#[allow(unused_imports)]
use async_drop_utils::*;
#[allow(unused_imports)]
use async_trait::async_trait;

block!();

fn scenario() {
    Explorer::new().all(code_under_test).unwrap();
}
