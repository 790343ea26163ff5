//! Consumers that are cut off at random in front of RabbitMQ, and single faults; what is lost is counted at the broker.

mod as_written_first;
mod broker;
mod by_hand;
mod desk;
mod far_side;
mod lapin_alone;
mod single;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use lapin::Result;
use recipe_trial::{Run, Trial};
use tokio_util::sync::CancellationToken;

use desk::Desk;
use far_side::Queue;

/// What a consumer is given.
struct Job {
    broker: String,
    queue: String,
    at_once: u16,
    stop: CancellationToken,
    desk: Arc<Desk>,
}

impl Job {
    fn new(queue: &Queue, at_once: u16, stop: &CancellationToken, desk: &Arc<Desk>) -> Self {
        Self {
            broker: queue.broker.clone(),
            queue: queue.name.clone(),
            at_once,
            stop: stop.clone(),
            desk: Arc::clone(desk),
        }
    }
}

/// A consumer, however it is written.
type Consume = fn(Job) -> Pin<Box<dyn Future<Output = Result<()>> + Send>>;

/// The same call of each of them.
macro_rules! consumer {
    ($name:ident, $consume:path) => {
        fn $name(job: Job) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> {
            Box::pin(async move {
                let work = move |message| {
                    let desk = Arc::clone(&job.desk);
                    async move { desk.work(message).await }
                };
                let stop = job.stop.cancelled();
                $consume(&job.broker, &job.queue, job.at_once, stop, work).await
            })
        }
    };
}

consumer!(with_the_crate, recipe_broker_consumer::consume);
consumer!(by_hand, by_hand::consume);
consumer!(as_written_first, as_written_first::consume);

const AT_ONCE: u16 = 3;
const LONGEST: Duration = Duration::from_millis(200);

/// Cuts a consumer off, or asks it to stop, and returns what is lost then.
async fn cut_off_at_random(mut run: Run, port: u16, consume: Consume) -> Vec<String> {
    let queue = Queue::filled(port, run.mark(), 24).await;
    let desk = Arc::new(Desk::at_random(run.chance.fork()));
    let stop = CancellationToken::new();
    let job = Job::new(&queue, AT_ONCE, &stop, &desk);
    let asked = match run.chance.once_in(4) {
        true => run.chance.time(LONGEST),
        false => LONGEST,
    };
    let program = async move {
        let asking = async {
            tokio::time::sleep(asked).await;
            stop.cancel();
        };
        let (consumed, ()) = tokio::join!(consume(job), asking);
        consumed.expect("nothing fails beside the work");
    };
    run.cut_off(LONGEST, program).await;
    let mut lost = run.drained(Duration::from_secs(10)).await;
    by_hand::drain().await;
    lost.extend(queue.lost(&desk, AT_ONCE).await);
    queue.remove().await;
    lost
}

#[test]
fn each_message_is_acknowledged_after_its_work_or_goes_back_once() {
    let Some(turn) = broker::turn() else { return };
    Trial::new("with the crate")
        .never_loses(|run| cut_off_at_random(run, turn.port, with_the_crate));
}

#[test]
fn each_message_is_acknowledged_after_its_work_or_goes_back_once_by_hand() {
    let Some(turn) = broker::turn() else { return };
    Trial::new("by hand").never_loses(|run| cut_off_at_random(run, turn.port, by_hand));
}

#[test]
fn what_is_written_first_does_work_whose_message_comes_again() {
    let Some(turn) = broker::turn() else { return };
    Trial::new("as written first").loses(|run| cut_off_at_random(run, turn.port, as_written_first));
}
