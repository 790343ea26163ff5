//! Makes a program smaller for as long as it fails.

use std::time::{Duration, Instant};

use super::program::{Ending, Form, Plan, Program, Step};

/// Gives a program that fails, and of which none fails that has one step or one word less, and how it fails.
pub fn shrunk(
    program: Program,
    error: String,
    mut run: impl FnMut(&Program) -> Result<(), String>,
) -> (Program, String) {
    let (mut program, mut error) = (program, error);
    let start = Instant::now();
    'smaller: loop {
        for candidate in simpler_programs(&program) {
            // Each run of a program that hangs takes as long as the patience is.
            if start.elapsed() > Duration::from_secs(60) {
                break 'smaller;
            }
            if let Err(other) = run(&candidate) {
                (program, error) = (candidate, other);
                continue 'smaller;
            }
        }
        break;
    }
    (program, error)
}

fn simpler_programs(program: &Program) -> Vec<Program> {
    let Program { steps, polls } = program;
    let fewer = simpler_steps(steps).into_iter().map(|steps| Program {
        steps,
        polls: *polls,
    });
    let earlier = [0, polls / 2, polls.saturating_sub(1)]
        .into_iter()
        .filter(|fewer| fewer < polls)
        .map(|polls| Program {
            steps: steps.clone(),
            polls,
        });
    fewer.chain(earlier).collect()
}

/// The steps with one less, or with one that is simpler.
fn simpler_steps(steps: &[Step]) -> Vec<Vec<Step>> {
    let mut all = Vec::new();
    let mut replace = |place: usize, by: &[Step]| {
        all.push([&steps[..place], by, &steps[place + 1..]].concat());
    };
    for place in 0..steps.len() {
        replace(place, &[]);
    }
    for (place, step) in steps.iter().enumerate() {
        for body in bodies(step) {
            replace(place, body);
        }
    }
    for (place, step) in steps.iter().enumerate() {
        for simpler in simpler(step) {
            replace(place, &[simpler]);
        }
    }
    all
}

fn bodies(step: &Step) -> Vec<&[Step]> {
    match step {
        Step::Yield | Step::Panic | Step::Bare(_) | Step::Drain(_) => vec![],
        Step::Scope(.., body)
        | Step::Cancel(_, body)
        | Step::Timeout(_, body)
        | Step::Abort(.., body)
        | Step::Planted(.., body)
        | Step::Catch(body) => vec![body],
        Step::SideBySide(one, other) => vec![one, other],
    }
}

fn simpler(step: &Step) -> Vec<Step> {
    let mut all = match step.clone() {
        Step::Yield | Step::Panic | Step::Drain(_) | Step::Catch(_) | Step::SideBySide(..) => {
            vec![]
        }
        Step::Bare(plan) => simpler_plans(plan).map(Step::Bare).collect(),
        Step::Scope(form, one, other, body) => {
            let scope = |form, one, other| Step::Scope(form, one, other, body.clone());
            let forms = (form != Form::Macro).then(|| scope(Form::Macro, one, other));
            let ones = simpler_plans(one).map(|one| scope(form, one, other));
            let others = simpler_plans(other).map(|other| scope(form, one, other));
            forms.into_iter().chain(ones).chain(others).collect()
        }
        Step::Cancel(polls, body) => (0..polls)
            .map(|polls| Step::Cancel(polls, body.clone()))
            .collect(),
        Step::Timeout(_, body) => vec![Step::Cancel(1, body)],
        Step::Abort(polls, awaited, body) => (0..polls)
            .map(|polls| Step::Abort(polls, awaited, body.clone()))
            .collect(),
        Step::Planted(fault, plan, body) => simpler_plans(plan)
            .map(|plan| Step::Planted(fault, plan, body.clone()))
            .collect(),
    };
    for (place, body) in bodies(step).into_iter().enumerate() {
        for simpler in simpler_steps(body) {
            let mut step = step.clone();
            *body_of(&mut step, place) = simpler;
            all.push(step);
        }
    }
    all
}

fn body_of(step: &mut Step, place: usize) -> &mut Vec<Step> {
    match step {
        Step::Scope(.., body)
        | Step::Cancel(_, body)
        | Step::Timeout(_, body)
        | Step::Abort(.., body)
        | Step::Planted(.., body)
        | Step::Catch(body) => body,
        Step::SideBySide(one, other) => [one, other].into_iter().nth(place).expect("one of two"),
        Step::Yield | Step::Panic | Step::Bare(_) | Step::Drain(_) => unreachable!("has no body"),
    }
}

fn simpler_plans(plan: Plan) -> impl Iterator<Item = Plan> {
    let goes_well = (plan.ending != Ending::Succeeds).then_some(Plan {
        ending: Ending::Succeeds,
        ..plan
    });
    let fewer = (0..plan.yields).map(move |yields| Plan { yields, ..plan });
    goes_well.into_iter().chain(fewer)
}
