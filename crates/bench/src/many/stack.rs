//! A stack whose guards are taken out of it in the order in which they came, so that each is found at the far end.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::{Duration, Instant};

use async_drop_utils::{AsyncDropGuard, AsyncDropStack};

use super::current_thread;
use crate::resource::{Resource, boxed_close};

pub(super) fn taken<const LEN: u64>(times: u64) -> Duration {
    current_thread().block_on(async {
        let mut spent = Duration::ZERO;
        for _ in 0..times {
            let mut stack = AsyncDropStack::<Infallible>::new();
            let held: Vec<_> = (0..LEN)
                .map(|_| stack.push(AsyncDropGuard::new(Resource::open())))
                .collect();
            let start = Instant::now();
            for held in held {
                let mut guard = stack.take(held);
                let Ok(()) = guard.async_drop().await;
            }
            spent += start.elapsed();
            let Ok(()) = stack.async_drop().await;
        }
        spent
    })
}

pub(super) fn by_hand<const LEN: u64>(times: u64) -> Duration {
    current_thread().block_on(async {
        let mut spent = Duration::ZERO;
        for _ in 0..times {
            let mut map: BTreeMap<u64, Box<Resource>> = (0..LEN)
                .map(|number| (number, Box::new(Resource::open())))
                .collect();
            let start = Instant::now();
            for number in 0..LEN {
                let mut resource = map.remove(&number).expect("none is gone yet");
                let Ok(()) = boxed_close(&mut *resource).await;
            }
            spent += start.elapsed();
        }
        spent
    })
}
