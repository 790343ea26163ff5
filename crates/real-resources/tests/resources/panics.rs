//! A body that panics.

use std::io;
use std::panic::{AssertUnwindSafe, resume_unwind};

use async_drop_real_resources::{Connection, Trial, World};
use async_drop_utils::{AsyncDropGuard, with_async_drop, with_async_drop_2};
use futures_util::FutureExt;

/// Panics, with nothing printed.
fn panic_silently() -> io::Result<()> {
    resume_unwind(Box::new("the work panics"))
}

#[test]
fn a_panic_in_a_body_ends_each_transaction_before_its_base() {
    Trial::new("scopes").never_leaks(|mut world: World| async move {
        with_async_drop!(connection = Connection::open(world.server).await?, {
            let write = async {
                with_async_drop!(
                    outer = connection.begin().await?,
                    inner = outer.begin().await?,
                    {
                        inner.insert().await?;
                        if world.chance.once_in(2) {
                            return panic_silently();
                        }
                        inner.commit().await
                    }
                )
            };
            AssertUnwindSafe(write)
                .catch_unwind()
                .await
                .unwrap_or(Ok(()))
        })
    });
}

#[test]
fn a_panic_loses_the_value_of_a_plain_guard() {
    Trial::new("plain guard").leaks(|world: World| async move {
        let write = async {
            let connection = Connection::open(world.server)
                .await?
                .unsafe_into_inner_dont_drop();
            let connection = AsyncDropGuard::new(connection);
            with_async_drop_2!(connection, {
                connection.ask("QUERY").await?;
                panic_silently()
            })
        };
        AssertUnwindSafe(write)
            .catch_unwind()
            .await
            .unwrap_or(Ok(()))
    });
}
