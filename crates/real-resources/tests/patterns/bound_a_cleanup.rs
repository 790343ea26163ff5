//! Pattern "Bound a cleanup": a server that never says goodbye.

use std::io;
use std::time::Duration;

use async_drop_real_resources::{Subscription, Trial, World};
use async_drop_utils::with_async_drop;

/// Listens for three messages.
async fn listen(mut world: World, patience: Duration) -> io::Result<()> {
    with_async_drop!(
        messages = Subscription::open(&mut world, patience).await?,
        {
            for _ in 0..3 {
                messages.receive().await?;
            }
            Ok(())
        }
    )
}

#[test]
fn a_goodbye_with_a_bound_ends_by_the_last_resort() {
    Trial::new("bounded").never_leaks(|world| listen(world, Duration::from_millis(20)));
}

#[test]
fn a_goodbye_without_a_bound_hangs() {
    let trial = Trial::new("unbounded").hangs(Duration::from_millis(250));
    trial.leaks(|world| listen(world, Duration::from_secs(60)));
}
