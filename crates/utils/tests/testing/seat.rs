//! A seat at a table: a far side grants it when it reads the request, and takes it back when its holder hangs up.

use std::sync::{Arc, Mutex};

use async_drop_utils::testing::{Entry, InjectedFault, Ledger, Peer};

#[derive(Default)]
struct Books {
    taken: Option<Entry>,
    has_hung_up: bool,
}

/// What the holder has: dropped without more, it leaves the seat taken.
pub struct Seat {
    peer: Peer,
    books: Arc<Mutex<Books>>,
}

impl Seat {
    /// A seat that nobody has asked for yet.
    pub fn new() -> Self {
        let books = Arc::default();
        let peer = Peer::new();
        Self { peer, books }
    }

    pub async fn take(&self) -> Result<(), InjectedFault> {
        let books = Arc::clone(&self.books);
        let grant = move || {
            let mut books = books.lock().unwrap();
            if !books.has_hung_up {
                books.taken = Some(Ledger::current().open("seat"));
            }
        };
        self.peer.request("take", grant).await
    }

    /// Nothing is granted from here on; what was granted before is not given back.
    pub fn refuse(&self) {
        self.books.lock().unwrap().has_hung_up = true;
    }

    /// Gives back what was granted up to now.
    pub fn give_back(&self) {
        if let Some(taken) = self.books.lock().unwrap().taken.take() {
            taken.close();
        }
    }

    pub fn hang_up(&self) {
        self.refuse();
        self.give_back();
    }
}
