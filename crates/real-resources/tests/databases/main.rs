//! The patterns on a database in a file: SQLite, by way of sqlx.

mod commits;
mod database;
mod far_side;
mod pools;
mod transactions;
