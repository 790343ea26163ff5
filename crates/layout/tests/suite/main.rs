//! Holds the layout's checks to planted crates that break what they guard.

mod circles;
mod command;
mod minimums;
mod picture;
mod planted;
