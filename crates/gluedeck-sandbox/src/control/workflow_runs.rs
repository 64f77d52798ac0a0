//! Workflow runs: start, stop, resume, statistics.

use super::{Control, Refusal, Target, Time, Trigger, What, Workflow, WorkflowRun};
use chrono::TimeDelta;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The counters of `WorkflowRunStatistics`. A job or crawl that was never started is in `total` only.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Statistics {
    pub(crate) total: u64,
    pub(crate) timeout: u64,
    pub(crate) failed: u64,
    pub(crate) stopped: u64,
    pub(crate) succeeded: u64,
    pub(crate) running: u64,
    pub(crate) waiting: u64,
    /// Job runs in ERROR.
    pub(crate) errored: u64,
}

impl Control {
    /// Starts a run through the workflow's start trigger.
    pub(crate) fn begin_workflow_run(
        &mut self,
        name: &str,
        properties: BTreeMap<String, String>,
        at: Time,
        by: &str,
    ) -> Result<String, Refusal> {
        let workflow = self.workflows.get(name).ok_or_else(|| Refusal::not_found("Workflow", name))?;
        let active = workflow.runs.iter().filter(|run| run.completed.is_none()).count();
        let exceeded = workflow.max_concurrent_runs.is_some_and(|limit| active >= limit);
        let message = format!("Concurrent runs exceeded for workflow: {name}.");
        if exceeded && by != "schedule" {
            return Err(Refusal::new("ConcurrentRunsExceededException", message));
        }
        let mut run = self.new_run(workflow, at);
        run.properties.extend(properties);
        let id = run.id.clone();
        let start = run.snapshot.iter().find(|t| t.kind != "CONDITIONAL").cloned();
        if exceeded {
            (run.status, run.error, run.completed) = ("ERROR", Some(message), Some(at));
        }
        self.add_run(name, run);
        if let Some(start) = start.filter(|_| !exceeded) {
            self.fire(&start, Some(&(name.to_owned(), id.clone())), at);
        }
        self.end_if_idle(name, &id, at);
        Ok(id)
    }

    fn new_run(&self, workflow: &Workflow, at: Time) -> WorkflowRun {
        let key = format!("{} {at} {}", workflow.name, workflow.runs.len());
        let now = || workflow.triggers.iter().filter_map(|name| self.triggers.get(name));
        // As long as no trigger changes, all runs share one copy of them.
        let last = workflow.runs.last().map(|run| &run.snapshot).filter(|known| known.iter().eq(now()));
        let snapshot = last.map_or_else(|| Arc::new(now().cloned().collect::<Vec<Trigger>>()), Arc::clone);
        WorkflowRun {
            id: format!("wr_{}", self.world.hex_id(&key)),
            previous: None,
            status: "RUNNING",
            error: None,
            started: at,
            completed: None,
            properties: workflow.default_run_properties.clone(),
            snapshot,
            fired: BTreeSet::new(),
            nodes: BTreeMap::new(),
        }
    }

    fn add_run(&mut self, workflow: &str, run: WorkflowRun) {
        if let Some(workflow) = self.workflows.get_mut(workflow) {
            workflow.runs.push(run);
        }
    }

    /// Sets properties of a run, key by key.
    pub(crate) fn put_run_properties(
        &mut self,
        name: &str,
        run_id: &str,
        properties: BTreeMap<String, String>,
    ) -> Result<(), Refusal> {
        let run = self.workflow_run_mut(name, run_id).ok_or_else(|| Refusal::not_found("Workflow run", run_id))?;
        run.properties.extend(properties);
        Ok(())
    }

    /// Stops a run: what runs is terminated, what has not started never will; nothing is rolled back.
    pub(crate) fn stop_workflow_run(&mut self, name: &str, run_id: &str, at: Time) -> Result<(), Refusal> {
        self.workflows.get(name).ok_or_else(|| Refusal::not_found("Workflow", name))?;
        let run = self.workflow_run_mut(name, run_id).ok_or_else(|| Refusal::not_found("Workflow run", run_id))?;
        if run.status != "RUNNING" {
            let message = format!("Workflow run {run_id} is in state {} and cannot be stopped", run.status);
            return Err(Refusal::new("IllegalWorkflowStateException", message));
        }
        run.status = "STOPPING";
        let nodes = run.nodes.clone();
        for (node, ids) in nodes {
            // Those that have ended refuse, which is right.
            let _ = match (&node, ids.last()) {
                (Target::Job(job), Some(id)) => self.stop_job_run(job, id, at),
                (Target::Crawler(crawler), Some(id))
                    if self.crawl(crawler, id).is_some_and(|c| c.completed.is_none()) =>
                {
                    self.stop_crawl(crawler, at)
                }
                _ => Ok(()),
            };
        }
        self.push(at + TimeDelta::seconds(35), What::Stopped(name.to_owned(), run_id.to_owned()));
        Ok(())
    }

    pub(super) fn workflow_stopped(&mut self, name: &str, run_id: &str, at: Time) {
        if let Some(run) = self.workflow_run_mut(name, run_id) {
            (run.status, run.completed) = ("STOPPED", Some(at));
        }
    }

    /// Resumes a COMPLETED run from job or crawler nodes that had an attempt: a new run, in which the other nodes keep
    /// their old attempts. Answers the new run's id and the nodes that were really restarted.
    pub(crate) fn resume_workflow_run(
        &mut self,
        name: &str,
        run_id: &str,
        node_ids: &[String],
        at: Time,
    ) -> Result<(String, Vec<String>), Refusal> {
        let workflow = self.workflows.get(name).ok_or_else(|| Refusal::not_found("Workflow", name))?;
        let old = self.workflow_run(name, run_id).ok_or_else(|| Refusal::not_found("Workflow run", run_id))?.clone();
        if old.status != "COMPLETED" {
            let message =
                format!("Workflow run {run_id} is in state {}; only COMPLETED runs can be resumed", old.status);
            return Err(Refusal::new("IllegalWorkflowStateException", message));
        }
        if workflow.runs.iter().any(|run| run.completed.is_none()) && workflow.max_concurrent_runs == Some(1) {
            let message = format!("Concurrent runs exceeded for workflow: {name}.");
            return Err(Refusal::new("ConcurrentRunsExceededException", message));
        }
        let selected = self.resumable_nodes(name, &old, node_ids)?;
        let behind: Vec<BTreeSet<Target>> = selected.iter().map(|node| downstream(&old.snapshot, node)).collect();
        let roots: Vec<Target> =
            selected.iter().filter(|node| !behind.iter().any(|nodes| nodes.contains(node))).cloned().collect();
        let again: BTreeSet<Target> = behind.into_iter().flatten().chain(roots.iter().cloned()).collect();
        let mut run = self.new_run(workflow, at);
        run.previous = Some(run_id.to_owned());
        run.properties.clone_from(&old.properties);
        run.snapshot = Arc::clone(&old.snapshot);
        run.nodes = old.nodes.clone().into_iter().filter(|(node, _)| !again.contains(node)).collect();
        let refires =
            |trigger: &Trigger| trigger.actions.iter().any(|a| again.contains(&a.target) && !roots.contains(&a.target));
        let kept = old.snapshot.iter().filter(|t| old.fired.contains(&t.name) && !refires(t));
        run.fired = kept.map(|t| t.name.clone()).collect();
        let id = run.id.clone();
        self.add_run(name, run);
        for node in &roots {
            self.start_node(node, None, &BTreeMap::new(), Some(&(name.to_owned(), id.clone())), at);
        }
        self.end_if_idle(name, &id, at);
        Ok((id, roots.iter().map(|node| self.node_id(name, node.kind(), node.name())).collect()))
    }

    fn resumable_nodes(&self, name: &str, run: &WorkflowRun, node_ids: &[String]) -> Result<Vec<Target>, Refusal> {
        let invalid = |message: String| Refusal::new("InvalidInputException", message);
        if node_ids.is_empty() {
            return Err(invalid("NodeIds must not be empty".into()));
        }
        let find = |id: &String| {
            let node = run.nodes.keys().find(|node| &self.node_id(name, node.kind(), node.name()) == id);
            node.cloned().ok_or_else(|| invalid(format!("Node {id} had no run attempt in workflow run {}", run.id)))
        };
        node_ids.iter().map(find).collect()
    }

    /// `Node.UniqueId`: the same in the static graph and in every run.
    pub(crate) fn node_id(&self, workflow: &str, kind: &str, name: &str) -> String {
        format!("wnode_{}", self.world.hex_id(&format!("{workflow} {kind} {name}")))
    }

    /// Ends a running run in which nothing runs any more.
    pub(super) fn end_if_idle(&mut self, workflow: &str, run_id: &str, at: Time) {
        let Some(run) = self.workflow_run(workflow, run_id).filter(|run| run.status == "RUNNING") else { return };
        let over = |state| matches!(state, "SUCCEEDED" | "FAILED" | "TIMEOUT" | "STOPPED" | "CANCELLED" | "ERROR");
        let busy = run.nodes.keys().any(|node| self.node_state(run, node).is_some_and(|state| !over(state)));
        if let Some(run) = self.workflow_run_mut(workflow, run_id).filter(|_| !busy) {
            (run.status, run.completed) = ("COMPLETED", Some(at));
        }
    }

    pub(crate) fn statistics(&self, run: &WorkflowRun) -> Statistics {
        let actions: BTreeSet<&Target> =
            run.snapshot.iter().flat_map(|trigger| &trigger.actions).map(|action| &action.target).collect();
        let mut statistics = Statistics { total: actions.len() as u64, ..Statistics::default() };
        for node in actions {
            match self.node_state(run, node) {
                Some("SUCCEEDED") => statistics.succeeded += 1,
                Some("FAILED") => statistics.failed += 1,
                Some("TIMEOUT") => statistics.timeout += 1,
                Some("STOPPED" | "CANCELLED") => statistics.stopped += 1,
                Some("WAITING") => statistics.waiting += 1,
                Some("ERROR") => statistics.errored += 1,
                Some(_) => statistics.running += 1,
                None => {}
            }
        }
        statistics
    }

    /// The state of a node's last attempt in a run.
    pub(super) fn node_state(&self, run: &WorkflowRun, node: &Target) -> Option<&'static str> {
        let id = run.nodes.get(node)?.last()?;
        match node {
            Target::Job(job) => self.job_run(job, id).map(|run| run.state),
            Target::Crawler(crawler) => self.crawl(crawler, id).map(|crawl| crawl.state),
        }
    }

    pub(crate) fn workflow_run(&self, workflow: &str, run: &str) -> Option<&WorkflowRun> {
        self.workflows.get(workflow)?.runs.iter().rfind(|r| r.id == run)
    }

    pub(super) fn workflow_run_mut(&mut self, workflow: &str, run: &str) -> Option<&mut WorkflowRun> {
        self.workflows.get_mut(workflow)?.runs.iter_mut().rfind(|r| r.id == run)
    }
}

/// Everything that can run behind a node, not the node itself.
fn downstream(triggers: &[Trigger], node: &Target) -> BTreeSet<Target> {
    let mut found = BTreeSet::new();
    let mut open = vec![node.clone()];
    while let Some(node) = open.pop() {
        let behind = triggers.iter().filter(|t| t.conditions.iter().any(|c| c.target == node));
        for action in behind.flat_map(|t| &t.actions) {
            if found.insert(action.target.clone()) {
                open.push(action.target.clone());
            }
        }
    }
    found
}
