//! A folder that is removed while writes go on in it, behind a caller who was cut off.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_drop_real_resources::{Trial, World};
use async_drop_utils::{AsyncDrop, AsyncDropGuard, closing, with_async_drop};
use futures_util::future::try_join_all;
use futures_util::poll;
use tokio::fs;
use tokio::runtime::Builder;

/// Says which folders are left.
fn leftovers(folder: &Path) -> io::Result<Vec<String>> {
    let left = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path().display().to_string()));
    left.collect()
}

fn trial(name: &'static str) -> Trial {
    let trial = Trial::new(name).look(leftovers).copies(12);
    trial.cut_off_within(Duration::from_millis(6))
}

/// Makes a folder, without an await at which its caller could be cut off.
fn make(world: &World) -> io::Result<PathBuf> {
    let folder = world.folder.join(&world.mark);
    std::fs::create_dir(&folder)?;
    Ok(folder)
}

/// Writes files, many at the same time.
async fn fill(folder: &Path) -> io::Result<()> {
    for round in 0..10 {
        let file = |number| folder.join(format!("{round}-{number}"));
        let writes = (0..12).map(|number| fs::write(file(number), [b'x'; 2_000]));
        try_join_all(writes).await?;
    }
    Ok(())
}

async fn remove_while_it_is_filled(folder: PathBuf) -> io::Result<()> {
    loop {
        match fs::remove_dir_all(&folder).await {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
            removed => return removed,
        }
    }
}

#[test]
fn a_removal_that_is_repeated_ends_with_what_was_still_written() {
    trial("removed until gone").never_leaks(|world: World| async move {
        let folder = closing(make(&world)?, remove_while_it_is_filled);
        with_async_drop!(folder, { fill(&folder).await })
    });
}

#[test]
fn a_removal_misses_what_is_written_behind_it() {
    trial("removed once").leaks(|world: World| async move {
        let folder = closing(make(&world)?, fs::remove_dir_all);
        with_async_drop!(folder, { fill(&folder).await })
    });
}

#[derive(Debug)]
struct Folder(PathBuf);

#[async_trait::async_trait]
impl AsyncDrop for Folder {
    type Error = io::Error;

    async fn async_drop_impl(&mut self) -> io::Result<()> {
        remove_while_it_is_filled(self.0.clone()).await
    }
}

#[test]
fn a_removal_that_is_called_again_finds_done_what_was_cut_off() {
    for mut builder in [Builder::new_multi_thread(), Builder::new_current_thread()] {
        let runtime = builder.enable_all().build().unwrap();
        runtime.block_on(async {
            let parent = tempfile::tempdir().unwrap();
            let path = parent.path().join("work");
            std::fs::create_dir(&path).unwrap();
            let mut folder = AsyncDropGuard::new(Folder(path.clone()));
            assert!(poll!(Box::pin(folder.async_drop())).is_pending(), "cut off");
            while path.exists() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let again = folder.async_drop().await.unwrap_err();
            assert_eq!(again.kind(), io::ErrorKind::NotFound);
        });
    }
}

#[test]
fn a_removal_that_was_cut_off_removes_the_next_folder_of_its_name() {
    let runtime = Builder::new_current_thread()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    runtime.block_on(async {
        let parent = tempfile::tempdir().unwrap();
        let (path, other) = (parent.path().join("work"), parent.path().join("other"));
        std::fs::create_dir(&path).unwrap();
        let (let_go, held) = std::sync::mpsc::channel::<()>();
        let before = tokio::task::spawn_blocking(move || held.recv()); // what is asked next has not begun
        assert!(
            poll!(Box::pin(fs::remove_dir_all(&path))).is_pending(),
            "cut off"
        );
        std::fs::remove_dir(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        std::fs::create_dir(&other).unwrap();
        let_go.send(()).unwrap();
        before.await.unwrap().unwrap();
        tokio::task::spawn_blocking(|| ()).await.unwrap();
        assert_eq!(
            leftovers(parent.path()).unwrap(),
            [other.display().to_string()]
        );
    });
}
