//! Why work on the lake fails.

use chrono::NaiveDate;
use datafusion::arrow::error::ArrowError;
use parquet::errors::ParquetError;
use std::io;
use std::path::Path;
use thiserror::Error;

/// Why work on the lake fails; a job's run has it as its error message.
#[derive(Debug, Error)]
pub(crate) enum LakeError {
    #[error("could not {verb} {file}: {why}")]
    File { verb: &'static str, file: String, why: String },
    #[error("Unable to list s3://{bucket}/{folder}: {source}")]
    List { bucket: String, folder: String, source: io::Error },
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Arrow(#[from] ArrowError),
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// As Spark says it.
    #[error("AnalysisException: Path does not exist: s3://{bucket}/{folder}/")]
    NoPath { bucket: String, folder: String },
    #[error("AnalysisException: no {layer} data of {table} for {date}")]
    NoData { layer: &'static str, table: String, date: NaiveDate },
    #[error("no such table: {0}")]
    NoTable(String),
    /// The scenario lets it fail with this.
    #[error("{0}")]
    Injected(String),
    #[error("Invalid location {0}: it must begin with s3://")]
    Location(String),
    #[error("Unable to verify/create output bucket {0}")]
    Bucket(String),
}

impl LakeError {
    /// That something could not be done with a file.
    pub(super) fn file(verb: &'static str, path: &Path, why: &dyn std::fmt::Display) -> Self {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self::File { verb, file, why: why.to_string() }
    }
}
