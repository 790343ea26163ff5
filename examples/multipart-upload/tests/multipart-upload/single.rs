//! Single faults, each on purpose.

use std::time::{Duration, Instant};

use async_drop_utils::drain;
use tokio::time::sleep;

use crate::far_side::{FarSide, Habits};
use crate::source::Source;
use crate::{TURN, Upload, as_written_first, by_hand, with_the_crate};

/// More than anything takes here, on a machine with much else to do.
pub const LONG: Duration = Duration::from_secs(20);

const BOTH: [Upload; 2] = [with_the_crate, by_hand];

const NOTHING: [&str; 0] = [];

/// Cuts an upload off once the store has begun a request of this name, or has done it; returns the store behind all cleanups.
async fn cut_off(send: Upload, request: &'static str, is_done: bool) -> FarSide {
    let far_side = FarSide::start(Habits::taking(Duration::ZERO).slow(request)).await;
    let sending = tokio::spawn(send(far_side.client(), Source::whole()));
    far_side.until(request, is_done).await;
    sending.abort();
    let _ = sending.await;
    assert!(drain(LONG).await.is_clean());
    by_hand::drain().await;
    far_side
}

#[tokio::test]
async fn an_upload_whose_answer_nobody_waits_for_is_aborted() {
    let _turn = TURN.lock().await;
    for send in BOTH {
        for is_done in [false, true] {
            let far_side = cut_off(send, "create", is_done).await;
            assert_eq!(far_side.open().await, NOTHING);
            assert_eq!(far_side.object(), None);
        }
    }
}

#[tokio::test]
async fn what_is_written_first_leaves_it_open() {
    let _turn = TURN.lock().await;
    let far_side = cut_off(as_written_first, "create", false).await;
    assert_eq!(far_side.open().await, ["an upload with 0 parts is open"]);
}

#[tokio::test]
async fn parts_that_are_under_way_arrive_before_the_upload_is_aborted() {
    let _turn = TURN.lock().await;
    for send in BOTH {
        let far_side = cut_off(send, "part", false).await;
        assert_eq!(far_side.open().await, NOTHING);
        assert_eq!(far_side.object(), None);
    }
}

#[tokio::test]
async fn behind_a_completion_that_is_cut_off_the_object_is_there_or_will_never_be() {
    let _turn = TURN.lock().await;
    for send in BOTH {
        for is_done in [false, true] {
            let far_side = cut_off(send, "complete", is_done).await;
            let known = far_side.object();
            assert_eq!(known, is_done.then(Source::bytes));
            assert_eq!(far_side.open().await, NOTHING);
            assert_eq!(far_side.object(), known);
        }
    }
}

#[tokio::test]
async fn with_what_is_written_first_the_object_comes_later() {
    let _turn = TURN.lock().await;
    let far_side = cut_off(as_written_first, "complete", false).await;
    assert_eq!(far_side.object(), None);
    assert_eq!(far_side.open().await, NOTHING);
    assert_eq!(far_side.object(), Some(Source::bytes()));
}

#[tokio::test]
async fn a_part_that_fails_has_the_upload_aborted() {
    let _turn = TURN.lock().await;
    for send in BOTH {
        let habits = Habits::taking(Duration::from_millis(5)).failing_part(2);
        let far_side = FarSide::start(habits).await;
        let sent = send(far_side.client(), Source::whole()).await;
        sent.expect_err("a part is refused");
        assert_eq!(far_side.open().await, NOTHING);
        assert_eq!(far_side.object(), None);
    }
}

#[tokio::test]
async fn a_source_that_breaks_off_has_the_upload_aborted() {
    let _turn = TURN.lock().await;
    for send in BOTH {
        let far_side = FarSide::start(Habits::taking(Duration::ZERO)).await;
        let sent = send(far_side.client(), Source::broken_off_at(3_000)).await;
        sent.expect_err("the source breaks off");
        assert_eq!(far_side.open().await, NOTHING);
        assert_eq!(far_side.object(), None);
    }
}

#[tokio::test]
async fn what_is_written_first_leaves_an_upload_open_when_its_source_breaks_off() {
    let _turn = TURN.lock().await;
    let far_side = FarSide::start(Habits::taking(Duration::ZERO)).await;
    let sent = as_written_first(far_side.client(), Source::broken_off_at(3_000)).await;
    sent.expect_err("the source breaks off");
    let open = far_side.open().await;
    assert!(open[0].ends_with("is open"), "{open:?}");
}

#[tokio::test]
async fn a_completion_whose_answer_is_lost_fails_though_the_object_is_there() {
    let _turn = TURN.lock().await;
    for send in BOTH {
        let habits = Habits::taking(Duration::ZERO).losing_a_completion();
        let far_side = FarSide::start(habits).await;
        let sent = send(far_side.client(), Source::whole()).await;
        let error = sent.expect_err("it has been repeated").to_string();
        assert!(error.contains("NoSuchUpload"), "{error}");
        assert_eq!(far_side.begun("complete"), 2);
        assert_eq!(far_side.open().await, NOTHING);
        assert_eq!(far_side.object(), Some(Source::bytes()));
    }
}

impl FarSide {
    pub async fn until(&self, request: &str, is_done: bool) {
        let started = Instant::now();
        while match is_done {
            true => self.done(request),
            false => self.begun(request),
        } == 0
        {
            assert!(started.elapsed() < LONG, "{request} does not come");
            sleep(Duration::from_millis(1)).await;
        }
    }
}
