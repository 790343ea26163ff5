use std::io::{self, Write};
use std::process::{ExitCode, Termination};

use super::super::handover::DrainReport;
use super::stop_reason::StopReason;

/// How a program has ended: [`run_to_end`](crate::run_until) gives it.
///
/// `main` can return it, where `main` can return what the work gives: it is a [`Termination`], see [`exit_code`](Self::exit_code).
#[derive(Debug)]
#[must_use = "it holds the work's result, and says which cleanups failed or were still running"]
pub struct Ended<R> {
    /// What the work gave; `None` when it was dropped before its end.
    pub result: Option<R>,
    /// How the cleanups have ended, and which have not.
    pub report: DrainReport,
    /// What asked the program to stop first, if anything did, be it that the work had ended already.
    pub stopped_by: Option<StopReason>,
    /// The wait for work and cleanups was ended before its time: by a second signal.
    pub is_cut_short: bool,
}

impl<R: Termination> Ended<R> {
    /// What `main` ends with; says on the standard error why it is no success.
    ///
    /// 1 when the report is not clean. Else what the work's result ends with; for work that was dropped before its end,
    /// [`StopReason::exit_code`], which is 130 after ctrl-c and 143 after SIGTERM.
    #[must_use]
    pub fn exit_code(self) -> ExitCode {
        let code = match self.result {
            Some(result) => result.report(),
            None => ExitCode::from(self.stopped_by.map_or(0, StopReason::exit_code)),
        };
        if self.report.is_clean() {
            return code;
        }
        // A closed standard error is no reason to panic.
        let _ = writeln!(io::stderr(), "{}", self.report);
        ExitCode::FAILURE
    }
}

impl<R: Termination> Termination for Ended<R> {
    fn report(self) -> ExitCode {
        self.exit_code()
    }
}
