//! Each resource has a file: the programs that never leak, and those that do.

mod leases;
mod transactions;
