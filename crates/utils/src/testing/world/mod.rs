//! What the code under test meets: operations that fail, a far side that goes on by itself, tasks that are aborted.

mod fault;
mod operation;
mod order;
mod peer;
mod plan;
mod record;
mod restartable;
mod spawn;
mod this_world;

pub use fault::InjectedFault;
pub(super) use fault::{Fault, SILENCE};
pub use operation::{fallible, fault_point};
pub use peer::{Peer, request};
pub(super) use plan::{Await, End, Injection, Moment, Plan};
pub(super) use record::{Operation, Record};
pub use restartable::restartable;
pub use spawn::{Abortable, abortable, spawn};
pub(super) use this_world::World;
