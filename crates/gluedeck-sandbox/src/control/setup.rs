//! Creating the 308 resources from the 22 records, as the pipeline's infrastructure code does.

use super::{Action, Condition, Control, Crawler, Job, Target, Time, Trigger, What, Workflow};
use crate::lake::{Lake, Step};
use crate::world::{HISTORY_NIGHTS, JobSettings, Layer, Record, World};
use chrono::{Days, NaiveTime, TimeDelta};
use gluedeck_pipeline::schedule;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::sync::Arc;

impl Control {
    /// The control plane as it is at `start`: everything created, and the nights before already run.
    pub(crate) fn new(world: Arc<World>, lake: Arc<Lake>, start: Time) -> Self {
        let mut control = Self {
            world: Arc::clone(&world),
            lake,
            workflows: BTreeMap::new(),
            triggers: BTreeMap::new(),
            jobs: BTreeMap::new(),
            deleted_jobs: BTreeMap::new(),
            crawlers: BTreeMap::new(),
            dpu_in_use: 0.0,
            job_runs_active: 0,
            tags: BTreeMap::new(),
            schedules: BTreeMap::new(),
            waiting: VecDeque::new(),
            outbox: None,
            queue: BinaryHeap::new(),
            sequence: 0,
        };
        let first_day = world.first_night - Days::new(HISTORY_NIGHTS as u64);
        let created = first_day.and_time(NaiveTime::MIN).and_utc() - TimeDelta::hours(12);
        for record in &world.records {
            control.create(record, created);
        }
        control.create_foreign(created, start);
        control.deactivate_schedules(&world);
        control.run_history(start);
        control.go_live();
        control
    }

    fn deactivate_schedules(&mut self, world: &World) {
        for off in &world.scenario.schedule_off {
            let Some(record) = world.record(&off.table) else { continue };
            let day = world.first_night + TimeDelta::days(off.since_night);
            let afternoon_before = day.and_time(NaiveTime::MIN).and_utc() - TimeDelta::hours(9);
            self.push(afternoon_before, What::SwitchOff(trigger_name(&record.job(Layer::Bronze), "Job")));
        }
    }

    /// The past happens at once; its work on the lake is put off until somebody looks.
    fn run_history(&mut self, start: Time) {
        while self.next_at().is_some_and(|at| at <= start) {
            let work = self.next_work();
            let facts = work.as_ref().map(|work| self.lake.expect(work));
            if let Some(work) = work {
                self.lake.defer(work);
            }
            self.step(facts);
        }
    }

    fn create(&mut self, record: &Record, created: Time) {
        let workflow = record.workflow();
        let schedule = format!("cron(0 {} * * ? *)", self.world.environment.hour);
        let mut upstream: Option<Target> = None;
        let mut triggers = Vec::new();
        for (word, target) in chain(record) {
            let name = trigger_name(target.name(), word);
            let scheduled = upstream.is_none();
            let conditions = upstream.map(|target| Condition { target, state: "SUCCEEDED".into() });
            self.triggers.insert(
                name.clone(),
                Trigger {
                    name: name.clone(),
                    workflow: Some(workflow.clone()),
                    kind: if scheduled { "SCHEDULED" } else { "CONDITIONAL" },
                    state: "ACTIVATED",
                    description: format!("Starts {}", target.name()),
                    schedule: scheduled.then(|| schedule.clone()),
                    conditions: conditions.into_iter().collect(),
                    logical: "ANY",
                    actions: vec![Action::start(target.clone())],
                    event_batching: None,
                    generation: 0,
                },
            );
            triggers.push(name);
            upstream = Some(target);
        }
        self.schedule_next(&triggers[0], created);
        self.create_jobs(record, created);
        self.workflows.insert(
            workflow.clone(),
            Workflow {
                description: format!("Nightly load of the DynamoDB table {}", record.dynamo_table_name),
                name: workflow,
                created,
                max_concurrent_runs: Some(1),
                default_run_properties: BTreeMap::from([("table".into(), record.table_name.clone())]),
                triggers,
                runs: Vec::new(),
            },
        );
    }

    fn create_jobs(&mut self, record: &Record, created: Time) {
        for layer in Layer::ALL {
            let (worker_type, workers) = record.workers(layer);
            let load = (record.job(layer), Step::Load(layer), worker_type, workers, layer.word());
            let (worker_type, workers) = record.quality_workers(layer);
            let quality = (record.quality_job(layer), Step::Quality(layer), worker_type, workers, "data_quality");
            for (name, step, worker_type, workers, program) in [load, quality] {
                let script = format!("s3://{}/{program}.py", self.world.bucket("gluescript-job"));
                let settings: Vec<&JobSettings> = self.world.scenario.job.iter().filter(|s| s.name == name).collect();
                let job = Job {
                    name: name.clone(),
                    table: record.scope_id.clone(),
                    step,
                    command: "glueetl".to_owned(),
                    glue_version: Some("4.0".to_owned()),
                    flex: false,
                    seconds: None,
                    settings: serde_json::Map::new(),
                    worker_type: worker_type.to_owned(),
                    workers,
                    timeout_minutes: settings.iter().find_map(|s| s.timeout_minutes).unwrap_or(120),
                    max_retries: settings.iter().find_map(|s| s.max_retries).unwrap_or(0),
                    queuing: settings.iter().any(|s| s.queuing == Some(true)),
                    max_concurrent_runs: 1,
                    script,
                    arguments: arguments(record, step, layer, &self.world),
                    created,
                    bookmark_reset: None,
                    runs: Vec::new(),
                };
                self.jobs.insert(name, job);
            }
        }
        let target = format!("s3://{}/{}", self.world.bucket("analytics-bronze"), record.bucket_folder);
        let (name, table) = (record.crawler(), record.scope_id.clone());
        let database = "tumble_analytics_bronze".to_owned();
        self.crawlers.insert(
            name.clone(),
            Crawler { name, table, database, schedule: None, target, created, crawls: Vec::new() },
        );
    }

    /// Queues the next firing of a scheduled trigger.
    pub(super) fn schedule_next(&mut self, trigger: &str, after: Time) {
        let Some(known) = self.triggers.get(trigger) else { return };
        let (Some(schedule), generation) = (known.schedule.clone(), known.generation) else { return };
        // Most workflows share one schedule.
        let parsed = self.schedules.entry(schedule).or_insert_with_key(|schedule| schedule::validate(schedule).ok());
        if let Some(at) = parsed.as_ref().and_then(|cron| schedule::next(cron, after)) {
            self.push(at, What::Schedule(trigger.to_owned(), generation));
        }
    }
}

/// The seven steps in order, each with the word its trigger's name has.
fn chain(record: &Record) -> [(&'static str, Target); 7] {
    let job = |layer| ("Job", Target::Job(record.job(layer)));
    let quality = |layer| ("DQ Job", Target::Job(record.quality_job(layer)));
    let crawler = ("Crawler", Target::Crawler(record.crawler()));
    [
        job(Layer::Bronze),
        crawler,
        quality(Layer::Bronze),
        job(Layer::Silver),
        quality(Layer::Silver),
        job(Layer::Gold),
        quality(Layer::Gold),
    ]
}

/// `Run Job DynamoDB User Bronze`, `Run DQ Job DynamoDB User Bronze`, `Run Crawler DynamoDB User Bronze`.
fn trigger_name(target: &str, word: &str) -> String {
    let base = target.trim_end_matches(" DQ").trim_end_matches(" Crawler");
    format!("Run {word} {base}")
}

fn arguments(record: &Record, step: Step, layer: Layer, world: &World) -> BTreeMap<String, String> {
    let mut arguments = BTreeMap::from([
        ("--job-language".to_owned(), "python".to_owned()),
        ("--enable-metrics".into(), "true".into()),
        ("--environment".into(), world.environment.name.to_owned()),
        ("--layer".into(), layer.word().into()),
        ("--table_name".into(), record.table_name.clone()),
        ("--kpi_fields".into(), record.kpi_fields(layer).join(",")),
        ("--date_time_fields".into(), record.date_time_fields(layer).to_owned()),
    ]);
    // The programs differ in what they log: the loads of silver log continuously, the checks explain their failures.
    match step {
        Step::Load(Layer::Silver) => arguments.insert("--enable-continuous-cloudwatch-log".into(), "true".into()),
        Step::Quality(_) => arguments.insert("--enable-job-insights".into(), "true".into()),
        _ => None,
    };
    if layer == Layer::Silver {
        arguments.insert("--apply_mapping".into(), record.apply_mapping.clone());
        arguments.insert("--columns_to_remove".into(), record.columns_to_remove.clone());
    }
    arguments
}
