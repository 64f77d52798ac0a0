//! Creating what the pipeline's file defines, and what the scenario has besides.

use super::{Action, Condition, Control, Crawler, Job, Target, Time, Trigger, What, Workflow};
use crate::lake::{Lake, Step};
use crate::world::{HISTORY_NIGHTS, JobSettings, Record, World};
use chrono::{Days, NaiveTime, TimeDelta};
use gluedeck_pipeline::{JobDefinition, TriggerDefinition, schedule};
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
        if world.is_deployed() {
            let tables: Vec<_> = world.tables().iter().cloned().collect();
            tables.iter().for_each(|table| control.create(&table.record, created));
        }
        control.create_foreign(created, start);
        control.deactivate_schedules(&world);
        control.run_history(start);
        control.go_live();
        control
    }

    fn deactivate_schedules(&mut self, world: &World) {
        for off in &world.scenario.schedule_off {
            let Some(first) = world
                .table(&off.table)
                .and_then(|table| Some(world.resources(&table.record)?.triggers.into_iter().next()?.name))
            else {
                continue;
            };
            let day = world.first_night + TimeDelta::days(off.since_night);
            let afternoon_before = day.and_time(NaiveTime::MIN).and_utc() - TimeDelta::hours(9);
            self.push(afternoon_before, What::SwitchOff(first));
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

    /// Creates a record's resources.
    pub(crate) fn create(&mut self, record: &Record, created: Time) {
        let Some(made) = self.world.resources(record) else { return };
        let workflow = made.workflow;
        let triggers: Vec<Trigger> = made.triggers.into_iter().map(Trigger::defined).collect();
        let names: Vec<String> = triggers.iter().map(|trigger| trigger.name.clone()).collect();
        for mut trigger in triggers {
            let name = trigger.name.clone();
            // A firing that is queued for the schedule before is void.
            trigger.generation = self.triggers.get(&name).map_or(0, |before| before.generation + 1);
            self.triggers.insert(name.clone(), trigger);
            self.schedule_next(&name, created);
        }
        for job in made.jobs {
            let mut job = self.defined_job(record, job, created);
            if let Some(before) = self.jobs.remove(&job.name) {
                (job.runs, job.created) = (before.runs, before.created);
            }
            self.jobs.insert(job.name.clone(), job);
        }
        let crawler = made.crawler;
        let before = self.crawlers.remove(&crawler.name);
        self.crawlers.insert(
            crawler.name.clone(),
            Crawler {
                name: crawler.name,
                table: record.scope_id.clone(),
                database: crawler.database,
                schedule: None,
                target: crawler.path,
                policy: [crawler.recrawl, crawler.on_change, crawler.on_delete],
                created: before.as_ref().map_or(created, |before| before.created),
                crawls: before.map(|before| before.crawls).unwrap_or_default(),
            },
        );
        let before = self.workflows.remove(&workflow.name);
        self.workflows.insert(
            workflow.name.clone(),
            Workflow {
                name: workflow.name,
                description: workflow.description,
                created: before.as_ref().map_or(created, |before| before.created),
                max_concurrent_runs: workflow.max_concurrent_runs.map(|most| most as usize),
                default_run_properties: workflow.properties,
                triggers: names,
                runs: before.map(|before| before.runs).unwrap_or_default(),
            },
        );
    }

    /// A job as a record defines it, but for what the scenario changes.
    fn defined_job(&self, record: &Record, defined: JobDefinition, created: Time) -> Job {
        let settings: Vec<&JobSettings> =
            self.world.scenario.job.iter().filter(|settings| settings.name == defined.name).collect();
        let step = Step::of_program(&defined.script, &defined.arguments).unwrap_or(Step::Foreign);
        Job {
            table: record.scope_id.clone(),
            step,
            glue_version: Some(defined.glue_version),
            worker_type: defined.worker_type,
            workers: i64::from(defined.workers),
            timeout_minutes: settings
                .iter()
                .find_map(|settings| settings.timeout_minutes)
                .unwrap_or(i64::from(defined.timeout_minutes)),
            max_retries: settings
                .iter()
                .find_map(|settings| settings.max_retries)
                .unwrap_or(i64::from(defined.max_retries)),
            queuing: settings.iter().any(|settings| settings.queuing == Some(true)),
            script: defined.script,
            arguments: defined.arguments,
            ..Job::foreign(&defined.name, created)
        }
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

impl Trigger {
    /// A trigger as a record defines it.
    fn defined(trigger: TriggerDefinition) -> Self {
        Self {
            name: trigger.name,
            workflow: trigger.workflow,
            kind: if trigger.schedule.is_some() { "SCHEDULED" } else { "CONDITIONAL" },
            state: "ACTIVATED",
            description: trigger.description,
            schedule: trigger.schedule,
            conditions: trigger
                .conditions
                .into_iter()
                .map(|(target, state)| Condition { target: target.into(), state })
                .collect(),
            logical: "ANY",
            actions: trigger.actions.into_iter().map(|target| Action::start(target.into())).collect(),
            event_batching: None,
            generation: 0,
        }
    }
}

impl From<gluedeck_pipeline::Target> for Target {
    fn from(target: gluedeck_pipeline::Target) -> Self {
        match target {
            gluedeck_pipeline::Target::Job(name) => Self::Job(name),
            gluedeck_pipeline::Target::Crawler(name) => Self::Crawler(name),
        }
    }
}
