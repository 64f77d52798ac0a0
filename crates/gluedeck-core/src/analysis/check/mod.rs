//! Whether pipelines are well: one verdict or more each, from the runs that the API reports.

mod age;
mod finding;
mod late;

pub use age::{MaxAge, written};
pub use finding::{Finding, Verdict};

use crate::analysis::plan::Facts;
use crate::analysis::reason::start_is_off;
use crate::analysis::triage::failures::{Failure, Since, failures_since};
use crate::analysis::{Outcome, outcome};
use crate::domain::{CrawlerName, JobName, Pipeline, PipelineId, Target, TriggerName};
use chrono::TimeDelta;
use gluedeck_pipeline::{Difference, ResourceKind};
use std::collections::BTreeMap;

/// Differences that a line names.
const MAX_DIFFERENCES: usize = 3;

/// What a check looks at.
#[derive(Debug, Clone, PartialEq)]
pub struct Scope {
    /// How far is looked back for failures.
    pub since: TimeDelta,
    /// How old data may be, of every pipeline that has such a layer.
    pub ages: Vec<MaxAge>,
}

impl Default for Scope {
    fn default() -> Self {
        Self { since: TimeDelta::hours(24), ages: Vec::new() }
    }
}

/// The findings of all pipelines that are wanted, the worst first; each pipeline has one at least.
pub fn check(facts: &dyn Facts, scope: &Scope, wanted: &dyn Fn(&PipelineId) -> bool) -> Vec<Finding> {
    let failures = failures_since(facts, scope.since);
    let mut found = Vec::new();
    for pipeline in facts.pipelines().iter().filter(|pipeline| wanted(&pipeline.id)) {
        let own =
            failures.iter().filter(|failure| failure.workflow == pipeline.id && failure.since != Since::Recovered);
        let mut findings: Vec<Finding> = own.map(of_failure).collect();
        let history = facts.history(&pipeline.id);
        if let Some(history) = history {
            findings.extend(late::late(pipeline, history, facts.now()));
            findings.extend(late::missing_start(pipeline, history, facts.now()));
        }
        findings.extend(age::stale(pipeline, history, &scope.ages, facts.now()));
        if findings.is_empty() {
            findings.push(state(pipeline, history.is_some()));
        }
        found.extend(findings);
    }
    sort(&mut found);
    found
}

/// The worst first, then by pipeline and time.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        a.verdict.cmp(&b.verdict).then_with(|| a.pipeline.cmp(&b.pipeline)).then_with(|| a.at.cmp(&b.at))
    });
}

/// What differs from the file that the pipeline is deployed from: one finding a pipeline, one for all databases.
pub fn drift(differences: &[Difference], wanted: &dyn Fn(&PipelineId) -> bool) -> Vec<Finding> {
    let mut by_pipeline: BTreeMap<Option<PipelineId>, Vec<String>> = BTreeMap::new();
    for difference in differences {
        let pipeline = pipeline_of(difference);
        if pipeline.as_ref().is_none_or(wanted) {
            by_pipeline.entry(pipeline).or_default().push(difference.to_string());
        }
    }
    let finding = |(pipeline, mut texts): (Option<PipelineId>, Vec<String>)| {
        let key = format!("drift {}", texts.join("; "));
        let more = texts.len().saturating_sub(MAX_DIFFERENCES);
        texts.truncate(MAX_DIFFERENCES);
        let more = if more > 0 { format!("; {more} more") } else { String::new() };
        let text = format!("not as the file says: {}{more}", texts.join("; "));
        Finding { pipeline, ..Finding::plain(Verdict::Drift, key, text) }
    };
    by_pipeline.into_iter().map(finding).collect()
}

fn pipeline_of(difference: &Difference) -> Option<PipelineId> {
    let name = difference.name.clone();
    match (&difference.workflow, difference.resource) {
        (Some(workflow), _) => Some(PipelineId::workflow(workflow.clone())),
        (None, ResourceKind::Workflow) => Some(PipelineId::workflow(name)),
        (None, ResourceKind::Trigger) => Some(PipelineId::Chain(TriggerName::new(name))),
        (None, ResourceKind::Job) => Some(PipelineId::Alone(Target::Job(JobName::new(name)))),
        (None, ResourceKind::Crawler) => Some(PipelineId::Alone(Target::Crawler(CrawlerName::new(name)))),
        (None, _) => None,
    }
}

fn of_failure(failure: &Failure) -> Finding {
    let verdict = if failure.state == "NEVER STARTED" { Verdict::NeverRan } else { Verdict::Failed };
    Finding {
        key: failure.key.clone(),
        pipeline: Some(failure.workflow.clone()),
        verdict,
        step: failure.target.clone(),
        run: failure.run.clone(),
        at: Some(failure.at),
        state: Some(failure.state.clone()).filter(|_| verdict == Verdict::Failed),
        class: Some(failure.class).filter(|_| verdict == Verdict::Failed),
        text: failure.cause.clone(),
        runs_again: failure.since == Since::Running,
        alert_sent: failure.alert_sent,
    }
}

/// Of a pipeline with which nothing is wrong, as far as is known.
fn state(pipeline: &Pipeline, read: bool) -> Finding {
    let (verdict, text) = match outcome::of_pipeline(pipeline) {
        _ if !read => (Verdict::Unknown, "its runs could not be read".to_owned()),
        Outcome::Unknown => (Verdict::Unknown, "what became of its last run is not known".to_owned()),
        Outcome::Running => (Verdict::Running, String::new()),
        _ => match start_is_off(pipeline) {
            Some(state) => (Verdict::Off, format!("start trigger {state}")),
            None => (Verdict::Fine, String::new()),
        },
    };
    let key = format!("{} {} {}", pipeline.id.kind(), pipeline.id, verdict.word());
    Finding::of(pipeline, verdict, key, text)
}
