//! A queue of the broker, filled for one run, the door through which the program reaches it, and the look at what is left.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lapin::options::{
    BasicCancelOptions, BasicConsumeOptions, BasicPublishOptions, QueueDeclareOptions,
    QueueDeleteOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_stream::StreamExt;

use crate::desk::Desk;

/// How long the broker may take for its next step.
const LONGEST_STEP: Duration = Duration::from_secs(2);

pub struct Queue {
    pub name: String,
    /// Where the program finds the broker.
    pub broker: String,
    messages: Vec<String>,
    door: Door,
    connection: Connection,
    channel: Channel,
}

impl Queue {
    /// A queue that counts how often each message goes back, with so many of them.
    pub async fn filled(port: u16, name: String, messages: usize) -> Self {
        let address_of = address(port);
        let connection = Connection::connect(&address_of, ConnectionProperties::default());
        let connection = connection.await.expect("the broker listens");
        let channel = connection.create_channel().await.expect("a channel");
        let messages = (0..messages).map(|number| format!("m{number}")).collect();
        let door = Door::open(port).await;
        let queue = Self {
            broker: address(door.port),
            name,
            messages,
            door,
            connection,
            channel,
        };
        queue.fill().await.expect("the broker takes messages");
        queue
    }

    async fn fill(&self) -> lapin::Result<()> {
        let mut options = FieldTable::default();
        let counts = AMQPValue::LongString("quorum".into());
        options.insert("x-queue-type".into(), counts);
        self.declare(QueueDeclareOptions::durable(), options)
            .await?;
        let mut taken = Vec::new();
        self.channel
            .confirm_select(lapin::options::ConfirmSelectOptions::default())
            .await?;
        for message in &self.messages {
            let (options, properties) = (
                BasicPublishOptions::default(),
                BasicProperties::default().with_delivery_mode(2),
            );
            let name = self.name.as_str().into();
            let publish = self.channel.basic_publish(
                "".into(),
                name,
                options,
                message.as_bytes(),
                properties,
            );
            taken.push(publish.await?);
        }
        for confirmed in taken {
            confirmed.await?;
        }
        Ok(())
    }

    async fn declare(
        &self,
        options: QueueDeclareOptions,
        arguments: FieldTable,
    ) -> lapin::Result<lapin::Queue> {
        let name = self.name.as_str().into();
        self.channel.queue_declare(name, options, arguments).await
    }

    /// Cuts all that goes through the door.
    pub fn sever(&self) {
        self.door.sever.send_replace(true);
    }

    /// How often each message that is not acknowledged has gone back, when all are; else what is missing.
    pub async fn left(&self, desk: &Desk) -> Result<BTreeMap<String, i64>, String> {
        let (mut before, mut since) = (String::new(), Instant::now());
        loop {
            let passive = QueueDeclareOptions::default().passive();
            let state = self.declare(passive, FieldTable::default()).await;
            let state = state.expect("the queue is there");
            let (ready, consumers) = (state.message_count(), state.consumer_count());
            let acknowledged = self.messages.len() as i64 - i64::from(ready);
            let done = desk.all().done;
            let connections = Arc::strong_count(&self.door.open) - 1;
            if acknowledged == done && consumers == 0 && connections == 0 {
                return Ok(self.read(ready).await);
            }
            let now = format!(
                "{done} done, {ready} ready, {consumers} consumers, {connections} connections"
            );
            if now != before {
                (before, since) = (now, Instant::now());
            } else if since.elapsed() > LONGEST_STEP {
                return Err(now);
            }
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Reads what is ready, with how often it has gone back.
    async fn read(&self, ready: u32) -> BTreeMap<String, i64> {
        let at_once = BasicConsumeOptions {
            no_ack: true,
            ..Default::default()
        };
        let name = self.name.as_str().into();
        let table = FieldTable::default();
        let consumer = self.channel.basic_consume(name, "".into(), at_once, table);
        let mut consumer = consumer.await.expect("the queue is there");
        let mut left = BTreeMap::new();
        for _ in 0..ready {
            let message = timeout(LONGEST_STEP, consumer.next()).await;
            let message = message.expect("it is ready").expect("the queue is there");
            let message = message.expect("the channel is there");
            let headers = message.properties.headers().as_ref();
            let count = headers.and_then(|headers| headers.inner().get("x-delivery-count"));
            let count = count.and_then(AMQPValue::as_long_long_int).unwrap_or(0);
            let text = String::from_utf8_lossy(&message.data).into_owned();
            left.insert(text, count);
        }
        let tag = consumer.tag();
        let cancelled = self
            .channel
            .basic_cancel(tag, BasicCancelOptions::default());
        cancelled.await.expect("the channel is there");
        left
    }

    /// What is lost: a message that is neither acknowledged after its work, once, nor goes back once for each time that it was in hand;
    /// and what has come behind the last that there was room for, to go back unseen.
    pub async fn lost(&self, desk: &Desk, at_once: u16) -> Vec<String> {
        let left = match self.left(desk).await {
            Ok(left) => left,
            Err(missing) => return vec![missing],
        };
        let mut lost = Vec::new();
        let mut in_hand_at_the_end = 0;
        for name in &self.messages {
            let entry = desk.entry(name);
            let back = left.get(name).copied();
            // One that came and was not looked at any more goes back, too, but not one that was cut off in hand.
            let unseen = back.map_or(0, |back| back - entry.begun);
            let unfinished = entry.begun - entry.failed - entry.done;
            let is_done = i64::from(back.is_none());
            if entry.done != is_done || ![0, 1].contains(&(unseen + unfinished)) {
                lost.push(format!("{name} has come back {back:?} times, {entry:?}"));
            }
            in_hand_at_the_end += unseen + unfinished;
        }
        if in_hand_at_the_end > i64::from(at_once) {
            lost.push(format!("{in_hand_at_the_end} have gone back at once"));
        }
        lost
    }

    /// Deletes the queue under the program.
    pub async fn delete(&self) {
        let name = self.name.as_str().into();
        let deleted = self
            .channel
            .queue_delete(name, QueueDeleteOptions::default());
        deleted.await.expect("the queue is there");
    }

    /// Removes what is left of the run.
    pub async fn remove(self) {
        self.delete().await;
        let closed = self.connection.close(200, "seen".into());
        closed.await.expect("the broker is there");
    }
}

fn address(port: u16) -> String {
    format!("amqp://127.0.0.1:{port}/%2f")
}

/// Counts who has come in and not gone, and can cut them off.
struct Door {
    port: u16,
    open: Arc<()>,
    sever: watch::Sender<bool>,
}

impl Door {
    async fn open(to: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("there is a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let open = Arc::new(());
        let (sever, mut severed) = watch::channel(false);
        let counted = Arc::downgrade(&open);
        tokio::spawn(async move {
            while let (Ok((mut near, _)), Some(counted)) =
                (listener.accept().await, counted.upgrade())
            {
                let mut severed = severed.clone();
                tokio::spawn(async move {
                    let Ok(mut far) = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await else {
                        return;
                    };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = severed.wait_for(|it| *it) => {}
                    }
                    drop(counted);
                });
            }
            let _ = severed.changed().await;
        });
        Self { port, open, sever }
    }
}
