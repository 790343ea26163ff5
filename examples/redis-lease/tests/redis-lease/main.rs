//! A lease in Redis: the recipe, the same by hand, and what is written first.

mod as_written_first;
mod by_hand;
mod far_side;
mod faults;

use std::time::Duration;

use recipe_redis_lease as recipe;
use recipe_trial::{Run, Trial};
use tokio::time::{sleep, timeout};

use crate::far_side::{Desk, Line, Redis, connect, lost};

/// How long a lease lasts that is not renewed.
const TIME: Duration = Duration::from_millis(160);

/// Tries one way of writing `while_leased`: two programs that want the lease again and again, cut off at random, one of them on a line
/// that is held up for longer than a lease lasts. Waits for what they leave to others to end, and looks.
macro_rules! desk {
    ($name:literal, $tried:ident, $way:ident, $ended:expr) => {
        let Some(server) = Redis::start() else {
            return;
        };
        Trial::new($name).$tried(|mut run: Run| {
            let server = server.socket().to_owned();
            async move {
                let (desk, name) = (Desk::default(), run.mark());
                let line = Line::to(&server, run.folder().join("line")).expect("a line");
                let held_up_after = run.chance.time(TIME / 2);
                let mut programs = Vec::new();
                for (socket, rounds) in [(line.socket.clone(), 3), (server.clone(), 6)] {
                    let (desk, name, mut chance) = (desk.clone(), name.clone(), run.chance.fork());
                    let program = async move {
                        let redis = connect(&socket).await.expect("a connection");
                        for _ in 0..rounds {
                            let time = chance.time(TIME);
                            let work = async {
                                let _place = desk.sit_down();
                                sleep(time).await;
                                Ok(())
                            };
                            // Somebody else has it, or it is lost: once more.
                            let _ = $way::while_leased(&redis, &name, TIME, work).await;
                            sleep(chance.time(TIME / 8)).await;
                        }
                    };
                    programs.push(run.chance.fork().cut_off(TIME * 2, program));
                }
                let held_up = async {
                    sleep(held_up_after).await;
                    line.hold_up(TIME + TIME / 8).await;
                };
                let (other, first) = (programs.pop().expect("two"), programs.pop().expect("two"));
                tokio::join!(tokio::spawn(first), tokio::spawn(other), held_up)
                    .0
                    .expect("no panic");
                let ended: Vec<String> = $ended(&run).await;
                let lost = lost(&server, &name, &desk).await.expect("a look");
                [ended, lost].concat()
            }
        });
    };
}

const DEADLINE: Duration = Duration::from_secs(20);

async fn drained(run: &Run) -> Vec<String> {
    run.drained(DEADLINE).await
}

async fn by_hand_ended(_: &Run) -> Vec<String> {
    by_hand::ENDING.close();
    let waited = timeout(DEADLINE, by_hand::ENDING.wait()).await;
    waited.err().iter().map(ToString::to_string).collect()
}

async fn nothing_to_wait_for(_: &Run) -> Vec<String> {
    Vec::new()
}

#[test]
fn a_lease_is_given_back_and_is_nobody_elses_meanwhile() {
    desk!("recipe", never_loses, recipe, drained);
}

#[test]
fn a_lease_by_hand_is_given_back_and_is_nobody_elses_meanwhile() {
    desk!("by hand", never_loses, by_hand, by_hand_ended);
}

#[test]
fn what_is_written_first_loses() {
    desk!(
        "written first",
        loses,
        as_written_first,
        nothing_to_wait_for
    );
}
