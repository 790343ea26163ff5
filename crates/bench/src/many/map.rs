//! A map of values, all of which are cleaned up.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use async_drop_utils::{AsyncDropGuard, AsyncDropHashMap};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::current_thread;
use crate::resource::{Resource, boxed_close};

pub(super) fn guards<const LEN: u64>(times: u64) -> Duration {
    current_thread().block_on(async {
        let mut spent = Duration::ZERO;
        for _ in 0..times {
            let mut map = AsyncDropHashMap::new();
            for key in 0..LEN {
                map.try_insert(key, AsyncDropGuard::new(Resource::open()))
                    .expect("each key is new");
            }
            let start = Instant::now();
            let Ok(()) = map.async_drop().await;
            spent += start.elapsed();
        }
        spent
    })
}

pub(super) fn by_hand<const LEN: u64>(times: u64) -> Duration {
    current_thread().block_on(async {
        let mut spent = Duration::ZERO;
        for _ in 0..times {
            let mut map = HashMap::new();
            for key in 0..LEN {
                map.insert(key, Resource::open());
            }
            let start = Instant::now();
            let mut cleanups: FuturesUnordered<_> = map.values_mut().map(boxed_close).collect();
            while let Some(Ok(())) = cleanups.next().await {}
            drop(cleanups);
            drop(map);
            spent += start.elapsed();
        }
        spent
    })
}
