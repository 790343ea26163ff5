//! What derived cleanup does, for every kind of type.
// Derived code must not make a user's strictest settings complain.
#![deny(
    warnings,
    clippy::all,
    clippy::pedantic,
    missing_docs,
    unused_qualifications
)]
#![allow(
    clippy::many_single_char_names,
    reason = "these concern the tests themselves"
)]

mod attributes;
#[path = "../../../utils/tests/common/mod.rs"]
#[allow(clippy::pedantic, reason = "checked with the tests that it is for")]
mod common;
mod generic;
mod own_cleanup;

use std::fmt::Debug;

// Not imported: the trait's macro attribute, which derived code must do without.
use async_drop_utils::{AsyncDrop, AsyncDropArc, AsyncDropGuard};
use common::{
    Infallible, Log, Probe, ProbeError, block_on, cancel_at_first_await, on_both_flavours, reports,
    reports_of,
};

const FILE: &str = file!();

fn probes<const N: usize>(log: &Log, names: [&'static str; N]) -> [AsyncDropGuard<Probe>; N] {
    names.map(|name| log.probe(name).yielding(1).guard())
}

async fn cleaned_up<T: AsyncDrop + Debug>(value: T) -> Result<(), T::Error> {
    AsyncDropGuard::new(value).async_drop().await
}

#[derive(Debug, AsyncDrop)]
struct Named {
    a: AsyncDropGuard<Probe>,
    #[allow(dead_code, reason = "a field without a guard")]
    plain: u32,
    b: Option<AsyncDropGuard<Probe>>,
    c: Vec<AsyncDropGuard<Probe>>,
    d: (AsyncDropGuard<Probe>, Box<[AsyncDropGuard<Probe>; 1]>),
}

fn named(log: &Log) -> Named {
    let [a, b, c, d, e, f] = probes(log, ["a", "b", "c", "d", "e", "f"]);
    Named {
        a,
        plain: 0,
        b: Some(b),
        c: vec![c, d],
        d: (e, Box::new([f])),
    }
}

#[test]
fn guard_fields_are_cleaned_up_in_declaration_order_also_in_option_vec_tuple_array_and_box() {
    on_both_flavours(async || {
        let log = Log::new();
        assert_eq!(cleaned_up(named(&log)).await, Ok(()));
        assert_eq!(log.cleaned(), ["a", "b", "c", "d", "e", "f"]);
        // One after the other: each begins after the one before has ended.
        assert_eq!(log.entries()[3], "cleanup b");
    });
}

/// Declares a type by way of a macro, which hands a field's type on in an invisible group.
macro_rules! declared {
    ($name:ident($member:ty)) => {
        #[derive(Debug, AsyncDrop)]
        struct $name($member);
    };
}

declared!(Grouped(AsyncDropGuard<Probe>));

#[derive(Debug, AsyncDrop)]
#[allow(unused_parens, reason = "what a macro may write")]
struct Parenthesized((AsyncDropGuard<Probe>));

#[test]
fn guards_are_seen_in_groups_and_parentheses() {
    let log = Log::new();
    let [a, b] = probes(&log, ["a", "b"]);
    block_on(cleaned_up(Grouped(a))).unwrap();
    block_on(cleaned_up(Parenthesized(b))).unwrap();
    assert_eq!(log.cleaned(), ["a", "b"]);
}

/// One field of several generic guards: the first error is kept while the others are awaited, so it has to be `Send`.
#[derive(Debug, AsyncDrop)]
struct Pair<T: AsyncDrop + Debug>([AsyncDropGuard<T>; 2]);

#[derive(Debug, AsyncDrop)]
struct Many<T: AsyncDrop + Debug>(Vec<AsyncDropGuard<T>>);

#[test]
fn several_generic_guards_in_one_field_are_cleaned_up() {
    let log = Log::new();
    let [a, b, c] = probes(&log, ["a", "b", "c"]);
    block_on(cleaned_up(Pair([a, b]))).unwrap();
    block_on(cleaned_up(Many(vec![c]))).unwrap();
    assert_eq!(log.cleaned(), ["a", "b", "c"]);
}

#[test]
fn absent_and_empty_members_are_no_failure() {
    block_on(async {
        let log = Log::new();
        let mut value = named(&log);
        value.b.take().unwrap().async_drop().await.unwrap();
        for mut guard in value.c.drain(..) {
            guard.async_drop().await.unwrap();
        }
        assert_eq!(cleaned_up(value).await, Ok(()));
    });
}

#[test]
fn tuple_struct_is_cleaned_up_in_order() {
    #[derive(Debug, AsyncDrop)]
    struct Tuple((), AsyncDropGuard<Probe>, (), AsyncDropGuard<Probe>);

    on_both_flavours(async || {
        let log = Log::new();
        let [a, b] = probes(&log, ["a", "b"]);
        assert_eq!(cleaned_up(Tuple((), a, (), b)).await, Ok(()));
        assert_eq!(log.cleaned(), ["a", "b"]);
    });
}

#[test]
fn variant_that_is_there_is_cleaned_up() {
    #[derive(Debug, AsyncDrop)]
    enum Link {
        Up {
            reader: AsyncDropGuard<Probe>,
            writer: AsyncDropGuard<Probe>,
        },
        Half((), AsyncDropGuard<Probe>),
        Down,
    }

    on_both_flavours(async || {
        let log = Log::new();
        let [reader, writer, half] = probes(&log, ["reader", "writer", "half"]);
        assert_eq!(cleaned_up(Link::Up { reader, writer }).await, Ok(()));
        assert_eq!(cleaned_up(Link::Half((), half)).await, Ok(()));
        assert_eq!(cleaned_up(Link::Down).await, Ok(()));
        assert_eq!(log.cleaned(), ["reader", "writer", "half"]);
    });
}

#[test]
fn concurrent_members_do_not_wait_for_each_other() {
    #[derive(Debug, AsyncDrop)]
    #[async_drop(concurrent)]
    struct Concurrent {
        a: AsyncDropGuard<Probe>,
        b: Vec<AsyncDropGuard<Probe>>,
    }

    on_both_flavours(async || {
        let log = Log::new();
        let [a, b, c] = probes(&log, ["a", "b", "c"]);
        let value = Concurrent { a, b: vec![b, c] };
        assert_eq!(cleaned_up(value).await, Ok(()));
        let started = &log.entries()[..3];
        assert_eq!(started, ["cleanup a", "cleanup b", "cleanup c"]);
        assert_eq!(log.cleaned().len(), 3);
    });
}

#[test]
fn failing_members_stop_no_other_and_all_but_the_first_error_are_reported() {
    let (log, reports) = reports_of(async || {
        let log = Log::new();
        let mut value = named(&log);
        value.a.async_drop().await.unwrap();
        value.a = log.probe("a").failing().guard();
        value.d.0.async_drop().await.unwrap();
        value.d.0 = log.probe("e").failing().guard();
        assert_eq!(cleaned_up(value).await, Err(ProbeError("a")));
        log
    });
    assert_eq!(log.count("cleaned f"), 1);
    assert_eq!(reports.len(), 1);
    reports[0].assert_cleanup_failed::<Probe>(ProbeError("e"), FILE);
}

#[test]
fn cleanup_cancelled_half_way_reports_the_error_so_far_and_goes_on_with_the_rest() {
    let ((), reports) = reports_of(async || {
        let log = Log::new();
        let mut value = AsyncDropGuard::new(Named {
            a: log.probe("a").failing().guard(),
            plain: 0,
            b: Some(log.probe("b").stuck_once().guard()),
            c: vec![log.guard("c")],
            d: (log.guard("d"), Box::new([log.guard("e")])),
        });
        cancel_at_first_await(value.async_drop());
        assert_eq!(value.async_drop().await, Ok(()));
        assert_eq!(log.count("cleanup a"), 1);
        assert_eq!(log.cleaned(), ["a", "b", "c", "d", "e"]);
    });
    assert_eq!(reports.len(), 1);
    reports[0].assert_cleanup_failed::<Probe>(ProbeError("a"), FILE);
}

mod panicking_member {
    use super::*;

    #[derive(Debug)]
    struct Breaks;

    #[async_trait::async_trait]
    impl AsyncDrop for Breaks {
        type Error = ProbeError;

        async fn async_drop_impl(&mut self) -> Result<(), ProbeError> {
            panic!("it breaks");
        }
    }

    #[derive(Debug, AsyncDrop)]
    struct InOrder(AsyncDropGuard<Breaks>, AsyncDropGuard<Probe>);

    #[derive(Debug, AsyncDrop)]
    #[async_drop(concurrent)]
    struct Concurrent(AsyncDropGuard<Breaks>, AsyncDropGuard<Probe>);

    /// Cleans up a value whose first member panics and whose last one fails.
    fn last_member_is_cleaned_up<T: AsyncDrop<Error = ProbeError> + Debug>(
        value: impl Fn(AsyncDropGuard<Breaks>, AsyncDropGuard<Probe>) -> T,
    ) {
        for runtime in [common::current_thread(), common::multi_thread()] {
            let log = Log::new();
            let last = log.probe("last").yielding(1).failing().guard();
            let value = value(AsyncDropGuard::new(Breaks), last);
            let (words, reported) =
                reports(|| common::panic_message(|| runtime.block_on(cleaned_up(value))));
            assert_eq!(words, "it breaks");
            assert_eq!(log.cleaned(), ["last"]);
            let failed: Vec<_> = reported.iter().map(|r| r.field("error")).collect();
            assert!(failed.contains(&r#"ProbeError("last")"#), "{reported:?}");
        }
    }

    #[test]
    fn takes_no_later_member_with_it() {
        last_member_is_cleaned_up(InOrder);
    }

    #[test]
    fn takes_no_member_beside_it_with_it() {
        last_member_is_cleaned_up(Concurrent);
    }
}

mod stated_error {
    use super::*;

    #[derive(Debug, PartialEq)]
    enum CloseError {
        Probe(ProbeError),
    }

    impl From<ProbeError> for CloseError {
        fn from(error: ProbeError) -> Self {
            Self::Probe(error)
        }
    }

    impl From<std::convert::Infallible> for CloseError {
        fn from(never: std::convert::Infallible) -> Self {
            match never {}
        }
    }

    #[derive(Debug, AsyncDrop)]
    #[async_drop(error = CloseError)]
    struct Plain {
        cannot_fail: AsyncDropGuard<Infallible>,
        a: AsyncDropGuard<Probe>,
        b: AsyncDropGuard<Probe>,
    }

    #[derive(Debug, AsyncDrop)]
    #[async_drop(concurrent, error = "CloseError")]
    struct Quoted {
        a: AsyncDropGuard<Probe>,
        cannot_fail: AsyncDropGuard<Infallible>,
    }

    #[test]
    fn members_convert_into_the_stated_error_and_are_reported_as_their_own() {
        let ((), reports) = reports_of(async || {
            let log = Log::new();
            let value = Plain {
                cannot_fail: AsyncDropGuard::new(Infallible(log.clone())),
                a: log.probe("a").failing().guard(),
                b: log.probe("b").failing().guard(),
            };
            let expected = CloseError::Probe(ProbeError("a"));
            assert_eq!(cleaned_up(value).await, Err(expected));

            let value = Quoted {
                a: log.probe("a").failing().guard(),
                cannot_fail: AsyncDropGuard::new(Infallible(log.clone())),
            };
            let expected = CloseError::Probe(ProbeError("a"));
            assert_eq!(cleaned_up(value).await, Err(expected));
            assert_eq!(log.count("cleaned"), 2);
        });
        assert_eq!(reports.len(), 1);
        reports[0].assert_cleanup_failed::<Probe>(ProbeError("b"), FILE);
    }
}
