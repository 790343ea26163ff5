//! What is open, and what was forgotten.

mod ledger;

pub use ledger::{EnteredLedger, Entry, Imbalance, Ledger};
