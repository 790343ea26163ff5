//! A value and the closure that closes it: closed once, by value, whatever cuts it off.

mod common;

use std::convert::Infallible;

use async_drop_utils::{AsyncDrop, AsyncDropGuard, Closing, async_drop_in_order, closing};
use common::{Log, ProbeError, cancel_at_first_await, on_both_flavours, panic_message};
use tokio::task::yield_now;

/// Somebody else's type: neither `Debug` nor `AsyncDrop`, and closed by value.
struct Client {
    log: Log,
}

impl Client {
    fn new(log: &Log) -> Self {
        Self { log: log.clone() }
    }

    fn say(&mut self, words: &str) {
        self.log.push(words);
    }

    async fn close(self) -> Result<(), ProbeError> {
        self.log.push("closing");
        yield_now().await;
        self.log.push("closed");
        Ok(())
    }
}

#[test]
fn value_is_used_through_the_guard_and_closed_by_value() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut client = closing(Client::new(&log), async |client| client.close().await);
        client.say("hello");
        client.async_drop().await.unwrap();
        client.async_drop().await.unwrap();
        assert!(client.is_dropped());
        assert_eq!(log.entries(), ["hello", "closing", "closed"]);
    });
}

#[test]
fn every_way_to_write_the_closure_compiles_and_crosses_threads() {
    fn crosses_threads<T: Send + Sync>(guard: T) -> T {
        guard
    }
    on_both_flavours(async || {
        let log = Log::new();
        let client = || Client::new(&log);
        let kept = log.clone();
        let mut all = [
            crosses_threads(closing(client(), async |client| client.close().await)),
            crosses_threads(closing(client(), async move |client| {
                kept.push("kept");
                client.close().await
            })),
            crosses_threads(closing(
                client(),
                |client| async move { client.close().await },
            )),
            crosses_threads(closing(client(), |client| client.close())),
            crosses_threads(closing(client(), Client::close)),
        ];
        for guard in &mut all {
            guard.async_drop().await.unwrap();
        }
        assert_eq!((log.count("closed"), log.count("kept")), (5, 1));
    });
}

#[test]
fn a_closing_that_was_cut_off_goes_on_and_does_not_begin_again() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut client = closing(Client::new(&log), async |client| client.close().await);
        cancel_at_first_await(client.async_drop());
        assert!(!client.is_dropped());
        assert_eq!(log.entries(), ["closing"]);
        client.async_drop().await.unwrap();
        assert_eq!(log.entries(), ["closing", "closed"]);
    });
}

#[test]
fn failure_is_returned_and_the_value_is_gone() {
    on_both_flavours(async || {
        let mut value = closing(7, async |_| Err::<(), _>(ProbeError("seven")));
        assert_eq!(
            *value.async_drop().await.as_ref().unwrap_err(),
            ProbeError("seven")
        );
        assert!(value.is_dropped());
    });
}

#[test]
fn access_after_a_closing_has_begun_panics_with_words_of_its_own() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut client = closing(Client::new(&log), async |client| client.close().await);
        cancel_at_first_await(client.async_drop());
        let words = panic_message(|| client.say("too late"));
        assert_eq!(words, "Value already closed or taken out");
        client.async_drop().await.unwrap();
    });
}

#[test]
fn value_that_is_taken_out_is_not_closed() {
    on_both_flavours(async || {
        let log = Log::new();
        let mut client = closing(Client::new(&log), async |client| client.close().await);
        let mut taken = Closing::take(&mut client);
        assert_eq!(
            panic_message(|| drop(Closing::take(&mut client))),
            "Value already closed or taken out"
        );
        client.async_drop().await.unwrap();
        taken.say("still mine");
        assert_eq!(log.entries(), ["still mine"]);
    });
}

#[test]
fn debug_names_the_type_of_a_value_without_debug() {
    on_both_flavours(async || {
        let mut client = closing(Client::new(&Log::new()), Client::close);
        let shown = format!("{client:?}");
        assert_eq!(shown, "AsyncDropGuard(Closing(closing::Client))");
        client.async_drop().await.unwrap();
    });
}

#[derive(Debug)]
struct Session {
    log: Log,
    client: AsyncDropGuard<Closing<Client, ProbeError>>,
    number: AsyncDropGuard<Closing<u32, Infallible>>,
}

impl From<Infallible> for ProbeError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

#[async_trait::async_trait]
impl AsyncDrop for Session {
    type Error = ProbeError;

    async fn async_drop_impl(&mut self) -> Result<(), ProbeError> {
        self.log.push("session");
        async_drop_in_order!(self.client, self.number)
    }
}

#[test]
fn member_of_a_type_is_closed_with_it_and_goes_on_where_the_type_was_cut_off() {
    on_both_flavours(async || {
        let log = Log::new();
        let told = log.clone();
        let mut session = AsyncDropGuard::new(Session {
            log: log.clone(),
            client: closing(Client::new(&log), Client::close),
            number: closing(7, async move |number| {
                told.push(number);
                Ok(())
            }),
        });
        cancel_at_first_await(session.async_drop());
        session.async_drop().await.unwrap();
        assert_eq!(
            log.entries(),
            ["session", "closing", "session", "closed", "7"]
        );
    });
}

#[cfg(feature = "tokio")]
mod handed_over {
    use std::time::Duration;

    use async_drop_utils::{CleanupTracker, with_async_drop};

    use super::*;

    #[test]
    fn guard_dropped_armed_is_closed_in_a_task() {
        on_both_flavours(async || {
            let (log, tracker) = (Log::new(), CleanupTracker::new());
            tracker
                .scope(async { drop(closing(Client::new(&log), Client::close)) })
                .await;
            let report = tracker.drain(Duration::from_secs(60)).await;
            assert!(report.is_clean() && report.finished.len() == 1, "{report}");
            let cleaned = report.finished[0].type_name();
            assert!(cleaned.contains("Closing<closing::Client"), "{cleaned}");
            assert_eq!(log.entries(), ["closing", "closed"]);
        });
    }

    #[test]
    fn guard_dropped_half_way_goes_on_in_the_task_and_does_not_begin_again() {
        on_both_flavours(async || {
            let (log, tracker) = (Log::new(), CleanupTracker::new());
            tracker
                .scope(async {
                    let mut client = closing(Client::new(&log), Client::close);
                    cancel_at_first_await(client.async_drop());
                })
                .await;
            let report = tracker.drain(Duration::from_secs(60)).await;
            assert!(report.is_clean(), "{report}");
            assert_eq!(log.entries(), ["closing", "closed"]);
        });
    }

    #[test]
    fn value_taken_out_in_a_scope_is_the_bodys() {
        on_both_flavours(async || {
            let log = Log::new();
            let client = closing(Client::new(&log), async |_| {
                Err::<(), _>(ProbeError("closed after all"))
            });
            let closed = with_async_drop!(client, { Closing::take(&mut client).close().await });
            assert_eq!(closed, Ok(()));
            assert_eq!(log.entries(), ["closing", "closed"]);
        });
    }

    #[test]
    fn task_handle_is_awaited_by_its_closing() {
        on_both_flavours(async || {
            let log = Log::new();
            let told = log.clone();
            let task = tokio::spawn(async move {
                yield_now().await;
                told.push("task done");
            });
            let mut task = closing(task, async |task| task.await);
            task.async_drop().await.unwrap();
            assert_eq!(log.entries(), ["task done"]);
        });
    }
}
