//! A cleanup of the type's own, before that of its members.
#![allow(
    clippy::unused_async,
    reason = "a cleanup is async, whether or not it awaits"
)]

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
    reported[0].assert_cleanup_failed::<Probe>(ProbeError("a"), file!());
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

/// An own cleanup that never waits, before a member that does.
#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::close, error = ProbeError)]
struct Prompt {
    log: Log,
    member: AsyncDropGuard<Probe>,
}

impl Prompt {
    async fn close(&mut self) -> Result<(), ProbeError> {
        self.log.push("own");
        Ok(())
    }
}

#[test]
fn own_cleanup_that_has_ended_runs_again_when_a_member_was_cut_off() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut prompt = AsyncDropGuard::new(Prompt {
            log: log.clone(),
            member: log.probe("a").yielding(1).guard(),
        });
        cancel_at_first_await(prompt.async_drop());
        assert_eq!(prompt.async_drop().await, Ok(()));
        assert_eq!((log.count("own"), log.count("cleaned a")), (2, 1));
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
