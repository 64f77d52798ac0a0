//! The simulated clock: faster than the wall, and never past an event that has not happened yet.

use chrono::{DateTime, TimeDelta, Utc};
use std::time::{Duration, Instant};

/// A clock that runs `speed` simulated seconds a wall second from an anchor.
///
/// The engine sets `limit` to the time of the next event. Until that event has happened, however long its real work
/// takes, the clock stands there: nobody ever reads a time whose past is still incomplete, and the same seed gives the
/// same night on a slow machine.
#[derive(Debug)]
pub(crate) struct SimClock {
    anchor_sim: DateTime<Utc>,
    anchor_wall: Instant,
    speed: f64,
    paused: bool,
    limit: Option<DateTime<Utc>>,
}

impl SimClock {
    /// A clock that stands at `start` until it is resumed.
    pub(crate) fn new(start: DateTime<Utc>, speed: f64) -> Self {
        Self { anchor_sim: start, anchor_wall: Instant::now(), speed, paused: true, limit: None }
    }

    /// Where the clock would be if nothing held it.
    fn free(&self) -> DateTime<Utc> {
        if self.paused {
            return self.anchor_sim;
        }
        let micros = self.anchor_wall.elapsed().as_micros() as f64 * self.speed;
        // A year of simulated time a reading is further than any client looks; it also keeps the arithmetic in range.
        self.anchor_sim + TimeDelta::microseconds(micros.min(3.2e13) as i64)
    }

    /// The simulated time, UTC.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        match self.limit {
            Some(limit) => self.free().min(limit),
            None => self.free(),
        }
    }

    pub(crate) fn speed(&self) -> f64 {
        self.speed
    }

    pub(crate) fn paused(&self) -> bool {
        self.paused
    }

    /// Holds the clock at the next event's time, or lets it run where there is none. Time spent standing is not caught up.
    pub(crate) fn set_limit(&mut self, limit: Option<DateTime<Utc>>) {
        self.anchor(self.now());
        self.limit = limit;
    }

    pub(crate) fn set_speed(&mut self, speed: f64) {
        self.anchor(self.now());
        self.speed = speed;
    }

    pub(crate) fn set_paused(&mut self, paused: bool) {
        self.anchor(self.now());
        self.paused = paused;
    }

    /// Moves the clock forward; a time in the past is ignored. The limit still holds.
    pub(crate) fn jump(&mut self, to: DateTime<Utc>) {
        if to > self.now() {
            self.anchor(to);
        }
    }

    /// The wall time until the clock reaches `at`; `None` if it never will (paused).
    pub(crate) fn wall_until(&self, at: DateTime<Utc>) -> Option<Duration> {
        let free = self.free();
        if free >= at {
            return Some(Duration::ZERO);
        }
        if self.paused || self.speed <= 0.0 {
            return None;
        }
        let micros = (at - free).num_microseconds().unwrap_or(i64::MAX) as f64 / self.speed;
        Some(Duration::from_micros(micros.ceil() as u64))
    }

    fn anchor(&mut self, at: DateTime<Utc>) {
        self.anchor_sim = at;
        self.anchor_wall = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_at_its_limit_and_goes_on_from_there() {
        let start = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let mut clock = SimClock::new(start, 1e6);
        assert_eq!(clock.now(), start, "a new clock is paused");
        let limit = start + TimeDelta::seconds(30);
        clock.set_limit(Some(limit));
        clock.jump(start + TimeDelta::hours(1));
        assert_eq!(clock.now(), limit, "a jump does not pass an event that has not happened");
        clock.set_limit(None);
        assert_eq!(clock.now(), limit, "time spent standing is not caught up");
        clock.jump(start);
        assert_eq!(clock.now(), limit, "a clock never goes back");
    }
}
