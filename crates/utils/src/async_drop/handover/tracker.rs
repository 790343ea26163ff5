use std::fmt::{self, Debug};
use std::future::ready;
#[cfg(feature = "testing")]
use std::sync::OnceLock;
use std::sync::{LazyLock, PoisonError};
use std::time::Duration;

use slab::Slab;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::super::sync::{Arc, Mutex, MutexGuard, Weak};
use super::drain_report::{DrainReport, FailedCleanup};
use super::ends::Ends;
use super::task::CleanupTask;

/// Keeps the cleanup tasks of one part of a program together, so that this part can be drained on its own.
///
/// Guards that are dropped armed while a future inside [`scope`](Self::scope) is polled or dropped hand their cleanup to this
/// tracker; everywhere else the process-wide one takes it. [`drain`](crate::drain) awaits the tasks of both, and leaves to this tracker's own drain how they
/// ended. Clones share the same tracker.
///
/// # Dropping
///
/// Dropping a tracker changes nothing for its tasks: they run to their end, and [`drain`](crate::drain) awaits them.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use async_drop_utils::CleanupTracker;
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let tracker = CleanupTracker::new();
/// let answer = tracker.scope(async { 42 }).await; // a request, a tenant, a test
/// let report = tracker.drain(Duration::from_secs(1)).await;
/// assert!(report.is_clean());
/// # assert_eq!(answer, 42);
/// # });
/// ```
#[derive(Clone)]
pub struct CleanupTracker {
    shared: Arc<Shared>,
}

struct Shared {
    tasks: TaskTracker,
    state: Mutex<State>,
    /// Of the process-wide tracker: those of parts of the program, for which `drain` waits as well.
    of_parts: Mutex<Vec<Weak<Shared>>>,
}

#[derive(Default)]
struct State {
    /// With their numbers, by which they have been handed over.
    outstanding: Slab<(u64, CleanupTask)>,
    next_number: u64,
    /// What has ended since the last drain; apart, so that what went well never displaces what did not.
    finished: Ends<CleanupTask>,
    failed: Ends<FailedCleanup>,
    /// How many have ended so far.
    ends: u64,
    /// Of each drain under way, how many had ended when it began.
    drains: Vec<u64>,
}

impl State {
    /// The end with this number and all later ones are kept for the drains under way.
    fn kept_from(&self) -> u64 {
        self.drains.iter().copied().min().unwrap_or(u64::MAX)
    }

    fn still_running(&self) -> Vec<CleanupTask> {
        let mut outstanding: Vec<_> = self.outstanding.iter().map(|(_, task)| *task).collect();
        outstanding.sort_unstable_by_key(|(number, _)| *number);
        outstanding.into_iter().map(|(_, task)| task).collect()
    }

    fn end_drain(&mut self, began_at: u64) {
        if let Some(place) = self.drains.iter().position(|other| *other == began_at) {
            self.drains.swap_remove(place);
        }
        let kept_from = self.kept_from();
        self.finished.forget_before(kept_from);
        self.failed.forget_before(kept_from);
    }
}

static PROCESS_WIDE: LazyLock<CleanupTracker> = LazyLock::new(CleanupTracker::of_a_process);

/// A run of the explorer is a process of its own.
#[cfg(feature = "testing")]
static ASKED_FIRST: OnceLock<fn() -> Option<CleanupTracker>> = OnceLock::new();

/// Has `tracker` asked for the one that takes the place of the process-wide tracker.
#[cfg(feature = "testing")]
pub(crate) fn ask_first_for_tracker(tracker: fn() -> Option<CleanupTracker>) {
    ASKED_FIRST.get_or_init(|| tracker);
}

pub(super) fn process_wide() -> CleanupTracker {
    #[cfg(feature = "testing")]
    if let Some(tracker) = ASKED_FIRST.get().and_then(|tracker| tracker()) {
        return tracker;
    }
    PROCESS_WIDE.clone()
}

impl CleanupTracker {
    /// Makes a tracker without tasks.
    #[must_use]
    pub fn new() -> Self {
        let tracker = Self::of_a_process();
        process_wide().knows_part(&tracker);
        tracker
    }

    /// Makes a tracker that takes the place of the process-wide one, and that no other knows.
    pub(crate) fn of_a_process() -> Self {
        let tasks = TaskTracker::new();
        // Closed, `wait` returns as soon as there are no tasks; spawning stays possible.
        tasks.close();
        Self {
            shared: Arc::new(Shared {
                tasks,
                state: Mutex::default(),
                of_parts: Mutex::default(),
            }),
        }
    }

    /// The number of cleanup tasks that have not ended yet, those that wait for their turn included.
    #[must_use]
    pub fn outstanding(&self) -> usize {
        self.state().outstanding.len()
    }

    /// Awaits this tracker's cleanup tasks until none is left or `deadline` has passed, and says how each has ended since the
    /// last drain.
    ///
    /// Tasks that are handed over meanwhile are awaited too; guards that are still armed are not, other than by
    /// [`drain`](crate::drain). The tracker can be used and drained again afterwards. Each end is told once: of drains at the same time,
    /// by the one that returns first. Between drains the latest 1,000 finished and the latest 1,000 failed cleanups are kept.
    ///
    /// # Cancellation
    ///
    /// Dropping the future stops the waiting, not the cleanup tasks.
    ///
    /// # Panics
    ///
    /// On a runtime whose time driver is off, as [`tokio::time::timeout`] does.
    ///
    /// # Example
    ///
    /// See [`CleanupTracker`].
    pub async fn drain(&self, deadline: Duration) -> DrainReport {
        match self.drain_after(deadline, || ready(())).await {
            Ok(report) | Err(report) => report,
        }
    }

    /// Drains, and whenever no task is left awaits `also`; `Err` when the deadline has passed.
    pub(super) async fn drain_after<F: Future<Output = ()>>(
        &self,
        deadline: Duration,
        also: impl Fn() -> F,
    ) -> Result<DrainReport, DrainReport> {
        let mut drain = Drain::begin(self);
        let until_nothing_is_left = async {
            loop {
                self.shared.tasks.wait().await;
                also().await;
                // A guard may have been dropped between the last task's end and this look.
                if let Some(report) = drain.end_if_nothing_is_left() {
                    return report;
                }
            }
        };
        match tokio::time::timeout(deadline, until_nothing_is_left).await {
            Ok(report) => Ok(report),
            Err(_) => Err(drain.end()),
        }
    }

    fn knows_part(&self, part: &Self) {
        let mut parts = self.of_parts();
        // Where it would have to grow, what is gone makes place.
        if parts.len() == parts.capacity() {
            parts.retain(|part| part.strong_count() > 0);
        }
        parts.push(Arc::downgrade(&part.shared));
    }

    /// Trackers of parts of the program that have cleanup tasks.
    pub(super) fn busy_parts(&self) -> Vec<Self> {
        let parts: Vec<_> = self.of_parts().iter().filter_map(Weak::upgrade).collect();
        let parts = parts.into_iter().map(|shared| Self { shared });
        parts.filter(|part| part.outstanding() > 0).collect()
    }

    /// Waits until no cleanup task is left, and leaves the ends to a drain.
    pub(super) async fn wait(&self) {
        self.shared.tasks.wait().await;
    }

    /// The cleanup tasks that have not ended, in the order in which they were handed over.
    pub(super) fn still_running(&self) -> Vec<CleanupTask> {
        self.state().still_running()
    }

    fn of_parts(&self) -> MutexGuard<'_, Vec<Weak<Shared>>> {
        self.shared
            .of_parts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a cleanup that is being handed over, until its ticket is dropped.
    pub(crate) fn accept(&self, task: CleanupTask) -> Ticket {
        // From before it is outstanding, so that a drain never sees a cleanup that it cannot wait for.
        let token = self.shared.tasks.token();
        let mut state = self.state();
        let number = state.next_number;
        state.next_number += 1;
        let place = state.outstanding.insert((number, task));
        drop(state);
        Ticket {
            tracker: self.clone(),
            place: Some(place),
            _token: token,
        }
    }

    fn ended(&self, place: usize, result: Result<(), String>) {
        let mut state = self.state();
        let (_, task) = state.outstanding.remove(place);
        let number = state.ends;
        state.ends += 1;
        let kept_from = state.kept_from();
        match result {
            Ok(()) => state.finished.push(number, task, kept_from),
            Err(error) => {
                let failed = FailedCleanup { task, error };
                state.failed.push(number, failed, kept_from);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for CleanupTracker {
    fn default() -> Self {
        Self::new()
    }
}

impl Debug for CleanupTracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CleanupTracker")
            .field("outstanding", &self.outstanding())
            .finish()
    }
}

/// Records how a cleanup ended, also when its task never gets to its end.
pub(crate) struct Ticket {
    tracker: CleanupTracker,
    /// `None` once the end has been recorded.
    place: Option<usize>,
    /// Dropped after the end has been recorded.
    _token: TaskTrackerToken,
}

impl Ticket {
    pub(crate) fn record(mut self, result: Result<(), String>) {
        if let Some(place) = self.place.take() {
            self.tracker.ended(place, result);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            let abandoned = "abandoned: the runtime shut down".to_owned();
            self.tracker.ended(place, Err(abandoned));
        }
    }
}

/// A drain under way; while there is one, what ends is kept for it.
struct Drain<'a> {
    tracker: &'a CleanupTracker,
    began_at: u64,
    is_under_way: bool,
}

impl<'a> Drain<'a> {
    fn begin(tracker: &'a CleanupTracker) -> Self {
        let mut state = tracker.state();
        let began_at = state.ends;
        state.drains.push(began_at);
        Self {
            tracker,
            began_at,
            is_under_way: true,
        }
    }

    fn end_if_nothing_is_left(&mut self) -> Option<DrainReport> {
        let tracker = self.tracker;
        let state = tracker.state();
        state.outstanding.is_empty().then(|| self.report(state))
    }

    fn end(&mut self) -> DrainReport {
        let tracker = self.tracker;
        self.report(tracker.state())
    }

    fn report(&mut self, mut state: MutexGuard<'_, State>) -> DrainReport {
        let still_running = state.still_running();
        let report = DrainReport {
            finished: state.finished.take(),
            failed: state.failed.take(),
            still_running,
            still_armed: Vec::new(),
        };
        self.is_under_way = false;
        state.end_drain(self.began_at);
        report
    }
}

impl Drop for Drain<'_> {
    fn drop(&mut self) {
        if self.is_under_way {
            self.tracker.state().end_drain(self.began_at);
        }
    }
}
