//! Cuts off both ends of a WebSocket, and looks into the books of the other one.

mod alone;
mod as_written_first;
mod at_random;
mod by_hand;
mod far_side;
mod program;
mod single;

use program::{BY_HAND, RECIPE};

/// Runs each test with the recipe and with the program by hand.
macro_rules! with_both {
    ($($from:ident { $($test:ident)* })*) => {
        mod the_recipe {$($(
            #[test]
            fn $test() {
                super::$from::$test(&super::RECIPE);
            }
        )*)*}

        mod the_same_by_hand {$($(
            #[test]
            fn $test() {
                super::$from::$test(&super::BY_HAND);
            }
        )*)*}
    };
}

with_both! {
    at_random {
        client_that_is_cut_off_says_goodbye
        server_that_is_cut_off_says_goodbye
    }
    single {
        work_that_is_done_says_so
        message_that_is_cut_off_half_way_arrives_whole
        handshake_that_is_cut_off_is_finished_for_the_goodbye
        peer_that_leaves_is_answered
        peer_that_goes_on_talking_is_listened_to_until_it_answers
        goodbye_is_over_when_the_peer_has_heard_it
        goodbye_that_is_cut_off_half_way_is_begun_again
        peer_that_stops_reading_is_left_when_its_time_is_over
    }
}
