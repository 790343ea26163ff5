// A whole program with its own imports and its own `main`, which is not called: the explorer has to own the runtime.

mod program {
    use tokio::net::TcpListener;

    block!();

    pub async fn greet_a_listener() -> io::Result<()> {
        let _is_there: fn() -> _ = main;
        let server = TcpListener::bind("127.0.0.1:0").await?;
        greet(server.local_addr()?).await
    }
}

async fn scenario() -> std::io::Result<()> {
    program::greet_a_listener().await
}
