//! The trait's method is no plain `async fn`.

use async_drop_utils::AsyncDrop;

#[derive(Debug)]
struct Session;

impl AsyncDrop for Session {
    type Error = std::io::Error;

    async fn async_drop_impl(&mut self) -> Result<(), std::io::Error> {
        Ok(())
    }
}

fn main() {}
