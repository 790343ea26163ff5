//! Guards alone, and what cleans up at the end of a scope.

use std::time::Duration;

use async_drop_utils::testing::{InjectedFault, fallible};
use async_drop_utils::{
    CleanupTracker, SyncDrop, flatten_async_drop, with_async_drop, with_async_drop_2,
    with_async_drop_2_infallible,
};

use crate::resource::{Fallible, Guards, Resource, used};

pub async fn a_bare_cancel_safe_guard_survives(guards: Guards) -> Fallible {
    used(guards.open().await?).await
}

pub async fn a_boxed_and_a_mapped_guard_made_cancel_safe_again_survive(guards: Guards) -> Fallible {
    used(guards.open().await?.into_box().cancel_safe()).await?;
    used(guards.open().await?.map_unsafe(|it| it).cancel_safe()).await
}

pub async fn with_async_drop_survives(guards: Guards) -> Fallible {
    with_async_drop(guards.open().await?, async |it: &mut Resource| {
        it.use_it().await
    })
    .await
}

pub async fn the_cancel_safe_macro_survives_with_plain_guards(guards: Guards) -> Fallible {
    let it = guards.open().await?;
    with_async_drop!(it, { it.use_it().await })
}

pub async fn the_cancel_safe_macro_survives_nested_and_with_an_error_map(
    guards: Guards,
) -> Result<(), Option<InjectedFault>> {
    let outer = guards.open().await.map_err(Some)?;
    with_async_drop!(
        outer,
        {
            outer.use_it().await.map_err(Some)?;
            let inner = guards.open().await.map_err(Some)?;
            with_async_drop!(inner, { inner.use_it().await.map_err(Some) }, Some)
        },
        Some
    )
}

pub async fn the_cancel_safe_macro_survives_with_several_values(guards: Guards) -> Fallible {
    let a = guards.open().await?;
    let b = guards.open().await?;
    let c = guards.open().await?;
    with_async_drop!(a, b, c, {
        a.use_it().await?;
        b.use_it().await?;
        c.use_it().await
    })
}

pub async fn with_async_drop_2_is_as_safe_as_its_guards(guards: Guards) -> Fallible {
    let a = guards.open().await?;
    let b = guards.open().await?;
    with_async_drop_2!(a, b, {
        a.use_it().await?;
        b.use_it().await
    })
}

pub async fn with_async_drop_2_infallible_survives(guards: Guards) -> Fallible {
    let (a, b) = (guards.open_quiet(), guards.open_quiet());
    with_async_drop_2_infallible!(a, b, {
        fallible("use").await?;
        a.entry.is_open().then_some(b.entry.is_open());
        fallible("use").await
    })
}

pub async fn flatten_async_drop_survives(guards: Guards) -> Fallible {
    let (a, b) = tokio::join!(guards.open(), guards.open());
    let (a, b) = flatten_async_drop::<InjectedFault, _, _, _, _>(a, b).await?;
    with_async_drop!(a, b, {
        a.use_it().await?;
        b.use_it().await
    })
}

pub async fn a_tracker_that_is_drained_by_the_scenario_survives(guards: Guards) -> Fallible {
    let tracker = CleanupTracker::new();
    let result = tracker
        .scope(async {
            let resource = guards.open().await?;
            resource.use_it().await
            // Dropped armed, also when it was used well.
        })
        .await;
    let report = tracker.drain(Duration::from_secs(24 * 60 * 60)).await;
    assert!(report.still_running.is_empty(), "{report}");
    result
}

pub async fn sync_drop_survives_in_whatever_drops_it(guards: Guards) -> Fallible {
    let quiet = SyncDrop::new(guards.open_quiet());
    fallible("use").await?;
    quiet.entry.is_open();
    fallible("use").await
}
