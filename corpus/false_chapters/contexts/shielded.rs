// Statements in front of a `server`, in a task that nobody aborts: nothing is cut off but by the block itself.

#[allow(unused_imports)]
use crate::server::*;
#[allow(unused_imports)]
use async_drop_utils::*;

async fn scenario() -> Result<(), Error> {
    let shielded = tokio::spawn(async {
        #[allow(unused_variables)]
        let server = Server::default();
        block!();
        Ok(())
    });
    shielded.await?
}
