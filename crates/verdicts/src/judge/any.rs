use std::fmt::{self, Debug};
use std::pin::Pin;

use async_drop_utils::testing::Outcome;

/// Any scenario: the explorer, and the runtime that it starts, are compiled once and not for each block.
pub(super) type Any<'a> = dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), Said>> + 'a>> + 'a;

/// What the scenario's error says.
pub(super) struct Said(String);

impl Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(super) fn any<'a, O: Outcome>(
    scenario: &'a impl AsyncFn() -> O,
) -> impl Fn() -> Pin<Box<dyn Future<Output = Result<(), Said>> + 'a>> + 'a {
    move || {
        Box::pin(async move {
            let error = scenario().await.into_error();
            error.map_or(Ok(()), |said| Err(Said(said)))
        })
    }
}
