//! What lasts on disk, under the XDG folders: the journal of changes, the log of queries, a stagger that is under
//! way, the SQL drafts, and the last snapshot. Nothing secret is written.

mod acknowledged;
mod draft;
mod journal;
mod pipeline_file;
mod query_log;
mod rollout;
mod saved;
mod snapshot;
mod watch;

pub use acknowledged::{acknowledge, read_acknowledged};
pub use draft::DraftFile;
pub use journal::{Journal, JournalTail, MAX_TAIL, read_journal};
pub use pipeline_file::{WriteSchedulesError, check_schedules_into, write_schedules_into};
pub use query_log::{QueryLog, is_alive, read_queries, scope_key};
pub use rollout::RolloutFile;
pub use saved::{read_saved, save_query};
pub use snapshot::SnapshotFile;
pub use watch::{Delivery, WatchFile, WatchState};

use etcetera::{BaseStrategy, choose_base_strategy};
use serde_json::Value;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;
use thiserror::Error;

/// The folder for state that outlives a session, such as the journal.
pub fn state_folder() -> Option<PathBuf> {
    let strategy = choose_base_strategy().ok()?;
    Some(strategy.state_dir().unwrap_or_else(|| strategy.data_dir()).join("gluedeck"))
}

/// Why the state folder cannot be used.
#[derive(Debug, Error)]
pub enum FolderError {
    #[error("home folder unknown; set HOME or XDG_STATE_HOME")]
    Unknown,
    #[error("another gluedeck runs a stagger here; end it there, or wait until it is done")]
    InUse,
}

impl From<FolderError> for io::Error {
    fn from(error: FolderError) -> Self {
        Self::other(error)
    }
}

/// The folder for state, where nothing can be done without it.
///
/// # Errors
/// If neither HOME nor XDG_STATE_HOME says where it is.
pub fn known_state_folder() -> io::Result<PathBuf> {
    Ok(state_folder().ok_or(FolderError::Unknown)?)
}

/// Adds a line of JSON to a file, on disk when this returns.
fn append(path: &Path, line: &Value) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    // One write of a whole line, so that two consoles do not mix theirs.
    file.write_all(format!("{line}\n").as_bytes())?;
    file.sync_data()
}

/// Puts a file of lines that has grown longer than `max` bytes aside, in place of the one that was put aside before:
/// `journal.jsonl` becomes `journal.1.jsonl`. Lines that another session is about to add are not lost.
fn rotate(path: &Path, max: u64) -> io::Result<()> {
    let too_long = || fs::metadata(path).is_ok_and(|metadata| metadata.len() > max);
    if !too_long() {
        return Ok(());
    }
    // Of two sessions that find it too long, one rotates.
    let lock = File::create(path.with_extension("lock"))?;
    lock.lock()?;
    if too_long() { fs::rename(path, path.with_extension("1.jsonl")) } else { Ok(()) }
}

/// Replaces a file, whole or not at all, and on disk when this returns.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    // A name of its own: two sessions may write the same file.
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}

/// A name as a part of a file's name.
fn file_name(environment: &str) -> String {
    let plain = |letter: char| if letter.is_alphanumeric() || letter == '-' { letter } else { '_' };
    environment.chars().map(plain).take(120).collect()
}

/// The folder for configuration.
pub fn config_folder() -> Option<PathBuf> {
    Some(choose_base_strategy().ok()?.config_dir().join("gluedeck"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_sessions_that_replace_a_file_leave_one_of_the_two_texts_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("drafts.json");
        let texts = ["a".repeat(100_000), "b".repeat(100_000)];
        std::thread::scope(|scope| {
            for text in &texts {
                scope.spawn(|| (0..50).for_each(|_| replace(&path, text.as_bytes()).expect("replaced")));
            }
        });
        let found = fs::read_to_string(&path).expect("a file");
        assert!(texts.contains(&found), "{} bytes", found.len());
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing else is left behind");
    }
}
