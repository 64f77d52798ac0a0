//! What is written into files: their names, and the report of an incident.

use super::model::Model;
use crate::flow::Effect;
use crate::screens::triage::TriageState;
use gluedeck_core::analysis::triage::failures;
use gluedeck_core::analysis::triage::incident::{self, Incident};
use gluedeck_core::domain::JournalRecord;

/// A file's name: what it is of, and when, without what a file's name may not have.
pub(super) fn file_name(model: &Model, what: &str, ending: &str) -> String {
    let plain = |letter: char| if letter.is_alphanumeric() || letter == '-' || letter == '_' { letter } else { '-' };
    let what: String = what.trim().chars().map(plain).take(100).collect();
    let parts: Vec<&str> = what.split('-').filter(|part| !part.is_empty()).collect();
    let what = parts.join("-");
    format!("gluedeck-{what}-{}.{ending}", model.context.moment.utc.format("%Y%m%dT%H%M%SZ"))
}

/// Writes the report of what is looked into, or of all failures of the last day.
pub(super) fn write_incident(model: &mut Model, with_values: bool) -> Vec<Effect> {
    let (cards, read_errors) = model.screens.triage.known_cards();
    let failures = failures(&model.context);
    if cards.is_empty() && failures.is_empty() {
        model.show_notice("Nothing to report: no failures in the last 24 hours and no open alert");
        return Vec::new();
    }
    let scope = model.context.session.account_scope();
    let of_here = |done: &&JournalRecord| scope.as_ref().is_some_and(|scope| done.account_scope().is(scope));
    let journal: Vec<JournalRecord> = model.screens.activity.journal.iter().filter(of_here).cloned().collect();
    let text = incident::markdown(&Incident {
        cards: &cards,
        failures: &failures,
        notes: &model.screens.triage.acknowledged,
        journal: &journal,
        read_errors: &read_errors,
        scope: &TriageState::scope(&model.context),
        now: model.context.now(),
        with_values,
        workflows_only: false,
    });
    let of = cards.first().and_then(|card| card.workflow.as_ref()).map_or("", |name| name.as_str());
    vec![Effect::SaveFile { name: file_name(model, &format!("incident {of}"), "md"), text }]
}
