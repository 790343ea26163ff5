//! Pattern "Share a value between tasks": whoever is last closes it.

use std::io;
use std::path::Path;
use std::sync::Arc;

use async_drop_real_resources::{Connection, Trial, World};
use async_drop_utils::{
    AsyncDrop, AsyncDropArc, AsyncDropGuard, AsyncDropTokioMutex, with_async_drop,
};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

/// What the last line of a log says.
const END: &str = "end\n";

/// A log that says where it ends.
#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::end, error = io::Error)]
struct Log(File);

impl Log {
    async fn create(world: &World) -> io::Result<AsyncDropGuard<Self>> {
        let path = world.folder.join(&world.mark);
        let creating = async {
            Ok(AsyncDropGuard::new_cancel_safe(Self(
                File::create(path).await?,
            )))
        };
        AsyncDropGuard::acquire(creating).await
    }

    async fn append(&mut self, line: &str) -> io::Result<()> {
        self.0.write_all(line.as_bytes()).await?;
        self.0.flush().await
    }

    async fn end(&mut self) -> io::Result<()> {
        self.append(END).await
    }
}

/// Says which logs do not end with their last line, or have it twice.
fn open_logs(folder: &Path) -> io::Result<Vec<String>> {
    let mut open = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let log = std::fs::read_to_string(&path)?;
        if !log.ends_with(END) || log.matches(END).count() > 1 {
            open.push(format!(
                "{} ends with {:?}",
                path.display(),
                log.lines().last()
            ));
        }
    }
    Ok(open)
}

#[test]
fn the_last_task_ends_the_log() {
    let trial = Trial::new("arc of a mutex").look(open_logs);
    trial.never_leaks(|world: World| async move {
        let log = AsyncDropTokioMutex::new(Log::create(&world).await?);
        with_async_drop!(log = AsyncDropArc::new(log), {
            let mut tasks = JoinSet::new();
            for line in ["first\n", "second\n", "third\n"] {
                let (shared, world) = (AsyncDropArc::clone(&log), world.clone());
                tasks.spawn(async move {
                    with_async_drop!(shared, {
                        world.work().await?;
                        shared.lock().await.append(line).await
                    })
                });
            }
            while let Some(appended) = tasks.join_next().await {
                appended??;
            }
            Ok(())
        })
    });
}

#[test]
fn nobody_ends_the_log_of_a_plain_arc_when_a_task_is_cut_off() {
    let trial = Trial::new("plain arc").look(open_logs);
    trial.leaks(|world: World| async move {
        let file = File::create(world.folder.join(&world.mark)).await?;
        let log = Arc::new(Mutex::new(Log(file)));
        let mut tasks = JoinSet::new();
        for line in ["first\n", "second\n", "third\n"] {
            let (shared, world) = (Arc::clone(&log), world.clone());
            tasks.spawn(async move {
                world.work().await?;
                shared.lock().await.append(line).await
            });
        }
        while let Some(appended) = tasks.join_next().await {
            appended??;
        }
        log.lock().await.end().await
    });
}

#[test]
fn a_join_set_whose_task_fails_leaves_the_shared_value_to_drain() {
    Trial::new("join set").never_leaks(|world: World| async move {
        let connection = AsyncDropArc::new(Connection::open(world.server).await?);
        with_async_drop!(connection, {
            let mut tasks = JoinSet::new();
            for _ in 0..4 {
                let shared = AsyncDropArc::clone(&connection);
                tasks.spawn(async move { with_async_drop!(shared, { shared.ask("QUERY").await }) });
            }
            while let Some(done) = tasks.join_next().await {
                done??;
            }
            Ok(())
        })
    });
}
