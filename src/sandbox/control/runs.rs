//! Job runs and crawls: capacity, states, ends.

use super::{Control, Crawl, JobRun, Plan, Refusal, Target, Time, What};
use crate::sandbox::lake::{Facts, Step};
use crate::sandbox::world::Layer;
use chrono::TimeDelta;
use std::collections::BTreeMap;

/// Who starts a job: a trigger inside a workflow run, or somebody by hand.
#[derive(Debug, Clone, Default)]
pub(crate) struct Starter {
    pub(crate) trigger: Option<String>,
    pub(crate) within: Option<(String, String)>,
    pub(crate) arguments: BTreeMap<String, String>,
    pub(crate) workers: Option<i64>,
}

/// DPUs of one worker of a type (the `WorkerType` doc strings of the Glue service model).
pub(crate) fn dpu_of(worker_type: &str) -> f64 {
    match worker_type {
        "G.025X" => 0.25,
        "G.2X" => 2.0,
        "G.4X" => 4.0,
        "G.8X" => 8.0,
        "G.12X" => 12.0,
        "G.16X" => 16.0,
        _ => 1.0,
    }
}

impl Control {
    /// Starts a job. Through a trigger every refusal becomes a FAILED run; by hand, too many runs of the job are refused.
    pub(crate) fn start_job(&mut self, name: &str, starter: Starter, at: Time) -> Result<String, Refusal> {
        let job = self.jobs.get(name).ok_or_else(|| Refusal::not_found("Job", name))?;
        let active = job.runs.iter().filter(|run| run.completed.is_none()).count();
        let too_many = active >= job.max_concurrent_runs;
        if too_many && starter.within.is_none() {
            return Err(Refusal::new(
                "ConcurrentRunsExceededException",
                format!("Concurrent runs exceeded for {name}"),
            ));
        }
        let id = format!("jr_{}", self.world.hex_id(&format!("{name} {at} {}", job.runs.len())));
        let workers = starter.workers.unwrap_or_else(|| self.workers_on(name, at));
        let mut run = JobRun {
            id: id.clone(),
            job: name.to_owned(),
            trigger: starter.trigger,
            within: starter.within,
            state: "STARTING",
            error: None,
            started: at,
            completed: None,
            last_modified: at,
            execution_seconds: 0,
            worker_type: job.worker_type.clone(),
            workers,
            dpu: dpu_of(&job.worker_type) * workers as f64,
            arguments: starter.arguments,
            plan: self.plan(job.step, &job.table, &id, at),
            facts: None,
        };
        // AWS_FACTS: a start over the DPU quota is accepted, and the run then fails at once with this message.
        let refused = if too_many {
            Some("Max concurrent runs exceeded")
        } else if self.dpu_in_use + run.dpu > self.world.night.dpu_limit {
            Some("Exceeded maximum concurrent compute capacity for your account.")
        } else {
            None
        };
        if let Some(message) = refused {
            (run.state, run.error, run.completed) = ("FAILED", Some(message.to_owned()), Some(at));
        } else {
            self.dpu_in_use += run.dpu;
            self.push(run.plan.running, What::JobRunning(name.to_owned(), id.clone()));
        }
        if let Some(job) = self.jobs.get_mut(name) {
            job.runs.push(run);
        }
        Ok(id)
    }

    /// The number of workers a job starts with on a date: a deploy changed some of them.
    fn workers_on(&self, name: &str, at: Time) -> i64 {
        let Some(job) = self.jobs.get(name) else { return 0 };
        match (job.step, self.world.record(&job.table)) {
            (Step::Load(Layer::Bronze), Some(record)) => self.world.bronze_workers(record, at.date_naive()),
            _ => job.workers,
        }
    }

    /// How long a run takes: a start-up, then time by the rows it moves, a little different every night.
    fn plan(&self, step: Step, table: &str, id: &str, at: Time) -> Plan {
        let rows = self.world.row_count(table, at.date_naive()) as f64;
        let seconds = match step {
            Step::Load(Layer::Bronze) => 45.0 + rows / 14.0,
            Step::Load(Layer::Silver) => 55.0 + rows / 12.0,
            Step::Load(Layer::Gold) => 40.0 + rows / 25.0,
            Step::Quality(_) => 42.0 + rows / 60.0,
            Step::Crawl => 46.0,
        };
        let seconds = seconds * (0.92 + self.world.dice(id, 17) as f64 / 100.0);
        let startup = 7 + self.world.dice(&format!("{id} startup"), 8) as i64;
        let running = at + TimeDelta::seconds(startup);
        let end = running + TimeDelta::milliseconds((seconds * 1_000.0) as i64);
        Plan { running, work: running + (end - running) * 4 / 5, end }
    }

    pub(super) fn job_running(&mut self, job: &str, id: &str, at: Time) {
        let Some(run) = self.job_run_mut(job, id).filter(|run| run.state == "STARTING") else { return };
        run.state = "RUNNING";
        run.last_modified = at;
        let plan = run.plan;
        self.push(plan.work, What::JobWork(job.to_owned(), id.to_owned()));
    }

    pub(super) fn job_worked(&mut self, job: &str, id: &str, facts: Option<Facts>) {
        let Some(run) = self.job_run_mut(job, id).filter(|run| run.state == "RUNNING") else { return };
        run.facts = facts;
        let end = run.plan.end;
        self.push(end, What::JobEnd(job.to_owned(), id.to_owned()));
    }

    pub(super) fn job_ended(&mut self, job: &str, id: &str, at: Time) {
        let Some(run) = self.job_run_mut(job, id).filter(|run| run.state == "RUNNING") else { return };
        run.error = run.facts.as_ref().and_then(|facts| facts.error.as_deref()).map(error_message);
        let state = if run.error.is_some() { "FAILED" } else { "SUCCEEDED" };
        self.close_job_run(job, id, state, at);
    }

    pub(super) fn job_stopped(&mut self, job: &str, id: &str, at: Time) {
        self.close_job_run(job, id, "STOPPED", at);
    }

    fn close_job_run(&mut self, job: &str, id: &str, state: &'static str, at: Time) {
        let Some(run) = self.job_run_mut(job, id).filter(|run| run.completed.is_none()) else { return };
        run.state = state;
        run.completed = Some(at);
        run.last_modified = at;
        run.execution_seconds = (at - run.plan.running).num_seconds().max(0);
        let (dpu, within) = (run.dpu, run.within.clone());
        self.dpu_in_use -= dpu;
        if let Some((workflow, run)) = within {
            self.node_ended(&workflow, &run, &Target::Job(job.to_owned()), state, at);
        }
    }

    /// Asks the active runs among `ids` to stop; they are STOPPING until they are gone.
    pub(crate) fn stop_job_run(&mut self, job: &str, id: &str, at: Time) -> Result<(), Refusal> {
        let gone = at + TimeDelta::seconds(10 + self.world.dice(id, 20) as i64);
        let run = self.job_run_mut(job, id).ok_or_else(|| Refusal::not_found("Job run", id))?;
        if run.completed.is_some() {
            return Err(Refusal::new("InvalidInputException", format!("Job run {id} is in state {}", run.state)));
        }
        run.state = "STOPPING";
        run.last_modified = at;
        self.push(gone, What::JobStopped(job.to_owned(), id.to_owned()));
        Ok(())
    }

    pub(crate) fn start_crawl(
        &mut self,
        name: &str,
        within: Option<(String, String)>,
        at: Time,
    ) -> Result<String, Refusal> {
        let crawler = self.crawlers.get(name).ok_or_else(|| Refusal::not_found("Crawler", name))?;
        if crawler.crawls.last().is_some_and(|crawl| crawl.completed.is_none()) {
            return Err(Refusal::new(
                "CrawlerRunningException",
                format!("Crawler with name {name} has already started"),
            ));
        }
        let hex = self.world.hex_id(&format!("{name} {at} {}", crawler.crawls.len()));
        let id = format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32]);
        let plan = self.plan(Step::Crawl, &crawler.table, &id, at);
        let crawl = Crawl {
            id: id.clone(),
            within,
            state: "RUNNING",
            error: None,
            started: at,
            completed: None,
            plan,
            facts: None,
        };
        self.push(plan.work, What::CrawlWork(name.to_owned(), id.clone()));
        if let Some(crawler) = self.crawlers.get_mut(name) {
            crawler.crawls.push(crawl);
        }
        Ok(id)
    }

    pub(super) fn crawl_worked(&mut self, crawler: &str, id: &str, facts: Option<Facts>) {
        let Some(crawl) = self.crawl_mut(crawler, id).filter(|crawl| crawl.state == "RUNNING") else { return };
        crawl.facts = facts;
        let end = crawl.plan.end;
        self.push(end, What::CrawlEnd(crawler.to_owned(), id.to_owned()));
    }

    pub(super) fn crawl_ended(&mut self, crawler: &str, id: &str, at: Time) {
        let Some(crawl) = self.crawl_mut(crawler, id).filter(|crawl| crawl.completed.is_none()) else { return };
        crawl.error = crawl.facts.as_ref().and_then(|facts| facts.error.clone());
        crawl.state = match (crawl.state, &crawl.error) {
            ("CANCELLING", _) => "CANCELLED",
            (_, Some(_)) => "FAILED",
            _ => "SUCCEEDED",
        };
        crawl.completed = Some(at);
        let (state, within) = (crawl.state, crawl.within.clone());
        if let Some((workflow, run)) = within {
            self.node_ended(&workflow, &run, &Target::Crawler(crawler.to_owned()), state, at);
        }
    }

    /// Asks the crawler's running crawl to stop.
    pub(crate) fn stop_crawl(&mut self, name: &str, at: Time) -> Result<(), Refusal> {
        let crawler = self.crawlers.get_mut(name).ok_or_else(|| Refusal::not_found("Crawler", name))?;
        let Some(crawl) = crawler.crawls.last_mut().filter(|crawl| crawl.completed.is_none()) else {
            return Err(Refusal::new("CrawlerNotRunningException", format!("Crawler with name {name} is not running")));
        };
        if crawl.state == "CANCELLING" {
            return Err(Refusal::new(
                "CrawlerStoppingException",
                format!("Crawler with name {name} is already stopping"),
            ));
        }
        crawl.state = "CANCELLING";
        let id = crawl.id.clone();
        self.push(at + TimeDelta::seconds(12), What::CrawlEnd(name.to_owned(), id));
        Ok(())
    }

    pub(crate) fn job_run(&self, job: &str, id: &str) -> Option<&JobRun> {
        self.jobs.get(job)?.runs.iter().rfind(|run| run.id == id)
    }

    fn job_run_mut(&mut self, job: &str, id: &str) -> Option<&mut JobRun> {
        self.jobs.get_mut(job)?.runs.iter_mut().rfind(|run| run.id == id)
    }

    pub(crate) fn crawl(&self, crawler: &str, id: &str) -> Option<&Crawl> {
        self.crawlers.get(crawler)?.crawls.iter().rfind(|crawl| crawl.id == id)
    }

    fn crawl_mut(&mut self, crawler: &str, id: &str) -> Option<&mut Crawl> {
        self.crawlers.get_mut(crawler)?.crawls.iter_mut().rfind(|crawl| crawl.id == id)
    }
}

/// `JobRun.ErrorMessage` as Glue 4.0 writes it.
fn error_message(error: &str) -> String {
    format!("Error Category: UNCLASSIFIED_ERROR; Failed Line Number: 188; {error}")
}
