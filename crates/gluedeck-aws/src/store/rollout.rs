//! The rollout that is under way in an environment: one file, locked by the console that carries it out.

use gluedeck_core::analysis::stagger::live::{LastResult, Rollout};
use gluedeck_core::domain::{AccountScope, JournalRecord};
use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// The file of an environment's rollout, locked as long as this lives.
#[derive(Debug)]
pub struct RolloutFile {
    path: PathBuf,
    _lock: File,
}

impl RolloutFile {
    /// The file of a place in an environment.
    ///
    /// # Errors
    /// If another console carries a rollout out there, or the folder cannot be written.
    pub fn open(folder: &Path, environment: &str, scope: &AccountScope) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let part = |text: &Option<String>| text.clone().unwrap_or_default();
        let name = [environment.to_owned(), part(&scope.account), part(&scope.region), part(&scope.endpoint)].join("-");
        let name = super::file_name(name.trim_end_matches('-'));
        let lock = File::create(folder.join(format!("rollout-{name}.lock")))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: folder.join(format!("rollout-{name}.json")), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(super::FolderError::InUse.into()),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// The rollout of a console that is gone, with what the journal says of its items; none if there is none, or if
    /// another console is at it.
    pub fn interrupted(
        folder: &Path,
        environment: &str,
        scope: &AccountScope,
        journal: &[JournalRecord],
    ) -> Option<Rollout> {
        Self::open(folder, environment, scope).ok()?.read(journal).filter(|rollout| &rollout.scope == scope)
    }

    /// The rollout in the file, with what the journal says of its items.
    pub fn read(&self, journal: &[JournalRecord]) -> Option<Rollout> {
        let mut rollout: Rollout = serde_json::from_str(&fs::read_to_string(&self.path).ok()?).ok()?;
        rollout.reconcile(&last_results(journal, &rollout.id));
        Some(rollout)
    }

    /// Replaces it, whole or not at all.
    ///
    /// # Errors
    /// If it is not on disk; nothing must be sent then.
    pub fn write(&mut self, rollout: &Rollout) -> io::Result<()> {
        let text = serde_json::to_string(rollout).map_err(io::Error::other)?;
        super::replace(&self.path, text.as_bytes())
    }

    /// Forgets it.
    ///
    /// # Errors
    /// If the file is there and cannot be removed.
    pub fn remove(self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// The newest record of each change of a rollout, by the name of what it changed.
fn last_results(journal: &[JournalRecord], id: &str) -> BTreeMap<String, LastResult> {
    let own = journal.iter().filter(|recorded| recorded.batch.as_deref() == Some(id));
    let word = |recorded: &JournalRecord| {
        let run = recorded.outcome.as_ref().and_then(|outcome| Some(outcome.get("id")?.as_str()?.to_owned()));
        match (recorded.is_done(), recorded.may_be_done()) {
            (true, _) => LastResult::Done(run),
            (false, true) => LastResult::Unknown,
            (false, false) => LastResult::Rejected(recorded.result()),
        }
    };
    own.map(|recorded| (recorded.name.clone(), word(recorded))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Journal, read_journal};
    use gluedeck_core::analysis::stagger::live::{Item, State};
    use gluedeck_core::domain::policy::Approval;
    use gluedeck_core::domain::{Change, Fault, FaultKind};
    use gluedeck_core::request::ChangeOutcome;
    use serde_json::Value;

    /// Killed between any two steps: what the next console finds.
    #[test]
    fn what_was_done_and_what_was_not_is_found_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let scope = AccountScope::new(Some("111122223333".into()), Some("us-east-1"), None);
        let elsewhere = AccountScope::new(Some("444455556666".into()), Some("us-east-1"), None);
        let item = |name: &str| Item {
            workflow: format!("{name} Workflow"),
            reschedule: Some((name.to_owned(), "cron(0 3 * * ? *)".into(), "cron(5 3 * * ? *)".into())),
            state: State::Waiting,
            run: None,
            message: None,
        };
        let mut rollout = Rollout {
            id: "stagger-1".into(),
            scope: scope.clone(),
            items: ["a", "b", "c", "d"].map(item).into(),
            paused: false,
            halt_on_failure: true,
            halted: None,
            file: None,
        };
        let journal = Journal::new(folder.path(), "dev", None, None);
        let approval = Approval { typed: None, of: 4, batch: Some("stagger-1".into()) };
        let mut file = RolloutFile::open(folder.path(), "dev", &scope).expect("free");
        assert!(RolloutFile::open(folder.path(), "dev", &scope).is_err(), "two consoles at once");
        let mut changes: Vec<Change> = Vec::new();
        for _ in 0..3 {
            changes.extend(rollout.next_reschedule());
            file.write(&rollout).expect("written");
            let change = changes.last().expect("a change");
            let entry = journal.begin(change, &approval, None, &Value::Null).expect("begun");
            match changes.len() {
                1 => entry.end(&Ok(ChangeOutcome::default())),
                2 => entry.end(&Err(Fault::new(FaultKind::Refused, "UpdateTrigger", "no"))),
                // The third is on its way when the console is killed.
                _ => break,
            }
            rollout.settle(change, Ok(None));
        }
        assert!(RolloutFile::interrupted(folder.path(), "dev", &scope, &[]).is_none(), "another console is at it");
        drop(file);
        let recorded = read_journal(folder.path()).expect("read");
        let mut found = RolloutFile::interrupted(folder.path(), "dev", &scope, &recorded).expect("a rollout");
        assert!(RolloutFile::interrupted(folder.path(), "dev", &elsewhere, &recorded).is_none(), "another account");
        let states: Vec<State> = found.items.iter().map(|item| item.state).collect();
        assert_eq!(states, [State::Done, State::Refused, State::Unknown, State::Waiting]);
        assert!(found.paused, "nothing is sent before somebody says so");
        assert_eq!(found.revert().len(), 2, "the done one, and the one that may be");
        found.continue_rollout();
        assert_eq!(found.tally(&[]), "1 done, 3 waiting");
    }
}
