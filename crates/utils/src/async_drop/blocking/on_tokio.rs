use std::fmt::{self, Debug};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle, RuntimeFlavor};
use tokio::task::{block_in_place, unconstrained};

use super::poll_here::poll_here;

/// Why a future was not driven to its end; its `Debug` is for people.
pub(crate) enum CannotWait {
    GaveUp,
    NoRuntime(io::Error),
}

impl Debug for CannotWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GaveUp => f.write_str(
                "still pending after one second, and a current-thread runtime cannot run while its only thread waits; \
                 use a multi-thread runtime, or await async_drop",
            ),
            Self::NoRuntime(error) => write!(f, "no runtime to run it on: {error}"),
        }
    }
}

/// Drives `future` to its end on this thread.
pub(crate) fn wait_for<F: Future>(future: F) -> Result<F::Output, CannotWait> {
    match Handle::try_current() {
        Err(_) => Builder::new_current_thread()
            .enable_all()
            .build()
            .map(|runtime| runtime.block_on(future))
            .map_err(CannotWait::NoRuntime),
        Ok(runtime) if runtime.runtime_flavor() == RuntimeFlavor::MultiThread => {
            on_multi_thread(&runtime, future)
        }
        Ok(runtime) => on_current_thread(&runtime, future),
    }
}

fn on_multi_thread<F: Future>(runtime: &Handle, future: F) -> Result<F::Output, CannotWait> {
    let mut future = pin!(future);
    let mut entered = false;
    // Tokio has no way to ask whether it allows this; inside a `LocalSet` it does not, and panics.
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        block_in_place(|| {
            entered = true;
            runtime.block_on(future.as_mut())
        })
    }));
    match attempt {
        Ok(output) => Ok(output),
        Err(panic) if entered => resume_unwind(panic),
        Err(_) => poll_for_one_second(future, || false),
    }
}

fn on_current_thread<F: Future>(runtime: &Handle, future: F) -> Result<F::Output, CannotWait> {
    // A task that runs now shows that another thread has the runtime, and this one may be of `spawn_blocking`.
    let mut heartbeat: Option<Arc<AtomicBool>> = None;
    poll_for_one_second(future, || {
        heartbeat
            .get_or_insert_with(|| {
                let beaten = Arc::new(AtomicBool::new(false));
                let beat = Arc::clone(&beaten);
                runtime.spawn(async move { beat.store(true, Ordering::Relaxed) });
                beaten
            })
            .load(Ordering::Relaxed)
    })
}

/// Gives up after one second, rather than hang on what this blocked thread would have to do, unless the runtime `runs_elsewhere`.
fn poll_for_one_second<F: Future>(
    future: F,
    mut runs_elsewhere: impl FnMut() -> bool,
) -> Result<F::Output, CannotWait> {
    let start = Instant::now();
    // The budget of the task around this would run out, and only the blocked runtime could renew it.
    let future = unconstrained(future);
    // Short, because what `yield_now` asks for a wake-up is the blocked runtime.
    let interval = Duration::from_millis(1);
    poll_here(future, interval, || {
        if runs_elsewhere() || start.elapsed() < Duration::from_secs(1) {
            Ok(())
        } else {
            Err(CannotWait::GaveUp)
        }
    })
}
