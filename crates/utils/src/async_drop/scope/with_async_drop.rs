//! `with_async_drop!`, the macro whose cleanup survives cancellation.

/// Runs a body that borrows guarded values, then awaits their cleanup; nothing is left behind when the future is dropped half-way.
///
/// `with_async_drop!(value = expression, { body })` opens the value and evaluates to the `Result` that the body ends with. The
/// expression gives an [`AsyncDropGuard`](crate::AsyncDropGuard), which is made
/// [cancel-safe](crate::AsyncDropGuard::cancel_safe). The body is an async block: `.await` works in it, `?` and `return` leave the
/// macro and not the function, from the expression too, and the cleanup runs after the body whether it gave `Ok` or `Err`. In
/// the body, `value` is the guard, mutable without a `mut`. Moving it away there does not compile.
///
/// - `with_async_drop!(a = expression, b = expression, { body })` opens in this order, each value in the scopes of those before
///   it, which its expression can borrow, also mutably. They are cleaned up last first, also when a later one is not opened.
/// - `with_async_drop!(value, { body })` takes the guard out of the variable `value`.
/// - `with_async_drop!(a, b, c, { body })` cleans up several values concurrently, within this one task. Where others are to be
///   opened in the scope of one that is there, write `a = a` first.
/// - Each form takes an `err_map` behind the body, which turns a cleanup's error into the body's error type. Without it, the
///   body's error type has to implement `From` of the cleanup's. It has to take the error of each value, and is written into
///   the scope of each that is opened: a closure that moves what it captures compiles with one of them only.
///
/// The values have to be `AsyncDrop + Debug + Send + 'static`. For a value that borrows, and in generic code without `'static`,
/// take [`with_async_drop_2!`](crate::with_async_drop_2), which is as safe as the guard that it is given.
///
/// # Dropping
///
/// When the surrounding future is dropped (cancelled) in the body, or the body panics, the values move to a cleanup task on the
/// current Tokio runtime. A cleanup that is cut off half-way goes on there from where it was. [`drain`](crate::drain)
/// awaits these tasks before the program ends. Without a runtime the forgotten-guard hook is called.
///
/// # Errors
///
/// - The body failed: its error. The cleanup runs all the same, and its failure is reported.
/// - Only a cleanup failed: its error, through `From` or `err_map`. Of several, all run; the first is returned and each further
///   one is reported. Of values that are cleaned up concurrently, the first is so in the order written.
///
/// # Example
///
/// ```
/// use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
/// # #[derive(Debug)]
/// # struct File;
/// # impl File {
/// #     async fn open() -> std::io::Result<AsyncDropGuard<File>> { Ok(AsyncDropGuard::new(File)) }
/// #     async fn read(&mut self) -> std::io::Result<Vec<u8>> { Ok(vec![7]) }
/// # }
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for File {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
///
/// async fn length() -> std::io::Result<usize> {
///     with_async_drop!(file = File::open().await?, {
///         let bytes = file.read().await?;
///         Ok(bytes.len())
///     })
/// }
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # assert_eq!(length().await?, 1);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
///
/// What is opened later stands on what is open:
///
/// ```
/// # use async_drop_utils::{AsyncDrop, AsyncDropGuard, with_async_drop};
/// # #[derive(Debug)]
/// # struct Connection;
/// # #[derive(Debug)]
/// # struct Transaction;
/// # impl Connection {
/// #     async fn open() -> std::io::Result<AsyncDropGuard<Self>> { Ok(AsyncDropGuard::new(Self)) }
/// #     async fn begin(&mut self) -> std::io::Result<AsyncDropGuard<Transaction>> { Ok(AsyncDropGuard::new(Transaction)) }
/// # }
/// # impl Transaction { async fn insert(&mut self, _: &str) -> std::io::Result<()> { Ok(()) } }
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Connection {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Transaction {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
/// async fn store(row: &str) -> std::io::Result<()> {
///     with_async_drop!(
///         connection = Connection::open().await?,
///         transaction = connection.begin().await?, // the transaction ends, then the connection closes
///         { transaction.insert(row).await }
///     )
/// }
/// # tokio::runtime::Runtime::new().unwrap().block_on(store("a")).unwrap();
/// ```
#[macro_export]
macro_rules! with_async_drop {
    ($($value:ident = $opening:expr),+, $body:block $(, $err_map:expr)? $(,)?) => {
        async {
            $crate::__async_drop_open!(
                with_async_drop, [$($value = $opening),+], $body $(, $err_map)?
            )
        }
        .await
    };
    ($($value:ident),+, $body:block $(,)?) => {
        $crate::with_async_drop!($($value),+, $body, $crate::__private::from_cleanup_error)
    };
    ($($value:ident),+, $body:block, $err_map:expr $(,)?) => {{
        let scope = $crate::__private::Scope::new();
        $(
            #[allow(unused_mut)]
            let mut $value = $crate::AsyncDropGuard::cancel_safe($value);
        )+
        let body = $crate::__private::body_result($crate::__async_drop_body!(scope, $body));
        $(let $value = $crate::__private::clean_up_even_when_cancelled($value, body.is_err());)+
        $crate::__async_drop_finish!(body, $err_map, $($value),+)
    }};
}

// By way of this module, since at the crate's root the function has the same name.
pub use with_async_drop;
