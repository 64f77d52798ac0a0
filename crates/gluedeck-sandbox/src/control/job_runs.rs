//! Job runs: capacity, states, retries, ends.

use super::{Control, Job, JobRun, Plan, Refusal, Target, Time, What};
use crate::lake::{Facts, Step};
use crate::world::Layer;
use chrono::TimeDelta;
use std::collections::BTreeMap;

/// Who starts a job, and what differs from the job's definition.
#[derive(Debug, Clone, Default)]
pub(crate) struct Starter {
    pub(crate) trigger: Option<String>,
    pub(crate) within: Option<(String, String)>,
    pub(crate) arguments: BTreeMap<String, String>,
    pub(crate) worker_type: Option<String>,
    pub(crate) workers: Option<i64>,
    pub(crate) timeout_minutes: Option<i64>,
    pub(crate) queuing: Option<bool>,
    pub(crate) flex: Option<bool>,
    /// The run that this is a retry of, and the number of this attempt.
    pub(crate) retry_of: Option<(String, i64)>,
}

/// A start over the DPU quota is accepted, and the run then fails at once with this message (docs/aws-facts.md: DPU
/// quota).
const OVER_LIMIT: &str = "Exceeded maximum concurrent compute capacity for your account.";
/// How long a run may wait for capacity (docs/aws-facts.md: Job run queuing).
const WAITING_TIMEOUT: TimeDelta = TimeDelta::minutes(15);

/// DPUs of one worker of a type (the `WorkerType` doc strings of the Glue service model).
pub(crate) fn dpu_of(worker_type: &str) -> f64 {
    match worker_type {
        "G.025X" => 0.25,
        "G.2X" | "R.2X" | "Z.2X" => 2.0,
        "G.4X" | "R.4X" => 4.0,
        "G.8X" | "R.8X" => 8.0,
        "G.12X" => 12.0,
        "G.16X" => 16.0,
        _ => 1.0,
    }
}

impl Control {
    /// Starts a job. Through a trigger every refusal becomes a FAILED run; by hand, too many runs of the job are refused.
    pub(crate) fn start_job(&mut self, name: &str, starter: Starter, at: Time) -> Result<String, Refusal> {
        let by_trigger = starter.trigger.is_some() || starter.within.is_some();
        let Some(job) = self.jobs.get(name) else {
            let deleted = self.deleted_jobs.get(name).filter(|_| by_trigger);
            let run = deleted.map(|job| self.new_job_run(job, starter, at));
            return run.map(|run| self.deleted_job_run(run, at)).ok_or_else(|| Refusal::not_found("Job", name));
        };
        let queuing = starter.queuing.unwrap_or(job.queuing);
        if starter.queuing == Some(true) && job.max_retries > 0 {
            let message = "Job run queuing cannot be enabled for a job with retries";
            return Err(Refusal::new("InvalidInputException", message));
        }
        let active = job.runs.iter().filter(|run| run.completed.is_none()).count();
        let of_job = active >= job.max_concurrent_runs;
        let of_account = self.job_runs_active >= self.world.job_runs_limit;
        if !by_trigger && !queuing {
            if of_job {
                let message = format!("Concurrent runs exceeded for {name}");
                return Err(Refusal::new("ConcurrentRunsExceededException", message));
            }
            if of_account {
                let message = "Concurrent job runs exceeded for the account";
                return Err(Refusal::new("ResourceNumberLimitExceededException", message));
            }
        }
        let mut run = self.new_job_run(job, starter, at);
        let id = run.id.clone();
        // FLEX runs draw on spare capacity, which has no such limit here.
        let over = !run.flex && self.dpu_in_use + run.dpu > self.world.dpu_limit;
        if !of_job && !of_account && !over {
            self.hold(&run);
            self.push(run.plan.running, What::JobRunning(name.to_owned(), id.clone()));
        } else if queuing {
            let why = match (of_job, of_account) {
                (true, _) => "the job is at its maximum concurrent runs",
                (_, true) => "the account is at its maximum concurrent job runs",
                _ => "the account is at its maximum concurrent compute capacity",
            };
            (run.state, run.detail) = ("WAITING", Some(format!("Waiting: {why}.")));
            self.waiting.push_back((name.to_owned(), id.clone()));
            self.push(at + WAITING_TIMEOUT, What::JobWaitTimedOut(name.to_owned(), id.clone()));
        } else {
            let message = if of_job || of_account { "Max concurrent runs exceeded" } else { OVER_LIMIT };
            (run.state, run.error, run.completed) = ("FAILED", Some(message.to_owned()), Some(at));
            self.publish_job_run(&run, at);
        }
        if let Some(job) = self.jobs.get_mut(name) {
            job.runs.push(run);
        }
        Ok(id)
    }

    /// A trigger tried to run a job that was deleted: a run in ERROR, which fires nothing and has no event
    /// (docs/aws-facts.md: Job run states, Conditions, Glue events).
    fn deleted_job_run(&mut self, mut run: JobRun, at: Time) -> String {
        let id = run.id.clone();
        let message = format!("Job {} not found", run.job);
        (run.state, run.error, run.completed) = ("ERROR", Some(message), Some(at));
        if let Some(job) = self.deleted_jobs.get_mut(&run.job) {
            job.runs.push(run);
        }
        id
    }

    /// Deletes a job; one that is not there is deleted already. What runs of it runs on.
    pub(crate) fn delete_job(&mut self, name: &str) {
        if let Some(job) = self.jobs.remove(name) {
            self.deleted_jobs.insert(name.to_owned(), job);
        }
    }

    /// Takes the DPUs of a run that starts.
    fn hold(&mut self, run: &JobRun) {
        self.dpu_in_use += if run.flex { 0.0 } else { run.dpu };
        self.job_runs_active += 1;
    }

    fn new_job_run(&self, job: &Job, starter: Starter, at: Time) -> JobRun {
        let (name, count) = (&job.name, job.runs.len());
        let (attempt, previous) = match &starter.retry_of {
            Some((id, attempt)) => (*attempt, Some(id.clone())),
            None => (0, None),
        };
        let id = match &previous {
            Some(first) if attempt > 0 => {
                format!("{}_attempt_{attempt}", first.split("_attempt_").next().unwrap_or(first))
            }
            _ => format!("jr_{}", self.world.hex_id(&format!("{name} {at} {count}"))),
        };
        let worker_type = starter.worker_type.unwrap_or_else(|| job.worker_type.clone());
        let workers = starter.workers.unwrap_or_else(|| self.workers_on(name, at));
        JobRun {
            attempt,
            previous,
            timeout_minutes: starter.timeout_minutes.unwrap_or(job.timeout_minutes),
            detail: None,
            job: name.clone(),
            trigger: starter.trigger,
            within: starter.within,
            state: "STARTING",
            error: None,
            started: at,
            completed: None,
            last_modified: at,
            execution_seconds: 0,
            dpu: dpu_of(&worker_type) * workers as f64,
            flex: starter.flex.unwrap_or(job.flex),
            glue_version: job.glue_version.clone(),
            worker_type,
            workers,
            arguments: starter.arguments,
            plan: self.plan((job.step, &job.table, job.seconds), name, &id, at),
            facts: None,
            id,
        }
    }

    /// Lets those that wait start, in their order, as far as the capacity goes.
    fn admit(&mut self, at: Time) {
        let waiting = std::mem::take(&mut self.waiting);
        for (name, id) in waiting {
            let Some(job) = self.jobs.get(&name) else { continue };
            let Some(run) = job.runs.iter().rfind(|run| run.id == id && run.state == "WAITING") else { continue };
            let holding = |run: &&JobRun| run.completed.is_none() && run.state != "WAITING";
            let busy = job.runs.iter().filter(holding).count() >= job.max_concurrent_runs;
            let full = self.job_runs_active >= self.world.job_runs_limit;
            if busy || full || (!run.flex && self.dpu_in_use + run.dpu > self.world.dpu_limit) {
                self.waiting.push_back((name, id));
                continue;
            }
            let (held, plan) = (run.clone(), self.plan((job.step, &job.table, job.seconds), &name, &id, at));
            self.hold(&held);
            if let Some(run) = self.job_run_mut(&name, &id) {
                (run.state, run.detail, run.plan, run.last_modified) = ("STARTING", None, plan, at);
            }
            self.push(plan.running, What::JobRunning(name, id));
        }
    }

    /// The number of workers a job starts with on a date: a deploy changed some of them.
    pub(crate) fn workers_on(&self, name: &str, at: Time) -> i64 {
        let Some(job) = self.jobs.get(name) else { return 0 };
        match (job.step, self.world.table(&job.table)) {
            (Step::Load(Layer::Bronze), Some(table)) => {
                self.world.bronze_workers(&table.base, job.workers, at.date_naive())
            }
            _ => job.workers,
        }
    }

    /// How long a run takes: a start-up, then time by the rows it moves, a little different every night.
    pub(super) fn plan(
        &self,
        (step, table, seconds): (Step, &str, Option<f64>),
        name: &str,
        id: &str,
        at: Time,
    ) -> Plan {
        let rows = || self.world.row_count(table, at.date_naive()) as f64;
        let seconds = seconds.unwrap_or_else(|| match step {
            // Drawn from its name: from one minute to eleven.
            Step::Foreign => 60.0 + self.world.dice(name, 600) as f64,
            Step::Load(Layer::Bronze) => 45.0 + rows() / 14.0,
            Step::Load(Layer::Silver) => 55.0 + rows() / 12.0,
            Step::Load(Layer::Gold) => 40.0 + rows() / 25.0,
            Step::Quality(_) => 42.0 + rows() / 60.0,
            Step::Crawl => 46.0,
        });
        let seconds = seconds * (0.92 + self.world.dice(id, 17) as f64 / 100.0);
        let seconds = seconds * self.world.slowness(name, at.date_naive());
        let startup = 7 + self.world.dice(&format!("{id} startup"), 8) as i64;
        let running = at + TimeDelta::seconds(startup);
        let end = running + TimeDelta::milliseconds((seconds * 1_000.0) as i64);
        Plan { running, work: running + (end - running) * 4 / 5, end }
    }

    pub(super) fn job_running(&mut self, job: &str, id: &str, at: Time) {
        let Some(run) = self.job_run_mut(job, id).filter(|run| run.state == "STARTING") else { return };
        run.state = "RUNNING";
        run.last_modified = at;
        let (plan, timeout) = (run.plan, run.plan.running + TimeDelta::minutes(run.timeout_minutes));
        let (job, id) = (job.to_owned(), id.to_owned());
        // A run that will not end in time writes nothing: its output is committed at its end.
        if plan.end > timeout {
            self.push(timeout, What::JobTimeout(job, id));
        } else {
            self.push(plan.work, What::JobWork(job, id));
        }
    }

    pub(super) fn job_timed_out(&mut self, job: &str, id: &str, at: Time) {
        let Some(run) = self.job_run_mut(job, id).filter(|run| run.state == "RUNNING") else { return };
        run.error = Some("Job run timed out".to_owned());
        self.close_job_run(job, id, "TIMEOUT", at);
    }

    pub(super) fn job_wait_timed_out(&mut self, job: &str, id: &str, at: Time) {
        let Some(run) = self.job_run_mut(job, id).filter(|run| run.state == "WAITING") else { return };
        run.error = Some(OVER_LIMIT.to_owned());
        self.close_job_run(job, id, "FAILED", at);
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
        let held = run.state != "WAITING";
        run.state = state;
        run.completed = Some(at);
        run.last_modified = at;
        run.execution_seconds = if held { (at - run.plan.running).num_seconds().max(0) } else { 0 };
        let run = run.clone();
        if held {
            self.dpu_in_use -= if run.flex { 0.0 } else { run.dpu };
            self.job_runs_active -= 1;
        } else {
            self.waiting.retain(|(_, waiting)| waiting != id);
        }
        self.publish_job_run(&run, at);
        self.admit(at);
        let retries = self.jobs.get(job).map_or(0, |job| job.max_retries);
        if state == "FAILED" && run.attempt < retries {
            return self.retry(&run, at);
        }
        match run.within {
            Some((workflow, workflow_run)) => {
                self.node_ended(&workflow, &workflow_run, &Target::Job(job.to_owned()), state, at);
            }
            // What was run by hand starts nothing (docs/aws-facts.md: Conditions).
            None if run.trigger.is_some() => self.loose_ended(&Target::Job(job.to_owned()), state, at),
            None => {}
        }
    }

    /// `MaxRetries`: a failed run is followed by another attempt, as a run of its own.
    fn retry(&mut self, failed: &JobRun, at: Time) {
        let starter = Starter {
            trigger: failed.trigger.clone(),
            within: failed.within.clone(),
            arguments: failed.arguments.clone(),
            worker_type: Some(failed.worker_type.clone()),
            workers: Some(failed.workers),
            timeout_minutes: Some(failed.timeout_minutes),
            queuing: None,
            flex: Some(failed.flex),
            retry_of: Some((failed.id.clone(), failed.attempt + 1)),
        };
        let Ok(id) = self.start_job(&failed.job, starter, at) else { return };
        if let Some((workflow, run)) = &failed.within
            && let Some(run) = self.workflow_run_mut(workflow, run)
        {
            run.nodes.entry(Target::Job(failed.job.clone())).or_default().push(id);
        }
    }

    /// Asks the active runs among `ids` to stop; they are STOPPING until they are gone.
    pub(crate) fn stop_job_run(&mut self, job: &str, id: &str, at: Time) -> Result<(), Refusal> {
        let gone = at + TimeDelta::seconds(10 + self.world.dice(id, 20) as i64);
        let run = self.job_run_mut(job, id).ok_or_else(|| Refusal::not_found("Job run", id))?;
        if run.completed.is_some() || run.state == "STOPPING" {
            let message = format!("Job run {id} is in state {} and cannot be stopped", run.state);
            return Err(Refusal::new("InvalidInputException", message));
        }
        if run.state == "WAITING" {
            self.close_job_run(job, id, "STOPPED", at);
            return Ok(());
        }
        run.state = "STOPPING";
        run.last_modified = at;
        self.push(gone, What::JobStopped(job.to_owned(), id.to_owned()));
        Ok(())
    }

    pub(crate) fn job_run(&self, job: &str, id: &str) -> Option<&JobRun> {
        let job = self.jobs.get(job).into_iter().chain(self.deleted_jobs.get(job));
        job.flat_map(|job| job.runs.iter().rev()).find(|run| run.id == id)
    }

    fn job_run_mut(&mut self, job: &str, id: &str) -> Option<&mut JobRun> {
        let job = self.jobs.get_mut(job).into_iter().chain(self.deleted_jobs.get_mut(job));
        job.flat_map(|job| job.runs.iter_mut().rev()).find(|run| run.id == id)
    }
}

/// `JobRun.ErrorMessage` as Glue 4.0 writes it.
fn error_message(error: &str) -> String {
    format!("Error Category: UNCLASSIFIED_ERROR; Failed Line Number: 188; {error}")
}
