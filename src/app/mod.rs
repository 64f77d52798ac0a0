//! The app around the screens: the model, its one door for change, the view, the overlays.

pub mod confirm;
pub mod model;
pub mod overlay;
mod refresh;
mod replies;
pub mod rollouts;
pub mod update;
pub mod view;

pub use model::Model;
pub use update::update;
pub use view::draw;
