//! `SyncDrop`: the values and what holds with and without a runtime; `sync_drop_on_tokio` has the rest.

mod common;

use std::fmt::Debug;
use std::pin::Pin;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use async_drop_utils::{AsyncDrop, AsyncDropGuard, SyncDrop};
use common::{Custom, Log, Probe, ProbeError, block_on, panic_message, reports};

const FILE: &str = file!();

#[test]
fn dropping_runs_the_cleanup() {
    let log = Log::new();
    drop(SyncDrop::new(log.guard("a")));
    assert_eq!(log.entries(), ["cleanup a", "cleaned a", "drop a"]);
}

#[test]
fn dropping_waits_for_what_another_thread_finishes() {
    let log = Log::new();
    let (finish, finished) = tokio::sync::oneshot::channel();
    let slow = log.clone();
    let value = SyncDrop::new(Custom::guard(async move {
        finished.await.unwrap();
        slow.push("cleaned");
        Ok(())
    }));
    let finisher = thread::spawn(move || {
        // Longer than the limit that holds where a runtime is blocked.
        thread::sleep(Duration::from_millis(1_200));
        finish.send(()).unwrap();
    });
    drop(value);
    assert_eq!(log.entries(), ["cleaned"]);
    finisher.join().unwrap();
}

#[cfg(not(feature = "tokio"))]
#[test]
fn without_a_runtime_a_wake_up_is_acted_on_at_once() {
    const HANDOVERS: usize = 30;
    let (request, mut requests) = tokio::sync::mpsc::channel::<()>(1);
    let (answer, mut answers) = tokio::sync::mpsc::channel::<()>(1);
    let answerer = thread::spawn(move || {
        while requests.blocking_recv().is_some() {
            thread::sleep(Duration::from_millis(1));
            answer.blocking_send(()).unwrap();
        }
    });
    let start = std::time::Instant::now();
    drop(SyncDrop::new(Custom::guard(async move {
        for _ in 0..HANDOVERS {
            request.send(()).await.unwrap();
            answers.recv().await.unwrap();
        }
        Ok(())
    })));
    // A lost wake-up costs 100 ms.
    assert!(start.elapsed() < Duration::from_millis(100) * HANDOVERS as u32 / 2);
    answerer.join().unwrap();
}

#[test]
fn guard_that_is_done_is_dropped_in_silence() {
    let log = Log::new();
    let mut value = SyncDrop::new(log.guard("a"));
    block_on(value.async_drop()).unwrap();
    drop(value);
    assert_eq!(log.count("cleanup a"), 1);
}

#[test]
fn guard_is_given_back_armed() {
    let log = Log::new();
    let value = SyncDrop::new(log.guard("a"));
    let mut guard = value.into_inner_dont_drop();
    assert!(log.entries().is_empty());
    block_on(guard.async_drop()).unwrap();
    assert_eq!(log.count("cleaned a"), 1);
}

#[test]
fn it_derefs_to_the_guard_and_through_it_to_the_value() {
    let log = Log::new();
    let mut value = SyncDrop::new(log.guard("a"));
    let guard: &AsyncDropGuard<Probe> = value.inner();
    assert_eq!(guard.name, "a");
    assert!(!value.is_dropped());
    value.name = "b";
    assert_eq!(value.name, "b");
    assert_eq!(format!("{value:?}"), "SyncDrop(AsyncDropGuard(Probe(b)))");
    drop(value);
    assert_eq!(log.count("cleaned b"), 1);
}

#[test]
fn failed_cleanup_panics_with_its_error_type_and_place() {
    let log = Log::new();
    let (line, guard) = (line!(), log.probe("a").failing().guard());
    let message = panic_message(|| drop(SyncDrop::new(guard)));
    let type_name = std::any::type_name::<Probe>();
    let expected = format!(
        "Cleanup in SyncDrop failed: ProbeError(\"a\") (type {type_name}, guard made at {FILE}:{line}:60)"
    );
    assert_eq!(message, expected);
    assert_eq!(log.count("drop a"), 1);
}

#[test]
fn cleanup_runs_while_panicking() {
    let log = Log::new();
    let (message, reports) = reports(|| {
        panic_message(|| {
            let _value = SyncDrop::new(log.guard("a"));
            panic!("the first panic");
        })
    });
    assert_eq!(message, "the first panic");
    assert_eq!(log.entries(), ["cleanup a", "cleaned a", "drop a"]);
    assert!(reports.is_empty(), "{reports:?}");
}

#[test]
fn failed_cleanup_is_reported_while_panicking() {
    let (message, reports) = reports(|| {
        panic_message(|| {
            let _value = SyncDrop::new(Log::new().probe("a").failing().guard());
            panic!("the first panic");
        })
    });
    assert_eq!(message, "the first panic");
    let [report] = &reports[..] else {
        panic!("{reports:?}")
    };
    report.assert_cleanup_failed::<Probe>(ProbeError("a"), FILE);
}

#[test]
fn cleanup_that_panics_panics_once() {
    let value = SyncDrop::new(Custom::guard(async { panic!("from the cleanup") }));
    let (message, reports) = reports(|| panic_message(|| drop(value)));
    assert_eq!(message, "from the cleanup");
    assert!(reports.is_empty(), "{reports:?}");
}

#[test]
fn cleanup_that_panics_while_panicking_is_reported_and_does_not_abort() {
    let (message, reports) = reports(|| {
        panic_message(|| {
            let _value = SyncDrop::new(Custom::guard(async { panic!("the second panic") }));
            panic!("the first panic");
        })
    });
    assert_eq!(message, "the first panic");
    let [of_cleanup] = &reports[..] else {
        panic!("{reports:?}")
    };
    assert_eq!(of_cleanup.message, "cleanup failed");
    assert_eq!(of_cleanup.field("error"), "the cleanup panicked");
}

#[test]
fn error_whose_debug_panics_does_not_abort_while_panicking() {
    #[derive(Debug)]
    struct Fails;

    struct Unprintable;

    impl Debug for Unprintable {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("the second panic");
        }
    }

    #[async_trait::async_trait]
    impl AsyncDrop for Fails {
        type Error = Unprintable;

        async fn async_drop_impl(&mut self) -> Result<(), Unprintable> {
            Err(Unprintable)
        }
    }

    let (message, _) = reports(|| {
        panic_message(|| {
            let _value = SyncDrop::new(AsyncDropGuard::new(Fails));
            panic!("the first panic");
        })
    });
    assert_eq!(message, "the first panic");
}

#[test]
fn value_that_stays_on_its_thread_is_taken() {
    struct OfOneThread(Rc<()>);

    impl Debug for OfOneThread {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "OfOneThread({:?})", self.0)
        }
    }

    impl AsyncDrop for OfOneThread {
        type Error = ProbeError;

        fn async_drop_impl<'life0, 'async_trait>(
            &'life0 mut self,
        ) -> Pin<Box<dyn Future<Output = Result<(), ProbeError>> + Send + 'async_trait>>
        where
            'life0: 'async_trait,
            Self: 'async_trait,
        {
            Box::pin(std::future::ready(Ok(())))
        }
    }

    fn generic<T: AsyncDrop + Debug>(guard: AsyncDropGuard<T>) -> SyncDrop<T> {
        SyncDrop::new(guard)
    }

    let shared = Rc::new(());
    let guard = AsyncDropGuard::new(OfOneThread(Rc::clone(&shared)));
    drop(generic(guard));
    assert_eq!(Rc::strong_count(&shared), 1);
}
