//! Reports in a program that logs through the crate `log`: with the feature `log` of `tracing`, which this package's tests turn on, and no
//! subscriber.
#![cfg(feature = "tokio")]
#![deny(warnings, clippy::all)]

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_drop_utils::{AsyncDrop, AsyncDropGuard, drain};
use log::{Level, LevelFilter, Log, Metadata, Record};

struct Logger(Mutex<Vec<(Level, String, String)>>);

static LOGGER: Logger = Logger(Mutex::new(Vec::new()));

impl Log for Logger {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let (target, words) = (record.target().to_owned(), record.args().to_string());
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        records.push((record.level(), target, words));
    }

    fn flush(&self) {}
}

#[derive(Debug)]
struct Fails;

#[async_trait::async_trait]
impl AsyncDrop for Fails {
    type Error = String;

    async fn async_drop_impl(&mut self) -> Result<(), String> {
        Err("on purpose".to_owned())
    }
}

#[test]
fn reports_reach_a_logger() {
    log::set_logger(&LOGGER).unwrap();
    log::set_max_level(LevelFilter::Warn);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let report = runtime.block_on(async {
        drop(AsyncDropGuard::new_cancel_safe(Fails));
        drain(Duration::from_secs(20)).await
    });
    assert_eq!(report.failed.len(), 1);
    let records = LOGGER.0.lock().unwrap_or_else(PoisonError::into_inner);
    let of_this_crate: Vec<_> = records
        .iter()
        .filter(|(_, target, _)| target == "async_drop")
        .collect();
    let [(Level::Warn, _, handed_over), (Level::Error, _, failed)] = &of_this_crate[..] else {
        panic!("{records:?}");
    };
    assert!(
        handed_over.starts_with("guard dropped armed"),
        "{handed_over}"
    );
    assert!(failed.starts_with("cleanup failed in its task"), "{failed}");
    for words in ["on purpose", "Fails", file!()] {
        assert!(failed.contains(words), "{failed}");
    }
}
