//! The commands that change something: the plan; with an approval, each change once; with `--wait`, until the runs have
//! ended.

use super::facts::{Snapshot, find_all};
use super::output::{self, Output};
use super::wait::{Sent, wait_for};
use super::{Exit, report_fault};
use gluedeck_aws::Gateway;
use gluedeck_core::analysis::plan::{self, Facts, Plan, Planned};
use gluedeck_core::domain::policy::{Approval, Refusal, Rule, phrase};
use gluedeck_core::domain::{
    Activation, Change, Fault, FaultKind, JobOverrides, Pipeline, Target, Trigger, TriggerKind, TriggerName,
    TriggerState,
};
use gluedeck_core::request::{ApplyChange, ChangeOutcome, ConfirmedBy, GetAccount};
use gluedeck_tui::ui::text::clean;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// How a change is asked for.
#[derive(Debug, Clone, Default)]
pub struct ChangeOptions {
    /// Whether it is approved.
    pub yes: bool,
    /// What was typed where the policy wants a name typed.
    pub confirm: Option<String>,
    /// Whether to wait until the runs that were started have ended.
    pub wait: bool,
    pub output: Output,
}

/// How a failed workflow is run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RerunFrom {
    /// As is advised for the cause of its failure.
    Advised,
    /// From the failed step, or not at all.
    FailedStep,
    Beginning,
}

/// Starts workflows; with `properties`, their runs get these beside the workflows' defaults.
///
/// # Errors
/// If stdout cannot be written.
pub async fn start(
    gateway: &Gateway,
    names: &[String],
    properties: &BTreeMap<String, String>,
    options: ChangeOptions,
) -> io::Result<Exit> {
    let plan = |workflow: &Pipeline, facts: &dyn Facts| {
        let mut plan = plan::start(workflow, facts)?;
        for change in &mut plan.changes {
            if let Change::Start { properties: given, .. } = change
                && !properties.is_empty()
            {
                // Whether given properties are merged over the defaults is not documented, so the defaults go along.
                given.extend(workflow.default_run_properties.clone());
                given.extend(properties.clone());
                let list: Vec<String> = given.iter().map(|(name, value)| format!("{name}={value}")).collect();
                plan.notes.push(format!("Run properties: {}.", list.join(", ")));
            }
        }
        Ok(plan)
    };
    with_workflows(gateway, names, options, false, plan).await
}

/// Stops the running runs of workflows.
///
/// # Errors
/// If stdout cannot be written.
pub async fn stop(gateway: &Gateway, names: &[String], options: ChangeOptions) -> io::Result<Exit> {
    with_workflows(gateway, names, options, false, plan::stop).await
}

/// Runs failed workflows again.
///
/// # Errors
/// If stdout cannot be written.
pub async fn rerun(gateway: &Gateway, names: &[String], from: RerunFrom, options: ChangeOptions) -> io::Result<Exit> {
    let plan = match from {
        RerunFrom::Advised => plan::rerun,
        RerunFrom::FailedStep => plan::rerun_from_failed,
        RerunFrom::Beginning => plan::rerun_whole,
    };
    with_workflows(gateway, names, options, true, plan).await
}

/// Starts one job or crawler by itself.
///
/// # Errors
/// If stdout cannot be written.
pub async fn start_alone(
    gateway: &Gateway,
    target: &Target,
    overrides: JobOverrides,
    options: ChangeOptions,
) -> io::Result<Exit> {
    let mut facts = match Snapshot::read(gateway).await {
        Ok(facts) => facts,
        Err(fault) => return Ok(report_fault(&fault)),
    };
    facts.read_standalone(gateway).await;
    let owner = plan::workflow_of(target, &facts).map(|workflow| workflow.id.clone());
    facts.read_for_plans(gateway, owner.as_slice()).await;
    let workflow = plan::workflow_of(target, &facts);
    let planned = plan::step_alone(target, workflow, overrides, &facts);
    carry_out(gateway, vec![(target.name().to_owned(), planned)], &facts, options).await
}

/// Activates or deactivates triggers.
///
/// # Errors
/// If stdout cannot be written.
pub async fn set_activation(
    gateway: &Gateway,
    triggers: &[String],
    to: Activation,
    options: ChangeOptions,
) -> io::Result<Exit> {
    let mut facts = match Snapshot::read(gateway).await {
        Ok(facts) => facts,
        Err(fault) => return Ok(report_fault(&fault)),
    };
    let known = |facts: &Snapshot, name: &str| {
        facts.workflows.iter().flat_map(|workflow| &workflow.triggers).any(|trigger| trigger.name.as_str() == name)
    };
    if triggers.iter().any(|name| !known(&facts, name)) {
        facts.read_standalone(gateway).await;
    }
    let all = || facts.workflows.iter().flat_map(|pipeline| pipeline.triggers.iter().map(move |t| (pipeline, t)));
    let planned = triggers.iter().map(|name| {
        let known = all().find(|(_, trigger)| trigger.name.as_str() == name);
        let planned = match known {
            Some((pipeline, trigger)) => plan::switch(pipeline, trigger, to, &facts),
            None => plan::set_activation(&outside(name), to, &facts).map(|mut plan| {
                plan.notes.insert(0, "! Not part of any known workflow; no details available.".into());
                plan
            }),
        };
        (name.clone(), planned)
    });
    carry_out(gateway, planned.collect(), &facts, options).await
}

/// A trigger that no workflow shows.
fn outside(name: &str) -> Trigger {
    Trigger {
        name: TriggerName::new(name),
        kind: TriggerKind::Other("?".to_owned()),
        state: TriggerState::Other("?".to_owned()),
        schedule: None,
        predicate: None,
        actions: Vec::new(),
    }
}

/// Finds the workflows, if so with the causes of their failures, plans each, and carries the plan out.
async fn with_workflows(
    gateway: &Gateway,
    names: &[String],
    options: ChangeOptions,
    with_causes: bool,
    plan: impl Fn(&Pipeline, &dyn Facts) -> Planned,
) -> io::Result<Exit> {
    let mut facts = match Snapshot::read(gateway).await {
        Ok(facts) => facts,
        Err(fault) => return Ok(report_fault(&fault)),
    };
    // Also where all are names of workflows: a job may have the same one.
    facts.read_standalone(gateway).await;
    let found = match find_all(&facts, names, gateway) {
        Ok(found) => found,
        Err(why) => {
            eprintln!("gluedeck: {why}");
            return Ok(Exit::Usage);
        }
    };
    facts.read_for_plans(gateway, &found).await;
    if with_causes {
        facts.read_causes(gateway, &found).await;
    }
    let planned = found.iter().filter_map(|name| {
        let workflow = facts.find(name)?;
        Some((workflow.short_name().to_owned(), plan(workflow, &facts)))
    });
    carry_out(gateway, planned.collect(), &facts, options).await
}

/// Without an approval the plan is the result; with one, what was done. The first refusal ends it.
pub(super) async fn carry_out(
    gateway: &Gateway,
    mut each: Vec<(String, Planned)>,
    facts: &dyn Facts,
    options: ChangeOptions,
) -> io::Result<Exit> {
    // What the dialog of the console has in its fields.
    for plan in each.iter_mut().filter_map(|(_, planned)| planned.as_mut().ok()) {
        let given = plan.changes.iter().find_map(|change| match change {
            Change::StartJob { overrides, .. } => plan::overrides_in_words(overrides),
            _ => None,
        });
        plan.notes.extend(given.map(|given| format!("With {given}.")));
    }
    let plans: Vec<Plan> = each.iter().filter_map(|(_, planned)| planned.clone().ok()).collect();
    let whole = match plan::together(each, facts) {
        Ok(whole) => whole,
        Err(why) => {
            eprintln!("gluedeck: {why}; nothing was sent");
            return Ok(Exit::Failed);
        }
    };
    if !options.yes {
        print_plan(gateway, &whole, &plans, options.output).await?;
        return Ok(not_sent(gateway, &whole.changes));
    }
    let Some(approval) = approval(gateway, &whole.changes, options.confirm.clone()) else {
        return Ok(not_allowed(gateway, &whole.changes, options.confirm));
    };
    for note in whole.notes.iter().filter(|note| note.starts_with('!') || note.starts_with("Skipped: ")) {
        eprintln!("{}", note.trim_start_matches("! "));
    }
    let (done, mut exit) = send_all(gateway, whole.changes, &approval, options.output).await?;
    print_done(&done, options.output)?;
    if options.wait {
        let waited = wait_for(gateway, done).await;
        exit = if exit == Exit::Done { waited } else { exit };
    }
    Ok(exit)
}

/// What is said, and the exit code, where a plan is all that was asked for.
pub(super) fn not_sent(gateway: &Gateway, changes: &[Change]) -> Exit {
    if gateway.is_read_only() {
        let operation = changes.first().map_or("change", Change::operation);
        return report_fault(&gateway.read_only_fault(operation));
    }
    match gateway.policy().strictest(changes) {
        Rule::Deny => return not_allowed(gateway, changes, None),
        Rule::TypeName => {
            eprintln!("Nothing was sent. To apply, add --yes --confirm '{}'.", phrase(changes));
        }
        _ => eprintln!("Nothing was sent. To apply, add --yes."),
    }
    Exit::Usage
}

/// The approval of all changes, if the policy allows them.
pub(super) fn approval(gateway: &Gateway, changes: &[Change], typed: Option<String>) -> Option<Approval> {
    let batch = (changes.len() > 1).then(|| format!("batch-{}", chrono::Utc::now().format("%Y%m%dT%H%M%S%.3fZ")));
    let approval = Approval { typed, of: changes.len(), batch };
    let allowed = gateway.is_read_only() || changes.iter().all(|c| gateway.policy().check(c, &approval).is_ok());
    allowed.then_some(approval)
}

/// What is said, and the exit code, where the policy does not take the approval.
pub(super) fn not_allowed(gateway: &Gateway, changes: &[Change], typed: Option<String>) -> Exit {
    let approval = Approval { typed, of: changes.len(), batch: None };
    let refusal = changes.iter().find_map(|change| Some((change, gateway.policy().check(change, &approval).err()?)));
    match refusal {
        Some((_, Refusal::NotTyped(wanted))) => {
            eprintln!("gluedeck: this environment's policy requires --confirm '{wanted}'. Nothing was sent.");
            Exit::Usage
        }
        Some((change, why)) => {
            report_fault(&Fault::new(FaultKind::Policy, change.operation(), format!("{why}; nothing was sent")))
        }
        None => Exit::Usage,
    }
}

/// Sends one after the other; what is refused, or stays unknown, ends it.
async fn send_all(
    gateway: &Gateway,
    changes: Vec<Change>,
    approval: &Approval,
    output: Output,
) -> io::Result<(Sent, Exit)> {
    let mut done = Sent::new();
    let mut rest = changes.into_iter();
    while let Some(change) = rest.next() {
        let request = ApplyChange { change: change.clone(), approval: approval.clone() };
        let fault = match gateway.perform(request).await {
            Ok(what) => {
                if output == Output::Table && what.how != ConfirmedBy::NoChange {
                    let text = what.id.clone().unwrap_or_else(|| change.done().to_owned());
                    writeln!(io::stdout().lock(), "{} {text}", change.name())?;
                }
                match what.how {
                    ConfirmedBy::Response => {}
                    ConfirmedBy::ReadBack => {
                        eprintln!("{}: no response; verified by reading: it took effect", change.name());
                    }
                    ConfirmedBy::NoChange => eprintln!("{}: no change needed; nothing was sent", change.name()),
                }
                done.push((change, what));
                continue;
            }
            Err(fault) => fault,
        };
        let exit = report_fault(&fault);
        let left: Vec<String> = rest.map(|change| change.name().to_owned()).collect();
        if !left.is_empty() {
            eprintln!("Not sent: {}.", left.join(", "));
        }
        return Ok((done, exit));
    }
    Ok((done, Exit::Done))
}

fn print_done(done: &Sent, output: Output) -> io::Result<()> {
    match output {
        Output::Json => {
            let row = |(change, what): &(Change, ChangeOutcome)| {
                json!({
                    "operation": change.operation(), "name": change.name(), "id": what.id,
                    "found_by_reading": what.how == ConfirmedBy::ReadBack,
                })
            };
            output::json(&Value::Array(done.iter().map(row).collect()))
        }
        Output::Csv => {
            let row = |(change, what): &(Change, ChangeOutcome)| {
                vec![change.operation().to_owned(), change.name().to_owned(), what.id.clone().unwrap_or_default()]
            };
            output::csv(&["operation", "name", "id"], done.iter().map(row))
        }
        _ => Ok(()),
    }
}

/// The account, and a sentence with Region and endpoint: what one must know before anything else.
pub(super) async fn account_line(gateway: &Gateway) -> (String, String) {
    let account = gateway.perform(GetAccount).await.unwrap_or_else(|_| "unknown".to_owned());
    let at = gateway.endpoint().map(|endpoint| format!(" at {endpoint}")).unwrap_or_default();
    let sentence = format!("Account {account}, {}{at}", gateway.region().unwrap_or("no Region"));
    (account, sentence)
}

async fn print_plan(gateway: &Gateway, whole: &Plan, plans: &[Plan], output: Output) -> io::Result<()> {
    let (account, sentence) = account_line(gateway).await;
    let names = |plan: &Plan| plan.steps.iter().map(|step| step.name().to_owned()).collect::<Vec<_>>();
    let parts = || plans.iter().flat_map(|plan| plan.changes.iter().map(move |change| (plan, change)));
    match output {
        Output::Json => {
            let part = |(plan, change): (&Plan, &Change)| {
                let figures = &plan.figures;
                json!({
                    "operation": change.operation(), "name": change.name(), "notes": plan.notes, "steps": names(plan),
                    "usual_s": figures.seconds, "dpu_hours": figures.dpu_hours, "cost_usd": figures.cost,
                })
            };
            let (region, endpoint) = (gateway.region(), gateway.endpoint());
            let parts: Vec<Value> = parts().map(part).collect();
            return output::json(&json!({
                "account": account, "region": region, "endpoint": endpoint, "title": whole.title, "plan": parts,
            }));
        }
        Output::Csv => {
            let rows = parts().map(|(plan, change)| {
                let notes = plan.notes.join(" ");
                vec![change.operation().to_owned(), change.name().to_owned(), notes, names(plan).join(", ")]
            });
            return output::csv(&["operation", "name", "notes", "steps"], rows);
        }
        _ => {}
    }
    let mut out = io::stdout().lock();
    writeln!(out, "{} · {sentence}", clean(&whole.title))?;
    for note in &whole.notes {
        writeln!(out, "  {}", clean(note))?;
    }
    for plan in plans {
        for change in &plan.changes {
            writeln!(out, "  {} {}", change.operation(), clean(change.name()))?;
        }
        // Of one plan these are the notes above.
        for note in plan.notes.iter().filter(|_| plans.len() > 1) {
            writeln!(out, "    {}", clean(note))?;
        }
        for step in names(plan) {
            writeln!(out, "    {step}")?;
        }
    }
    Ok(())
}
