//! Stands for `tokio::time`: a deadline of zero has passed at once, any other never does.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// The deadline has passed.
#[derive(Debug)]
pub struct Elapsed;

/// Polls `future` once when `deadline` is zero, and to its end otherwise.
///
/// # Errors
///
/// [`Elapsed`], when one poll was not enough.
pub async fn timeout<F: Future>(deadline: Duration, future: F) -> Result<F::Output, Elapsed> {
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Ok(output)),
        Poll::Pending if deadline.is_zero() => Poll::Ready(Err(Elapsed)),
        Poll::Pending => Poll::Pending,
    })
    .await
}
