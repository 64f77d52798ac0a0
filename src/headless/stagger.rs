//! `gluedeck stagger`: starts under the DPU limit, as a plan, live, or as rewritten schedules.

use super::changes::{account_line, approval, not_allowed, not_sent};
use super::facts::{Snapshot, find_all};
use super::output::{self, Output, rfc3339};
use super::pipeline_account::check_environment;
use super::wait::poll_interval;
use super::{ChangeOptions, Exit, report_fault};
use gluedeck_aws::Gateway;
use gluedeck_aws::store::{RolloutFile, check_schedules_into, read_journal, write_schedules_into};
use gluedeck_core::analysis::plan::{self, Facts};
use gluedeck_core::analysis::reason::duration;
use gluedeck_core::analysis::stagger::driver::Driver;
use gluedeck_core::analysis::stagger::live::{Item, Rollout, State};
use gluedeck_core::analysis::stagger::{
    self, EFFORT, Mode, Piece, Plan, PlannedStart, PlannerOptions, default_selection, headline,
};
use gluedeck_core::analysis::words::counted;
use gluedeck_core::domain::{Dpu, Pipeline, PipelineId};
use gluedeck_core::request::ApplyChange;
use gluedeck_tui::ui::text::clean;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often the account is looked at while starts are admitted.
const POLL_INTERVAL: Duration = Duration::from_secs(3);

/// Of how many pipelines the earlier runs are read, in the account's order: workflows first.
const MAX_HISTORIES: usize = 300;

/// What is asked for beside the workflows.
#[derive(Debug, Clone)]
pub struct StaggerOptions {
    pub planner_options: PlannerOptions,
    /// A plan is asked for, and no more: it is done when it is printed.
    pub dry_run: bool,
    /// Start all workflows where none are named, not only those that tonight has missed.
    pub all: bool,
    /// In place of the account's limit.
    pub limit: Option<f64>,
    /// End at the first workflow that fails.
    pub halt_on_failure: bool,
    /// The pipeline's file, into which the new schedules are written too.
    pub write_file: Option<PathBuf>,
    /// Leave an interrupted stagger as it is, and begin a new one.
    pub discard_interrupted: bool,
}

/// Plans, and carries the plan out if that is approved.
///
/// # Errors
/// If stdout or the state folder cannot be written.
pub async fn stagger(
    gateway: &Gateway,
    names: &[String],
    stagger: StaggerOptions,
    options: ChangeOptions,
    (folder, environment): (&Path, &str),
) -> io::Result<Exit> {
    let (mut facts, selected) = match facts_of(gateway, names, stagger.planner_options.mode, stagger.all).await {
        Ok(found) => found,
        Err(exit) => return Ok(exit),
    };
    let Some(limit) = stagger.limit.or(facts.dpu_limit()) else {
        eprintln!("gluedeck: DPU limit unknown (Service Quotas): set it with --limit");
        return Ok(Exit::Usage);
    };
    let limit = Dpu::of(limit);
    let plan = match stagger::plan(&facts.known(), &selected, limit, facts.now(), &stagger.planner_options, EFFORT) {
        Ok(plan) => plan,
        Err(why) => {
            eprintln!("gluedeck: {why}");
            return Ok(Exit::Failed);
        }
    };
    let id = format!("stagger-{}", chrono::Utc::now().format("%Y%m%dT%H%M%S%.3fZ"));
    let mut rollout = Rollout::of(&plan, id, gateway.account_scope().await, stagger.halt_on_failure);
    rollout.file = stagger.write_file.clone().filter(|_| rollout.is_schedule());
    let planned = plan::rollout(&plan, &rollout, &facts);
    if !options.yes || planned.is_err() {
        print_plan(gateway, &plan, &plan::tonight(&rollout, facts.now()), options.output).await?;
    }
    let planned = match planned.map_err(|why| eprintln!("gluedeck: {why}")) {
        Ok(planned) if options.yes => planned,
        Ok(planned) if !stagger.dry_run => return Ok(not_sent(gateway, &planned.changes)),
        _ => return Ok(Exit::Done),
    };
    if let Some(exit) = unwritable(gateway, &rollout, environment).await {
        return Ok(exit);
    }
    let Some(mut approval) = approval(gateway, &planned.changes, options.confirm.clone()) else {
        return Ok(not_allowed(gateway, &planned.changes, options.confirm));
    };
    // Refused here, too, so that no file of a rollout that never was is left behind.
    if gateway.is_read_only() {
        return Ok(report_fault(&gateway.read_only_fault(planned.changes[0].operation())));
    }
    plan::tonight(&rollout, facts.now()).iter().for_each(|warning| eprintln!("{}", warning.trim_start_matches("! ")));
    approval.batch = Some(rollout.id.clone());
    let file = RolloutFile::open(folder, environment, &rollout.scope)?;
    if let Some(exit) = interrupted(&file, folder)?.filter(|_| !stagger.discard_interrupted) {
        return Ok(exit);
    }
    eprintln!("{}. Rollout {}.", headline(&plan), rollout.id);
    let mut driver = Driver::new(rollout, approval, stagger.planner_options.estimate);
    let exit = carry_out(gateway, &mut facts, &mut driver, limit, file).await?;
    print_rollout(&plan, &driver.rollout, facts.pipelines(), options.output)?;
    Ok(exit)
}

/// How to exit if the new schedules could not be written into the pipeline's file: nothing is sent then.
async fn unwritable(gateway: &Gateway, rollout: &Rollout, environment: &str) -> Option<Exit> {
    let file = rollout.file.as_deref()?;
    if let Err(error) = check_schedules_into(file, &rollout.planned_schedules()) {
        eprintln!("gluedeck: {error}; nothing was sent");
        return Some(Exit::Usage);
    }
    check_environment(gateway, file, environment).await
}

/// Writes the schedules that have changed into the pipeline's file; how to exit if that failed.
fn write_file(file: &Path, schedules: &BTreeMap<String, String>) -> Option<Exit> {
    match write_schedules_into(file, schedules) {
        Ok(patched) => {
            let written = counted(patched.records.len(), "schedule");
            eprintln!("gluedeck: {written} written into {}, for every environment of it", file.display());
            for trigger in &patched.unknown {
                eprintln!("gluedeck: no record of the file makes {}", clean(trigger));
            }
            None
        }
        Err(error) => {
            eprintln!("gluedeck: the schedules have changed, and are not in the file: {error}");
            Some(Exit::Failed)
        }
    }
}

/// Says that a stagger was interrupted here, if one was.
fn interrupted(file: &RolloutFile, folder: &Path) -> io::Result<Option<Exit>> {
    let Some(left) = file.read(&read_journal(folder)?) else { return Ok(None) };
    let (id, tally) = (&left.id, left.tally(&[]));
    eprintln!("gluedeck: stagger {id} was interrupted: {tally}. Nothing was sent.");
    eprintln!(
        "Resume in the console (6, enter), run `gluedeck revert {id}`, or use --discard-interrupted to discard it."
    );
    Ok(Some(Exit::Failed))
}

/// Carries a rollout out. What is not done stays on disk, for a later session.
async fn carry_out(
    gateway: &Gateway,
    facts: &mut Snapshot,
    driver: &mut Driver,
    limit: Dpu,
    mut file: RolloutFile,
) -> io::Result<Exit> {
    file.write(&driver.rollout)?;
    let exit = drive(gateway, facts, driver, limit, &mut file).await?;
    let rollout = &driver.rollout;
    if rollout.count(State::Done) == rollout.items.len() {
        file.remove()?;
    } else {
        let touched = rollout.count(State::Done) + rollout.count(State::Unknown) > 0;
        let back = match rollout.is_schedule() && touched {
            true => format!(" `gluedeck revert {}` restores the schedules;", rollout.id),
            false => String::new(),
        };
        eprintln!("{}.{back} To resume: 6 and enter in the console.", rollout.tally(facts.pipelines()));
    }
    let schedules = rollout.new_schedules();
    Ok(match &rollout.file {
        Some(file) if !schedules.is_empty() => write_file(file, &schedules).unwrap_or(exit),
        _ => exit,
    })
}

/// What the planner reads, and the workflows that are meant: the named; without names, to be started now, those that tonight has missed, of schedules, all.
async fn facts_of(
    gateway: &Gateway,
    names: &[String],
    mode: Mode,
    all_of_them: bool,
) -> Result<(Snapshot, Vec<PipelineId>), Exit> {
    let mut facts = Snapshot::read(gateway).await.map_err(|fault| report_fault(&fault))?;
    facts.read_standalone(gateway).await;
    let selected = match names {
        [] if mode == Mode::Now && all_of_them => {
            let workflows = facts.workflows.iter().filter(|pipeline| pipeline.id.as_workflow().is_some());
            workflows.map(|workflow| workflow.id.clone()).collect()
        }
        [] => default_selection(&facts.workflows, mode, facts.now()),
        names => find_all(&facts, names, gateway).map_err(|why| {
            eprintln!("gluedeck: {why}");
            Exit::Usage
        })?,
    };
    let starts_by_clock = |pipeline: &Pipeline| pipeline.triggers.iter().any(|trigger| trigger.schedule.is_some());
    // Of what is outside of workflows: what is meant, and what a schedule starts beside it. Each is a call.
    let counts = |pipeline: &&Pipeline| {
        pipeline.id.as_workflow().is_some() || selected.contains(&pipeline.id) || starts_by_clock(pipeline)
    };
    let read: Vec<PipelineId> =
        facts.workflows.iter().filter(counts).map(|pipeline| pipeline.id.clone()).take(MAX_HISTORIES).collect();
    facts.read_histories(gateway, &read).await;
    facts.read_jobs(gateway).await;
    Ok((facts, selected))
}

/// Set by ctrl-c and by the request to end: what is on its way is finished, and nothing more is sent.
fn interrupts() -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&flag))?;
    }
    Ok(flag)
}

/// Sends change after change: the schedules at once, starts as capacity frees, until the last has been sent. The first
/// refusal, or the first workflow that fails if that was asked for, ends it.
async fn drive(
    gateway: &Gateway,
    facts: &mut Snapshot,
    driver: &mut Driver,
    limit: Dpu,
    file: &mut RolloutFile,
) -> io::Result<Exit> {
    let interval = poll_interval(gateway, POLL_INTERVAL).await;
    let all = driver.rollout.items.len();
    let interrupted = interrupts()?;
    loop {
        if driver.observe(&facts.known(), limit, facts.now()) {
            eprintln!("gluedeck: stopped: {}", driver.rollout.halted.as_deref().unwrap_or_default());
            file.write(&driver.rollout)?;
            return Ok(Exit::Failed);
        }
        loop {
            if interrupted.load(Ordering::Relaxed) {
                eprintln!("gluedeck: interrupted; nothing more is sent");
                return Ok(Exit::Failed);
            }
            let Some((change, approval)) = driver.next_change() else { break };
            // On disk before it is sent.
            file.write(&driver.rollout)?;
            let result = gateway.perform(ApplyChange { change: change.clone(), approval }).await;
            driver.settle(&change, result.as_ref().map(|done| done.id.clone()));
            file.write(&driver.rollout)?;
            if let Err(fault) = result {
                return Ok(report_fault(&fault));
            }
            eprintln!("{} {}/{all} {}", rfc3339(facts.now()), driver.rollout.count(State::Done), change.name());
        }
        if !driver.rollout.is_open() {
            return Ok(Exit::Done);
        }
        tokio::time::sleep(interval).await;
        if let Some(exit) = read_again(gateway, facts, interval, &interrupted).await {
            return Ok(exit);
        }
    }
}

/// Reads the account again, however long it cannot be reached; answers how to exit if that makes no sense.
async fn read_again(
    gateway: &Gateway,
    facts: &mut Snapshot,
    interval: Duration,
    interrupted: &AtomicBool,
) -> Option<Exit> {
    let mut said = false;
    while let Err(fault) = facts.refresh(gateway).await {
        if !fault.is_transient() || (fault.needs_a_person() && said) {
            return Some(report_fault(&fault));
        }
        if interrupted.load(Ordering::Relaxed) {
            break;
        }
        if !std::mem::replace(&mut said, true) {
            eprintln!("gluedeck: {fault}; nothing is started until the account is readable again");
        }
        tokio::time::sleep(interval).await;
    }
    None
}

/// The whole plan as JSON: times in RFC 3339, spans in seconds.
fn as_json(plan: &Plan) -> Value {
    let piece = |piece: &Piece| json!({ "from_s": piece.from, "to_s": piece.to, "dpu": piece.dpu.as_f64() });
    let start = |placed: &PlannedStart| {
        json!({
            "workflow": placed.workflow.as_str(),
            "start": rfc3339(plan.at(placed.start)),
            "start_s": placed.start,
            "cron": placed.change.as_ref().map(|change| &change.to),
            "cron_before": placed.change.as_ref().map(|change| &change.from),
            "trigger": placed.change.as_ref().map(|change| change.trigger.as_str()),
            "expected_end": rfc3339(plan.at(placed.end())),
            "late_s": placed.late,
            "why": placed.why,
            "dpu_profile": placed.demand.profile.pieces.iter().map(piece).collect::<Vec<_>>(),
        })
    };
    let unstaggered = &plan.unstaggered;
    let names: Vec<&str> = unstaggered.over_limit.iter().map(|(name, _)| name.as_str()).collect();
    let left_out = plan.left_out.iter().map(|(name, why)| json!({ "workflow": name.as_str(), "why": why.to_string() }));
    json!({
        "mode": if plan.mode == Mode::Now { "now" } else { "schedule" },
        "limit": plan.limit.as_f64(),
        "origin": rfc3339(plan.origin),
        "grid_s": plan.grid,
        "peak_dpu": plan.peak.as_f64(),
        "makespan_s": plan.makespan,
        "lower_bound_s": plan.lower_bound,
        "unstaggered": { "peak_dpu": unstaggered.peak.as_f64(), "over_limit": names, "begin_together": unstaggered.together },
        "starts": plan.starts.iter().map(start).collect::<Vec<_>>(),
        "left_out": left_out.collect::<Vec<_>>(),
        "notes": plan.notes,
    })
}

const HEADING: [&str; 7] = ["workflow", "start", "end", "peak_dpu", "cron", "cron_before", "why"];

fn row(plan: &Plan, placed: &PlannedStart) -> Vec<String> {
    let change = placed.change.as_ref();
    vec![
        placed.workflow.to_string(),
        rfc3339(plan.at(placed.start)),
        rfc3339(plan.at(placed.end())),
        placed.demand.profile.peak().to_string(),
        change.map(|change| change.to.clone()).unwrap_or_default(),
        change.map(|change| change.from.clone()).unwrap_or_default(),
        placed.why.clone(),
    ]
}

async fn print_plan(gateway: &Gateway, plan: &Plan, warnings: &[String], output: Output) -> io::Result<()> {
    match output {
        Output::Json => return output::json(&as_json(plan)),
        Output::Csv => return output::csv(&HEADING, plan.starts.iter().map(|placed| row(plan, placed))),
        _ => {}
    }
    let (_, sentence) = account_line(gateway).await;
    {
        let mut out = io::stdout().lock();
        writeln!(out, "{sentence}")?;
        writeln!(out, "{}.", headline(plan))?;
        let unstaggered = &plan.unstaggered;
        writeln!(out, "Without staggering: peak {} DPUs, {}.", unstaggered.peak, unstaggered.fate())?;
        let (end, bound) = (duration(i64::from(plan.makespan)), duration(i64::from(plan.lower_bound)));
        writeln!(out, "Ends {end} after {}; theoretical minimum {bound}.", rfc3339(plan.origin))?;
    }
    output::table(&HEADING, &[3], &plan.starts.iter().map(|placed| row(plan, placed)).collect::<Vec<_>>())?;
    let mut out = io::stdout().lock();
    for warning in warnings {
        writeln!(out, "{warning}")?;
    }
    for (name, why) in &plan.left_out {
        writeln!(out, "Skipped: {name}: {why}.")?;
    }
    for note in &plan.notes {
        writeln!(out, "Note: {note}.")?;
    }
    let late: Vec<&PlannedStart> = plan.starts.iter().filter(|placed| placed.late > 0).collect();
    for placed in late {
        writeln!(out, "Late: {} ends {} after its deadline.", placed.workflow, duration(i64::from(placed.late)))?;
    }
    drop(out);
    print_cdk_lines(plan)
}

/// What the infrastructure code must say, so that it does not put the old schedules back.
fn print_cdk_lines(plan: &Plan) -> io::Result<()> {
    let lines: Vec<String> = plan.starts.iter().filter_map(cdk_line).collect();
    let mut out = io::stdout().lock();
    if !lines.is_empty() {
        writeln!(out, "\nFor the CDK configuration, or a later deployment restores the old schedules:")?;
    }
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))
}

/// The line of a trigger for the infrastructure code.
fn cdk_line(placed: &PlannedStart) -> Option<String> {
    let change = placed.change.as_ref().filter(|change| change.from != change.to)?;
    Some(format!("  {}: {},", json!(change.trigger.as_str()), json!(change.to)))
}

fn item_row(item: &Item, workflows: &[Pipeline]) -> Vec<String> {
    let what = item.reschedule.as_ref().map(|(_, from, to)| format!("{from} to {to}"));
    vec![
        item.workflow.clone(),
        item.progress(workflows).word().to_owned(),
        what.or(item.run.clone()).unwrap_or_default(),
    ]
}

fn print_rollout(plan: &Plan, rollout: &Rollout, workflows: &[Pipeline], output: Output) -> io::Result<()> {
    let items = rollout.items.iter().map(|item| {
        let part = |pick: fn(&(String, String, String)) -> &String| item.reschedule.as_ref().map(pick);
        let (trigger, from, to) = (part(|r| &r.0), part(|r| &r.1), part(|r| &r.2));
        json!({
            "workflow": item.workflow, "state": item.progress(workflows).word(), "run": item.run, "trigger": trigger,
            "cron_before": from, "cron": to, "message": item.message,
        })
    });
    match output {
        Output::Json => {
            let mut whole = as_json(plan);
            whole["rollout"] = json!({ "id": rollout.id, "items": items.collect::<Vec<_>>() });
            output::json(&whole)
        }
        Output::Csv => {
            output::csv(&["workflow", "state", "what"], rollout.items.iter().map(|item| item_row(item, workflows)))
        }
        _ => {
            let rows: Vec<Vec<String>> = rollout.items.iter().map(|item| item_row(item, workflows)).collect();
            output::table(&["workflow", "state", "what"], &[], &rows)?;
            if rollout.file.is_none() { print_cdk_lines(plan) } else { Ok(()) }
        }
    }
}
