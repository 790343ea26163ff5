//! Looks at a database when its program has gone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_drop_real_resources::World;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

/// The file of a program's database.
pub fn database_of(world: &World) -> PathBuf {
    world.folder.join(&world.mark).with_extension("db")
}

/// What a program has been told of its orders, in files beside the database.
#[derive(Debug, Clone)]
pub struct Notes(PathBuf);

impl Notes {
    pub fn of(world: &World) -> Self {
        Self(database_of(world))
    }

    /// From here on, an order may be there.
    pub fn asked(&self, id: i64) {
        self.note(id, "asked");
    }

    /// From here on, an order has to be there.
    pub fn committed(&self, id: i64) {
        self.note(id, "committed");
    }

    fn note(&self, id: i64, what: &str) {
        fs::write(self.file(id, what), "").expect("a note");
    }

    fn says(&self, id: i64, what: &str) -> bool {
        self.file(id, what).exists()
    }

    fn file(&self, id: i64, what: &str) -> PathBuf {
        self.0.with_extension(format!("{id}.{what}"))
    }
}

/// The numbers that orders have.
pub const ORDERS: std::ops::Range<i64> = 0..8;

/// Says which locks are held, which files are left, and which orders are not as their program was told.
pub fn left_in_databases(folder: &Path) -> io::Result<Vec<String>> {
    let mut left = Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "db") {
            left.extend(left_files(&path));
            left.extend(open_files(&path)?);
            let looked = runtime.block_on(look_into(&path));
            let found = looked.unwrap_or_else(|error| vec![error.to_string()]);
            let of = |what| format!("{}: {what}", path.display());
            left.extend(found.into_iter().map(of));
        }
    }
    Ok(left)
}

/// What the last close removes.
fn left_files(database: &Path) -> Vec<String> {
    let beside = ["-wal", "-shm", "-journal"].map(|end| format!("{}{end}", database.display()));
    let left = beside.into_iter().filter(|file| Path::new(file).exists());
    left.map(|file| format!("{file} is left")).collect()
}

/// Tells when a program's database is open behind whoever was to close it.
pub fn tell_of_open_files(world: &World) -> io::Result<()> {
    let open = open_files(&database_of(world))?;
    open.into_iter().for_each(|file| world.seen.tell(file));
    Ok(())
}

/// What this process holds open of a database: connections that are not closed.
fn open_files(database: &Path) -> io::Result<Vec<String>> {
    let mut open = Vec::new();
    for file in fs::read_dir("/proc/self/fd")? {
        // One that is closed meanwhile has no target.
        let target = fs::read_link(file?.path()).unwrap_or_default();
        if target == database {
            open.push(format!("{} is open", database.display()));
        }
    }
    Ok(open)
}

async fn look_into(database: &Path) -> sqlx::Result<Vec<String>> {
    let options = SqliteConnectOptions::new().filename(database);
    let options = options.busy_timeout(Duration::ZERO);
    let mut connection = options.connect().await?;
    let begin = sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut connection);
    let mut left = match begin.await {
        Ok(_) => Vec::new(),
        Err(error) => vec![error.to_string()],
    };
    left.extend(false_orders(&mut connection, &Notes(database.to_owned())).await?);
    connection.close().await?;
    Ok(left)
}

async fn false_orders(
    connection: &mut SqliteConnection,
    notes: &Notes,
) -> sqlx::Result<Vec<String>> {
    let mut left = Vec::new();
    for id in ORDERS {
        let count = sqlx::query_scalar("SELECT count(*) FROM orders WHERE id = ?").bind(id);
        let count: i64 = match count.fetch_one(&mut *connection).await {
            Err(error) if error.to_string().contains("no such table") => 0,
            counted => counted?,
        };
        let (asked, committed) = (notes.says(id, "asked"), notes.says(id, "committed"));
        let what = match count {
            0 if committed => "is not there, and its commit was reported",
            0 => continue,
            1 if asked => continue,
            1 => "is there, and nobody asked for its commit",
            _ => "is there more than once",
        };
        left.push(format!("order {id} {what}"));
    }
    Ok(left)
}
