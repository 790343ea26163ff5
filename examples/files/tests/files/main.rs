//! The recipe's file and folder, and the same by hand, on a disk that may be full.

mod as_written_first;
mod by_hand;
mod far_side;

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use futures_util::future::try_join_all;
use recipe_trial::{Chance, Run, Trial, library_has_drained};
use tokio::fs;
use tokio::io::AsyncWriteExt;
use tokio::runtime::Builder;
use tokio::time::{sleep, timeout};

use far_side::{FarSide, ROOM, report};

/// Longer than what ends takes.
const LONG: Duration = Duration::from_secs(10);

/// What has been written first has nothing that it waits for: it gets a moment for what goes on.
async fn nothing_drains(_: Duration) -> bool {
    sleep(Duration::from_millis(20)).await;
    true
}

/// Writes files into a folder, many at the same time: those that have begun are written whoever waits for them.
async fn fill(folder: &Path) -> io::Result<()> {
    for round in 0..10 {
        let file = |number| folder.join(format!("{round}-{number}"));
        try_join_all((0..12).map(|number| fs::write(file(number), [0; 2_000]))).await?;
    }
    Ok(())
}

/// A length that a small disk may have no room for, or less than a buffer's.
fn length(chance: &mut Chance) -> usize {
    match chance.once_in(2) {
        true => chance.below(ROOM),
        false => chance.below(4_000),
    }
}

/// One run: three programs, one after another, each cut off somewhere, which fill a folder and write a report.
macro_rules! some_programs {
    ($with_folder:path, $write_whole:path, $has_drained:path) => {
        async |mut run: Run| {
            let far_side = FarSide::start(run.folder());
            let mut lengths = vec![1];
            for _ in 0..3 {
                let (folder, path) = (far_side.folder.clone(), far_side.report());
                let length = length(&mut run.chance);
                lengths.push(length);
                let program = async move {
                    let filling = try_join_all((0..4).map(|_| $with_folder(&folder, fill)));
                    let writing = $write_whole(&path, async |file| {
                        for part in report(length).chunks(50_000) {
                            file.write_all(part).await?;
                        }
                        Ok(())
                    });
                    let _ = tokio::join!(filling, writing);
                };
                run.cut_off(Duration::from_millis(6), program).await;
            }
            if !$has_drained(2 * LONG).await {
                return vec!["a removal hangs".to_owned()];
            }
            far_side.wrong(&lengths)
        }
    };
}

/// Runs the test of this name in a process of its own that can make no file longer than 64 blocks, and no signal tells it so.
fn in_a_process_with_a_limit(test: &str) {
    let this = std::env::current_exe().unwrap();
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$@\"", "sh"]);
    limited.arg(this).args(["--exact", test]).env(LIMITED, "");
    let output = limited.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

/// Set in a process that can make no long file.
const LIMITED: &str = "RECIPE_LIMITED";

/// What holds of a program.
macro_rules! holds {
    ($name:ident, $program:ident, $has_drained:path) => {
        mod $name {
            use super::*;

            #[test]
            fn a_program_that_is_cut_off_anywhere_leaves_a_whole_file_and_nothing_else() {
                let programs =
                    some_programs!($program::with_folder, $program::write_whole, $has_drained);
                Trial::new(stringify!($name)).never_loses(programs);
            }

            /// Writes a report of this length, and says which error that ends with.
            async fn write(path: PathBuf, length: usize) -> Option<io::ErrorKind> {
                let written = $program::write_whole(&path, async |file| {
                    file.write_all(&report(length)).await
                });
                written.await.err().map(|error| error.kind())
            }

            #[tokio::test]
            async fn a_file_is_written_to_its_last_byte() {
                let folder = tempfile::tempdir().unwrap();
                let far_side = FarSide::start(folder.path());
                assert_eq!(write(far_side.report(), 3_000).await, None);
                assert_eq!(far_side.wrong(&[3_000]), [""; 0]);
            }

            #[tokio::test]
            async fn a_full_disk_keeps_the_file_that_was_there() {
                let folder = tempfile::tempdir().unwrap();
                let far_side = FarSide::start(folder.path());
                if !far_side.is_small {
                    return eprintln!("left out: nothing may be mounted");
                }
                let failed = write(far_side.report(), 2 * ROOM).await;
                assert_eq!(failed, Some(io::ErrorKind::StorageFull));
                assert_eq!(far_side.wrong(&[1]), [""; 0]);
                // Once the thread that writes has let go of the file that is not there any longer.
                let again = async {
                    while write(far_side.report(), ROOM / 2).await.is_some() {
                        sleep(Duration::from_millis(5)).await;
                    }
                };
                let again = timeout(Duration::from_secs(20), again).await;
                again.expect("there is room again");
                assert_eq!(far_side.wrong(&[ROOM / 2]), [""; 0]);
            }

            #[test]
            fn a_file_that_may_not_grow_keeps_the_one_that_was_there() {
                const THIS: &str = "a_file_that_may_not_grow_keeps_the_one_that_was_there";
                if std::env::var_os(LIMITED).is_none() {
                    return in_a_process_with_a_limit(&format!("{}::{THIS}", stringify!($name)));
                }
                let folder = tempfile::tempdir().unwrap();
                let far_side = FarSide::start(folder.path());
                let runtime = Builder::new_current_thread().build().unwrap();
                let failed = runtime.block_on(write(far_side.report(), 60_000));
                assert_eq!(failed, Some(io::ErrorKind::FileTooLarge));
                assert_eq!(far_side.wrong(&[1]), [""; 0]);
            }
        }
    };
}

use recipe_files as recipe;

holds!(with_the_library, recipe, library_has_drained);
holds!(by_hand_alone, by_hand, by_hand::drain);

#[test]
fn a_file_that_is_written_in_its_place_is_half_written() {
    Trial::new("as written first").loses(some_programs!(
        as_written_first::with_folder,
        as_written_first::write_whole,
        nothing_drains
    ));
}

#[test]
fn a_folder_that_is_removed_when_it_is_dropped_may_stay() {
    Trial::new("folder as written first").loses(some_programs!(
        as_written_first::with_folder,
        recipe::write_whole,
        nothing_drains
    ));
}

/// Issue 2484 of Tokio.
#[tokio::test]
async fn a_buffer_that_is_dropped_keeps_what_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report");
    let written = as_written_first::write_whole(&path, async |file| file.write_all(b"all").await);
    written.await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"");
}

#[tokio::test]
async fn a_file_that_was_a_temporary_one_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report");
    recipe::write_whole(&path, async |_| Ok(())).await.unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_write_returns_before_it_has_happened_and_flush_has_its_error() {
    let mut full = fs::File::options();
    let mut full = full.write(true).open("/dev/full").await.unwrap();
    full.write_all(b"x").await.unwrap();
    let failed = full.flush().await.unwrap_err();
    assert_eq!(failed.kind(), io::ErrorKind::StorageFull);
}
