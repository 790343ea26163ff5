//! Members cleaned up as guards in an `Option`, a `Vec` or a tuple, and by the two macros.

mod common;
#[cfg(feature = "tokio")]
#[path = "common/drained.rs"]
mod drained;

use std::fmt::Debug;

use async_drop_utils::{AsyncDrop, AsyncDropGuard, async_drop_concurrently, async_drop_in_order};
use async_trait::async_trait;
use common::{
    Infallible, Log, Probe, ProbeError, block_on, cancel_at_first_await, on_both_flavours,
    panic_message, reports, reports_of,
};

const FILE: &str = file!();

/// The guards of a value that cleans them up in order, or concurrently.
#[derive(Debug)]
struct Three {
    a: AsyncDropGuard<Probe>,
    b: Option<AsyncDropGuard<Probe>>,
    c: Vec<AsyncDropGuard<Probe>>,
}

#[derive(Debug)]
struct InOrder(Three);

#[derive(Debug)]
struct Concurrently(Three);

#[derive(Debug, PartialEq)]
enum ThreeError {
    Probe(ProbeError),
}

impl From<ProbeError> for ThreeError {
    fn from(error: ProbeError) -> Self {
        Self::Probe(error)
    }
}

#[async_trait]
impl AsyncDrop for InOrder {
    type Error = ThreeError;

    async fn async_drop_impl(&mut self) -> Result<(), ThreeError> {
        async_drop_in_order!(self.0.a, self.0.b, self.0.c)
    }
}

#[async_trait]
impl AsyncDrop for Concurrently {
    type Error = ThreeError;

    async fn async_drop_impl(&mut self) -> Result<(), ThreeError> {
        async_drop_concurrently!(self.0.a, self.0.b, self.0.c)
    }
}

fn three([a, b, c, d]: [Probe; 4]) -> Three {
    Three {
        a: a.guard(),
        b: Some(b.guard()),
        c: vec![c.guard(), d.guard()],
    }
}

fn probes<const N: usize>(log: &Log, names: [&'static str; N]) -> [Probe; N] {
    names.map(|name| log.probe(name).yielding(1))
}

fn guards<const N: usize>(probes: [Probe; N]) -> [AsyncDropGuard<Probe>; N] {
    // A closure, since a function pointer has no caller whose place a guard could keep.
    probes.map(|probe| probe.guard())
}

/// What the log of probes that are cleaned up one after the other says.
fn one_after_the_other(names: &[&str]) -> Vec<String> {
    let entries = |name: &&str| ["cleanup", "cleaned", "drop"].map(|what| format!("{what} {name}"));
    names.iter().flat_map(entries).collect()
}

#[test]
fn guards_of_a_vec_are_cleaned_up_one_after_the_other_from_first_to_last() {
    on_both_flavours(async || {
        let log = Log::new();
        let guards: Vec<_> = guards(probes(&log, ["a", "b", "c"])).into();
        let mut guards = AsyncDropGuard::new(guards);
        assert_eq!(guards.async_drop().await, Ok(()));
        assert_eq!(log.entries(), one_after_the_other(&["a", "b", "c"]));
    });
}

#[test]
fn optional_guard_is_cleaned_up_when_it_is_there() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut there = AsyncDropGuard::new(Some(log.guard("a")));
        assert_eq!(there.async_drop().await, Ok(()));
        assert_eq!(log.entries(), one_after_the_other(&["a"]));

        let mut failing = AsyncDropGuard::new(Some(log.probe("b").failing().guard()));
        assert_eq!(failing.async_drop().await, Err(ProbeError("b")));

        let mut absent = AsyncDropGuard::new(None::<AsyncDropGuard<Probe>>);
        assert_eq!(absent.async_drop().await, Ok(()));
    });
}

#[test]
fn guards_of_a_tuple_are_cleaned_up_one_after_the_other_from_first_to_last() {
    async fn check<T: AsyncDrop<Error = ProbeError> + Debug>(log: &Log, tuple: T, names: &[&str]) {
        let mut tuple = AsyncDropGuard::new(tuple);
        assert_eq!(tuple.async_drop().await, Ok(()));
        assert_eq!(log.entries(), one_after_the_other(names));
    }
    on_both_flavours(async || {
        let log = Log::new();
        let [a, b] = guards(probes(&log, ["a", "b"]));
        check(&log, (a, b), &["a", "b"]).await;

        let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let log = Log::new();
        let [a, b, c, d, e, f, g, h] = guards(probes(&log, names));
        check(&log, (a, b, c, d, e, f, g, h), &names).await;
    });
}

#[test]
fn failing_guards_of_a_vec_stop_no_other_and_all_but_the_first_error_are_reported() {
    let (log, reports) = reports_of(async || {
        let log = Log::new();
        let [a, b, c, d] = probes(&log, ["a", "b", "c", "d"]);
        let guards = vec![
            a.guard(),
            b.failing().guard(),
            c.failing().guard(),
            d.guard(),
        ];
        let mut guards = AsyncDropGuard::new(guards);
        assert_eq!(guards.async_drop().await, Err(ProbeError("b")));
        log
    });
    assert_eq!(log.entries(), one_after_the_other(&["a", "b", "c", "d"]));
    assert_eq!(reports.len(), 1);
    reports[0].assert_cleanup_failed::<Probe>(ProbeError("c"), FILE);
}

#[test]
fn failing_guards_of_a_tuple_stop_no_other_and_all_but_the_first_error_are_reported() {
    let (log, reports) = reports_of(async || {
        let log = Log::new();
        let [a, b, c] = probes(&log, ["a", "b", "c"]);
        let mut guards = AsyncDropGuard::new((
            a.failing().guard(),
            b.failing().guard(),
            c.failing().guard(),
        ));
        assert_eq!(guards.async_drop().await, Err(ProbeError("a")));
        log
    });
    assert_eq!(log.entries(), one_after_the_other(&["a", "b", "c"]));
    assert_eq!(reports.len(), 2);
    reports[0].assert_cleanup_failed::<Probe>(ProbeError("b"), FILE);
    reports[1].assert_cleanup_failed::<Probe>(ProbeError("c"), FILE);
}

/// Cancels the cleanup of `make`'s value when `a` has failed and `b` is under way, then runs it again.
#[track_caller]
fn assert_cancelled_half_way_goes_on_and_reports<T>(make: impl Fn([Probe; 3]) -> T)
where
    T: AsyncDrop<Error = ProbeError> + Debug,
{
    let log = Log::new();
    let (mut guards, reported) = reports(|| {
        let probes = [
            log.probe("a").failing(),
            log.probe("b").stuck_once(),
            log.probe("c"),
        ];
        let mut guards = AsyncDropGuard::new(make(probes));
        cancel_at_first_await(guards.async_drop());
        guards
    });
    assert_eq!(reported.len(), 1, "{reported:?}");
    reported[0].assert_cleanup_failed::<Probe>(ProbeError("a"), FILE);

    let (result, reported) = reports(|| block_on(guards.async_drop()));
    assert_eq!(result, Ok(()));
    assert_eq!(reported.len(), 0);
    assert_eq!(log.count("cleanup a"), 1);
    assert_eq!(log.count("cleanup b"), 2);
    for name in ["a", "b", "c"] {
        assert_eq!(log.count(&format!("cleaned {name}")), 1);
    }
}

#[test]
fn cleanup_of_a_vec_cancelled_half_way_reports_the_error_so_far_and_goes_on_with_the_rest() {
    assert_cancelled_half_way_goes_on_and_reports(|probes| Vec::from(guards(probes)));
}

#[test]
fn cleanup_of_a_tuple_cancelled_half_way_reports_the_error_so_far_and_goes_on_with_the_rest() {
    assert_cancelled_half_way_goes_on_and_reports(|probes| {
        let [a, b, c] = guards(probes);
        (a, b, c)
    });
}

#[test]
fn cleanup_by_macro_cancelled_half_way_reports_the_error_so_far_and_goes_on_with_the_rest() {
    #[derive(Debug)]
    struct ByMacro {
        first: AsyncDropGuard<Probe>,
        rest: [AsyncDropGuard<Probe>; 2],
        concurrently: bool,
    }

    #[async_trait]
    impl AsyncDrop for ByMacro {
        type Error = ProbeError;

        async fn async_drop_impl(&mut self) -> Result<(), ProbeError> {
            if self.concurrently {
                async_drop_concurrently!(self.first, self.rest)
            } else {
                async_drop_in_order!(self.first, self.rest)
            }
        }
    }
    for concurrently in [false, true] {
        assert_cancelled_half_way_goes_on_and_reports(|probes| {
            let [first, b, c] = guards(probes);
            ByMacro {
                first,
                rest: [b, c],
                concurrently,
            }
        });
    }
}

#[test]
fn cleanup_of_an_option_cancelled_half_way_goes_on() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut guard = AsyncDropGuard::new(Some(log.probe("a").stuck_once().guard()));
        cancel_at_first_await(guard.async_drop());
        assert_eq!(guard.async_drop().await, Ok(()));
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn error_met_before_a_cleanup_panics_is_reported() {
    #[derive(Debug)]
    struct Panics;

    #[async_trait]
    impl AsyncDrop for Panics {
        type Error = ProbeError;

        async fn async_drop_impl(&mut self) -> Result<(), ProbeError> {
            panic!("broken");
        }
    }
    let (message, reports) = reports(|| {
        panic_message(|| {
            block_on(async {
                let mut fails = Log::new().probe("a").failing().guard();
                let mut panics = AsyncDropGuard::new(Panics);
                let result: Result<(), ProbeError> = async_drop_in_order!(fails, panics);
                result
            })
        })
    });
    assert_eq!(message, "broken");
    reports[0].assert_cleanup_failed::<Probe>(ProbeError("a"), FILE);
    assert_eq!(reports.len(), 1);
}

#[test]
fn members_in_order_wait_for_each_other() {
    on_both_flavours(async || {
        let log = Log::new();
        let three = three(probes(&log, ["a", "b", "c", "d"]));
        assert_eq!(
            AsyncDropGuard::new(InOrder(three)).async_drop().await,
            Ok(())
        );
        assert_eq!(log.entries(), one_after_the_other(&["a", "b", "c", "d"]));
    });
}

#[test]
fn concurrent_members_do_not_wait_for_each_other() {
    on_both_flavours(async || {
        let log = Log::new();
        let three = three(probes(&log, ["a", "b", "c", "d"]));
        let mut guard = AsyncDropGuard::new(Concurrently(three));
        assert_eq!(guard.async_drop().await, Ok(()));
        let started = &log.entries()[..4];
        assert_eq!(
            started,
            ["cleanup a", "cleanup b", "cleanup c", "cleanup d"]
        );
        for name in ["a", "b", "c", "d"] {
            assert_eq!(log.count(&format!("cleaned {name}")), 1);
        }
    });
}

#[test]
fn failing_members_stop_no_other_and_the_first_in_the_order_written_is_returned() {
    for concurrently in [false, true] {
        let (log, reports) = reports_of(async || {
            let log = Log::new();
            let [a, b, c, d] = probes(&log, ["a", "b", "c", "d"]);
            // Done last of all when run concurrently, and the first in the order written all the same.
            let b = b.yielding(9).failing();
            let three = three([a, b, c.failing(), d.failing()]);
            let result = if concurrently {
                AsyncDropGuard::new(Concurrently(three)).async_drop().await
            } else {
                AsyncDropGuard::new(InOrder(three)).async_drop().await
            };
            assert_eq!(result, Err(ThreeError::Probe(ProbeError("b"))));
            log
        });
        for name in ["a", "b", "c", "d"] {
            assert_eq!(log.count(&format!("drop {name}")), 1);
        }
        assert_eq!(reports.len(), 2);
        reports[0].assert_cleanup_failed::<Probe>(ProbeError("d"), FILE);
        reports[1].assert_cleanup_failed::<Probe>(ProbeError("c"), FILE);
    }
}

#[test]
fn members_may_be_variables_and_may_fail_with_different_errors() {
    #[derive(Debug, PartialEq)]
    struct Any;

    impl From<ProbeError> for Any {
        fn from(_: ProbeError) -> Self {
            Self
        }
    }

    impl From<std::convert::Infallible> for Any {
        fn from(never: std::convert::Infallible) -> Self {
            match never {}
        }
    }

    on_both_flavours(async || {
        let log = Log::new();
        let mut fails = log.probe("a").failing().guard();
        let mut works = AsyncDropGuard::new(Infallible(log.clone()));
        let result: Result<(), Any> = async_drop_in_order!(fails, works);
        assert_eq!(result, Err(Any));
        assert!(fails.is_dropped());
        assert!(works.is_dropped());

        let [mut a, mut b] = guards(probes(&log, ["a", "b"]));
        let (borrowed, boxed) = (&mut a, &mut Box::new(&mut b));
        let result: Result<(), ProbeError> = async_drop_concurrently!(*borrowed, *boxed,);
        assert_eq!(result, Ok(()));
        assert!(a.is_dropped());
        assert!(b.is_dropped());
    });
}

#[test]
fn members_that_are_done_are_left_alone() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut three = three(probes(&log, ["a", "b", "c", "d"]));
        three.a.async_drop().await.unwrap();
        three.c[1].async_drop().await.unwrap();
        assert_eq!(
            AsyncDropGuard::new(InOrder(three)).async_drop().await,
            Ok(())
        );
        for name in ["a", "b", "c", "d"] {
            assert_eq!(log.count(&format!("cleanup {name}")), 1);
        }
    });
}

#[test]
fn member_of_a_value_that_is_generic_is_cleaned_up() {
    #[derive(Debug)]
    struct Pair<T: AsyncDrop + Debug> {
        first: AsyncDropGuard<T>,
        second: Vec<AsyncDropGuard<T>>,
    }

    #[async_trait]
    impl<T: AsyncDrop + Debug + Send> AsyncDrop for Pair<T>
    where
        T::Error: Send,
    {
        type Error = T::Error;

        async fn async_drop_impl(&mut self) -> Result<(), T::Error> {
            let in_order: Result<(), T::Error> = async_drop_in_order!(self.first);
            let concurrently: Result<(), T::Error> = async_drop_concurrently!(self.second);
            in_order.and(concurrently)
        }
    }
    on_both_flavours(async || {
        let log = Log::new();
        let mut pair = AsyncDropGuard::new(Pair {
            first: log.guard("a"),
            second: vec![log.guard("b")],
        });
        assert_eq!(pair.async_drop().await, Ok(()));
        assert_eq!(log.entries(), one_after_the_other(&["a", "b"]));
    });
}

#[cfg(feature = "tokio")]
#[test]
fn cancel_safe_vec_of_guards_is_cleaned_up_in_order_by_a_task() {
    on_both_flavours(async || {
        let log = Log::new();
        let guards: Vec<_> = guards(probes(&log, ["a", "b"])).into();
        drained::drained(async { drop(AsyncDropGuard::new_cancel_safe(guards)) }).await;
        assert_eq!(log.entries(), one_after_the_other(&["a", "b"]));
    });
}

/// A list in the order of its opening, cleaned up from its end.
#[derive(Debug)]
struct LastFirst(Vec<AsyncDropGuard<Probe>>);

#[async_trait]
impl AsyncDrop for LastFirst {
    type Error = ProbeError;

    async fn async_drop_impl(&mut self) -> Result<(), ProbeError> {
        async_drop_in_order!(self.0.iter_mut().rev())
    }
}

#[test]
fn reversed_list_is_cleaned_up_last_in_first_out_as_far_as_that_has_not_been_done() {
    on_both_flavours(async || {
        let log = Log::new();
        let list = vec![
            log.probe("a").guard(),
            log.probe("b").stuck_once().failing().guard(),
            log.probe("c").guard(),
        ];
        let mut list = AsyncDropGuard::new(LastFirst(list));
        cancel_at_first_await(list.async_drop());
        assert_eq!(list.async_drop().await, Err(ProbeError("b")));
        assert_eq!(log.cleaned(), ["c", "b", "a"]);
    });
}
