//! What object_store's own writers do by themselves.

use std::time::Duration;

use object_store::path::Path;
use object_store::{ObjectStoreExt, WriteMultipart, buffered::BufWriter};
use tokio::io::AsyncWriteExt;

use crate::far_side::{FarSide, Habits, KEY};
use crate::source::Source;

async fn writer(far_side: &FarSide) -> WriteMultipart {
    let upload = far_side.client().put_multipart(&Path::from(KEY)).await;
    WriteMultipart::new_with_chunk_size(upload.expect("the store is there"), 1_000)
}

#[tokio::test]
async fn a_writer_that_is_dropped_leaves_its_upload_open() {
    let far_side = FarSide::start(Habits::taking(Duration::ZERO)).await;
    let upload = writer(&far_side).await;
    drop(upload);
    assert_eq!(far_side.open().await, ["an upload with 0 parts is open"]);
}

#[tokio::test]
async fn a_buffered_writer_that_is_dropped_leaves_its_upload_open() {
    let far_side = FarSide::start(Habits::taking(Duration::ZERO)).await;
    let mut upload = BufWriter::with_capacity(far_side.client(), Path::from(KEY), 1_000);
    let written = upload.write_all(&Source::bytes()).await;
    written.expect("the store is there");
    drop(upload);
    let open = far_side.open().await;
    assert!(open[0].ends_with("is open"), "{open:?}");
}

#[tokio::test]
async fn a_buffered_writer_is_put_as_one_object_below_its_capacity() {
    let far_side = FarSide::start(Habits::taking(Duration::ZERO)).await;
    let mut upload = BufWriter::new(far_side.client(), Path::from(KEY));
    let written = upload.write_all(&Source::bytes()).await;
    written.expect("nothing is sent yet");
    drop(upload);
    assert_eq!(far_side.begun("create"), 0);
}

#[tokio::test]
async fn the_writers_abort_is_overtaken_by_a_part_that_is_under_way() {
    let habits = Habits::taking(Duration::ZERO).slow("part");
    let far_side = FarSide::start(habits).await;
    let mut upload = writer(&far_side).await;
    upload.write(&Source::bytes()[..1_000]);
    far_side.until("part", false).await;
    upload.abort().await.expect("the store is there");
    assert_eq!(far_side.open().await, ["1 parts without upload"]);
}
