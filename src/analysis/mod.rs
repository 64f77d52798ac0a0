//! Pure reasoning on the nouns: what an outcome really is, what a cell shows, why, how long things usually take.

pub mod capacity;
pub mod cells;
pub mod chain;
pub mod history;
pub mod layers;
pub mod outcome;
pub mod plan;
pub mod reason;
pub mod rerun;
pub mod seen;
pub mod stagger;

pub use cells::{Cell, CellState};
pub use history::{History, Night};
pub use outcome::Outcome;
