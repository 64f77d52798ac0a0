//! The only place that names an SDK type: sessions, calls, pages, retries, the budget of calls, and the gate that every
//! change goes through; and, in [`store`], the files that last on disk.

mod account_definitions;
mod athena;
mod budget;
mod catalog;
mod clients;
mod clock;
mod crawl_summary;
mod definition;
mod describe;
mod drift;
mod fault;
mod gate;
mod gateway;
mod glue;
mod investigate;
mod job_update;
mod live_tail;
mod logs;
mod meter;
mod metrics;
mod mfa;
mod observe;
mod pages;
mod pieces;
mod pieces_cache;
mod pipelines;
mod plain;
pub mod probe;
mod quality;
mod reschedule;
mod results;
mod session;
mod shapes;
pub mod store;
mod trigger_json;
mod triggers;
mod webhook;

pub use clock::{ClockReading, read_clock};
pub use gateway::{Gateway, Perform};
pub use mfa::{MfaCodes, mfa_device};
pub use results::Follow;
pub use session::{ConnectError, Credentials, SessionOptions, known_profiles, proxies};
pub use webhook::{Answer, PostError, post};

use aws_smithy_types::DateTime;
use gluedeck_core::domain::Time;

/// The SDK's time as ours; a time that does not fit is unknown.
fn time(at: &DateTime) -> Option<Time> {
    Time::from_timestamp_millis(at.to_millis().ok()?)
}
