//! Each resource has a file: the programs that never leak, and those that do.

mod children;
mod commits;
mod endings;
mod files;
mod folders;
mod handshakes;
mod leases;
mod openings;
mod panics;
mod registrations;
mod requests;
mod streams;
mod subscriptions;
mod tasks;
mod transactions;
