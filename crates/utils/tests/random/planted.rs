//! A fault that is planted in the programs is found, named, and shrunk to what it needs.

use std::time::Duration;

use super::explore::{End, Explorer, Failure, Place};
use super::program::{Fault, Program, Step};

fn find(fault: Fault) -> Failure {
    let explorer = Explorer::new(Place::CurrentThread, End::Dropped);
    let explorer = explorer.with(fault, Duration::from_millis(50));
    let found = explorer.find(1, 2_000);
    let found = found.unwrap_or_else(|| panic!("{fault:?} is not found"));
    println!("{found}");
    // The seed alone leads there again.
    let again = explorer.find(found.seed, 1).expect("it fails again");
    assert_eq!(again.program, found.program);
    found
}

fn steps(program: &Program) -> usize {
    fn count(steps: &[Step]) -> usize {
        let bodies = steps.iter().map(|step| match step {
            Step::Yield | Step::Panic | Step::Bare(_) | Step::Drain(_) => 0,
            Step::Scope(.., body)
            | Step::Cancel(_, body)
            | Step::Timeout(_, body)
            | Step::Abort(.., body)
            | Step::Planted(.., body)
            | Step::Catch(body) => count(body),
            Step::SideBySide(one, other) => count(one) + count(other),
        });
        steps.len() + bodies.sum::<usize>()
    }
    count(&program.steps)
}

#[test]
fn guard_whose_scope_is_written_by_hand_is_cleaned_up_before_what_was_cancelled_inside() {
    let found = find(Fault::ByHand);
    assert_eq!(
        found.error,
        "value 0 was cleaned up before value 1, which is inside of it"
    );
    // The guard, what cancels in its body, and a guard in that.
    assert!(steps(&found.program) <= 4, "{found}");
}

#[test]
fn guard_that_is_kept_is_found() {
    let found = find(Fault::Keep);
    assert_eq!(found.error, "1 guards are armed behind the drain");
    assert_eq!(steps(&found.program), 1, "{found}");
}

#[test]
fn value_that_is_cleaned_up_twice_is_found() {
    let found = find(Fault::CleanUpTwice);
    assert!(found.error.contains("was not cleaned up once"), "{found}");
    assert_eq!(steps(&found.program), 1, "{found}");
}

#[test]
fn cleanup_that_hangs_is_found() {
    let found = find(Fault::Hang);
    assert!(found.error.contains("1 still running"), "{found}");
    assert_eq!(steps(&found.program), 1, "{found}");
}

#[test]
fn end_that_is_not_told_is_found() {
    let found = find(Fault::Untold);
    assert!(found.error.ends_with("the ends of 0 told"), "{found}");
    assert!(steps(&found.program) <= 4, "{found}");
}
