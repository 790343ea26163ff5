//! The library's room `handover`, with a cleanup that stands for the library's own.

#[path = "../../utils/src/async_drop/handover/drain_report.rs"]
pub(crate) mod drain_report;
pub(crate) mod handed_over;
pub(crate) mod task;
#[allow(dead_code, reason = "the models use a part of it")]
#[allow(unexpected_cfgs, reason = "the feature `testing` is the library's")]
#[path = "../../utils/src/async_drop/handover/tracker.rs"]
pub(crate) mod tracker;
