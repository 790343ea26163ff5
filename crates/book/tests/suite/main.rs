//! Builds the real book, small books that say one thing, and books that must be rejected.

mod command;
mod false_books;
mod marks;
mod proofs;
mod real_book;
mod repository;
#[cfg(unix)]
mod runs;
#[cfg(unix)]
mod stand_in;
