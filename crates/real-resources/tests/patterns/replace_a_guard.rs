//! Pattern "Replace a guard": the new one is open before the old one goes.

use std::io;

use async_drop_real_resources::{Registration, Trial, World};
use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};

/// Has one registration at a time.
#[derive(Debug, AsyncDrop)]
#[async_drop(error = io::Error)]
struct Client {
    registration: Option<AsyncDropGuard<Registration>>,
}

impl Client {
    fn start() -> AsyncDropGuard<Self> {
        AsyncDropGuard::new_cancel_safe(Self { registration: None })
    }

    async fn renew(&mut self, world: &World, name: usize) -> io::Result<()> {
        let fresh = Registration::plain(world, name).await?;
        if let Some(old) = self.registration.replace(fresh)
            && let Err(error) = with_async_drop!(old, { Ok::<_, io::Error>(()) })
        {
            eprintln!("the old registration: {error}");
        }
        Ok(())
    }

    async fn assign(&mut self, world: &World, name: usize) -> io::Result<()> {
        self.registration = Some(Registration::plain(world, name).await?);
        Ok(())
    }

    async fn close_first(&mut self, world: &World, name: usize) -> io::Result<()> {
        if let Some(mut old) = self.registration.take() {
            old.async_drop().await?;
        }
        self.assign(world, name).await
    }

    /// Tells when a renewal that was refused has cost the registration that was there.
    fn keeps(&self, world: &World, name: usize, renewed: &io::Result<()>) {
        if name > 0 && renewed.is_err() && self.registration.is_none() {
            world.seen.tell("the old registration is gone".to_owned());
        }
    }
}

#[test]
fn the_old_one_goes_when_the_new_one_is_open() {
    Trial::new("replace").never_leaks(|world: World| async move {
        with_async_drop!(client = Client::start(), {
            for name in 0..3 {
                let renewed = client.renew(&world, name).await;
                client.keeps(&world, name, &renewed);
                renewed?;
            }
            world.work().await
        })
    });
}

#[test]
fn an_assignment_drops_the_old_one_where_nobody_cleans_it_up() {
    Trial::new("assignment").leaks(|world: World| async move {
        with_async_drop!(client = Client::start(), {
            for name in 0..3 {
                client.assign(&world, name).await?;
            }
            world.work().await
        })
    });
}

#[test]
fn an_old_one_that_goes_first_is_missed_when_the_new_one_is_refused() {
    Trial::new("the old one first").leaks(|world: World| async move {
        with_async_drop!(client = Client::start(), {
            for name in 0..3 {
                let renewed = client.close_first(&world, name).await;
                client.keeps(&world, name, &renewed);
                renewed?;
            }
            world.work().await
        })
    });
}
