use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, ThreadId};

use tokio::runtime::{Handle, Id};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::super::current::{self, Entered};
use super::super::numbered::{Numbered, Numbering};
use super::fault::{Fault, InjectedFault, SILENCE};
use super::order::{Order, Who};
use super::plan::{Await, Injection, Plan};
use super::record::{Before, Operation, Record, Restartable, Sort};

thread_local! {
    static CURRENT: RefCell<Option<Arc<World>>> = const { RefCell::new(None) };
}

/// The world of one run: it meets the code under test on the run's threads and does what the plan says.
pub(in super::super) struct World {
    plan: Plan,
    /// Every operation beyond this many fails, so that a loop which only an error ends does end.
    limit: usize,
    pub(super) order: Order,
    state: Mutex<State>,
    /// The runtime whose clock is the run's, and its thread: the clock stands while a blocking thread works.
    runtime: OnceLock<(Id, ThreadId)>,
    /// Nobody waits for a silent far side any longer.
    silence_ends: Notify,
}

#[derive(Default)]
struct State {
    numbering: Numbering,
    restartable: Numbering,
    record: Record,
}

impl World {
    pub(in super::super) fn new(plan: Plan, limit: usize) -> Self {
        let order = Order::new(plan.order);
        let mut state = State::default();
        state.record.took_place = vec![false; plan.injections.len()];
        Self {
            plan,
            limit,
            order,
            state: Mutex::new(state),
            runtime: OnceLock::new(),
            silence_ends: Notify::new(),
        }
    }

    /// The world of the exploration that runs on this thread.
    pub(super) fn current() -> Option<Arc<Self>> {
        current::read(&CURRENT)
    }

    /// Meets the code of this thread until the returned value is dropped.
    pub(in super::super) fn enter(self: &Arc<Self>) -> Entered<Arc<Self>> {
        current::enter(&CURRENT, Arc::clone(self))
    }

    /// Meets the code of this thread for as long as the thread lives.
    pub(in super::super) fn enter_for_good(self: &Arc<Self>) {
        CURRENT.set(Some(Arc::clone(self)));
    }

    pub(in super::super) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How many turns the scenario lets other tasks pass.
    pub(in super::super) fn turns(&self) -> u8 {
        self.order.turns(Who::Scenario)
    }

    /// How many turns a task lets others pass.
    pub(super) fn turns_of_task(&self, number: usize) -> u8 {
        self.order.turns(Who::Task(number))
    }

    /// Says which runtime the run is on.
    pub(in super::super) fn runs_on(&self, runtime: Id) {
        // It runs on one.
        let _ = self.runtime.set((runtime, thread::current().id()));
    }

    /// Says whether more operations have arrived than a run may have.
    pub(in super::super) fn exceeded(&self) -> bool {
        self.lock().record.operations.len() > self.limit
    }

    /// An operation begins: with the fault that the plan has for it, if it has one.
    pub(super) fn arrive(&self, name: Arc<str>, sort: Sort) -> (InjectedFault, Option<Fault>) {
        let here = Handle::try_current().is_ok_and(|runtime| {
            self.runtime.get() == Some(&(runtime.id(), thread::current().id()))
        });
        let sort = if here { sort } else { Sort::Point };
        let mut state = self.lock();
        let id = state.numbering.next(on_one_line(name));
        let planned = self
            .plan
            .injections
            .iter()
            .position(|planned| match planned {
                Injection::Fault {
                    operation,
                    from_then_on: false,
                    ..
                } => *operation == id,
                Injection::Fault {
                    operation,
                    from_then_on: true,
                    ..
                } => operation.name == id.name && operation.number <= id.number,
                _ => false,
            });
        let operation = Operation {
            id: id.clone(),
            sort,
        };
        state.record.operations.push(operation);
        let fault = match planned.map(|index| (index, &self.plan.injections[index])) {
            Some((index, Injection::Fault { fault, .. })) if sort.can(*fault) => {
                state.took_place(index);
                Some(*fault)
            }
            _ if state.record.operations.len() > self.limit => Some(Fault::Fails),
            _ => None,
        };
        (InjectedFault { id }, fault)
    }

    /// Waits for a far side that never answers.
    pub(super) async fn silence(&self, operation: &Numbered) {
        let ends = self.silence_ends.notified();
        if timeout(SILENCE, ends).await.is_ok() {
            self.lock().record.answered_early.insert(operation.clone());
        }
    }

    /// Lets what waits for a silent far side go on: the run has had nothing else to do but to wait for so long.
    pub(in super::super) fn end_silence(&self) {
        self.silence_ends.notify_waiters();
    }

    /// The caller of an operation was dropped while it awaited it.
    pub(super) fn cut(&self, operation: Numbered) {
        self.lock().record.cut.insert(operation);
    }

    /// The scenario's future is pending: for which time, from 1.
    pub(in super::super) fn pending(&self) -> usize {
        let mut state = self.lock();
        state.record.awaits += 1;
        state.record.awaits
    }

    pub(in super::super) fn awaits(&self) -> usize {
        self.lock().record.awaits
    }

    /// Says that the scenario's future was dropped, paused or left behind as planned.
    pub(in super::super) fn injected(&self, injection: &Injection) {
        let index = self
            .plan
            .injections
            .iter()
            .position(|planned| planned == injection);
        if let Some(index) = index {
            self.lock().took_place(index);
        }
    }

    /// A task begins: its number, and the pending await that it is aborted at.
    pub(super) fn task(&self) -> (usize, Option<usize>) {
        let mut state = self.lock();
        state.record.tasks.push(0);
        let number = state.record.tasks.len();
        let planned = self
            .plan
            .injections
            .iter()
            .find_map(|planned| match planned {
                Injection::Aborted { task, at } if *task == number => Some(*at),
                _ => None,
            });
        (number, planned)
    }

    /// A task is pending.
    pub(super) fn task_pending(&self, number: usize) {
        self.lock().record.tasks[number - 1] += 1;
    }

    /// A future begins that may be called again: where it is cut off.
    pub(super) fn restartable(&self, name: Arc<str>) -> (Numbered, Option<Await>) {
        let mut state = self.lock();
        let id = state.restartable.next(on_one_line(name));
        let restartable = Restartable {
            id: id.clone(),
            awaits: 0,
        };
        state.record.restartable.push(restartable);
        let planned = self
            .plan
            .injections
            .iter()
            .find_map(|planned| match planned {
                Injection::Restarted { operation, at } if *operation == id => Some(*at),
                _ => None,
            });
        (id, planned)
    }

    /// A future that may be called again is pending.
    pub(super) fn restartable_pending(&self, id: &Numbered) {
        let mut state = self.lock();
        let known = state.record.restartable.iter_mut();
        if let Some(restartable) = known.rev().find(|known| known.id == *id) {
            restartable.awaits += 1;
        }
    }

    pub(in super::super) fn take_record(&self) -> Record {
        std::mem::take(&mut self.lock().record)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn took_place(&mut self, index: usize) {
        let record = &mut self.record;
        if !std::mem::replace(&mut record.took_place[index], true) {
            let restartable = record.restartable.iter();
            record.before = Before {
                operations: record.operations.len(),
                awaits: record.awaits,
                tasks: record.tasks.clone(),
                restartable: restartable.map(|known| known.awaits).collect(),
            };
        }
    }
}

/// A finding is read back from one line.
fn on_one_line(name: Arc<str>) -> Arc<str> {
    if name.contains('\n') {
        name.replace('\n', " ").into()
    } else {
        name
    }
}
