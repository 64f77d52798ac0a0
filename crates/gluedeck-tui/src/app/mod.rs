//! The app around the screens: the model, its one door for change, the view, the overlays.

mod actions;
mod athena;
mod commands;
pub mod confirm;
mod confirm_view;
mod consent;
pub mod deck;
pub mod model;
mod orders;
pub mod overlay;
mod overlay_keys;
mod overlay_view;
pub mod palette;
mod reading;
mod refresh;
mod replies;
mod reports;
mod requests;
pub mod rollouts;
mod suggestions;
pub mod text_page;
pub mod update;
pub mod view;

pub use deck::Deck;
pub use model::Model;
pub use refresh::Pace;
pub use update::update;
pub use view::{draw, draw_deck};
