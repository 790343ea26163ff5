//! `with_async_drop_2_infallible!`.
#![deny(warnings, clippy::all, clippy::pedantic)]

mod common;

use std::convert::Infallible as Never;
use std::fmt::Debug;

use async_drop_utils::async_drop::with_async_drop_2_infallible;
use async_drop_utils::{AsyncDrop, AsyncDropGuard};
use common::{Infallible, Log, cancel_at_first_await, on_both_flavours, panic_message};

#[derive(Debug)]
enum Impossible {}

#[derive(Debug)]
struct CannotFail<E>(Log, Option<E>);

#[async_trait::async_trait]
impl<E: Debug + Send> AsyncDrop for CannotFail<E> {
    type Error = E;

    async fn async_drop_impl(&mut self) -> Result<(), E> {
        tokio::task::yield_now().await;
        self.0.push("cleaned");
        self.1.take().map_or(Ok(()), Err)
    }
}

#[test]
fn infallible_macro_gives_the_bodys_plain_value() {
    on_both_flavours(async || {
        let log = Log::new();
        let value = AsyncDropGuard::new(Infallible(log.clone()));
        let plain = with_async_drop_2_infallible!(value, {
            tokio::task::yield_now().await;
            value.0.push("body");
            7
        });
        assert_eq!(plain, 7);
        assert_eq!(log.entries(), ["body", "cleaned"]);
    });
}

#[test]
fn infallible_macro_takes_any_uninhabited_error_and_several_values() {
    on_both_flavours(async || {
        let log = Log::new();
        let a = AsyncDropGuard::new(CannotFail::<Impossible>(log.clone(), None));
        let b = AsyncDropGuard::new(CannotFail::<Never>(log.clone(), None));
        let c = AsyncDropGuard::new(CannotFail::<(u8, Never)>(log.clone(), None));
        let plain = with_async_drop_2_infallible!(a, b, c, {
            let _all = (&a.0, &b.0, &c.0);
            "plain"
        });
        assert_eq!(plain, "plain");
        assert_eq!(log.entries(), ["cleaned"; 3]);
    });
}

#[test]
fn infallible_macro_cleans_up_after_question_mark_and_return() {
    on_both_flavours(async || {
        let log = Log::new();
        let value = AsyncDropGuard::new(Infallible(log.clone()));
        let result: Result<u8, &str> = with_async_drop_2_infallible!(value, {
            Err("body")?;
            value.0.push("not reached");
            Ok(1)
        });
        assert_eq!(result, Err("body"));
        let value = AsyncDropGuard::new(Infallible(log.clone()));
        let early = with_async_drop_2_infallible!(value, {
            if value.0.entries().len() == 1 {
                return "early";
            }
            "late"
        });
        assert_eq!(early, "early");
        assert_eq!(log.entries(), ["cleaned", "cleaned"]);
    });
}

#[test]
#[cfg(feature = "tokio")]
fn infallible_macro_that_is_cancelled_cleans_up_a_guard_that_is_cancel_safe() {
    on_both_flavours(async || {
        let log = Log::new();
        let plain = AsyncDropGuard::new(Infallible(log.clone()));
        let message = panic_message(|| {
            cancel_at_first_await(async {
                with_async_drop_2_infallible!(plain, { tokio::task::yield_now().await });
            });
        });
        assert!(
            message.starts_with("Forgot to call async_drop on "),
            "{message}"
        );
        let safe = AsyncDropGuard::new_cancel_safe(Infallible(log.clone()));
        cancel_at_first_await(async {
            with_async_drop_2_infallible!(safe, { tokio::task::yield_now().await });
        });
        let limit = std::time::Duration::from_secs(5);
        assert!(async_drop_utils::drain(limit).await.is_clean());
        assert_eq!(log.entries(), ["cleaned"]);
    });
}

#[test]
fn infallible_macro_takes_generic_values_that_borrow() {
    async fn generic<'a, T: AsyncDrop<Error = Never> + Debug + 'a>(
        value: AsyncDropGuard<T>,
    ) -> String {
        with_async_drop_2_infallible!(value, { format!("{value:?}") })
    }
    on_both_flavours(async || {
        let shown = generic(AsyncDropGuard::new(Infallible(Log::new()))).await;
        assert!(shown.starts_with("AsyncDropGuard(Infallible("), "{shown}");
    });
}

#[test]
fn trailing_comma_and_empty_body_are_accepted() {
    on_both_flavours(async || {
        let log = Log::new();
        let value = AsyncDropGuard::new(Infallible(log.clone()));
        with_async_drop_2_infallible!(value, {},);
        assert_eq!(log.entries(), ["cleaned"]);
    });
}

#[test]
fn body_that_always_panics_compiles_without_a_warning() {
    let value = AsyncDropGuard::new(Infallible(Log::new()));
    let message = panic_message(|| {
        cancel_at_first_await(async { with_async_drop_2_infallible!(value, { panic!("left") }) });
    });
    assert_eq!(message, "left");
}
