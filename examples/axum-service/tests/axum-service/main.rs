//! Starts the service as a process, hangs up, says nothing, sends it signals, and looks at what is left in its folder.
#![cfg(unix)]

mod at_random;
mod far_side;
mod single;

/// Runs the tests of the function with the recipe's program and with the one by hand.
macro_rules! with_both {
    ($($(#[$attribute:meta])* $test:ident)*) => {
        mod recipe {$(
            #[test]
            $(#[$attribute])*
            fn $test() {
                super::$test(env!("CARGO_BIN_EXE_axum-service"));
            }
        )*}

        mod by_hand {$(
            #[test]
            $(#[$attribute])*
            fn $test() {
                super::$test(env!("CARGO_BIN_EXE_axum-service-by-hand"));
            }
        )*}
    };
}
use with_both;
