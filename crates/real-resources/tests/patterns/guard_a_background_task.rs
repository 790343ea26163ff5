//! Pattern "Guard a background task": a reader whose subscription may never be ended by the server.

use std::io;
use std::time::Duration;

use async_drop_real_resources::{Subscription, Trial, Wire, World};
use async_drop_utils::{AsyncDrop, AsyncDropGuard, closing, with_async_drop};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long a reader waits for the server's goodbye.
const BOUND: Duration = Duration::from_millis(20);

/// How long who hangs is waited for, where hanging is what is shown.
const PATIENCE: Duration = Duration::from_millis(250);

#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::end, error = io::Error)]
struct Reader {
    stop: watch::Sender<bool>,
    task: JoinHandle<io::Result<()>>,
}

impl Reader {
    async fn start(world: &mut World, bound: Duration) -> io::Result<AsyncDropGuard<Self>> {
        let orders = Subscription::open(world, bound).await?.cancel_safe();
        let (stop, mut stopped) = watch::channel(false);
        let task = tokio::spawn(async move {
            with_async_drop!(orders, {
                let read = async {
                    loop {
                        orders.receive().await?;
                    }
                };
                tokio::select! {
                    _ = stopped.changed() => Ok(()),
                    read = read => read,
                }
            })
        });
        Ok(AsyncDropGuard::new_cancel_safe(Self { stop, task }))
    }

    async fn ended(&self) {
        self.stop.closed().await; // the task has dropped its `stopped`
    }

    async fn end(&mut self) -> io::Result<()> {
        self.stop.send_replace(true);
        (&mut self.task).await?
    }
}

async fn read_while_working(mut world: World, bound: Duration) -> io::Result<()> {
    with_async_drop!(reader = Reader::start(&mut world, bound).await?, {
        tokio::select! {
            worked = world.work() => worked,
            () = reader.ended() => Err(io::ErrorKind::BrokenPipe.into()),
        }
    })
}

#[test]
fn a_reader_that_is_stopped_and_awaited_holds_up_nobody() {
    Trial::new("stopped").never_leaks(|world| read_while_working(world, BOUND));
}

#[test]
fn an_unsubscription_without_a_bound_holds_up_the_readers_cleanup() {
    let trial = Trial::new("unbounded").hangs(PATIENCE);
    trial.leaks(|world| read_while_working(world, Duration::from_secs(60)));
}

#[test]
fn a_reader_that_nobody_stops_outlives_who_started_it() {
    let trial = Trial::new("detached").hangs(PATIENCE);
    trial.leaks(|mut world: World| async move {
        let orders = Subscription::open(&mut world, BOUND).await?.cancel_safe();
        tokio::spawn(async move {
            with_async_drop!(orders, {
                let lost: io::Result<()> = loop {
                    if let Err(lost) = orders.receive().await {
                        break Err(lost);
                    }
                };
                lost
            })
        });
        world.work().await
    });
}

/// Registers, works, and withdraws.
async fn report(world: World) -> io::Result<()> {
    let mut wire = Wire::connect(world.server).await?;
    wire.ask(&format!("REGISTER {}", world.mark)).await?;
    wire.ask("ECHO report").await?;
    wire.ask(&format!("WITHDRAW {}", world.mark))
        .await
        .map(drop)
}

#[test]
fn a_task_that_ends_by_itself_is_awaited() {
    Trial::new("closing").never_leaks(|world: World| async move {
        let task = tokio::spawn(report(world.clone()));
        with_async_drop!(_task = closing(task, async |task| task.await?), {
            world.work().await
        })
    });
}

#[test]
fn a_task_that_nobody_awaits_is_dropped_with_the_runtime() {
    Trial::new("not awaited").leaks(|world: World| async move {
        tokio::spawn(report(world.clone()));
        world.work().await
    });
}
