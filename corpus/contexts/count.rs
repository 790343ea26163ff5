// A function `count` that has nothing to count for an empty name.

use async_drop_fixtures::{Connection, Error};
use async_drop_utils::*;

block!();

async fn scenario() -> Result<(), Error> {
    assert_eq!(count("users").await?, 1);
    assert_eq!(count("").await?, 0, "rows of no table");
    Ok(())
}
