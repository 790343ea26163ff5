//! Single faults, each on purpose.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_drop_utils::drain;
use lapin::options::{BasicConsumeOptions, BasicNackOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties, Error};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_stream::StreamExt;
use tokio_util::sync::CancellationToken;

use crate::desk::Desk;
use crate::far_side::Queue;
use crate::{Consume, Job, as_written_first, broker, by_hand, with_the_crate};

/// More than anything takes here, on a machine with much else to do.
const LONG: Duration = Duration::from_secs(20);

const MESSAGES: usize = 6;
const AT_ONCE: u16 = 2;

/// A consumer that runs.
struct Running {
    queue: Queue,
    desk: Arc<Desk>,
    stop: CancellationToken,
    ended: JoinHandle<Result<(), Error>>,
}

impl Running {
    async fn start(port: u16, name: &str, desk: Desk, consume: Consume) -> Self {
        let queue = Queue::filled(port, name.to_owned(), MESSAGES).await;
        let (desk, stop) = (Arc::new(desk), CancellationToken::new());
        let job = Job::new(&queue, AT_ONCE, &stop, &desk);
        let ended = tokio::spawn(consume(job));
        Self {
            queue,
            desk,
            stop,
            ended,
        }
    }

    async fn until(&self, has_come: impl Fn(&Desk) -> bool) {
        let started = Instant::now();
        while !has_come(&self.desk) {
            assert!(started.elapsed() < LONG, "{:?}", self.desk);
            sleep(Duration::from_millis(1)).await;
        }
    }

    async fn until_its_hands_are_full(&self) {
        self.until(|desk| desk.in_hand() == usize::from(AT_ONCE))
            .await;
    }

    async fn ended(&mut self) -> Result<(), Error> {
        let ended = timeout(LONG, &mut self.ended).await;
        ended.expect("it ends").expect("it does not panic")
    }

    /// How often each message that is left has gone back.
    async fn left(&self) -> BTreeMap<String, i64> {
        let left = self.queue.left(&self.desk).await;
        left.unwrap_or_else(|missing| panic!("{missing}: {:?}", self.desk))
    }

    /// Of each message that is left, how often it was begun.
    fn begun(&self, left: &BTreeMap<String, i64>) -> BTreeMap<String, i64> {
        let begun = |name: &String| (name.clone(), self.desk.entry(name).begun);
        left.keys().map(begun).collect()
    }
}

/// Runs a test of each of these consumers, where there is a broker.
fn of_each(
    consumers: &[Consume],
    name: &str,
    desk: fn() -> Desk,
    test: impl AsyncFn(&mut Running),
) {
    let Some(turn) = broker::turn() else { return };
    for (number, consume) in consumers.iter().enumerate() {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
        runtime.block_on(async {
            let name = format!("{name}-{number}");
            let mut running = Running::start(turn.port, &name, desk(), *consume).await;
            test(&mut running).await;
        });
    }
}

const BOTH: [Consume; 2] = [with_the_crate, by_hand];

#[test]
fn a_message_that_fails_goes_back_and_makes_room() {
    let desk = Desk::failing_at_first;
    of_each(&BOTH, "fails", desk, async |consumer| {
        let all = MESSAGES as i64;
        consumer.until(|desk| desk.all().done == all).await;
        consumer.stop.cancel();
        consumer.ended().await.expect("it was asked to");
        assert_eq!(consumer.left().await, BTreeMap::new());
        assert_eq!(consumer.desk.all().begun, 2 * all);
        assert!(consumer.desk.most_in_hand() <= usize::from(AT_ONCE));
    });
}

#[test]
fn what_is_written_first_hears_nothing_once_as_many_have_failed_as_it_may_have_in_hand() {
    let desk = Desk::failing_at_first;
    of_each(&[as_written_first], "deaf", desk, async |consumer| {
        let in_hand = i64::from(AT_ONCE);
        consumer.until(|desk| desk.all().failed == in_hand).await;
        sleep(Duration::from_millis(500)).await;
        assert_eq!(consumer.desk.all().begun, in_hand);
    });
}

#[test]
fn cut_off_with_its_hands_full_it_gives_back_each_once_and_takes_no_more() {
    of_each(&BOTH, "cut-off", Desk::hanging, async |consumer| {
        consumer.until_its_hands_are_full().await;
        consumer.ended.abort();
        while !consumer.ended.is_finished() {
            sleep(Duration::from_millis(1)).await;
        }
        assert!(drain(LONG).await.is_clean());
        by_hand::drain().await;
        let left = consumer.left().await;
        assert_eq!(left.len(), MESSAGES);
        assert_eq!(left, consumer.begun(&left));
    });
}

#[test]
fn what_is_given_back_before_the_consumer_is_cancelled_makes_others_come() {
    let Some(turn) = broker::turn() else { return };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    runtime.block_on(async {
        let queue = Queue::filled(turn.port, "early".to_owned(), MESSAGES).await;
        give_back_and_cancel(&queue)
            .await
            .expect("the broker is there");
        let lost = queue.lost(&Desk::hanging(), AT_ONCE).await;
        assert_eq!(lost, ["4 have gone back at once"]);
    });
}

async fn give_back_and_cancel(queue: &Queue) -> Result<(), Error> {
    let connection = Connection::connect(&queue.broker, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    channel
        .basic_qos(AT_ONCE, BasicQosOptions::default())
        .await?;
    let (named, options) = (FieldTable::default(), BasicConsumeOptions::default());
    let name = queue.name.as_str().into();
    let mut consumer = channel
        .basic_consume(name, "".into(), options, named)
        .await?;
    for _ in 0..AT_ONCE {
        let order = consumer.next().await.expect("there are more")?;
        let goes_back = BasicNackOptions {
            requeue: true,
            ..Default::default()
        };
        order.nack(goes_back).await?;
    }
    for _ in 0..AT_ONCE {
        consumer.next().await.expect("they come")?;
    }
    channel.close(200, "done".into()).await?;
    connection.close(200, "done".into()).await
}

#[test]
fn asked_to_stop_it_finishes_what_is_in_hand_and_takes_no_more() {
    let desk = || Desk::slow(Duration::from_millis(200));
    of_each(&BOTH, "stops", desk, async |consumer| {
        consumer.until_its_hands_are_full().await;
        consumer.stop.cancel();
        consumer.ended().await.expect("it was asked to");
        assert_eq!(consumer.desk.in_hand(), 0);
        let left = consumer.left().await;
        assert!(left.values().all(|back| *back == 0), "{left:?}");
        assert_eq!(left, consumer.begun(&left));
    });
}

#[test]
fn asked_to_stop_what_is_written_first_does_what_comes_again() {
    let desk = || Desk::slow(Duration::from_millis(200));
    of_each(&[as_written_first], "hurries", desk, async |consumer| {
        consumer.until_its_hands_are_full().await;
        consumer.stop.cancel();
        consumer.ended().await.expect("it was asked to");
        consumer.until(|desk| desk.in_hand() == 0).await;
        assert!(consumer.queue.left(&consumer.desk).await.is_err());
    });
}

#[test]
fn a_channel_that_dies_ends_the_work_and_its_messages_go_back_once() {
    of_each(&BOTH, "channel", Desk::hanging, async |consumer| {
        consumer.until_its_hands_are_full().await;
        let error = consumer.ended().await.expect_err("it waits too long");
        assert!(error.to_string().contains("timed out"), "{error}");
        assert_eq!(consumer.desk.in_hand(), 0);
        let left = consumer.left().await;
        assert_eq!(left.len(), MESSAGES);
        assert_eq!(left, consumer.begun(&left));
    });
}

#[test]
fn what_is_written_first_works_on_when_its_channel_has_died() {
    of_each(
        &[as_written_first],
        "works-on",
        Desk::hanging,
        async |consumer| {
            consumer.until_its_hands_are_full().await;
            consumer.ended().await.expect_err("it waits too long");
            assert_eq!(consumer.desk.in_hand(), usize::from(AT_ONCE));
        },
    );
}

#[test]
fn a_connection_that_breaks_ends_the_work_and_its_messages_go_back_once() {
    of_each(&BOTH, "connection", Desk::hanging, async |consumer| {
        consumer.until_its_hands_are_full().await;
        consumer.queue.sever();
        consumer.ended().await.expect_err("it is cut off");
        assert_eq!(consumer.desk.in_hand(), 0);
        let left = consumer.left().await;
        assert_eq!(left.len(), MESSAGES);
        assert_eq!(left, consumer.begun(&left));
    });
}

#[test]
fn a_queue_that_is_deleted_ends_the_consumer() {
    of_each(&BOTH, "deleted", Desk::hanging, async |consumer| {
        consumer.until_its_hands_are_full().await;
        consumer.queue.delete().await;
        let error = consumer
            .ended()
            .await
            .expect_err("there is nothing to consume");
        assert!(error.to_string().contains("gone"), "{error}");
        assert_eq!(consumer.desk.in_hand(), 0);
    });
}
