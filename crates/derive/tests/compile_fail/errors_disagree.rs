use async_drop_utils::{AsyncDrop, AsyncDropGuard};

#[derive(Debug)]
struct File;

#[async_trait::async_trait]
impl AsyncDrop for File {
    type Error = std::io::Error;

    async fn async_drop_impl(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

#[derive(Debug)]
struct Text;

#[async_trait::async_trait]
impl AsyncDrop for Text {
    type Error = std::fmt::Error;

    async fn async_drop_impl(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

#[derive(Debug, AsyncDrop)]
struct Both {
    file: AsyncDropGuard<File>,
    texts: Vec<AsyncDropGuard<Text>>,
}

#[derive(Debug, AsyncDrop)]
#[async_drop(concurrent)]
enum Either {
    File(AsyncDropGuard<File>),
    Text(AsyncDropGuard<Text>),
}

fn main() {}
