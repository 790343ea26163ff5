//! Counts the heap allocations of one cleanup, one row a line.
//!
//! A program of its own, because the allocator that counts would slow what is timed.

use async_drop_bench::many::current_thread;
use async_drop_bench::one_cleanup::OneCleanup;
use tokio::runtime::Runtime;

/// So many that what happens once per run does not show.
const TIMES: u64 = 1_000;

fn main() {
    let multi_thread = Runtime::new().expect("a runtime can be built");
    let current_thread = current_thread();
    for row in OneCleanup::ALL {
        // Counted are those of this thread: the tasks of a row have to run here.
        let runtime = if row.ends_in_tasks() {
            &current_thread
        } else {
            &multi_thread
        };
        runtime.block_on(row.repeat(1));
        let counted = allocation_counter::measure(|| runtime.block_on(row.repeat(TIMES)));
        println!("{} {}", row.id(), (counted.count_total + TIMES / 2) / TIMES);
    }
}
