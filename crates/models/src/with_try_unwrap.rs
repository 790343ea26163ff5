//! The library's `last_owner` over an `Arc` whose `into_inner` is `try_unwrap`, as it could well be written.

mod sync;

#[path = "../../utils/src/async_drop/sharing"]
mod sharing {
    #[allow(clippy::duplicate_mod, reason = "over another `Arc` it is other code")]
    pub(crate) mod last_owner;
}

pub(crate) use sharing::last_owner::last_owner;
pub(crate) use sync::Arc;
