//! A shop's transactions on SQLite and PostgreSQL: the recipe, the same by hand, and what is written first.

mod as_written_first;
mod by_hand;
mod cluster;
mod far_side;
mod faults;
mod programs;

use std::time::Duration;

use recipe_sqlx_transactions as recipe;
use recipe_trial::{Run, Trial};
use sqlx::{Postgres, Sqlite};

use crate::far_side::{Shop, Told, lost, make};

/// Tries a program of one way of writing: cuts it off at random, waits for what it leaves to others to end, and looks.
macro_rules! shop {
    ($name:literal, $tried:ident, $way:ident, $db:ty, $ended:expr) => {
        let Some(server) = <$db>::server() else {
            return;
        };
        Trial::new($name).$tried(|mut run: Run| {
            let to = <$db>::of(run.folder(), &server);
            async move {
                make::<$db>(&to).await.expect("a shop");
                let (told, chance) = (Told::default(), run.chance.fork());
                let program = programs::$way::shop::<$db>(to.clone(), chance, told.clone());
                run.cut_off(Duration::from_millis(60), async {
                    program.await.expect("nothing fails here");
                })
                .await;
                let ended: Vec<String> = $ended(&run).await;
                let lost = lost::<$db>(&to, &run, &told).await.expect("a look");
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
    let waited = tokio::time::timeout(DEADLINE, by_hand::ENDING.wait()).await;
    waited.err().iter().map(ToString::to_string).collect()
}

async fn nothing_to_wait_for(_: &Run) -> Vec<String> {
    Vec::new()
}

#[test]
fn transactions_of_sqlite_lose_nothing() {
    shop!("recipe, SQLite", never_loses, recipe, Sqlite, drained);
}

#[test]
fn transactions_of_sqlite_by_hand_lose_nothing() {
    shop!(
        "by hand, SQLite",
        never_loses,
        by_hand,
        Sqlite,
        by_hand_ended
    );
}

#[test]
fn what_is_written_first_for_sqlite_loses() {
    shop!(
        "written first, SQLite",
        loses,
        as_written_first,
        Sqlite,
        nothing_to_wait_for
    );
}

#[test]
fn transactions_of_postgres_lose_nothing() {
    shop!("recipe, PostgreSQL", never_loses, recipe, Postgres, drained);
}

#[test]
fn transactions_of_postgres_by_hand_lose_nothing() {
    shop!(
        "by hand, PostgreSQL",
        never_loses,
        by_hand,
        Postgres,
        by_hand_ended
    );
}

#[test]
fn what_is_written_first_for_postgres_loses() {
    shop!(
        "written first, PostgreSQL",
        loses,
        as_written_first,
        Postgres,
        nothing_to_wait_for
    );
}
