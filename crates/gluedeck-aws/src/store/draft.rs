//! The SQL drafts: what stands in the editor's tabs, so that a crash loses nothing that was typed.

use gluedeck_core::Drafts;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The file of the drafts.
#[derive(Debug, Clone)]
pub struct DraftFile {
    path: PathBuf,
}

impl DraftFile {
    /// The drafts of an environment: what was typed for one account is of no use in another.
    pub fn new(folder: &Path, environment: &str) -> Self {
        let name = super::file_name(environment);
        Self { path: folder.join(format!("drafts-{name}.json")) }
    }

    /// The drafts, if there are any.
    pub fn read(&self) -> Option<Drafts> {
        let drafts: Drafts = serde_json::from_str(&fs::read_to_string(&self.path).ok()?).ok()?;
        drafts.texts.iter().any(|text| !text.trim().is_empty()).then_some(drafts)
    }

    /// Replaces the drafts, whole or not at all.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn write(&self, drafts: &Drafts) -> io::Result<()> {
        super::replace(&self.path, serde_json::to_string(drafts)?.as_bytes())
    }
}
