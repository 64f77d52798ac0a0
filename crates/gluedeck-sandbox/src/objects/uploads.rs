//! Uploads in parts that are not complete yet.

use super::{Checksum, ObjectInfo};
use chrono::{DateTime, Utc};
use md5::{Digest, Md5};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};
use tempfile::NamedTempFile;

/// Bytes of a part that is not the last (Amazon S3's documentation: "multipart upload limits").
pub(crate) const MIN_PART_BYTES: u64 = 5 << 20;

/// A part that is here.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) etag: String,
    pub(crate) size: u64,
    pub(crate) modified: DateTime<Utc>,
    pub(crate) checksum: Option<Checksum>,
}

/// An upload that was begun.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) begun: DateTime<Utc>,
    /// What will be said of the object.
    pub(crate) about: ObjectInfo,
    pub(crate) parts: BTreeMap<u32, Part>,
}

/// The uploads of one environment, by id.
#[derive(Debug)]
pub(crate) struct Uploads {
    folder: PathBuf,
    begun: Mutex<(u64, BTreeMap<String, Upload>)>,
}

impl Uploads {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, begun: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, (u64, BTreeMap<String, Upload>)> {
        self.begun.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Begins an upload and answers its id.
    pub(crate) fn begin(&self, upload: Upload) -> io::Result<String> {
        let mut begun = self.lock();
        begun.0 += 1;
        let id = hex::encode(Md5::digest(format!("upload {} {} {}", begun.0, upload.bucket, upload.key)));
        fs::create_dir_all(self.folder.join(&id))?;
        begun.1.insert(id.clone(), upload);
        Ok(id)
    }

    /// An upload of a key as it is now.
    pub(crate) fn get(&self, id: &str, bucket: &str, key: &str) -> Option<Upload> {
        self.lock().1.get(id).filter(|upload| upload.bucket == bucket && upload.key == key).cloned()
    }

    /// A bucket's uploads, by key and then by when they were begun.
    pub(crate) fn of_bucket(&self, bucket: &str) -> Vec<(String, Upload)> {
        let begun = self.lock();
        let own = begun.1.iter().filter(|(_, upload)| upload.bucket == bucket);
        let mut own: Vec<(String, Upload)> = own.map(|(id, upload)| (id.clone(), upload.clone())).collect();
        own.sort_by(|(a, one), (b, other)| (&one.key, one.begun, a).cmp(&(&other.key, other.begun, b)));
        own
    }

    /// Adds a part, in place of one of that number. False if the upload is gone.
    pub(crate) fn add(&self, id: &str, number: u32, file: NamedTempFile, part: Part) -> io::Result<bool> {
        let mut begun = self.lock();
        let Some(upload) = begun.1.get_mut(id) else { return Ok(false) };
        file.persist(self.folder.join(id).join(number.to_string())).map_err(|error| error.error)?;
        upload.parts.insert(number, part);
        Ok(true)
    }

    /// Writes the parts of these numbers one after the other.
    pub(crate) fn join(&self, id: &str, numbers: &[u32], into: &mut impl io::Write) -> io::Result<()> {
        for number in numbers {
            io::copy(&mut File::open(self.folder.join(id).join(number.to_string()))?, into)?;
        }
        Ok(())
    }

    /// Ends an upload. False if there is none.
    pub(crate) fn end(&self, id: &str) -> bool {
        let ended = self.lock().1.remove(id).is_some();
        // What cannot be removed lies in the sandbox's own folder.
        let _ = fs::remove_dir_all(self.folder.join(id));
        ended
    }
}
