//! What the console keeps on disk while it runs: the SQL draft, the journal as it is read, the rollout that is under way.

use crate::analysis::stagger::live::Rollout;
use crate::domain::{Fault, FaultKind, Recorded};
use crate::store::{Draft, RolloutFile, read_journal};
use std::path::PathBuf;

/// The files of one environment.
#[derive(Debug)]
pub(super) struct Disk {
    pub(super) draft: Option<Draft>,
    pub(super) folder: Option<PathBuf>,
    pub(super) environment: String,
    /// Held while a rollout is carried out here.
    pub(super) rollout: Option<RolloutFile>,
    /// Why the rollout could not be written down, if it could not.
    pub(super) unsaved: Option<Fault>,
}

impl Disk {
    /// The journal; one that cannot be read is empty.
    pub(super) fn journal(&self) -> Vec<Recorded> {
        self.folder.as_deref().and_then(|folder| read_journal(folder).ok()).unwrap_or_default()
    }

    /// The rollout of a console that is gone, with what the journal says of each item.
    pub(super) fn interrupted(&self) -> Option<Rollout> {
        RolloutFile::interrupted(self.folder.as_deref()?, &self.environment, &self.journal())
    }

    /// Writes the rollout down, or forgets it. That it fails keeps its next change from being sent.
    pub(super) fn save_rollout(&mut self, rollout: Option<&Rollout>) {
        let Some(folder) = self.folder.clone() else { return };
        let written = match (rollout, self.rollout.take()) {
            (None, file) => {
                file.map_or_else(|| RolloutFile::open(&folder, &self.environment), Ok).and_then(RolloutFile::remove)
            }
            (Some(rollout), file) => {
                let file = file.map_or_else(|| RolloutFile::open(&folder, &self.environment), Ok);
                file.and_then(|mut file| {
                    file.write(rollout)?;
                    self.rollout = Some(file);
                    Ok(())
                })
            }
        };
        if let Err(error) = written {
            let message = format!("the stagger cannot be written down ({error}); nothing was sent");
            self.unsaved = Some(Fault::new(FaultKind::Refused, "rollout", message));
        }
    }
}
