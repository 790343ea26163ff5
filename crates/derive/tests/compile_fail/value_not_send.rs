use std::rc::Rc;

use async_drop_utils::{AsyncDrop, AsyncDropGuard};

#[derive(Debug)]
struct Local(Rc<()>);

#[async_trait::async_trait]
impl AsyncDrop for Local {
    type Error = std::io::Error;

    async fn async_drop_impl(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

#[derive(Debug, AsyncDrop)]
struct Service {
    local: AsyncDropGuard<Local>,
}

fn main() {}
