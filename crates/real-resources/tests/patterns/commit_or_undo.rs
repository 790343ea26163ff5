//! Pattern "Commit or undo": a file that is written under another name and renamed when it is whole.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use async_drop_real_resources::{REPORT, Trial, World, drafts, left_drafts, remove_draft};
use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt;

fn trial(name: &'static str) -> Trial {
    let trial = Trial::new(name).look(left_drafts).copies(12);
    trial.cut_off_within(Duration::from_millis(6))
}

/// A draft that is removed unless it has been renamed.
#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::discard, error = io::Error)]
struct Draft {
    file: File,
    path: PathBuf,
    is_persisted: bool,
}

impl Draft {
    async fn create(path: PathBuf) -> io::Result<AsyncDropGuard<Self>> {
        let file = File::create(&path).await?;
        Ok(AsyncDropGuard::new_cancel_safe(Self {
            file,
            path,
            is_persisted: false,
        }))
    }

    async fn write(&mut self) -> io::Result<()> {
        for half in REPORT.chunks(REPORT.len() / 2) {
            self.file.write_all(half).await?;
        }
        self.file.flush().await // until then it may be on its way
    }

    async fn persist(&mut self) -> io::Result<()> {
        fs::rename(&self.path, self.path.with_extension("report")).await?;
        self.is_persisted = true;
        Ok(())
    }

    async fn discard(&mut self) -> io::Result<()> {
        if self.is_persisted {
            return Ok(());
        }
        remove_draft(&self.path).await
    }
}

#[test]
fn a_creation_that_is_finished_leaves_neither_a_draft_nor_half_a_report() {
    trial("acquire").never_leaks(|world: World| async move {
        for path in drafts(&world) {
            let draft = AsyncDropGuard::acquire(Draft::create(path)).await?;
            with_async_drop!(draft, {
                draft.write().await?;
                draft.persist().await
            })?;
        }
        Ok(())
    });
}

#[test]
fn a_guard_made_behind_the_creation_misses_the_draft_of_who_was_cut_off_in_it() {
    trial("guard behind the creation").leaks(|world: World| async move {
        for path in drafts(&world) {
            let draft = Draft::create(path).await?;
            with_async_drop!(draft, {
                draft.write().await?;
                draft.persist().await
            })?;
        }
        Ok(())
    });
}

#[test]
fn a_report_that_is_written_in_place_is_cut_off_half_way() {
    trial("in place").leaks(|world: World| async move {
        for path in drafts(&world) {
            let mut report = File::create(path.with_extension("report")).await?;
            for half in REPORT.chunks(REPORT.len() / 2) {
                report.write_all(half).await?;
                report.flush().await?;
            }
        }
        Ok(())
    });
}
