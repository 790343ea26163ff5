//! Pattern "Choose the error of a cleanup": when both fail, the caller is told of the body's error, the cause.
#![cfg(target_os = "linux")]

use std::io::{self, ErrorKind};
use std::path::PathBuf;

use async_drop_real_resources::{Trial, World};
use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt;

/// The disk that is always full.
const FULL: &str = "/dev/full";

/// A report whose cleanup gives what has been written its name: it fails when nothing has.
#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::finish, error = io::Error)]
struct Upload {
    part: PathBuf,
    disk: PathBuf,
}

impl Upload {
    fn start(world: &mut World) -> AsyncDropGuard<Self> {
        let part = world.folder.join(&world.mark).with_extension("part");
        let is_full = world.chance.once_in(2);
        let disk = if is_full { FULL.into() } else { part.clone() };
        AsyncDropGuard::new_cancel_safe(Self { part, disk })
    }

    async fn send(&mut self) -> io::Result<()> {
        let mut file = File::options();
        let mut file = file.write(true).create(true).open(&self.disk).await?;
        file.write_all(b"report").await?;
        file.flush().await
    }

    async fn finish(&mut self) -> io::Result<()> {
        fs::rename(&self.part, self.part.with_extension("report")).await
    }
}

/// Tells what a caller sees who is told that nothing was written, and not why.
fn compare(world: &World, stored: io::Result<()>) {
    match stored {
        Err(error) if error.kind() != ErrorKind::StorageFull => {
            world.seen.tell(format!("the caller sees: {error}"));
        }
        _ => {}
    }
}

#[test]
fn the_caller_sees_the_cause() {
    Trial::new("macro").never_leaks(|mut world: World| async move {
        let upload = Upload::start(&mut world);
        let stored = with_async_drop!(upload, { upload.send().await });
        compare(&world, stored);
        Ok(())
    });
}

#[test]
fn a_cleanup_by_hand_hides_the_cause() {
    Trial::new("by hand").leaks(|mut world: World| async move {
        let mut upload = Upload::start(&mut world);
        let store = async {
            let sent = upload.send().await;
            upload.async_drop().await?;
            sent
        };
        let stored = store.await;
        compare(&world, stored);
        Ok(())
    });
}
