//! Starts the service as a process, hangs up, says nothing, sends it signals, and looks at what is left in its folder.
#![cfg(unix)]

mod at_random;
mod axum_alone;
mod far_side;
mod single;

use at_random::*;
use single::*;

/// Runs each test with the recipe's program and with the one by hand.
macro_rules! with_both {
    ($($test:ident)*) => {
        mod recipe {$(
            #[test]
            fn $test() {
                super::$test(env!("CARGO_BIN_EXE_axum-service"));
            }
        )*}

        mod by_hand {$(
            #[test]
            fn $test() {
                super::$test(env!("CARGO_BIN_EXE_axum-service-by-hand"));
            }
        )*}
    };
}
with_both! {
    service_leaves_nothing_and_keeps_its_time
    request_under_way_is_answered_and_no_other_is_accepted
    handler_that_hangs_is_cut_off_and_its_job_goes_back
    job_of_a_client_that_hangs_up_goes_back_while_the_service_goes_on
    clients_that_say_nothing_do_not_hold_it_up
    second_signal_ends_it_at_once_and_it_says_what_is_left
    next_service_does_what_was_handed_over
    job_that_fails_goes_back
}
