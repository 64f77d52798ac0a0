//! The clock: the system's, or the sandbox's as learned over HTTP.

use chrono::{TimeDelta, Utc};
use gluedeck_aws::{ClockReading, read_clock};
use gluedeck_core::domain::Time;
use gluedeck_tui::flow::Moment;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How often a sandbox is asked for its time. Between two readings the time is computed from its speed.
const CLOCK_POLL_INTERVAL: Duration = Duration::from_millis(400);
/// No frame is drawn until the clock is known, or known to be none.
const CLOCK_TIMEOUT: Duration = Duration::from_secs(2);

/// Tells the time.
#[derive(Debug)]
pub(super) struct Clock {
    started: Instant,
    sandbox: Option<Arc<Mutex<(ClockReading, Instant)>>>,
}

impl Clock {
    /// This machine's clock; wall time counts from `started`.
    pub(super) fn of_system(started: Instant) -> Self {
        Self { started, sandbox: None }
    }

    pub(super) fn started(&self) -> Instant {
        self.started
    }

    /// Learns whether the endpoint is a sandbox, and goes on learning its time in the background if it is.
    pub(super) async fn learn(endpoint: Option<&str>, started: Instant) -> Self {
        let Some(endpoint) = endpoint.map(str::to_owned) else { return Self { started, sandbox: None } };
        let Some(reading) = read_clock(&endpoint, CLOCK_TIMEOUT).await else { return Self { started, sandbox: None } };
        let shared = Arc::new(Mutex::new((reading, Instant::now())));
        let weak = Arc::downgrade(&shared);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(CLOCK_POLL_INTERVAL).await;
                let Some(shared) = weak.upgrade() else { return };
                if let Some(reading) = read_clock(&endpoint, CLOCK_TIMEOUT).await {
                    *shared.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = (reading, Instant::now());
                }
            }
        });
        Self { started, sandbox: Some(shared) }
    }

    pub(super) fn is_sandbox(&self) -> bool {
        self.sandbox.is_some()
    }

    /// The moment now.
    pub(super) fn moment(&self) -> Moment {
        let (now, speed) = match &self.sandbox {
            None => (Utc::now(), 1.0),
            Some(shared) => {
                let (reading, at) = *shared.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                (compute_time(reading, at.elapsed()), reading.speed)
            }
        };
        Moment { now, wall: self.started.elapsed(), speed, utc: Utc::now() }
    }
}

/// The time some while after a reading: by the sandbox's speed for as long as readings come; from then on, as on a wall,
/// for nobody knows any more, and what is on the screen grows old.
fn compute_time(reading: ClockReading, since: Duration) -> Time {
    if reading.paused {
        return reading.now;
    }
    let known = since.min(CLOCK_POLL_INTERVAL * 2);
    let millis = (known.as_secs_f64() * reading.speed + (since - known).as_secs_f64()) * 1_000.0;
    reading.now + TimeDelta::milliseconds(millis as i64)
}
