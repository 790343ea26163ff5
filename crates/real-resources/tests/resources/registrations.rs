//! Openings that are cut off between the request and its answer.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_drop_real_resources::{Registration, Trial, Wire, World, ask};
use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
use async_trait::async_trait;

#[test]
fn a_guard_made_first_withdraws_what_was_only_asked_for() {
    Trial::new("init").never_leaks(|world: World| async move {
        let wire = Wire::connect(world.server).await?.shared();
        let registration = Registration::open(Arc::clone(&wire), world.mark).await?;
        with_async_drop!(registration, { ask(&wire, "ECHO", "work").await })
    });
}

#[test]
fn an_opening_that_is_finished_withdraws_what_it_has_registered() {
    Trial::new("acquire").never_leaks(|world: World| async move {
        let wire = Wire::connect(world.server).await?.shared();
        let opening = Registration::open_then_guard(Arc::clone(&wire), world.mark);
        let registration = AsyncDropGuard::acquire(opening).await?;
        with_async_drop!(registration, { ask(&wire, "ECHO", "work").await })
    });
}

/// A registration whose every request has a stream of its own, as those of HTTP clients have.
#[derive(Debug)]
struct OnItsOwn {
    server: SocketAddr,
    name: String,
}

impl OnItsOwn {
    async fn register(server: SocketAddr, name: String) -> io::Result<AsyncDropGuard<Self>> {
        let registration = Self { server, name };
        registration.tell("REGISTER").await?;
        Ok(AsyncDropGuard::new_cancel_safe(registration))
    }

    async fn tell(&self, verb: &str) -> io::Result<()> {
        let mut wire = Wire::connect(self.server).await?;
        wire.ask(&format!("{verb} {}", self.name)).await.map(drop)
    }
}

#[async_trait]
impl AsyncDrop for OnItsOwn {
    type Error = io::Error;

    async fn async_drop_impl(&mut self) -> io::Result<()> {
        self.tell("WITHDRAW").await
    }
}

#[test]
fn where_each_request_has_its_own_stream_only_a_finished_opening_is_not_overtaken() {
    let trial = Trial::new("acquire, stream a request").copies(12);
    trial
        .cut_off_within(Duration::from_millis(4))
        .never_leaks(|world: World| async move {
            let opening = OnItsOwn::register(world.server, world.mark);
            let registration = AsyncDropGuard::acquire(opening).await?;
            with_async_drop!(registration, { registration.tell("ECHO").await })
        });
}

#[test]
fn where_each_request_has_its_own_stream_the_undo_overtakes_a_step_that_was_cut_off() {
    let trial = Trial::new("init, stream a request").copies(12);
    trial
        .cut_off_within(Duration::from_millis(4))
        .leaks(|world: World| async move {
            let World {
                server, mark: name, ..
            } = world;
            let registration = AsyncDropGuard::init(OnItsOwn { server, name }, async |asked| {
                asked.tell("REGISTER").await
            })
            .await?;
            with_async_drop!(registration, { registration.tell("ECHO").await })
        });
}
