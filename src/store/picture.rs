//! The file of the last picture.

use crate::domain::Place;
use crate::flow::Picture;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where the picture of an environment lies.
#[derive(Debug, Clone)]
pub struct PictureFile {
    path: PathBuf,
}

impl PictureFile {
    /// The file for an environment in a place, of which the account need not be known.
    pub fn new(folder: &Path, environment: &str, place: &Place) -> Self {
        let name = format!(
            "{environment} {} {}",
            place.region.as_deref().unwrap_or_default(),
            place.endpoint.as_deref().unwrap_or_default()
        );
        Self { path: folder.join(format!("picture-{}.json", super::file_name(&name))) }
    }

    /// The picture. One that cannot be read is none: it is only a picture.
    pub fn read(&self) -> Option<Picture> {
        serde_json::from_slice(&fs::read(&self.path).ok()?).ok()
    }

    /// Replaces the picture, whole or not at all.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn write(&self, picture: &Picture) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let unfinished = self.path.with_extension(format!("unfinished-{}", std::process::id()));
        fs::write(&unfinished, serde_json::to_vec(picture)?)?;
        fs::rename(&unfinished, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Workflow, WorkflowName};

    #[test]
    fn a_picture_comes_back_and_a_broken_one_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = PictureFile::new(folder.path(), "prod", &Place::new(None, Some("us-east-1"), None));
        assert_eq!(file.read(), None);
        let workflow = Workflow { name: WorkflowName::new("User Workflow"), known: true, ..Workflow::default() };
        let read_at = "2026-11-22T03:00:00Z".parse().expect("a time");
        let picture = Picture { read_at, account: None, workflows: vec![workflow], runs: Vec::new() };
        file.write(&picture).expect("written");
        assert_eq!(file.read(), Some(picture));
        fs::write(&file.path, "{").expect("written");
        assert_eq!(file.read(), None);
    }
}
