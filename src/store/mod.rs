//! What lasts on disk, under the XDG folders: the journal of changes, and the SQL draft. Nothing secret is written.

mod draft;
mod journal;

pub use draft::Draft;
pub use journal::{Journal, Recorded, read_journal};

use etcetera::{BaseStrategy, choose_base_strategy};
use std::path::PathBuf;

/// The folder for state that outlives a session, such as the journal.
pub fn state_folder() -> Option<PathBuf> {
    let strategy = choose_base_strategy().ok()?;
    Some(strategy.state_dir().unwrap_or_else(|| strategy.data_dir()).join("gluedeck"))
}

/// The folder for configuration.
pub fn config_folder() -> Option<PathBuf> {
    Some(choose_base_strategy().ok()?.config_dir().join("gluedeck"))
}
