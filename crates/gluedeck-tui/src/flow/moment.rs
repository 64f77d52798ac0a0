//! What time it is.

use gluedeck_core::domain::Time;
use std::time::Duration;

/// A moment: the time on AWS's side, and the time since the console started.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// UTC; in the sandbox the sandbox's.
    pub now: Time,
    pub wall: Duration,
    /// Simulated seconds a wall second; 1 on AWS.
    pub speed: f64,
    /// UTC by this machine's clock, whatever a sandbox's says.
    pub utc: Time,
}
