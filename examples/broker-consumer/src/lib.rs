//! Consumes a queue of RabbitMQ with lapin: each message is acknowledged once its work is done, or goes back once.
//!
//! What is opened last is closed first: the subscription is cancelled, then what is in hand is settled, then the channel is closed, then
//! the connection.

use std::sync::Arc;
use std::time::Duration;
use std::{io, mem};

use async_drop_utils::{
    AsyncDrop, AsyncDropGuard, AsyncDropTaskGroup, Closing, closing, with_async_drop,
};
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions,
};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties, Consumer, Error, ErrorKind};
use tokio::time::timeout;
use tokio_stream::StreamExt;

/// How long the broker may take to answer a goodbye.
const LONGEST_ANSWER: Duration = Duration::from_secs(3);

/// Why the work of a message has failed.
pub type Failed = Box<dyn std::error::Error + Send + Sync>;

// ANCHOR: order
/// A message in hand.
#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::settle, error = Error)]
struct Order {
    delivery: Delivery,
    is_done: bool,
}

impl Order {
    async fn settle(&mut self) -> Result<(), Error> {
        let goes_back = BasicNackOptions {
            requeue: true,
            ..Default::default()
        };
        let settled = match self.is_done {
            true => self.delivery.ack(BasicAckOptions::default()).await,
            false => self.delivery.nack(goes_back).await,
        };
        settled.map(drop)
    }
}

async fn handle<F>(delivery: Delivery, work: impl FnOnce(Vec<u8>) -> F) -> Result<(), Error>
where
    F: Future<Output = Result<(), Failed>>,
{
    let order = Order {
        delivery,
        is_done: false,
    };
    with_async_drop!(order = AsyncDropGuard::new_cancel_safe(order), {
        match work(mem::take(&mut order.delivery.data)).await {
            Ok(()) => order.is_done = true,
            Err(error) => eprintln!("a message goes back: {error}"),
        }
        Ok(())
    })
}
// ANCHOR_END: order

// ANCHOR: consume
/// Does `work` for each message of `queue`, for `at_once` at a time, until asked to `stop`: what is in hand then is finished.
///
/// A message whose work fails goes back, and the next one comes.
///
/// # Errors
///
/// Where the broker cannot be reached, or ends the channel or the queue.
pub async fn consume<F>(
    broker: &str,
    queue: &str,
    at_once: u16,
    stop: impl Future<Output = ()>,
    work: impl Fn(Vec<u8>) -> F + Clone + Send + 'static,
) -> Result<(), Error>
where
    F: Future<Output = Result<(), Failed>> + Send,
{
    with_async_drop!(
        connection = AsyncDropGuard::acquire(connect(broker.to_owned())).await?,
        in_hand = AsyncDropTaskGroup::new(open_channel(&connection, at_once).await?),
        orders = subscribe(in_hand.value(), queue).await?,
        {
            tokio::pin!(stop);
            loop {
                tokio::select! {
                    order = orders.next() => {
                        let (order, work) = (order.ok_or_else(queue_is_gone)??, work.clone());
                        in_hand.spawn(async move |_| handle(order, work).await);
                    }
                    Some(settled) = in_hand.join_next() => settled?,
                    () = &mut stop => break,
                }
            }
            orders.async_drop().await?;
            in_hand.join_all().await.map(drop)
        }
    )
}
// ANCHOR_END: consume

// ANCHOR: open
/// A value that is closed at the broker.
type Guard<T> = AsyncDropGuard<Closing<T, Error>>;

async fn connect(broker: String) -> Result<Guard<Connection>, Error> {
    let connection = Connection::connect(&broker, ConnectionProperties::default()).await?;
    Ok(closing(connection, async |connection| {
        bounded(connection.close(200, "done".into())).await
    }))
}

async fn open_channel(connection: &Connection, at_once: u16) -> Result<Guard<Channel>, Error> {
    let channel = connection.create_channel().await?;
    channel
        .basic_qos(at_once, BasicQosOptions::default())
        .await?;
    Ok(closing(channel, async |channel| {
        bounded(channel.close(200, "done".into())).await
    }))
}

async fn subscribe(channel: &Channel, queue: &str) -> Result<Guard<Consumer>, Error> {
    let (named, options) = (FieldTable::default(), BasicConsumeOptions::default());
    let consumer = channel
        .basic_consume(queue.into(), "".into(), options, named)
        .await?;
    let channel = channel.clone();
    Ok(closing(consumer, async move |consumer| {
        let options = BasicCancelOptions::default();
        bounded(channel.basic_cancel(consumer.tag(), options)).await
    }))
}

/// Waits for an answer, but not for ever: what is still open then goes with the connection.
async fn bounded(closed: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    timeout(LONGEST_ANSWER, closed).await.unwrap_or(Ok(()))
}
// ANCHOR_END: open

fn queue_is_gone() -> Error {
    ErrorKind::IOError(Arc::new(io::Error::other("the queue is gone"))).into()
}
