//! The app around the screens: the model, its one door for change, the view, the overlays.

mod actions;
mod athena;
pub mod confirm;
mod consent;
pub mod deck;
pub mod model;
mod orders;
pub mod overlay;
mod overlay_keys;
pub mod palette;
mod refresh;
mod replies;
pub mod rollouts;
pub mod text_page;
pub mod update;
pub mod view;

pub use deck::Deck;
pub use model::Model;
pub use refresh::Pace;
pub use update::update;
pub use view::{draw, draw_deck};
