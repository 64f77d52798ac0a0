//! The hub: the control plane and the clock behind one lock, and the thread that lets things happen in time.

use super::{Control, Refusal, Time};
use crate::sandbox::clock::SimClock;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

/// The control plane as the API's handlers and the engine share it.
#[derive(Debug)]
pub(crate) struct Hub {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    control: Control,
    clock: SimClock,
    ended: bool,
}

impl Hub {
    pub(crate) fn new(control: Control, mut clock: SimClock) -> Self {
        clock.set_limit(control.next_at());
        Self { state: Mutex::new(State { control, clock, ended: false }), changed: Condvar::new() }
    }

    /// Reads the control plane at one moment.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Control, Time) -> T) -> T {
        let state = self.lock();
        read(&state.control, state.clock.now())
    }

    /// Changes the control plane now; what follows from it happens in time.
    pub(crate) fn change<T>(
        &self,
        change: impl FnOnce(&mut Control, Time) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut state = self.lock();
        let now = state.clock.now();
        let answer = change(&mut state.control, now);
        state.hold();
        self.changed.notify_all();
        answer
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

    /// The engine: lets one event after the other happen when its time has come, until `end`. The work on the lake is
    /// done outside the lock, with the clock held, so that readers go on and nothing happens out of order.
    pub(crate) fn run(&self) {
        let mut state = self.lock();
        while !state.ended {
            let due = state.control.next_at().map(|at| state.clock.wall_until(at));
            if due != Some(Some(Duration::ZERO)) {
                let wait = due.flatten().unwrap_or(Duration::from_secs(3_600));
                state = self.changed.wait_timeout(state, wait).unwrap_or_else(|p| p.into_inner()).0;
                continue;
            }
            let facts = match state.control.next_work() {
                None => None,
                Some(work) => {
                    let lake = std::sync::Arc::clone(&state.control.lake);
                    drop(state);
                    let facts = lake.perform(&work);
                    state = self.lock();
                    // Somebody may have stopped the run meanwhile; then the event stands for no work any more.
                    state.control.next_work().map(|_| facts)
                }
            };
            state.control.step(facts);
            state.hold();
            self.changed.notify_all();
        }
    }

    /// A panic of another holder leaves values that are still whole: every change is a plain assignment.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl State {
    /// The clock never passes what has not happened yet.
    fn hold(&mut self) {
        self.clock.set_limit(self.control.next_at());
    }
}
