//! What the blocks of the falsified sentences open, on the books of the far side.
//!
//! As the resources of that time, an opening is granted when the call returns, but for those that go through a [`Peer`].

use std::collections::HashMap;
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use async_drop_utils::testing::{Entry, Ledger, Peer, fallible};
use async_drop_utils::{AsyncDrop, AsyncDropGuard};
use tokio::sync::Notify;

// With what else the blocks use.
pub use async_drop_fixtures::Error;
pub use async_trait::async_trait;
pub use std::time::Duration;
pub use tokio::task::JoinSet;
pub use tokio::time::{sleep, timeout};

/// The lease that is held: what is opened meanwhile stands on it.
static HELD: Mutex<Weak<Entry>> = Mutex::new(Weak::new());

fn open(name: &'static str) -> Entry {
    let held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    match held.upgrade() {
        Some(lease) => lease.open_on_it(name),
        None => Ledger::current().open(name),
    }
}

fn close(entry: &Entry) {
    if entry.is_open() {
        entry.close();
    }
}

/// `pg_sleep(60)` takes a minute, and everything else its time.
async fn run(sql: &str) {
    let minute = sql.contains("pg_sleep(60)");
    let takes = if minute { 60_000 } else { 1 };
    sleep(Duration::from_millis(takes)).await;
}

#[derive(Debug)]
pub struct Connection {
    host: String,
    entry: Entry,
}

impl Connection {
    /// The host `far` takes a minute to say goodbye.
    pub async fn open(host: &str) -> Result<AsyncDropGuard<Self>, Error> {
        fallible("connect").await?;
        let (host, entry) = (host.to_owned(), open("connection"));
        Ok(AsyncDropGuard::new(Self { host, entry }))
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    pub async fn query(&self, sql: &str) -> Result<usize, Error> {
        fallible("query").await?;
        run(sql).await;
        Ok(1)
    }

    pub async fn begin(&self) -> Result<AsyncDropGuard<Transaction>, Error> {
        fallible("begin").await?;
        let entry = self.entry.open_on_it("transaction");
        Ok(AsyncDropGuard::new(Transaction { entry }))
    }
}

#[async_trait]
impl AsyncDrop for Connection {
    type Error = Error;

    async fn async_drop_impl(&mut self) -> Result<(), Error> {
        let said_goodbye = fallible("disconnect").await;
        if self.host == "far" {
            sleep(Duration::from_secs(60)).await;
        }
        close(&self.entry);
        Ok(said_goodbye?)
    }
}

#[derive(Debug)]
pub struct Transaction {
    entry: Entry,
}

impl Transaction {
    pub async fn execute(&self, sql: &str) -> Result<(), Error> {
        fallible("execute").await?;
        run(sql).await;
        Ok(())
    }
}

#[async_trait]
impl AsyncDrop for Transaction {
    type Error = Error;

    async fn async_drop_impl(&mut self) -> Result<(), Error> {
        let rolled_back = fallible("rollback").await;
        close(&self.entry);
        Ok(rolled_back?)
    }
}

#[derive(Debug)]
pub struct Lease {
    entry: Arc<Entry>,
}

impl Lease {
    pub async fn acquire(name: &'static str) -> Result<AsyncDropGuard<Self>, Error> {
        fallible("acquire").await?;
        let entry = Arc::new(Ledger::current().open(format!("lease {name}")));
        *HELD.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&entry);
        Ok(AsyncDropGuard::new(Self { entry }))
    }

    pub async fn renew(&mut self) -> Result<(), Error> {
        Ok(fallible("renew").await?)
    }
}

#[async_trait]
impl AsyncDrop for Lease {
    type Error = Error;

    async fn async_drop_impl(&mut self) -> Result<(), Error> {
        let released = fallible("release").await;
        close(&self.entry);
        Ok(released?)
    }
}

/// A subscription: two orders come, then none for ever; the topic `closing` ends behind them.
#[derive(Debug)]
pub struct Subscription {
    topic: String,
    received: usize,
    entry: Entry,
}

impl Subscription {
    pub async fn open(topic: &str) -> Result<AsyncDropGuard<Self>, Error> {
        fallible("subscribe").await?;
        let (topic, received, entry) = (topic.to_owned(), 0, open("subscription"));
        Ok(AsyncDropGuard::new(Self {
            topic,
            received,
            entry,
        }))
    }

    pub async fn receive(&mut self) -> Result<Option<String>, Error> {
        fallible("receive").await?;
        self.received += 1;
        match (self.received, &*self.topic) {
            (1 | 2, topic) => Ok(Some(format!("{topic} {}", self.received))),
            (_, "closing") => Ok(None),
            _ => pending().await,
        }
    }

    pub async fn acknowledge(&mut self, _order: &str) -> Result<(), Error> {
        Ok(fallible("acknowledge").await?)
    }
}

#[async_trait]
impl AsyncDrop for Subscription {
    type Error = Error;

    async fn async_drop_impl(&mut self) -> Result<(), Error> {
        let unsubscribed = fallible("unsubscribe").await;
        close(&self.entry);
        Ok(unsubscribed?)
    }
}

/// A registry of names, which enters a name when it reads the request.
#[derive(Clone, Default)]
pub struct Registry {
    server: Peer,
    names: Arc<Mutex<HashMap<String, Entry>>>,
}

impl Registry {
    pub async fn register(&self, name: &str) -> Result<(), Error> {
        let (names, name) = (Arc::clone(&self.names), name.to_owned());
        let enter = move || {
            let mut names = names.lock().unwrap_or_else(PoisonError::into_inner);
            names.insert(name, Ledger::current().open("name"));
        };
        Ok(self.server.request("register", enter).await?)
    }

    /// It counts as withdrawn even when this fails.
    pub async fn withdraw(&self, name: &str) -> Result<(), Error> {
        let withdrawn = fallible("withdraw").await;
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = names.remove(name) {
            entry.close();
        }
        Ok(withdrawn?)
    }
}

/// A folder with files: a file that is not removed stays in it.
#[derive(Debug)]
pub struct TempFile {
    disk: Peer,
    temporary: Arc<Entry>,
}

impl TempFile {
    pub async fn create() -> Result<Self, Error> {
        fallible("create").await?;
        Ok(Self {
            disk: Peer::new(),
            temporary: Arc::new(Ledger::current().open("temporary file")),
        })
    }

    pub async fn write(&mut self, _bytes: &[u8]) -> Result<(), Error> {
        Ok(fallible("write").await?)
    }

    /// The file under its new name is the reader's, who removes it.
    pub async fn rename(&mut self, path: &'static str) -> Result<(), Error> {
        let temporary = Arc::clone(&self.temporary);
        let rename = move || {
            close(&temporary);
            Ledger::current().open(path)
        };
        let renamed = self.disk.request("rename", rename).await?;
        renamed.close();
        Ok(())
    }

    /// It does nothing when the file is gone, and counts as removed even when this fails.
    pub async fn remove(&mut self) -> Result<(), Error> {
        let removed = fallible("remove").await;
        close(&self.temporary);
        Ok(removed?)
    }
}

/// One of two ends that say goodbye to each other: the cleanup says so, and waits until the other has.
#[derive(Debug)]
pub struct End {
    leaving: Arc<Notify>,
    other_leaves: Arc<Notify>,
    entry: Entry,
}

impl End {
    pub fn pair() -> (AsyncDropGuard<Self>, AsyncDropGuard<Self>) {
        let (ours, theirs) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let end = |leaving: &Arc<Notify>, other_leaves: &Arc<Notify>| {
            AsyncDropGuard::new(Self {
                leaving: Arc::clone(leaving),
                other_leaves: Arc::clone(other_leaves),
                entry: Ledger::current().open("end"),
            })
        };
        (end(&ours, &theirs), end(&theirs, &ours))
    }

    pub async fn send(&self, _words: &str) -> Result<(), Error> {
        Ok(fallible("send").await?)
    }
}

#[async_trait]
impl AsyncDrop for End {
    type Error = Error;

    async fn async_drop_impl(&mut self) -> Result<(), Error> {
        self.leaving.notify_one();
        self.other_leaves.notified().await;
        close(&self.entry);
        Ok(())
    }
}

/// A journal in which one says at a time how it has ended.
pub type Journal = Arc<tokio::sync::Mutex<()>>;

/// Its cleanup says goodbye, and then notes that in the journal.
#[derive(Debug)]
pub struct Reader {
    journal: Journal,
    entry: Entry,
}

impl Reader {
    pub fn open(journal: &Journal) -> AsyncDropGuard<Self> {
        let (journal, entry) = (Arc::clone(journal), Ledger::current().open("reader"));
        AsyncDropGuard::new(Self { journal, entry })
    }
}

#[async_trait]
impl AsyncDrop for Reader {
    type Error = Error;

    async fn async_drop_impl(&mut self) -> Result<(), Error> {
        let said_goodbye = fallible("goodbye").await;
        let _noting = self.journal.lock().await;
        close(&self.entry);
        Ok(said_goodbye?)
    }
}

/// Its cleanup flushes with the journal in its hands.
#[derive(Debug)]
pub struct Writer {
    journal: Journal,
    entry: Entry,
}

impl Writer {
    pub fn open(journal: &Journal) -> AsyncDropGuard<Self> {
        let (journal, entry) = (Arc::clone(journal), Ledger::current().open("writer"));
        AsyncDropGuard::new(Self { journal, entry })
    }
}

#[async_trait]
impl AsyncDrop for Writer {
    type Error = Error;

    async fn async_drop_impl(&mut self) -> Result<(), Error> {
        let _noting = self.journal.lock().await;
        let flushed = fallible("flush").await;
        sleep(Duration::from_millis(1)).await;
        close(&self.entry);
        Ok(flushed?)
    }
}
