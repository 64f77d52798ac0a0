//! The budget of calls: AWS throttles per account and Region and publishes no rates for Glue, so we keep well below.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// A token bucket: `rate` calls a second on average, `burst` at once.
#[derive(Debug)]
pub(super) struct Budget {
    rate: f64,
    burst: f64,
    state: Mutex<(f64, Instant)>,
}

impl Budget {
    pub(super) fn new(rate: f64, burst: f64) -> Self {
        Self { rate, burst, state: Mutex::new((burst, Instant::now())) }
    }

    /// Waits until a call may be made. Calls are let through in about the order they came.
    pub(super) async fn take(&self) {
        let wait = self.reserve(Instant::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    /// Takes a token, on credit if there is none, and answers how long to wait for it.
    fn reserve(&self, now: Instant) -> Duration {
        let mut state = self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let (tokens, at) = *state;
        let refilled = (tokens + now.duration_since(at).as_secs_f64() * self.rate).min(self.burst);
        *state = (refilled - 1.0, now);
        Duration::from_secs_f64(((1.0 - refilled) / self.rate).max(0.0))
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
}
