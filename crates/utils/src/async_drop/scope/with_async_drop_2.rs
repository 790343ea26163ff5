//! `with_async_drop_2!` and `with_async_drop_2_infallible!`: the body borrows.

/// Runs a body that borrows guarded values, then awaits their cleanup, on every exit from the body.
///
/// `with_async_drop_2!(value, { body })` takes the [`AsyncDropGuard`](crate::AsyncDropGuard) out of the variable `value`
/// and evaluates to the `Result` that the body ends with. The body is an async block: `.await` works in it, `?` and
/// `return` leave the body and not the function, and the cleanup runs after it whether it gave `Ok` or `Err`. In the
/// body, `value` is the guard, mutable without a `mut` outside. Moving it away there does not compile.
///
/// - `with_async_drop_2!(a = expression, b = expression, { body })`, with or without `err_map`, opens in this order, each value in
///   the scopes of those before it, and cleans up last first, as [`with_async_drop!`](macro@crate::with_async_drop) says of this form.
/// - `with_async_drop_2!(value, { body }, err_map)` turns a cleanup's error into the body's error type with
///   `err_map(error)`. Without it, the body's error type has to implement `From` of the cleanup's.
/// - `with_async_drop_2!(a, b, c, { body })`, with or without `err_map`, cleans up several values concurrently, within this
///   one task. `err_map` then has to take the error of each.
///
/// # Dropping
///
/// When the surrounding future is dropped (cancelled) in the body or in the cleanup, or the body panics, the guard goes out
/// of scope armed and does what it does then: a plain guard panics, or reports while the thread panics already.
///
/// # Errors
///
/// - The body failed: its error. The cleanup runs all the same, and its failure is reported.
/// - Only a cleanup failed: its error, through `From` or `err_map`. Of several, all run; the first in the order written is
///   returned and each further one is reported.
///
/// # Example
///
/// ```
/// use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop_2};
/// # #[derive(Debug)]
/// # struct File;
/// # impl File {
/// #     async fn open() -> std::io::Result<AsyncDropGuard<File>> { Ok(AsyncDropGuard::new(File)) }
/// #     async fn read(&mut self) -> std::io::Result<Vec<u8>> { Ok(vec![7]) }
/// #     async fn write(&mut self, _: &[u8]) -> std::io::Result<()> { Ok(()) }
/// # }
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for File {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
///
/// async fn copy(from: AsyncDropGuard<File>, to: AsyncDropGuard<File>) -> std::io::Result<usize> {
///     with_async_drop_2!(from, to, {
///         let bytes = from.read().await?;
///         to.write(&bytes).await?;
///         Ok(bytes.len())
///     })
/// }
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # assert_eq!(copy(File::open().await?, File::open().await?).await?, 1);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
///
/// The value cannot leave the body:
///
/// ```compile_fail,E0382
/// # use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop_2};
/// async fn smuggle<T: AsyncDrop + std::fmt::Debug>(value: AsyncDropGuard<T>) -> Result<AsyncDropGuard<T>, T::Error> {
///     with_async_drop_2!(value, { Ok(value) })
/// }
/// ```
#[macro_export]
macro_rules! with_async_drop_2 {
    ($($value:ident = $opening:expr),+, $body:block $(, $err_map:expr)? $(,)?) => {
        async {
            $crate::__async_drop_open!(
                with_async_drop_2, [$($value = $opening),+], $body $(, $err_map)?
            )
        }
        .await
    };
    ($($value:ident),+, $body:block $(,)?) => {
        $crate::with_async_drop_2!($($value),+, $body, $crate::__private::from_cleanup_error)
    };
    ($($value:ident),+, $body:block, $err_map:expr $(,)?) => {{
        // Before the scope, so that what it holds is dropped behind it when the cleanup is cut off.
        let body;
        let scope = $crate::__private::Scope::new();
        $(
            #[allow(unused_mut)]
            let mut $value = $value;
        )+
        body = $crate::__private::body_result($crate::__async_drop_body!(scope, $body));
        let cleaning = scope.cleaning();
        $(let $value = $crate::__private::clean_up(&mut $value, body.is_err());)+
        $crate::__async_drop_join!($($value),+);
        cleaning.end();
        $crate::__async_drop_conclude!(body, $err_map, $($value),+)
    }};
}

/// [`with_async_drop_2!`](crate::with_async_drop_2) for cleanup that cannot fail: it evaluates to the body's plain value.
///
/// `with_async_drop_2_infallible!(value, { body })`, or several values before the body, or `value = expression` once or several
/// times; `?` in such an expression leaves the macro, so the body's value is a `Result` then. The cleanup's error type has to be one
/// without values, such as [`Infallible`](std::convert::Infallible) or an empty enum; any other is a compile error.
/// The body is an async block: `.await` works in it, `?` and `return` leave the body and not the function.
///
/// # Dropping
///
/// As with [`with_async_drop_2!`](crate::with_async_drop_2): cancelled or left by a panic, the guard goes out of scope armed.
///
/// # Example
///
/// ```
/// use std::convert::Infallible;
///
/// use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop_2_infallible};
///
/// #[derive(Debug, Default)]
/// struct Counter(u32);
///
/// #[async_trait::async_trait]
/// impl AsyncDrop for Counter {
///     type Error = Infallible;
///
///     async fn async_drop_impl(&mut self) -> Result<(), Infallible> {
///         Ok(())
///     }
/// }
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let counter = AsyncDropGuard::new(Counter::default());
/// let count = with_async_drop_2_infallible!(counter, {
///     counter.0 += 1;
///     counter.0
/// });
/// assert_eq!(count, 1);
/// # });
/// ```
///
/// An error that has values is not dropped in silence:
///
/// ```compile_fail,E0005
/// # use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop_2_infallible};
/// async fn ignore<T: AsyncDrop<Error = std::io::Error> + std::fmt::Debug>(value: AsyncDropGuard<T>) {
///     with_async_drop_2_infallible!(value, {})
/// }
/// ```
#[macro_export]
macro_rules! with_async_drop_2_infallible {
    ($($value:ident = $opening:expr),+, $body:block $(,)?) => {
        async {
            $crate::__async_drop_open!(
                with_async_drop_2_infallible, [$($value = $opening),+], $body
            )
        }
        .await
    };
    ($($value:ident),+, $body:block $(,)?) => {{
        // Before the scope, so that what it holds is dropped behind it when the cleanup is cut off.
        let value;
        let scope = $crate::__private::Scope::new();
        $(
            #[allow(unused_mut)]
            let mut $value = $value;
        )+
        value = $crate::__async_drop_body!(scope, $body);
        let cleaning = scope.cleaning();
        $(let $value = $crate::__private::clean_up(&mut $value, false);)+
        $crate::__async_drop_join!($($value),+);
        cleaning.end();
        // Irrefutable for an error type without values, and only for one.
        $(let $crate::__private::Ok(()) = $crate::__private::plain_error($value);)+
        value
    }};
}
