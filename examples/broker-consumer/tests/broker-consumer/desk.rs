//! Where the work of a message is done, with books: how often each was begun, and how that ended.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use recipe_broker_consumer::Failed;
use recipe_trial::Chance;

/// What is known of a message.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Entry {
    pub begun: i64,
    pub failed: i64,
    pub done: i64,
}

#[derive(Debug, Default)]
struct Books {
    entries: BTreeMap<String, Entry>,
    in_hand: usize,
    most_in_hand: usize,
}

/// What becomes of a message's work.
#[derive(Debug)]
enum Work {
    FailsOnceIn(u32),
    FailsAtFirst,
    Hangs,
}

#[derive(Debug)]
pub struct Desk {
    chance: Mutex<Chance>,
    work: Work,
    longest: Duration,
    books: Mutex<Books>,
}

impl Desk {
    /// The work of one message in four fails, at random.
    pub fn at_random(chance: Chance) -> Self {
        Self::new(chance, Work::FailsOnceIn(4), Duration::from_millis(30))
    }

    /// The work of each message fails once.
    pub fn failing_at_first() -> Self {
        let longest = Duration::from_millis(5);
        Self::new(Chance::new(1), Work::FailsAtFirst, longest)
    }

    /// No work fails, and each takes up to so long.
    pub fn slow(longest: Duration) -> Self {
        Self::new(Chance::new(1), Work::FailsOnceIn(u32::MAX), longest)
    }

    /// No work ever ends.
    pub fn hanging() -> Self {
        Self::new(Chance::new(1), Work::Hangs, Duration::ZERO)
    }

    fn new(chance: Chance, work: Work, longest: Duration) -> Self {
        Self {
            chance: Mutex::new(chance),
            work,
            longest,
            books: Mutex::default(),
        }
    }

    pub async fn work(&self, message: Vec<u8>) -> Result<(), Failed> {
        let name = String::from_utf8(message)?;
        let is_first = self.begin(&name);
        let _in_hand = InHand(self);
        let (pause, is_unlucky) = self.chosen(is_first);
        if let Work::Hangs = self.work {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(pause).await;
        let mut books = self.books();
        let entry = books.entries.entry(name).or_default();
        if is_unlucky {
            entry.failed += 1;
            return Err("no luck".into());
        }
        entry.done += 1;
        Ok(())
    }

    /// Says whether it is the first time.
    fn begin(&self, name: &str) -> bool {
        let mut books = self.books();
        books.in_hand += 1;
        books.most_in_hand = books.most_in_hand.max(books.in_hand);
        let entry = books.entries.entry(name.to_owned()).or_default();
        entry.begun += 1;
        entry.begun == 1
    }

    fn chosen(&self, is_first: bool) -> (Duration, bool) {
        let mut chance = lock(&self.chance);
        let is_unlucky = match self.work {
            Work::FailsOnceIn(times) => chance.once_in(times),
            Work::FailsAtFirst => is_first,
            Work::Hangs => false,
        };
        (chance.time(self.longest), is_unlucky)
    }

    pub fn entry(&self, name: &str) -> Entry {
        self.books().entries.get(name).cloned().unwrap_or_default()
    }

    /// How often work was begun, has failed, and was done.
    pub fn all(&self) -> Entry {
        let books = self.books();
        books
            .entries
            .values()
            .fold(Entry::default(), |all, entry| Entry {
                begun: all.begun + entry.begun,
                failed: all.failed + entry.failed,
                done: all.done + entry.done,
            })
    }

    pub fn in_hand(&self) -> usize {
        self.books().in_hand
    }

    pub fn most_in_hand(&self) -> usize {
        self.books().most_in_hand
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        lock(&self.books)
    }
}

/// Counts a message until its work ends or is cut off.
struct InHand<'a>(&'a Desk);

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        self.0.books().in_hand -= 1;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
