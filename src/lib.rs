//! The proof of the guidance: `cargo test` of this package holds every block and every sentence of the chapters to the code.
