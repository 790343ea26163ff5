use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

/// Polls `future` when it is woken, and every `interval` in case a wake-up went astray, while `go_on` agrees.
pub(super) fn poll_here<F: Future, E>(
    future: F,
    interval: Duration,
    mut go_on: impl FnMut() -> Result<(), E>,
) -> Result<F::Output, E> {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Ok(output);
        }
        go_on()?;
        thread::park_timeout(interval);
    }
}
