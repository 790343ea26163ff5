/// How the guards of a container that is dropped armed are cleaned up.
#[derive(Clone, Copy)]
pub(crate) enum Together {
    /// As a map does it.
    Concurrently,
    /// One after the other, in the order of the drops, as a stack does it.
    InOrder,
}
