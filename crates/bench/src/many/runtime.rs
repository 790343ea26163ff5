/// A runtime for rows that are about work and not about threads.
///
/// # Panics
///
/// If the system refuses it.
pub fn current_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime without I/O can be built")
}
