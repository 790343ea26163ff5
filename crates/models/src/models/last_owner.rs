//! The arc's last owner, and a broken `Arc` that shows that the model can tell.

use loom::thread;

use crate::explore::every_interleaving;
use crate::sharing::last_owner::last_owner;
use crate::sync::Arc;

/// How many of that many owners find themselves last, when each lets go on a thread of its own.
macro_rules! owners_that_find_themselves_last {
    ($owners:expr, $Arc:ident, $last_owner:path) => {{
        let first = $Arc::new(0);
        let others: Vec<_> = (1..$owners)
            .map(|_| {
                let mut slot = Some(first.clone());
                thread::spawn(move || $last_owner(&mut slot).is_some())
            })
            .collect();
        let mut slot = Some(first);
        let here = $last_owner(&mut slot).is_some();
        let there = others.into_iter().map(|other| other.join().unwrap());
        there.filter(|last| *last).count() + usize::from(here)
    }};
}

/// The broken code that this finds is kept: see `the_model_tells_an_arc_that_lets_two_owners_pass_each_other`.
#[test]
fn of_two_owners_that_let_go_at_once_exactly_one_is_last_in_every_interleaving() {
    every_interleaving(|| {
        assert_eq!(owners_that_find_themselves_last!(2, Arc, last_owner), 1);
    });
}

#[test]
fn of_three_owners_that_let_go_at_once_exactly_one_is_last_in_every_interleaving() {
    every_interleaving(|| {
        assert_eq!(owners_that_find_themselves_last!(3, Arc, last_owner), 1);
    });
}

#[test]
#[should_panic(expected = "nobody was the last owner")]
fn the_model_tells_an_arc_that_lets_two_owners_pass_each_other() {
    use crate::with_try_unwrap::{Arc, last_owner};
    every_interleaving(|| {
        let last = owners_that_find_themselves_last!(2, Arc, last_owner);
        assert!(last > 0, "nobody was the last owner");
    });
}

#[test]
fn the_last_owner_stays_last_and_has_the_value_to_itself_in_every_interleaving() {
    every_interleaving(|| {
        let first = Arc::new(0);
        let mut second = Some(first.clone());
        let let_go = |slot: &mut Option<Arc<i32>>| {
            *last_owner(slot)? += 1;
            // A cleanup that was cancelled is called again.
            let value = last_owner(slot)?;
            *value += 1;
            Some(*value)
        };
        let there = thread::spawn(move || let_go(&mut second));
        let mut first = Some(first);
        let here = let_go(&mut first);
        assert_eq!(here.or(there.join().unwrap()), Some(2));
    });
}
