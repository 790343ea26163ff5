/// What asked a program to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StopReason {
    /// Ctrl-c; on Unix that is the signal SIGINT.
    Interrupt,
    /// The signal SIGTERM, by which service managers and containers stop a program.
    Terminate,
    /// The future that was given to [`run_until`](crate::run_until).
    Asked,
}

impl StopReason {
    /// What a program ends with whose work this cut off: 128 and the signal's number, as a shell says it of one that a signal has
    /// killed, and 0 where there was no signal.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Interrupt => 128 + 2,
            Self::Terminate => 128 + 15,
            Self::Asked => 0,
        }
    }
}
