//! The words of a finding, read back.

use std::env;
use std::sync::Arc;

use super::super::numbered::Numbered;
use super::super::world::{Await, End, Fault, Injection, Moment, Plan};

/// With this environment variable, every exploration of the process runs nothing but what it says.
pub(super) const VARIABLE: &str = "ASYNC_DROP_EXPLORER_ONLY";

/// What a finding may begin with.
const WHAT: [&str; 7] = [
    "hangs",
    "never ends",
    "panics",
    "leaks",
    "returns an error",
    "returns before the cleanup",
    "is not met",
];
const AND_THEN: &str = " and then ";
const BEHIND_DRAIN: &str = " and main returns right behind drain";
const BEFORE_IT_RESUMES: &str = " just before it resumes";

/// What the environment says is to be replayed.
///
/// # Panics
///
/// When it cannot be read: a mistyped replay must not pass for a test that passed.
pub(super) fn from_environment() -> Option<Plan> {
    let words = env::var(VARIABLE).ok()?;
    match read(&words) {
        Ok(plan) => Some(plan),
        Err(unread) => panic!("{VARIABLE}: {unread}"),
    }
}

pub(super) fn first_line(what: &str, plan: &Plan) -> String {
    format!("{what} when {plan}")
}

/// Reads the first line of a finding, with or without `leaks when` before it and what a panic said behind it.
pub(super) fn read(finding: &str) -> Result<Plan, String> {
    let line = finding.lines().next().unwrap_or_default().trim();
    let mut begun = WHAT.iter().filter_map(|what| line.strip_prefix(what));
    let when = begun.find_map(|rest| rest.strip_prefix(" when "));
    let when = when.unwrap_or(line);
    // A message may follow, in which anything stands.
    let ends = when
        .match_indices(": ")
        .map(|(at, _)| at)
        .chain([when.len()]);
    let mut read = ends.filter_map(|end| plan(&when[..end]));
    read.next().ok_or_else(|| {
        format!(
            "{line:?} is not the first line of a finding, such as \"leaks when fetch #1 fails\""
        )
    })
}

fn plan(words: &str) -> Option<Plan> {
    // A name may have these words in it, but no number behind them.
    let in_order = words.rsplit_once(" in order ");
    let in_order = in_order.and_then(|(rest, seed)| Some((rest, Some(seed.parse().ok()?))));
    let (words, order) = in_order.unwrap_or((words, None));
    let (words, ends_behind_drain) = match words.strip_suffix(BEHIND_DRAIN) {
        Some(rest) => (rest, true),
        None => (words, false),
    };
    let injections = match words {
        "nothing fails" => Vec::new(),
        _ => injections(words)?,
    };
    Some(Plan {
        injections,
        order,
        ends_behind_drain,
    })
}

/// A name may have the joint in it: the words are split where both sides can be read, if anywhere.
fn injections(words: &str) -> Option<Vec<Injection>> {
    let mut joints = words.match_indices(AND_THEN);
    let split = joints.find_map(|(at, joint)| {
        let mut all = vec![injection(&words[..at])?];
        all.extend(injections(&words[at + joint.len()..])?);
        Some(all)
    });
    split.or_else(|| Some(vec![injection(words)?]))
}

fn injection(words: &str) -> Option<Injection> {
    scenario(words)
        .or_else(|| aborted(words))
        .or_else(|| restarted(words))
        .or_else(|| fault(words))
}

fn scenario(words: &str) -> Option<Injection> {
    if let Some(at) = words.strip_prefix("cancelled at ") {
        return Some(Injection::Cancelled(awaited(at)?));
    }
    let (what, at) = words.split_once(" at await #")?;
    let at = number(at)?;
    if what == "an hour passes" {
        return Some(Injection::HourPasses { at });
    }
    let how = End::ALL.into_iter().find(|end| end.words() == what)?;
    Some(Injection::Ended { how, at })
}

fn awaited(words: &str) -> Option<Await> {
    let (awaited, moment) = match words.strip_suffix(BEFORE_IT_RESUMES) {
        Some(rest) => (rest, Moment::OnceWoken),
        None => (words, Moment::AtOnce),
    };
    let number = number(awaited.strip_prefix("await #")?)?;
    Some(Await { number, moment })
}

fn aborted(words: &str) -> Option<Injection> {
    let (task, when) = words.strip_prefix("task #")?.split_once(" is aborted ")?;
    let task = number(task)?;
    let at = match when.strip_prefix("at its await #") {
        Some(at) => number(at)?,
        None if when == "before it starts" => 0,
        None => return None,
    };
    Some(Injection::Aborted { task, at })
}

fn restarted(words: &str) -> Option<Injection> {
    let rest = words.strip_suffix(" and called again")?;
    let (operation, at) = rest.rsplit_once(" is cut off at its ")?;
    Some(Injection::Restarted {
        operation: numbered(operation)?,
        at: awaited(at)?,
    })
}

fn fault(words: &str) -> Option<Injection> {
    // The longer words first: some end in others.
    let mut faults = Fault::ALL;
    faults.sort_by_key(|fault| std::cmp::Reverse(fault.words().len()));
    faults.into_iter().find_map(|fault| {
        let (operation, from_then_on) = match words.strip_suffix(" on") {
            Some(rest) => {
                let (rest, number) = rest.rsplit_once(" from #")?;
                let name = rest.strip_suffix(fault.words())?.strip_suffix(' ')?;
                (named(name, number)?, true)
            }
            None => {
                let operation = words.strip_suffix(fault.words())?.strip_suffix(' ')?;
                (numbered(operation)?, false)
            }
        };
        Some(Injection::Fault {
            operation,
            fault,
            from_then_on,
        })
    })
}

fn numbered(words: &str) -> Option<Numbered> {
    let (name, number) = words.rsplit_once(" #")?;
    named(name, number)
}

fn named(name: &str, words: &str) -> Option<Numbered> {
    Some(Numbered {
        name: Arc::from(name),
        number: number(words)?,
    })
}

/// Everything is counted from 1.
fn number(words: &str) -> Option<usize> {
    words.parse().ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name with all that a finding is split at.
    fn operation() -> Numbered {
        numbered("lock: and then read in order when asked #3").unwrap()
    }

    /// One of each kind.
    fn of_each_kind() -> Vec<Injection> {
        let mut all = Vec::new();
        for fault in Fault::ALL {
            for from_then_on in [false, true] {
                all.push(Injection::Fault {
                    operation: operation(),
                    fault,
                    from_then_on,
                });
            }
        }
        for moment in [Moment::AtOnce, Moment::OnceWoken] {
            let at = Await { number: 12, moment };
            all.push(Injection::Cancelled(at));
            let operation = operation();
            all.push(Injection::Restarted { operation, at });
        }
        all.push(Injection::HourPasses { at: 4 });
        all.push(Injection::Aborted { task: 1, at: 0 });
        all.push(Injection::Aborted { task: 2, at: 7 });
        all.extend(End::ALL.map(|how| Injection::Ended { how, at: 9 }));
        all
    }

    #[test]
    fn whatever_is_said_is_read_back() {
        let mut plans = vec![Plan::default()];
        for first in of_each_kind() {
            for second in of_each_kind() {
                for order in [None, Some(7)] {
                    for ends_behind_drain in [false, true] {
                        plans.push(Plan {
                            injections: vec![first.clone(), second.clone()],
                            order,
                            ends_behind_drain,
                        });
                    }
                }
            }
            plans.push(Plan {
                injections: vec![first],
                ..Plan::default()
            });
        }
        for plan in plans {
            let line = first_line("leaks", &plan);
            assert_eq!(read(&line).as_ref(), Ok(&plan), "{line}");
            assert_eq!(read(&plan.to_string()).as_ref(), Ok(&plan), "{plan}");
            let panic = format!("panics when {plan}: at await #1: no #2 fails\nstill open: x #1");
            assert_eq!(read(&panic).as_ref(), Ok(&plan), "{panic}");
        }
    }

    #[test]
    fn what_is_no_finding_is_refused() {
        for words in [
            "",
            "leaks",
            "leaks when",
            "leaks when it rains",
            "fetch fails",
            "fetch #x fails",
            "fetch #1 explodes",
            "cancelled at await #",
            "cancelled at await #0 just before it resumes",
            "an hour passes at await #0",
            "task #0 is aborted before it starts",
            "task #1 is aborted at its await #0",
            "fetch #0 fails",
            "fetch fails from #0 on",
            "lacks when nothing fails",
            "cancelled at await #1 and then",
            "task #1 is aborted at lunch",
            "fetch #1 fails in order none",
            "the runtime explodes at await #1",
        ] {
            let unread = read(words).unwrap_err();
            assert!(
                unread.contains("is not the first line of a finding"),
                "{unread}"
            );
        }
    }
}
