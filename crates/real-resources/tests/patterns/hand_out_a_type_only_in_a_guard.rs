//! Pattern "Hand out a type only in a guard": a constructor with a step behind the value.

use std::io;

use async_drop_real_resources::{Trial, Wire, World};
use async_drop_utils::{AsyncDrop, AsyncDropGuard, closing, with_async_drop};

/// A session that has greeted before anybody gets it.
#[derive(Debug, AsyncDrop)]
#[async_drop(with = Self::close, error = io::Error)]
struct Session {
    wire: Wire,
    name: String,
}

impl Session {
    async fn open(world: &World) -> io::Result<AsyncDropGuard<Self>> {
        let session = Self::bare(world).await?;
        AsyncDropGuard::init(session, async |session| session.greet().await).await
    }

    /// What nobody outside should get.
    async fn bare(world: &World) -> io::Result<Self> {
        let wire = Wire::connect(world.server).await?;
        let name = world.mark.clone();
        Ok(Self { wire, name })
    }

    async fn greet(&mut self) -> io::Result<()> {
        self.tell("REGISTER").await
    }

    async fn talk(&mut self) -> io::Result<()> {
        self.tell("ECHO").await
    }

    async fn close(&mut self) -> io::Result<()> {
        self.tell("WITHDRAW").await
    }

    async fn tell(&mut self, verb: &str) -> io::Result<()> {
        let request = format!("{verb} {}", self.name);
        self.wire.ask(&request).await.map(drop)
    }
}

#[test]
fn a_session_that_comes_in_a_guard_is_closed_also_half_open() {
    Trial::new("init").never_leaks(|world: World| async move {
        with_async_drop!(session = Session::open(&world).await?, {
            session.talk().await?;
            session.talk().await
        })
    });
}

#[test]
fn a_session_that_is_handed_out_bare_stays_open() {
    Trial::new("bare").leaks(|world: World| async move {
        let mut session = Session::bare(&world).await?;
        session.greet().await?;
        session.talk().await?;
        session.close().await
    });
}

#[test]
fn somebody_elses_value_is_closed_by_a_closure() {
    Trial::new("closing").never_leaks(|world: World| async move {
        let wire = Wire::connect(world.server).await?;
        let goodbye = async |mut wire: Wire| wire.ask("QUIT").await.map(drop);
        with_async_drop!(wire = closing(wire, goodbye), {
            wire.ask("QUERY").await?;
            wire.ask("QUERY").await.map(drop)
        })
    });
}
