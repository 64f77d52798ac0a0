//! What fires behind what: schedules, conditional triggers, and the end of a workflow run.

use super::job_runs::Starter;
use super::{Action, Condition, Control, Target, Time, Trigger};
use std::collections::BTreeMap;

impl Control {
    /// A schedule is due: fires if the trigger is on, and queues the next time.
    pub(super) fn schedule_due(&mut self, trigger: &str, generation: u64, at: Time) {
        if self.triggers.get(trigger).is_none_or(|trigger| trigger.generation != generation) {
            return;
        }
        self.schedule_next(trigger, at);
        let Some(trigger) = self.triggers.get(trigger).filter(|t| t.state == "ACTIVATED").cloned() else { return };
        match &trigger.workflow {
            Some(workflow) => {
                // A refusal by MaxConcurrentRuns leaves an ERROR run behind, as on AWS; there is nobody to tell.
                let _ = self.begin_workflow_run(workflow, Default::default(), at, "schedule");
            }
            None => self.fire(&trigger, None, at),
        }
    }

    /// Starts what the trigger starts, inside a workflow run if there is one.
    pub(super) fn fire(&mut self, trigger: &Trigger, within: Option<&(String, String)>, at: Time) {
        if let Some(run) = within.and_then(|(workflow, run)| self.workflow_run_mut(workflow, run)) {
            run.fired.insert(trigger.name.clone());
        }
        for action in &trigger.actions {
            self.start_node(&action.target, Some(&trigger.name), &action.arguments(), within, at);
        }
    }

    /// Starts one job or crawler as a node of a workflow run.
    pub(super) fn start_node(
        &mut self,
        node: &Target,
        trigger: Option<&str>,
        arguments: &BTreeMap<String, String>,
        within: Option<&(String, String)>,
        at: Time,
    ) {
        let started = match node {
            Target::Job(job) => {
                let own = within.map(|(workflow, run)| {
                    [("--WORKFLOW_NAME".to_owned(), workflow.clone()), ("--WORKFLOW_RUN_ID".to_owned(), run.clone())]
                });
                let starter = Starter {
                    trigger: trigger.map(str::to_owned),
                    within: within.cloned(),
                    arguments: arguments.clone().into_iter().chain(own.into_iter().flatten()).collect(),
                    ..Starter::default()
                };
                self.start_job(job, starter, at)
            }
            Target::Crawler(crawler) => self.start_crawl(crawler, (trigger, within.cloned()), at),
        };
        // A deleted job or a crawler that is busy starts nothing, so the chain ends there, as on AWS.
        let Ok(id) = started else { return };
        let Some((workflow, run)) = within else { return };
        if let Some(run) = self.workflow_run_mut(workflow, run) {
            run.nodes.entry(node.clone()).or_default().push(id.clone());
        }
        if let Target::Job(job) = node
            && let Some(ended) = self.job_run(job, &id).filter(|run| run.completed.is_some())
        {
            let state = ended.state;
            self.node_ended(workflow, run, node, state, at);
        }
    }

    /// A node reached a final state: fires what waits for it, and ends the run when nothing is left to run.
    pub(super) fn node_ended(&mut self, workflow: &str, run_id: &str, node: &Target, state: &str, at: Time) {
        let Some(run) = self.workflow_run(workflow, run_id) else { return };
        if run.status == "RUNNING" {
            let waits = |trigger: &&Trigger| {
                trigger.kind == "CONDITIONAL"
                    && trigger.state == "ACTIVATED"
                    && !run.fired.contains(&trigger.name)
                    && trigger.conditions.iter().any(|c| &c.target == node && c.state == state)
            };
            let candidates: Vec<Trigger> = run.snapshot.iter().filter(waits).cloned().collect();
            let within = (workflow.to_owned(), run_id.to_owned());
            for trigger in candidates {
                if trigger.logical == "ANY" || self.all_met(&trigger.conditions, workflow, run_id) {
                    self.fire(&trigger, Some(&within), at);
                }
            }
        }
        self.end_if_idle(workflow, run_id, at);
    }

    fn all_met(&self, conditions: &[Condition], workflow: &str, run: &str) -> bool {
        let Some(run) = self.workflow_run(workflow, run) else { return false };
        conditions.iter().all(|c| self.node_state(run, &c.target).is_some_and(|state| state == c.state))
    }
}

impl Action {
    /// An action without settings.
    pub(super) fn start(target: Target) -> Self {
        Self { target, settings: serde_json::Map::new() }
    }

    /// The arguments that a job gets from its trigger.
    fn arguments(&self) -> BTreeMap<String, String> {
        let given = self.settings.get("Arguments").and_then(|arguments| arguments.as_object());
        let texts =
            given.into_iter().flatten().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        texts.collect()
    }
}
