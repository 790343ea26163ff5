//! Every helper and macro under the explorer: each operation fails once, each pending await is cancelled once, and nothing stays open.
//!
//! A scenario is given its guards: cancel-safe ones, with which it has to survive, and plain ones, with which it has to leak unless
//! what they are given to makes them cancel-safe. A check that cannot fail would prove nothing.
#![cfg(feature = "testing")]

#[cfg(feature = "derive")]
mod derived;
mod resource;
mod scopes;
mod several;
mod sharing;

use async_drop_utils::testing::{Explorer, Outcome, Report};
use resource::Guards;

/// It does, whichever guards it is given.
#[track_caller]
fn survives<O: Outcome>(scenario: impl AsyncFn(Guards) -> O) {
    for guards in [Guards::CancelSafe, Guards::Plain] {
        explored(&scenario, guards);
    }
}

/// A cancellation leaks what is under plain guards; a failure does not.
#[track_caller]
fn is_as_cancel_safe_as_its_guards<O: Outcome>(scenario: impl AsyncFn(Guards) -> O) {
    explored(&scenario, Guards::CancelSafe);
    let with_plain_guards = async || scenario(Guards::Plain).await;
    Explorer::new().failures(with_plain_guards).unwrap();
    let leak = Explorer::new()
        .cancellations(with_plain_guards)
        .unwrap_err()
        .to_string();
    assert!(
        leak.starts_with("leaks when cancelled at await #"),
        "{leak}"
    );
}

/// It drops guards where something fails, so that plain ones leak there, too.
#[track_caller]
fn survives_by_cancel_safe_guards_alone<O: Outcome>(scenario: impl AsyncFn(Guards) -> O) {
    explored(&scenario, Guards::CancelSafe);
    Explorer::new()
        .failures(async || scenario(Guards::Plain).await)
        .unwrap_err();
}

#[track_caller]
fn explored<O: Outcome>(scenario: &impl AsyncFn(Guards) -> O, guards: Guards) -> Report {
    let explorer = Explorer::new().max_pairs(500);
    let scenario = async || scenario(guards).await;
    let report = match guards {
        // One that is being cleaned up after an error may not be cancelled as well.
        Guards::Plain => explorer.all(scenario),
        Guards::CancelSafe => explorer.pairs(scenario),
    }
    .unwrap();
    assert!(report.faults() > 0, "{report}");
    assert!(report.cancellations() > 0, "{report}");
    report
}

/// A test for each scenario of a module, under the scenario's name.
macro_rules! scenarios_of {
    ($module:ident { $($holds:ident { $($scenario:ident)+ })+ }) => {
        $($(
            #[test]
            fn $scenario() {
                $holds($module::$scenario);
            }
        )+)+
    };
}

scenarios_of! {
    scopes {
        survives {
            a_boxed_and_a_mapped_guard_made_cancel_safe_again_survive
            the_cancel_safe_macro_survives_with_plain_guards
            the_cancel_safe_macro_survives_nested_and_with_an_error_map
            flatten_async_drop_survives
            sync_drop_survives_in_whatever_drops_it
        }
        is_as_cancel_safe_as_its_guards {
            a_bare_cancel_safe_guard_survives
            with_async_drop_survives
            with_async_drop_2_infallible_survives
        }
        survives_by_cancel_safe_guards_alone {
            the_cancel_safe_macro_survives_with_several_values
            with_async_drop_2_is_as_safe_as_its_guards
            a_tracker_that_is_drained_by_the_scenario_survives
        }
    }
}

scenarios_of! {
    sharing {
        is_as_cancel_safe_as_its_guards {
            an_arc_survives_whoever_is_cancelled
            an_arc_shared_with_a_task_survives
            an_arc_whose_weak_owner_is_cancelled_survives
            an_arc_of_a_mutex_survives
            a_mutex_survives_a_holder_and_a_waiter_that_are_cancelled
            a_read_write_lock_survives_holders_and_waiters_that_are_cancelled
            what_is_cleaned_up_under_the_lock_survives
            a_shared_future_survives_whoever_is_cancelled
            a_shared_future_that_nobody_awaits_survives
            a_clone_cancelled_in_the_middle_of_the_shared_future_leaves_the_other_to_survive
        }
        survives_by_cancel_safe_guards_alone {
            the_inner_guard_of_an_arc_survives
        }
    }
}

scenarios_of! {
    several {
        survives {
            a_stack_survives
            a_constructor_that_breaks_half_way_survives
            members_cleaned_up_concurrently_survive
        }
        is_as_cancel_safe_as_its_guards {
            a_map_survives
            a_map_that_is_drained_survives
            a_result_under_guard_survives
            a_stack_under_a_guard_of_its_own_is_as_safe_as_its_members
        }
        survives_by_cancel_safe_guards_alone {
            guards_in_an_option_a_vec_and_a_tuple_survive
        }
    }
}

#[cfg(feature = "derive")]
scenarios_of! {
    derived {
        survives {
            a_derived_cleanup_in_order_survives
        }
        survives_by_cancel_safe_guards_alone {
            a_derived_concurrent_cleanup_survives
        }
    }
}

/// How much there is to survive, counted.
#[test]
fn constructor_survives_each_failure_and_each_cancellation() {
    let report = explored(&several::an_open_pair, Guards::Plain);
    assert_eq!(
        report.to_string(),
        "survives 16 faults and 7 cancellations, 7 hours that passed, 15 ends of the runtime"
    );
}

#[test]
fn opening_and_grouping_survive_each_failure_and_each_cancellation() {
    let report = explored(&sharing::two_groups_opened_at_once, Guards::Plain);
    assert_eq!(
        report.to_string(),
        "survives 21 faults and 3 cancellations, 3 hours that passed, 7 ends of the runtime"
    );
}
