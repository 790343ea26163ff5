// A type `Session` with `open` and `greet`.

use async_drop_fixtures::{Error, Socket};
use async_drop_utils::*;

block!();

async fn scenario() -> Result<(), Error> {
    let session = Session::open("peer").await?;
    with_async_drop!(session, { session.greet().await })
}
