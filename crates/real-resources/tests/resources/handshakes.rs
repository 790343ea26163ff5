//! Cleanups that need each other: two ends of a connection that each wait for the other's FIN, and two that share a lock.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_drop_real_resources::{Registration, Trial, Wire, World};
use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
use async_trait::async_trait;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// An end of a connection that says FIN and waits for that of its peer.
#[derive(Debug)]
struct End(TcpStream);

impl End {
    /// Both ends of one connection. Cut off, nobody has been promised anything.
    async fn pair() -> io::Result<(AsyncDropGuard<Self>, AsyncDropGuard<Self>)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (near, far) = tokio::try_join!(
            TcpStream::connect(listener.local_addr()?),
            listener.accept()
        )?;
        let guarded = |stream| AsyncDropGuard::new_cancel_safe(Self(stream));
        Ok((guarded(near), guarded(far.0)))
    }

    async fn exchange(&mut self) -> io::Result<()> {
        self.0.write_all(b"x").await?;
        self.0.read_exact(&mut [0]).await.map(drop)
    }
}

#[async_trait]
impl AsyncDrop for End {
    type Error = io::Error;

    async fn async_drop_impl(&mut self) -> io::Result<()> {
        self.0.shutdown().await?;
        while self.0.read(&mut [0; 16]).await? > 0 {}
        Ok(())
    }
}

/// How long who hangs is waited for, where hanging is what is shown.
const PATIENCE: Duration = Duration::from_millis(250);

#[test]
fn two_ends_in_one_macro_say_goodbye_to_each_other() {
    Trial::new("one macro")
        .cut_off_within(Duration::from_millis(3))
        .never_leaks(|_| async {
            let (near, far) = End::pair().await?;
            with_async_drop!(near, far, {
                for _ in 0..10 {
                    tokio::try_join!(near.exchange(), far.exchange())?;
                }
                Ok(())
            })
        });
}

/// Talks until the other end says goodbye.
async fn talk(end: AsyncDropGuard<End>) -> io::Result<()> {
    with_async_drop!(end, {
        for _ in 0..10 {
            end.exchange().await?;
        }
        Ok(())
    })
}

#[test]
fn two_ends_in_scopes_side_by_side_say_goodbye_to_each_other() {
    Trial::new("side by side")
        .cut_off_within(Duration::from_millis(3))
        .never_leaks(|_| async {
            let (near, far) = End::pair().await?;
            let (near, far) = tokio::join!(talk(near), talk(far));
            near.and(far)
        });
}

#[test]
fn an_end_in_the_scope_of_the_other_waits_for_ever() {
    let trial = Trial::new("nested").cut_off_within(Duration::from_millis(3));
    trial.hangs(PATIENCE).unseen().leaks(|_| async {
        let (near, far) = End::pair().await?;
        with_async_drop!(near, {
            with_async_drop!(far, {
                tokio::try_join!(near.exchange(), far.exchange()).map(drop)
            })
        })
    });
}

#[test]
fn two_cleanups_that_share_a_lock_wait_for_each_other_only_as_long_as_it_is_held() {
    Trial::new("shared lock").never_leaks(|mut world: World| async move {
        let wire = Wire::connect(world.server).await?.shared();
        let first = Registration::open(Arc::clone(&wire), format!("{}-first", world.mark)).await?;
        with_async_drop!(first, {
            let second =
                Registration::open(Arc::clone(&wire), format!("{}-second", world.mark)).await?;
            // Cut off in the cleanup, it holds the lock; the outer cleanup wants it.
            let limit = world.chance.time(Duration::from_millis(5));
            let inside = async {
                with_async_drop!(second, { wire.lock().await.ask("ECHO").await.map(drop) })
            };
            timeout(limit, inside).await.unwrap_or(Ok(()))
        })
    });
}

#[test]
fn a_cleanup_that_is_given_up_and_kept_holds_its_lock_for_ever() {
    let trial = Trial::new("kept cleanup").copies(12);
    trial.hangs(PATIENCE).leaks(|mut world: World| async move {
        let wire = Wire::connect(world.server).await?.shared();
        let first = Registration::open(Arc::clone(&wire), format!("{}-first", world.mark)).await?;
        with_async_drop!(first, {
            let mut second =
                Registration::open(Arc::clone(&wire), format!("{}-second", world.mark)).await?;
            let limit = world.chance.time(Duration::from_millis(2));
            let mut cleanup = pin!(second.async_drop());
            match timeout(limit, &mut cleanup).await {
                Ok(closed) => closed,
                Err(_) => wire.lock().await.ask("ECHO").await.map(drop), // `cleanup` is still there
            }
        })
    });
}
