//! References to a shared value that do not own it.

mod common;

use async_drop_utils::{AsyncDropArc, AsyncDropGuard, AsyncDropWeak};
use common::{Log, Probe, block_on, cancel_at_first_await, on_both_flavours, panic_message};

#[test]
fn a_weak_reference_delays_no_cleanup_and_needs_none() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut arc = AsyncDropArc::new(log.probe("a").yielding(1).guard());
        let weak = AsyncDropArc::downgrade(&arc);
        assert_eq!(arc.async_drop().await, Ok(()));
        assert_eq!(log.entries(), ["cleanup a", "cleaned a", "drop a"]);
        assert!(weak.upgrade().is_none());
        drop(weak);
    });
}

#[test]
fn an_upgraded_reference_is_an_owner() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut first = AsyncDropArc::new(log.guard("a"));
        let weak = AsyncDropArc::downgrade(&first);
        let mut second = weak.upgrade().unwrap();
        assert!(AsyncDropArc::ptr_eq(&first, &second));
        assert_eq!(weak.strong_count(), 2);
        assert_eq!(first.async_drop().await, Ok(()));
        assert_eq!(log.count("cleanup a"), 0);
        assert_eq!(second.name, "a");
        assert_eq!(second.async_drop().await, Ok(()));
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn an_upgraded_owner_that_is_forgotten_names_where_it_was_upgraded() {
    let mut arc = AsyncDropArc::new(Log::new().guard("a"));
    let weak = AsyncDropArc::downgrade(&arc);
    let owner = weak.upgrade();
    let line = line!() - 1;
    let message = panic_message(|| drop(owner));
    assert!(message.contains(&format!("guard made at {}:{line}:", file!())));
    block_on(arc.async_drop()).unwrap();
}

#[test]
fn nothing_can_be_upgraded_once_the_last_cleanup_has_started() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut arc = AsyncDropArc::new(log.probe("a").stuck_once().guard());
        let weak = AsyncDropArc::downgrade(&arc);
        cancel_at_first_await(arc.async_drop());
        assert!(weak.upgrade().is_none());
        assert_eq!(weak.strong_count(), 0);
        assert_eq!(arc.async_drop().await, Ok(()));
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn reference_that_is_made_behind_a_cleanup_that_was_cut_off_can_be_upgraded() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut arc = AsyncDropArc::new(log.probe("a").stuck_once().guard());
        let before = AsyncDropArc::downgrade(&arc);
        cancel_at_first_await(arc.async_drop());
        let mut owner = AsyncDropArc::downgrade(&arc).upgrade().unwrap();
        assert!(before.upgrade().is_none());
        assert_eq!(arc.async_drop().await, Ok(()));
        assert_eq!(log.count("cleaned a"), 0, "this was not the last");
        assert_eq!(owner.async_drop().await, Ok(()));
        assert_eq!(log.count("cleaned a"), 1);
    });
}

#[test]
fn clones_refer_to_the_same_value_and_a_new_reference_to_nothing() {
    let mut arc = AsyncDropArc::new(Log::new().guard("a"));
    let weak = AsyncDropArc::downgrade(&arc);
    assert!(weak.ptr_eq(&weak.clone()));
    let nothing: AsyncDropWeak<Probe> = AsyncDropWeak::default();
    assert!(!weak.ptr_eq(&nothing));
    assert!(nothing.upgrade().is_none());
    block_on(arc.async_drop()).unwrap();
}

#[test]
fn downgrading_after_cleanup_panics() {
    let mut arc = AsyncDropArc::new(Log::new().guard("a"));
    block_on(arc.async_drop()).unwrap();
    let message = panic_message(|| AsyncDropArc::downgrade(&arc));
    assert_eq!(message, "Value already dropped");
}

#[test]
fn an_owner_that_is_made_while_the_last_one_lets_go_is_the_last_or_is_not_made() {
    const ROUNDS: usize = 2_000;
    for _ in 0..ROUNDS {
        let log = Log::new();
        let mut arc = AsyncDropArc::new(log.guard("a"));
        let weak = AsyncDropArc::downgrade(&arc);
        let let_go = |owner: &mut AsyncDropGuard<AsyncDropArc<Probe>>| {
            // Nothing in this cleanup waits, so that a runtime is not needed.
            futures_util::FutureExt::now_or_never(owner.async_drop())
                .unwrap()
                .unwrap();
        };
        std::thread::scope(|scope| {
            scope.spawn(|| let_go(&mut arc));
            scope.spawn(|| weak.upgrade().as_mut().map(let_go));
        });
        assert_eq!(log.entries(), ["cleanup a", "cleaned a", "drop a"]);
    }
}
