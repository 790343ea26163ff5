//! Each resource has a file: the programs that never leak, and those that do.

mod handshakes;
mod leases;
mod registrations;
mod transactions;
