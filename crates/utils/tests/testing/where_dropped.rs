//! Where a future is dropped: on either side of the effect, inside a deadline, in the branches of a race.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use async_drop_utils::testing::{Explorer, InjectedFault, Ledger, fallible};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::seat::Seat;
use crate::way_out::OnDrop;
use crate::{By, finds, survives};

/// Whoever is cut off while it asks for a seat does `last`.
async fn sit(last: fn(&Seat)) -> Result<(), InjectedFault> {
    let seat = Arc::new(Seat::new());
    let cut_off = OnDrop::new({
        let seat = Arc::clone(&seat);
        move || last(&seat)
    });
    let taken = seat.take().await;
    cut_off.forget();
    seat.hang_up();
    taken
}

#[test]
fn between_request_and_effect() {
    finds(
        By::Pairs,
        async || sit(Seat::give_back).await,
        "leaks when cancelled at await #1\nstill open: seat #1",
    );
}

#[test]
fn between_effect_and_reply() {
    finds(
        By::Pairs,
        async || sit(Seat::refuse).await,
        "leaks when cancelled at await #1 just before it resumes\nstill open: seat #1",
    );
}

#[test]
fn whoever_hangs_up_on_either_side_survives() {
    survives(async || sit(Seat::hang_up).await);
}

/// A value is on its way to a receiver, which may be gone.
async fn receive(takes_back: bool) {
    let (sender, receiver) = oneshot::channel();
    tokio::spawn(async move {
        let entry = Ledger::current().open("parcel");
        let closes = OnDrop::new(move || entry.close());
        if let Err(unwanted) = sender.send(closes)
            && !takes_back
        {
            unwanted.forget();
        }
    });
    drop(receiver.await);
}

#[test]
fn before_what_it_waits_for_is_sent() {
    finds(
        By::All,
        async || receive(false).await,
        "leaks when cancelled at await #1\nstill open: parcel #1",
    );
    survives(async || receive(true).await);
}

/// A deadline around a wait that is no operation.
async fn wait_for_a_signal(forgets: bool) {
    let entry = Ledger::current().open("file");
    let close = OnDrop::new(move || entry.close());
    let (signal, signalled) = oneshot::channel();
    tokio::spawn(async move {
        sleep(Duration::from_secs(50)).await;
        sleep(Duration::from_millis(1)).await;
        signal.send(()).ok();
    });
    if timeout(Duration::from_secs(60), signalled).await.is_err() && forgets {
        close.forget();
    }
}

#[test]
fn inside_a_deadline_when_an_hour_passes() {
    finds(
        By::Pairs,
        async || wait_for_a_signal(true).await,
        "leaks when an hour passes at await #1\nstill open: file #1",
    );
    survives(async || wait_for_a_signal(false).await);
}

/// Two branches race, and what is open is forgotten where `loser` loses.
async fn race(first: &'static str, second: &'static str, loser: &str) {
    let entry = Ledger::current().open("file");
    let close = OnDrop::new(move || entry.close());
    let lost = tokio::select! {
        biased;
        _ = fallible(first) => second,
        _ = fallible(second) => first,
    };
    if lost == loser {
        close.forget();
    }
}

#[test]
fn in_each_branch_of_a_race() {
    finds(
        By::Pairs,
        async || race("read", "stop", "read").await,
        "leaks when read #1 never answers\nstill open: file #1",
    );
    finds(
        By::Pairs,
        async || race("stop", "read", "stop").await,
        "leaks when stop #1 never answers\nstill open: file #1",
    );
    finds(
        By::Pairs,
        async || race("read", "stop", "stop").await,
        "leaks when nothing fails\nstill open: file #1",
    );
    survives(async || race("read", "stop", "neither").await);
}

#[test]
fn in_each_branch_of_a_race_with_a_timer() {
    for timer_first in [false, true] {
        let won = Cell::new([false; 2]);
        let wins = |branch: usize| {
            let mut both = won.get();
            both[branch] = true;
            won.set(both);
        };
        let race = async || {
            let timer = sleep(Duration::from_secs(60));
            if timer_first {
                tokio::select! { biased; () = timer => wins(0), _ = fallible("read") => wins(1) }
            } else {
                tokio::select! { biased; _ = fallible("read") => wins(1), () = timer => wins(0) }
            }
        };
        Explorer::new().failures(race).unwrap();
        assert_eq!(won.get(), [true; 2], "the timer first: {timer_first}");
    }
}
