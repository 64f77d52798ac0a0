//! Jobs, crawlers and triggers that are not the pipeline's: those of the scenario, and those that somebody creates.

use super::{Action, Condition, Control, Crawler, Job, Refusal, Target, Time, Trigger, What};
use crate::lake::Step;
use crate::world::{ForeignCrawler, ForeignJob, ForeignTrigger};
use chrono::TimeDelta;
use gluedeck_pipeline::schedule;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Control {
    /// Creates what the scenario has besides the pipeline, and queues what has been started of it before `start`.
    pub(super) fn create_foreign(&mut self, created: Time, start: Time) {
        let world = Arc::clone(&self.world);
        let scenario = &world.scenario;
        let numbered: Vec<ForeignJob> = (1..=scenario.jobs.unwrap_or(0)).map(ForeignJob::numbered).collect();
        for job in scenario.foreign_job.iter().chain(&numbered) {
            self.jobs.insert(job.name.clone(), self.job_of(job, created));
            if let Some(schedule) = &job.schedule {
                let starts = vec![job.name.clone()];
                let name = format!("{} schedule", job.name);
                self.foreign_trigger(
                    &ForeignTrigger { name, schedule: Some(schedule.clone()), starts, ..ForeignTrigger::default() },
                    created,
                );
            }
            for ago in &job.started {
                self.push(start - *ago, What::StartJob(job.name.clone()));
            }
            for later in &job.starts_in {
                self.push(start + *later, What::StartJob(job.name.clone()));
            }
        }
        for crawler in &scenario.foreign_crawler {
            self.create_crawler_of(crawler, created, start);
        }
        for trigger in &scenario.foreign_trigger {
            self.foreign_trigger(trigger, created);
        }
    }

    fn job_of(&self, job: &ForeignJob, created: Time) -> Job {
        let streaming = job.command == "gluestreaming";
        Job {
            name: job.name.clone(),
            table: String::new(),
            step: Step::Foreign,
            command: job.command.clone(),
            glue_version: job.glue_version.clone(),
            flex: job.flex,
            // A stream goes on until somebody stops it.
            seconds: if streaming { Some(TimeDelta::days(3_650).num_seconds() as f64) } else { job.seconds },
            settings: serde_json::Map::new(),
            worker_type: job.worker_type.clone(),
            workers: job.workers,
            timeout_minutes: if streaming { TimeDelta::days(7_300).num_minutes() } else { 2_880 },
            max_retries: job.max_retries,
            queuing: job.queuing,
            max_concurrent_runs: job.max_concurrent_runs,
            script: format!("s3://scripts-of-others/{}.py", job.name.replace(' ', "_").to_lowercase()),
            arguments: job.arguments.clone(),
            created,
            modified: created,
            bookmark_reset: None,
            runs: Vec::new(),
        }
    }

    fn create_crawler_of(&mut self, crawler: &ForeignCrawler, created: Time, start: Time) {
        let (name, schedule) = (crawler.name.clone(), crawler.schedule.clone());
        let made = Crawler {
            name: name.clone(),
            table: String::new(),
            database: crawler.database.clone(),
            schedule: schedule.map(|schedule| (schedule, crawler.schedule_on)),
            target: format!("s3://data-of-others/{name}"),
            policy: Crawler::default_policy(),
            created,
            crawls: Vec::new(),
        };
        self.crawlers.insert(name.clone(), made);
        self.schedule_crawl(&name, created);
        for ago in &crawler.started {
            self.push(start - *ago, What::StartCrawl(name.clone()));
        }
    }

    fn foreign_trigger(&mut self, trigger: &ForeignTrigger, created: Time) {
        let target = |name: &String| match name.strip_prefix("crawler:") {
            Some(crawler) => Target::Crawler(crawler.to_owned()),
            None => Target::Job(name.clone()),
        };
        let kind = match (&trigger.schedule, trigger.after.is_empty()) {
            (Some(_), _) => "SCHEDULED",
            (None, false) => "CONDITIONAL",
            (None, true) => "ON_DEMAND",
        };
        let made = Trigger {
            name: trigger.name.clone(),
            workflow: None,
            kind,
            state: match (kind, trigger.off) {
                ("ON_DEMAND", _) => "CREATED",
                (_, true) => "DEACTIVATED",
                _ => "ACTIVATED",
            },
            description: String::new(),
            schedule: trigger.schedule.clone(),
            conditions: trigger
                .after
                .iter()
                .map(|name| Condition { target: target(name), state: "SUCCEEDED".to_owned() })
                .collect(),
            logical: "AND",
            actions: trigger.starts.iter().map(|name| Action::start(target(name))).collect(),
            event_batching: None,
            generation: 0,
        };
        self.triggers.insert(trigger.name.clone(), made);
        self.schedule_next(&trigger.name, created);
    }

    /// A job or crawler that a trigger outside of workflows started has ended: what waits for that is started.
    pub(super) fn loose_ended(&mut self, node: &Target, state: &str, at: Time) {
        let waits = |trigger: &&Trigger| {
            trigger.workflow.is_none()
                && trigger.kind == "CONDITIONAL"
                && trigger.state == "ACTIVATED"
                && trigger.conditions.iter().any(|c| &c.target == node && c.state == state)
        };
        let candidates: Vec<Trigger> = self.triggers.values().filter(waits).cloned().collect();
        for trigger in candidates {
            let met = |c: &Condition| self.last_state(&c.target) == Some(c.state.as_str());
            if trigger.logical == "ANY" || trigger.conditions.iter().all(met) {
                self.fire(&trigger, None, at);
            }
        }
    }

    fn last_state(&self, target: &Target) -> Option<&'static str> {
        match target {
            Target::Job(name) => self.jobs.get(name)?.runs.last().map(|run| run.state),
            Target::Crawler(name) => self.crawlers.get(name)?.crawls.last().map(|crawl| crawl.state),
        }
    }

    /// Queues the next crawl by a crawler's own schedule.
    pub(crate) fn schedule_crawl(&mut self, name: &str, after: Time) {
        let Some((schedule, _)) = self.crawlers.get(name).and_then(|crawler| crawler.schedule.clone()) else { return };
        if let Some(at) = schedule::validate(&schedule).ok().and_then(|cron| schedule::next(&cron, after)) {
            self.push(at, What::CrawlSchedule(name.to_owned(), schedule));
        }
    }

    pub(super) fn crawl_due(&mut self, name: &str, by: &str, at: Time) {
        let known = self.crawlers.get(name).and_then(|crawler| crawler.schedule.clone());
        let Some((_, on)) = known.filter(|(schedule, _)| schedule == by) else { return };
        self.schedule_crawl(name, at);
        if on {
            // One that still runs is not started again; there is nobody to tell.
            let _ = self.start_crawl(name, (None, None), at);
        }
    }

    /// Switches a crawler's schedule.
    pub(crate) fn set_crawler_schedule(&mut self, name: &str, on: bool) -> Result<(), Refusal> {
        let crawler = self.crawlers.get_mut(name).ok_or_else(|| Refusal::not_found("Crawler", name))?;
        match &mut crawler.schedule {
            None => Err(Refusal::new("NoScheduleException", format!("Crawler with name {name} has no schedule"))),
            Some((_, state)) if *state == on && on => {
                Err(Refusal::new("SchedulerRunningException", format!("The schedule of {name} is running already")))
            }
            Some((_, state)) if *state == on => {
                Err(Refusal::new("SchedulerNotRunningException", format!("The schedule of {name} is not running")))
            }
            Some((_, state)) => {
                *state = on;
                Ok(())
            }
        }
    }

    /// Creates a job.
    pub(crate) fn create_job(&mut self, job: Job) -> Result<(), Refusal> {
        if self.jobs.contains_key(&job.name) {
            return Err(Refusal::new("AlreadyExistsException", format!("Job with name {} already exists", job.name)));
        }
        self.jobs.insert(job.name.clone(), job);
        Ok(())
    }

    /// Creates a crawler.
    pub(crate) fn create_crawler(&mut self, crawler: Crawler, at: Time) -> Result<(), Refusal> {
        let name = crawler.name.clone();
        if self.crawlers.contains_key(&name) {
            return Err(Refusal::new("AlreadyExistsException", format!("Crawler {name} already exists")));
        }
        self.crawlers.insert(name.clone(), crawler);
        self.schedule_crawl(&name, at);
        Ok(())
    }

    /// Deletes a crawler that does not run.
    pub(crate) fn delete_crawler(&mut self, name: &str) -> Result<(), Refusal> {
        let crawler = self.crawlers.get(name).ok_or_else(|| Refusal::not_found("Crawler", name))?;
        if crawler.crawls.last().is_some_and(|crawl| crawl.completed.is_none()) {
            return Err(Refusal::new("CrawlerRunningException", format!("Crawler with name {name} is running")));
        }
        self.crawlers.remove(name);
        Ok(())
    }
}

impl Crawler {
    /// What CreateCrawler takes when it is given no policy (Glue service model: RecrawlPolicy, SchemaChangePolicy).
    pub(crate) fn default_policy() -> [String; 3] {
        ["CRAWL_EVERYTHING", "UPDATE_IN_DATABASE", "DEPRECATE_IN_DATABASE"].map(str::to_owned)
    }
}

impl Job {
    /// A job of somebody else, with what CreateJob takes when it is given nothing more.
    pub(crate) fn foreign(name: &str, created: Time) -> Self {
        Self {
            name: name.to_owned(),
            table: String::new(),
            step: Step::Foreign,
            command: "glueetl".to_owned(),
            glue_version: None,
            flex: false,
            seconds: None,
            settings: serde_json::Map::new(),
            worker_type: "G.1X".to_owned(),
            workers: 10,
            timeout_minutes: 2_880,
            max_retries: 0,
            queuing: false,
            max_concurrent_runs: 1,
            script: String::new(),
            arguments: BTreeMap::new(),
            created,
            modified: created,
            bookmark_reset: None,
            runs: Vec::new(),
        }
    }
}
