//! When to start what under a DPU limit, in plain numbers: capacity, timelines of it, and the search for starts. It knows
//! nothing of workflows. A crate of its own, because it is the one place whose speed is seconds of somebody's time: it is
//! optimised in every profile.

mod dpu;
pub mod search;
mod timeline;

pub use dpu::Dpu;
pub use search::EFFORT;
pub use timeline::{Piece, Profile, Timeline};
