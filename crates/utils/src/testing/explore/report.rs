use std::fmt::{self, Display};

/// What a scenario survived: how often an exploration that found nothing injected what, and what it left out.
///
/// Check the counts: a scenario without a fallible operation survives 0 faults, and that proves nothing.
/// Its `Display` reads `survives 7 faults and 5 cancellations`, followed by what else was injected: `, 12 pairs`.
///
/// # Example
///
/// ```
/// use async_drop_utils::testing::{Explorer, fallible};
///
/// let report = Explorer::new().failures(async || fallible("fetch").await).unwrap();
/// assert_eq!((report.faults(), report.cancellations()), (2, 0));
/// assert_eq!(report.runs(), 3); // one without a fault, one in which `fetch` fails, one in which it never answers
/// assert_eq!(report.never_cut(), ["fetch #1"]); // only `cancellations` cuts it off
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub(super) runs: usize,
    pub(super) faults: usize,
    pub(super) cancellations: usize,
    pub(super) cancelled_once_woken: usize,
    pub(super) hours: usize,
    pub(super) aborts: usize,
    pub(super) restarts: usize,
    pub(super) pairs: usize,
    pub(super) orders: usize,
    pub(super) endings: usize,
    pub(super) never_failed: Vec<String>,
    pub(super) never_cut: Vec<String>,
    pub(super) cut_short: Vec<String>,
}

impl Report {
    /// How often the scenario ran, the runs included in which nothing was injected.
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// How many faults were injected alone, each in a run of its own; an operation has a fault for each way in which it can go wrong.
    pub fn faults(&self) -> usize {
        self.faults
    }

    /// At how many awaits the scenario was cancelled, each in runs of their own.
    pub fn cancellations(&self) -> usize {
        self.cancellations
    }

    /// At how many awaits an hour passed before the scenario went on, each in a run of its own.
    pub fn hours(&self) -> usize {
        self.hours
    }

    /// How often a task of [`spawn`](super::super::spawn()) was aborted, each time in a run of its own.
    pub fn aborts(&self) -> usize {
        self.aborts
    }

    /// How often a future of [`restartable`](super::super::restartable()) was cut off and called again, each time in a run of its own.
    pub fn restarts(&self) -> usize {
        self.restarts
    }

    /// How many pairs were injected, each in a run of its own.
    pub fn pairs(&self) -> usize {
        self.pairs
    }

    /// In how many orders of its tasks the scenario ran.
    pub fn orders(&self) -> usize {
        self.orders
    }

    /// How often the runtime ended under the scenario, each time in a run of its own.
    pub fn endings(&self) -> usize {
        self.endings
    }

    /// The operations that were met in some run and made to fail in none: such as those of a cleanup that only an error starts.
    ///
    /// In the order of their names.
    pub fn never_failed(&self) -> &[String] {
        &self.never_failed
    }

    /// The awaited operations that were met in some run and whose caller was dropped in none while it waited.
    ///
    /// In the order of their names.
    pub fn never_cut(&self) -> &[String] {
        &self.never_cut
    }

    /// What a bound or the clock left out, in words, with how much of how many.
    pub fn cut_short(&self) -> &[String] {
        &self.cut_short
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = |count, one: &str| match count {
            1 => format!("1 {one}"),
            _ => format!("{count} {one}s"),
        };
        let faults = counted(self.faults, "fault");
        let cancellations = counted(self.cancellations, "cancellation");
        write!(f, "survives {faults} and {cancellations}")?;
        let others = [
            (self.hours, "hour that passed", "hours that passed"),
            (self.aborts, "abort", "aborts"),
            (self.restarts, "call again", "calls again"),
            (self.pairs, "pair", "pairs"),
            (self.orders, "order", "orders"),
            (self.endings, "end of the runtime", "ends of the runtime"),
        ];
        for (count, one, many) in others {
            match count {
                0 => {}
                1 => write!(f, ", 1 {one}")?,
                _ => write!(f, ", {count} {many}")?,
            }
        }
        Ok(())
    }
}
