//! The value that every row cleans up, as each crate wants it.

use std::convert::Infallible;
use std::hint::black_box;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;

/// A value whose cleanup does nothing that could be optimised away.
///
/// Each row has a type of its own. Otherwise the code of one crate, which four rows use, would be inlined less than that of another.
#[derive(Debug, Default)]
pub struct RowResource<const ROW: usize>(u64);

/// The type of rows that compare with themselves only.
pub type Resource = RowResource<0>;

impl<const ROW: usize> RowResource<ROW> {
    /// Makes a value that the optimiser knows nothing about.
    pub fn open() -> Self {
        Self(black_box(7))
    }

    /// The cleanup of all rows.
    ///
    /// # Errors
    ///
    /// Never.
    pub async fn close(&mut self) -> Result<(), Infallible> {
        self.touch();
        Ok(())
    }

    /// Called by every cleanup without a further future between.
    fn touch(&mut self) {
        black_box(&mut self.0);
    }
}

/// The unit of all ratios: the cleanup as one boxed future.
pub fn boxed_close<const ROW: usize>(
    resource: &mut RowResource<ROW>,
) -> Pin<Box<dyn Future<Output = Result<(), Infallible>> + Send + '_>> {
    Box::pin(async move {
        resource.touch();
        Ok(())
    })
}

#[async_trait]
impl<const ROW: usize> async_drop_utils::AsyncDrop for RowResource<ROW> {
    type Error = Infallible;

    async fn async_drop_impl(&mut self) -> Result<(), Infallible> {
        self.touch();
        Ok(())
    }
}

#[async_trait]
impl<const ROW: usize> async_drop_guard::AsyncDrop for RowResource<ROW> {
    type Error = Infallible;

    async fn async_drop_impl(&mut self) -> Result<(), Infallible> {
        self.touch();
        Ok(())
    }
}

#[async_trait]
impl<const ROW: usize> async_dropper::AsyncDrop for RowResource<ROW> {
    async fn async_drop(&mut self) {
        self.touch();
    }
}

/// How many cleanups of `async-dropx` have ended: it offers no way to await them.
pub static ENDED: AtomicU64 = AtomicU64::new(0);

impl<const ROW: usize> async_dropx::AsyncDrop for RowResource<ROW> {
    type Dropper = Pin<Box<dyn Future<Output = ()> + Send>>;

    fn async_drop(mut self) -> Self::Dropper {
        Box::pin(async move {
            self.touch();
            ENDED.fetch_add(1, Ordering::Relaxed);
        })
    }
}

/// The value as `tokio-async-drop` wants it: its own `Drop` blocks on the cleanup.
#[derive(Debug)]
pub struct BlocksInDrop(pub Resource);

impl Drop for BlocksInDrop {
    fn drop(&mut self) {
        tokio_async_drop::tokio_async_drop!({
            self.0.touch();
        });
    }
}
