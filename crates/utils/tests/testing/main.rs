//! The ledger and the explorer, held to what their docs say.

mod connection;
mod failures;
mod ledger;
