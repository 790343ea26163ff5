//! What lapin does by itself.

use std::time::Duration;

use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties, Consumer};
use tokio::time::timeout;
use tokio_stream::StreamExt;

use crate::broker;
use crate::desk::Desk;
use crate::far_side::Queue;

const QUIET: Duration = Duration::from_millis(500);

/// Runs a test with a queue of three messages, and a consumer that may have two of them in hand.
fn alone(name: &str, test: impl AsyncFnOnce(&Queue, Connection, Channel, Consumer)) {
    let Some(turn) = broker::turn() else { return };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    runtime.block_on(async {
        let queue = Queue::filled(turn.port, name.to_owned(), 3).await;
        let connection = Connection::connect(&queue.broker, ConnectionProperties::default());
        let connection = connection.await.expect("the broker listens");
        let channel = connection.create_channel().await.expect("a channel");
        let limited = channel.basic_qos(2, BasicQosOptions::default());
        limited.await.expect("the channel is there");
        let (named, options) = (FieldTable::default(), BasicConsumeOptions::default());
        let name = queue.name.as_str().into();
        let consumer = channel.basic_consume(name, "".into(), options, named);
        let consumer = consumer.await.expect("the queue is there");
        test(&queue, connection, channel, consumer).await;
    });
}

async fn next(consumer: &mut Consumer) -> lapin::message::Delivery {
    let next = timeout(Duration::from_secs(20), consumer.next()).await;
    let next = next.expect("one comes").expect("the queue is there");
    next.expect("the channel is there")
}

#[test]
fn the_first_settlement_counts_and_the_second_is_no_error() {
    alone(
        "settled-twice",
        async |queue, connection, _channel, mut consumer| {
            let order = next(&mut consumer).await;
            let acknowledged = order.ack(BasicAckOptions::default()).await;
            assert!(acknowledged.expect("the channel is there"));
            let given_back = order.nack(BasicNackOptions::default()).await;
            assert!(!given_back.expect("it is no error"));
            let closed = connection.close(200, "done".into()).await;
            closed.expect("the channel has not died of it");
            let missing = queue.left(&Desk::hanging()).await.expect_err("one is gone");
            assert!(missing.contains("2 ready"), "{missing}");
        },
    );
}

#[test]
fn an_acknowledgement_on_a_channel_that_has_died_is_no_error() {
    alone(
        "settled-late",
        async |_, _connection, _channel, mut consumer| {
            let order = next(&mut consumer).await;
            next(&mut consumer).await;
            let died = timeout(Duration::from_secs(20), consumer.next()).await;
            let died = died.expect("it waits too long").expect("it is told");
            died.expect_err("the channel has died");
            let acknowledged = order.ack(BasicAckOptions::default()).await;
            assert!(!acknowledged.expect("it is no error"));
        },
    );
}

#[test]
fn a_message_that_is_dropped_stays_in_hand() {
    alone("dropped", async |_, _connection, _channel, mut consumer| {
        drop(next(&mut consumer).await);
        drop(next(&mut consumer).await);
        let third = timeout(QUIET, consumer.next()).await;
        assert!(third.is_err(), "{third:?}");
    });
}

#[test]
fn what_is_dropped_is_closed_in_the_background() {
    alone(
        "background",
        async |queue, connection, channel, mut consumer| {
            next(&mut consumer).await;
            drop((consumer, channel, connection));
            let left = queue.left(&Desk::hanging()).await.expect("all are back");
            assert_eq!(left.len(), 3);
        },
    );
}
