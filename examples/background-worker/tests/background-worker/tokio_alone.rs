//! What tokio does by itself.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// Long enough for what does not come.
const SHORT: Duration = Duration::from_millis(20);

#[tokio::test]
async fn a_send_that_is_cut_off_has_sent_nothing() {
    let (records, mut queue) = mpsc::channel(1);
    records.send(1).await.unwrap();
    let cut_off = timeout(SHORT, records.send(2)).await;
    assert!(cut_off.is_err(), "the queue is full");
    drop(records);
    assert_eq!((queue.recv().await, queue.recv().await), (Some(1), None));
}

#[tokio::test]
async fn what_is_in_the_queue_is_dropped_with_a_task_that_panics() {
    let (records, mut queue) = mpsc::channel(2);
    let record = Arc::new(());
    for _ in 0..2 {
        records.send(Arc::clone(&record)).await.unwrap();
    }
    let task = tokio::spawn(async move {
        queue.recv().await;
        panic!("on the way");
    });
    assert!(task.await.unwrap_err().is_panic());
    assert_eq!(Arc::strong_count(&record), 1);
    assert!(records.send(record).await.is_err());
}

#[tokio::test]
async fn a_timeout_around_a_handle_leaves_the_task_running() {
    let (go_on, told) = oneshot::channel();
    let mut task = tokio::spawn(told);
    assert!(timeout(SHORT, &mut task).await.is_err());
    go_on.send("done").unwrap();
    assert_eq!(task.await.unwrap(), Ok("done"));
}

#[tokio::test]
async fn a_queue_that_is_closed_refuses_records_and_keeps_those_that_it_has() {
    let (records, mut queue) = mpsc::channel(2);
    records.send(1).await.unwrap();
    queue.close();
    assert!(records.send(2).await.is_err());
    let mut batch = Vec::new();
    assert_eq!(queue.recv_many(&mut batch, 2).await, 1);
    assert_eq!(queue.recv_many(&mut batch, 2).await, 0);
}
