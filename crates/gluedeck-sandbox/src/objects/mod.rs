//! The objects of S3: files in folders that are laid out as the buckets are, and what is said of each besides its content.

mod checksum;
mod uploads;

pub(crate) use checksum::{Algorithm, Checksum, Hasher};
pub(crate) use uploads::{MIN_PART_BYTES, Part, Upload, Uploads};

use chrono::{DateTime, Utc};
use md5::{Digest, Md5};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::SystemTime;
use tempfile::NamedTempFile;

/// Bytes of a name in a folder.
const MAX_NAME_BYTES: usize = 200;

/// What is said of an object.
#[derive(Debug, Clone, Default)]
pub(crate) struct ObjectInfo {
    /// Without quotes.
    pub(crate) etag: String,
    pub(crate) size: u64,
    pub(crate) modified: DateTime<Utc>,
    /// Content-Type and its like, by names in small letters.
    pub(crate) headers: BTreeMap<String, String>,
    /// `x-amz-meta-…`, by names without the prefix.
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) checksum: Option<Checksum>,
    /// Sizes of the parts that it was uploaded in.
    pub(crate) parts: Vec<u64>,
    /// What the file was like when this was noted: a file that others have written since is another object.
    pub(crate) stamp: Option<(SystemTime, u64)>,
}

type Address = (String, String);

/// The objects of one environment.
#[derive(Debug)]
pub(crate) struct Objects {
    root: PathBuf,
    noted: Mutex<Noted>,
    pub(crate) uploads: Uploads,
}

#[derive(Debug, Default)]
struct Noted {
    about: BTreeMap<Address, Arc<ObjectInfo>>,
    /// Files of the keys that no path can have: `a` beside `a/b`, `a//b`, `..`.
    elsewhere: BTreeMap<Address, PathBuf>,
}

/// What an object must be like to be written over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct WriteCondition {
    /// Nothing may be there.
    pub(crate) if_absent: bool,
    /// What is there has this ETag, without quotes.
    pub(crate) if_match: Option<String>,
}

/// Why an object is not written.
#[derive(Debug)]
pub(crate) enum WriteError {
    /// The header whose condition does not hold.
    Precondition(&'static str),
    /// A condition on what is there, and nothing is.
    Missing,
    /// The disk refuses.
    Disk,
}

impl From<io::Error> for WriteError {
    fn from(_: io::Error) -> Self {
        Self::Disk
    }
}

impl Objects {
    pub(crate) fn new(root: &Path) -> Self {
        let uploads = Uploads::new(root.join("s3-uploads"));
        Self { root: root.to_owned(), noted: Mutex::default(), uploads }
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn bucket(&self, bucket: &str) -> PathBuf {
        self.root.join("s3").join(bucket)
    }

    /// A file that is not in its place yet.
    pub(crate) fn incoming(&self) -> io::Result<NamedTempFile> {
        let folder = self.root.join("s3-incoming");
        fs::create_dir_all(&folder)?;
        NamedTempFile::new_in(folder)
    }

    fn path(&self, noted: &Noted, address: &Address) -> Option<PathBuf> {
        let (bucket, key) = address;
        if let Some(path) = noted.elsewhere.get(address) {
            return Some(path.clone());
        }
        is_path(key).then(|| self.bucket(bucket).join(key)).filter(|path| path.is_file())
    }

    /// An object's file and what is said of it; None if there is none. Files that others have put there were written when
    /// they were first seen, at the latest.
    pub(crate) fn get(&self, bucket: &str, key: &str, now: DateTime<Utc>) -> Option<(PathBuf, Arc<ObjectInfo>)> {
        let address = (bucket.to_owned(), key.to_owned());
        let (path, known) = {
            let noted = self.noted();
            (self.path(&noted, &address)?, noted.about.get(&address).cloned())
        };
        let stamp = stamp(&fs::metadata(&path).ok()?);
        if let Some(about) = known.filter(|about| about.stamp == stamp) {
            return Some((path, about));
        }
        let written = stamp.map_or(now, |(written, _)| DateTime::<Utc>::from(written)).min(now);
        let about = ObjectInfo { modified: written, ..described(&path).ok()? };
        let about = Arc::new(ObjectInfo { stamp, ..about });
        self.noted().about.insert(address, Arc::clone(&about));
        Some((path, about))
    }

    /// Puts a file in the place of an object.
    ///
    /// # Errors
    /// If the condition does not hold, or the disk refuses.
    pub(crate) fn put(
        &self,
        (bucket, key): (&str, &str),
        file: NamedTempFile,
        about: ObjectInfo,
        condition: &WriteCondition,
    ) -> Result<Arc<ObjectInfo>, WriteError> {
        let address = (bucket.to_owned(), key.to_owned());
        // Of two that write at once on a condition, the second must see the first.
        let mut noted = self.noted();
        if *condition != WriteCondition::default() {
            let there = self.path(&noted, &address);
            if condition.if_absent && there.is_some() {
                return Err(WriteError::Precondition("If-None-Match"));
            }
            if let Some(wanted) = &condition.if_match {
                let path = there.ok_or(WriteError::Missing)?;
                let stamp = stamp(&fs::metadata(&path)?);
                let known = noted.about.get(&address).filter(|known| known.stamp == stamp);
                let etag =
                    known.map_or_else(|| described(&path).map(|about| about.etag), |known| Ok(known.etag.clone()))?;
                if etag != *wanted {
                    return Err(WriteError::Precondition("If-Match"));
                }
            }
        }
        let plain = self.bucket(bucket).join(key);
        let fits = is_path(key) && !plain.is_dir() && !noted.elsewhere.contains_key(&address);
        let path = match fits && fs::create_dir_all(plain.parent().unwrap_or(&self.root)).is_ok() {
            true => plain,
            false => {
                let folder = self.root.join("s3-elsewhere");
                fs::create_dir_all(&folder)?;
                let name = hex::encode(Sha256::digest(format!("{bucket}/{key}")));
                let path = folder.join(name);
                noted.elsewhere.insert(address.clone(), path.clone());
                path
            }
        };
        let stored = file.persist(&path).map_err(|error| error.error)?;
        let about = Arc::new(ObjectInfo { stamp: stamp(&stored.metadata()?), ..about });
        noted.about.insert(address, Arc::clone(&about));
        Ok(about)
    }

    /// Changes what is said of an object. False if there is none.
    pub(crate) fn annotate(
        &self,
        bucket: &str,
        key: &str,
        now: DateTime<Utc>,
        change: impl FnOnce(&mut ObjectInfo),
    ) -> bool {
        let Some((_, about)) = self.get(bucket, key, now) else { return false };
        let mut about = about.as_ref().clone();
        change(&mut about);
        self.noted().about.insert((bucket.to_owned(), key.to_owned()), Arc::new(about));
        true
    }

    /// Deletes an object if it is there. A folder is there only as long as something is in it.
    pub(crate) fn delete(&self, bucket: &str, key: &str) {
        let address = (bucket.to_owned(), key.to_owned());
        let mut noted = self.noted();
        let Some(path) = self.path(&noted, &address) else { return };
        noted.about.remove(&address);
        noted.elsewhere.remove(&address);
        // Somebody else may have been faster.
        let _ = fs::remove_file(&path);
        let bucket = self.bucket(bucket);
        let mut folder = path.parent();
        while let Some(inner) = folder.filter(|folder| folder.starts_with(&bucket) && *folder != bucket) {
            if fs::remove_dir(inner).is_err() {
                break;
            }
            folder = inner.parent();
        }
    }

    /// Forgets what was said of a bucket's objects.
    pub(crate) fn forget_bucket(&self, bucket: &str) {
        let mut noted = self.noted();
        noted.about.retain(|(of, _), _| of != bucket);
        noted.elsewhere.retain(|(of, _), _| of != bucket);
    }

    /// The keys of a bucket that begin with a prefix, in the order of their bytes.
    pub(crate) fn keys(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let root = self.bucket(bucket);
        let noted = self.noted();
        let mut keys = Vec::new();
        // Only folders that can hold the prefix are walked.
        let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        if folder.is_empty() || is_path(folder) {
            walk(&root, &root.join(folder), &mut keys);
        }
        let unfinished = |key: &str| {
            let name = key.rsplit('/').next().unwrap_or_default();
            name.starts_with(".tmp") || name.ends_with(".unfinished")
        };
        keys.retain(|key| {
            key.starts_with(prefix) && (!unfinished(key) || noted.about.contains_key(&(bucket.to_owned(), key.clone())))
        });
        let elsewhere = noted.elsewhere.keys().filter(|(of, key)| of == bucket && key.starts_with(prefix));
        keys.extend(elsewhere.map(|(_, key)| key.clone()));
        keys.sort();
        keys
    }
}

/// Whether a key can be a path in a folder.
fn is_path(key: &str) -> bool {
    let fits = |part: &str| !matches!(part, "" | "." | "..") && part.len() <= MAX_NAME_BYTES && !part.contains('\0');
    key.split('/').all(fits)
}

fn stamp(about: &Metadata) -> Option<(SystemTime, u64)> {
    Some((about.modified().ok()?, about.len()))
}

/// What is said of a file that was not put over the wire.
fn described(path: &Path) -> io::Result<ObjectInfo> {
    let (mut file, mut digest, mut chunk) = (File::open(path)?, Md5::new(), vec![0; 1 << 16]);
    let mut size = 0;
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        digest.update(&chunk[..read]);
        size += read as u64;
    }
    Ok(ObjectInfo { etag: hex::encode(digest.finalize()), size, ..ObjectInfo::default() })
}

/// All files under a folder, as keys.
fn walk(root: &Path, folder: &Path, keys: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(root, &path, keys),
            Ok(_) => keys.extend(path.strip_prefix(root).ok().map(|key| key.to_string_lossy().into_owned())),
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn put(
        objects: &Objects,
        key: &str,
        content: &str,
        condition: &WriteCondition,
    ) -> Result<Arc<ObjectInfo>, WriteError> {
        let mut file = objects.incoming().expect("a file");
        file.write_all(content.as_bytes()).expect("written");
        let about = ObjectInfo { etag: content.to_owned(), size: content.len() as u64, ..ObjectInfo::default() };
        objects.put(("b", key), file, about, condition)
    }

    #[test]
    fn keys_that_no_path_can_have_are_objects_beside_the_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let objects = Objects::new(folder.path());
        fs::create_dir_all(folder.path().join("s3/b")).expect("a bucket");
        let keys = ["..", "/a", "a", "a/", "a/../b", "a//b", "a/b", "a/b/c"];
        for key in keys.iter().rev() {
            put(&objects, key, key, &WriteCondition::default()).expect("put");
        }
        assert_eq!(objects.keys("b", ""), keys);
        let now = Utc::now();
        for key in keys {
            let (path, about) = objects.get("b", key, now).expect(key);
            assert_eq!((fs::read_to_string(&path).expect(key).as_str(), about.etag.as_str()), (key, key));
            assert!(path.starts_with(folder.path()));
        }
        for key in keys {
            objects.delete("b", key);
            assert!(objects.get("b", key, now).is_none(), "{key}");
        }
        assert_eq!(objects.keys("b", ""), Vec::<String>::new());
    }

    #[test]
    fn of_many_that_write_where_nothing_is_one_does() {
        let folder = tempfile::tempdir().expect("a folder");
        let objects = Objects::new(folder.path());
        fs::create_dir_all(folder.path().join("s3/b")).expect("a bucket");
        let absent = WriteCondition { if_absent: true, if_match: None };
        let start = std::sync::Barrier::new(8);
        let written = std::thread::scope(|scope| {
            let one = |_| {
                scope.spawn(|| {
                    start.wait();
                    put(&objects, "k", "1", &absent).is_ok()
                })
            };
            let all: Vec<_> = (0..8).map(one).collect();
            all.into_iter().map(|thread| thread.join().expect("no panic")).filter(|wrote| *wrote).count()
        });
        assert_eq!(written, 1);
    }

    #[test]
    fn conditions_on_what_is_written_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let objects = Objects::new(folder.path());
        fs::create_dir_all(folder.path().join("s3/b")).expect("a bucket");
        let absent = WriteCondition { if_absent: true, if_match: None };
        let matches = |etag: &str| WriteCondition { if_absent: false, if_match: Some(etag.to_owned()) };
        assert!(matches!(put(&objects, "k", "1", &matches("1")), Err(WriteError::Missing)));
        assert!(put(&objects, "k", "1", &absent).is_ok());
        assert!(matches!(put(&objects, "k", "2", &absent), Err(WriteError::Precondition("If-None-Match"))));
        assert!(matches!(put(&objects, "k", "2", &matches("2")), Err(WriteError::Precondition("If-Match"))));
        assert!(put(&objects, "k", "2", &matches("1")).is_ok());
    }
}
