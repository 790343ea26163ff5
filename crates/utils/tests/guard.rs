//! Every row of the guard's behaviour table.

mod common;

use std::fmt::Debug;
use std::sync::Arc;

use async_drop_utils::{AsyncDrop, AsyncDropGuard};
use async_trait::async_trait;
use common::{
    Borrowing, Infallible, Log, Probe, ProbeError, block_on, cancel_at_first_await,
    on_both_flavours, panic_message, reports,
};

const FILE: &str = file!();

#[test]
fn completed_cleanup_drops_the_value_at_once() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut guard = log.probe("a").yielding(1).guard();
        assert!(!guard.is_dropped());
        assert_eq!(guard.async_drop().await, Ok(()));
        assert!(guard.is_dropped());
        assert_eq!(log.entries(), ["cleanup a", "cleaned a", "drop a"]);
    });
}

#[test]
fn failed_cleanup_returns_its_error_and_drops_the_value_at_once() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut guard = log.probe("a").failing().guard();
        assert_eq!(guard.async_drop().await, Err(ProbeError("a")));
        assert!(guard.is_dropped());
        assert_eq!(log.entries(), ["cleanup a", "cleaned a", "drop a"]);
    });
}

#[test]
fn repeated_cleanup_runs_nothing_and_is_ok() {
    for failing in [false, true] {
        on_both_flavours(async || {
            let log = Log::new();
            let probe = log.probe("a");
            let mut guard = if failing { probe.failing() } else { probe }.guard();
            let _first = guard.async_drop().await;
            assert_eq!(guard.async_drop().await, Ok(()));
            assert_eq!(log.count("cleanup a"), 1);
        });
    }
}

#[test]
fn cancelled_cleanup_leaves_the_guard_armed_and_the_next_call_runs_it_again() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut guard = log.probe("a").stuck_once().guard();
        cancel_at_first_await(guard.async_drop());
        assert!(!guard.is_dropped());
        assert_eq!(guard.name, "a");
        assert_eq!(log.entries(), ["cleanup a"]);

        assert_eq!(guard.async_drop().await, Ok(()));
        let expected = ["cleanup a", "cleanup a", "cleaned a", "drop a"];
        assert_eq!(log.entries(), expected);
    });
}

#[test]
fn guard_forgotten_after_a_cancelled_cleanup_panics() {
    on_both_flavours(async || {
        let mut guard = Log::new().probe("a").stuck_once().guard();
        cancel_at_first_await(guard.async_drop());
        let message = panic_message(|| drop(guard));
        assert!(message.starts_with("Forgot to call async_drop on Probe(a)"));
    });
}

#[test]
fn forgotten_guard_panics_with_value_type_file_line_and_column() {
    let log = Log::new();
    let (line, guard) = (line!(), log.guard("a"));
    let message = panic_message(|| drop(guard));
    let expected = format!(
        "Forgot to call async_drop on Probe(a) (type guard::common::Probe, guard made at {FILE}:{line}:39)"
    );
    assert_eq!(message, expected);
    assert_eq!(log.entries(), ["drop a"]);
}

#[test]
fn forgotten_guard_is_reported_without_a_second_panic_while_panicking() {
    let log = Log::new();
    let (message, reports) = reports(|| {
        panic_message(|| {
            let _guard = log.guard("a");
            panic!("the first panic");
        })
    });
    assert_eq!(message, "the first panic");
    let [report] = &reports[..] else {
        panic!("{reports:?}")
    };
    assert_eq!(report.level, tracing::Level::ERROR);
    assert_eq!(report.target, "async_drop");
    assert_eq!(report.field("value"), "Probe(a)");
    assert_eq!(report.field("type_name"), std::any::type_name::<Probe>());
    assert!(report.field("origin").starts_with(FILE), "{report:?}");
    assert_eq!(log.entries(), ["drop a"]);
}

#[test]
fn value_whose_debug_panics_does_not_abort_while_panicking() {
    struct Unprintable;
    impl Debug for Unprintable {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("the second panic");
        }
    }
    let (message, _) = reports(|| {
        panic_message(|| {
            let _guard = AsyncDropGuard::new(Unprintable);
            panic!("the first panic");
        })
    });
    assert_eq!(message, "the first panic");
}

#[test]
fn access_after_the_cleanup_panics() {
    on_both_flavours(async || {
        let mut guard = Log::new().guard("a");
        guard.async_drop().await.unwrap();
        assert_eq!(panic_message(|| guard.name), "Value already dropped");
        let write = panic_message(|| guard.name = "b");
        assert_eq!(write, "Value already dropped");
        assert_eq!(
            panic_message(|| guard.map_unsafe(|probe| probe)),
            "Value already dropped"
        );
    });
}

#[test]
fn taking_the_value_out_after_the_cleanup_panics() {
    on_both_flavours(async || {
        let mut guard = Log::new().guard("a");
        guard.async_drop().await.unwrap();
        let message = panic_message(|| guard.unsafe_into_inner_dont_drop());
        assert_eq!(message, "Value already dropped");
    });
}

#[test]
fn invalid_guard_is_dropped_already_and_may_go_out_of_scope() {
    on_both_flavours(async || {
        let mut guard = AsyncDropGuard::<Probe>::new_invalid();
        assert!(guard.is_dropped());
        assert_eq!(guard.async_drop().await, Ok(()));
        assert_eq!(panic_message(|| guard.name), "Value already dropped");
    });
}

#[test]
fn boxed_guard_stays_armed_and_cleans_up_its_value() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut boxed: AsyncDropGuard<Box<Probe>> = log.guard("a").into_box();
        assert_eq!(log.entries(), [""; 0]);
        assert_eq!(boxed.async_drop().await, Ok(()));
        assert_eq!(log.entries(), ["cleanup a", "cleaned a", "drop a"]);
    });
}

#[test]
fn forgotten_boxed_guard_names_the_place_of_the_first_guard() {
    let guard = Log::new().guard("a");
    let line = line!() - 1;
    let message = panic_message(|| drop(guard.into_box()));
    assert!(message.contains(&format!("{FILE}:{line}:")), "{message}");
}

#[test]
fn boxing_a_guard_that_is_done_gives_one_that_is_done() {
    on_both_flavours(async || {
        let mut guard = Log::new().guard("a");
        guard.async_drop().await.unwrap();
        assert!(guard.into_box().is_dropped());
    });
}

#[test]
fn mapped_guard_cleans_up_what_the_closure_returned() {
    #[derive(Debug)]
    struct Outer(Probe);
    #[async_trait]
    impl AsyncDrop for Outer {
        type Error = ProbeError;
        async fn async_drop_impl(&mut self) -> Result<(), ProbeError> {
            self.0.log().push("outer");
            self.0.async_drop_impl().await
        }
    }
    on_both_flavours(async || {
        let log = Log::new();
        let mut outer = log.guard("a").map_unsafe(Outer);
        assert_eq!(log.entries(), [""; 0]);
        assert_eq!(outer.async_drop().await, Ok(()));
        assert_eq!(log.entries(), ["outer", "cleanup a", "cleaned a", "drop a"]);
    });
}

#[test]
fn forgotten_mapped_guard_panics() {
    let guard = Log::new().guard("a").map_unsafe(|probe| (probe, 7));
    let message = panic_message(|| drop(guard));
    let words = "Forgot to call async_drop on (Probe(a), 7)";
    assert!(message.starts_with(words), "{message}");
}

#[test]
fn value_taken_out_is_no_longer_demanded() {
    let log = Log::new();
    let probe = log.guard("a").unsafe_into_inner_dont_drop();
    assert_eq!(log.entries(), [""; 0]);
    drop(probe);
    assert_eq!(log.entries(), ["drop a"]);
}

#[test]
fn value_taken_out_is_lost_with_what_fails_or_is_cut_off_behind_it_in_the_statement() {
    on_both_flavours(async || {
        let log = Log::new();
        let under_another = async |name, step: Result<(), ProbeError>| {
            let pair = AsyncDropGuard::new((
                log.guard(name).unsafe_into_inner_dont_drop(),
                async {
                    tokio::task::yield_now().await;
                    step
                }
                .await?,
            ));
            pair.map_unsafe(|(probe, ())| probe).async_drop().await
        };
        let failed = under_another("a", Err(ProbeError("step"))).await;
        assert_eq!(failed, Err(ProbeError("step")));
        cancel_at_first_await(under_another("b", Ok(())));
        assert_eq!(log.entries(), ["drop a", "drop b"], "neither is cleaned up");
        assert_eq!(under_another("c", Ok(())).await, Ok(()));
        assert_eq!(log.cleaned(), ["c"]);
    });
}

#[test]
fn what_a_mapping_does_not_carry_over_is_never_cleaned_up() {
    on_both_flavours(async || {
        let log = Log::new();
        let other = log.probe("other");
        let mut mapped = log.guard("a").map_unsafe(|_left_behind| other);
        assert_eq!(log.entries(), ["drop a"]);
        assert_eq!(mapped.async_drop().await, Ok(()));
        assert_eq!(log.cleaned(), ["other"]);
    });
}

#[test]
fn guard_that_a_collection_or_an_option_lets_go_is_forgotten() {
    type Slots = Vec<AsyncDropGuard<Probe>>;
    let ways: [fn(&mut Slots); 5] = [
        Vec::clear,
        |slots| slots.truncate(0),
        |slots| slots.retain(|_| false),
        |slots| drop(slots.pop()),
        |slots| drop(slots.pop()),
    ];
    for lets_go in ways {
        on_both_flavours(async || {
            let log = Log::new();
            let mut slots = vec![log.guard("a")];
            let message = panic_message(|| lets_go(&mut slots));
            assert!(message.starts_with("Forgot to call async_drop on Probe(a)"));
            assert_eq!(log.entries(), ["drop a"]);
        });
    }
}

#[test]
fn guard_without_a_name_is_forgotten_on_the_spot_and_one_with_a_name_at_the_end() {
    let log = Log::new();
    panic_message(|| {
        let _ = log.guard("a");
        log.push("goes on");
    });
    assert_eq!(log.entries(), ["drop a"]);

    let log = Log::new();
    let message = panic_message(|| {
        let _named = log.guard("a");
        log.push("goes on");
    });
    assert!(message.starts_with("Forgot to call async_drop on Probe(a)"));
    assert_eq!(log.entries(), ["goes on", "drop a"]);
}

#[test]
fn last_arc_of_the_standard_library_drops_its_guard_armed() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut first = Arc::new(log.guard("a"));
        let second = Arc::clone(&first);
        assert!(Arc::get_mut(&mut first).is_none(), "no `&mut` to clean up");
        drop(second);
        let message = panic_message(|| drop(first));
        assert!(message.starts_with("Forgot to call async_drop on Probe(a)"));
        assert_eq!(log.entries(), ["drop a"]);
        let alone = Arc::into_inner(Arc::new(log.guard("b")));
        assert_eq!(alone.unwrap().async_drop().await, Ok(()));
    });
}

#[test]
fn value_whose_drop_panics_after_its_cleanup_leaves_the_guard_done() {
    #[derive(Debug)]
    struct PanicsInDrop;
    #[async_trait]
    impl AsyncDrop for PanicsInDrop {
        type Error = ProbeError;
        async fn async_drop_impl(&mut self) -> Result<(), ProbeError> {
            Ok(())
        }
    }
    impl Drop for PanicsInDrop {
        fn drop(&mut self) {
            panic!("from the value's own Drop");
        }
    }
    let mut guard = AsyncDropGuard::new(PanicsInDrop);
    let message = panic_message(|| block_on(guard.async_drop()));
    assert_eq!(message, "from the value's own Drop");
    assert!(guard.is_dropped());
}

#[test]
fn guard_shows_its_value_or_that_it_is_dropped() {
    on_both_flavours(async || {
        let mut guard = Log::new().guard("a");
        assert_eq!(format!("{guard:?}"), "AsyncDropGuard(Probe(a))");
        guard.async_drop().await.unwrap();
        assert_eq!(format!("{guard:?}"), "AsyncDropGuard(<dropped>)");
    });
}

#[test]
fn guard_derefs_to_its_value_for_reading_and_writing() {
    let mut guard = Log::new().guard("a");
    guard.name = "b";
    assert_eq!(guard.name, "b");
    let _value = guard.unsafe_into_inner_dont_drop();
}

#[test]
fn guard_and_its_cleanup_cross_threads_when_the_value_does() {
    fn assert_send<S: Send>(value: S) -> S {
        value
    }
    on_both_flavours(async || {
        let log = Log::new();
        let mut guard = assert_send(log.guard("a"));
        assert_send(guard.async_drop()).await.unwrap();
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn guard_takes_values_that_borrow_and_types_that_are_not_static() {
    async fn clean_up<T: AsyncDrop + Debug>(value: T) -> Result<(), T::Error> {
        AsyncDropGuard::new(value).async_drop().await
    }
    on_both_flavours(async || {
        let entries = std::sync::Mutex::default();
        clean_up(Borrowing(&entries)).await.unwrap();
        assert_eq!(*entries.lock().unwrap(), ["cleaned"]);
        let log = Log::new();
        let Ok(()) = clean_up(Infallible(log.clone())).await;
        assert_eq!(log.entries(), ["cleaned"]);
    });
}
