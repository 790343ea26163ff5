//! What is uploaded: it comes slowly, and may break off.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use recipe_trial::Chance;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How many bytes come at once.
const PIECE: usize = 500;

/// How many bytes there are.
pub const LENGTH: usize = 5_500;

#[derive(Debug)]
pub struct Source {
    chance: Chance,
    longest: Duration,
    pause: Pin<Box<Sleep>>,
    given: usize,
    breaks_off_at: Option<usize>,
}

impl Source {
    /// Pauses before each piece; one in four breaks off.
    pub fn at_random(mut chance: Chance, longest: Duration) -> Self {
        let breaks_off_at = chance.once_in(4).then(|| chance.below(LENGTH));
        Self::new(chance, longest, breaks_off_at)
    }

    /// Comes at once.
    pub fn whole() -> Self {
        Self::new(Chance::new(1), Duration::ZERO, None)
    }

    /// Breaks off there.
    pub fn broken_off_at(byte: usize) -> Self {
        Self::new(Chance::new(1), Duration::ZERO, Some(byte))
    }

    fn new(chance: Chance, longest: Duration, breaks_off_at: Option<usize>) -> Self {
        Self {
            chance,
            longest,
            pause: Box::pin(sleep(Duration::ZERO)),
            given: 0,
            breaks_off_at,
        }
    }

    /// All of it.
    pub fn bytes() -> Vec<u8> {
        (0..LENGTH).map(|at| at as u8).collect()
    }
}

impl AsyncRead for Source {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.pause.as_mut().poll(cx));
        let longest = self.longest;
        let pause = self.chance.time(longest);
        self.pause = Box::pin(sleep(pause));
        if self.breaks_off_at.is_some_and(|at| at <= self.given) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let length = PIECE.min(buffer.remaining()).min(LENGTH - self.given);
        let piece: Vec<u8> = (self.given..self.given + length)
            .map(|at| at as u8)
            .collect();
        buffer.put_slice(&piece);
        self.given += length;
        Poll::Ready(Ok(()))
    }
}
