use fastrand::Rng;

use super::super::world::{Await, Fault, Injection, Moment, Plan, Record};

/// What was survived alone, followed by each other thing that can happen behind it in that run, or by the end of the program right behind
/// `drain`.
pub(super) fn pairs(survived: &[(Injection, Record)], moves_time: bool) -> Vec<Plan> {
    let mut pairs = Vec::new();
    for (first, record) in survived {
        let seconds = behind(first, record, moves_time);
        pairs.extend(seconds.map(|second| Plan {
            injections: vec![first.clone(), second],
            ..Plan::default()
        }));
        // Behind a cancellation that was tried already.
        if !matches!(first, Injection::Cancelled(_)) {
            pairs.push(Plan {
                injections: vec![first.clone()],
                ends_behind_drain: true,
                ..Plan::default()
            });
        }
    }
    pairs
}

/// At most `limit` of the pairs, drawn by lot, in their order: the first finding is then the one that is easiest to read.
pub(super) fn drawn(pairs: Vec<Plan>, limit: usize, seed: u64) -> Vec<Plan> {
    if pairs.len() <= limit {
        return pairs;
    }
    let mut drawn: Vec<_> = pairs.into_iter().enumerate().collect();
    Rng::with_seed(seed).shuffle(&mut drawn);
    drawn.truncate(limit);
    drawn.sort_by_key(|(place, _)| *place);
    drawn.into_iter().map(|(_, pair)| pair).collect()
}

/// What can happen behind the first of a pair, in the run in which that happened.
fn behind(
    first: &Injection,
    record: &Record,
    moves_time: bool,
) -> impl Iterator<Item = Injection> + use<> {
    let before = &record.before;
    let mut seconds = Vec::new();
    // What fails for good cannot fail once more.
    let fails_for_good = match first {
        Injection::Fault {
            operation,
            from_then_on: true,
            ..
        } => Some(&operation.name),
        _ => None,
    };
    let operations = record.operations[before.operations..].iter();
    for operation in operations.filter(|operation| Some(&operation.id.name) != fails_for_good) {
        for fault in Fault::ALL {
            if operation.sort.can(fault) && (moves_time || !fault.is_silence()) {
                seconds.push(Injection::fault(operation.id.clone(), fault));
            }
        }
    }
    // The first round is what is easiest to read.
    let moments = [Moment::AtOnce, Moment::OnceWoken];
    if !matches!(first, Injection::Cancelled(_)) {
        let awaits = before.awaits + 1..=record.awaits;
        for moment in moments {
            let cancelled = |number| Injection::Cancelled(Await { number, moment });
            seconds.extend(awaits.clone().map(cancelled));
        }
        if moves_time {
            seconds.extend(awaits.map(|at| Injection::HourPasses { at }));
        }
    }
    for (index, awaits) in record.tasks.iter().enumerate() {
        // One that there was has begun.
        let from = before.tasks.get(index).map_or(0, |awaits| awaits + 1);
        let task = index + 1;
        seconds.extend((from..=*awaits).map(|at| Injection::Aborted { task, at }));
    }
    for (index, restartable) in record.restartable.iter().enumerate() {
        let awaits = before.restartable.get(index).unwrap_or(&0) + 1..=restartable.awaits;
        for moment in moments {
            let operation = &restartable.id;
            seconds.extend(awaits.clone().map(|number| Injection::Restarted {
                operation: operation.clone(),
                at: Await { number, moment },
            }));
        }
    }
    seconds.into_iter()
}
