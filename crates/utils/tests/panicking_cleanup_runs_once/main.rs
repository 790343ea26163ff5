//! A cleanup that panics is not run again, whatever held its guard: the value's own `Drop` runs, and the panic goes on.
#![cfg(feature = "tokio")]

#[path = "../common/mod.rs"]
mod common;
mod forms;

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::task::{Context, Waker};
use std::time::Duration;

use async_drop_utils::{AsyncDrop, AsyncDropGuard, CleanupTracker, SyncDrop, armed_guards};
use common::{
    Infallible as EndsWell, Log, block_on, current_thread, multi_thread, on_both_flavours,
    panic_message, payload_message, reports,
};
use forms::{Breaks, ByHand, FORMS, Guard, cleaned_up};
use futures_util::FutureExt;

/// Awaits each form, around a plain and a cancel-safe guard, whose cleanup panics at once and after an await.
async fn try_forms(look: impl Fn(&str, &Log, &str)) {
    for (name, form) in FORMS {
        for (is_cancel_safe, awaits) in [(false, 0), (false, 1), (true, 0), (true, 1)] {
            let name = format!("{name}, cancel-safe: {is_cancel_safe}, awaits: {awaits}");
            let log = Log::new();
            let guard = breaking(&log, awaits);
            let guard = if is_cancel_safe {
                guard.cancel_safe()
            } else {
                guard
            };
            let tracker = CleanupTracker::new();
            let panic = tracker.scope(panic_of(form(guard))).await;
            let report = tracker.drain(Duration::from_secs(10)).await;
            assert!(report.is_clean(), "{name}: {report}");
            look(&name, &log, &panic);
        }
    }
}

#[track_caller]
fn breaking(log: &Log, awaits: usize) -> Guard {
    let log = log.clone();
    AsyncDropGuard::new(Breaks { log, awaits })
}

/// The words of the panic that `cleanup` ends with.
async fn panic_of<R>(cleanup: impl Future<Output = R>) -> String {
    match AssertUnwindSafe(cleanup).catch_unwind().await {
        Ok(_) => panic!("expected a panic, and there was none"),
        Err(payload) => payload_message(&*payload),
    }
}

#[test]
fn it_runs_once_whatever_held_the_guard() {
    on_both_flavours(async || {
        try_forms(|name, log, panic| {
            assert_eq!(panic, "the cleanup breaks", "{name}");
            assert_eq!(log.entries(), ["cleanup", "drop"], "{name}");
        })
        .await;
    });
}

#[test]
fn the_panic_is_all_that_is_told() {
    let (_, reported) = reports(|| block_on(try_forms(|_, _, _| ())));
    for report in reported {
        let is_of_another = report.field("type_name") == std::any::type_name::<EndsWell>();
        let is_expected = report.message == "constructor failed" || is_of_another;
        assert!(is_expected, "{report:?}");
    }
}

#[test]
fn guard_is_done_when_the_panic_has_been_caught() {
    on_both_flavours(async || {
        for guard in [AsyncDropGuard::new, AsyncDropGuard::new_cancel_safe] {
            let log = Log::new();
            let mut guard = guard(Breaks {
                log: log.clone(),
                awaits: 1,
            });
            assert_eq!(panic_of(guard.async_drop()).await, "the cleanup breaks");
            assert!(guard.is_dropped());
            assert_eq!(log.entries(), ["cleanup", "drop"]);
            assert_eq!(guard.async_drop().await, Ok(()));
            // Not forgotten either.
            drop(guard);
            assert_eq!(log.entries(), ["cleanup", "drop"]);
        }
    });
}

#[test]
fn guard_is_not_counted_as_armed_when_its_cleanup_has_panicked() {
    #[derive(Debug)]
    struct Counted;

    #[async_trait::async_trait]
    impl AsyncDrop for Counted {
        type Error = Infallible;

        async fn async_drop_impl(&mut self) -> Result<(), Infallible> {
            panic!("the cleanup breaks");
        }
    }

    block_on(async {
        let mut guard = AsyncDropGuard::new_cancel_safe(Counted);
        panic_of(guard.async_drop()).await;
        let armed = armed_guards();
        assert!(
            !armed
                .iter()
                .any(|armed| armed.type_name().ends_with("Counted"))
        );
    });
}

#[test]
fn cleanup_that_panics_where_it_is_called_counts_too() {
    /// Its cleanup breaks before there is a future.
    #[derive(Debug)]
    struct BreaksWhenCalled(Log);

    impl AsyncDrop for BreaksWhenCalled {
        type Error = Infallible;

        fn async_drop_impl<'life0, 'async_trait>(
            &'life0 mut self,
        ) -> Pin<Box<dyn Future<Output = Result<(), Infallible>> + Send + 'async_trait>>
        where
            'life0: 'async_trait,
            Self: 'async_trait,
        {
            self.0.push("cleanup");
            panic!("the call breaks");
        }
    }

    block_on(async {
        let log = Log::new();
        let mut guard = AsyncDropGuard::new_cancel_safe(BreaksWhenCalled(log.clone()));
        assert_eq!(panic_of(guard.async_drop()).await, "the call breaks");
        assert_eq!(guard.async_drop().await, Ok(()));
        assert_eq!(log.entries(), ["cleanup"]);
    });
}

#[test]
fn guards_in_the_value_are_cleaned_up_or_reported() {
    for is_cancel_safe in [false, true] {
        let log = Log::new();
        let next = AsyncDropGuard::new(EndsWell(log.clone()));
        let (_, reported) = reports(|| {
            block_on(async {
                let next = if is_cancel_safe {
                    next.cancel_safe()
                } else {
                    next
                };
                let member = breaking(&Log::new(), 1);
                let tracker = CleanupTracker::new();
                let owner = cleaned_up(AsyncDropGuard::new_cancel_safe(ByHand { member, next }));
                tracker.scope(panic_of(owner)).await;
                let _ = tracker.drain(Duration::from_secs(10)).await;
            });
        });
        let [report] = &reported[..] else {
            panic!("{reported:?}");
        };
        if is_cancel_safe {
            assert_eq!(log.entries(), ["cleaned"]);
            assert!(
                report.message.starts_with("guard dropped armed"),
                "{report:?}"
            );
        } else {
            assert!(log.entries().is_empty());
            assert!(report.message.starts_with("cleanup skipped"), "{report:?}");
        }
    }
}

#[test]
fn drop_that_panics_too_costs_no_abort() {
    #[derive(Debug)]
    struct BreaksTwice;

    #[async_trait::async_trait]
    impl AsyncDrop for BreaksTwice {
        type Error = Infallible;

        async fn async_drop_impl(&mut self) -> Result<(), Infallible> {
            panic!("the cleanup breaks");
        }
    }

    impl Drop for BreaksTwice {
        fn drop(&mut self) {
            panic!("the drop breaks");
        }
    }

    let cleanup = async { AsyncDropGuard::new(BreaksTwice).async_drop().await };
    assert_eq!(block_on(panic_of(cleanup)), "the cleanup breaks");
}

#[test]
fn cleanup_that_another_panic_cuts_off_runs_again() {
    on_both_flavours(async || {
        let log = Log::new();
        let tracker = CleanupTracker::new();
        let cut_off = async {
            let mut guard = log.probe("a").yielding(1).guard().cancel_safe();
            let mut cleanup = pin!(guard.async_drop());
            let mut context = Context::from_waker(Waker::noop());
            assert!(cleanup.as_mut().poll(&mut context).is_pending());
            panic!("something else breaks");
        };
        let words = tracker.scope(panic_of::<()>(cut_off)).await;
        assert_eq!(words, "something else breaks");
        assert!(tracker.drain(Duration::from_secs(10)).await.is_clean());
        assert_eq!(
            log.entries(),
            ["cleanup a", "cleanup a", "cleaned a", "drop a"]
        );
    });
}

#[test]
fn cleanup_task_whose_cleanup_panics_says_so_once() {
    on_both_flavours(async || {
        let log = Log::new();
        let tracker = CleanupTracker::new();
        let dropped = async { drop(breaking(&log, 1).cancel_safe()) };
        tracker.scope(dropped).await;
        let report = tracker.drain(Duration::from_secs(10)).await;
        let [failed] = &report.failed[..] else {
            panic!("{report:?}");
        };
        assert_eq!(failed.error, "panicked: the cleanup breaks");
        assert_eq!(log.entries(), ["cleanup", "drop"]);
    });
}

#[test]
fn sync_drop_runs_it_once() {
    for runtime in [current_thread(), multi_thread()] {
        let log = Log::new();
        let _entered = runtime.enter();
        let words = panic_message(|| drop(SyncDrop::new(breaking(&log, 0).cancel_safe())));
        assert_eq!(words, "the cleanup breaks");
        assert_eq!(log.entries(), ["cleanup", "drop"]);
    }
}
