//! One value made and cleaned up, in each of the ways that are compared.

use std::convert::Infallible;
use std::hint::black_box;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_drop_utils::{AsyncDropGuard, drain, with_async_drop, with_async_drop_2};

use crate::resource::{BlocksInDrop, ENDED, Resource, RowResource, boxed_close};

/// A way to clean up one value; a row of the first table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OneCleanup {
    /// An async method is awaited.
    Direct,
    /// The same method's future is boxed and awaited: what all others are divided by.
    Boxed,
    /// A plain guard.
    Guard,
    /// A cancel-safe guard that is not cancelled.
    CancelSafe,
    /// `with_async_drop!` with a body that does nothing.
    Macro,
    /// `with_async_drop_2!` with a body that does nothing.
    Macro2,
    /// A cancel-safe guard dropped armed, until its task is done.
    HandedOver,
    /// The crate `async-drop-guard`.
    AsyncDropGuardCrate,
    /// The crate `tokio-async-drop`.
    TokioAsyncDrop,
    /// The crate `async-dropx`, until its task is done.
    AsyncDropx,
    /// The crate `async-dropper`, its simple form.
    AsyncDropper,
}

/// Repeats the same statements, without a branch or a call between them.
macro_rules! repeat {
    ($times:ident, $body:block) => {
        for _ in 0..$times $body
    };
}

impl OneCleanup {
    /// All rows, in the order of the table.
    pub const ALL: [Self; 11] = [
        Self::Direct,
        Self::Boxed,
        Self::Guard,
        Self::CancelSafe,
        Self::Macro2,
        Self::Macro,
        Self::HandedOver,
        Self::AsyncDropGuardCrate,
        Self::TokioAsyncDrop,
        Self::AsyncDropx,
        Self::AsyncDropper,
    ];

    /// The row's name in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Boxed => "boxed",
            Self::Guard => "guard",
            Self::CancelSafe => "cancel-safe",
            Self::Macro => "with_async_drop",
            Self::Macro2 => "with_async_drop_2",
            Self::HandedOver => "handed-over",
            Self::AsyncDropGuardCrate => "async-drop-guard",
            Self::TokioAsyncDrop => "tokio-async-drop",
            Self::AsyncDropx => "async-dropx",
            Self::AsyncDropper => "async-dropper",
        }
    }

    /// The row's name in the table.
    pub fn label(self) -> &'static str {
        match self {
            Self::Direct => "an async method, awaited",
            Self::Boxed => "the same method, its future boxed",
            Self::Guard => "`AsyncDropGuard::new`, `async_drop()`",
            Self::CancelSafe => "`AsyncDropGuard::new_cancel_safe`, `async_drop()`",
            Self::Macro => "`with_async_drop!`, empty body",
            Self::Macro2 => "`with_async_drop_2!`, empty body",
            Self::HandedOver => "`AsyncDropGuard::new_cancel_safe`, dropped armed, `drain`",
            Self::AsyncDropGuardCrate => "crate `async-drop-guard`",
            Self::TokioAsyncDrop => "crate `tokio-async-drop`",
            Self::AsyncDropx => "crate `async-dropx`, until its tasks are done",
            Self::AsyncDropper => "crate `async-dropper`, simple",
        }
    }

    /// Says whether the cleanups run in other tasks.
    ///
    /// Such rows are measured in long samples, and on a current-thread runtime: the others would measure how soon a thread wakes up.
    pub fn ends_in_tasks(self) -> bool {
        matches!(self, Self::HandedOver | Self::AsyncDropx)
    }

    /// Makes and cleans up `times` values, one after the other; returns when the last cleanup has ended.
    ///
    /// Must run on a multi-thread Tokio runtime for `tokio-async-drop` and `async-dropper`.
    pub async fn repeat(self, times: u64) {
        match self {
            Self::Direct => repeat!(times, {
                let mut resource = RowResource::<1>::open();
                let Ok(()) = resource.close().await;
            }),
            Self::Boxed => repeat!(times, {
                let mut resource = RowResource::<2>::open();
                let Ok(()) = boxed_close(&mut resource).await;
            }),
            Self::Guard => repeat!(times, {
                let mut guard = AsyncDropGuard::new(RowResource::<3>::open());
                let Ok(()) = guard.async_drop().await;
            }),
            Self::CancelSafe => repeat!(times, {
                let mut guard = AsyncDropGuard::new_cancel_safe(RowResource::<4>::open());
                let Ok(()) = guard.async_drop().await;
            }),
            Self::Macro => repeat!(times, {
                let guard = AsyncDropGuard::new(RowResource::<5>::open());
                let Ok(()): Result<(), Infallible> = with_async_drop!(guard, {
                    black_box(&guard);
                    Ok(())
                });
            }),
            Self::Macro2 => repeat!(times, {
                let guard = AsyncDropGuard::new(RowResource::<6>::open());
                let Ok(()): Result<(), Infallible> = with_async_drop_2!(guard, {
                    black_box(&guard);
                    Ok(())
                });
            }),
            Self::HandedOver => {
                repeat!(times, {
                    drop(AsyncDropGuard::new_cancel_safe(RowResource::<7>::open()));
                });
                let report = drain(Duration::from_secs(60)).await;
                assert!(report.is_clean(), "{report:?}");
            }
            Self::AsyncDropGuardCrate => repeat!(times, {
                let mut guard = async_drop_guard::AsyncDropGuard::new(RowResource::<8>::open());
                let Ok(()) = guard.async_drop().await;
            }),
            Self::TokioAsyncDrop => repeat!(times, {
                drop(BlocksInDrop(Resource::open()));
            }),
            Self::AsyncDropx => {
                let last = ENDED.load(Ordering::Relaxed) + times;
                repeat!(times, {
                    drop(async_dropx::AsyncDropx::new(RowResource::<10>::open()));
                });
                while ENDED.load(Ordering::Relaxed) < last {
                    tokio::task::yield_now().await;
                }
            }
            Self::AsyncDropper => repeat!(times, {
                drop(async_dropper::AsyncDropper::new(RowResource::<11>::open()));
            }),
        }
    }
}
