use std::fmt::Debug;

/// What a scenario may return: nothing, or a `Result` without a value.
///
/// Sealed: implemented for `()` and for `Result<(), E>` where `E: Debug`.
pub trait Outcome: sealed::Sealed {
    /// The error's `Debug`, if there is one.
    #[doc(hidden)]
    fn into_error(self) -> Option<String>;
}

impl Outcome for () {
    fn into_error(self) -> Option<String> {
        None
    }
}

impl<E: Debug> Outcome for Result<(), E> {
    fn into_error(self) -> Option<String> {
        self.err().map(|error| format!("{error:?}"))
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for () {}
    impl<E> Sealed for Result<(), E> {}
}
