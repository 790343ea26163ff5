// Statements in front of a `server`.

#[allow(unused_imports)]
use crate::server::*;
#[allow(unused_imports)]
use async_drop_utils::*;

async fn scenario() -> Result<(), Error> {
    #[allow(unused_variables)]
    let server = Server::default();
    block!();
    Ok(())
}
