//! Values that keep books on what becomes of them.

use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, PoisonError};

use async_drop_utils::{AsyncDrop, AsyncDropGuard};

use super::program::{Ending, Plan};

/// What became of a value.
#[derive(Debug)]
struct Entry {
    /// The values of the scopes in whose bodies it was opened.
    inside_of: Vec<usize>,
    started: Option<usize>,
    ended: Option<usize>,
    ends: usize,
    /// A cleanup that panics has not cleaned up: its guard stays armed, and a cancel-safe one hands it over then.
    ends_allowed: usize,
    drops: usize,
}

#[derive(Debug, Default)]
struct Pages {
    clock: usize,
    entries: Vec<Entry>,
    told: usize,
}

/// What became of the values of one program.
#[derive(Clone, Debug, Default)]
pub struct Books(Arc<Mutex<Pages>>);

impl Books {
    fn change<R>(&self, change: impl FnOnce(&mut Pages) -> R) -> R {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pages.clock += 1;
        change(&mut pages)
    }

    pub fn open(&self, plan: Plan, inside_of: &[usize]) -> Value {
        let number = self.change(|pages| {
            pages.entries.push(Entry {
                inside_of: inside_of.to_vec(),
                started: None,
                ended: None,
                ends: 0,
                ends_allowed: if plan.ending == Ending::Panics { 2 } else { 1 },
                drops: 0,
            });
            pages.entries.len() - 1
        });
        Value {
            number,
            plan,
            books: self.clone(),
        }
    }

    pub fn plain(&self, plan: Plan, inside_of: &[usize]) -> AsyncDropGuard<Value> {
        AsyncDropGuard::new(self.open(plan, inside_of))
    }

    /// A drain has told of that many ends.
    pub fn told(&self, ends: usize) {
        self.change(|pages| pages.told += ends);
    }

    /// Says what is wrong when all is over, with that many cleanups handed over.
    pub fn check(&self, handed_over: usize) -> Result<(), String> {
        self.change(|pages| {
            let Pages { entries, told, .. } = pages;
            for (number, entry) in entries.iter().enumerate() {
                let is_once = entry.ends <= entry.ends_allowed && entry.drops == 1;
                let (Some(_), Some(ended), true) = (entry.started, entry.ended, is_once) else {
                    return Err(format!("value {number} was not cleaned up once: {entry:?}"));
                };
                for outer in &entry.inside_of {
                    if entries[*outer].started.is_some_and(|outer| outer < ended) {
                        return Err(format!(
                            "value {outer} was cleaned up before value {number}, which is inside of it"
                        ));
                    }
                }
            }
            if *told == handed_over {
                Ok(())
            } else {
                Err(format!(
                    "{handed_over} cleanups were handed over, and the ends of {told} told"
                ))
            }
        })
    }
}

/// Cleaned up as planned.
pub struct Value {
    pub number: usize,
    plan: Plan,
    books: Books,
}

impl Value {
    pub fn plan(&self) -> Plan {
        self.plan
    }
}

struct Ended<'a>(&'a Value);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        let number = self.0.number;
        self.0.books.change(|pages| {
            let clock = pages.clock;
            let entry = &mut pages.entries[number];
            entry.ended.get_or_insert(clock);
            entry.ends += 1;
        });
    }
}

#[async_trait::async_trait]
impl AsyncDrop for Value {
    type Error = String;

    async fn async_drop_impl(&mut self) -> Result<(), String> {
        let number = self.number;
        self.books.change(|pages| {
            let clock = pages.clock;
            pages.entries[number].started.get_or_insert(clock);
        });
        for _ in 0..self.plan.yields {
            tokio::task::yield_now().await;
        }
        // Made here, since a cleanup that is cut off has not ended.
        let _ended = Ended(self);
        match self.plan.ending {
            Ending::Succeeds => Ok(()),
            Ending::Fails => Err("planned".to_owned()),
            Ending::Panics => std::panic::panic_any("planned"),
        }
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        let number = self.number;
        self.books.change(|pages| pages.entries[number].drops += 1);
    }
}

impl Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({})", self.number)
    }
}
