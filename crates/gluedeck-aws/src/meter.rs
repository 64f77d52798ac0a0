//! The meter: counts every attempt that is sent, sees throttling that the SDK's retries hide, and the server's time.

use super::budget::Budget;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use chrono::{DateTime, TimeDelta, Utc};
use gluedeck_core::request::Usage;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What is counted stays for this long.
const WINDOW: Duration = Duration::from_secs(60);

/// Counts the attempts of all services.
#[derive(Debug, Default)]
pub(super) struct Meter {
    state: Mutex<Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    /// When each attempt of the last minute ended.
    attempts: VecDeque<Instant>,
    throttled: Option<Instant>,
    /// The server's clock less ours, by the last answer's `Date`.
    skew: Option<TimeDelta>,
}

impl Meter {
    /// What was sent in the last minute, and whether the service slowed us down.
    pub(super) fn usage(&self, budget: &Budget) -> Usage {
        let now = Instant::now();
        let mut state = self.lock();
        state.forget(now);
        let throttled = state.throttled.map(|at| now.duration_since(at)).filter(|ago| *ago < WINDOW);
        Usage { calls_a_minute: state.attempts.len(), throttled_ago: throttled, calls_a_second: budget.rate() }
    }

    /// The server's clock less this machine's.
    pub(super) fn skew(&self) -> Option<TimeDelta> {
        self.lock().skew
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Counted> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Counted {
    fn forget(&mut self, now: Instant) {
        while self.attempts.front().is_some_and(|at| now.duration_since(*at) >= WINDOW) {
            self.attempts.pop_front();
        }
    }
}

/// The meter of one service's client, with the budget that its throttling slows.
#[derive(Debug, Clone)]
pub(super) struct Tap {
    pub(super) meter: Arc<Meter>,
    pub(super) budget: Arc<Budget>,
}

impl Intercept for Tap {
    fn name(&self) -> &'static str {
        "meter"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let now = Instant::now();
        let mut state = self.meter.lock();
        state.forget(now);
        state.attempts.push_back(now);
        let Some(response) = context.response() else { return Ok(()) };
        if let Some(date) = response.headers().get("date").and_then(|date| DateTime::parse_from_rfc2822(date).ok()) {
            state.skew = Some(date.with_timezone(&Utc) - Utc::now());
        }
        let status = response.status().as_u16();
        let body = response.body().bytes().unwrap_or_default();
        if status >= 400 && (status == 429 || says_throttled(body)) {
            state.throttled = Some(now);
            self.budget.slow_down(now);
        }
        Ok(())
    }
}

/// Throttling is modelled on hardly any operation, so the words tell it (`ThrottlingException`, `Rate exceeded`).
fn says_throttled(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(&body[..body.len().min(500)]);
    ["Throttl", "TooManyRequests", "RequestLimitExceeded", "SlowDown"].iter().any(|word| text.contains(word))
}
