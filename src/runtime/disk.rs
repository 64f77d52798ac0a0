//! What the console keeps on disk while it runs: the SQL draft, the journal as it is read, the rollout that is under way.

use chrono::Utc;
use gluedeck_aws::store::{
    DraftFile, FolderError, JournalTail, RolloutFile, SnapshotFile, acknowledge, is_alive, read_journal, read_queries,
    read_saved, save_query,
};
use gluedeck_core::analysis::stagger::live::Rollout;
use gluedeck_core::domain::{AccountScope, Acknowledged};
use gluedeck_tui::flow::{Msg, Update};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// The files of one environment.
#[derive(Debug)]
pub(super) struct Disk {
    pub(super) drafts: Option<DraftFile>,
    pub(super) journal: Option<Arc<Mutex<JournalTail>>>,
    pub(super) folder: Option<PathBuf>,
    pub(super) environment: String,
    /// Held while a rollout is carried out here.
    pub(super) rollout: Option<RolloutFile>,
    /// Where the snapshot is kept, once it is known where the environment leads.
    pub(super) snapshot: Option<SnapshotFile>,
}

/// What was sent from here to this place, and what was saved. The log may have megabytes: not for the loop.
pub(super) fn queries(folder: Option<&Path>, scope_key: &str) -> Msg {
    let mut past = folder.map(read_queries).unwrap_or_default();
    past.retain(|past| past.scope_key == scope_key);
    Msg::Update(Update::Queries { past, saved: folder.map(read_saved).unwrap_or_default() })
}

/// Queries that nobody has seen end, and whose console is gone. Not for the loop either.
pub(super) fn orphans(folder: &Path, scope_key: &str) -> Option<Msg> {
    let mut past = read_queries(folder);
    let gone = |process: Option<u32>| process.is_none_or(|process| !is_alive(process));
    past.retain(|past| past.scope_key == scope_key && past.is_open() && past.id.is_some() && gone(past.process));
    // Older ones have ended long since.
    let some = past.split_off(past.len().saturating_sub(50));
    (!some.is_empty()).then_some(Msg::Orphans(some))
}

/// The rollout of a session that has ended, with what the journal says of each item. Not for the loop.
pub(super) fn interrupted(folder: &Path, environment: &str, scope: &AccountScope) -> Option<Msg> {
    let journal = read_journal(folder).unwrap_or_default();
    let found = RolloutFile::interrupted(folder, environment, scope, &journal);
    found.map(|rollout| Msg::Update(Update::Interrupted(rollout)))
}

/// The newest entries of the journal; one that cannot be read tells why. Not for the loop.
pub(super) fn journal(tail: &Mutex<JournalTail>) -> Msg {
    let mut tail = tail.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    Msg::Update(match tail.read() {
        Ok(entries) => Update::Journal(entries),
        Err(error) => Update::Notice(format!("Could not read the journal: {error}")),
    })
}

impl Disk {
    /// Writes down that a failure was seen, or that this is taken back.
    pub(super) fn acknowledge(&self, key: String, note: String, undone: bool) -> Msg {
        let Some(folder) = self.folder.as_deref() else {
            return Msg::Update(Update::Notice(format!("Not saved: {}", FolderError::Unknown)));
        };
        let by = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "unknown".to_owned());
        let note = Acknowledged { key, note, at: Utc::now(), by, undone };
        match acknowledge(folder, &note) {
            Ok(()) => Msg::Update(Update::Acknowledged(vec![note])),
            Err(error) => Msg::Update(Update::Notice(format!("Not saved: {error}"))),
        }
    }

    /// Saves SQL under a name; answers what came of it.
    pub(super) fn save_query(&self, name: &str, sql: &str) -> String {
        match self.folder.as_deref().map(|folder| save_query(folder, name, sql)) {
            Some(Ok(name)) => format!("Saved as {name}; L lists it"),
            Some(Err(error)) => format!("Not saved: {error}"),
            None => format!("Not saved: {}", FolderError::Unknown),
        }
    }

    /// Saves the rollout.
    ///
    /// # Errors
    /// If it cannot be written, or another console carries one out here.
    pub(super) fn save_rollout(&mut self, rollout: &Rollout) -> io::Result<()> {
        let folder = self.folder.clone().ok_or(FolderError::Unknown)?;
        let held = self.rollout.take();
        let file = held.map_or_else(|| RolloutFile::open(&folder, &self.environment, &rollout.scope), Ok);
        let mut file = file?;
        file.write(rollout)?;
        self.rollout = Some(file);
        Ok(())
    }

    /// Forgets the rollout of a place. That it stays on disk if this fails is found by the next console.
    pub(super) fn forget_rollout(&mut self, scope: &AccountScope) {
        let Some(folder) = self.folder.clone() else { return };
        let held = self.rollout.take();
        let file = held.map_or_else(|| RolloutFile::open(&folder, &self.environment, scope), Ok);
        let _ = file.and_then(RolloutFile::remove);
    }
}
