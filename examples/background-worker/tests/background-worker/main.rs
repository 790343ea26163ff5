//! The recipe's writer, and the same by hand, before a store that keeps books.

mod as_written_first;
mod by_hand;
mod far_side;
mod tokio_alone;

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use recipe_trial::{Chance, Run, Trial, library_has_drained, nothing_drains};
use tokio::time::{sleep, timeout};

use far_side::{Books, Fault};

/// Longer than what ends takes.
const LONG: Duration = Duration::from_secs(10);

/// The patience with a store that hangs.
const SHORT: Duration = Duration::from_millis(50);

/// A store with some fault, or with none, and the patience that it deserves.
fn some_fault(chance: &mut Chance) -> (Fault, Duration) {
    match chance.below(6) {
        0 => (Fault::Fails, LONG),
        1 => (Fault::Panics, LONG),
        2 => (Fault::Hangs, SHORT),
        _ => (Fault::Nothing, LONG),
    }
}

/// One run: a writer that is cut off somewhere, before a store that may fail, panic or hang.
macro_rules! some_writing {
    ($writing:path, $has_drained:path) => {
        async |mut run: Run| {
            let books = Books::new(format!("{}-{}", stringify!($writing), run.mark()));
            let (fault, patience) = some_fault(&mut run.chance);
            let at = run.chance.below(8);
            let store = books.store(fault, at, run.chance.fork());
            let mut chance = run.chance.fork();
            let returned = Arc::new(Mutex::new(None));
            let (own, returning) = (books.clone(), Arc::clone(&returned));
            let program = async move {
                let written = $writing(&own.name, store, patience, async |writer| {
                    for record in 0..chance.below(300) as u64 {
                        // Given up now and then, and not tried again.
                        let limit = chance.time(Duration::from_millis(6));
                        if let Ok(accepted) = timeout(limit, writer.write(record)).await {
                            accepted?;
                            own.accept(record);
                        }
                        if chance.once_in(20) {
                            sleep(chance.time(Duration::from_millis(2))).await;
                        }
                    }
                    match chance.once_in(4) {
                        true => Err(io::Error::other("the work fails")),
                        false => Ok(()),
                    }
                });
                *returning.lock().unwrap() = written.await.err();
            };
            run.cut_off(Duration::from_millis(40), program).await;
            let mut wrong = Vec::new();
            if !$has_drained(2 * LONG).await {
                wrong.push("an end hangs".to_owned());
            }
            wrong.extend(books.look(returned.lock().unwrap().as_ref(), fault));
            wrong
        }
    };
}

/// What holds of a program.
macro_rules! holds {
    ($program:ident, $writing:path, $has_drained:path) => {
        mod $program {
            use super::*;

            fn books(test: &str) -> Books {
                Books::new(format!("{}-{test}", stringify!($program)))
            }

            #[test]
            fn what_was_accepted_is_stored_or_said_to_be_lost() {
                Trial::new(stringify!($program)).never_loses(some_writing!($writing, $has_drained));
            }

            /// Accepts forty records before a store that has this fault from this batch on, and returns what comes of it.
            async fn forty(
                books: &Books,
                fault: Fault,
                at: usize,
                patience: Duration,
            ) -> io::Result<()> {
                let store = books.store(fault, at, Chance::new(1));
                let written = $writing(&books.name, store, patience, async |writer| {
                    for record in 0..40 {
                        writer.write(record).await?;
                        books.accept(record);
                    }
                    Ok(())
                });
                let written = written.await;
                assert_eq!(books.look(written.as_ref().err(), fault), [""; 0]);
                written
            }

            #[tokio::test]
            async fn the_rest_is_worked_off_behind_the_work() {
                let books = books("rest");
                forty(&books, Fault::Nothing, 0, LONG).await.unwrap();
                assert_eq!(books.stored(), 40);
            }

            #[tokio::test]
            async fn a_task_that_panics_is_said_with_what_is_lost() {
                let books = books("panics");
                let said = forty(&books, Fault::Panics, 1, LONG).await.unwrap_err();
                let said = said.to_string();
                let lost = 40 - books.stored();
                assert!(
                    said.contains(&format!(": {lost} records are lost")),
                    "{said}"
                );
                assert!(said.contains("panic"), "{said}");
            }

            #[tokio::test]
            async fn a_store_that_fails_is_said_with_what_is_lost() {
                let books = books("fails");
                let said = forty(&books, Fault::Fails, 1, LONG).await.unwrap_err();
                assert!(said.to_string().ends_with("the disk is full"), "{said}");
            }

            #[tokio::test]
            async fn a_task_that_hangs_is_left_when_patience_ends() {
                let books = books("hangs");
                let ended = timeout(LONG / 2, forty(&books, Fault::Hangs, 1, SHORT)).await;
                let said = ended.expect("it is left").unwrap_err();
                assert!(said.to_string().contains("records are lost"), "{said}");
            }

            /// Waits for what never comes, before a store with this fault.
            async fn waits(books: &Books, fault: Fault) -> io::Result<()> {
                let store = books.store(fault, 0, Chance::new(1));
                $writing(&books.name, store, LONG, async |writer| {
                    writer.write(0).await?;
                    books.accept(0);
                    std::future::pending().await
                })
                .await
            }

            #[tokio::test]
            async fn work_that_waits_hears_of_a_task_that_has_ended() {
                for fault in [Fault::Fails, Fault::Panics] {
                    let books = books(&format!("{fault:?}"));
                    let said = timeout(LONG / 2, waits(&books, fault)).await;
                    let said = said.expect("the work is left").unwrap_err();
                    assert!(said.to_string().contains(": 1 records are lost"), "{said}");
                }
            }

            #[tokio::test]
            async fn an_owner_who_is_cut_off_has_the_rest_worked_off() {
                let books = books("cut off");
                let cut_off = timeout(SHORT, waits(&books, Fault::Nothing)).await;
                assert!(cut_off.is_err(), "nobody ends it");
                assert!($has_drained(2 * LONG).await);
                assert_eq!(books.look(None, Fault::Nothing), [""; 0]);
                assert_eq!(books.stored(), 1);
            }
        }
    };
}

holds!(
    with_the_library,
    recipe_background_worker::writing,
    library_has_drained
);
holds!(by_hand_alone, by_hand::writing, by_hand::drain);

/// Seen: 251 of 300 runs lose records.
#[test]
fn a_task_that_nobody_ends_or_counts_loses_records() {
    Trial::new("as written first").loses(some_writing!(as_written_first::writing, nothing_drains));
}

#[tokio::test]
async fn the_records_of_a_task_that_panics_are_lost_without_a_word() {
    let books = Books::new("first-panics".to_owned());
    let store = books.store(Fault::Panics, 0, Chance::new(1));
    let written = as_written_first::writing(&books.name, store, LONG, async |writer| {
        writer.write(0).await?;
        books.accept(0);
        Ok(())
    });
    let said = written.await.unwrap_err();
    let wrong = books.look(Some(&said), Fault::Panics);
    assert_eq!(wrong, ["1 records are missing, 0 said to be lost"]);
}
