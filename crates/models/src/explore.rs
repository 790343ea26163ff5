//! Runs a model to the end of its interleavings.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use loom::model::Builder;

/// Runs `model` under every interleaving.
pub(crate) fn every_interleaving(model: impl Fn() + Send + Sync + 'static) {
    explore(None, model);
}

/// Runs `model` under every interleaving in which at most `preemptions` times a thread is stopped that could go on.
pub(crate) fn up_to_preemptions(preemptions: usize, model: impl Fn() + Send + Sync + 'static) {
    explore(Some(preemptions), model);
}

fn explore(preemption_bound: Option<usize>, model: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = preemption_bound;
    // Otherwise the environment could cut the exploration short without a word.
    builder.max_permutations = None;
    builder.max_duration = None;
    let interleavings = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&interleavings);
    builder.check(move || {
        count.fetch_add(1, Ordering::Relaxed);
        model();
    });
    let interleavings = interleavings.load(Ordering::Relaxed);
    println!("{interleavings} interleavings");
    assert!(interleavings > 1, "the threads of the model do not meet");
}
