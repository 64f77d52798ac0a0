//! The rows of a query: held in few allocations, sorted and filtered by number, formatted, counted, copied.

pub mod arrange;
mod batch;
pub mod chart;
pub mod copy;
mod csv;
pub mod show;
pub mod statistics;

pub use arrange::{Arranged, Arrangement};
pub use batch::{Batch, Rows};
pub use csv::CsvReader;
