//! What no pattern's own program shows, a file a resource: the programs that never leak, and those that do.

mod commits;
mod cut_off_io;
mod files;
mod folders;
mod handshakes;
mod panics;
mod registrations;
mod streams;
mod tasks;
mod transactions;
