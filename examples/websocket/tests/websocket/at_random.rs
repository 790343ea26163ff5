//! Ends that are cut off at random.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use recipe_trial::{Run, Trial};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::far_side::{End, Habits, Server, client, question};
use crate::program::{AS_WRITTEN_FIRST, Program, one_at_a_time};

const LONGEST: Duration = Duration::from_millis(30);

const DEADLINE: Duration = Duration::from_secs(20);

pub fn client_that_is_cut_off_says_goodbye(program: &'static Program) {
    let _one = one_at_a_time();
    Trial::new(program.name).never_loses(async |run| asks(run, program).await);
}

pub fn server_that_is_cut_off_says_goodbye(program: &'static Program) {
    let _one = one_at_a_time();
    Trial::new(program.name).never_loses(async |run| answers(run, program).await);
}

#[test]
fn client_as_written_first_breaks_off() {
    let _one = one_at_a_time();
    let program = &AS_WRITTEN_FIRST;
    Trial::new(program.name).loses(async |run| asks(run, program).await);
}

#[test]
fn server_as_written_first_breaks_off() {
    let _one = one_at_a_time();
    let program = &AS_WRITTEN_FIRST;
    Trial::new(program.name).loses(async |run| answers(run, program).await);
}

/// Cuts off a client, and looks into the books of its server.
async fn asks(mut run: Run, program: &'static Program) -> Vec<String> {
    let habits = Habits {
        longest: LONGEST / 8,
        reads_after: run.chance.time(LONGEST / 2),
        accepts_after: run.chance.time(LONGEST / 4),
        ..Habits::default()
    };
    let server = Server::start(habits, run.chance.fork()).await;
    let server = server.expect("a server");
    let questions = (0..6).map(|_| question(length(&mut run))).collect();
    let is_done = Arc::new(AtomicBool::new(false));
    let (address, note) = (server.address, Arc::clone(&is_done));
    let work = async move {
        let asked = (program.ask)(address, questions).await;
        note.store(asked.is_ok(), Ordering::Relaxed);
    };
    run.cut_off(LONGEST * 2, work).await;
    let mut wrong = Vec::new();
    if !(program.drained)(DEADLINE).await {
        wrong.push("the cleanup goes on for ever".to_owned());
    }
    for end in server.ends().await {
        let is_done = is_done.load(Ordering::Relaxed);
        match end {
            End::Said(Some(CloseCode::Normal)) => {}
            End::Said(Some(CloseCode::Away)) if !is_done => {}
            end => wrong.push(format!("{end:?}")),
        }
    }
    wrong
}

/// Cuts off a server, and asks its client.
async fn answers(mut run: Run, program: &'static Program) -> Vec<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let far_side = tokio::spawn(client(address, run.chance.below(100), length(&mut run)));
    let work = async move {
        let (stream, _) = listener.accept().await.expect("a client");
        // A client that has gone may be an error.
        let _ = (program.answer)(stream).await;
    };
    run.cut_off(LONGEST, work).await;
    let mut wrong = Vec::new();
    if !(program.drained)(DEADLINE).await {
        wrong.push("the cleanup goes on for ever".to_owned());
    }
    match far_side.await.expect("no panic") {
        None | Some(End::Said(Some(CloseCode::Normal | CloseCode::Away))) => {}
        Some(end) => wrong.push(format!("{end:?}")),
    }
    wrong
}

/// Of a short message, or of one that is longer than what fits into the buffers on the way.
fn length(run: &mut Run) -> usize {
    match run.chance.once_in(3) {
        true => 400_000,
        false => run.chance.below(1_000),
    }
}
