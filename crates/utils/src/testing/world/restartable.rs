use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use super::plan::{Await, Injection, Moment};
use super::this_world::World;

/// Awaits what `operation` returns; in some runs it is cut off at an await first, and called again on the same state.
///
/// For what has to be *cancel safe* as [Tokio's documentation of `select!`](https://docs.rs/tokio/latest/tokio/macro.select.html#cancellation-safety)
/// has it: dropped and called again in the next turn of a loop, it must not have lost anything. The scenario says what must not be lost,
/// by what it asserts and by its books. The calls of one `name` are numbered from 1. Outside of an exploration it is called once.
///
/// # Cancellation
///
/// Dropping the future drops the operation.
///
/// # Example
///
/// A frame of two parts is read into a local, so the first part is lost with the future:
///
/// ```
/// use async_drop_utils::testing::{Explorer, InjectedFault, fallible, restartable};
///
/// async fn read_frame(stream: &mut impl Iterator<Item = u8>) -> Result<Vec<u8>, InjectedFault> {
///     let mut frame = Vec::new();
///     for _ in 0..2 {
///         fallible("read").await?;
///         frame.extend(stream.next());
///     }
///     Ok(frame)
/// }
///
/// let leak = Explorer::new()
///     .all(async || {
///         let mut stream = [1, 2, 3, 4].into_iter();
///         let frame = restartable("read frame", async || read_frame(&mut stream).await).await?;
///         assert_eq!(frame, [1, 2]);
///         Ok::<_, InjectedFault>(())
///     })
///     .unwrap_err();
/// assert!(
///     leak.to_string().starts_with("panics when read frame #1 is cut off at its await #2 and called again: "),
///     "{leak}"
/// );
/// ```
pub async fn restartable<T>(name: impl Into<Arc<str>>, mut operation: impl AsyncFnMut() -> T) -> T {
    let Some(world) = World::current() else {
        return operation().await;
    };
    let (id, cut_off) = world.restartable(name.into());
    let mut pending = 0;
    let first = {
        let mut future = pin!(operation());
        poll_fn(|context| {
            if cut_off == Some(at(pending, Moment::OnceWoken)) {
                return Poll::Ready(None);
            }
            let polled = future.as_mut().poll(context).map(Some);
            if polled.is_pending() {
                pending += 1;
                world.restartable_pending(&id);
                if cut_off == Some(at(pending, Moment::AtOnce)) {
                    return Poll::Ready(None);
                }
            }
            polled
        })
        .await
    };
    match (first, cut_off) {
        (None, Some(at)) => {
            world.injected(&Injection::Restarted { operation: id, at });
            operation().await
        }
        (None, None) => unreachable!("only a plan cuts it off"),
        (Some(done), _) => done,
    }
}

fn at(number: usize, moment: Moment) -> Await {
    Await { number, moment }
}
