//! A cleanup that panics takes none of those beside it with it: all run, then the panic goes on.

#[path = "common/breaks_in_drop.rs"]
mod breaks_in_drop;
mod common;

use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use async_drop_utils::{
    AsyncDrop, AsyncDropGuard, AsyncDropHashMap, AsyncDropStack, async_drop_concurrently,
    async_drop_in_order, flatten_async_drop, open_all, with_async_drop_2,
};
use breaks_in_drop::BreaksInDrop;
use common::{
    Log, Probe, ProbeError, block_on, cancel_at_first_await, on_both_flavours, payload_message,
    reports,
};
use futures_util::FutureExt;

/// Its cleanup panics with its name, after it has yielded once.
#[derive(Debug)]
struct Breaks(&'static str);

#[async_trait::async_trait]
impl AsyncDrop for Breaks {
    type Error = ProbeError;

    async fn async_drop_impl(&mut self) -> Result<(), ProbeError> {
        tokio::task::yield_now().await;
        panic!("{} breaks", self.0);
    }
}

/// Both in one type, for containers that hold one.
type Either = Box<dyn AnyValue>;

trait AnyValue: AsyncDrop<Error = ProbeError> + std::fmt::Debug + Send {}

impl AnyValue for Breaks {}
impl AnyValue for Probe {}

fn breaks(name: &'static str) -> AsyncDropGuard<Breaks> {
    AsyncDropGuard::new(Breaks(name))
}

/// The words of the panic that `cleanup` ends with.
async fn panic_of<R>(cleanup: impl Future<Output = R>) -> String {
    match AssertUnwindSafe(cleanup).catch_unwind().await {
        Ok(_) => panic!("expected a panic, and there was none"),
        Err(payload) => payload_message(&*payload),
    }
}

type Cleanup = Pin<Box<dyn Future<Output = Result<(), ProbeError>>>>;

fn ok(log: &Log) -> AsyncDropGuard<Probe> {
    log.probe("ok").yielding(3).guard()
}

fn fails(log: &Log) -> AsyncDropGuard<Probe> {
    log.probe("fails").failing().guard()
}

/// Values of one type: two that break, one that fails, and one that goes well.
fn list(log: &Log) -> [AsyncDropGuard<Either>; 4] {
    let values: [Either; 4] = [
        Box::new(Breaks("first")),
        Box::new(Breaks("second")),
        Box::new(log.probe("fails").failing()),
        Box::new(log.probe("ok").yielding(3)),
    ];
    values.map(AsyncDropGuard::new)
}

fn map(log: &Log) -> AsyncDropGuard<AsyncDropHashMap<usize, Either>> {
    let mut map = AsyncDropHashMap::new();
    for (key, guard) in list(log).into_iter().enumerate() {
        map.try_insert(key, guard).unwrap();
    }
    map
}

/// How the cleanup of a container is begun that holds what [`list`] says.
type Container = (&'static str, fn(&Log) -> Cleanup);

const CONTAINERS: &[Container] = &[
    ("a vector", |log| {
        let mut vec = AsyncDropGuard::new(Vec::from(list(log)));
        Box::pin(async move { vec.async_drop().await })
    }),
    ("a tuple", |log| {
        let guards = (breaks("first"), breaks("second"), fails(log), ok(log));
        let mut tuple = AsyncDropGuard::new(guards);
        Box::pin(async move { tuple.async_drop().await })
    }),
    ("members in order", |log| {
        let (mut a, mut b) = (breaks("first"), breaks("second"));
        let (mut c, mut d) = (fails(log), ok(log));
        Box::pin(async move { async_drop_in_order!(a, b, c, d) })
    }),
    ("members concurrently", |log| {
        let (mut a, mut b) = (breaks("first"), breaks("second"));
        let (mut c, mut d) = (fails(log), ok(log));
        Box::pin(async move { async_drop_concurrently!(a, b, c, d) })
    }),
    ("members in members, concurrently", |log| {
        let (mut a, mut b) = (breaks("first"), (breaks("second"), fails(log)));
        let mut c = [ok(log)];
        Box::pin(async move { async_drop_concurrently!(a, b, c) })
    }),
    ("an array, concurrently", |log| {
        let mut list = list(log);
        Box::pin(async move { async_drop_concurrently!(list) })
    }),
    ("a map", |log| {
        let mut map = map(log);
        Box::pin(async move { map.async_drop().await })
    }),
    ("what leaves a map", |log| {
        let mut map = map(log);
        Box::pin(async move { map.clear().await })
    }),
    ("a stack", |log| {
        let mut stack = AsyncDropStack::<ProbeError>::new();
        stack.push(ok(log));
        stack.push(fails(log));
        stack.push(breaks("second"));
        stack.push(breaks("first"));
        Box::pin(async move { stack.async_drop().await })
    }),
    ("what is opened beside a failure", |log| {
        let (a, b) = (breaks("first"), breaks("second"));
        let (c, d) = (fails(log), ok(log));
        let opening = open_all((
            async { Ok(a) },
            async { Ok(b) },
            async { Ok(c) },
            async { Ok(d) },
            async { Err::<AsyncDropGuard<Probe>, _>(ProbeError("not opened")) },
        ));
        Box::pin(opening.map(|opened| opened.map(drop)))
    }),
    ("a list of what is opened beside a failure", |log| {
        let opened = list(log).into_iter().map(Ok);
        let failed = Err(ProbeError("not opened"));
        let opening = opened.chain([failed]).map(std::future::ready);
        let opening = open_all(opening.collect::<Vec<_>>());
        Box::pin(opening.map(|opened| opened.map(drop)))
    }),
    ("the values of a macro", |log| {
        let (a, b) = (breaks("first"), breaks("second"));
        let (c, d) = (fails(log), ok(log));
        Box::pin(async move { with_async_drop_2!(a, b, c, d, { Ok(()) }) })
    }),
];

#[test]
fn all_cleanups_run_then_the_first_panic_goes_on() {
    on_both_flavours(async || {
        for (name, cleanup) in CONTAINERS {
            let log = Log::new();
            let words = panic_of(cleanup(&log)).await;
            // A map has no order.
            let first = words == "first breaks" || name.contains("map") && words == "second breaks";
            assert!(first, "{name}: {words}");
            assert_eq!(
                log.count("cleaned ok"),
                1,
                "{name}: what goes well was lost"
            );
            assert_eq!(log.count("cleaned fails"), 1, "{name}: what fails was lost");
        }
    });
}

#[test]
fn further_panics_and_all_errors_are_reported() {
    for (name, cleanup) in CONTAINERS {
        let (_, reported) = reports(|| block_on(panic_of(cleanup(&Log::new()))));
        let further = reported.iter().filter(|r| r.message == "cleanup panicked");
        let panics: Vec<_> = further.map(|report| report.field("panic")).collect();
        assert_eq!(panics.len(), 1, "{name}: {reported:?}");
        assert!(panics[0].ends_with(" breaks"), "{name}: {panics:?}");
        let failed = reported.iter().filter(|r| r.message == "cleanup failed");
        let errors: Vec<_> = failed.map(|report| report.field("error")).collect();
        assert_eq!(errors, [r#"ProbeError("fails")"#], "{name}");
        let unopened = reported
            .iter()
            .filter(|r| r.message == "constructor failed");
        assert_eq!(
            unopened.count(),
            usize::from(name.contains("opened")),
            "{name}"
        );
    }
}

#[test]
fn a_panic_met_before_a_cancellation_goes_on_at_the_end_of_the_next_cleanup() {
    block_on(async {
        let log = Log::new();
        let mut stack = AsyncDropStack::<ProbeError>::new();
        stack.push(log.probe("below").guard());
        stack.push(log.probe("middle").yielding(1).guard());
        stack.push(AsyncDropGuard::new(BreaksAtOnce));
        cancel_at_first_await(stack.async_drop());
        let words = panic_of(async move { stack.async_drop().await }).await;
        assert_eq!(words, "breaks at once");
        assert_eq!(log.count("cleaned middle"), 1);
        assert_eq!(log.count("cleaned below"), 1);
    });
}

#[derive(Debug)]
struct BreaksAtOnce;

#[async_trait::async_trait]
impl AsyncDrop for BreaksAtOnce {
    type Error = ProbeError;

    async fn async_drop_impl(&mut self) -> Result<(), ProbeError> {
        panic!("breaks at once");
    }
}

#[test]
fn error_of_a_cleanup_is_reported_when_the_values_drop_panics_behind_it() {
    let (words, reported) = reports(|| {
        block_on(panic_of(async {
            AsyncDropGuard::new(BreaksInDrop).async_drop().await
        }))
    });
    assert_eq!(words, "the drop breaks");
    assert_eq!(reported.len(), 1);
    reported[0].assert_cleanup_failed::<BreaksInDrop>(ProbeError("the cleanup"), file!());
}

#[test]
fn error_that_a_scope_was_given_is_lost_behind_a_panicking_cleanup() {
    type Ended = Pin<Box<dyn Future<Output = Result<(), ProbeError>>>>;
    const CAUSE: ProbeError = ProbeError("cause");
    let ways: [fn() -> Ended; 4] = [
        || {
            let breaks = breaks("only");
            Box::pin(async { with_async_drop_2!(breaks, { Err(CAUSE) }) })
        },
        || {
            Box::pin(async_drop_utils::with_async_drop(
                breaks("only"),
                async |_| Err(CAUSE),
            ))
        },
        || {
            let constructor = AsyncDropStack::construct(async |stack| {
                stack.push(breaks("only"));
                Err::<AsyncDropGuard<Probe>, _>(CAUSE)
            });
            Box::pin(async { constructor.await.map(|_| ()) })
        },
        || {
            let failed: Result<AsyncDropGuard<Probe>, _> = Err(CAUSE);
            let both = flatten_async_drop(Ok::<_, ProbeError>(breaks("only")), failed);
            Box::pin(async { both.await.map(|_: (_, _)| ()) })
        },
    ];
    for way in ways {
        let (panic, said) = reports(|| block_on(panic_of(way())));
        assert_eq!(panic, "only breaks");
        assert!(said.is_empty(), "{said:?}");
    }
}
