//! The library's room `handover`, with a cleanup that stands for the library's own.

pub(crate) mod armed;
#[path = "../../utils/src/async_drop/handover/drain_report.rs"]
pub(crate) mod drain_report;
#[path = "../../utils/src/async_drop/handover/ends.rs"]
mod ends;
pub(crate) mod handed_over;
pub(crate) mod task;
#[allow(dead_code, reason = "the models use a part of it")]
#[allow(unexpected_cfgs, reason = "the feature `testing` is the library's")]
#[path = "../../utils/src/async_drop/handover/tracker.rs"]
pub(crate) mod tracker;
