// A client that asks over a socket, and the third time does not wait for the answer.

use std::time::Duration;

use async_drop_fixtures::{Error, Socket};
use async_drop_utils::*;
use async_trait::async_trait;
use tokio::time::timeout;

#[derive(Debug)]
struct Client {
    socket: Socket,
    #[allow(dead_code)]
    is_waiting: bool,
}

block!();

#[async_trait]
impl AsyncDrop for Client {
    type Error = Error;

    async fn async_drop_impl(&mut self) -> Result<(), Error> {
        self.socket.close().await
    }
}

async fn scenario() -> Result<(), Error> {
    let client = AsyncDropGuard::new_cancel_safe(Client {
        socket: Socket::connect("peer").await?,
        is_waiting: false,
    });
    with_async_drop!(client, {
        for question in ["first", "second"] {
            assert_eq!(client.ask(question).await?, question);
        }
        let asked = timeout(Duration::from_secs(5), client.ask("slow"));
        if let Ok(answered) = asked.await {
            answered?;
        }
        if let Ok(answer) = client.ask("next").await {
            assert_eq!(answer, "next", "the answer to what was asked next");
        }
        Ok(())
    })
}
