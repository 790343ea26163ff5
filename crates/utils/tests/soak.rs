//! 100,000 cancel-safe guards, cancelled, failed and shut down under at random: each is accounted for once.
#![cfg(feature = "tokio")]

mod common;

use std::fmt::{self, Debug};
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_drop_utils::{
    AsyncDrop, AsyncDropGuard, CleanupTracker, set_forgotten_guard_hook, with_async_drop,
};
use tokio::runtime::Runtime;
use tokio::task::yield_now;

use common::{cancel_after, current_thread, multi_thread};

const GUARDS: usize = 100_000;
const TASKS: usize = 64;

/// What became of one value.
#[derive(Default)]
struct Fate {
    finished: AtomicU8,
    failed: AtomicU8,
    forgotten: AtomicU8,
    dropped: AtomicU8,
}

struct Books {
    fates: Vec<Fate>,
    opened: AtomicUsize,
    /// While it is not zero, some cleanups hang until their runtime shuts down.
    hang: AtomicUsize,
}

impl Books {
    /// The next guard, unless all have been opened.
    fn open(self: &Arc<Self>, chance: &mut Chance) -> Option<AsyncDropGuard<Resource>> {
        let id = self.opened.fetch_add(1, Ordering::Relaxed);
        (id < GUARDS).then(|| {
            AsyncDropGuard::new_cancel_safe(Resource {
                id,
                yields: chance.below(4),
                ending: match chance.below(1_000) {
                    0 if self.hang.load(Ordering::Relaxed) > 0 => Ending::Hangs,
                    1..250 => Ending::Fails,
                    _ => Ending::Finishes,
                },
                books: Arc::clone(self),
            })
        })
    }

    fn total(&self, count: impl Fn(&Fate) -> &AtomicU8) -> usize {
        let counts = self.fates.iter().map(count);
        counts
            .map(|count| usize::from(count.load(Ordering::Relaxed)))
            .sum()
    }
}

#[derive(Clone, Copy)]
enum Ending {
    Finishes,
    Fails,
    Hangs,
}

struct Resource {
    id: usize,
    yields: usize,
    ending: Ending,
    books: Arc<Books>,
}

impl Resource {
    fn fate(&self) -> &Fate {
        &self.books.fates[self.id]
    }
}

#[async_trait::async_trait]
impl AsyncDrop for Resource {
    type Error = usize;

    async fn async_drop_impl(&mut self) -> Result<(), usize> {
        for _ in 0..self.yields {
            yield_now().await;
        }
        match self.ending {
            Ending::Finishes => {
                self.fate().finished.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            Ending::Fails => {
                self.fate().failed.fetch_add(1, Ordering::Relaxed);
                Err(self.id)
            }
            Ending::Hangs => pending().await,
        }
    }
}

impl Drop for Resource {
    fn drop(&mut self) {
        self.fate().dropped.fetch_add(1, Ordering::Relaxed);
    }
}

impl Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)
    }
}

/// Numbers that look random and are the same in every run (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
}

/// Uses guards until all have been opened; ends each in another way.
async fn work(books: Arc<Books>, tracker: CleanupTracker, mut chance: Chance) {
    while let Some(mut guard) = books.open(&mut chance) {
        let polls = chance.below(5);
        match chance.below(6) {
            0 => {
                // Its failure counts itself.
                let _ = guard.async_drop().await;
            }
            1 => cancel_after(polls, async move { guard.async_drop().await }).await,
            2 => {
                let body = async {
                    with_async_drop!(guard, {
                        yield_now().await;
                        if polls % 2 == 0 {
                            Err(guard.id)
                        } else {
                            Ok(())
                        }
                    })
                };
                cancel_after(polls, body).await;
            }
            3 => {
                let holder = tokio::spawn(tracker.scope(async move {
                    let _held = guard;
                    pending::<()>().await;
                }));
                yield_now().await;
                holder.abort();
            }
            4 => {
                let Some(inner) = books.open(&mut chance) else {
                    return drop(guard);
                };
                cancel_after(polls, async move {
                    let _both = (guard, inner);
                    pending::<()>().await;
                })
                .await;
            }
            _ => drop(guard),
        }
        if chance.below(8) == 0 {
            yield_now().await;
        }
    }
}

/// Lets tasks work on `runtime` until that many guards have been opened, drains for a moment, and shuts it down with what is left.
fn shut_down_at(guards: usize, runtime: Runtime, books: &Arc<Books>, tracker: &CleanupTracker) {
    let left = runtime.block_on(async {
        spawn_work(books, tracker);
        while books.opened.load(Ordering::Relaxed) < guards {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let report = tracker.drain(Duration::from_millis(2)).await;
        report.still_running.len()
    });
    assert!(left > 0, "a shutdown with nothing left proves nothing");
    drop(runtime);
    assert_eq!(
        tracker.outstanding(),
        0,
        "nothing outlives its runtime unseen"
    );
}

fn spawn_work(books: &Arc<Books>, tracker: &CleanupTracker) -> Vec<tokio::task::JoinHandle<()>> {
    let seed = books.opened.load(Ordering::Relaxed);
    (0..TASKS)
        .map(|task| {
            let chance = Chance((seed + task) as u64);
            let work = work(Arc::clone(books), tracker.clone(), chance);
            tokio::spawn(tracker.scope(work))
        })
        .collect()
}

#[test]
fn a_hundred_thousand_guards_are_accounted_for_across_cancellations_failures_and_shutdowns() {
    let start = Instant::now();
    let books = Arc::new(Books {
        fates: (0..GUARDS).map(|_| Fate::default()).collect(),
        opened: AtomicUsize::new(0),
        hang: AtomicUsize::new(1),
    });
    set_forgotten_guard_hook({
        let books = Arc::clone(&books);
        Box::new(move |forgotten| {
            let id: usize = format!("{:?}", forgotten.value()).parse().unwrap();
            books.fates[id].forgotten.fetch_add(1, Ordering::Relaxed);
        })
    });
    let tracker = CleanupTracker::new();

    shut_down_at(GUARDS / 3, multi_thread(), &books, &tracker);
    shut_down_at(GUARDS * 2 / 3, current_thread(), &books, &tracker);
    // Without any runtime.
    let mut chance = Chance(0);
    for _ in 0..100 {
        drop(books.open(&mut chance));
    }
    books.hang.store(0, Ordering::Relaxed);
    multi_thread().block_on(async {
        for task in spawn_work(&books, &tracker) {
            task.await.unwrap();
        }
        let report = tracker.drain(Duration::from_secs(60)).await;
        assert!(report.still_running.is_empty(), "{report}");
        assert!(
            report
                .failed
                .iter()
                .all(|failed| !failed.error.starts_with("abandoned"))
        );
    });
    assert_eq!(tracker.outstanding(), 0);

    let mut wrong = Vec::new();
    for (id, fate) in books.fates.iter().enumerate() {
        let [finished, failed, forgotten, dropped] =
            [&fate.finished, &fate.failed, &fate.forgotten, &fate.dropped]
                .map(|count| count.load(Ordering::Relaxed));
        if (finished + failed + forgotten, dropped) != (1, 1) {
            wrong.push((id, finished, failed, forgotten, dropped));
        }
    }
    assert!(
        wrong.is_empty(),
        "(id, finished, failed, forgotten, dropped): {wrong:?}"
    );
    let finished = books.total(|fate| &fate.finished);
    let failed = books.total(|fate| &fate.failed);
    let forgotten = books.total(|fate| &fate.forgotten);
    println!(
        "{finished} finished, {failed} failed, {forgotten} forgotten in {:?}",
        start.elapsed()
    );
    assert_eq!(finished + failed + forgotten, GUARDS);
    assert!(forgotten > 100, "the shutdowns met nothing");
}
