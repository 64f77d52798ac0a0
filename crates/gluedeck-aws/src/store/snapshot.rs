//! The file of the last snapshot.

use gluedeck_core::Snapshot;
use gluedeck_core::domain::AccountScope;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where the snapshot of an environment lies.
#[derive(Debug, Clone)]
pub struct SnapshotFile {
    path: PathBuf,
}

impl SnapshotFile {
    /// The file for an environment in a place, of which the account need not be known.
    pub fn new(folder: &Path, environment: &str, scope: &AccountScope) -> Self {
        let name = format!(
            "{environment} {} {}",
            scope.region.as_deref().unwrap_or_default(),
            scope.endpoint.as_deref().unwrap_or_default()
        );
        Self { path: folder.join(format!("snapshot-{}.json", super::file_name(&name))) }
    }

    /// The snapshot. One that cannot be read is none: it is only a snapshot.
    pub fn read(&self) -> Option<Snapshot> {
        serde_json::from_slice(&fs::read(&self.path).ok()?).ok()
    }

    /// Replaces the snapshot, whole or not at all.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn write(&self, snapshot: &Snapshot) -> io::Result<()> {
        super::replace(&self.path, &serde_json::to_vec(snapshot)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gluedeck_core::domain::{Pipeline, PipelineId};

    #[test]
    fn a_snapshot_comes_back_and_a_broken_one_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = SnapshotFile::new(folder.path(), "prod", &AccountScope::new(None, Some("us-east-1"), None));
        assert_eq!(file.read(), None);
        let workflow = Pipeline { id: PipelineId::workflow("User Workflow"), known: true, ..Pipeline::default() };
        let read_at = "2026-11-22T03:00:00Z".parse().expect("a time");
        let snapshot = Snapshot { read_at, account: None, pipelines: vec![workflow], runs: Vec::new() };
        file.write(&snapshot).expect("written");
        assert_eq!(file.read(), Some(snapshot));
        fs::write(&file.path, "{").expect("written");
        assert_eq!(file.read(), None);
    }
}
