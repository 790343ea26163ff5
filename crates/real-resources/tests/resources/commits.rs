//! Orders that are paid or cancelled, where the payment is cut off: only its answer tells which.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use async_drop_real_resources::{Trial, World};
use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// When an order takes itself for paid.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Paid {
    /// When the answer is read, whoever reads it.
    Answered,
    /// When the answer has come to who asked.
    BehindReply,
    /// When it is asked for.
    Asked,
}

/// An order that is cancelled unless it takes itself for paid.
#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::close, error = io::Error)]
struct Order {
    stream: Lines<BufReader<TcpStream>>,
    unsent: VecDeque<u8>,
    owed: VecDeque<&'static str>,
    name: String,
    is_paid: bool,
    paid: Paid,
}

impl Order {
    async fn open(world: &World, paid: Paid) -> io::Result<AsyncDropGuard<Self>> {
        let stream = TcpStream::connect(world.server).await?;
        let order = Self {
            stream: BufReader::new(stream).lines(),
            unsent: VecDeque::new(),
            owed: VecDeque::new(),
            name: world.mark.clone(),
            is_paid: false,
            paid,
        };
        AsyncDropGuard::init(order, async |order| order.ask("ORDER").await).await
    }

    /// Pays, unless a payment that was cut off turns out to have happened.
    async fn pay(&mut self) -> io::Result<()> {
        self.settle().await?;
        if self.is_paid {
            return Ok(());
        }
        self.pay_blindly().await
    }

    /// Pays, whatever has become of a payment before.
    async fn pay_blindly(&mut self) -> io::Result<()> {
        self.is_paid |= self.paid == Paid::Asked;
        self.ask("PAY").await?;
        self.is_paid |= self.paid == Paid::BehindReply;
        Ok(())
    }

    async fn ask(&mut self, verb: &'static str) -> io::Result<()> {
        let request = format!("{verb} {}\n", self.name);
        self.unsent.extend(request.bytes());
        self.owed.push_back(verb);
        let answer = self.settle().await?;
        if answer.starts_with("OK") {
            Ok(())
        } else {
            Err(io::Error::other(answer))
        }
    }

    /// Sends what is unsent, and reads what is owed; returns the last answer.
    async fn settle(&mut self) -> io::Result<String> {
        let stream = self.stream.get_mut();
        stream.write_all_buf(&mut self.unsent).await?;
        let mut answer = String::new();
        while !self.owed.is_empty() {
            let line = self.stream.next_line().await?;
            answer = line.ok_or(io::ErrorKind::UnexpectedEof)?;
            let is_payment = self.owed.pop_front() == Some("PAY");
            self.is_paid |= is_payment && answer.starts_with("OK") && self.paid == Paid::Answered;
        }
        Ok(answer)
    }

    async fn close(&mut self) -> io::Result<()> {
        self.settle().await?;
        if self.is_paid {
            return Ok(());
        }
        self.ask("CANCEL").await // succeeds also when nothing was ordered
    }
}

fn trial(name: &'static str) -> Trial {
    Trial::new(name).cut_off_within(Duration::from_millis(8))
}

/// Orders and pays once.
async fn buy(world: World, paid: Paid) -> io::Result<()> {
    with_async_drop!(order = Order::open(&world, paid).await?, {
        order.pay().await
    })
}

enum Retry {
    ReadsFirst,
    Blind,
}

/// Orders once, and pays until an answer comes in time.
async fn retry(mut world: World, how: Retry) -> io::Result<()> {
    with_async_drop!(order = Order::open(&world, Paid::Answered).await?, {
        for _ in 0..6 {
            let limit = world.chance.time(Duration::from_millis(3));
            let paying = timeout(limit, async {
                match how {
                    Retry::ReadsFirst => order.pay().await,
                    Retry::Blind => order.pay_blindly().await,
                }
            });
            if let Ok(paid) = paying.await {
                return paid;
            }
        }
        Ok(())
    })
}

#[test]
fn a_cleanup_that_reads_the_answer_cancels_only_what_is_not_paid() {
    trial("answer read").never_leaks(|world| buy(world, Paid::Answered));
}

#[test]
fn a_flag_behind_the_reply_cancels_what_is_paid() {
    trial("flag behind the reply").leaks(|world| buy(world, Paid::BehindReply));
}

#[test]
fn a_flag_ahead_of_the_request_leaves_what_is_refused() {
    trial("flag ahead").leaks(|world| buy(world, Paid::Asked));
}

#[test]
fn a_retry_that_reads_the_answer_first_pays_once() {
    trial("retry reads first").never_leaks(|world| retry(world, Retry::ReadsFirst));
}

#[test]
fn a_blind_retry_pays_twice() {
    trial("blind retry").leaks(|world| retry(world, Retry::Blind));
}
