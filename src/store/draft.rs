//! The SQL draft: what stands in the editor, so that a crash loses nothing that was typed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The file of the draft.
#[derive(Debug, Clone)]
pub struct Draft {
    path: PathBuf,
}

impl Draft {
    /// The draft of an environment: what was typed for one account is of no use in another.
    pub fn new(folder: &Path, environment: &str) -> Self {
        let name = super::file_name(environment);
        Self { path: folder.join(format!("draft-{name}.sql")) }
    }

    /// The text, if there is any.
    pub fn read(&self) -> Option<String> {
        fs::read_to_string(&self.path).ok().filter(|text| !text.trim().is_empty())
    }

    /// Replaces the text, whole or not at all.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn write(&self, text: &str) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let unfinished = self.path.with_extension("unfinished");
        fs::write(&unfinished, text)?;
        fs::rename(&unfinished, &self.path)
    }
}
