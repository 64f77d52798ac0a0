//! The budget of calls: AWS throttles per account and Region and publishes no rates for Glue, so we keep well below, and
//! further below once it throttles.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The least rate that throttling leads to, in calls a second.
const MIN_RATE: f64 = 0.5;
/// After this long without throttling the rate has grown back from nothing to its most.
const RECOVERY: f64 = 60.0;
/// Throttled answers that come together are one event.
const EVENT: Duration = Duration::from_secs(1);

/// A token bucket: `rate` calls a second on average, `burst` at once. The rate halves when the service throttles, and
/// grows back within a minute.
#[derive(Debug)]
pub(super) struct Budget {
    most: f64,
    burst: f64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    tokens: f64,
    rate: f64,
    at: Instant,
    slowed: Option<Instant>,
}

impl Budget {
    pub(super) fn new(rate: f64, burst: f64) -> Self {
        let state = State { tokens: burst, rate, at: Instant::now(), slowed: None };
        Self { most: rate, burst, state: Mutex::new(state) }
    }

    /// Waits until a call may be made. Calls are let through in about the order they came.
    pub(super) async fn take(&self) {
        let wait = self.reserve(Instant::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    /// Calls a second that are allowed now.
    pub(super) fn rate(&self) -> f64 {
        let mut state = self.lock();
        self.refill(&mut state, Instant::now());
        state.rate
    }

    /// The service has throttled a call.
    pub(super) fn slow_down(&self, now: Instant) {
        let mut state = self.lock();
        self.refill(&mut state, now);
        if state.slowed.is_none_or(|at| now.duration_since(at) >= EVENT) {
            state.rate = (state.rate / 2.0).max(MIN_RATE);
            state.tokens = state.tokens.min(1.0);
            state.slowed = Some(now);
        }
    }

    /// Takes a token, on credit if there is none, and answers how long to wait for it.
    fn reserve(&self, now: Instant) -> Duration {
        let mut state = self.lock();
        self.refill(&mut state, now);
        let tokens = state.tokens;
        state.tokens -= 1.0;
        Duration::from_secs_f64(((1.0 - tokens) / state.rate).max(0.0))
    }

    fn refill(&self, state: &mut State, now: Instant) {
        let seconds = now.saturating_duration_since(state.at).as_secs_f64();
        state.tokens = (state.tokens + seconds * state.rate).min(self.burst);
        state.rate = (state.rate + seconds * self.most / RECOVERY).min(self.most);
        state.at = state.at.max(now);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_free_and_then_the_rate_holds() {
        let budget = Budget::new(5.0, 3.0);
        let now = Instant::now();
        let waits: Vec<u128> = (0..5).map(|_| budget.reserve(now).as_millis()).collect();
        assert_eq!(waits[..3], [0, 0, 0]);
        assert!((190..=200).contains(&waits[3]) && (390..=400).contains(&waits[4]), "{waits:?}");
        assert_eq!(budget.reserve(now + Duration::from_secs(60)), Duration::ZERO);
    }

    #[test]
    fn throttling_halves_the_rate_once_an_event_and_it_grows_back() {
        let budget = Budget::new(8.0, 8.0);
        let now = Instant::now();
        for _ in 0..5 {
            budget.slow_down(now);
        }
        assert!((3.9..4.1).contains(&budget.rate()), "five answers at once are one event: {}", budget.rate());
        for second in 1..20 {
            budget.slow_down(now + Duration::from_secs(second * 2));
        }
        let slowest = budget.lock().rate;
        assert!((MIN_RATE..1.0).contains(&slowest), "{slowest}");
        budget.reserve(now + Duration::from_secs(120));
        assert!((budget.lock().rate - 8.0).abs() < f64::EPSILON);
    }
}
