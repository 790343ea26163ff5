//! Cuts off the callers of blocking work, and looks at the folder that the work is done in.

mod as_written_first;
mod by_hand;
mod far_side;
mod tokio_alone;

use std::io;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::Duration;

use recipe_trial::{Run, Trial, library_has_drained, nothing_drains, one_at_a_time};
use tokio::time::timeout;

use far_side::{FarSide, folder};

/// Longer than what ends takes.
const LONG: Duration = Duration::from_secs(10);

const SHORT: Duration = Duration::from_millis(20);

/// One run: three jobs in the same folder, one after another, each cut off somewhere.
macro_rules! some_jobs {
    ($in_folder:path, $has_drained:path) => {
        async |mut run: Run| {
            let far_side = FarSide::default();
            let folder = folder(run.folder());
            let mut lost = Vec::new();
            for _ in 0..3 {
                let working = $in_folder(folder.clone(), far_side.work(run.chance.below(60)));
                let job = async move { drop(working.await) };
                run.cut_off(SHORT, job).await;
                if !$has_drained(LONG).await {
                    lost.push("the work goes on for ever".to_owned());
                }
                lost.extend(far_side.lost(&folder));
            }
            lost
        }
    };
}

/// What holds of a program.
macro_rules! holds {
    ($program:ident, $in_folder:path, $has_drained:path) => {
        mod $program {
            use super::*;

            #[test]
            fn work_that_is_cut_off_anywhere_keeps_its_folder_to_its_end() {
                let _one = one_at_a_time();
                let jobs = some_jobs!($in_folder, $has_drained);
                Trial::new(stringify!($program)).never_loses(jobs);
            }

            #[tokio::test]
            async fn work_that_is_done_gives_its_result_and_leaves_nothing() {
                let parent = tempfile::tempdir().unwrap();
                let (far_side, folder) = (FarSide::default(), folder(parent.path()));
                let written = $in_folder(folder.clone(), far_side.work(3)).await;
                assert_eq!(written.unwrap(), 3);
                assert_eq!(far_side.lost(&folder), [""; 0]);
            }

            #[tokio::test]
            async fn work_that_fails_or_panics_says_so_and_leaves_nothing() {
                let parent = tempfile::tempdir().unwrap();
                let folder = folder(parent.path());
                let full = io::ErrorKind::StorageFull;
                let failed = $in_folder(folder.clone(), move |_, _| {
                    io::Result::<()>::Err(full.into())
                });
                assert_eq!(failed.await.unwrap_err().kind(), full);
                assert!(!folder.exists());
                let panicked = $in_folder(folder.clone(), |_, _| -> io::Result<()> {
                    panic!("on purpose")
                });
                let error = panicked.await.unwrap_err();
                assert!(error.to_string().contains("panicked"), "{error}");
                assert!(!folder.exists());
            }

            #[test]
            fn folder_stays_until_work_that_has_lost_its_caller_has_seen_the_flag() {
                let _one = one_at_a_time();
                lose_the_caller();
            }

            #[tokio::main]
            async fn lose_the_caller() {
                let parent = tempfile::tempdir().unwrap();
                let folder = folder(parent.path());
                let (go_on, gate) = mpsc::channel();
                let (tell, told) = mpsc::channel();
                let work = $in_folder(folder.clone(), move |folder, stop| {
                    let _ = gate.recv();
                    let is_told = stop.load(Ordering::Relaxed);
                    let written = std::fs::write(folder.join("last"), "a part");
                    let _ = tell.send((is_told, written.is_ok()));
                    written
                });
                timeout(SHORT, work).await.expect_err("it is cut off");
                assert!(!$has_drained(SHORT).await, "the work goes on");
                assert!(folder.exists());
                let taken = $in_folder(folder.clone(), |_, _| Ok(())).await;
                assert_eq!(taken.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
                go_on.send(()).unwrap();
                assert!($has_drained(LONG).await);
                assert_eq!(told.recv().unwrap(), (true, true));
                assert!(!folder.exists());
                let free = $in_folder(folder.clone(), |_, _| Ok(())).await;
                free.expect("its name is free again");
            }
        }
    };
}

holds!(
    with_the_library,
    recipe_spawn_blocking::in_folder,
    library_has_drained
);
holds!(by_hand_alone, by_hand::in_folder, by_hand::drain);

#[tokio::test]
async fn waiting_that_is_cut_off_is_begun_again() {
    let (go_on, gate) = mpsc::channel();
    let mut job = recipe_spawn_blocking::start(move |stop| {
        let _ = gate.recv();
        stop.load(Ordering::Relaxed)
    });
    let waiting = timeout(SHORT, recipe_spawn_blocking::done(&mut job)).await;
    waiting.expect_err("it is cut off");
    go_on.send(()).unwrap();
    let is_told = recipe_spawn_blocking::done(&mut job).await.unwrap();
    assert!(!is_told, "the cleanup has yet to come");
    job.async_drop().await.unwrap();
}

/// Seen: 297 of 300 runs lose a folder that is still in use.
#[test]
fn work_that_is_cut_off_loses_its_folder_as_written_first() {
    let _one = one_at_a_time();
    let jobs = some_jobs!(as_written_first::in_folder, nothing_drains);
    Trial::new("as written first").loses(jobs);
}
