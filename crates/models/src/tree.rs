//! What threads share in the library's room `tree`.

#[allow(dead_code, reason = "the models use a part of it")]
#[path = "../../utils/src/async_drop/tree/pending.rs"]
mod pending;
#[path = "../../utils/src/async_drop/tree/queue.rs"]
mod queue;

pub(crate) use pending::Pending;
pub(crate) use queue::Queue;
