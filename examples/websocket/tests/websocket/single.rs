//! Single faults.

use std::time::{Duration, Instant};

use recipe_trial::Chance;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::far_side::{End, Habits, Server, question};
use crate::program::{AS_WRITTEN_FIRST, Program, one_at_a_time};

/// How long the programs wait for a peer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How much longer this machine may take.
const MARGIN: Duration = Duration::from_secs(4);

/// More than what fits into the buffers on the way.
const MUCH: usize = 12_000_000;

const SOON: Duration = Duration::from_millis(100);

const LATE: Duration = Duration::from_millis(400);

pub fn with_a_server(habits: Habits, test: impl AsyncFnOnce(&Server)) {
    let _one = one_at_a_time();
    run(habits, test);
}

#[tokio::main]
async fn run(habits: Habits, test: impl AsyncFnOnce(&Server)) {
    let server = Server::start(habits, Chance::new(1)).await;
    test(&server.expect("a server")).await;
}

async fn drain(program: &Program) {
    let drained = (program.drained)(PATIENCE + MARGIN).await;
    assert!(drained, "the cleanup goes on for ever");
}

pub fn work_that_is_done_says_so(program: &'static Program) {
    with_a_server(Habits::default(), async |server| {
        let questions = vec![question(3), question(1_000)];
        let answers = (program.ask)(server.address, questions).await;
        assert_eq!(answers.expect("answers"), ["3", "1000"]);
        assert_eq!(server.ends().await, [End::Said(Some(CloseCode::Normal))]);
    });
}

pub fn that_reads_late() -> Habits {
    Habits {
        reads_after: LATE,
        ..Habits::default()
    }
}

pub fn message_that_is_cut_off_half_way_arrives_whole(program: &'static Program) {
    with_a_server(that_reads_late(), async |server| {
        let asking = (program.ask)(server.address, vec![question(MUCH)]);
        timeout(SOON, asking).await.expect_err("it is cut off");
        drain(program).await;
        assert_eq!(server.ends().await, [End::Said(Some(CloseCode::Away))]);
    });
}

#[test]
fn message_that_is_cut_off_as_written_first_is_broken_off() {
    with_a_server(that_reads_late(), async |server| {
        let asking = (AS_WRITTEN_FIRST.ask)(server.address, vec![question(MUCH)]);
        timeout(SOON, asking).await.expect_err("it is cut off");
        let ends = server.ends().await;
        assert!(matches!(ends[..], [End::Broken(_)]), "{ends:?}");
    });
}

fn that_accepts_late() -> Habits {
    Habits {
        accepts_after: LATE,
        ..Habits::default()
    }
}

pub fn handshake_that_is_cut_off_is_finished_for_the_goodbye(program: &'static Program) {
    with_a_server(that_accepts_late(), async |server| {
        let asking = (program.ask)(server.address, vec![question(3)]);
        timeout(SOON, asking).await.expect_err("it is cut off");
        drain(program).await;
        assert_eq!(server.ends().await, [End::Said(Some(CloseCode::Away))]);
    });
}

#[test]
fn handshake_that_is_cut_off_as_written_first_is_broken_off() {
    with_a_server(that_accepts_late(), async |server| {
        let asking = (AS_WRITTEN_FIRST.ask)(server.address, vec![question(3)]);
        timeout(SOON, asking).await.expect_err("it is cut off");
        let ends = server.ends().await;
        assert!(matches!(ends[..], [End::Broken(_)]), "{ends:?}");
    });
}

pub fn peer_that_leaves_is_answered(program: &'static Program) {
    let habits = Habits {
        leaves_with: Some(CloseCode::Restart),
        ..Habits::default()
    };
    with_a_server(habits, async |server| {
        let asked = (program.ask)(server.address, vec![question(3)]).await;
        let is_told = matches!(asked, Err(Error::ConnectionClosed));
        assert!(is_told, "{asked:?}");
        drain(program).await;
        assert_eq!(server.ends().await, [End::Said(Some(CloseCode::Restart))]);
    });
}

pub fn peer_that_goes_on_talking_is_listened_to_until_it_answers(program: &'static Program) {
    let habits = Habits {
        talks: true,
        reads_after: LATE,
        ..Habits::default()
    };
    with_a_server(habits, async |server| {
        let asked = (program.ask)(server.address, vec![question(3)]).await;
        asked.expect("something is said");
        assert_eq!(server.ends().await, [End::Said(Some(CloseCode::Normal))]);
    });
}

pub fn goodbye_is_over_when_the_peer_has_heard_it(program: &'static Program) {
    with_a_server(that_reads_late(), async |server| {
        let asking = (program.ask)(server.address, vec![question(3)]);
        timeout(SOON, asking).await.expect_err("it is cut off");
        assert_eq!(server.goodbyes(), 0, "it reads later");
        drain(program).await;
        assert_eq!(server.goodbyes(), 1);
    });
}

pub fn goodbye_that_is_cut_off_half_way_is_begun_again(program: &'static Program) {
    with_a_server(that_reads_late(), async |server| {
        (program.close_cut_off)(server.address, question(MUCH), SOON).await;
        drain(program).await;
        assert_eq!(server.ends().await, [End::Said(Some(CloseCode::Away))]);
    });
}

pub fn peer_that_stops_reading_is_left_when_its_time_is_over(program: &'static Program) {
    let habits = Habits {
        reads_after: Duration::from_secs(600),
        ..Habits::default()
    };
    with_a_server(habits, async |server| {
        let asking = (program.ask)(server.address, vec![question(MUCH)]);
        timeout(SOON, asking).await.expect_err("it is cut off");
        let cut_off = Instant::now();
        drain(program).await;
        let took = cut_off.elapsed();
        assert!(took >= PATIENCE - SOON, "{took:?}: it does not read at all");
    });
}
