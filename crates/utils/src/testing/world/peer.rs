use std::collections::VecDeque;
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::sleep;

use super::fault::{Fault, InjectedFault};
use super::operation::Awaited;
use super::record::Sort;
use super::this_world::World;

/// How much later than the caller's error a request happens that was thought to have failed, unless the next request is earlier.
const LATE: Duration = Duration::from_millis(100);

/// A far side: it grants requests in the order in which they were sent, whether or not somebody still waits for the answer.
///
/// Clones are further handles to the same far side, as if on the same stream. Dropping handles cancels nothing: what was sent happens,
/// also when the runtime has ended before.
///
/// # Example
///
/// A lease is granted when the server reads the request. Whoever is cut off before the answer has nothing to release, and the explorer finds it:
///
/// ```
/// use async_drop_utils::testing::{Entry, Explorer, InjectedFault, Ledger, Peer};
///
/// async fn lease(server: &Peer) -> Result<Entry, InjectedFault> {
///     server.request("acquire", || Ledger::current().open("lease")).await
/// }
///
/// let leak = Explorer::new()
///     .all(async || {
///         let server = Peer::new();
///         lease(&server).await?.close();
///         Ok::<_, InjectedFault>(())
///     })
///     .unwrap_err();
/// assert_eq!(leak.to_string(), "leaks when cancelled at await #1\nstill open: lease #1");
/// ```
#[derive(Clone, Default)]
pub struct Peer {
    requests: Arc<Requests>,
}

#[derive(Default)]
struct Requests {
    sent: Mutex<Sent>,
    /// One at a time: the far side does what comes first, first.
    doing: Mutex<()>,
}

#[derive(Default)]
struct Sent {
    waiting: VecDeque<Effect>,
    count: usize,
    done: usize,
}

type Effect = Box<dyn FnOnce() + Send>;

impl Peer {
    /// Makes a far side of its own.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends a request, which has an effect on the far side, and waits for the answer: what `effect` returned.
    ///
    /// The request is sent when the future is first polled, the effect takes place while it is pending, and the answer wakes it. The far
    /// side runs as a task of this runtime. Outside of an exploration a request always succeeds.
    ///
    /// Of the explorer's faults, it fails without an effect; it has its effect and the answer is lost; it fails and has its effect
    /// later, before the far side's next request or after 100 ms of the run's time; it never answers, with or without an effect, which is an error after an hour
    /// of virtual time.
    ///
    /// # Cancellation
    ///
    /// Dropping the future stops the waiting. What was sent happens.
    ///
    /// # Errors
    ///
    /// The [`InjectedFault`], in the run that fails this request. It does not tell whether there was an effect.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime.
    pub async fn request<T: Send + 'static>(
        &self,
        name: impl Into<Arc<str>>,
        effect: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, InjectedFault> {
        let Some(world) = World::current() else {
            return Ok(self.send(Duration::ZERO, effect).await);
        };
        let (error, fault) = world.arrive(name.into(), Sort::Request);
        let awaited = Awaited::new(&world, &error.id);
        world.order.let_pass(&error.id.name).await;
        let answer = match fault {
            None => Ok(self.send(Duration::ZERO, effect).await),
            Some(fault) => {
                match fault {
                    Fault::AnswerLost | Fault::HappensUnanswered => {
                        self.send(Duration::ZERO, effect).await;
                    }
                    // The answer is awaited by nobody.
                    Fault::HappensLate => drop(self.send(LATE, effect)),
                    Fault::Fails | Fault::NeverAnswers => {}
                }
                if fault.is_silence() {
                    world.silence(&error.id).await;
                } else {
                    yield_now().await;
                }
                Err(error)
            }
        };
        awaited.answered();
        answer
    }

    /// Sends at once; the future is the answer.
    fn send<T, F>(&self, after: Duration, effect: F) -> impl Future<Output = T> + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let effect = move || {
            // Whoever asked may have gone.
            drop(answer.send(effect()));
        };
        let number = self.requests.push(Box::new(effect));
        let sent = SentAs {
            requests: Arc::clone(&self.requests),
            number,
        };
        tokio::spawn(async move {
            if after.is_zero() {
                yield_now().await;
            } else {
                sleep(after).await;
            }
            drop(sent);
        });
        async move {
            match answered.await {
                Ok(answer) => answer,
                // The effect panicked: there is no answer any more.
                Err(_) => std::future::pending().await,
            }
        }
    }
}

/// A [`Peer::request`] to a far side of its own, in no order with any other.
///
/// # Cancellation
///
/// Dropping the future stops the waiting. What was sent happens.
///
/// # Errors
///
/// The [`InjectedFault`], in the run that fails this request. It does not tell whether there was an effect.
///
/// # Panics
///
/// Outside of a Tokio runtime.
///
/// # Example
///
/// ```
/// use async_drop_utils::testing::{Explorer, InjectedFault, request};
///
/// let report = Explorer::new()
///     .failures(async || request("count", || 1).await.map(|count| assert_eq!(count, 1)))
///     .unwrap();
/// assert_eq!(report.faults(), 5); // what can go wrong with one request
/// ```
pub async fn request<T: Send + 'static>(
    name: impl Into<Arc<str>>,
    effect: impl FnOnce() -> T + Send + 'static,
) -> Result<T, InjectedFault> {
    Peer::new().request(name, effect).await
}

impl Requests {
    /// Returns the request's number, counted from 1.
    fn push(&self, effect: Effect) -> usize {
        let mut sent = self.lock();
        sent.waiting.push_back(effect);
        sent.count += 1;
        sent.count
    }

    /// Does what was sent, in order, up to the request of this number.
    fn do_until(&self, number: usize) {
        let _doing = self.doing.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let mut sent = self.lock();
            if sent.done >= number {
                return;
            }
            let Some(effect) = sent.waiting.pop_front() else {
                return;
            };
            sent.done += 1;
            // The effect may look at this far side.
            drop(sent);
            effect();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Sent> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request under way; dropped, also with its task when the runtime ends, it is done.
struct SentAs {
    requests: Arc<Requests>,
    number: usize,
}

impl Drop for SentAs {
    fn drop(&mut self) {
        self.requests.do_until(self.number);
    }
}

impl Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Peer")
    }
}
