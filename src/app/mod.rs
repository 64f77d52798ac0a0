//! The app around the screens: the model, its one door for change, the view, the overlays.

pub mod model;
pub mod overlay;
mod refresh;
mod replies;
pub mod update;
pub mod view;

pub use model::Model;
pub use update::update;
pub use view::draw;
