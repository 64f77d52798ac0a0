//! What lasts on disk, under the XDG folders: the journal of changes, a stagger that is under way, the SQL draft,
//! and the last picture. Nothing secret is written.

mod draft;
mod journal;
mod picture;
mod rollout;

pub use draft::Draft;
pub use journal::{Journal, read_journal};
pub use picture::PictureFile;
pub use rollout::RolloutFile;

use etcetera::{BaseStrategy, choose_base_strategy};
use std::path::PathBuf;

/// The folder for state that outlives a session, such as the journal.
pub fn state_folder() -> Option<PathBuf> {
    let strategy = choose_base_strategy().ok()?;
    Some(strategy.state_dir().unwrap_or_else(|| strategy.data_dir()).join("gluedeck"))
}

/// An environment's name as a part of a file's name.
fn file_name(environment: &str) -> String {
    let plain = |letter: char| if letter.is_alphanumeric() || letter == '-' { letter } else { '_' };
    environment.chars().map(plain).take(120).collect()
}

/// The folder for configuration.
pub fn config_folder() -> Option<PathBuf> {
    Some(choose_base_strategy().ok()?.config_dir().join("gluedeck"))
}
