//! One fault at a time.

use std::convert;
use std::future::{pending, ready};
use std::path::Path;
use std::pin::pin;
use std::time::{Duration, Instant};

use async_drop_utils::CleanupTracker;
use recipe_trial::polled;
use redis::aio::{ConnectionLike, ConnectionManager};
use redis::{AsyncCommands, Cmd, Pipeline, RedisFuture, RedisResult, Value, cmd};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::time::{sleep, timeout};

use crate::far_side::{Desk, Line, NAME, Redis, client, connect};
use crate::{TIME, as_written_first, by_hand, recipe};

/// Longer than any of these tests takes.
const LONG: Duration = Duration::from_secs(60);

/// More polls than a command takes.
const POLLS: usize = 8;

/// Who has the lease, as somebody else sees it.
async fn holder(socket: &Path) -> Option<String> {
    let mut other = connect(socket).await.expect("a connection");
    other.get(NAME).await.expect("a reply")
}

/// Cuts a question off at each poll in turn, and asks another on the same connection.
async fn wrong_answers(mut connection: impl ConnectionLike) -> usize {
    let mut wrong = 0;
    for polls in 1..=POLLS {
        let (mut cut_off, mut next) = (cmd("ECHO"), cmd("ECHO"));
        let cut_off = cut_off
            .arg("cut off")
            .query_async::<String>(&mut connection);
        let _ = polled(polls, cut_off).await;
        let answer: String = next
            .arg(polls)
            .query_async(&mut connection)
            .await
            .expect("a reply");
        wrong += usize::from(answer != polls.to_string());
    }
    wrong
}

#[tokio::test]
async fn a_query_that_is_cut_off_leaves_its_answer_to_nobody_on_either_kind_of_connection() {
    let Some(server) = Redis::start() else {
        return;
    };
    let multiplexed = connect(server.socket()).await.expect("a connection");
    assert_eq!(wrong_answers(multiplexed).await, 0);
    let client = client(server.socket()).expect("a client");
    let manager = ConnectionManager::new(client).await.expect("a connection");
    assert_eq!(wrong_answers(manager).await, 0);
}

/// A connection as one writes it oneself: it asks, and takes the next answer for its own. So did that of issue 325 of redis-rs.
struct Plain(BufReader<UnixStream>);

impl ConnectionLike for Plain {
    fn req_packed_command<'a>(&'a mut self, asked: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            self.0.write_all(&asked.get_packed_command()).await?;
            let (mut length, mut answer) = (String::new(), String::new());
            self.0.read_line(&mut length).await?;
            self.0.read_line(&mut answer).await?;
            Ok(Value::SimpleString(answer.trim_end().to_owned()))
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        _: &'a Pipeline,
        _: usize,
        _: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        unreachable!("one question at a time")
    }

    fn get_db(&self) -> i64 {
        0
    }
}

#[tokio::test]
async fn an_answer_that_nobody_has_read_goes_to_the_next_question_on_a_stream_of_ones_own() {
    let Some(server) = Redis::start() else {
        return;
    };
    let stream = UnixStream::connect(server.socket()).await;
    let plain = Plain(BufReader::new(stream.expect("a connection")));
    assert!(wrong_answers(plain).await > 0);
}

/// At how many of the polls at which a caller is cut off who asks for the lease it is held behind him.
macro_rules! held_by_nobody {
    ($server:expr, $way:ident, $around:expr, $ended:expr) => {{
        let mut held = 0;
        let redis = connect($server.socket()).await.expect("a connection");
        for polls in 1..=POLLS {
            let forever = pending::<RedisResult<()>>();
            let leased = $way::while_leased(&redis, NAME, LONG, forever);
            let _ = $around(timeout(TIME / 4, polled(polls, leased))).await;
            // On the same connection, and so behind what is still on its way.
            let pong = cmd("PING").query_async::<String>(&mut redis.clone()).await;
            pong.expect("a reply");
            let _ = $ended.await;
            held += usize::from(holder($server.socket()).await.is_some());
            redis.clone().del::<_, ()>(NAME).await.expect("a reply");
        }
        held
    }};
}

#[tokio::test]
async fn a_set_whose_reply_nobody_waits_for_is_granted_and_given_back() {
    let Some(server) = Redis::start() else {
        return;
    };
    let first = held_by_nobody!(server, as_written_first, convert::identity, ready(()));
    assert!(first > 0);
    let tracker = CleanupTracker::new();
    let scope = |leased| tracker.scope(leased);
    assert_eq!(
        held_by_nobody!(server, recipe, scope, tracker.drain(LONG)),
        0
    );
    by_hand::ENDING.close();
    let by_hand = held_by_nobody!(server, by_hand, convert::identity, by_hand::ENDING.wait());
    assert_eq!(by_hand, 0);
}

/// Who has the lease when one from whom it was taken has ended, and what he was told; he works for a while, or until he is stopped.
macro_rules! behind_a_loss {
    ($server:expr, $way:ident) => {{
        let redis = connect($server.socket()).await.expect("a connection");
        let work = async {
            let mut other = connect($server.socket()).await?;
            other.set::<_, _, ()>(NAME, "somebody else").await?;
            sleep(TIME * 2).await;
            Ok(())
        };
        let done = $way::while_leased(&redis, NAME, TIME, work).await;
        let holder = holder($server.socket()).await;
        redis.clone().del::<_, ()>(NAME).await.expect("a reply");
        (done.map_err(|error| error.to_string()), holder)
    }};
}

#[tokio::test]
async fn a_lease_that_is_lost_stops_the_work_and_is_not_taken_from_who_has_it() {
    let Some(server) = Redis::start() else {
        return;
    };
    let lost = Err("the lease is lost - Client".to_owned());
    let other = Some("somebody else".to_owned());
    assert_eq!(
        behind_a_loss!(server, recipe),
        (lost.clone(), other.clone())
    );
    assert_eq!(behind_a_loss!(server, by_hand), (lost, other));
    assert_eq!(behind_a_loss!(server, as_written_first), (Ok(()), None));
}

/// How many are at work at the moment at which a lease ends by itself whose renewals do not come through.
macro_rules! at_work_when_it_ends {
    ($server:expr, $way:ident) => {{
        let folder = tempfile::tempdir().expect("a folder");
        let line = Line::to($server.socket(), folder.path().join("line")).expect("a line");
        let desk = Desk::default();
        let redis = connect(&line.socket).await.expect("a connection");
        let work = async {
            let _place = desk.sit_down();
            sleep(LONG).await;
            Ok(())
        };
        let leased = $way::while_leased(&redis, NAME, TIME, work);
        let looked = async {
            while desk.at_work() == 0 {
                sleep(Duration::from_millis(1)).await;
            }
            let ends = async {
                while holder($server.socket()).await.is_some() {
                    sleep(Duration::from_millis(1)).await;
                }
                desk.at_work()
            };
            tokio::join!(ends, line.hold_up(TIME * 2)).0
        };
        let mut leased = pin!(leased);
        let mut looked = pin!(looked);
        tokio::select! {
            at_work = &mut looked => at_work,
            _ = &mut leased => looked.await,
        }
    }};
}

#[tokio::test]
async fn work_is_stopped_before_a_lease_ends_whose_renewals_hang() {
    let Some(server) = Redis::start() else {
        return;
    };
    assert_eq!(at_work_when_it_ends!(server, recipe), 0);
    assert_eq!(at_work_when_it_ends!(server, by_hand), 0);
    assert_eq!(at_work_when_it_ends!(server, as_written_first), 1);
}

/// How often something was deleted, since the server was started.
async fn deleted(socket: &Path) -> usize {
    let mut other = connect(socket).await.expect("a connection");
    let mut info = cmd("INFO");
    let info = info.arg("commandstats").query_async::<String>(&mut other);
    let info = info.await.expect("a reply");
    let calls = info.split("cmdstat_del:calls=").nth(1);
    let calls = calls.and_then(|calls| calls.split(',').next());
    calls.map_or(0, |calls| calls.parse().expect("a number"))
}

#[tokio::test]
async fn a_lease_is_given_back_once() {
    let Some(server) = Redis::start() else {
        return;
    };
    let redis = connect(server.socket()).await.expect("a connection");
    for done in 1..=3 {
        let renewed = async {
            sleep(TIME).await;
            Ok(())
        };
        let leased = recipe::while_leased(&redis, NAME, TIME, renewed);
        leased.await.expect("it is free");
        assert_eq!(
            (
                deleted(server.socket()).await,
                holder(server.socket()).await
            ),
            (done, None)
        );
    }
    let refused = recipe::while_leased(&redis, NAME, LONG, async {
        let other = recipe::while_leased(&redis, NAME, LONG, ready(Ok(()))).await;
        assert_eq!(
            other.unwrap_err().to_string(),
            "somebody else has the lease - Client"
        );
        Ok(holder(server.socket()).await)
    });
    assert!(refused.await.expect("it is free").is_some());
    assert_eq!(deleted(server.socket()).await, 4);
}

#[tokio::test]
async fn a_command_that_redis_rs_gives_up_after_half_a_second_is_carried_out_all_the_same() {
    let Some(server) = Redis::start() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let line = Line::to(server.socket(), folder.path().join("line")).expect("a line");
    let client = client(&line.socket).expect("a client");
    let redis = client.get_multiplexed_async_connection().await;
    let mut redis = redis.expect("a connection");
    let asked = Instant::now();
    let set = async {
        let set: RedisResult<()> = redis.set(NAME, "somebody").await;
        (set, asked.elapsed())
    };
    let ((set, elapsed), ()) = tokio::join!(set, line.hold_up(TIME * 5));
    assert!(set.is_err_and(|error| error.is_timeout()));
    assert!(elapsed < Duration::from_millis(700), "{elapsed:?}");
    let holder = some_holder(server.socket()).await;
    assert_eq!(holder.as_deref(), Some("somebody"));
}

/// Who has the lease as soon as somebody has it.
async fn some_holder(socket: &Path) -> Option<String> {
    let found = async {
        loop {
            if let Some(holder) = holder(socket).await {
                return holder;
            }
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(LONG, found).await.ok()
}
