//! A ledger and an explorer, for tests.

mod ambient;
mod explorer;
mod faults;
mod leak;
mod ledger;
mod numbered;
mod outcome;
mod panics;
mod report;
mod run;
mod watchdog;

pub use explorer::Explorer;
pub use faults::{InjectedFault, fallible, fault_point};
pub use leak::Leak;
pub use ledger::{EnteredLedger, Entry, Imbalance, Ledger};
pub use outcome::Outcome;
pub use report::Report;
