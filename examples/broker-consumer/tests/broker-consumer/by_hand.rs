//! The same program without the crate: a task of its own that is told to end, and closes what it has opened one after the other.

use std::panic::resume_unwind;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use std::{io, mem};

use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions,
};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties, Consumer, Error, ErrorKind};
use recipe_broker_consumer::Failed;
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;
use tokio_stream::StreamExt;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long the broker may take to answer a goodbye.
const LONGEST_ANSWER: Duration = Duration::from_secs(3);

/// What goes on when its caller has been cut off.
static RUNNING: LazyLock<TaskTracker> = LazyLock::new(TaskTracker::new);

/// Waits for all that has been cut off.
pub async fn drain() {
    RUNNING.close();
    RUNNING.wait().await;
}

/// How a job is told to end.
#[derive(Clone, Default)]
struct End {
    /// What is in hand is to be finished.
    finish: CancellationToken,
    /// What is in hand is to go back.
    cut_off: CancellationToken,
}

pub async fn consume<F>(
    broker: &str,
    queue: &str,
    at_once: u16,
    stop: impl Future<Output = ()>,
    work: impl Fn(Vec<u8>) -> F + Clone + Send + Sync + 'static,
) -> Result<(), Error>
where
    F: Future<Output = Result<(), Failed>> + Send + 'static,
{
    let end = End::default();
    let _cut_off = end.cut_off.clone().drop_guard();
    let (broker, queue) = (broker.to_owned(), queue.to_owned());
    let job = connected(broker, queue, at_once, end.clone(), work);
    let mut job = RUNNING.spawn(job);
    tokio::select! {
        ended = &mut job => return joined(ended),
        () = stop => end.finish.cancel(),
    }
    joined(job.await)
}

async fn connected<F>(
    broker: String,
    queue: String,
    at_once: u16,
    end: End,
    work: impl Fn(Vec<u8>) -> F + Clone + Send + Sync + 'static,
) -> Result<(), Error>
where
    F: Future<Output = Result<(), Failed>> + Send + 'static,
{
    let connection = Connection::connect(&broker, ConnectionProperties::default()).await?;
    let consumed = on_connection(&connection, &queue, at_once, &end, work).await;
    let closed = bounded(connection.close(200, "done".into())).await;
    consumed.and(closed)
}

async fn on_connection<F>(
    connection: &Connection,
    queue: &str,
    at_once: u16,
    end: &End,
    work: impl Fn(Vec<u8>) -> F + Clone + Send + Sync + 'static,
) -> Result<(), Error>
where
    F: Future<Output = Result<(), Failed>> + Send + 'static,
{
    let channel = connection.create_channel().await?;
    let consumed = on_channel(&channel, queue, at_once, end, work).await;
    let closed = bounded(channel.close(200, "done".into())).await;
    consumed.and(closed)
}

async fn on_channel<F>(
    channel: &Channel,
    queue: &str,
    at_once: u16,
    end: &End,
    work: impl Fn(Vec<u8>) -> F + Clone + Send + Sync + 'static,
) -> Result<(), Error>
where
    F: Future<Output = Result<(), Failed>> + Send + 'static,
{
    channel
        .basic_qos(at_once, BasicQosOptions::default())
        .await?;
    let (named, options) = (FieldTable::default(), BasicConsumeOptions::default());
    let mut orders = channel
        .basic_consume(queue.into(), "".into(), options, named)
        .await?;
    let (mut in_hand, give_back) = (JoinSet::new(), CancellationToken::new());
    let received = receive(&mut orders, &mut in_hand, end, &give_back, work).await;
    let options = BasicCancelOptions::default();
    let cancelled = bounded(channel.basic_cancel(orders.tag(), options)).await;
    if received.is_err() {
        end.cut_off.cancel();
    }
    let mut settled = Ok(());
    loop {
        tokio::select! {
            ended = in_hand.join_next() => match ended {
                Some(ended) => settled = settled.and(joined(ended)),
                None => break,
            },
            // Behind the cancellation, or what goes back makes others come.
            () = end.cut_off.cancelled(), if !give_back.is_cancelled() => give_back.cancel(),
        }
    }
    received.and(cancelled).and(settled)
}

async fn receive<F>(
    orders: &mut Consumer,
    in_hand: &mut JoinSet<Result<(), Error>>,
    end: &End,
    give_back: &CancellationToken,
    work: impl Fn(Vec<u8>) -> F + Clone + Send + Sync + 'static,
) -> Result<(), Error>
where
    F: Future<Output = Result<(), Failed>> + Send + 'static,
{
    loop {
        tokio::select! {
            order = orders.next() => {
                let (order, work) = (order.ok_or_else(queue_is_gone)??, work.clone());
                in_hand.spawn(handle(order, give_back.clone(), work));
            }
            Some(settled) = in_hand.join_next() => joined(settled)?,
            () = end.finish.cancelled() => return Ok(()),
            () = end.cut_off.cancelled() => return Ok(()),
        }
    }
}

async fn handle<F>(
    mut delivery: Delivery,
    give_back: CancellationToken,
    work: impl FnOnce(Vec<u8>) -> F,
) -> Result<(), Error>
where
    F: Future<Output = Result<(), Failed>>,
{
    let is_done = tokio::select! {
        done = work(mem::take(&mut delivery.data)) => match done {
            Ok(()) => true,
            Err(error) => {
                eprintln!("a message goes back: {error}");
                false
            }
        },
        () = give_back.cancelled() => false,
    };
    let goes_back = BasicNackOptions {
        requeue: true,
        ..Default::default()
    };
    let settled = match is_done {
        true => delivery.ack(BasicAckOptions::default()).await,
        false => delivery.nack(goes_back).await,
    };
    settled.map(drop)
}

/// What a task has come to; a panic goes on.
fn joined(ended: Result<Result<(), Error>, JoinError>) -> Result<(), Error> {
    ended.unwrap_or_else(|panicked| resume_unwind(panicked.into_panic()))
}

/// Waits for an answer, but not for ever: what is still open then goes with the connection.
async fn bounded(closed: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    timeout(LONGEST_ANSWER, closed).await.unwrap_or(Ok(()))
}

fn queue_is_gone() -> Error {
    ErrorKind::IOError(Arc::new(io::Error::other("the queue is gone"))).into()
}
