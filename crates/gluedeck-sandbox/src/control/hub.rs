//! The hub: the control planes and the clock behind one lock, and the thread that lets things happen in time.

use super::{Control, Refusal, Time};
use crate::clock::SimClock;
use serde_json::Value;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

/// All control planes under one clock, as the engine runs them.
#[derive(Debug)]
pub(crate) struct Engine {
    state: Mutex<State>,
    changed: Condvar,
    /// Takes the state changes, in order.
    sink: Box<dyn StateChangeSink>,
}

/// Who is told of state changes.
pub(crate) trait StateChangeSink: std::fmt::Debug + Send + Sync {
    /// Takes what one change or event has told; called in order.
    fn publish(&self, changes: &[Value]);
}

#[derive(Debug)]
struct State {
    controls: Vec<Control>,
    clock: SimClock,
    ended: bool,
}

/// One control plane, as the API's handlers share it.
#[derive(Debug, Clone)]
pub(crate) struct Hub {
    engine: Arc<Engine>,
    index: usize,
}

impl Engine {
    pub(crate) fn new(clock: SimClock, sink: Box<dyn StateChangeSink>) -> Self {
        Self { state: Mutex::new(State { controls: Vec::new(), clock, ended: false }), changed: Condvar::new(), sink }
    }

    /// Adds a control plane as it is now.
    pub(crate) fn add(self: &Arc<Self>, make: impl FnOnce(Time) -> Control) -> Hub {
        let mut state = self.lock();
        let control = make(state.clock.now());
        state.controls.push(control);
        state.hold();
        self.changed.notify_all();
        Hub { engine: Arc::clone(self), index: state.controls.len() - 1 }
    }

    /// The simulated time.
    pub(crate) fn now(&self) -> Time {
        self.lock().clock.now()
    }

    /// Reads or changes the clock.
    pub(crate) fn clock<T>(&self, with: impl FnOnce(&mut SimClock) -> T) -> T {
        let mut state = self.lock();
        let answer = with(&mut state.clock);
        self.changed.notify_all();
        answer
    }

    /// Moves the clock forward and waits until everything that lies between has happened.
    pub(crate) fn advance(&self, to: Time) {
        let mut state = self.lock();
        while !state.ended && state.clock.now() < to {
            state.clock.jump(to);
            self.changed.notify_all();
            state = self.changed.wait_timeout(state, Duration::from_millis(5)).unwrap_or_else(|p| p.into_inner()).0;
        }
    }

    /// Ends the engine.
    pub(crate) fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }

    /// Lets one event after the other happen when its time has come, until `end`. The work on the lake is done outside
    /// the lock, with the clock held, so that readers go on and nothing happens out of order.
    pub(crate) fn run(&self) {
        let mut state = self.lock();
        while !state.ended {
            let due = state.next().map(|(at, index)| (state.clock.wall_until(at), index));
            let Some((Some(Duration::ZERO), index)) = due else {
                let wait = due.and_then(|(wait, _)| wait).unwrap_or(Duration::from_secs(3_600));
                state = self.changed.wait_timeout(state, wait).unwrap_or_else(|p| p.into_inner()).0;
                continue;
            };
            let facts = match state.controls[index].next_work() {
                None => None,
                Some(work) => {
                    let lake = Arc::clone(&state.controls[index].lake);
                    drop(state);
                    let facts = lake.perform(&work);
                    state = self.lock();
                    // Somebody may have stopped the run meanwhile, or made an earlier event: then this was no work of
                    // the event that is next now, and that one's own work comes in the next round.
                    if state.controls[index].next_work().is_none_or(|next| next != work) {
                        continue;
                    }
                    Some(facts)
                }
            };
            state.controls[index].step(facts);
            self.publish(&mut state, index);
            state.hold();
            self.changed.notify_all();
        }
    }

    /// Under the lock, so that the order of what is told is the order in which it happened.
    fn publish(&self, state: &mut State, index: usize) {
        let changes = state.controls[index].take_state_changes();
        if !changes.is_empty() {
            self.sink.publish(&changes);
        }
    }

    /// A panic of another holder leaves values that are still whole: every change is a plain assignment.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Hub {
    /// Reads the control plane at one moment.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Control, Time) -> T) -> T {
        let state = self.engine.lock();
        read(&state.controls[self.index], state.clock.now())
    }

    /// Changes the control plane now; what follows from it happens in time.
    pub(crate) fn change<T>(
        &self,
        change: impl FnOnce(&mut Control, Time) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut state = self.engine.lock();
        let now = state.clock.now();
        let answer = change(&mut state.controls[self.index], now);
        self.engine.publish(&mut state, self.index);
        state.hold();
        self.engine.changed.notify_all();
        answer
    }

    /// The simulated time.
    pub(crate) fn now(&self) -> Time {
        self.engine.now()
    }
}

impl State {
    /// When the next thing happens, and in which control plane.
    fn next(&self) -> Option<(Time, usize)> {
        let times = self.controls.iter().enumerate().filter_map(|(index, control)| Some((control.next_at()?, index)));
        times.min()
    }

    /// The clock never passes what has not happened yet.
    fn hold(&mut self) {
        let next = self.next().map(|(at, _)| at);
        self.clock.set_limit(next);
    }
}
