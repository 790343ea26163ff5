//! Steps that go on behind a caller who was cut off.

use std::io;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use async_drop_real_resources::{REPORT, Trial, World, drafts, left_drafts, remove_draft};
use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
use async_trait::async_trait;
use futures_util::{FutureExt, poll};
use tokio::fs;
use tokio::runtime::Builder;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

fn trial(name: &'static str) -> Trial {
    let trial = Trial::new(name).look(left_drafts).copies(12);
    trial.cut_off_within(Duration::from_millis(6))
}

/// Makes the file on a thread of its own, after some work; what has begun there goes on, whoever waits for it.
fn render(path: &Path) -> io::Result<()> {
    render_in(path, Duration::from_millis(1))
}

fn render_in(path: &Path, time: Duration) -> io::Result<()> {
    std::thread::sleep(time);
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
        self.render_in(Duration::from_millis(1)).await
    }

    async fn render_in(&mut self, time: Duration) -> io::Result<()> {
        self.end_step().await?;
        let path = self.path.clone();
        self.step = Some(spawn_blocking(move || render_in(&path, time)));
        self.end_step().await
    }

    /// Renders, gives that up, and renders once more.
    async fn render_twice(&mut self, forgets: bool) -> io::Result<()> {
        let slow = self.render_in(Duration::from_millis(8));
        let _ = timeout(Duration::from_millis(1), slow).await;
        if forgets {
            self.step = None;
        }
        self.render().await
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
        remove_draft(&self.path).await.and(ended)
    }
}

#[test]
fn an_undo_that_awaits_the_step_comes_behind_it() {
    trial("step awaited").never_leaks(|world: World| async move {
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
fn a_step_begins_by_awaiting_one_that_was_cut_off() {
    trial("two steps").never_leaks(|world: World| async move {
        for path in drafts(&world) {
            let rendered = Rendered::start(path);
            with_async_drop!(rendered, { rendered.render_twice(false).await })?;
        }
        Ok(())
    });
}

#[test]
fn a_step_that_takes_the_place_of_one_that_was_cut_off_is_undone_before_that() {
    trial("first step forgotten").leaks(|world: World| async move {
        for path in drafts(&world) {
            let rendered = Rendered::start(path);
            with_async_drop!(rendered, { rendered.render_twice(true).await })?;
        }
        Ok(())
    });
}

#[test]
fn a_step_that_has_ended_is_not_awaited_again_when_the_undo_was_cut_off() {
    for mut builder in [Builder::new_multi_thread(), Builder::new_current_thread()] {
        let builder = builder.enable_all().max_blocking_threads(1);
        let runtime = builder.build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("draft");
            let mut rendered = Rendered::start(path.clone());
            let mut ended = spawn_blocking(move || render(&path));
            while !ended.is_finished() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            rendered.step = Some(ended);
            // Holds the one thread that could remove the draft before the undo is cut off.
            let (release, held) = mpsc::channel::<()>();
            let holding = spawn_blocking(move || held.recv());
            assert!(poll!(Box::pin(rendered.async_drop())).is_pending());
            drop(release);
            assert!(holding.await.unwrap().is_err(), "it has been released");
            assert!(rendered.step.is_none(), "cut off behind the step");
            rendered.async_drop().await.unwrap();

            ended = spawn_blocking(|| Ok(()));
            (&mut ended).await.unwrap().unwrap();
            let again = AssertUnwindSafe(&mut ended).catch_unwind().await;
            assert!(again.is_err(), "a handle that has ended panics");
        });
    }
}

#[test]
fn an_undo_overtakes_a_step_that_goes_on_behind_its_caller() {
    trial("step left alone").leaks(|world: World| async move {
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
