//! The lake: the pipeline's jobs, really done, on Parquet in a folder laid out as the S3 buckets are.

mod bronze;
mod columns;
mod error;
mod gold;
mod parquet_io;
mod quality;
mod silver;

pub(crate) use error::LakeError;
use parquet_io::parquet_files;
pub(crate) use parquet_io::{Codec, ParquetFile};
pub(crate) use quality::Check;

use super::catalog::{Catalog, CatalogTable};
use super::objects::Objects;
use super::world::{Layer, Table, World};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, RwLock, RwLockReadGuard};

/// What a job or the crawler does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    Load(Layer),
    Quality(Layer),
    Crawl,
    /// The script of a job that is not the pipeline's, or a crawl of a crawler that is not: nothing is carried out.
    Foreign,
}

impl Step {
    /// What a program of the pipeline does; None of any other program.
    pub(crate) fn of_program(script: &str, arguments: &BTreeMap<String, String>) -> Option<Self> {
        let layer = arguments.get("--layer")?;
        let layer = Layer::ALL.into_iter().find(|known| known.word() == layer)?;
        let program = script.rsplit('/').next()?.strip_suffix(".py")?;
        match program {
            "data_quality" => Some(Self::Quality(layer)),
            _ => (program == layer.word()).then_some(Self::Load(layer)),
        }
    }
}

/// One run's work: a step on a table, for the day of the run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Work {
    pub(crate) step: Step,
    pub(crate) table: String,
    pub(crate) date: NaiveDate,
    pub(crate) job: String,
    pub(crate) run_id: String,
    pub(crate) at: DateTime<Utc>,
}

/// What the work found and did. Counts are rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Facts {
    pub(crate) rows_read: u64,
    pub(crate) rows_written: u64,
    /// Column and number of values that did not convert and became NULL.
    pub(crate) unconverted: Vec<(String, u64)>,
    pub(crate) checks: Vec<Check>,
    pub(crate) error: Option<String>,
    /// What the log has of the error, if that is more than the usual traceback.
    pub(crate) trace: Option<String>,
}

/// The past of one table.
type Queue = Arc<Mutex<Vec<Work>>>;

/// The lake of one environment. Work of one table is serialised; different tables do not wait for each other.
#[derive(Debug)]
pub(crate) struct Lake {
    root: PathBuf,
    pub(crate) world: Arc<World>,
    buckets: RwLock<BTreeSet<String>>,
    /// Loads of past nights by table, in order, of which the catalog knows and whose files are made when somebody looks.
    deferred: RwLock<BTreeMap<String, Queue>>,
    /// Verdicts of past nights that are in no file yet.
    verdicts: Mutex<Vec<(Work, Vec<Check>)>>,
    catalog: RwLock<Catalog>,
    pub(crate) objects: Objects,
}

impl Lake {
    pub(crate) fn new(root: PathBuf, world: Arc<World>) -> io::Result<Self> {
        let (catalog, purposes) = match world.is_deployed() {
            true => {
                (Catalog::new(world.settings().pipeline.databases()), gluedeck_pipeline::bucket_purposes().collect())
            }
            false => (Catalog::new(Vec::new()), Vec::new()),
        };
        let (buckets, deferred, catalog) = (RwLock::default(), RwLock::default(), RwLock::new(catalog));
        let objects = Objects::new(&root);
        let lake = Self { root, world, buckets, deferred, verdicts: Mutex::default(), catalog, objects };
        for purpose in purposes {
            lake.create_bucket(&lake.world.bucket(purpose))?;
        }
        if lake.world.is_deployed() {
            lake.upload_programs()?;
        }
        Ok(lake)
    }

    /// The environment's buckets.
    pub(crate) fn buckets(&self) -> BTreeSet<String> {
        self.buckets.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    /// Makes a bucket. False if there is one of that name.
    pub(crate) fn create_bucket(&self, name: &str) -> io::Result<bool> {
        std::fs::create_dir_all(self.root.join("s3").join(name))?;
        Ok(self.buckets.write().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(name.to_owned()))
    }

    /// Deletes a bucket that has nothing in it.
    ///
    /// # Errors
    /// If there is something in it.
    pub(crate) fn delete_bucket(&self, name: &str) -> io::Result<()> {
        if !self.objects.keys(name, "").is_empty() {
            return Err(io::Error::other("The bucket you tried to delete is not empty"));
        }
        self.objects.forget_bucket(name);
        // Folders in which nothing is left are no objects.
        std::fs::remove_dir_all(self.root.join("s3").join(name))
            .map_err(|_| io::Error::other("The bucket you tried to delete is not empty"))?;
        self.buckets.write().unwrap_or_else(|poisoned| poisoned.into_inner()).remove(name);
        Ok(())
    }

    /// Puts the job programs where the jobs' definitions say that they are.
    fn upload_programs(&self) -> io::Result<()> {
        let bucket = self.world.bucket("scripts");
        for (name, text) in gluedeck_pipeline::job_programs() {
            let path = self.path(&bucket, name);
            // A folder that is used again keeps what was uploaded to it.
            if !path.exists() {
                std::fs::write(path, text)?;
            }
        }
        Ok(())
    }

    /// The past of a table of the pipeline, and the table.
    fn past_of(&self, scope: &str) -> Option<(Queue, Arc<Table>)> {
        let table = self.world.table(scope)?;
        let mut deferred = self.deferred.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        Some((Arc::clone(deferred.entry(scope.to_owned()).or_default()), table))
    }

    /// The folder or file that stands for `s3://bucket/key`.
    pub(crate) fn path(&self, bucket: &str, key: &str) -> PathBuf {
        self.root.join("s3").join(bucket).join(key)
    }

    /// The folder of results that are being paged through.
    pub(crate) fn spool(&self) -> PathBuf {
        self.root.join("results")
    }

    /// Where the results are that Athena keeps for a workgroup.
    pub(crate) fn managed_results(&self) -> PathBuf {
        self.root.join("managed-results")
    }

    /// Takes a past night's work: the catalog knows of it at once, and its files are made when somebody looks.
    pub(crate) fn defer(&self, work: Work) {
        let Some((queue, table)) = self.past_of(&work.table) else { return };
        let (mut queue, record) = (lock(&queue), &table.record);
        let expected = self.expect(&work);
        match work.step {
            Step::Quality(layer) => {
                let mut checks = expected.checks;
                checks.extend(quality::expect_row_count(&self.world, record, layer, work.date, &queue));
                quality::register(self, &work);
                drop(queue);
                lock(&self.verdicts).push((work, checks));
            }
            Step::Foreign => {}
            // What failed has left nothing.
            _ if expected.error.is_some() => {}
            Step::Crawl => bronze::register(self, &table, &work, &queue),
            Step::Load(layer) => {
                match layer {
                    Layer::Bronze => {}
                    Layer::Silver => silver::register(self, record, &work),
                    Layer::Gold => {
                        gold::register(self, record, &work);
                        // It overwrites those before.
                        queue.retain(|past| past.step != work.step);
                    }
                }
                queue.push(work);
            }
        }
    }

    /// Does the work now. The table's past may be still to come, unless the work is made of it.
    pub(crate) fn perform(&self, work: &Work) -> Facts {
        if work.step == Step::Foreign {
            return self.expect(work);
        }
        let Some((queue, table)) = self.past_of(&work.table) else {
            return Facts { error: Some(format!("no such table: {}", work.table)), ..Facts::default() };
        };
        let (mut queue, record) = (lock(&queue), &table.record);
        let silver = || parquet_files(&quality::day_folder(self, record, Layer::Silver, work.date));
        let of_the_past = queue.iter().any(|past| past.date == work.date)
            || (work.step == Step::Load(Layer::Gold) && silver().is_none());
        if of_the_past {
            self.bring(&table, &mut queue, |_, _| true);
        }
        self.carry_out(work, &queue)
    }

    /// The tables whose past is made when it is touched.
    pub(crate) fn tables(&self) -> Vec<String> {
        self.deferred.read().unwrap_or_else(|poisoned| poisoned.into_inner()).keys().cloned().collect()
    }

    /// Brings the past of one table onto the disk.
    pub(crate) fn ensure(&self, table: &str) {
        if let Some((queue, table)) = self.past_of(table) {
            self.bring(&table, &mut lock(&queue), |_, _| true);
        }
    }

    /// Does the loads of past nights that write what is `wanted`, by layer and key, and the loads that these read, but for
    /// what has been overwritten since.
    fn bring(&self, table: &Table, queue: &mut Vec<Work>, wanted: impl Fn(Layer, &str) -> bool) {
        let record = &table.record;
        let mut due = Vec::new();
        // Gold reads the newest silver up to its night, silver the bronze of its night.
        let (mut silver_up_to, mut bronze_of) = (None::<NaiveDate>, BTreeSet::new());
        // From the newest on: what a load reads comes after it.
        for work in std::mem::take(queue).into_iter().rev() {
            let Step::Load(layer) = work.step else { continue };
            let (bucket, key) = quality::day_key(self, record, layer, work.date);
            let read = match layer {
                Layer::Gold => false,
                Layer::Silver => silver_up_to.is_some_and(|night| work.date <= night),
                Layer::Bronze => bronze_of.contains(&work.date),
            };
            if !read && !wanted(layer, &key) {
                queue.push(work);
                continue;
            }
            silver_up_to = silver_up_to.filter(|_| !read || layer != Layer::Silver);
            if parquet_files(&self.path(&bucket, &key)).is_some() {
                continue;
            }
            match layer {
                Layer::Gold => silver_up_to = Some(work.date),
                Layer::Silver => _ = bronze_of.insert(work.date),
                Layer::Bronze => {}
            }
            due.push(work);
        }
        queue.reverse();
        for work in due.iter().rev() {
            self.carry_out(work, &[]);
        }
    }

    /// Brings the verdicts of past nights onto the disk.
    pub(crate) fn ensure_verdicts(&self) {
        let mut verdicts = lock(&self.verdicts);
        let past = std::mem::take(&mut *verdicts);
        if !past.is_empty() {
            // The disk is full, say: the query that wants them finds none.
            let _ = quality::write_past(self, &past);
        }
    }

    /// Brings onto the disk what lies in a bucket under a key or prefix.
    pub(crate) fn ensure_under(&self, bucket: &str, under: &str) {
        if bucket == self.world.bucket("dataQuality") {
            return self.ensure_verdicts();
        }
        let of = |layer: &Layer| bucket == self.world.layer_bucket(*layer);
        let Some(looked_at) = Layer::ALL.into_iter().find(of) else { return };
        for (queue, table) in self.tables().iter().filter_map(|scope| self.past_of(scope)) {
            let meets = |key: &str| key.starts_with(under) || under.starts_with(key);
            let folder = format!("{}/", table.record.bucket_folder);
            if meets(&folder) {
                self.bring(&table, &mut lock(&queue), |layer, key| layer == looked_at && meets(key));
            }
        }
    }

    pub(crate) fn catalog(&self) -> RwLockReadGuard<'_, Catalog> {
        self.catalog.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// What the work of a past night must have found, known from the world alone; `perform` finds the same on Parquet,
    /// which `history_is_true` in this folder's tests proves.
    pub(crate) fn expect(&self, work: &Work) -> Facts {
        if let Some(facts) = self.injected_failure(work) {
            return facts;
        }
        let rows = || self.world.row_count(&work.table, work.date);
        match work.step {
            Step::Foreign => Facts::default(),
            Step::Quality(layer) => quality::expect(&self.world, &work.table, layer, work.date),
            Step::Load(_) => Facts { rows_read: rows(), rows_written: rows(), ..Facts::default() },
            Step::Crawl => {
                let table = self.world.table(&work.table);
                let error = table.and_then(|table| bronze::fails(self, &table.record, work));
                Facts { rows_read: if error.is_some() { 0 } else { rows() }, error, ..Facts::default() }
            }
        }
    }

    /// What the scenario lets a job die of.
    fn injected_failure(&self, work: &Work) -> Option<Facts> {
        let tonight = self.world.night_number(work.date) >= 0;
        let rule = self.world.scenario.job_fails.iter().find(|rule| rule.job == work.job).filter(|_| tonight)?;
        Some(Facts { error: Some(rule.error.clone()), trace: rule.log.clone(), ..Facts::default() })
    }

    fn carry_out(&self, work: &Work, pending: &[Work]) -> Facts {
        if let Some(facts) = self.injected_failure(work) {
            return facts;
        }
        let done = match self.world.table(&work.table) {
            None => Err(LakeError::NoTable(work.table.clone())),
            Some(table) => match work.step {
                Step::Load(Layer::Bronze) => bronze::load(self, &table, work),
                Step::Load(Layer::Silver) => silver::load(self, &table.record, work),
                Step::Load(Layer::Gold) => gold::load(self, &table.record, work),
                Step::Crawl => bronze::crawl(self, &table, work, pending),
                Step::Quality(layer) => quality::check(self, &table.record, layer, work, pending),
                Step::Foreign => Ok(Facts::default()),
            },
        };
        done.unwrap_or_else(|error| Facts { error: Some(error.to_string()), ..Facts::default() })
    }

    /// Registers a table of the pipeline, or brings it up to date.
    fn put_in_catalog(&self, layer: Layer, table: CatalogTable) {
        let database = self.world.settings().pipeline.database(layer);
        self.change_catalog(|catalog| catalog.register(&database, table));
    }

    /// Bucket and key of `s3://bucket/key`, if the bucket is one of this lake's.
    ///
    /// # Errors
    /// What is wrong with the location. A key never leads out of its bucket's folder.
    pub(crate) fn locate(&self, location: &str) -> Result<(String, String), LakeError> {
        let path = location.strip_prefix("s3://").map(|rest| rest.split_once('/').unwrap_or((rest, "")));
        let (bucket, key) = path.ok_or_else(|| LakeError::Location(location.to_owned()))?;
        let inside = key.split('/').all(|part| part != "..") && !key.starts_with('/');
        if !inside || !self.buckets().contains(bucket) {
            return Err(LakeError::Bucket(bucket.to_owned()));
        }
        Ok((bucket.to_owned(), key.to_owned()))
    }

    /// `s3://bucket/key` of a file of the lake.
    pub(crate) fn url(&self, path: &std::path::Path) -> Option<String> {
        path.strip_prefix(self.root.join("s3")).ok().map(|key| format!("s3://{}", key.display()))
    }

    /// Changes the catalog, and answers what the change does.
    pub(crate) fn change_catalog<T>(&self, change: impl FnOnce(&mut Catalog) -> T) -> T {
        change(&mut self.catalog.write().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }
}

/// A panic while the lock was held leaves a queue that is still a queue.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn lake(dir: &Path) -> Lake {
        let night = NaiveDate::from_ymd_opt(2026, 11, 22).expect("a date");
        Lake::new(dir.to_path_buf(), Arc::new(World::default_at(night))).expect("a folder")
    }

    fn work(lake: &Lake, step: Step, table: &str, nights_ago: u64) -> Work {
        let date = lake.world.first_night - chrono::Days::new(nights_ago);
        let at = date.and_hms_opt(3, 5, 0).expect("a time").and_utc();
        Work { step, table: table.into(), date, job: "job".into(), run_id: format!("jr_{nights_ago}_{step:?}"), at }
    }

    fn chain() -> [Step; 7] {
        let (b, s, g) = (Layer::Bronze, Layer::Silver, Layer::Gold);
        [Step::Load(b), Step::Crawl, Step::Quality(b), Step::Load(s), Step::Quality(s), Step::Load(g), Step::Quality(g)]
    }

    #[test]
    fn history_is_true() {
        let dir = tempfile::tempdir().expect("a folder");
        let lake = lake(dir.path());
        for table in ["User", "Invoice", "PriceRule"] {
            for nights_ago in [8, 7, 0] {
                for step in chain() {
                    let work = work(&lake, step, table, nights_ago);
                    let (expected, found) = (lake.expect(&work), lake.perform(&work));
                    assert_eq!(expected.error, found.error, "{table} {nights_ago} {step:?}");
                    assert_eq!(expected.rows_read, found.rows_read, "{table} {nights_ago} {step:?}");
                }
            }
        }
    }

    /// Whoever reads gold reads one night of silver and of bronze; the other nights are made when they are read.
    #[test]
    fn no_more_of_the_past_is_made_than_is_read() {
        let dir = tempfile::tempdir().expect("a folder");
        let lake = lake(dir.path());
        for nights_ago in [3, 2, 1] {
            for layer in Layer::ALL {
                lake.defer(work(&lake, Step::Load(layer), "Order", nights_ago));
            }
        }
        let table = lake.world.table("Order").expect("a table");
        let record = &table.record;
        let there = |layer, nights_ago| {
            let night = lake.world.first_night - chrono::Days::new(nights_ago);
            parquet_files(&quality::day_folder(&lake, record, layer, night)).is_some()
        };
        let nights = |layer| [3, 2, 1].map(|nights_ago| there(layer, nights_ago));
        let gold = lake.world.layer_bucket(Layer::Gold);
        lake.ensure_under(&gold, &format!("{}/", record.bucket_folder));
        assert!(there(Layer::Gold, 1));
        assert_eq!(nights(Layer::Silver), [false, false, true]);
        assert_eq!(nights(Layer::Bronze), [false, false, true]);
        let (bronze, key) =
            quality::day_key(&lake, record, Layer::Bronze, lake.world.first_night - chrono::Days::new(3));
        lake.ensure_under(&bronze, &format!("{key}part-00000.snappy.parquet"));
        assert_eq!(nights(Layer::Bronze), [true, false, true]);
        let silver = lake.world.layer_bucket(Layer::Silver);
        lake.ensure_under(&silver, "");
        assert_eq!(nights(Layer::Silver), [true, true, true]);
        assert_eq!(nights(Layer::Bronze), [true, true, true], "silver is made of bronze");
    }

    #[test]
    fn tonights_users_without_a_phone_number_fail_the_silver_check_and_no_other() {
        let dir = tempfile::tempdir().expect("a folder");
        let lake = lake(dir.path());
        let errors: Vec<_> =
            chain().into_iter().map(|step| lake.perform(&work(&lake, step, "User", 0)).error).collect();
        let silver_quality = errors[4].as_deref().expect("the silver check fails");
        assert!(silver_quality.contains("phone_number is empty in 31 of 1204 rows"), "{silver_quality}");
        assert_eq!(errors.iter().flatten().count(), 1, "{errors:?}");
    }
}
