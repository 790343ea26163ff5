//! Runs a scenario again and again, and says what it does not survive.

mod exploration;
mod explorer;
mod leak;
mod limits;
mod pairs;
mod replay;
mod report;
mod survey;

pub use explorer::Explorer;
pub use leak::Leak;
pub use report::Report;
