//! Of owners that let go at the same time, exactly one is the last.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

// The library's own file, which is private to it.
#[path = "../src/async_drop"]
mod async_drop {
    pub mod sharing {
        pub mod last_owner;
    }
    #[allow(unused_imports, reason = "this file uses a part of it")]
    mod sync;
}

use async_drop::sharing::last_owner::last_owner;

#[test]
fn an_owner_stays_last_until_its_slot_is_cloned() {
    let mut first = Some(Arc::new(1));
    *last_owner(&mut first).unwrap() += 1;
    assert_eq!(last_owner(&mut first), Some(&mut 2));
    let mut second = first.clone();
    assert_eq!(last_owner(&mut first), None);
    assert_eq!(last_owner(&mut first), None);
    assert_eq!(last_owner(&mut second), Some(&mut 2));
}

#[test]
fn a_weak_reference_cannot_revive_what_the_last_owner_holds() {
    let mut owner = Some(Arc::new(1));
    let weak = owner.as_ref().map(Arc::downgrade).unwrap();
    assert_eq!(last_owner(&mut owner), Some(&mut 1));
    assert!(weak.upgrade().is_none());
}

#[test]
fn exactly_one_of_two_threads_finds_itself_last() {
    const ROUNDS: usize = 20_000;
    let (here, there): (Vec<_>, Vec<_>) = (0..ROUNDS)
        .map(|_| {
            let share = Arc::new(());
            (Some(Arc::clone(&share)), Some(share))
        })
        .unzip();
    let arrived = AtomicUsize::new(0);
    let let_go_of_all = |mut slots: Vec<_>| {
        for (round, slot) in slots.iter_mut().enumerate() {
            arrived.fetch_add(1, Ordering::SeqCst);
            let mut spins = 0;
            while arrived.load(Ordering::SeqCst) < 2 * (round + 1) {
                spins += 1;
                if spins % 100 == 0 {
                    std::thread::yield_now();
                }
                std::hint::spin_loop();
            }
            last_owner(slot);
        }
        slots
    };
    let (here, there) = std::thread::scope(|scope| {
        let there = scope.spawn(|| let_go_of_all(there));
        (let_go_of_all(here), there.join().unwrap())
    });
    for (round, (here, there)) in here.iter().zip(&there).enumerate() {
        assert_eq!(
            usize::from(here.is_some()) + usize::from(there.is_some()),
            1,
            "last owners in round {round}"
        );
    }
}
