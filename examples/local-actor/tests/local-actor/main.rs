//! Cuts off the callers of an owner, and looks at what it owns.

mod as_written_first;
mod by_hand;
mod far_side;
mod tokio_alone;

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use recipe_trial::{Run, Trial, library_has_drained, nothing_drains, one_at_a_time};

use far_side::FarSide;

/// Longer than what ends takes.
const LONG: Duration = Duration::from_secs(10);

const SHORT: Duration = Duration::from_millis(10);

/// One run: the same journal opened three times, each time cut off somewhere.
macro_rules! some_journals {
    ($with_journal:path, $has_drained:path) => {
        async |mut run: Run| {
            let far_side = FarSide::new(run.folder());
            let opened = Arc::new(AtomicUsize::new(0));
            let mut lost = Vec::new();
            for session in 0..3 {
                let refused = Arc::new(Mutex::new(None));
                let (books, count, refusal) =
                    (far_side.clone(), Arc::clone(&opened), Arc::clone(&refused));
                let lines = run.chance.below(30);
                let job = async move {
                    let path = books.path().to_owned();
                    let worked = $with_journal(&path, async |journal| {
                        count.fetch_add(1, Ordering::Relaxed);
                        for line in 0..lines {
                            let line = format!("{session}-{line}");
                            journal.add(line.clone()).await?;
                            books.note_added(line);
                        }
                        Ok(())
                    })
                    .await;
                    *refusal.lock().expect("nobody panics") = worked.err();
                };
                run.cut_off(SHORT, job).await;
                if !$has_drained(LONG).await {
                    lost.push("the owner goes on for ever".to_owned());
                }
                let refused = refused.lock().expect("nobody panics").take();
                lost.extend(refused.map(|error| error.to_string()));
                lost.extend(far_side.lost(opened.load(Ordering::Relaxed)));
            }
            lost
        }
    };
}

/// What holds of a program.
macro_rules! holds {
    ($program:ident, $with_journal:path, $has_drained:path) => {
        mod $program {
            use super::*;

            #[test]
            fn journal_that_is_cut_off_anywhere_has_its_lines_and_its_end() {
                let _one = one_at_a_time();
                let journals = some_journals!($with_journal, $has_drained);
                Trial::new(stringify!($program)).never_loses(journals);
            }

            #[tokio::test]
            async fn journal_is_closed_when_its_work_returns() {
                let folder = tempfile::tempdir().unwrap();
                let far_side = FarSide::new(folder.path());
                for opened in 1..=10 {
                    let closed = $with_journal(far_side.path(), async |journal| {
                        for number in 0..3 {
                            let line = format!("{opened}-{number}");
                            assert_eq!(journal.add(line.clone()).await?, number);
                            far_side.note_added(line);
                        }
                        Ok(())
                    });
                    closed.await.unwrap();
                    assert_eq!(far_side.lost(opened), [""; 0]);
                }
            }

            #[tokio::test]
            async fn error_of_the_work_is_returned_behind_the_end() {
                let folder = tempfile::tempdir().unwrap();
                let far_side = FarSide::new(folder.path());
                let failed = $with_journal(far_side.path(), async |journal| {
                    journal.add("a line".to_owned()).await?;
                    let taken = $with_journal(far_side.path(), async |_| Ok(())).await;
                    assert_eq!(taken.unwrap_err().kind(), io::ErrorKind::WouldBlock);
                    io::Result::<()>::Err(io::ErrorKind::InvalidData.into())
                });
                assert_eq!(failed.await.unwrap_err().kind(), io::ErrorKind::InvalidData);
                assert_eq!(far_side.lost(1), [""; 0]);
            }

            #[tokio::test]
            async fn disk_that_is_full_is_told_by_the_line_and_by_the_end() {
                let full = Path::new("/dev/full");
                let told = $with_journal(full, async |journal| {
                    let added = journal.add("a line".to_owned()).await;
                    assert_eq!(added.unwrap_err().kind(), io::ErrorKind::StorageFull);
                    Ok(())
                });
                assert_eq!(told.await.unwrap_err().kind(), io::ErrorKind::StorageFull);
            }

            #[test]
            fn requests_that_are_cut_off_are_answered_before_the_end() {
                let _one = one_at_a_time();
                cut_off_requests();
            }

            #[tokio::main]
            async fn cut_off_requests() {
                let folder = tempfile::tempdir().unwrap();
                let far_side = FarSide::new(folder.path());
                let mut work = Box::pin($with_journal(far_side.path(), async |journal| {
                    let lines = ["one", "two", "three"];
                    let adding = lines.map(|line| Box::pin(journal.add(line.to_owned())));
                    for mut line in adding {
                        // Sent by this poll, and not awaited.
                        assert!(futures_util::poll!(&mut line).is_pending());
                    }
                    std::future::pending::<io::Result<()>>().await
                }));
                assert!(futures_util::poll!(&mut work).is_pending());
                drop(work);
                assert!($has_drained(LONG).await);
                for line in ["one", "two", "three"] {
                    far_side.note_added(line.to_owned());
                }
                assert_eq!(far_side.lost(1), [""; 0]);
            }
        }
    };
}

holds!(
    with_the_library,
    recipe_local_actor::with_journal,
    library_has_drained
);
holds!(by_hand_alone, by_hand::with_journal, by_hand::drain);

/// Seen: 293 of 300 runs lose the end of a journal.
#[test]
fn journal_as_written_first_has_no_end_yet() {
    let _one = one_at_a_time();
    let journals = some_journals!(as_written_first::with_journal, nothing_drains);
    Trial::new("as written first").loses(journals);
}
