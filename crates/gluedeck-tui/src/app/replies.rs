//! What answers change.

use super::merging::{ended_text, merge};
use super::model::Model;
use super::overlay::Overlay;
use super::{reading, reading_standalone, rollouts};
use crate::flow::{Action, Answered, ChangeOutcome, ConfirmedBy, Effect, Endpoint, Load, Streamed};
use crate::ui::text::cut;
use gluedeck_core::analysis::triage::NeedResult;
use gluedeck_core::analysis::{History, standalone};
use gluedeck_core::domain::{
    Attempt, Change, Fault, PipelineId, PipelineRun, QueryExecution, QueryId, RunId, Target, WorkflowName,
};
use gluedeck_core::request::{Drift, GetWorkflows, WorkflowBatch};
use std::collections::BTreeMap;
use std::time::Duration;

/// Takes an answer.
pub(super) fn take(model: &mut Model, answered: Answered) -> Vec<Action> {
    if let Some(fault) = answered.fault() {
        model.remember(&fault.clone());
    }
    let now = model.context.now();
    match answered {
        Answered::ListWorkflows(_, names) => self::names(model, names),
        Answered::GetWorkflows(request, batch) => return workflows(model, &request, batch),
        Answered::ListStandalone(_, found) => reading_standalone::listed(model, found),
        Answered::GetPipelineRuns(request, runs) => return history(model, request.pipeline, runs),
        Answered::GetAccount(_, account) => model.context.session.account.take(account, now),
        Answered::GetDpuLimit(_, limit) => model.context.dpu_limit.take(limit, now),
        Answered::GetFlexLimit(_, limit) => model.context.flex_limit.take(limit, now),
        Answered::GetJobs(_, jobs) => model.context.jobs.take(jobs, now),
        Answered::GetDrift(_, drift) => take_drift(model, drift),
        Answered::GetRuns(request, runs) => return runs_of(model, request.target, runs),
        Answered::GetDefinition(_, definition) => model.screens.job.take_definition(definition, &model.context),
        Answered::GetRunMetrics(request, series) => model.screens.job.take_metrics(&request.run, series, now),
        Answered::GetBookmark(_, bookmark) => model.screens.job.take_bookmark(bookmark, &model.context),
        Answered::GetRunProperties(_, properties) => {
            show_text(model, properties.map(|properties| properties_text(&properties)));
        }
        Answered::Describe(_, text) => show_text(model, text),
        Answered::GetDatabases(_, names) => {
            model.screens.triage.take(&NeedResult::Databases(names.clone()));
            if let Ok(names) = &names {
                model.screens.athena.databases(names);
            }
            model.context.databases.take(names, now);
        }
        Answered::GetTables(request, tables) => model.context.catalog.take(&request.database, tables, now),
        Answered::GetPartitions(request, partitions) => {
            let key = (request.database, request.table);
            model.context.catalog.partitions.entry(key).or_default().take(partitions, now);
        }
        Answered::FindLogStreams(request, found) => model.screens.logs.streams(request.number, found, &model.context),
        Answered::GetLogPage(request, page) => model.screens.logs.page(request.stream, page, &model.context),
        Answered::CompareLogs(_, comparison) => model.screens.logs.compared(comparison, now),
        Answered::StartQuery(request, id) => return model.screens.athena.started(request.number, id, &model.context),
        Answered::StopQuery(request, stopped) => stopped_query(model, &request.id, stopped),
        Answered::ListQueries(_, page) => model.screens.athena.lists.take_history(page, now),
        Answered::GetQueries(_, executions) => orphans(model, executions.unwrap_or_default()),
        Answered::ListWorkgroups(_, groups) => model.screens.athena.lists.workgroups.take(groups, now),
        Answered::ListNamedQueries(_, named) => model.screens.athena.lists.named.take(named, now),
        Answered::ReadChecks(_, rows) => model.screens.quality.take_checks(rows, now),
        Answered::ReadFreshness(request, rows) => model.screens.quality.take_freshness(request.number, rows, now),
        answered @ (Answered::ReadJobLog(..)
        | Answered::ReadCrawlLog(..)
        | Answered::ReadRunChecks(..)
        | Answered::ReadQualityResult(..)
        | Answered::ReadColumns(..)) => investigated(model, answered),
        Answered::ApplyChange(request, done) => changed(model, &request.change, done),
    }
    Vec::new()
}

fn stopped_query(model: &mut Model, id: &QueryId, stopped: Result<(), Fault>) {
    match stopped {
        Ok(()) => model.show_notice("Query cancel requested"),
        Err(fault) => {
            model.screens.athena.not_stopped(id);
            model.show_notice(format!("The query may still be running: {fault}"));
        }
    }
}

fn take_drift(model: &mut Model, drift: Result<Drift, Fault>) {
    let (now, wall) = (model.context.now(), model.context.moment.wall);
    model.context.drift_read_at = drift.is_ok().then_some(wall).or(model.context.drift_read_at);
    model.context.drift.take(drift, now);
}

/// Takes what an inquiry into an alert has asked for.
fn investigated(model: &mut Model, answered: Answered) {
    match answered {
        Answered::ReadJobLog(request, log) => {
            let error = log.as_ref().ok().and_then(|log| log.first_error.as_ref());
            if let Some((run, error)) = request.run.clone().zip(error) {
                model.context.causes.insert(run, error.cause.class);
            }
            model.screens.triage.take(&NeedResult::JobLog(request, log));
        }
        Answered::ReadCrawlLog(request, log) => model.screens.triage.take(&NeedResult::CrawlLog(request, log)),
        Answered::ReadRunChecks(request, checks) => model.screens.triage.take(&NeedResult::Checks(request, checks)),
        Answered::ReadQualityResult(request, found) => {
            model.screens.triage.take(&NeedResult::QualityResult(request, found));
        }
        Answered::ReadColumns(request, found) => model.screens.triage.take(&NeedResult::Columns(request, found)),
        _ => {}
    }
}

/// Takes a piece of a stream.
pub(super) fn take_streamed(model: &mut Model, streamed: Streamed) -> Vec<Action> {
    match streamed {
        Streamed::LiveTail(Ok(live)) => model.screens.logs.live(live.events, live.sampled),
        Streamed::LiveTail(Err(fault)) => {
            model.remember(&fault);
            model.show_notice(format!("Live tail ended: {fault}; polling instead"));
            if let Some(open) = &mut model.screens.logs.open {
                open.live_ended();
            }
        }
        Streamed::Query { number, news } => {
            if let Err(fault) = &news {
                model.remember(fault);
            }
            return model.screens.athena.news(number, news, &model.context);
        }
    }
    Vec::new()
}

/// Queries that an earlier session has left running.
fn orphans(model: &mut Model, executions: Vec<QueryExecution>) {
    let open = executions.iter().filter(|execution| !execution.state.is_final()).count();
    model.screens.athena.lists.orphans = executions;
    if open > 0 {
        let what = if open == 1 { "A query" } else { "Queries" };
        model.show_notice(format!("{what} of an earlier session still running: 4 and H to attach or cancel"));
    }
}

/// The runs of a job or crawler; of one that stands alone they are what the board wants to know too.
fn runs_of(model: &mut Model, target: Target, runs: Result<Vec<Attempt>, Fault>) -> Vec<Action> {
    let id = PipelineId::Alone(target.clone());
    let mut actions = Vec::new();
    if let (Ok(runs), Some(pipeline)) = (&runs, model.context.pipeline(&id)) {
        let all = standalone::runs(&id, &pipeline.triggers, vec![(target.clone(), runs.clone())]);
        actions = history(model, id, Ok(all));
    }
    model.screens.job.take_runs(&target, runs, &model.context);
    actions
}

fn history(model: &mut Model, name: PipelineId, runs: Result<Vec<PipelineRun>, Fault>) -> Vec<Action> {
    let actions = reading_standalone::read(model, &name, &runs);
    // The others have a time of their own.
    if let (Err(fault), Some(_)) = (&runs, name.as_workflow()) {
        reading::history_failed(model, &name, fault.kind);
    }
    let read = runs.as_ref().map(|_| ()).map_err(Clone::clone);
    model.screens.triage.take(&NeedResult::History(name.clone(), read));
    let history = runs.map(|runs| History::of(model.context.pipeline(&name), runs));
    let now = model.context.now();
    model.context.history.entry(name).or_default().take(history, now);
    actions
}

/// The names of the workflows are known, or not: without them nothing else can be read.
fn names(model: &mut Model, names: Result<Vec<WorkflowName>, Fault>) {
    let now = model.context.now();
    match names {
        Ok(names) if names.is_empty() => {
            let mut all = model.context.pipelines.value_mut().map(std::mem::take).unwrap_or_default();
            all.retain(|pipeline| pipeline.id.as_workflow().is_none());
            model.context.pipelines.take(Ok(all), now);
            model.context.pipelines_read_at = Some(model.context.moment.wall);
            reading::settled(model, None);
        }
        Ok(names) => reading::listed(model, Some(names)),
        Err(fault) => {
            let kind = fault.kind;
            model.context.pipelines.take(Err(fault), now);
            reading::settled(model, Some(kind));
        }
    }
}

fn workflows(model: &mut Model, request: &GetWorkflows, batch: Result<WorkflowBatch, Fault>) -> Vec<Action> {
    match request.background {
        None => visible_workflows(model, batch),
        Some(_) => rest(model, request.graphs, batch),
    }
}

/// The workflows on the screen.
fn visible_workflows(model: &mut Model, batch: Result<WorkflowBatch, Fault>) -> Vec<Action> {
    let now = model.context.now();
    let fault = batch.as_ref().err().map(|fault| fault.kind);
    let mut actions = Vec::new();
    match batch {
        Ok(WorkflowBatch { workflows, missing, partial_fault }) => {
            if let Some(partial_fault) = partial_fault {
                model.remember(&partial_fault);
            }
            model.context.pipelines_read_at = Some(model.context.moment.wall);
            actions = merge(model, workflows, &missing);
            let all = model.context.pipelines.value_mut().map(std::mem::take).unwrap_or_default();
            model.context.pipelines.take(Ok(all), now);
        }
        Err(fault) => model.context.pipelines.take(Err(fault), now),
    }
    actions.extend(report_followed(model));
    reading::settled(model, fault);
    actions
}

/// Workflows that are not on the screen. That they could not be read shows by the age of the round.
fn rest(model: &mut Model, graphs: bool, batch: Result<WorkflowBatch, Fault>) -> Vec<Action> {
    let Ok(WorkflowBatch { workflows, missing, .. }) = batch else {
        reading::taken(model, &[], true);
        return Vec::new();
    };
    let whole = if graphs { workflows.clone() } else { Vec::new() };
    let actions = merge(model, whole, &missing);
    reading::taken(model, &workflows, graphs);
    actions
}

/// What is in the account that answers is not what another one's data show.
pub(super) fn other_account(model: &mut Model) {
    let account = model.context.session.account.value();
    let kept = matches!(model.context.pipelines, Load::Cached { .. });
    if kept && account.is_some() && model.snapshot_account.is_some() && account != model.snapshot_account.as_ref() {
        model.context.pipelines = Load::Loading;
        model.context.history.clear();
        model.show_notice("Saved data was of another account and was discarded");
    }
}

fn show_text(model: &mut Model, text: Result<String, Fault>) {
    let now = model.context.now();
    if let Some(Overlay::Text(page)) = &mut model.overlay {
        page.text.take(text, now);
    }
}

fn properties_text(properties: &BTreeMap<String, String>) -> String {
    if properties.is_empty() {
        return "No run properties.".to_owned();
    }
    let widest = properties.keys().map(|name| name.chars().count()).max().unwrap_or(0);
    let line = |(name, value): (&String, &String)| format!("{name:<widest$}  {value}");
    properties.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn changed(model: &mut Model, change: &Change, result: Result<ChangeOutcome, Fault>) {
    // What the change did shows at the next reading, so that comes at once.
    reading::soon(model);
    model.refresh.drift_at = Duration::ZERO;
    reading_standalone::soon(model, change);
    model.screens.job.reread();
    if let Ok(done) = &result {
        follow(model, change, done);
    }
    if rollouts::settle(model, change, &result) {
        return;
    }
    match result {
        Ok(done) => {
            let found = match done.how {
                ConfirmedBy::Response => "",
                ConfirmedBy::ReadBack => " (no response, verified by reading)",
                ConfirmedBy::NoChange => ": no change needed, nothing was sent",
            };
            let id = done.id.map(|id| format!(", run {}", cut(&id, 15))).unwrap_or_default();
            let what = format!("{}: {}", change.name(), change.done());
            model.changed += 1;
            match model.changed {
                1 => model.show_notice(format!("{what}{id}{found}")),
                done => model.show_notice(format!("{done} done; last: {what}{id}{found}")),
            }
            if model.changes.is_empty() {
                model.screens.board.marked.clear();
            }
        }
        Err(fault) => {
            let place = match &model.context.session.endpoint {
                Endpoint::Sandbox(_) => " in the sandbox",
                _ => "",
            };
            let not_sent = match model.changes.len() {
                0 => String::new(),
                count => format!(", {count} more not sent"),
            };
            model.changes.clear();
            model.show_notice(format!("Failed{place}{not_sent}: {fault}. {}", fault.advice()));
        }
    }
}

/// A run that was started here is followed until it has ended.
fn follow(model: &mut Model, change: &Change, done: &ChangeOutcome) {
    if let (Change::Start { workflow, .. } | Change::Resume { workflow, .. }, Some(id)) = (change, &done.id) {
        model.followed.push((workflow.clone().into(), RunId::new(id)));
    }
}

/// Says what became of the runs that are followed, and stops following those that have ended.
fn report_followed(model: &mut Model) -> Vec<Action> {
    let context = &model.context;
    let mut ended = Vec::new();
    let mut followed = std::mem::take(&mut model.followed);
    followed.retain(|(name, run)| {
        let Some(workflow) = context.pipeline(name) else { return false };
        let Some(last) = workflow.last_run.as_ref().filter(|last| &last.id == run) else {
            // Not in the data yet, or followed by another run.
            return workflow.last_run.as_ref().is_none_or(|last| last.status.is_active());
        };
        if last.status.is_active() {
            return true;
        }
        ended.push(ended_text(model, workflow));
        false
    });
    model.followed = followed;
    let Some(last) = ended.pop() else { return Vec::new() };
    let more = if ended.is_empty() { String::new() } else { format!(" ({} more ended)", ended.len()) };
    let text = format!("{last}{more}");
    model.show_notice(text.clone());
    vec![Action::Do(Effect::Notify(text))]
}
