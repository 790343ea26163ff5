//! The recipe's client, and the same by hand, before a server that keeps books.

mod as_written_first;
mod by_hand;
mod far_side;

use std::io;
use std::time::{Duration, Instant};

use bytes::Bytes;
use recipe_trial::{Chance, Run, Trial, library_has_drained, nothing_drains};
use tokio::time::timeout;

use far_side::{FarSide, Stop};

/// More than a connection takes before somebody reads.
const MUCH: usize = 6 << 20;

/// Longer than what ends takes.
const LONG: Duration = Duration::from_secs(10);

/// The patience with a server that stops for good.
const SHORT: Duration = Duration::from_millis(100);

/// A question of random length.
fn question(chance: &mut Chance, number: usize) -> Bytes {
    let length = if chance.once_in(3) { MUCH } else { 8 };
    format!("{number}{}", "x".repeat(chance.below(length))).into()
}

/// A server of which one in three stops reading for good, and the patience that it deserves.
fn some_server(chance: &mut Chance) -> (FarSide, Duration) {
    let greeting = if chance.once_in(12) { "BUSY" } else { "READY" };
    let (stop, patience) = match chance.once_in(3) {
        true => (Stop::ForGood(chance.below(4)), SHORT),
        false => (Stop::Nowhere, LONG),
    };
    (FarSide::start(stop, greeting, chance.fork()), patience)
}

/// A server on which nothing is left to chance but its latency.
fn server(stop: Stop) -> FarSide {
    FarSide::start(stop, "READY", Chance::new(1))
}

/// One run: three dialogues of `$talk`, one after another, each cut off somewhere.
macro_rules! some_dialogues {
    ($talk:path, $has_drained:path) => {
        async |mut run: Run| {
            let (far_side, patience) = some_server(&mut run.chance);
            for _ in 0..3 {
                let (address, books) = (far_side.address, far_side.books.clone());
                let (hung, mut chance) = (books.clone(), run.chance.fork());
                let dialogue = async move {
                    let talking = $talk(address, patience, async |client| {
                        for number in 0..6 {
                            let question = question(&mut chance, number);
                            let limit = chance.time(Duration::from_millis(8));
                            let asked = timeout(limit, client.ask(question.clone())).await;
                            if let Ok(answer) = asked {
                                books.compare(&question, &answer?);
                            }
                        }
                        Ok(())
                    });
                    if timeout(LONG / 2, talking).await.is_err() {
                        hung.note("a dialogue hangs".to_owned());
                    }
                };
                run.cut_off(Duration::from_millis(40), dialogue).await;
            }
            if !$has_drained(2 * LONG).await {
                far_side.books.note("a goodbye hangs".to_owned());
            }
            far_side.finish().await
        }
    };
}

/// What holds of a program.
macro_rules! holds {
    ($program:ident, $talk:path, $has_drained:path) => {
        mod $program {
            use super::*;

            #[test]
            fn a_client_that_is_cut_off_anywhere_says_goodbye_and_takes_no_answer_of_another() {
                Trial::new(stringify!($program)).never_loses(some_dialogues!($talk, $has_drained));
            }

            /// Gives a request up before the server reads it, and asks the next.
            async fn gives_up(first: Bytes) {
                let far_side = server(Stop::BeforeRequest(0));
                let talking = $talk(far_side.address, LONG, async |client| {
                    let given_up = timeout(SHORT, client.ask(first.clone())).await;
                    assert!(given_up.is_err(), "nobody reads it");
                    far_side.go_on();
                    client.ask(Bytes::from_static(b"next")).await
                });
                assert_eq!(talking.await.unwrap(), "next");
                assert_eq!(far_side.finish().await, [""; 0]);
            }

            #[tokio::test]
            async fn a_late_answer_is_not_that_of_the_next_request() {
                gives_up(Bytes::from_static(b"first")).await;
            }

            #[tokio::test]
            async fn a_request_that_is_cut_off_half_sent_is_sent_whole_before_the_next() {
                gives_up("x".repeat(MUCH).into()).await;
            }

            #[tokio::test]
            async fn a_server_that_stops_reading_is_left_behind() {
                let far_side = server(Stop::ForGood(0));
                let talking = $talk(far_side.address, SHORT, async |client| {
                    let much = Bytes::from("x".repeat(MUCH));
                    timeout(SHORT, client.ask(much))
                        .await
                        .map_err(io::Error::from)
                });
                let begun = Instant::now();
                let failed = talking.await.unwrap_err();
                assert_eq!(failed.kind(), io::ErrorKind::TimedOut);
                assert!(begun.elapsed() < LONG / 2, "{:?}", begun.elapsed());
                assert_eq!(far_side.finish().await, [""; 0]);
            }

            #[tokio::test]
            async fn a_goodbye_ends_when_both_ends_have_said_fin() {
                let far_side = server(Stop::BeforeItsFin);
                let talking = $talk(far_side.address, LONG, async |_| Ok(()));
                let mut talking = std::pin::pin!(talking);
                let early = timeout(SHORT, &mut talking).await;
                assert!(early.is_err(), "the server has not said it");
                far_side.go_on();
                talking.await.unwrap();
                assert_eq!(far_side.finish().await, [""; 0]);
            }

            #[tokio::test]
            async fn a_client_that_is_cut_off_while_it_connects_says_goodbye() {
                let far_side = server(Stop::Nowhere);
                let mut talking = Box::pin($talk(far_side.address, LONG, async |_| Ok(())));
                assert!(futures_util::poll!(&mut talking).is_pending());
                drop(talking);
                assert!($has_drained(2 * LONG).await);
                assert_eq!(far_side.finish().await, [""; 0]);
            }
        }
    };
}

holds!(
    with_the_library,
    recipe_tcp_protocol::talk,
    library_has_drained
);
holds!(by_hand_alone, by_hand::talk, by_hand::drain);

#[test]
fn a_goodbye_behind_the_work_is_never_said_by_who_is_cut_off() {
    Trial::new("as written first").loses(some_dialogues!(as_written_first::talk, nothing_drains));
}

#[tokio::test]
async fn an_answer_that_nobody_waits_for_is_taken_for_that_of_the_next_request() {
    let far_side = server(Stop::BeforeRequest(0));
    let talking = as_written_first::talk(far_side.address, LONG, async |client| {
        let first = client.ask(Bytes::from_static(b"first"));
        assert!(timeout(SHORT, first).await.is_err(), "nobody reads it");
        far_side.go_on();
        let next = Bytes::from_static(b"next");
        far_side
            .books
            .compare(&next, &client.ask(next.clone()).await?);
        Ok(())
    });
    talking.await.unwrap();
    let lost = far_side.finish().await;
    assert_eq!(
        lost,
        [
            "\"next\" is answered with \"first\"",
            "connection 1 was closed before the server's FIN"
        ]
    );
}

#[tokio::test]
async fn a_client_that_is_dropped_while_it_connects_says_nothing() {
    let far_side = server(Stop::Nowhere);
    let mut talking = Box::pin(as_written_first::talk(far_side.address, LONG, async |_| {
        Ok(())
    }));
    assert!(futures_util::poll!(&mut talking).is_pending());
    drop(talking);
    let lost = far_side.finish().await;
    assert_eq!(lost, ["connection 1 ends without a goodbye"]);
}

#[tokio::test]
async fn a_stream_that_is_dropped_stays_open_before_a_server_that_does_not_read() {
    let far_side = server(Stop::ForGood(0));
    let talking = as_written_first::talk(far_side.address, SHORT, async |client| {
        let asked = timeout(SHORT, client.ask("x".repeat(MUCH).into())).await;
        asked.map_err(io::Error::from)
    });
    talking.await.unwrap_err();
    assert_eq!(far_side.finish().await, ["connection 1 is still open"]);
}
