//! Evidence of a card: the run's words, the log, the checks, what is different, who else failed.

use super::case::{Case, SAME_MINUTES};
use super::evaluation::RuleResult;
use crate::analysis::Outcome;
use crate::analysis::compare::{StepDifference, compare};
use crate::analysis::layers::short_step;
use crate::analysis::log::{Cause, Class};
use crate::analysis::reason::{explain, failed_step};
use crate::domain::{Attempt, Column, Pipeline, PipelineId, PipelineRun};
use chrono::TimeDelta;

/// Where a difference to the last successful run is seen.
pub(super) const VS_LAST_SUCCESS: &str = "vs last successful run";

/// Something that shows it, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceItem {
    pub kind: EvidenceKind,
    pub what: String,
    pub source: String,
}

/// What kind of evidence it is: where it leads follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EvidenceKind {
    /// The error message of the run, or of the alert.
    Words,
    /// Lines of the log, from the first real error on.
    Log,
    /// A check that failed.
    Check,
    /// A rule of Glue Data Quality that failed.
    Rule,
    /// What is not as in the last successful run.
    Difference,
    /// Other workflows that failed in the same minutes for the same reason.
    Same(Vec<PipelineId>),
}

/// All that shows it, what tells most first.
pub(super) fn evidence(case: &Case<'_>, class: Class, words: Option<&str>) -> Vec<EvidenceItem> {
    let mut proofs = Vec::new();
    let mut add = |kind, what: String, from: &str| proofs.push(EvidenceItem { kind, what, source: from.to_owned() });
    if let Some(words) = words {
        let from = if case.found.attempt.is_some_and(|a| a.error.is_some()) { "job run ErrorMessage" } else { "alert" };
        add(EvidenceKind::Words, words.lines().take(3).collect::<Vec<_>>().join(" "), from);
    }
    if let Some(log) = &case.log {
        add(EvidenceKind::Log, log.lines.iter().take(12).cloned().collect::<Vec<_>>().join("\n"), &log.source);
    }
    for check in case.checks {
        add(EvidenceKind::Check, check.words(), "data_quality.column_checks");
    }
    proofs.extend(rules(case));
    let mut add = |kind, what: String, from: &str| proofs.push(EvidenceItem { kind, what, source: from.to_owned() });
    differences(case).into_iter().for_each(|what| add(EvidenceKind::Difference, what, VS_LAST_SUCCESS));
    for check in case.checks {
        if let Some(before) = check.before.first().filter(|before| before.total_rows != check.now.total_rows) {
            let (layer, table, rows) = (&check.layer, &check.table, &check.now.total_rows);
            let what = format!("{layer}.{table} has {rows} rows, {} on {}", before.total_rows, before.night);
            add(EvidenceKind::Difference, what, "data_quality.column_checks");
            break;
        }
    }
    if let [(_, bronze), (silver_name, silver)] = case.columns {
        let what = match missing_in(bronze, silver) {
            missing if missing.is_empty() => format!("{silver_name} has all scalar columns of bronze"),
            missing => format!("bronze columns missing in {silver_name}: {}", missing.join(", ")),
        };
        add(EvidenceKind::Difference, what, "Glue Data Catalog");
    }
    let same = others(case, class);
    if !same.is_empty() {
        let names: Vec<&str> = same.iter().map(|workflow| workflow.short_name()).collect();
        let what = format!("same failure at the same time: {}", names.join(", "));
        let kind = EvidenceKind::Same(same.iter().map(|workflow| workflow.id.clone()).collect());
        add(kind, what, "last runs of other workflows");
    }
    proofs
}

/// Rules of Glue Data Quality that failed.
fn rules(case: &Case<'_>) -> Vec<EvidenceItem> {
    let Some(quality) = case.quality else { return Vec::new() };
    let score = quality.score.map(|score| format!(", score {:.0} %", score * 100.0)).unwrap_or_default();
    let source = format!("ruleset {}{score}", quality.ruleset.as_deref().unwrap_or("without a name"));
    let failed = quality.rules.iter().filter(|rule| rule.result != "PASS");
    let item = |rule: &RuleResult| {
        let message = rule.message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
        let what = format!("{} {}{message}", rule.result, rule.rule);
        EvidenceItem { kind: EvidenceKind::Rule, what, source: source.clone() }
    };
    failed.map(item).collect()
}

/// What is not as in the last successful run.
fn differences(case: &Case<'_>) -> Vec<String> {
    let before = |run: &PipelineRun| {
        let past_runs = case.history.into_iter().flat_map(|history| history.past_runs.iter().rev());
        past_runs.filter(|past| past.run.started_on < run.started_on).find(|past| past.outcome == Outcome::Succeeded)
    };
    let Some((run, good)) = case.found.run.and_then(|run| Some((run, before(run)?))) else { return Vec::new() };
    let mut found = Vec::new();
    for compared in compare(&good.run, run, case.now) {
        let own = compared.target.name() == case.found.target.name();
        // That it failed, and ended early with that, is known; what was given to it is not.
        let telling = |difference: &&StepDifference| match difference {
            StepDifference::State { .. } | StepDifference::Seconds { .. } => !own,
            StepDifference::DidNotRun => own,
            _ => true,
        };
        let told = compared.differences.iter().filter(telling);
        found.extend(told.map(|difference| format!("{}: {difference}", short_step(&compared.target))));
    }
    found
}

/// Other workflows that failed in the same minutes with the same class.
pub(super) fn others<'c>(case: &Case<'c>, class: Class) -> Vec<&'c Pipeline> {
    let end = |attempt: &Attempt| attempt.completed_on.or(attempt.started_on);
    let own_words = case.found.attempt.and_then(|attempt| attempt.error.as_deref()).unwrap_or_default();
    let Some(at) = case.found.attempt.and_then(end).or(case.alert.at) else { return Vec::new() };
    let alike = |workflow: &&Pipeline| {
        let own = case.found.workflow.is_some_and(|found| found.id == workflow.id);
        let attempt = workflow.last_run.as_ref().and_then(failed_step).and_then(|step| step.last());
        !own && attempt.is_some_and(|attempt| {
            let near = end(attempt).is_some_and(|other| (other - at).abs() < TimeDelta::minutes(SAME_MINUTES));
            near && attempt.error.as_deref().is_some_and(|words| is_same(words, own_words, class))
        })
    };
    case.pipelines.iter().filter(alike).collect()
}

/// Plain columns of one layer that the next has not, under whatever spelling. What is nested is dropped on purpose.
fn missing_in(bronze: &[Column], silver: &[Column]) -> Vec<String> {
    let letters = |name: &str| name.to_lowercase().replace('_', "");
    let plain = |column: &&Column| !["struct", "array", "map"].iter().any(|nested| column.kind.starts_with(nested));
    let known = |column: &&Column| silver.iter().any(|other| letters(&other.name) == letters(&column.name));
    let own = |column: &&Column| ["type", "partition_0", "as_of_date"].contains(&column.name.as_str());
    let missing = bronze.iter().filter(plain).filter(|column| !known(column) && !own(column));
    missing.map(|column| column.name.clone()).collect()
}

/// Whether two errors have one cause. What comes from the account is the same whatever it says; the rest is the same only in
/// the same words.
fn is_same(words: &str, own: &str, class: Class) -> bool {
    let (other, own_cause) = (Cause::of(words), Cause::of(own));
    other.class == class
        && match class {
            Class::DpuLimit | Class::Concurrency | Class::Throttling => true,
            Class::AccessDenied => other.detail.is_some() && other.detail == own_cause.detail,
            _ => explain(words) == explain(own),
        }
}
