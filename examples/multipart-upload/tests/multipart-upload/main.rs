//! Uploads that are cut off at random in front of a store that speaks S3, and single faults; what is open is counted at the store.

mod as_written_first;
mod by_hand;
mod far_side;
mod object_store_alone;
mod single;
mod source;
mod transport;

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use object_store::path::Path;
use object_store::{ObjectStore, PutResult};
use recipe_trial::{Run, Trial};
use tokio::sync::Mutex;

use far_side::{FarSide, Habits, KEY};
use source::Source;

/// Six parts.
const PART_SIZE: u64 = 1_000;

type Sent = Pin<Box<dyn Future<Output = io::Result<PutResult>> + Send>>;

/// An upload, however it is written.
type Upload = fn(Arc<dyn ObjectStore>, Source) -> Sent;

fn with_the_crate(store: Arc<dyn ObjectStore>, source: Source) -> Sent {
    let to = Path::from(KEY);
    Box::pin(recipe_multipart_upload::send(store, to, source, PART_SIZE))
}

fn by_hand(store: Arc<dyn ObjectStore>, source: Source) -> Sent {
    Box::pin(by_hand::send(store, Path::from(KEY), source, PART_SIZE))
}

fn as_written_first(store: Arc<dyn ObjectStore>, source: Source) -> Sent {
    let to = Path::from(KEY);
    Box::pin(as_written_first::send(store, to, source, PART_SIZE))
}

/// One test at a time: cleanups are drained for the whole process.
static TURN: Mutex<()> = Mutex::const_new(());

const LONGEST: Duration = Duration::from_millis(150);

/// Cuts an upload off, and returns what is lost then.
async fn cut_off_at_random(mut run: Run, send: Upload) -> Vec<String> {
    let far_side = FarSide::start(Habits::at_random(run.chance.fork())).await;
    let source = Source::at_random(run.chance.fork(), Duration::from_millis(8));
    let sent = Arc::new(std::sync::Mutex::new(None));
    let sending = send(far_side.client(), source);
    let result = Arc::clone(&sent);
    run.cut_off(LONGEST, async move {
        let is_sent = sending.await.is_ok();
        *result.lock().expect("nobody panics") = Some(is_sent);
    })
    .await;
    let mut lost = run.drained(Duration::from_secs(10)).await;
    by_hand::drain().await;
    // What is there behind the cleanup is all that will ever be.
    let known = far_side.object();
    lost.extend(far_side.open().await);
    let object = far_side.object();
    if known != object {
        lost.push("the object comes behind the cleanup".to_owned());
    }
    if object.as_ref().is_some_and(|it| *it != Source::bytes()) {
        lost.push("the object is not whole".to_owned());
    }
    let is_sent = *sent.lock().expect("nobody panics");
    if is_sent.is_some_and(|is_sent| is_sent != object.is_some()) {
        lost.push(format!("sent: {is_sent:?}, there: {}", object.is_some()));
    }
    lost
}

#[test]
fn an_upload_is_complete_or_aborted() {
    let _turn = TURN.blocking_lock();
    Trial::new("with the crate").never_loses(|run| cut_off_at_random(run, with_the_crate));
}

#[test]
fn an_upload_is_complete_or_aborted_by_hand() {
    let _turn = TURN.blocking_lock();
    Trial::new("by hand").never_loses(|run| cut_off_at_random(run, by_hand));
}

#[test]
fn what_is_written_first_leaves_uploads_open() {
    let _turn = TURN.blocking_lock();
    Trial::new("as written first").loses(|run| cut_off_at_random(run, as_written_first));
}
