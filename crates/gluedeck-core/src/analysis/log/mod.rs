//! Reasoning on logs: what a line is, what is held, what passes, what went wrong.

pub mod cause;
pub mod chunk;
mod class;
pub mod compare;
mod error;
pub mod filter;
pub mod filter_job;
mod first;
pub mod line;
mod record;
pub mod store;
pub mod streams;

pub use cause::Cause;
pub use chunk::Chunk;
pub use class::Class;
pub use filter::{Filter, FilterError};
pub use filter_job::{FilterJob, FilterResult, Filters};
pub use first::{first_real_error, is_failed_analysis};
pub use line::Level;
pub use store::{Id, Log, Side};
