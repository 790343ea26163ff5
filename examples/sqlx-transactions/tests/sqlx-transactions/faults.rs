//! One fault at a time: what is cut off at each poll in turn, and what sqlx does by itself.

use std::future::pending;
use std::path::Path;
use std::time::{Duration, Instant};

use async_drop_utils::{CleanupTracker, with_async_drop};
use recipe_trial::polled;
use sqlx::{ConnectOptions, Connection, Database, Pool, Postgres, Sqlite};
use tokio::time::timeout;

use crate::far_side::{Options, STOCK, Shop, make, order, pool};
use crate::{as_written_first, by_hand, recipe};

/// More polls than any of the programs takes.
const POLLS: usize = 24;

/// A shop of one test's own: its pool of one connection, and how somebody else looks at it.
struct Case<DB: Shop> {
    pool: Pool<DB>,
    to: Options<DB>,
    folder: tempfile::TempDir,
    _server: DB::Server,
}

impl<DB: Shop> Case<DB> {
    async fn open() -> Option<Self> {
        let server = DB::server()?;
        let folder = tempfile::tempdir().expect("a folder");
        let to = DB::of(folder.path(), &server);
        make::<DB>(&to).await.expect("a shop");
        let pool = pool::<DB>(1)
            .connect_with(to.clone())
            .await
            .expect("a pool");
        Some(Self {
            pool,
            to,
            folder,
            _server: server,
        })
    }

    /// Somebody else's look at the orders and the stock.
    async fn look(&self) -> (Vec<i64>, i64) {
        let mut other = self.to.connect().await.expect("a connection");
        let looked = DB::look(&mut other).await.expect("a look");
        other.close().await.expect("a close");
        looked
    }

    /// Writes on the pool's one connection without a transaction, and says whether others see it.
    async fn next_is_seen(&self, id: i64) -> bool {
        let mut next = self.pool.acquire().await.expect("the connection");
        DB::note(&mut next, id).await.expect("a note");
        drop(next);
        self.look().await.0.contains(&id)
    }
}

/// Which polls of a transaction that is cut off there leave its connection in a transaction.
macro_rules! polls_that_leave_it_open {
    ($way:ident, $case:expr) => {{
        let mut left_open = Vec::new();
        for polls in 1..=POLLS {
            let nothing = async |_: &mut _| Ok(());
            let _ = polled(polls, $way::transact(&$case.pool, "BEGIN", nothing)).await;
            if !$case.next_is_seen(polls as i64).await {
                left_open.push(polls);
                let mut next = $case.pool.acquire().await.expect("the connection");
                sqlx::raw_sql("ROLLBACK")
                    .execute(&mut *next)
                    .await
                    .expect("a rollback");
            }
        }
        left_open
    }};
}

#[tokio::test]
async fn a_begin_that_is_cut_off_is_not_left_to_who_gets_the_connection_next() {
    if let Some(case) = Case::<Postgres>::open().await {
        assert_eq!(polls_that_leave_it_open!(recipe, case), []);
        assert_eq!(polls_that_leave_it_open!(by_hand, case), []);
    }
    let case = Case::<Sqlite>::open().await.expect("SQLite is there");
    assert_eq!(polls_that_leave_it_open!(recipe, case), []);
    assert_eq!(polls_that_leave_it_open!(by_hand, case), []);
}

/// Issue 4393 of sqlx.
#[tokio::test]
async fn a_begin_of_sqlx_that_is_cut_off_is_left_open_by_postgres_and_not_by_sqlite() {
    if let Some(case) = Case::<Postgres>::open().await {
        assert_ne!(polls_that_leave_it_open!(as_written_first, case), []);
    }
    let case = Case::<Sqlite>::open().await.expect("SQLite is there");
    assert_eq!(polls_that_leave_it_open!(as_written_first, case), []);
}

/// Three orders in one transaction, the second in a savepoint that is given up.
macro_rules! three_orders {
    ($db:ty, $case:expr, $given_up:expr) => {{
        let given_up = $given_up;
        let all = async |on: &mut <$db as Database>::Connection| {
            order::<$db>(on, 1).await?;
            let slow = async |on: &mut <$db as Database>::Connection| {
                order::<$db>(on, 2).await?;
                pending::<sqlx::Result<()>>().await
            };
            match given_up {
                Inside => {
                    let attempt = recipe::attempt(on, Duration::from_millis(50), slow);
                    assert_eq!(attempt.await?, None);
                }
                InItsBegin => {
                    let attempt = recipe::attempt(on, Duration::from_secs(60), slow);
                    assert!(polled(1, attempt).await.is_none());
                }
            }
            order::<$db>(on, 3).await
        };
        let committed = recipe::transact(&$case.pool, <$db>::BEGIN, all).await;
        committed.expect("the commit is said to have happened");
    }};
}

/// Where a savepoint is given up.
enum GivenUp {
    Inside,
    InItsBegin,
}
use GivenUp::{InItsBegin, Inside};

#[tokio::test]
async fn a_limit_inside_a_savepoint_undoes_that_alone() {
    if let Some(case) = Case::<Postgres>::open().await {
        three_orders!(Postgres, case, Inside);
        assert_eq!(case.look().await, (vec![1, 3], STOCK - 2));
    }
    let case = Case::<Sqlite>::open().await.expect("SQLite is there");
    three_orders!(Sqlite, case, Inside);
    assert_eq!(case.look().await, (vec![1, 3], STOCK - 2));
}

/// Both drops of what is cut off ask for a rollback, one of them for that of the transaction around.
#[tokio::test]
async fn a_savepoint_whose_begin_is_cut_off_takes_the_outer_transaction_along_and_the_commit_says_ok()
 {
    if let Some(case) = Case::<Postgres>::open().await {
        three_orders!(Postgres, case, InItsBegin);
        assert_eq!(case.look().await, (vec![3], STOCK - 1));
    }
    let case = Case::<Sqlite>::open().await.expect("SQLite is there");
    three_orders!(Sqlite, case, InItsBegin);
    assert_eq!(case.look().await, (vec![3], STOCK - 1));
}

/// Cuts an order off at each poll in turn and asks for it again under its id, until one that was cut off is there already and one is not.
macro_rules! asked_again {
    ($db:ty, $case:expr) => {{
        let (mut id, mut was_there, mut was_not) = (0, false, false);
        while id < 1000 && !(was_there && was_not) {
            id += 1;
            let order = async |on: &mut <$db as Database>::Connection| order::<$db>(on, id).await;
            let first = recipe::transact(&$case.pool, <$db>::BEGIN, order);
            if polled(id as usize % POLLS + 1, first).await.is_some() {
                continue;
            }
            let again = async |on: &mut <$db as Database>::Connection| {
                let is_new = <$db>::note(on, id).await?;
                if is_new {
                    <$db>::take(on).await?;
                }
                Ok(is_new)
            };
            // Comes behind what is still under way on the pool's one connection.
            let again = recipe::transact(&$case.pool, <$db>::BEGIN, again).await;
            match again.expect("nothing fails here") {
                true => was_not = true,
                false => was_there = true,
            }
        }
        assert!(was_there && was_not, "{was_there}, {was_not}");
        assert_eq!($case.look().await, ((1..=id).collect(), STOCK - id));
    }};
}

#[tokio::test]
async fn a_commit_that_is_cut_off_may_have_happened_and_is_asked_for_by_its_id() {
    if let Some(case) = Case::<Postgres>::open().await {
        asked_again!(Postgres, case);
    }
    let case = Case::<Sqlite>::open().await.expect("SQLite is there");
    asked_again!(Sqlite, case);
}

/// The look of somebody on another thread, while this one's runtime stands still.
fn held_at_once<DB: Shop>(to: &Options<DB>, folder: &Path) -> Vec<String> {
    let look = async || {
        let mut other = to.connect().await?;
        let held = DB::held(&mut other, folder).await?;
        other.close().await.map(|()| held)
    };
    std::thread::scope(|scope| {
        let looking = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.expect("a runtime").block_on(look())
        });
        looking.join().expect("no panic").expect("a look")
    })
}

#[tokio::test]
async fn a_scope_awaits_the_rollback_and_a_drop_does_not() {
    let Some(case) = Case::<Postgres>::open().await else {
        return;
    };
    let failed: sqlx::Result<()> = async {
        with_async_drop!(transaction = recipe::begin(&case.pool, "BEGIN").await?, {
            order::<Postgres>(&mut transaction, 1).await?;
            Err(sqlx::Error::RowNotFound)
        })
    }
    .await;
    assert!(failed.is_err());
    assert_eq!(
        held_at_once::<Postgres>(&case.to, case.folder.path()),
        [""; 0]
    );

    let mut bare = case.pool.begin().await.expect("a transaction");
    order::<Postgres>(&mut bare, 1).await.expect("an order");
    drop(bare);
    let held = held_at_once::<Postgres>(&case.to, case.folder.path());
    assert!(
        held.concat()
            .starts_with("idle in transaction behind UPDATE"),
        "{held:?}"
    );
    // In a task, it goes back to the pool, which says what is queued.
    case.pool
        .acquire()
        .await
        .expect("the connection")
        .return_to_pool()
        .await;
    assert_eq!(
        held_at_once::<Postgres>(&case.to, case.folder.path()),
        [""; 0]
    );
}

#[tokio::test]
async fn a_rollback_comes_behind_the_statement_that_was_cut_off() {
    let Some(case) = Case::<Postgres>::open().await else {
        return;
    };
    let begun = Instant::now();
    let asleep: sqlx::Result<()> = async {
        with_async_drop!(transaction = recipe::begin(&case.pool, "BEGIN").await?, {
            let asleep = sqlx::query("SELECT pg_sleep(0.5)").execute(&mut ***transaction);
            assert!(timeout(Duration::from_millis(50), asleep).await.is_err());
            Ok(())
        })
    }
    .await;
    asleep.expect("a rollback");
    assert!(
        begun.elapsed() > Duration::from_millis(450),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn postgres_says_ok_to_the_commit_of_a_transaction_that_has_failed() {
    let Some(case) = Case::<Postgres>::open().await else {
        return;
    };
    let work = async |on: &mut sqlx::PgConnection| {
        order::<Postgres>(on, 1).await?;
        let failed = sqlx::query("SELECT 1 / 0").execute(on).await;
        assert!(failed.is_err());
        Ok(())
    };
    let committed = recipe::transact(&case.pool, "BEGIN", work).await;
    assert!(committed.is_ok());
    assert_eq!(case.look().await, (vec![], STOCK));
}

/// Begins by hand, and lets the connection go.
macro_rules! begun_by_hand {
    ($db:ty, $case:expr) => {{
        let mut connection = $case.pool.acquire().await.expect("the connection");
        let begin = sqlx::raw_sql(<$db>::BEGIN).execute(&mut *connection);
        begin.await.expect("a begin");
        drop(connection);
        $case.next_is_seen(1).await
    }};
}

#[tokio::test]
async fn a_connection_goes_back_to_its_pool_with_the_transaction_that_was_begun_by_hand() {
    if let Some(case) = Case::<Postgres>::open().await {
        assert!(!begun_by_hand!(Postgres, case));
    }
    let case = Case::<Sqlite>::open().await.expect("SQLite is there");
    assert!(!begun_by_hand!(Sqlite, case));
}

#[tokio::test]
async fn a_begin_that_is_cut_off_waits_on_for_a_connection() {
    let case = Case::<Sqlite>::open().await.expect("SQLite is there");
    let taken = case.pool.acquire().await.expect("the connection");
    let tracker = CleanupTracker::new();
    let begin = timeout(
        Duration::from_millis(50),
        recipe::begin(&case.pool, "BEGIN"),
    );
    assert!(tracker.scope(begin).await.is_err());
    assert_eq!(tracker.outstanding(), 1);
    drop(taken);
    let report = tracker.drain(Duration::from_secs(60)).await;
    assert!(report.is_clean(), "{report}");
}
