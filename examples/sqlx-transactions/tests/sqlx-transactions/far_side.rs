//! A shop's database: what the programs say to it, what they have been told, and what is there in the end.

use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use recipe_trial::Run;
use sqlx::pool::PoolOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Database, Postgres, Sqlite};

use crate::cluster::Cluster;

/// How a program connects.
pub type Options<DB> = <<DB as Database>::Connection as Connection>::Options;

/// How much of everything there is before the first order.
pub const STOCK: i64 = 1000;

/// A database that both kinds of programs know, with its statements.
pub trait Shop: Database {
    /// What begins a transaction that is going to write.
    const BEGIN: &'static str;

    /// What has to run for it.
    type Server;

    /// Starts that; none where this machine does not have it.
    fn server() -> Option<Self::Server>;

    /// The shop of one run, whose folder no other has.
    fn of(folder: &Path, server: &Self::Server) -> Options<Self>;

    /// What comes before the tables.
    const BEFORE: &'static str;

    /// Makes the tables.
    fn make(on: &mut Self::Connection) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Notes an order, once under its id; false where it is there already.
    fn note(on: &mut Self::Connection, id: i64) -> impl Future<Output = sqlx::Result<bool>> + Send;

    /// Takes one from the stock.
    fn take(on: &mut Self::Connection) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// The orders that are there, and what is left of the stock.
    fn look(
        on: &mut Self::Connection,
    ) -> impl Future<Output = sqlx::Result<(Vec<i64>, i64)>> + Send;

    /// What the programs hold there that are through: open transactions, connections.
    fn held(
        on: &mut Self::Connection,
        folder: &Path,
    ) -> impl Future<Output = sqlx::Result<Vec<String>>> + Send;
}

/// The statements are the same for both.
macro_rules! statements {
    () => {
        async fn make(on: &mut Self::Connection) -> sqlx::Result<()> {
            let tables = format!(
                "{} CREATE TABLE orders (id BIGINT PRIMARY KEY); CREATE TABLE stock (amount BIGINT); \
                 INSERT INTO stock VALUES ({STOCK})",
                Self::BEFORE
            );
            let tables = sqlx::raw_sql(sqlx::AssertSqlSafe(tables));
            tables.execute(on).await.map(drop)
        }

        async fn note(on: &mut Self::Connection, id: i64) -> sqlx::Result<bool> {
            let note = sqlx::query("INSERT INTO orders VALUES ($1) ON CONFLICT DO NOTHING");
            Ok(note.bind(id).execute(on).await?.rows_affected() > 0)
        }

        async fn take(on: &mut Self::Connection) -> sqlx::Result<()> {
            let take = sqlx::query("UPDATE stock SET amount = amount - 1");
            take.execute(on).await.map(drop)
        }

        async fn look(on: &mut Self::Connection) -> sqlx::Result<(Vec<i64>, i64)> {
            let orders = sqlx::query_scalar("SELECT id FROM orders ORDER BY id");
            let orders = orders.fetch_all(&mut *on).await?;
            let stock = sqlx::query_scalar("SELECT amount FROM stock");
            Ok((orders, stock.fetch_one(&mut *on).await?))
        }
    };
}

impl Shop for Sqlite {
    const BEGIN: &'static str = "BEGIN IMMEDIATE";

    const BEFORE: &'static str = "";

    type Server = ();

    fn server() -> Option<()> {
        Some(())
    }

    fn of(folder: &Path, (): &()) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(folder.join("shop.db"))
            .create_if_missing(true)
            // Two connections to a write-ahead log that are closed at the same time may both leave its files behind.
            .journal_mode(SqliteJournalMode::Delete)
            .synchronous(SqliteSynchronous::Off) // the machine does not fail here
    }

    statements!();

    async fn held(on: &mut Self::Connection, folder: &Path) -> sqlx::Result<Vec<String>> {
        let begin = sqlx::raw_sql("BEGIN IMMEDIATE; ROLLBACK").execute(on);
        let mut held: Vec<String> = begin.await.err().iter().map(ToString::to_string).collect();
        let database = folder.join("shop.db");
        // One that is closed meanwhile has no target.
        let open = fs::read_dir("/proc/self/fd")?
            .flatten()
            .filter(|file| fs::read_link(file.path()).is_ok_and(|target| target == database))
            .count();
        if open > 1 {
            held.push(format!("{} connections are open", open - 1));
        }
        Ok(held)
    }
}

impl Shop for Postgres {
    const BEGIN: &'static str = "BEGIN";

    const BEFORE: &'static str =
        "DO $$ BEGIN EXECUTE format('CREATE SCHEMA %I', current_setting('search_path')); END $$;";

    type Server = Arc<Cluster>;

    fn server() -> Option<Arc<Cluster>> {
        Cluster::shared()
    }

    fn of(folder: &Path, server: &Arc<Cluster>) -> PgConnectOptions {
        // Runs share the cluster, and each has a schema of its own.
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let mark = name.trim_start_matches('.').to_lowercase();
        let options = server.options().application_name(&mark);
        options.options([("search_path", mark)])
    }

    statements!();

    async fn held(on: &mut Self::Connection, _: &Path) -> sqlx::Result<Vec<String>> {
        // One that has said goodbye may still be listed, as idle.
        sqlx::query_scalar(
            "SELECT state || ' behind ' || query FROM pg_stat_activity WHERE pid <> pg_backend_pid() \
             AND state <> 'idle' AND application_name = current_setting('application_name')",
        )
        .fetch_all(on)
        .await
    }
}

/// Takes an order in a transaction, once under its id.
pub async fn order<DB: Shop>(on: &mut DB::Connection, id: i64) -> sqlx::Result<()> {
    match DB::note(on, id).await? {
        true => DB::take(on).await,
        false => Ok(()),
    }
}

/// The ids of what is noted alone, without a transaction.
pub const NOTES: Range<i64> = 100..200;

/// What the programs of one run know of their orders.
#[derive(Debug, Clone, Default)]
pub struct Told(Arc<Mutex<(BTreeSet<i64>, BTreeSet<i64>)>>);

impl Told {
    /// From here on, these have to be there.
    pub fn done(&self, orders: &[i64]) {
        self.0.lock().expect("no panic before").0.extend(orders);
    }

    /// These must not be there.
    pub fn left_out(&self, orders: &[i64]) {
        self.0.lock().expect("no panic before").1.extend(orders);
    }
}

/// One look at the database when all that ends behind the programs has ended.
pub async fn lost<DB: Shop>(to: &Options<DB>, run: &Run, told: &Told) -> sqlx::Result<Vec<String>> {
    let mut on = to.connect().await?;
    let mut lost = DB::held(&mut on, run.folder()).await?;
    let (orders, stock) = DB::look(&mut on).await?;
    on.close().await?;
    let ordered = orders.iter().filter(|id| !NOTES.contains(id)).count();
    if stock + ordered as i64 != STOCK {
        lost.push(format!("{ordered} orders, {stock} left"));
    }
    let (done, left_out) = &*told.0.lock().expect("no panic before");
    for order in done.iter().filter(|order| !orders.contains(order)) {
        lost.push(format!("order {order} is not there, and was reported"));
    }
    for order in left_out.iter().filter(|order| orders.contains(order)) {
        lost.push(format!("order {order} is there, and was left out"));
    }
    // An order of a batch is there with its pair, and with the batch.
    for order in &orders {
        let with = [order / 1000 * 1000, order / 2 * 2, order | 1];
        let missing = with
            .iter()
            .filter(|it| *order >= 1000 && !orders.contains(it));
        lost.extend(missing.map(|it| format!("order {order} is there without {it}")));
    }
    Ok(lost)
}

/// Makes the shop before the program begins.
pub async fn make<DB: Shop>(to: &Options<DB>) -> sqlx::Result<()> {
    let mut on = to.connect().await?;
    DB::make(&mut on).await?;
    on.close().await
}

/// The pool of a program.
pub fn pool<DB: Database>(connections: u32) -> PoolOptions<DB> {
    let options = PoolOptions::new().max_connections(connections);
    options.acquire_timeout(Duration::from_secs(10))
}
