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

#[path = "../../utils/tests/common/mod.rs"]
#[allow(clippy::pedantic, reason = "checked with the tests that it is for")]
mod common;

use std::fmt::Debug;

// Not imported: the trait's macro attribute, which derived code must do without.
use async_drop_utils::{AsyncDrop, AsyncDropArc, AsyncDropGuard};
use common::{
    Infallible, Log, Probe, ProbeError, block_on, cancel_at_first_await, on_both_flavours, reports,
    reports_of,
};

const UTILS_FILE: &str = file!();

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
    reports[0].assert_cleanup_failed::<Probe>(ProbeError("e"), UTILS_FILE);
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
    reports[0].assert_cleanup_failed::<Probe>(ProbeError("a"), UTILS_FILE);
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
        reports[0].assert_cleanup_failed::<Probe>(ProbeError("b"), UTILS_FILE);
    }
}

mod generic {
    use super::*;

    #[derive(Debug, AsyncDrop)]
    struct One<T: Debug> {
        guard: AsyncDropGuard<T>,
    }

    #[derive(Debug, AsyncDrop)]
    struct Many<T, U, const N: usize>
    where
        T: Debug,
        U: Debug,
    {
        first: AsyncDropGuard<T>,
        second: [AsyncDropGuard<U>; N],
        third: Option<AsyncDropGuard<Box<T>>>,
        named: AsyncDropGuard<Probe>,
    }

    #[derive(Debug, AsyncDrop)]
    #[async_drop(error = E)]
    struct Stated<T: Debug, E: Debug> {
        first: AsyncDropGuard<T>,
        second: AsyncDropGuard<Probe>,
        #[async_drop(skip)]
        #[allow(dead_code, reason = "here to make `E` used")]
        error: std::marker::PhantomData<E>,
    }

    #[derive(Debug, AsyncDrop)]
    enum Either<T: Debug, U: Debug> {
        Left(AsyncDropGuard<T>),
        Right(AsyncDropGuard<U>),
    }

    #[derive(Debug, AsyncDrop)]
    struct Borrowing<'a, T: Debug> {
        #[allow(dead_code, reason = "a field that is not a guard")]
        name: &'a str,
        guard: AsyncDropGuard<T>,
    }

    #[derive(Debug, AsyncDrop)]
    struct Shared<T: AsyncDrop + Debug + Send> {
        arc: AsyncDropGuard<AsyncDropArc<T>>,
    }

    /// Fails, if at all, with an error that is not `Send`: allowed where no error waits for another cleanup.
    #[derive(Debug)]
    struct Local;

    #[async_trait::async_trait]
    impl AsyncDrop for Local {
        type Error = std::rc::Rc<str>;

        async fn async_drop_impl(&mut self) -> Result<(), Self::Error> {
            Err("failed".into())
        }
    }

    #[test]
    fn parameters_get_no_stricter_bounds_than_the_cleanup_needs() {
        block_on(async {
            let one = One {
                guard: AsyncDropGuard::new(Local),
            };
            assert_eq!(cleaned_up(one).await, Err("failed".into()));
        });
    }

    #[test]
    fn members_of_parameter_types_are_cleaned_up() {
        on_both_flavours(async || {
            let log = Log::new();
            let [a, b, c, d, e] = probes(&log, ["a", "b", "c", "d", "e"]);
            let many = Many {
                first: a,
                second: [b, c],
                third: Some(d.into_box()),
                named: e,
            };
            assert_eq!(cleaned_up(many).await, Ok(()));
            assert_eq!(log.cleaned(), ["a", "b", "c", "d", "e"]);
        });
    }

    #[test]
    fn enums_borrowing_types_and_bounded_parameters_are_cleaned_up() {
        block_on(async {
            let log = Log::new();
            let [left, right, borrowing, shared] = probes(&log, ["l", "r", "b", "s"]);
            let left: Either<Probe, Probe> = Either::Left(left);
            assert_eq!(cleaned_up(left).await, Ok(()));
            let right: Either<Probe, Probe> = Either::Right(right);
            assert_eq!(cleaned_up(right).await, Ok(()));
            let name = String::from("borrowed");
            let borrowing = Borrowing {
                name: &name,
                guard: borrowing,
            };
            assert_eq!(cleaned_up(borrowing).await, Ok(()));
            let shared = Shared {
                arc: AsyncDropArc::new(shared),
            };
            assert_eq!(cleaned_up(shared).await, Ok(()));
            assert_eq!(log.cleaned().len(), 4);
        });
    }

    #[test]
    fn stated_error_may_be_a_parameter() {
        block_on(async {
            let log = Log::new();
            let [a, _] = [
                log.probe("a").failing().guard(),
                AsyncDropGuard::new_invalid(),
            ];
            let value: Stated<Probe, ProbeError> = Stated {
                first: log.guard("b"),
                second: a,
                error: std::marker::PhantomData,
            };
            assert_eq!(cleaned_up(value).await, Err(ProbeError("a")));
        });
    }
}

mod attributes {
    use super::*;

    type Connection = AsyncDropGuard<Probe>;
    type Pool<T> = Vec<AsyncDropGuard<T>>;

    /// What somebody else cleans up.
    #[derive(Debug)]
    struct NotSend(#[allow(dead_code)] std::rc::Rc<()>);

    #[derive(Debug, AsyncDrop)]
    struct Aliased<T: Debug> {
        #[async_drop(guard)]
        connection: Connection,
        #[async_drop(guard)]
        pool: Pool<T>,
    }

    #[derive(Debug, AsyncDrop)]
    struct Skipping {
        #[async_drop(skip)]
        lent: Option<AsyncDropGuard<Probe>>,
        own: AsyncDropGuard<Probe>,
    }

    #[test]
    fn alias_is_cleaned_up_where_an_attribute_says_so() {
        block_on(async {
            let log = Log::new();
            let [connection, a, b] = probes(&log, ["connection", "a", "b"]);
            let value = Aliased {
                connection,
                pool: vec![a, b],
            };
            assert_eq!(cleaned_up(value).await, Ok(()));
            assert_eq!(log.cleaned(), ["connection", "a", "b"]);
        });
    }

    #[test]
    fn skipped_field_is_left_alone() {
        block_on(async {
            let log = Log::new();
            let [lent, own] = probes(&log, ["lent", "own"]);
            let mut value = AsyncDropGuard::new(Skipping {
                lent: Some(lent),
                own,
            });
            let mut lent = value.lent.take().unwrap();
            assert_eq!(value.async_drop().await, Ok(()));
            assert_eq!(log.cleaned(), ["own"]);
            lent.async_drop().await.unwrap();

            let [lent, own] = probes(&log, ["lent", "own"]);
            let mut value = Skipping {
                lent: Some(lent),
                own,
            };
            value.async_drop_impl().await.unwrap();
            assert!(!value.lent.as_ref().unwrap().is_dropped());
            value.lent.unwrap().async_drop().await.unwrap();
        });
    }

    #[test]
    fn fields_that_are_not_members_need_not_be_send() {
        #[derive(Debug, AsyncDrop)]
        struct Mixed {
            guard: AsyncDropGuard<Probe>,
            #[allow(dead_code)]
            local: NotSend,
        }
        block_on(async {
            let log = Log::new();
            let value = Mixed {
                guard: log.guard("a"),
                local: NotSend(std::rc::Rc::new(())),
            };
            assert_eq!(cleaned_up(value).await, Ok(()));
        });
    }

    #[test]
    fn library_may_have_another_name() {
        mod renamed {
            pub use async_drop_utils as cleanup;
        }

        #[derive(Debug, AsyncDrop)]
        #[async_drop(crate = renamed::cleanup)]
        struct ByPath(AsyncDropGuard<Probe>);

        #[derive(Debug, AsyncDrop)]
        #[async_drop(crate = "renamed::cleanup", concurrent)]
        struct InQuotes(AsyncDropGuard<Probe>);

        block_on(async {
            let log = Log::new();
            let [a, b] = probes(&log, ["a", "b"]);
            assert_eq!(cleaned_up(ByPath(a)).await, Ok(()));
            assert_eq!(cleaned_up(InQuotes(b)).await, Ok(()));
            assert_eq!(log.cleaned().len(), 2);
        });
    }

    #[test]
    fn names_of_the_user_do_not_get_into_the_way() {
        #![allow(
            non_camel_case_types,
            dead_code,
            reason = "names that derived code might trip over"
        )]
        struct Box;
        struct Result;
        struct Ok;
        struct Some;
        trait Send {}
        trait Future {}
        fn outcome() {}
        fn member_0() {}
        mod std {}
        mod core {}

        #[derive(Debug, AsyncDrop)]
        struct Shadowing<member_0: Debug> {
            outcome: AsyncDropGuard<member_0>,
            r#type: AsyncDropGuard<member_0>,
        }

        block_on(async {
            let log = Log::new();
            let [outcome, r#type] = probes(&log, ["a", "b"]);
            let value = Shadowing { outcome, r#type };
            assert!(cleaned_up(value).await.is_ok());
        });
    }
}

#[allow(
    clippy::unused_async,
    reason = "a cleanup is async, whether or not it awaits"
)]
mod own_cleanup {
    use super::*;

    /// Nothing to clean up but what it does itself.
    #[derive(Debug, AsyncDrop)]
    #[async_drop(with = Self::close, error = ProbeError)]
    struct Alone {
        log: Log,
        fails: bool,
    }

    impl Alone {
        async fn close(&mut self) -> Result<(), ProbeError> {
            self.log.push("own");
            if self.fails {
                return Err(ProbeError("own"));
            }
            Ok(())
        }
    }

    #[test]
    fn type_without_guards_is_cleaned_up_by_the_function_that_it_names() {
        on_both_flavours(async || {
            for fails in [false, true] {
                let log = Log::new();
                let alone = Alone {
                    log: log.clone(),
                    fails,
                };
                assert_eq!(cleaned_up(alone).await.is_err(), fails);
                assert_eq!(log.entries(), ["own"]);
            }
        });
    }

    #[derive(Debug, AsyncDrop)]
    #[async_drop(with = flush, error = ProbeError)]
    struct Owner {
        log: Log,
        breaks: bool,
        member: AsyncDropGuard<Probe>,
    }

    async fn flush(owner: &mut Owner) -> Result<(), ProbeError> {
        tokio::task::yield_now().await;
        owner.log.push("own");
        assert!(!owner.breaks, "it breaks");
        Err(ProbeError("own"))
    }

    fn owner(log: &Log, breaks: bool) -> Owner {
        Owner {
            log: log.clone(),
            breaks,
            member: log.probe("a").failing().guard(),
        }
    }

    #[test]
    fn own_cleanup_runs_first_and_the_members_follow_when_it_fails() {
        let (ended, reported) = reports(|| {
            let log = Log::new();
            let ended = block_on(cleaned_up(owner(&log, false)));
            assert_eq!(log.entries(), ["own", "cleanup a", "cleaned a", "drop a"]);
            ended
        });
        assert_eq!(ended, Err(ProbeError("own")));
        assert_eq!(reported.len(), 1);
        reported[0].assert_cleanup_failed::<Probe>(ProbeError("a"), UTILS_FILE);
    }

    #[test]
    fn members_follow_when_the_own_cleanup_panics() {
        let log = Log::new();
        let words = common::panic_message(|| block_on(cleaned_up(owner(&log, true))));
        assert_eq!(words, "it breaks");
        assert_eq!(log.cleaned(), ["a"]);
    }

    #[test]
    fn cancelled_own_cleanup_starts_again() {
        block_on(async {
            let log = Log::new();
            let mut owner = AsyncDropGuard::new(owner(&log, false));
            cancel_at_first_await(owner.async_drop());
            assert_eq!(owner.async_drop().await, Err(ProbeError("own")));
            assert_eq!((log.count("own"), log.count("cleaned a")), (1, 1));
        });
    }

    #[derive(Debug, AsyncDrop)]
    #[async_drop(with = Self::close, error = E, concurrent)]
    enum Choice<T: Debug, E: Debug> {
        Members(Vec<AsyncDropGuard<T>>, Option<E>),
        Value(T, Option<E>),
    }

    impl<T: Debug, E: Debug> Choice<T, E> {
        async fn close(&mut self) -> Result<(), E> {
            let (Self::Members(_, error) | Self::Value(_, error)) = self;
            error.take().map_or(Ok(()), Err)
        }
    }

    #[test]
    fn generic_enum_has_a_cleanup_of_its_own_before_that_of_the_variant_that_is_there() {
        block_on(async {
            let log = Log::new();
            let members = vec![log.probe("a").guard()];
            let members = Choice::Members(members, Some(ProbeError("own")));
            assert_eq!(cleaned_up(members).await, Err(ProbeError("own")));
            assert_eq!(log.cleaned(), ["a"]);
            let value = Choice::Value(log.probe("b"), None::<ProbeError>);
            assert_eq!(cleaned_up(value).await, Ok(()));
        });
    }
}
