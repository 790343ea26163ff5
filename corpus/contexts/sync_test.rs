// Statements in a plain `#[test]` function.

use async_drop_fixtures::Connection;
use async_drop_utils::*;
use tokio::runtime::Runtime;

fn scenario() {
    let runtime = Runtime::new().unwrap();
    block!();
}
