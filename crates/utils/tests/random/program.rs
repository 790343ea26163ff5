//! What a program does.

use std::fmt::{self, Display};

use proptest::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ending {
    Succeeds,
    Fails,
    Panics,
}

/// How a value is cleaned up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    pub yields: usize,
    pub ending: Ending,
}

/// What holds the two values of a scope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    Macro,
    Macro2,
    Function,
    Construct,
    GroupTask,
    /// `a = …, b = …`: the second stands on the first.
    OneLine,
    /// The second is opened by `init`, the first by `acquire`.
    Opened,
    OpenAll,
    Closing,
    Map,
    List,
    Arc,
    Shared,
    Mutex,
}

pub const FORMS: [Form; 14] = [
    Form::Macro,
    Form::Macro2,
    Form::Function,
    Form::Construct,
    Form::GroupTask,
    Form::OneLine,
    Form::Opened,
    Form::OpenAll,
    Form::Closing,
    Form::Map,
    Form::List,
    Form::Arc,
    Form::Shared,
    Form::Mutex,
];

/// What no program may do: it shows that the invariants are held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// A guard whose scope is written by hand.
    ByHand,
    /// A guard that is kept behind the end.
    Keep,
    CleanUpTwice,
    Hang,
    /// A drain whose report nobody reads.
    Untold,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Yield,
    Panic,
    Bare(Plan),
    /// A drain with a deadline of zero, or one that is cut off.
    Drain(bool),
    Scope(Form, Plan, Plan, Vec<Step>),
    /// The steps, dropped at that poll when they have not ended.
    Cancel(usize, Vec<Step>),
    /// The steps, given that many milliseconds.
    Timeout(usize, Vec<Step>),
    /// A task with the steps, aborted after that many polls, and awaited then or left to itself.
    Abort(usize, bool, Vec<Step>),
    Catch(Vec<Step>),
    SideBySide(Vec<Step>, Vec<Step>),
    Planted(Fault, Plan, Vec<Step>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    pub steps: Vec<Step>,
    /// When it is cancelled.
    pub polls: usize,
}

fn plan() -> impl Strategy<Value = Plan> {
    let ending = prop_oneof![
        6 => Just(Ending::Succeeds),
        1 => Just(Ending::Fails),
        1 => Just(Ending::Panics),
    ];
    (0..4_usize, ending).prop_map(|(yields, ending)| Plan { yields, ending })
}

/// Programs, in which this fault is planted if there is one.
pub fn programs(fault: Option<Fault>) -> impl Strategy<Value = Program> {
    let leaf = prop_oneof![
        6 => Just(Step::Yield),
        6 => plan().prop_map(Step::Bare),
        2 => Just(Step::Panic),
        1 => any::<bool>().prop_map(Step::Drain),
    ];
    let step = leaf.prop_recursive(5, 40, 4, move |step| {
        let steps = || prop::collection::vec(step.clone(), 0..4);
        let form = prop::sample::select(FORMS.to_vec());
        let innocent = prop_oneof![
            10 => (form, plan(), plan(), steps())
                .prop_map(|(form, first, second, body)| Step::Scope(form, first, second, body)),
            6 => (0..6_usize, steps()).prop_map(|(polls, steps)| Step::Cancel(polls, steps)),
            2 => (0..6_usize, any::<bool>(), steps())
                .prop_map(|(polls, awaited, steps)| Step::Abort(polls, awaited, steps)),
            2 => (steps(), steps()).prop_map(|(one, other)| Step::SideBySide(one, other)),
            2 => steps().prop_map(Step::Catch),
            1 => (0..2_usize, steps()).prop_map(|(millis, steps)| Step::Timeout(millis, steps)),
        ];
        let Some(fault) = fault else {
            return innocent.boxed();
        };
        let planted =
            (plan(), steps()).prop_map(move |(plan, steps)| Step::Planted(fault, plan, steps));
        prop_oneof![9 => innocent, 1 => planted].boxed()
    });
    (prop::collection::vec(step, 0..5), 0..20_usize)
        .prop_map(|(steps, polls)| Program { steps, polls })
}

impl Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "cancelled at poll {}:", self.polls)?;
        write(f, &self.steps, 1)
    }
}

fn write(f: &mut fmt::Formatter<'_>, steps: &[Step], depth: usize) -> fmt::Result {
    for step in steps {
        write!(f, "{:1$}", "", 4 * depth)?;
        let (head, bodies): (String, Vec<&[Step]>) = match step {
            Step::Yield | Step::Panic | Step::Bare(_) | Step::Drain(_) => {
                (format!("{step:?}"), vec![])
            }
            Step::Scope(form, one, other, body) => {
                (format!("Scope({form:?}, {one:?}, {other:?})"), vec![body])
            }
            Step::Cancel(polls, body) => (format!("Cancel({polls})"), vec![body]),
            Step::Timeout(millis, body) => (format!("Timeout({millis} ms)"), vec![body]),
            Step::Abort(polls, true, body) => (format!("Abort({polls})"), vec![body]),
            Step::Abort(polls, false, body) => (format!("Abort({polls}, not awaited)"), vec![body]),
            Step::Catch(body) => ("Catch".to_owned(), vec![body]),
            Step::SideBySide(one, other) => ("SideBySide".to_owned(), vec![one, other]),
            Step::Planted(fault, plan, body) => {
                (format!("Planted({fault:?}, {plan:?})"), vec![body])
            }
        };
        writeln!(f, "{head}")?;
        for (place, body) in bodies.into_iter().enumerate() {
            if place > 0 {
                writeln!(f, "{:1$}beside", "", 4 * depth)?;
            }
            write(f, body, depth + 1)?;
        }
    }
    Ok(())
}
