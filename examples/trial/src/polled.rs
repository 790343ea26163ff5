use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// Drops a future that has not ended after so many polls, and returns what it gives else.
pub async fn polled<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    let end = poll_fn(|context| {
        let polled = future.as_mut().poll(context);
        left -= 1;
        match polled {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    });
    end.await
}

#[cfg(test)]
mod tests {
    use tokio::task::yield_now;

    use super::*;

    #[tokio::test]
    async fn a_future_is_polled_so_often_and_not_again() {
        let two_polls = async || yield_now().await;
        assert_eq!(polled(1, two_polls()).await, None);
        assert_eq!(polled(2, two_polls()).await, Some(()));
    }
}
