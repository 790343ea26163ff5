//! A store that keeps books: what was accepted, what is stored, and what is said to be lost.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use recipe_background_worker::{BATCH, Store};
use recipe_trial::Chance;
use tokio::time::sleep;

/// What becomes of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Nothing,
    Fails,
    Panics,
    Hangs,
}

#[derive(Debug, Default)]
struct Entries {
    accepted: HashSet<u64>,
    stored: HashSet<u64>,
    is_open: bool,
}

/// The books.
#[derive(Debug, Clone)]
pub struct Books {
    /// The name of who writes, which no other has.
    pub name: String,
    entries: Arc<Mutex<Entries>>,
}

impl Books {
    pub fn new(name: String) -> Self {
        hear();
        let entries = Arc::default();
        Self { name, entries }
    }

    /// A store of these books, and what becomes of its batch of this number.
    pub fn store(&self, fault: Fault, at: usize, chance: Chance) -> Shelf {
        lock(&self.entries).is_open = true;
        let (books, number) = (self.clone(), 0);
        Shelf {
            books,
            fault,
            at,
            number,
            chance,
        }
    }

    pub fn accept(&self, record: u64) {
        lock(&self.entries).accepted.insert(record);
    }

    pub fn stored(&self) -> usize {
        lock(&self.entries).stored.len()
    }

    /// What is wrong at the end of a writer that has returned this error, if any, before a store with this fault.
    pub fn look(&self, returned: Option<&io::Error>, fault: Fault) -> Vec<String> {
        let entries = lock(&self.entries);
        let mut wrong = Vec::new();
        if entries.is_open {
            wrong.push("the store is still open".to_owned());
        }
        let missing = entries.accepted.difference(&entries.stored).count();
        let told = said_of(&self.name);
        let texts = told.into_iter().chain(returned.map(ToString::to_string));
        let said = texts.filter_map(|text| lost(&self.name, &text)).max();
        let said = said.unwrap_or(0);
        let perhaps = if fault == Fault::Nothing { 0 } else { BATCH }; // what a store was at is known to nobody
        if !(missing..=missing + perhaps).contains(&said) {
            wrong.push(format!(
                "{missing} records are missing, {said} said to be lost"
            ));
        }
        wrong
    }
}

/// How many records of this writer are lost by these words.
fn lost(name: &str, text: &str) -> Option<usize> {
    let (_, rest) = text.split_once(&format!("{name}: "))?;
    let (count, _) = rest.split_once(" records are lost")?;
    count.parse().ok()
}

/// The store.
#[derive(Debug)]
pub struct Shelf {
    books: Books,
    fault: Fault,
    at: usize,
    number: usize,
    chance: Chance,
}

impl Store for Shelf {
    async fn store(&mut self, batch: &[u64]) -> io::Result<()> {
        self.number += 1;
        let fault = match self.number > self.at {
            true => self.fault,
            false => Fault::Nothing,
        };
        sleep(self.chance.time(Duration::from_millis(2))).await;
        match fault {
            Fault::Nothing => {}
            Fault::Fails => return Err(io::Error::other("the disk is full")),
            Fault::Panics => panic!("the store panics"),
            Fault::Hangs => std::future::pending().await,
        }
        lock(&self.books.entries).stored.extend(batch);
        sleep(self.chance.time(Duration::from_millis(2))).await;
        Ok(())
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        lock(&self.books.entries).is_open = false;
    }
}

/// All events, as text.
static EVENTS: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Collects events.
#[derive(Debug)]
struct Ear;

impl io::Write for Ear {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        lock(&EVENTS).extend(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn hear() {
    static HEARING: Once = Once::new();
    HEARING.call_once(|| {
        let events = tracing_subscriber::fmt().with_ansi(false);
        events.with_writer(|| Ear).init();
    });
}

/// The events that speak of this name.
fn said_of(name: &str) -> Vec<String> {
    let events = lock(&EVENTS);
    let text = String::from_utf8_lossy(&events);
    let lines = text.lines().filter(|line| line.contains(name));
    lines.map(str::to_owned).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
