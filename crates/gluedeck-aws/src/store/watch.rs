//! What a watcher knows and has still to deliver: one file, replaced as a whole, so that a crash leaves what was reported and
//! what is to be delivered as they were together.

use super::{file_name, replace};
use gluedeck_core::analysis::watch::{Event, Ledger};
use gluedeck_core::domain::Time;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// What could not be delivered is kept, the newest of them.
const MAX_DEAD: usize = 200;

/// A watcher's memory.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WatchState {
    pub ledger: Ledger,
    /// In the order in which they came.
    pub pending: Vec<Delivery>,
    /// Given up.
    pub dead: Vec<Delivery>,
}

/// An event on its way to one sink.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    pub event: Event,
    /// The sink's name in the configuration.
    pub sink: String,
    pub since: Time,
    pub attempts: u32,
    /// It is not tried before.
    pub next_at: Time,
    pub last_error: Option<String>,
}

impl WatchState {
    /// Queues an event for a sink.
    pub fn queue(&mut self, event: &Event, sink: &str, now: Time) {
        self.pending.push(Delivery {
            event: event.clone(),
            sink: sink.to_owned(),
            since: now,
            attempts: 0,
            next_at: now,
            last_error: None,
        });
    }

    /// Gives a delivery up.
    pub fn bury(&mut self, delivery: Delivery) {
        self.dead.push(delivery);
        let more = self.dead.len().saturating_sub(MAX_DEAD);
        self.dead.drain(..more);
    }
}

/// The file of one environment. While it is held no other watcher reads or writes it.
#[derive(Debug)]
pub struct WatchFile {
    path: PathBuf,
    _lock: File,
}

impl WatchFile {
    /// Takes the file, if no other watcher holds it.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn take(folder: &Path, scope: &str) -> io::Result<Option<Self>> {
        fs::create_dir_all(folder)?;
        let path = folder.join(format!("watch-{}.json", file_name(scope)));
        let lock = File::create(path.with_extension("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { path, _lock: lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// What is known; nothing if there is no file yet.
    ///
    /// # Errors
    /// If it cannot be read: to begin afresh would report everything again.
    pub fn read(&self) -> io::Result<WatchState> {
        match fs::read(&self.path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
                let text = format!("{}: {error}; remove the file to start over", self.path.display());
                io::Error::new(io::ErrorKind::InvalidData, text)
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(WatchState::default()),
            Err(error) => Err(error),
        }
    }

    /// Keeps what is known.
    ///
    /// # Errors
    /// If it is not on disk.
    pub fn write(&self, state: &WatchState) -> io::Result<()> {
        replace(&self.path, &serde_json::to_vec(state)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_watcher_holds_a_file_and_finds_what_the_other_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let take = || WatchFile::take(folder.path(), "prod eu-west-1").expect("a folder");
        let held = take().expect("the file");
        assert!(take().is_none(), "it is held");
        let mut state = held.read().expect("nothing yet");
        assert_eq!(state, WatchState::default());
        let now = Time::from_timestamp(1_767_225_600, 0).expect("a time");
        let events = state.ledger.unreadable(
            &gluedeck_core::domain::Fault::new(
                gluedeck_core::domain::FaultKind::Unreachable,
                "ListWorkflows",
                "no route",
            ),
            now,
        );
        state.queue(&events.expect("an event"), "slack", now);
        held.write(&state).expect("written");
        drop(held);
        assert_eq!(take().expect("the file").read().expect("what was left"), state);
    }
}
