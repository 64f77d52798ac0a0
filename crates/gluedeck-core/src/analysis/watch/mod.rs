//! Watching without anybody looking: what is new since the last reading, once.

mod event;
mod ledger;

pub use event::{Event, EventKind, Reported};
pub use ledger::Ledger;
