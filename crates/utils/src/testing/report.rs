use std::fmt::{self, Display};

/// What a scenario survived: how many runs, faults and cancellations an exploration that found nothing made.
///
/// Check the counts: a scenario without a fallible operation survives 0 faults, and that proves nothing.
/// Its `Display` reads `survives 7 faults and 5 cancellations`.
///
/// # Example
///
/// ```
/// use async_drop_utils::testing::{Explorer, fallible};
///
/// let report = Explorer::new().failures(async || fallible("fetch").await).unwrap();
/// assert_eq!((report.faults(), report.cancellations()), (1, 0));
/// assert_eq!(report.runs(), 3); // one without a fault, one that failed `fetch`, one that found nothing more to fail
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub(super) runs: usize,
    pub(super) faults: usize,
    pub(super) cancellations: usize,
}

impl Report {
    /// How often the scenario ran, the runs included in which nothing was injected.
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// How many faults were injected, each in a run of its own.
    pub fn faults(&self) -> usize {
        self.faults
    }

    /// At how many awaits the scenario was cancelled, each in a run of its own.
    pub fn cancellations(&self) -> usize {
        self.cancellations
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count| if count == 1 { "" } else { "s" };
        let (faults, cancellations) = (self.faults, self.cancellations);
        write!(
            f,
            "survives {faults} fault{} and {cancellations} cancellation{}",
            plural(faults),
            plural(cancellations),
        )
    }
}
