//! A reader in a task of its own, whose subscription may never be ended by the server.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use async_drop_real_resources::{Trial, Wire, World};
use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
use async_trait::async_trait;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// A subscription, which ends with its stream at the latest.
#[derive(Debug)]
struct Subscription {
    wire: Option<Wire>,
    topic: String,
    /// How long the server's word is waited for before the stream is dropped.
    patience: Duration,
}

impl Subscription {
    async fn open(
        server: SocketAddr,
        topic: String,
        patience: Duration,
    ) -> io::Result<AsyncDropGuard<Self>> {
        let wire = Some(Wire::connect(server).await?);
        let subscription = Self {
            wire,
            topic,
            patience,
        };
        AsyncDropGuard::init(subscription, async |asked| asked.tell("SUBSCRIBE").await).await
    }

    async fn receive(&mut self) -> io::Result<()> {
        self.tell("ECHO").await
    }

    async fn tell(&mut self, verb: &str) -> io::Result<()> {
        let request = format!("{verb} {}", self.topic);
        match &mut self.wire {
            Some(wire) => wire.ask(&request).await.map(drop),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}

#[async_trait]
impl AsyncDrop for Subscription {
    type Error = io::Error;

    async fn async_drop_impl(&mut self) -> io::Result<()> {
        match timeout(self.patience, self.tell("UNSUBSCRIBE")).await {
            Ok(ended) => ended,
            Err(_) => {
                self.wire = None; // the last resort: the server sees the stream end
                Err(io::Error::other("the server did not say goodbye"))
            }
        }
    }
}

#[derive(Debug)]
struct Reader {
    stop: watch::Sender<bool>,
    task: JoinHandle<io::Result<()>>,
}

impl Reader {
    async fn start(world: &mut World, patience: Duration) -> io::Result<AsyncDropGuard<Self>> {
        let never = if world.chance.once_in(3) {
            "-never"
        } else {
            ""
        };
        let topic = format!("{}{never}", world.mark);
        let orders = Subscription::open(world.server, topic, patience)
            .await?
            .cancel_safe();
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
}

#[async_trait]
impl AsyncDrop for Reader {
    type Error = io::Error;

    async fn async_drop_impl(&mut self) -> io::Result<()> {
        self.stop.send_replace(true);
        (&mut self.task).await?
    }
}

async fn read_while_working(mut world: World, patience: Duration) -> io::Result<()> {
    let reader = Reader::start(&mut world, patience).await?;
    with_async_drop!(reader, {
        let work = async {
            let mut wire = Wire::connect(world.server).await?;
            for _ in 0..3 {
                wire.ask("ECHO work").await?;
            }
            Ok(())
        };
        tokio::select! {
            worked = work => worked,
            () = reader.ended() => Err(io::ErrorKind::BrokenPipe.into()),
        }
    })
}

#[test]
fn an_unsubscription_with_a_bound_holds_up_nobody() {
    let trial = Trial::new("subscriptions, bounded");
    trial.never_leaks(|world| read_while_working(world, Duration::from_millis(20)));
}

#[test]
fn an_unsubscription_without_a_bound_holds_up_the_readers_cleanup() {
    let trial = Trial::new("subscriptions, unbounded").patience(Duration::from_millis(250));
    trial.leaks(|world| read_while_working(world, Duration::from_secs(60)));
}
