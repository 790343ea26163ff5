use std::convert::Infallible;
use std::time::Duration;

use super::poll_here::poll_here;

/// Nobody knows here who else could finish the future, so there is no reason to stop waiting.
pub(crate) type CannotWait = Infallible;

/// Drives `future` to its end on this thread, which does nothing else meanwhile.
pub(crate) fn wait_for<F: Future>(future: F) -> Result<F::Output, CannotWait> {
    // Wake-ups are lost only to code inside the future that parks this thread itself.
    poll_here(future, Duration::from_millis(100), || Ok(()))
}
