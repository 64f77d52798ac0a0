//! The screens: a folder each, with state and update in `mod.rs` and drawing in `view.rs`. No screen names another.

pub mod activity;
pub mod athena;
pub mod board;
pub mod job;
pub mod logs;
pub mod parts;
pub mod plans;
pub mod quality;
pub mod registry;
pub mod screen;
pub mod stagger;
pub mod steps;
pub mod timeline;
pub mod triage;
pub mod workflow;

pub use registry::Screens;
pub use screen::{Screen, View};
