//! The file that a pipeline is deployed from: new schedules are written into it.

use gluedeck_pipeline::file::Format;
use gluedeck_pipeline::{PatchError, Patched, write_schedules};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why schedules are not in the file.
#[derive(Debug, Error)]
pub enum WriteSchedulesError {
    #[error("{}: {source}", file.display())]
    File { file: PathBuf, source: io::Error },
    #[error("{}: no record of it makes any of these triggers", file.display())]
    Other { file: PathBuf },
    #[error("{}: {source}", file.display())]
    Patch { file: PathBuf, source: PatchError },
}

/// Whether new schedules, by trigger, could be written into a file: nothing is.
///
/// # Errors
/// If the file cannot be read, is wrong, or makes none of the triggers.
pub fn check_schedules_into(file: &Path, schedules: &BTreeMap<String, String>) -> Result<(), WriteSchedulesError> {
    let failed = |source: io::Error| WriteSchedulesError::File { file: file.to_owned(), source };
    let text = fs::read_to_string(file).map_err(failed)?;
    let patched = write_schedules(&text, Format::of(file), schedules)
        .map_err(|source| WriteSchedulesError::Patch { file: file.to_owned(), source })?;
    match patched.unknown.len() == schedules.len() {
        true => Err(WriteSchedulesError::Other { file: file.to_owned() }),
        false => Ok(()),
    }
}

/// Writes new schedules, by trigger, into the records of a pipeline's file; all of it or, where something fails, nothing. The
/// rest of the text stays as it is.
///
/// # Errors
/// If the file cannot be read or written, or is wrong.
pub fn write_schedules_into(file: &Path, schedules: &BTreeMap<String, String>) -> Result<Patched, WriteSchedulesError> {
    let failed = |source: io::Error| WriteSchedulesError::File { file: file.to_owned(), source };
    let text = fs::read_to_string(file).map_err(failed)?;
    let patched = write_schedules(&text, Format::of(file), schedules)
        .map_err(|source| WriteSchedulesError::Patch { file: file.to_owned(), source })?;
    if patched.text != text {
        // A link is followed, and the file keeps its permissions.
        let target = fs::canonicalize(file).map_err(failed)?;
        let folder = target.parent().unwrap_or(Path::new("."));
        let mut fresh = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        fresh.write_all(patched.text.as_bytes()).map_err(failed)?;
        let permissions = fs::metadata(&target).map_err(failed)?.permissions();
        fs::set_permissions(fresh.path(), permissions).map_err(failed)?;
        fresh.persist(&target).map_err(|error| failed(error.error))?;
    }
    Ok(patched)
}
