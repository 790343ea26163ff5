use std::sync::Arc;

use tokio::task::yield_now;

use super::super::numbered::Numbered;
use super::fault::{Fault, InjectedFault};
use super::record::Sort;
use super::this_world::World;

/// An operation that can fail: it is pending once, then fails if the explorer says that it is this one's turn.
///
/// Await it where the real thing would read, write or connect; where a far side does something, take [`request`](super::request()), which can
/// also fail after the effect. Operations of the same `name` are numbered from 1 in the
/// order in which they are first polled. Outside of an exploration it always succeeds.
///
/// The explorer has two faults for it: it fails, or it never answers, which is an error after an hour of virtual time, so that every
/// timeout of less than that goes off around it. Beside something that ticks, the error comes when the run has waited 10,000 times, and
/// [`Report::cut_short`](super::super::Report::cut_short) says so.
///
/// # Cancellation
///
/// Dropping the future is safe. The operation has used up its number.
///
/// # Errors
///
/// The [`InjectedFault`], in the run that fails this operation.
///
/// # Example
///
/// ```
/// use async_drop_utils::testing::{Explorer, fallible};
///
/// async fn fetch() -> std::io::Result<String> {
///     fallible("fetch").await?;
///     Ok("page".to_owned())
/// }
///
/// let report = Explorer::new().failures(async || fetch().await.map(drop)).unwrap();
/// assert_eq!(report.faults(), 2); // it fails, and it never answers
/// ```
pub async fn fallible(name: impl Into<Arc<str>>) -> Result<(), InjectedFault> {
    let Some(world) = World::current() else {
        yield_now().await;
        return Ok(());
    };
    let (error, fault) = world.arrive(name.into(), Sort::Awaited);
    let awaited = Awaited::new(&world, &error.id);
    world.order.let_pass(&error.id.name).await;
    match fault {
        Some(Fault::NeverAnswers) => world.silence(&error.id).await,
        _ => yield_now().await,
    }
    awaited.answered();
    fault.map_or(Ok(()), |_| Err(error))
}

/// An operation that can fail without being awaited: [`fallible`] without the await.
///
/// # Errors
///
/// The [`InjectedFault`], in the run that fails this operation.
///
/// # Example
///
/// ```
/// use async_drop_utils::testing::{InjectedFault, fault_point};
///
/// fn parse(text: &str) -> Result<usize, InjectedFault> {
///     fault_point("parse")?;
///     Ok(text.len())
/// }
/// assert_eq!(parse("abc"), Ok(3)); // no exploration runs: nothing fails
/// ```
pub fn fault_point(name: impl Into<Arc<str>>) -> Result<(), InjectedFault> {
    match World::current().map(|world| world.arrive(name.into(), Sort::Point)) {
        Some((error, Some(_))) => Err(error),
        _ => Ok(()),
    }
}

/// An operation that is awaited: when it is dropped before the answer, its caller was cut off.
pub(super) struct Awaited<'a> {
    world: &'a World,
    operation: Option<Numbered>,
}

impl<'a> Awaited<'a> {
    pub(super) fn new(world: &'a World, operation: &Numbered) -> Self {
        let operation = Some(operation.clone());
        Self { world, operation }
    }

    pub(super) fn answered(mut self) {
        self.operation = None;
    }
}

impl Drop for Awaited<'_> {
    fn drop(&mut self) {
        if let Some(operation) = self.operation.take() {
            self.world.cut(operation);
        }
    }
}
