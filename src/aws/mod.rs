//! The only place that names an SDK type: sessions, calls, pages, retries, the budget of calls, and the gate that every
//! change goes through.

mod athena;
mod budget;
mod catalog;
mod clients;
mod clock;
mod describe;
mod fault;
mod gate;
mod gateway;
mod glue;
mod inquire;
mod live_tail;
mod logs;
mod meter;
mod observe;
mod pieces;
pub mod probe;
mod reschedule;
mod results;
mod session;

pub use clock::{ClockReading, read_clock};
pub use gateway::Gateway;
pub use results::Follow;
pub use session::{Credentials, SessionOptions};

use crate::domain::Time;
use aws_smithy_types::DateTime;

/// The SDK's time as ours; a time that does not fit is unknown.
fn time(at: &DateTime) -> Option<Time> {
    Time::from_timestamp_millis(at.to_millis().ok()?)
}
