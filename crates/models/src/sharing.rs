//! What the models run of the library's room `sharing`.

#[allow(dead_code, reason = "the models use a part of it")]
#[path = "../../utils/src/async_drop/sharing/driven.rs"]
pub(crate) mod driven;
#[path = "../../utils/src/async_drop/sharing/last_owner.rs"]
pub(crate) mod last_owner;
