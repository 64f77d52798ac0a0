//! The app around the screens: the model, its one update function, the view, the overlays.

mod actions;
mod athena;
mod capacity_view;
mod commands;
pub mod confirm;
mod confirm_view;
mod confirmed;
pub mod drift_view;
mod environments;
pub mod merging;
mod model;
pub mod overlay;
mod overlay_keys;
mod overlay_view;
pub mod palette;
mod palette_commands;
mod places;
mod reading;
mod reading_standalone;
mod refresh;
mod replies;
mod reports;
mod requests;
pub mod rollouts;
mod suggestions;
pub mod text_page;
pub mod update;
pub mod view;

pub use environments::Environments;
pub use model::Model;
pub use refresh::RefreshIntervals;
pub use update::update;
pub use view::{draw, draw_environments};
