//! Pure functions on the domain: what an outcome really is, what a cell shows, why, how long things usually take.

pub mod capacity;
pub mod cells;
pub mod chain;
pub mod check;
pub mod compare;
pub mod drift;
pub mod evidence;
pub mod expression;
pub mod filter;
pub mod graph;
pub mod history;
pub mod layers;
pub mod log;
pub mod names;
pub mod observed;
pub mod outcome;
pub mod plan;
pub mod quality;
pub mod reason;
pub mod redact;
pub mod report;
pub mod rerun;
pub mod rows;
pub mod run_timeline;
pub mod sql;
pub mod stagger;
pub mod standalone;
pub mod triage;
pub mod watch;
pub mod words;

pub use cells::{Cell, CellState};
pub use history::{History, PastRun};
pub use outcome::Outcome;
