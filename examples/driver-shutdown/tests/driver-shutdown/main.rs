//! Shuts down the runtimes of programs that hold cursors, and looks at the server that keeps them.

mod as_written_first;
mod by_hand;
mod driver_alone;
mod far_side;

use std::time::{Duration, Instant};

use recipe_trial::{Run, Trial, library_has_drained, nothing_drains, one_at_a_time};
use tokio::runtime::{Builder, Runtime};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use far_side::{ROWS, SILENT, Server, UNKNOWN};

/// Longer than what ends takes.
const LONG: Duration = Duration::from_secs(10);

/// How long the programs wait for cursors.
const PATIENCE: Duration = Duration::from_secs(2);

const SHORT: Duration = Duration::from_millis(30);

fn runtime() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build();
    runtime.expect("a runtime starts")
}

fn collections(number: usize) -> Vec<String> {
    (0..number).map(|number| number.to_string()).collect()
}

/// One run: a program that is cut off somewhere, on a runtime that is shut down as the program ends.
macro_rules! one_program {
    ($count:path, $has_drained:path) => {
        async |mut run: Run| {
            let server = Server::start().await.expect("a server");
            let mut names = collections(run.chance.below(5));
            if run.chance.once_in(4) {
                names.push(UNKNOWN.to_owned());
            }
            let counting = $count(server.address, names);
            let program = spawn_blocking(move || {
                let runtime = runtime();
                let has_drained = runtime.block_on(async {
                    let job = async move { drop(counting.await) };
                    run.cut_off(SHORT, job).await;
                    $has_drained(LONG).await
                });
                runtime.shutdown_timeout(LONG);
                has_drained
            });
            let has_drained = program.await.expect("the program does not panic");
            let hangs = (!has_drained).then(|| "the shutdown hangs".to_owned());
            server.lost().await.into_iter().chain(hangs).collect()
        }
    };
}

/// What holds of a program.
macro_rules! holds {
    ($program:ident, $count:path, $has_drained:path) => {
        mod $program {
            use super::*;

            #[test]
            fn no_cursor_stays_when_the_runtime_is_shut_down() {
                let _one = one_at_a_time();
                let programs = one_program!($count, $has_drained);
                Trial::new(stringify!($program)).never_loses(programs);
            }

            #[tokio::test]
            async fn work_that_is_done_has_its_result_and_leaves_nothing() {
                let server = Server::start().await.unwrap();
                let rows = $count(server.address, collections(3)).await.unwrap();
                assert_eq!(rows, 3 * ROWS);
                assert_eq!(server.lost().await, [""; 0]);
            }

            #[tokio::test]
            async fn collection_that_is_refused_ends_the_others_and_leaves_nothing() {
                let server = Server::start().await.unwrap();
                let names = [collections(3), vec![UNKNOWN.to_owned()]].concat();
                let refused = $count(server.address, names).await.unwrap_err();
                assert_eq!(refused.to_string(), "the server refuses");
                assert_eq!(server.lost().await, [""; 0]);
            }

            #[test]
            fn server_that_is_silent_is_left_when_its_time_is_over() {
                let _one = one_at_a_time();
                let runtime = runtime();
                let server = runtime.block_on(Server::start()).unwrap();
                runtime.block_on(async {
                    let counting = $count(server.address, vec![SILENT.to_owned()]);
                    timeout(SHORT, counting).await.expect_err("it is cut off");
                    let cut_off = Instant::now();
                    assert!($has_drained(LONG).await);
                    assert!(cut_off.elapsed() >= PATIENCE, "{:?}", cut_off.elapsed());
                    assert_eq!(server.open(), 1, "it does not read on");
                });
            }
        }
    };
}

holds!(
    with_the_library,
    recipe_driver_shutdown::count,
    library_has_drained
);
holds!(by_hand_alone, by_hand::count, by_hand::drain);

/// Seen: 211 of 300 programs left cursors or a connection without a goodbye.
#[test]
fn cursors_as_written_first_stay() {
    let _one = one_at_a_time();
    let programs = one_program!(as_written_first::count, nothing_drains);
    Trial::new("as written first").loses(programs);
}
