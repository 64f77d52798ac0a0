//! What the console keeps on disk while it runs: the SQL draft, the journal as it is read, the rollout that is under way.

use chrono::Utc;
use gluedeck_aws::store::{
    DraftFile, RolloutFile, SnapshotFile, acknowledge, is_alive, read_journal, read_queries, read_saved, save_query,
};
use gluedeck_core::analysis::stagger::live::Rollout;
use gluedeck_core::domain::{Acknowledged, Fault, FaultKind, Place, Recorded};
use gluedeck_tui::flow::Msg;
use std::path::{Path, PathBuf};

/// The files of one environment.
#[derive(Debug)]
pub(super) struct Disk {
    pub(super) drafts: Option<DraftFile>,
    pub(super) folder: Option<PathBuf>,
    pub(super) environment: String,
    /// Held while a rollout is carried out here.
    pub(super) rollout: Option<RolloutFile>,
    /// Where the snapshot is kept, once it is known where the environment leads.
    pub(super) snapshot: Option<SnapshotFile>,
    /// Why the rollout could not be written down, if it could not.
    pub(super) unsaved: Option<Fault>,
}

/// What was sent from here to this place, and what was saved. The log may have megabytes: not for the loop.
pub(super) fn queries(folder: Option<&Path>, wherein: &str) -> Msg {
    let mut past = folder.map(read_queries).unwrap_or_default();
    past.retain(|past| past.wherein == wherein);
    Msg::Queries { past, saved: folder.map(read_saved).unwrap_or_default() }
}

/// Queries that nobody has seen end, and whose console is gone. Not for the loop either.
pub(super) fn orphans(folder: &Path, wherein: &str) -> Option<Msg> {
    let mut past = read_queries(folder);
    let gone = |process: Option<u32>| process.is_none_or(|process| !is_alive(process));
    past.retain(|past| past.wherein == wherein && past.is_open() && past.id.is_some() && gone(past.process));
    // Older ones have ended long since.
    let some = past.split_off(past.len().saturating_sub(50));
    (!some.is_empty()).then_some(Msg::Orphans(some))
}

impl Disk {
    /// The journal; one that cannot be read is empty.
    pub(super) fn journal(&self) -> Vec<Recorded> {
        self.folder.as_deref().and_then(|folder| read_journal(folder).ok()).unwrap_or_default()
    }

    /// Writes down that a failure was seen, or that this is taken back.
    pub(super) fn acknowledge(&self, key: String, note: String, undone: bool) -> Msg {
        let Some(folder) = self.folder.as_deref() else {
            return Msg::Said("It cannot be kept: the home folder is not known".to_owned());
        };
        let by = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "somebody".to_owned());
        let note = Acknowledged { key, note, at: Utc::now(), by, undone };
        match acknowledge(folder, &note) {
            Ok(()) => Msg::Acknowledged(vec![note]),
            Err(error) => Msg::Said(format!("It cannot be kept, and was not: {error}")),
        }
    }

    /// Saves SQL under a name; answers what came of it.
    pub(super) fn save_query(&self, name: &str, sql: &str) -> String {
        match self.folder.as_deref().map(|folder| save_query(folder, name, sql)) {
            Some(Ok(name)) => format!("Kept as {name}; L shows it"),
            Some(Err(error)) => format!("It cannot be kept: {error}"),
            None => "It cannot be kept: the home folder is not known".to_owned(),
        }
    }

    /// The rollout of a console that is gone, with what the journal says of each item.
    pub(super) fn interrupted(&self, place: &Place) -> Option<Rollout> {
        RolloutFile::interrupted(self.folder.as_deref()?, &self.environment, place, &self.journal())
    }

    /// Writes the rollout down. That it fails keeps its next change from being sent.
    pub(super) fn save_rollout(&mut self, rollout: &Rollout) {
        let Some(folder) = self.folder.clone() else { return };
        let held = self.rollout.take();
        let file = held.map_or_else(|| RolloutFile::open(&folder, &self.environment, &rollout.place), Ok);
        let written = file.and_then(|mut file| {
            file.write(rollout)?;
            Ok(file)
        });
        match written {
            Ok(file) => self.rollout = Some(file),
            Err(error) => {
                let message = format!("the stagger cannot be written down ({error}); nothing was sent");
                self.unsaved = Some(Fault::new(FaultKind::Refused, "rollout", message));
            }
        }
    }

    /// Forgets the rollout of a place. That it stays on disk if this fails is found by the next console.
    pub(super) fn forget_rollout(&mut self, place: &Place) {
        let Some(folder) = self.folder.clone() else { return };
        let held = self.rollout.take();
        let file = held.map_or_else(|| RolloutFile::open(&folder, &self.environment, place), Ok);
        let _ = file.and_then(RolloutFile::remove);
    }
}
