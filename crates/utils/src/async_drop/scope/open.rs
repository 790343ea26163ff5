//! How the macros open what stands before their body: each value in the scopes of those before it.

/// Opens the first value, and in its scope the others and the body; `?` leaves what this stands in.
#[doc(hidden)]
#[macro_export]
macro_rules! __async_drop_open {
    ($scope:ident, [$value:ident = $opening:expr], $body:block $(, $err_map:expr)?) => {{
        // The type is written so that an opening which gives no guard is what the compiler points at.
        let $value: $crate::AsyncDropGuard<_> = $opening;
        $crate::$scope!($value, $body $(, $err_map)?)
    }};
    (
        $scope:ident,
        [$value:ident = $opening:expr, $($inner:ident = $inner_opening:expr),+],
        $body:block $(, $err_map:expr)?
    ) => {
        $crate::__async_drop_open!(
            $scope,
            [$value = $opening],
            {
                $crate::__async_drop_open!(
                    $scope,
                    [$($inner = $inner_opening),+],
                    $body $(, $err_map)?
                )
            } $(, $err_map)?
        )
    };
}
