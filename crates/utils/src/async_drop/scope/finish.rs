//! How the macros end: the body's result and the cleanups' become one.

use std::fmt::Debug;

use super::super::guard::UnreturnedError;

/// Makes the error to return from that of the first cleanup that failed.
pub fn map_error<F: Debug, E>(failed: UnreturnedError<F>, err_map: impl FnOnce(F) -> E) -> E {
    err_map(failed.into_error())
}

/// The map of macros that are given none.
pub fn from_cleanup_error<F, E: From<F>>(error: F) -> E {
    E::from(error)
}

/// Pins down that a fallible macro's body gives a `Result`, before anything else is inferred from it.
pub fn body_result<R, E>(body: Result<R, E>) -> Result<R, E> {
    body
}

/// Runs the cleanups that the variables stand for, then says what body and cleanups come to.
#[doc(hidden)]
#[macro_export]
macro_rules! __async_drop_finish {
    ($body:ident, $err_map:expr, $($value:ident),+) => {{
        $crate::__async_drop_join!($($value),+);
        $crate::__async_drop_conclude!($body, $err_map, $($value),+)
    }};
}

/// Says what a body and the results of its cleanups come to.
#[doc(hidden)]
#[macro_export]
macro_rules! __async_drop_conclude {
    ($body:ident, $err_map:expr, $($value:ident),+) => {
        match $body {
            $crate::__private::Ok(value) => {
                $crate::__async_drop_settle!(value, $err_map, $($value),+)
            }
            $crate::__private::Err(error) => {
                $($crate::__private::report_failed($value);)+
                $crate::__private::Err(error)
            }
        }
    };
}

/// Runs a body in its scope, and awaits what was handed over in it; gives what the body gave.
#[doc(hidden)]
#[macro_export]
macro_rules! __async_drop_body {
    ($scope:ident, $body:block) => {{
        // Dropped in the middle, they go in the opposite order; `Scope` says why that matters.
        let _inside = $scope.inside();
        let body = $crate::__private::pin!(async $body);
        let output = $scope.run(body).await;
        output
    }};
}

/// Awaits futures concurrently, and shadows the variable of each by its output.
#[doc(hidden)]
#[macro_export]
macro_rules! __async_drop_join {
    ($($future:ident),+) => {
        let $crate::__async_drop_join!(@nest $($future),+) =
            $crate::__async_drop_join!(@join $($future),+).await;
    };
    (@nest $last:ident) => { $last };
    (@nest $first:ident, $($rest:ident),+) => {
        ($first, $crate::__async_drop_join!(@nest $($rest),+))
    };
    (@join $last:ident) => { $last };
    (@join $first:ident, $($rest:ident),+) => {
        $crate::__private::join($first, $crate::__async_drop_join!(@join $($rest),+))
    };
}

/// What a body that gave `Ok` ends with: the first failed cleanup is returned, each further one reported.
#[doc(hidden)]
#[macro_export]
macro_rules! __async_drop_settle {
    ($body:ident, $err_map:expr) => { $crate::__private::Ok($body) };
    // Nested, so that an `err_map` that can be called only once is used on no more than one path.
    ($body:ident, $err_map:expr, $first:ident $(, $rest:ident)*) => {
        match $first {
            $crate::__private::Ok(()) => {
                $crate::__async_drop_settle!($body, $err_map $(, $rest)*)
            }
            $crate::__private::Err(failed) => {
                $($crate::__private::report_failed($rest);)*
                $crate::__private::Err($crate::__private::map_error(failed, $err_map))
            }
        }
    };
}
