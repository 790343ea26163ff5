//! `#[derive(AsyncDrop)]`, which `async_drop_utils` re-exports: depend on that crate, not on this one.

mod expand;
mod members;
mod options;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Implements `AsyncDrop` for a type that owns guards: all of them are cleaned up, in declaration order.
///
/// A field is cleaned up when its type is an `AsyncDropGuard<T>`, or an `Option`, `Vec`, `Box`, array or tuple of such. Other fields are
/// left alone. Structs, tuple structs and enums will do; of an enum, the variant that is there is cleaned up.
///
/// Put the value under a guard of its own, as any value with a cleanup: `AsyncDropGuard::new(value)`.
///
/// # On the type
///
/// - `#[async_drop(with = Self::close, error = MyError)]`: the type's own cleanup, an `async fn(&mut self) -> Result<(), MyError>`. It runs
///   first, and the members follow whatever it comes to, as a type's own `drop` runs before those of its fields; a type without
///   guards will do. Called again after a cancellation it starts again, like a cleanup written by hand.
/// - `#[async_drop(concurrent)]`: the cleanups run concurrently, within the one task that awaits them, also those of the guards
///   in one `Vec`. For members that do not need each other.
/// - `#[async_drop(error = MyError)]`: what the cleanup fails with. `MyError` has to implement `From` of each member's error. Without this, all
///   members have to fail with one and the same type.
/// - `#[async_drop(crate = path::to::async_drop_utils)]`: where the library is, if not at `::async_drop_utils`.
///
/// # On a field
///
/// - `#[async_drop(guard)]`: it is to be cleaned up although its type does not show it, being an alias.
/// - `#[async_drop(skip)]`: it is to be left alone. Who owns the type then cleans it up.
///
/// An alias of a guard without `guard` is not seen, and left alone. It then panics when the value is dropped, as every forgotten guard.
///
/// # Generic types
///
/// Each type under guard that names a type parameter gets the bounds that its cleanup needs: `AsyncDrop + Debug + Send`, and a `Send`
/// error when it has to be kept while others are cleaned up. The type itself has to say `T: Debug`, which `AsyncDropGuard` demands.
///
/// # Cancellation
///
/// When the cleanup is cancelled half-way, the members that are done stay done, the others stay armed, and an error that had
/// already occurred is reported. The next `async_drop` goes on with those that are left.
///
/// # Errors
///
/// A member whose cleanup fails never stops the others. The error of the first one in declaration order is returned, each further one
/// is reported with the member's type and the place where its guard was made.
///
/// # Example
///
/// ```
/// use async_drop_utils::{AsyncDrop, AsyncDropGuard};
/// # #[derive(Debug)]
/// # struct Connection;
/// # #[derive(Debug)]
/// # struct Journal;
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Connection {
/// #     type Error = std::io::Error;
/// #     async fn async_drop_impl(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
/// # #[async_trait::async_trait]
/// # impl AsyncDrop for Journal {
/// #     type Error = std::fmt::Error;
/// #     async fn async_drop_impl(&mut self) -> std::fmt::Result { Ok(()) }
/// # }
///
/// #[derive(Debug, AsyncDrop)]
/// #[async_drop(error = CloseError)]
/// struct Service {
///     name: String,
///     connections: Vec<AsyncDropGuard<Connection>>, // first, one after the other
///     journal: AsyncDropGuard<Journal>,             // then this
/// }
///
/// #[derive(Debug)]
/// enum CloseError {
///     Connection(std::io::Error),
///     Journal(std::fmt::Error),
/// }
///
/// impl From<std::io::Error> for CloseError {
///     fn from(error: std::io::Error) -> Self {
///         Self::Connection(error)
///     }
/// }
///
/// impl From<std::fmt::Error> for CloseError {
///     fn from(error: std::fmt::Error) -> Self {
///         Self::Journal(error)
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let mut service = AsyncDropGuard::new(Service {
///     name: "archive".to_owned(),
///     connections: vec![AsyncDropGuard::new(Connection)],
///     journal: AsyncDropGuard::new(Journal),
/// });
/// assert_eq!(service.name, "archive");
/// service.async_drop().await?;
/// # Ok::<_, CloseError>(()) }).unwrap();
/// ```
#[proc_macro_derive(AsyncDrop, attributes(async_drop))]
pub fn derive_async_drop(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::expand(&input)
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}
