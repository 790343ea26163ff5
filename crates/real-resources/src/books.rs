//! What the server knows, and what it holds against its clients.

use std::collections::{BTreeMap, BTreeSet};

/// Ends a name whose withdrawal waits until all others have gone.
pub(crate) const LAST: &str = "-last";

/// Ends a name whose unsubscription is never answered.
pub(crate) const NEVER: &str = "-never";

/// The books of one server: who is there, what is held, and which rule has been broken.
#[derive(Debug, Default)]
pub struct Books {
    sessions: BTreeMap<usize, Session>,
    leases: BTreeMap<String, usize>,
    registered: BTreeSet<String>,
    subscribed: BTreeMap<String, usize>,
    /// Handed out and neither acknowledged nor given back, each with the connection that took it.
    deliveries: BTreeMap<String, usize>,
    /// Whether each is paid; those that are cancelled are gone.
    orders: BTreeMap<String, bool>,
    broken: Vec<String>,
    is_over: bool,
}

/// What the server knows of one connection.
#[derive(Debug, Default)]
struct Session {
    /// Has asked for something that obliges it to say goodbye.
    is_in_use: bool,
    said_goodbye: bool,
    /// Transactions that are open, each in the one before it.
    level: usize,
    works_under: Option<String>,
}

impl Books {
    /// Carries a request out and returns the answer.
    pub fn carry_out(&mut self, number: usize, request: &str) -> String {
        let (verb, name) = request.split_once(' ').unwrap_or((request, ""));
        let session = self.sessions.entry(number).or_default();
        let level: usize = name.parse().unwrap_or(0);
        let mut broken = None;
        match verb {
            "QUERY" => session.is_in_use = true,
            "BEGIN" => {
                session.is_in_use = true;
                if level != session.level + 1 {
                    broken = Some(format!("begins in another transaction, {}", session.level));
                }
                session.level = level;
            }
            "INSERT" if level != session.level => {
                broken = Some(format!(
                    "writes into another transaction, {}",
                    session.level
                ));
            }
            "COMMIT" | "ROLLBACK" if level < session.level => {
                broken = Some(format!("ends before the one in it, {}", session.level));
                session.level = level - 1;
            }
            "COMMIT" | "ROLLBACK" if level == session.level => session.level -= 1,
            // Has ended already.
            "INSERT" | "COMMIT" | "ROLLBACK" => {}
            "QUIT" => {
                session.said_goodbye = true;
                session.works_under = None;
                if session.level > 0 {
                    broken = Some(format!("closed before transaction {}", session.level));
                }
            }
            "WORK" => {
                session.is_in_use = true;
                session.works_under = Some(name.to_owned());
                if !self.leases.contains_key(name) {
                    broken = Some("works without the lease".to_owned());
                }
            }
            "LOCK" if self.leases.contains_key(name) => return format!("ERR {name} is taken"),
            "LOCK" => {
                self.leases.insert(name.to_owned(), number);
            }
            "RENEW" if !self.leases.contains_key(name) => return format!("ERR {name} is lost"),
            "RENEW" => {}
            "UNLOCK" => {
                let works = |session: &&Session| session.works_under.as_deref() == Some(name);
                if self.sessions.values().any(|session| works(&session)) {
                    broken = Some("released before the work's connection was closed".to_owned());
                }
                if self.leases.get(name) == Some(&number) {
                    self.leases.remove(name);
                }
            }
            "REGISTER" => {
                self.registered.insert(name.to_owned());
            }
            "WITHDRAW" => {
                self.registered.remove(name);
            }
            "SUBSCRIBE" => {
                self.subscribed.insert(name.to_owned(), number);
            }
            "UNSUBSCRIBE" => {
                self.subscribed.remove(name);
                if self.deliveries.values().any(|taker| *taker == number) {
                    broken = Some("ended before what it had taken was settled".to_owned());
                }
            }
            "TAKE" => {
                if self.deliveries.values().any(|taker| *taker == number) {
                    broken = Some("takes the next before the last is settled".to_owned());
                }
                self.deliveries.insert(name.to_owned(), number);
            }
            "ACKNOWLEDGE" | "RETURN" => {
                self.deliveries.remove(name);
            }
            "ORDER" => {
                self.orders.insert(name.to_owned(), false);
            }
            "PAY" => {
                if self.orders.insert(name.to_owned(), true) == Some(true) {
                    broken = Some("pays twice".to_owned());
                }
            }
            "CANCEL" => {
                if self.orders.remove(name) == Some(true) {
                    broken = Some("cancels what is paid".to_owned());
                }
            }
            "ECHO" => {}
            _ => return format!("ERR what is {verb}?"),
        }
        if let Some(broken) = broken {
            self.broken
                .push(format!("connection {number}, {request}: {broken}"));
        }
        format!("OK {request}")
    }

    /// Whether somebody who leaves last may leave: nobody else is registered, or can still come.
    pub fn may_last_leave(&self) -> bool {
        self.is_over || self.registered.iter().all(|name| name.ends_with(LAST))
    }

    /// All clients have gone: nobody has to be waited for any longer, and what they have left behind stays.
    pub fn end_run(&mut self) {
        self.is_over = true;
    }

    /// A connection has ended, with or without a word. Its subscriptions end with it.
    pub fn end(&mut self, number: usize) {
        self.subscribed
            .retain(|_, subscriber| *subscriber != number);
        let Some(session) = self.sessions.remove(&number) else {
            return;
        };
        if session.is_in_use && !session.said_goodbye {
            self.broken
                .push(format!("connection {number}: ended without a goodbye"));
        }
        if session.level > 0 && !session.said_goodbye {
            let level = session.level;
            self.broken.push(format!(
                "connection {number}: ended before transaction {level}"
            ));
        }
    }

    /// What has leaked, once everybody has gone.
    pub fn leaks(&self) -> Vec<String> {
        let open = self
            .sessions
            .keys()
            .map(|number| format!("connection {number} is open"));
        let held = self
            .leases
            .keys()
            .map(|name| format!("lease {name} is held"));
        let registered = self
            .registered
            .iter()
            .map(|name| format!("{name} is registered"));
        let broken = self.broken.iter().cloned();
        let subscribed = self
            .subscribed
            .keys()
            .map(|name| format!("{name} is subscribed"));
        let unsettled = self
            .orders
            .iter()
            .filter(|(_, is_paid)| !**is_paid)
            .map(|(name, _)| format!("order {name} is neither paid nor cancelled"));
        let taken = self
            .deliveries
            .keys()
            .map(|name| format!("delivery {name} is neither acknowledged nor given back"));
        broken
            .chain(open)
            .chain(held)
            .chain(registered)
            .chain(subscribed)
            .chain(taken)
            .chain(unsettled)
            .collect()
    }
}
