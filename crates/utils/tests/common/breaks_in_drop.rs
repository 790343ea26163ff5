//! A value that fails twice.

use async_drop_utils::AsyncDrop;

use super::common::ProbeError;

/// Its cleanup fails, and then its `Drop` panics.
#[derive(Debug)]
pub struct BreaksInDrop;

#[async_trait::async_trait]
impl AsyncDrop for BreaksInDrop {
    type Error = ProbeError;

    async fn async_drop_impl(&mut self) -> Result<(), ProbeError> {
        Err(ProbeError("the cleanup"))
    }
}

impl Drop for BreaksInDrop {
    fn drop(&mut self) {
        panic!("the drop breaks");
    }
}
