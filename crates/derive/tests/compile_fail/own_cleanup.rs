use async_drop_utils::AsyncDrop;

#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::close)]
struct WithoutError;

#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::close, error = std::fmt::Error)]
struct NotThere;

#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::close, error = std::fmt::Error)]
struct NotAsync;

impl NotAsync {
    fn close(&mut self) -> std::fmt::Result {
        Ok(())
    }
}

#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::close, error = std::fmt::Error)]
struct OtherError;

impl OtherError {
    async fn close(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::close, error = std::fmt::Error)]
struct ByValue;

impl ByValue {
    async fn close(self) -> std::fmt::Result {
        Ok(())
    }
}

#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::close, error = std::fmt::Error)]
struct NotSend(std::rc::Rc<()>);

impl NotSend {
    async fn close(&mut self) -> std::fmt::Result {
        Ok(())
    }
}

fn main() {}
