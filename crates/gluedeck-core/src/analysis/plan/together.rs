//! One plan of several.

use super::{Facts, Figures, Plan, PlanError, Planned};
use crate::analysis::capacity;
use crate::domain::Change;

/// One plan of several. Those for which there is nothing to do are named.
///
/// # Errors
/// If there is nothing to do for any of them.
pub fn together(each: Vec<(String, Planned)>, facts: &dyn Facts) -> Planned {
    let all = each.len();
    let (mut plans, mut without) = (Vec::new(), Vec::new());
    for (name, planned) in each {
        match planned {
            Ok(plan) => plans.push((name, plan)),
            Err(why) => without.push(why),
        }
    }
    if let [(_, plan)] = plans.as_slice()
        && all == 1
    {
        return Ok(plan.clone());
    }
    if plans.is_empty() {
        return Err(match <[PlanError; 1]>::try_from(without) {
            Ok([why]) => why,
            Err(all) => PlanError::NothingForAny(all),
        });
    }
    let names: Vec<&str> = plans.iter().map(|(name, _)| name.as_str()).collect();
    let mut notes = vec![format!("For {}.", names.join(", "))];
    notes.extend(without.iter().map(|why| format!("Skipped: {why}.")));
    notes.extend(warnings(&plans));
    notes.push("Sent one at a time; stops at the first error.".to_owned());
    let sum = |part: fn(&Figures) -> Option<f64>| plans.iter().filter_map(|(_, plan)| part(&plan.figures)).sum::<f64>();
    let unknown = plans.iter().filter(|(_, plan)| plan.figures.cost.is_none()).count();
    let known = |part| (unknown < plans.len()).then(|| sum(part));
    let figures = Figures { seconds: None, dpu_hours: known(|f| f.dpu_hours), cost: known(|f| f.cost) };
    let changes: Vec<Change> = plans.iter().flat_map(|(_, plan)| plan.changes.clone()).collect();
    if changes.iter().any(|change| matches!(change, Change::Start { .. } | Change::Resume { .. })) {
        notes.extend(figures.sentence(unknown));
        if let Some(limit) = facts.dpu_limit().filter(|_| plans.len() > 1) {
            let used = capacity::in_use_at(facts.pipelines(), facts.now());
            notes.push(format!(
                "! {used} of {limit} DPUs are in use; runs over the limit fail, downstream steps do not run. `stagger` \
                 starts them one at a time."
            ));
        }
    }
    let (_, first) = &plans[0];
    let noun = match first.changes.first() {
        _ if plans.iter().any(|(_, plan)| plan.verb == "Apply") => "change",
        Some(Change::SetTriggerActivation { .. }) => "trigger",
        Some(Change::StartJob { .. }) => "job",
        _ => "workflow",
    };
    let count = format!("{} {noun}{}", plans.len(), if plans.len() == 1 { "" } else { "s" });
    let steps = plans.iter().flat_map(|(_, plan)| plan.steps.clone()).collect();
    Ok(Plan {
        title: format!("{} {count}", first.verb),
        notes,
        steps,
        becomes: first.becomes,
        verb: first.verb,
        changes,
        figures,
    })
}

/// What one must not overlook, once each, with those whom it concerns.
fn warnings(plans: &[(String, Plan)]) -> Vec<String> {
    let mut warnings: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, plan) in plans {
        for note in plan.notes.iter().filter(|note| note.starts_with("! ") && !note.contains(" DPUs are in use")) {
            match warnings.iter_mut().find(|(known, _)| known == note) {
                Some((_, names)) => names.push(name),
                None => warnings.push((note, vec![name])),
            }
        }
    }
    let said = warnings.iter().map(|(note, names)| match names.len() == plans.len() {
        true => (*note).to_owned(),
        false => format!("{note} ({})", names.join(", ")),
    });
    said.collect()
}
