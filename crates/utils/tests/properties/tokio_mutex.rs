use async_drop_utils::AsyncDropTokioMutex;
use proptest::prelude::*;

use crate::books::{Ending, Spec, balanced, cancel_after, config, ending, polls, spec};

#[derive(Debug, Clone)]
enum Op {
    /// Holds the lock for an await, and may be cancelled before, in or after it.
    Use(u8),
    CleanUpInside,
    CancelCleanUpInside(u8),
    /// Cleans up what is there, then puts another in its place.
    Replace(Spec),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        polls().prop_map(Op::Use),
        Just(Op::CleanUpInside),
        polls().prop_map(Op::CancelCleanUpInside),
        spec().prop_map(Op::Replace),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_a_mutex_holds_is_cleaned_up_once_under_the_lock_or_with_it(
        cancel_safe: bool,
        first in spec(),
        ops in prop::collection::vec(op(), 0..12),
        into_inner: bool,
        cancelled_after in polls(),
        last in ending(),
    ) {
        balanced(cancel_safe, async |books| {
            let mut mutex = AsyncDropTokioMutex::new(books.open(first));
            for op in ops {
                match op {
                    Op::Use(polls) => {
                        let held = async {
                            let guard = mutex.lock().await;
                            tokio::task::yield_now().await;
                            guard.is_dropped()
                        };
                        cancel_after(polls, held).await;
                    }
                    Op::CleanUpInside => books.returned(mutex.lock().await.async_drop().await),
                    Op::CancelCleanUpInside(polls) => {
                        let cleanup = async { mutex.lock().await.async_drop().await };
                        if let Some(result) = cancel_after(polls, cleanup).await {
                            books.returned(result);
                        }
                    }
                    Op::Replace(spec) => {
                        let mut guard = mutex.lock().await;
                        books.returned(guard.async_drop().await);
                        *guard = books.open(spec);
                    }
                }
            }
            if into_inner {
                let inner = AsyncDropTokioMutex::into_inner(mutex);
                return books.end(inner, last).await;
            }
            if let Some(result) = cancel_after(cancelled_after, mutex.async_drop()).await {
                return books.returned(result);
            }
            // The lock is as good as before the cancelled cleanup.
            books.returned(mutex.lock().await.async_drop().await);
            books.end(mutex, if cancel_safe { last } else { Ending::CleanUp }).await;
        });
    }
}
