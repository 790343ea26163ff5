use std::fmt::Debug;

use super::forgotten::forgotten;
use super::origin::Origin;

/// What a guard asks its policy. Two words, so that asking costs no memory.
pub(crate) enum ArmedDrop<'a, T> {
    /// Would dropping a guard over this value lose no cleanup?
    IsSafe(&'a T),
    /// The guard was dropped armed: here is its value.
    Happened(&'a mut Option<T>),
    /// The guard is armed no longer.
    Disarmed,
    /// Has the guard been counted as armed?
    #[cfg(feature = "tokio")]
    IsCounted,
}

/// What a guard does when it is dropped armed: one function pointer, so that it costs the guard one word.
///
/// It is told where the guard was made, and answers what is asked; for the other events nobody looks at the answer.
pub(crate) type Policy<T> = fn(ArmedDrop<'_, T>, Origin) -> bool;

/// A value that holds guards, and knows whether dropping it armed can be left to them.
pub(crate) trait HoldsGuards: Debug + Sized {
    /// Says whether each guard held is cancel-safe or done.
    fn held_guards_are_cancel_safe(&self) -> bool;

    /// Drops this so that each guard held hands over what it guards.
    fn hand_over_what_is_held(self) {
        drop(self);
    }

    /// The policy of a container's guard: let the guards inside see to their values, or else count as forgotten.
    fn pass_on(event: ArmedDrop<'_, Self>, origin: Origin) -> bool {
        match event {
            ArmedDrop::IsSafe(container) => container.held_guards_are_cancel_safe(),
            ArmedDrop::Happened(container) => {
                let Some(container) = container.take() else {
                    return true;
                };
                let safe = container.held_guards_are_cancel_safe();
                if safe {
                    container.hand_over_what_is_held();
                } else {
                    forgotten(container, origin);
                }
                safe
            }
            ArmedDrop::Disarmed => true,
            #[cfg(feature = "tokio")]
            ArmedDrop::IsCounted => false,
        }
    }
}
