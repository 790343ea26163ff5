//! Connections and transactions as the chapters teach them.
//!
//! What sqlx does by itself: each connection has a thread of its own, which carries out one command after the other, also those that nobody waits for any
//! longer. A `Transaction` of sqlx that is dropped asks for its rollback there, and a connection that is dropped ends its thread behind what was asked for.
//! Nothing is lost for good; but nobody waits for either, so whoever comes next, or the end of `main`, may find the lock held and the file of the log there.
//! What is guarded here is this wait.

use std::sync::Arc;
use std::time::Duration;

use async_drop_real_resources::World;
use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection as _, SqliteConnection};
use tokio::sync::Mutex;

use crate::far_side::{Notes, database_of};

/// A connection that several values use, one command at a time; it is gone once it is closed.
type Shared = Arc<Mutex<Option<SqliteConnection>>>;

/// How a program connects to its database.
pub fn options(world: &World) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(database_of(world))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Off) // the machine does not fail here
}

/// Makes the table, where nobody has.
pub const TABLE: &str = "CREATE TABLE IF NOT EXISTS orders (id INTEGER)";

/// A connection that is closed, and whose close is awaited.
#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::close, error = sqlx::Error)]
pub struct Connection {
    shared: Shared,
}

impl Connection {
    /// Connects to the program's database.
    pub async fn open(world: &World) -> sqlx::Result<AsyncDropGuard<Self>> {
        Self::open_with(options(world)).await
    }

    /// The same for somebody who does not wait for a lock.
    pub async fn open_impatient(world: &World) -> sqlx::Result<AsyncDropGuard<Self>> {
        Self::open_with(options(world).busy_timeout(Duration::ZERO)).await
    }

    async fn open_with(options: SqliteConnectOptions) -> sqlx::Result<AsyncDropGuard<Self>> {
        // What is opened goes on in its thread, whoever still waits for it.
        AsyncDropGuard::acquire(async move {
            let raw = options.connect().await?;
            let shared = Arc::new(Mutex::new(Some(raw)));
            AsyncDropGuard::init(Self { shared }, async |opened| {
                run(&opened.shared, TABLE).await
            })
            .await
        })
        .await
    }

    /// Begins a transaction, which may write.
    pub async fn begin(&self) -> sqlx::Result<AsyncDropGuard<Transaction>> {
        Transaction::begin_at(Arc::clone(&self.shared), 1).await
    }

    /// Whether somebody holds the lock, seen by a connection that does not wait for it.
    pub async fn finds_a_lock(&self) -> sqlx::Result<bool> {
        match self.begin().await {
            Ok(transaction) => with_async_drop!(transaction, { Ok(false) }),
            Err(error) if is_said(&error, "database is locked") => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// How many orders of this number there are.
    pub async fn count(&self, id: i64) -> sqlx::Result<i64> {
        let mut connection = self.shared.lock().await;
        let count = sqlx::query_scalar("SELECT count(*) FROM orders WHERE id = ?").bind(id);
        count.fetch_one(open(&mut connection)?).await
    }

    async fn close(&mut self) -> sqlx::Result<()> {
        match self.shared.lock().await.take() {
            Some(raw) => raw.close().await,
            None => Ok(()),
        }
    }
}

/// A transaction, or one in a transaction, that is rolled back unless it has been committed.
#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::undo, error = sqlx::Error)]
pub struct Transaction {
    shared: Shared,
    level: usize,
}

/// What begins, commits and undoes a transaction, and one in it.
const WORDS: [[&str; 3]; 2] = [
    ["BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"],
    [
        "SAVEPOINT inner",
        "RELEASE inner",
        "ROLLBACK TO inner; RELEASE inner",
    ],
];

impl Transaction {
    async fn begin_at(shared: Shared, level: usize) -> sqlx::Result<AsyncDropGuard<Self>> {
        let transaction = Self { shared, level };
        AsyncDropGuard::init(transaction, async |begun| begun.say(0).await).await
    }

    /// Begins a transaction in this one.
    pub async fn begin(&self) -> sqlx::Result<AsyncDropGuard<Self>> {
        Self::begin_at(Arc::clone(&self.shared), self.level + 1).await
    }

    /// Writes an order.
    pub async fn insert(&self, id: i64) -> sqlx::Result<()> {
        let mut connection = self.shared.lock().await;
        let insert = sqlx::query("INSERT INTO orders VALUES (?)").bind(id);
        insert.execute(open(&mut connection)?).await.map(drop)
    }

    /// Commits. Cut off, it may have happened.
    pub async fn commit(&mut self) -> sqlx::Result<()> {
        self.say(1).await
    }

    /// Commits one order, and notes what the caller knows of it.
    pub async fn commit_order(&mut self, notes: &Notes, id: i64) -> sqlx::Result<()> {
        notes.asked(id);
        self.commit().await?;
        notes.committed(id);
        Ok(())
    }

    async fn say(&self, word: usize) -> sqlx::Result<()> {
        run(&self.shared, WORDS[self.level - 1][word]).await
    }

    async fn undo(&mut self) -> sqlx::Result<()> {
        match self.say(2).await {
            // Has ended already, or has never begun.
            Err(error) if is_said(&error, "no transaction is active") => Ok(()),
            Err(error) if is_said(&error, "no such savepoint") => Ok(()),
            undone => undone,
        }
    }
}

async fn run(shared: &Shared, words: &'static str) -> sqlx::Result<()> {
    let mut connection = shared.lock().await;
    let words = sqlx::raw_sql(words);
    words.execute(open(&mut connection)?).await.map(drop)
}

fn open(connection: &mut Option<SqliteConnection>) -> sqlx::Result<&mut SqliteConnection> {
    connection.as_mut().ok_or(sqlx::Error::WorkerCrashed)
}

fn is_said(error: &sqlx::Error, words: &str) -> bool {
    error.to_string().contains(words)
}
