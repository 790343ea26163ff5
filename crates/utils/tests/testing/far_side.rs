//! What can go wrong with a request to a far side.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_drop_utils::testing::{Explorer, InjectedFault, Ledger, Peer, request};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use crate::seat::Seat;
use crate::way_out::OnDrop;
use crate::{By, finds, survives};

const MINUTE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, PartialEq)]
enum AfterAnError {
    HangUp,
    /// As if an error meant that nothing has happened.
    DoNothing,
    /// As if an error meant that nothing will happen any more.
    GiveBackWhatIsTaken,
}

async fn sit(after_an_error: AfterAnError) -> Result<(), InjectedFault> {
    let seat = Arc::new(Seat::new());
    let hang_up = OnDrop::new({
        let seat = Arc::clone(&seat);
        move || seat.hang_up()
    });
    let taken = seat.take().await;
    if taken.is_err() && after_an_error != AfterAnError::HangUp {
        hang_up.forget();
        if after_an_error == AfterAnError::GiveBackWhatIsTaken {
            seat.give_back();
        }
    }
    taken
}

#[test]
fn an_answer_is_lost_behind_the_effect() {
    finds(
        By::Pairs,
        async || sit(AfterAnError::DoNothing).await,
        "leaks when take #1 happens and its answer is lost\nstill open: seat #1",
    );
}

#[test]
fn an_effect_takes_place_when_the_caller_has_gone_on_with_an_error() {
    finds(
        By::Pairs,
        async || sit(AfterAnError::GiveBackWhatIsTaken).await,
        "leaks when take #1 fails and happens later\nstill open: seat #1",
    );
}

#[test]
fn whoever_hangs_up_after_an_error_survives() {
    survives(async || sit(AfterAnError::HangUp).await);
}

/// Waits so long for a seat; `believes` says what a timeout means.
async fn sit_soon(believes_that_nothing_happened: bool) -> Result<(), InjectedFault> {
    let seat = Arc::new(Seat::new());
    let hang_up = OnDrop::new({
        let seat = Arc::clone(&seat);
        move || seat.hang_up()
    });
    match timeout(MINUTE, seat.take()).await {
        Ok(taken) => taken,
        Err(_) => {
            if believes_that_nothing_happened {
                hang_up.forget();
            }
            Ok(())
        }
    }
}

#[test]
fn an_effect_takes_place_and_nobody_says_so() {
    finds(
        By::Pairs,
        async || sit_soon(true).await,
        "leaks when take #1 happens and never answers\nstill open: seat #1",
    );
    survives(async || sit_soon(false).await);
}

/// Two deadlines, one in the other, and what is open is forgotten where one of them passes.
async fn within(forgets: &str) {
    let entry = Ledger::current().open("file");
    let close = OnDrop::new(move || entry.close());
    let both = async {
        let first = timeout(MINUTE, request("first", || ())).await;
        let second = request("second", || ()).await;
        drop(second);
        first.is_err()
    };
    let forgotten = match timeout(10 * MINUTE, both).await {
        Ok(inner_passed) => inner_passed && forgets == "inner",
        Err(_) => forgets == "outer",
    };
    if forgotten {
        close.forget();
    }
}

#[test]
fn silence_lets_each_deadline_around_it_pass() {
    finds(
        By::Pairs,
        async || within("inner").await,
        "leaks when first #1 never answers\nstill open: file #1",
    );
    finds(
        By::Pairs,
        async || within("outer").await,
        "leaks when second #1 never answers\nstill open: file #1",
    );
    survives(async || within("none").await);
}

#[test]
fn whoever_waits_without_a_deadline_gets_an_error_after_an_hour() {
    let waited = Mutex::new(Vec::new());
    Explorer::new()
        .failures(async || {
            let start = tokio::time::Instant::now();
            let answered = request("ask", || ()).await;
            let waited_for = start.elapsed().as_secs() / 3600;
            waited.lock().unwrap().push((answered.is_ok(), waited_for));
        })
        .unwrap();
    assert_eq!(
        waited.into_inner().unwrap(),
        [
            (true, 0),
            (false, 0),
            (false, 0),
            (false, 0),
            (false, 1),
            (false, 1)
        ]
    );
}

#[test]
fn a_far_side_does_what_was_sent_in_order() {
    let seen = Mutex::new(Vec::new());
    Explorer::new()
        .failures(async || {
            let peer = Peer::new();
            let order = Arc::new(Mutex::new(Vec::new()));
            let note = |what| {
                let order = Arc::clone(&order);
                move || order.lock().unwrap().push(what)
            };
            let first = peer.request("first", note(1)).await;
            peer.clone().request("second", note(2)).await.ok();
            let order = order.lock().unwrap().clone();
            seen.lock().unwrap().push((first.is_ok(), order));
        })
        .unwrap();
    let seen = seen.into_inner().unwrap();
    assert_eq!(seen.len(), 11, "two requests, each with five faults");
    let late = (false, vec![1, 2]);
    // What happens late happens before the next request of the same far side; `first` is lost, late, and unanswered so.
    assert_eq!(
        seen.iter().filter(|run| **run == late).count(),
        3,
        "{seen:?}"
    );
    assert_eq!(seen[0], (true, vec![1, 2]));
    assert_eq!(seen[1], (false, vec![2]));
}

#[test]
fn what_was_sent_later_is_not_done_with_what_was_sent_before() {
    let seen = Mutex::new(Vec::new());
    Explorer::only("leaks when second #1 fails and happens later")
        .all(async || {
            let peer = Peer::new();
            let order = Arc::new(Mutex::new(Vec::new()));
            let note = |what| {
                let order = Arc::clone(&order);
                move || order.lock().unwrap().push(what)
            };
            let (first, second) = tokio::join!(
                peer.request("first", note(1)),
                peer.request("second", note(2))
            );
            assert_eq!((first.is_ok(), second.is_ok()), (true, false));
            let at_once = order.lock().unwrap().clone();
            sleep(Duration::from_secs(1)).await;
            let later = order.lock().unwrap().clone();
            seen.lock().unwrap().push((at_once, later));
        })
        .unwrap();
    assert_eq!(seen.into_inner().unwrap(), [(vec![1], vec![1, 2])]);
}

#[test]
fn what_happens_later_happens_after_a_while_when_nothing_else_is_asked() {
    let seen = Mutex::new(Vec::new());
    Explorer::only("leaks when ask #1 fails and happens later")
        .all(async || {
            let done = Arc::new(Mutex::new(false));
            let effect = Arc::clone(&done);
            let asked = request("ask", move || *effect.lock().unwrap() = true).await;
            let at_once = *done.lock().unwrap();
            sleep(Duration::from_millis(99)).await;
            let soon = *done.lock().unwrap();
            sleep(Duration::from_millis(2)).await;
            let later = *done.lock().unwrap();
            seen.lock()
                .unwrap()
                .push((asked.is_ok(), at_once, soon, later));
        })
        .unwrap();
    assert_eq!(seen.into_inner().unwrap(), [(false, false, false, true)]);
}

#[test]
fn a_far_side_does_what_was_sent_although_the_runtime_has_ended() {
    let entries = Mutex::new(Vec::new());
    for how in [
        "is dropped",
        "is shut down with a timeout",
        "is shut down in the background",
    ] {
        Explorer::only(&format!("panics when the runtime {how} at await #1"))
            .endings(async || {
                let entry = Arc::new(Ledger::current().open("order"));
                entries.lock().unwrap().push(Arc::clone(&entry));
                request("close", move || entry.close()).await
            })
            .unwrap();
        let entry = entries.lock().unwrap().pop().unwrap();
        assert!(!entry.is_open(), "the runtime {how}");
    }
}

#[test]
fn a_thread_that_waits_for_an_answer_holds_up_no_end_of_the_runtime() {
    let start = Instant::now();
    let survived = Explorer::new().endings(async || {
        let asking = || Handle::current().block_on(request("ask", || ()));
        spawn_blocking(asking).await.unwrap()
    });
    survived.unwrap();
    assert!(start.elapsed() < MINUTE);
}

#[test]
fn an_effect_that_panics_leaves_its_caller_waiting() {
    let leak = Explorer::new()
        .failures(async || {
            let asked = timeout(MINUTE, request("ask", || panic!("a bug on the far side"))).await;
            assert!(asked.is_err());
        })
        .unwrap_err();
    assert_eq!(leak.panics().collect::<Vec<_>>(), ["a bug on the far side"]);
}

#[tokio::test]
async fn outside_of_an_exploration_a_request_succeeds() {
    let peer = Peer::new();
    for number in 0..3 {
        assert_eq!(peer.request("ask", move || number).await, Ok(number));
        assert_eq!(request("ask", move || number).await, Ok(number));
    }
    assert_eq!(format!("{peer:?}"), "Peer");
}

#[tokio::test]
async fn outside_of_an_exploration_too_what_was_sent_happens() {
    let done = Arc::new(Mutex::new(Vec::new()));
    let peer = Peer::new();
    for number in [1, 2] {
        let effect = Arc::clone(&done);
        let mut asked = Box::pin(peer.request("ask", move || effect.lock().unwrap().push(number)));
        assert!(futures_util::poll!(&mut asked).is_pending());
    }
    assert!(
        done.lock().unwrap().is_empty(),
        "it was sent, and is not read yet"
    );
    sleep(Duration::from_millis(1)).await;
    assert_eq!(*done.lock().unwrap(), [1, 2]);
}
