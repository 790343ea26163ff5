use std::fmt::Debug;

use super::forgotten::forgotten;
use super::origin::Origin;

/// What a guard asks its policy.
pub(crate) enum ArmedDrop<'a, T> {
    /// Would dropping a guard over this value lose no cleanup?
    IsSafe(&'a T),
    /// The guard was dropped armed: here are its value and the place where it was made.
    Happened(T, Origin),
    /// The guard is armed no longer, or no longer has this policy: it was made there.
    #[cfg_attr(
        not(feature = "tokio"),
        allow(dead_code, reason = "only guards that are counted look at it")
    )]
    Disarmed(Origin),
}

/// What a guard does when it is dropped armed: one function pointer, so that it costs the guard one word.
///
/// It returns whether the drop is safe; for the other events nobody asks.
pub(crate) type Policy<T> = fn(ArmedDrop<'_, T>) -> bool;

/// A value that holds guards, and knows whether dropping it armed can be left to them.
pub(crate) trait HoldsGuards: Debug + Sized {
    /// Says whether each guard held is cancel-safe or done.
    fn held_guards_are_cancel_safe(&self) -> bool;

    /// Drops this so that each guard held hands over what it guards.
    fn hand_over_what_is_held(self) {
        drop(self);
    }

    /// The policy of a container's guard: let the guards inside see to their values, or else count as forgotten.
    fn pass_on(event: ArmedDrop<'_, Self>) -> bool {
        match event {
            ArmedDrop::IsSafe(container) => container.held_guards_are_cancel_safe(),
            ArmedDrop::Happened(container, origin) => {
                let safe = container.held_guards_are_cancel_safe();
                if safe {
                    container.hand_over_what_is_held();
                } else {
                    forgotten(container, origin);
                }
                safe
            }
            ArmedDrop::Disarmed(_) => true,
        }
    }
}
