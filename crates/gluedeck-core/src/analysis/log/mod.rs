//! Reasoning on logs: what a line is, what is held, what passes, what went wrong.

pub mod cause;
pub mod chunk;
pub mod compare;
pub mod filter;
pub mod filter_job;
pub mod line;
pub mod store;
pub mod streams;

pub use cause::{Cause, Class};
pub use chunk::Chunk;
pub use filter::{Filter, FilterError};
pub use filter_job::{FilterJob, FilterResult, Filters};
pub use line::Level;
pub use store::{Id, Log, Side};
