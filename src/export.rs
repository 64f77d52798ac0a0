//! A result as a file: written beside its place, and put there when it is whole.

use gluedeck_core::analysis::rows::Batch;
use gluedeck_core::analysis::rows::copy::Form;
use gluedeck_core::domain::{Fault, ResultColumn};
#[cfg(feature = "local-sql")]
use gluedeck_localsql::ParquetFile;
use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempPath;
use thiserror::Error;

/// Why a result is not in a file.
#[derive(Debug, Error)]
pub(crate) enum ExportError {
    #[error("{}: unknown file extension, use {}", .0.display(), extensions())]
    Extension(PathBuf),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error("the query has no rows")]
    NoRows,
    #[error("writing it was interrupted")]
    Interrupted,
}

/// The endings of the files that can be written.
fn extensions() -> String {
    let parquet = cfg!(feature = "local-sql").then_some("parquet");
    let endings = Form::ALL.iter().map(|(_, _, ending)| *ending).chain(parquet);
    endings.map(|ending| format!(".{ending}")).collect::<Vec<_>>().join(", ")
}

/// How a file is written, by the ending of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text(Form),
    #[cfg(feature = "local-sql")]
    Parquet,
}

impl Format {
    /// By the ending of a file's name.
    ///
    /// # Errors
    /// If the ending is unknown.
    pub(crate) fn of(path: &Path) -> Result<Self, ExportError> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
        #[cfg(feature = "local-sql")]
        if ending == "parquet" {
            return Ok(Self::Parquet);
        }
        Form::named(&ending).map(Self::Text).ok_or_else(|| ExportError::Extension(path.to_owned()))
    }
}

/// A file that is being written. Dropped before it is finished, it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct Export {
    path: PathBuf,
    unfinished: TempPath,
    columns: Vec<ResultColumn>,
    rows: usize,
    writer: Option<Writer>,
}

#[derive(Debug)]
enum Writer {
    Text(Form, BufWriter<File>),
    #[cfg(feature = "local-sql")]
    Parquet(Box<ParquetFile>),
}

impl Export {
    /// Begins a file.
    ///
    /// # Errors
    /// If it cannot be written, or is there already.
    pub(crate) fn create(path: &Path, format: Format, columns: &[ResultColumn]) -> io::Result<Self> {
        if path.exists() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "the file exists; not overwritten"));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // Hidden, and with a name of its own: two consoles may export the same.
        let mut file = tempfile::Builder::new();
        // As any file is made, not for the user alone as temporary ones are.
        file.permissions(Permissions::from_mode(0o666));
        let file = file.prefix(&format!(".{name}.")).suffix(".unfinished").tempfile_in(folder)?;
        let (file, unfinished) = file.into_parts();
        let writer = match format {
            Format::Text(form) => {
                let mut out = BufWriter::with_capacity(1 << 18, file);
                out.write_all(form.head(columns).as_bytes())?;
                Writer::Text(form, out)
            }
            #[cfg(feature = "local-sql")]
            Format::Parquet => Writer::Parquet(Box::new(ParquetFile::new(file, columns)?)),
        };
        Ok(Self { path: path.to_owned(), unfinished, columns: columns.to_vec(), rows: 0, writer: Some(writer) })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// If they cannot be written.
    pub(crate) fn push(&mut self, batch: &Batch) -> io::Result<()> {
        let columns = self.columns.len();
        match &mut self.writer {
            Some(Writer::Text(form, out)) => {
                for row in 0..batch.len() {
                    let cells = (0..columns).map(|column| batch.cell(row, column));
                    out.write_all(form.row(&self.columns, cells, self.rows + row == 0).as_bytes())?;
                }
            }
            #[cfg(feature = "local-sql")]
            Some(Writer::Parquet(file)) => file.push(batch)?,
            None => {}
        }
        self.rows += batch.len();
        Ok(())
    }

    /// Puts the file in its place; answers the number of rows.
    ///
    /// # Errors
    /// If it cannot be written, or another has been put there meanwhile.
    pub(crate) fn finish(mut self) -> io::Result<usize> {
        match self.writer.take() {
            Some(Writer::Text(form, mut out)) => {
                out.write_all(form.tail().as_bytes())?;
                out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
            }
            #[cfg(feature = "local-sql")]
            Some(Writer::Parquet(file)) => file.finish()?,
            None => {}
        }
        self.unfinished.persist_noclobber(&self.path).map_err(|error| error.error)?;
        Ok(self.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_is_whole_or_not_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("rows.csv");
        let columns = [ResultColumn { name: "n".into(), kind: "bigint".into() }];
        let mut batch = Batch::new(1);
        batch.push([Some("7")]);
        batch.push([None]);
        let format = Format::of(&path).expect("a format");
        let mut dropped = Export::create(&path, format, &columns).expect("a file");
        dropped.push(&batch).expect("written");
        drop(dropped);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
        let mut whole = Export::create(&path, format, &columns).expect("a file");
        whole.push(&batch).expect("written");
        assert_eq!(whole.finish().expect("in place"), 2);
        assert_eq!(fs::read_to_string(&path).expect("the file"), "n\n7\n\"\"\n");
        assert!(Export::create(&path, format, &columns).is_err(), "nothing is overwritten");
        assert!(Format::of(Path::new("rows.xyz")).is_err());
    }
}
