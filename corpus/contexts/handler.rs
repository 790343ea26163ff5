// A request handler, which a server calls.

use async_drop_fixtures::{Connection, Error};
#[allow(unused_imports)]
use async_drop_utils::*;

block!();

async fn scenario() -> Result<(), Error> {
    let page = handler("users").await?;
    assert_eq!(page, "1 rows");
    Ok(())
}
