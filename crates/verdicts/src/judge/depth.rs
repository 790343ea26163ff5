use std::env;

/// With this environment variable, blocks that are right are explored thoroughly.
pub(crate) const THOROUGH: &str = "ASYNC_DROP_THOROUGH";

/// How far blocks are explored that are right, also under cancellation.
pub(crate) enum Depth {
    /// With everything that can happen alone.
    Alone,
    /// With pairs, orders of the tasks and ends of the runtime as well.
    Thorough,
}

impl Depth {
    /// As the command that started this process wants it.
    pub(crate) fn of_process() -> Self {
        if env::var_os(THOROUGH).is_some() {
            Self::Thorough
        } else {
            Self::Alone
        }
    }
}
