//! What is reported of the end of a program.

use super::super::guard::contained;
use super::super::guard::report::TARGET;
use super::super::handover::DrainReport;

/// Reports what a drain has said when a panic takes the place of what it would be returned with.
pub(super) fn unclean_behind_panic(report: &DrainReport) {
    contained(
        || tracing::error!(target: TARGET, %report, "work panicked, and not all is cleaned up behind it"),
    );
}

#[cfg(feature = "signal")]
pub(super) fn signal_not_caught(reason: super::stop_reason::StopReason, error: &std::io::Error) {
    contained(
        || tracing::error!(target: TARGET, signal = ?reason, %error, "signal cannot be caught"),
    );
}
