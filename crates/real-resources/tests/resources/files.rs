//! A file that is written under another name and renamed when it is whole, and steps that go on behind a caller who was cut off.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_drop_real_resources::{Trial, World};
use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
use async_trait::async_trait;
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt;
use tokio::task::{JoinHandle, spawn_blocking};

const REPORT: &[u8] = &[b'x'; 30_000];

/// Says which drafts are left, and which reports are not whole.
fn leftovers(folder: &Path) -> io::Result<Vec<String>> {
    let mut leftovers = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let bytes = std::fs::read(&path)?.len();
        if path
            .extension()
            .is_some_and(|extension| extension == "draft")
        {
            leftovers.push(format!("{} is left", path.display()));
        } else if bytes != REPORT.len() {
            leftovers.push(format!("{} has {bytes} bytes", path.display()));
        }
    }
    Ok(leftovers)
}

fn trial(name: &'static str) -> Trial {
    let trial = Trial::new(name).look(leftovers).copies(12);
    trial.cut_off_within(Duration::from_millis(6))
}

fn drafts(world: &World) -> impl Iterator<Item = PathBuf> {
    (0..4).map(|number| world.folder.join(format!("{}-{number}.draft", world.mark)))
}

async fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path).await {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()), // renamed, or never made
        removed => removed,
    }
}

/// A draft that is removed unless it has been renamed.
#[derive(Debug)]
struct Draft {
    file: File,
    path: PathBuf,
}

impl Draft {
    async fn create(path: PathBuf) -> io::Result<AsyncDropGuard<Self>> {
        let file = File::create(&path).await?;
        Ok(AsyncDropGuard::new_cancel_safe(Self { file, path }))
    }

    async fn write(&mut self) -> io::Result<()> {
        for half in REPORT.chunks(REPORT.len() / 2) {
            self.file.write_all(half).await?;
        }
        self.file.flush().await // until then it may be on its way
    }

    async fn persist(&mut self) -> io::Result<()> {
        fs::rename(&self.path, self.path.with_extension("report")).await
    }
}

#[async_trait]
impl AsyncDrop for Draft {
    type Error = io::Error;

    async fn async_drop_impl(&mut self) -> io::Result<()> {
        remove(&self.path).await
    }
}

#[test]
fn a_creation_that_is_finished_leaves_neither_a_draft_nor_half_a_report() {
    trial("files, acquire").never_leaks(|world: World| async move {
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
    trial("files, guard behind the creation").leaks(|world: World| async move {
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
    trial("files, in place").leaks(|world: World| async move {
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

/// Makes the file on a thread of its own, after some work; what has begun there goes on, whoever waits for it.
fn render(path: &Path) -> io::Result<()> {
    std::thread::sleep(Duration::from_millis(1));
    std::fs::write(path, REPORT)
}

/// A draft that is rendered by somebody who cannot be cut off.
#[derive(Debug)]
struct Rendered {
    path: PathBuf,
    /// The step that is under way.
    step: Option<JoinHandle<io::Result<()>>>,
}

impl Rendered {
    fn start(path: PathBuf) -> AsyncDropGuard<Self> {
        AsyncDropGuard::new_cancel_safe(Self { path, step: None })
    }

    async fn render(&mut self) -> io::Result<()> {
        let path = self.path.clone();
        self.step = Some(spawn_blocking(move || render(&path)));
        self.end_step().await
    }

    /// Awaits the step, also one whose caller was cut off.
    async fn end_step(&mut self) -> io::Result<()> {
        let Some(step) = &mut self.step else {
            return Ok(());
        };
        let ended = step.await;
        self.step = None;
        ended?
    }
}

#[async_trait]
impl AsyncDrop for Rendered {
    type Error = io::Error;

    async fn async_drop_impl(&mut self) -> io::Result<()> {
        let ended = self.end_step().await;
        remove(&self.path).await.and(ended)
    }
}

#[test]
fn an_undo_that_awaits_the_step_comes_behind_it() {
    trial("files, step awaited").never_leaks(|world: World| async move {
        for path in drafts(&world) {
            let rendered = Rendered::start(path);
            with_async_drop!(rendered, {
                rendered.render().await?;
                fs::rename(&rendered.path, rendered.path.with_extension("report")).await
            })?;
        }
        Ok(())
    });
}

#[test]
fn an_undo_overtakes_a_step_that_goes_on_behind_its_caller() {
    trial("files, step left alone").leaks(|world: World| async move {
        for path in drafts(&world) {
            let rendered = Rendered::start(path);
            with_async_drop!(rendered, {
                let path = rendered.path.clone();
                spawn_blocking(move || render(&path)).await??;
                fs::rename(&rendered.path, rendered.path.with_extension("report")).await
            })?;
        }
        Ok(())
    });
}
