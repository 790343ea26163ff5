//! Pattern "Own a value that is not Send": its owner is a thread, which the guard ends and awaits.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use async_drop_real_resources::{Trial, Wire, World};
use async_drop_utils::{AsyncDropGuard, Closing, closing, with_async_drop};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, LocalSet, spawn_blocking};
use tokio::time::timeout;

/// Collects lines until nobody sends any, then stores them.
async fn own(world: World, mut written: mpsc::Receiver<&'static str>) -> io::Result<()> {
    let text: Rc<RefCell<String>> = Rc::default(); // is not `Send`
    let mut wire = Wire::connect(world.server).await?;
    let mut sent = wire.ask("QUERY").await;
    while let Some(line) = written.recv().await {
        *text.borrow_mut() += line;
    }
    if sent.is_ok() {
        sent = wire.ask(&format!("QUERY {}", text.take())).await;
    }
    wire.ask("QUIT").await.and(sent).map(drop)
}

struct Editor {
    lines: mpsc::Sender<&'static str>,
    owner: JoinHandle<io::Result<()>>,
}

impl Editor {
    fn start(world: &World) -> AsyncDropGuard<Closing<Self, io::Error>> {
        let (lines, written) = mpsc::channel(8);
        let world = world.clone();
        let owner = spawn_blocking(move || Handle::current().block_on(own(world, written)));
        closing(Self { lines, owner }, async |editor| {
            drop(editor.lines); // ends the owner
            editor.owner.await?
        })
    }
}

async fn write(world: &World, lines: &mpsc::Sender<&'static str>) -> io::Result<()> {
    for line in ["one", "two"] {
        world.work().await?;
        lines.send(line).await.map_err(io::Error::other)?;
    }
    Ok(())
}

#[test]
fn an_owner_on_a_thread_of_its_own_closes_when_its_handle_is_cleaned_up() {
    Trial::new("thread").never_leaks(|world: World| async move {
        let editor = Editor::start(&world);
        with_async_drop!(editor, { write(&world, &editor.lines).await })
    });
}

#[test]
fn an_owner_is_held_up_by_a_clone_that_is_still_out() {
    let trial = Trial::new("clone").not_cut_off();
    let trial = trial.hangs(Duration::from_millis(250));
    trial.leaks(|world: World| async move {
        let editor = Editor::start(&world);
        let _clone = editor.lines.clone();
        with_async_drop!(editor, { write(&world, &editor.lines).await })
    });
}

/// Owns and writes in the caller's own task, which is cut off.
async fn edit_locally(world: World) -> io::Result<()> {
    let (lines, written) = mpsc::channel(8);
    let owner = tokio::task::spawn_local(own(world.clone(), written));
    let done = write(&world, &lines).await;
    drop(lines);
    owner.await?.and(done)
}

#[test]
fn an_owner_in_the_callers_own_local_set_goes_with_the_caller() {
    // What is not `Send` cannot be in a task that a trial cuts off: it is cut off here.
    let trial = Trial::new("local set").not_cut_off();
    trial.leaks(|mut world: World| async move {
        let limit = world.chance.time(Duration::from_millis(15));
        let editing = spawn_blocking(move || {
            let work = LocalSet::new();
            Handle::current()
                .block_on(async { timeout(limit, work.run_until(edit_locally(world))).await? })
        });
        editing.await?
    });
}
