//! The recipe's job, and the same by hand, with children that listen and children that do not.

mod as_written_first;
mod by_hand;
mod far_side;

use std::process::Stdio;
use std::time::{Duration, Instant};

use recipe_trial::{Run, Trial, library_has_drained, nothing_drains};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{ChildStdout, Command};
use tokio::time::{sleep, timeout};

use far_side::{FarSide, Manner};

/// Longer than what ends takes.
const LONG: Duration = Duration::from_secs(10);

/// The patience with a child that does not listen.
const SHORT: Duration = Duration::from_millis(20);

/// Waits until the child has started another process.
async fn has_started(stdout: Option<ChildStdout>) {
    let mut line = String::new();
    let mut stdout = BufReader::new(stdout.expect("a pipe"));
    stdout.read_line(&mut line).await.expect("the child prints");
}

/// One run: three jobs, one after another, each cut off somewhere. What has been killed has `$moment` to be gone.
macro_rules! some_jobs {
    ($with_job:path, $has_drained:path, $moment:expr) => {
        async |mut run: Run| {
            let far_side = FarSide::start(run.folder(), &run.mark());
            for _ in 0..3 {
                let command = far_side.job(Manner::any(&mut run.chance));
                let mut chance = run.chance.fork();
                let job = async move {
                    let working = $with_job(command, SHORT, async |job| {
                        match chance.below(3) {
                            0 => drop(timeout(SHORT, job.wait()).await),
                            1 => has_started(job.stdout()).await,
                            _ => sleep(chance.time(SHORT)).await,
                        }
                        Ok(())
                    });
                    let _ = working.await;
                };
                run.cut_off(SHORT, job).await;
            }
            let is_over = $has_drained(2 * LONG).await;
            let hanging = (!is_over).then(|| "the end of a job hangs".to_owned());
            far_side.left($moment).into_iter().chain(hanging).collect()
        }
    };
}

/// What holds of a program.
macro_rules! holds {
    ($program:ident, $with_job:path, $has_drained:path) => {
        mod $program {
            use super::*;

            #[test]
            fn a_job_that_is_cut_off_anywhere_leaves_no_process_and_no_zombie() {
                let jobs = some_jobs!($with_job, $has_drained, LONG);
                Trial::new(stringify!($program)).never_loses(jobs);
            }

            /// Starts a job, waits until it has started another process, and ends it; says how long that takes, and whether it tidied up.
            async fn ends(manner: Manner, patience: Duration) -> (Duration, bool) {
                let folder = tempfile::tempdir().unwrap();
                let far_side = FarSide::start(folder.path(), "one");
                let working = $with_job(far_side.job(manner), patience, async |job| {
                    has_started(job.stdout()).await;
                    Ok(Instant::now())
                });
                let started = timeout(2 * LONG, working).await.expect("it ends").unwrap();
                assert_eq!(far_side.left(LONG), [""; 0]);
                (started.elapsed(), far_side.is_tidy())
            }

            #[tokio::test]
            async fn a_child_is_told_and_ends_by_itself() {
                let (taken, is_tidy) = ends(Manner::TidiesUp, LONG).await;
                assert!(is_tidy && taken < LONG, "{taken:?}");
            }

            #[tokio::test]
            async fn a_child_that_does_not_listen_is_killed_when_patience_ends() {
                let (taken, _) = ends(Manner::Ignores, SHORT).await;
                assert!((SHORT..LONG).contains(&taken), "{taken:?}");
            }

            #[tokio::test]
            async fn what_outlives_a_child_that_listens_is_killed() {
                let (taken, _) = ends(Manner::LeavesADeafOne, LONG).await;
                assert!(taken < LONG, "{taken:?}");
            }

            #[tokio::test]
            async fn what_outlives_a_child_that_ends_by_itself_is_killed_when_that_is_waited_for() {
                let folder = tempfile::tempdir().unwrap();
                let far_side = FarSide::start(folder.path(), "one");
                let working = $with_job(far_side.job(Manner::Ends), LONG, async |job| {
                    let code = job.wait().await?.code();
                    assert_eq!(far_side.left(LONG), [""; 0]);
                    assert_eq!(job.wait().await?.code(), code, "it may be asked again");
                    Ok(code)
                });
                assert_eq!(working.await.unwrap(), Some(3));
            }

            #[tokio::test]
            async fn a_job_that_is_cut_off_as_it_starts_is_ended() {
                let folder = tempfile::tempdir().unwrap();
                let far_side = FarSide::start(folder.path(), "one");
                let command = far_side.job(Manner::Ignores);
                let mut working = Box::pin($with_job(command, SHORT, async |job| job.wait().await));
                assert!(futures_util::poll!(&mut working).is_pending());
                assert!(!far_side.left(Duration::ZERO).is_empty(), "it runs");
                drop(working);
                assert!($has_drained(2 * LONG).await);
                assert_eq!(far_side.left(LONG), [""; 0]);
            }
        }
    };
}

holds!(
    with_the_library,
    recipe_child_process::with_job,
    library_has_drained
);
holds!(by_hand_alone, by_hand::with_job, by_hand::drain);

#[test]
fn a_child_that_is_killed_leaves_what_it_has_started() {
    let moment = Duration::from_millis(50); // nobody has killed what is left: it does not go
    let jobs = some_jobs!(as_written_first::with_job, nothing_drains, moment);
    Trial::new("as written first").loses(jobs);
}

#[tokio::test]
async fn a_child_that_has_been_waited_for_has_no_number_and_no_input() {
    let mut reader = Command::new("cat");
    let mut reader = reader.stdin(Stdio::piped()).spawn().unwrap();
    assert!(reader.id().is_some() && reader.stdin.is_some());
    assert!(
        reader.wait().await.unwrap().success(),
        "its input has ended"
    );
    assert!(reader.id().is_none() && reader.stdin.is_none());
}
