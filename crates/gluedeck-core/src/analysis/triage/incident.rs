//! The hand-over: a summary for the chat room, and the report of an incident.

use super::card::{Card, RecurrenceKind};
use super::failures::{Failure, Since};
use super::proposal::ProposedAction;
use super::report::{self, escaped};
use crate::analysis::layers::short_step;
use crate::analysis::log::Class;
use crate::analysis::redact;
use crate::analysis::words::counted;
use crate::domain::{Acknowledged, Fault, JournalRecord, Time};
use chrono::TimeDelta;

/// What a report is made of.
#[derive(Debug, Clone, Copy)]
pub struct Incident<'i> {
    pub cards: &'i [Card],
    /// The failures of the last day.
    pub failures: &'i [Failure],
    /// The notes on them.
    pub notes: &'i [Acknowledged],
    /// What was done in this place, from the journal, oldest first.
    pub journal: &'i [JournalRecord],
    /// What could not be read.
    pub read_errors: &'i [Fault],
    /// Environment, account, Region.
    pub scope: &'i str,
    pub now: Time,
    /// Whether values of the data stay in it. Secrets never do.
    pub with_values: bool,
    /// Whether the failures are those of workflows and of what the alerts name, and not all of the account.
    pub workflows_only: bool,
}

/// A few lines for the chat room.
pub fn slack(card: &Card) -> String {
    let at = card.at.map(|at| format!(" at {}Z", at.format("%H:%M"))).unwrap_or_default();
    let mut text = format!("*{}*{at} ({})\n> {}\n", subject(card), card.class.title(), card.cause);
    let steps: Vec<String> = card.not_run.iter().flatten().map(short_step).collect();
    if !steps.is_empty() {
        let not = if card.under_way { "Not run yet" } else { "Did not run" };
        text += &format!("{not}: {}. ", steps.join(", "));
    }
    for stale in &card.stale {
        match stale.since {
            Some(at) => text += &format!("{} last updated {}Z. ", stale.layer.word(), at.format("%-d %b %H:%M")),
            None => text += &format!("{} last updated before the known runs. ", stale.layer.word()),
        }
    }
    if let Some(seen) = card.seen.filter(|seen| seen.runs > 0) {
        text += &match seen.kind {
            RecurrenceKind::New => "New. ".to_owned(),
            _ => format!("Failed at this step in {} of the last {}. ", seen.failures, counted(seen.runs, "run")),
        };
    }
    text += &format!("\nNext: {}.", card.proposal.what);
    redact::secrets(&text)
}

/// The report, as Markdown.
pub fn markdown(incident: &Incident<'_>) -> String {
    if incident.with_values {
        return redact::secrets(&whole(incident));
    }
    // Names, times and commands stay: only what runs, logs and people have said may hold values of the data.
    let card = |card: &Card| {
        let mut card = card.clone();
        card.cause = redact::values(&card.cause);
        card.evidence.iter_mut().for_each(|proof| proof.what = redact::values(&proof.what));
        card
    };
    let failure = |failure: &Failure| Failure { cause: redact::values(&failure.cause), ..failure.clone() };
    let note = |note: &Acknowledged| Acknowledged { note: redact::values(&note.note), ..note.clone() };
    let cards: Vec<Card> = incident.cards.iter().map(card).collect();
    let failures: Vec<Failure> = incident.failures.iter().map(failure).collect();
    let notes: Vec<Acknowledged> = incident.notes.iter().map(note).collect();
    redact::secrets(&whole(&Incident { cards: &cards, failures: &failures, notes: &notes, ..*incident }))
}

fn whole(incident: &Incident<'_>) -> String {
    let title = match incident.cards {
        [] => "Failures in the last 24 hours".to_owned(),
        [card] => subject(card),
        [first, rest @ ..] => format!("{} and {} more", subject(first), rest.len()),
    };
    let as_of = incident.now.format("%Y-%m-%d %H:%M:%SZ");
    let mut text = format!("# {}\n\n{}. As of {as_of}. Times are UTC.\n", escaped(&title), escaped(incident.scope));
    if incident.cards.len() > 1 {
        text += "\n## Summary\n\n";
        for card in incident.cards {
            let (of, cause) = (escaped(&subject(card)), escaped(&card.cause));
            text += &format!("- **{of}**: {}. Next: {}.\n", cause.trim_end_matches('.'), card.proposal.what);
        }
    }
    for card in incident.cards {
        text += "\n";
        text += &report::markdown(card);
    }
    text += &timeline(incident);
    text += &others(incident);
    text += &questions(incident);
    text
}

fn subject(card: &Card) -> String {
    let of = card.workflow.as_ref().map_or_else(|| card.target.name().to_owned(), ToString::to_string);
    format!("{of}: {} {}", card.step, card.state)
}

/// What happened when: failures, and what was done about them.
fn timeline(incident: &Incident<'_>) -> String {
    let of_cards = |failure: &&Failure| {
        let same = |card: &Card| card.workflow.as_ref() == Some(&failure.workflow);
        incident.cards.is_empty() || incident.cards.iter().any(same)
    };
    let mut events: Vec<(Time, String)> = Vec::new();
    for failure in incident.failures.iter().filter(of_cards) {
        let step = failure.target.as_ref().map(short_step).unwrap_or_default();
        events.push((failure.at, format!("{}: {step} {}: {}", failure.workflow, failure.state, failure.cause)));
    }
    for card in incident.cards {
        let known = |failure: &Failure| failure.run == card.run && failure.run.is_some();
        if let Some(at) = card.at.filter(|_| !incident.failures.iter().any(known)) {
            events.push((at, format!("{}: {}", subject(card), card.cause)));
        }
    }
    let since = incident.now - TimeDelta::hours(24);
    let concerned = |done: &&JournalRecord| {
        let of = |card: &Card| {
            card.workflow.as_ref().is_some_and(|name| name.as_str() == done.name) || card.target.name() == done.name
        };
        incident.cards.is_empty() || incident.cards.iter().any(of)
    };
    for done in incident.journal.iter().filter(concerned) {
        if let Some(at) = done.at.parse::<Time>().ok().filter(|at| *at >= since) {
            events.push((at, format!("{} on {}: {}", done.operation, done.name, done.result())));
        }
    }
    for note in incident.notes.iter().filter(|note| !note.undone) {
        if incident.failures.iter().filter(of_cards).any(|failure| failure.key == note.key) {
            let text = if note.note.is_empty() { "acknowledged" } else { &note.note };
            events.push((note.at, format!("{}: {text}", note.by)));
        }
    }
    events.sort();
    if events.is_empty() {
        return String::new();
    }
    let mut text = "\n## Timeline\n\n".to_owned();
    for (at, what) in events {
        text += &format!("- {} {}\n", at.format("%Y-%m-%d %H:%M:%S"), escaped(&what));
    }
    text
}

/// Failures of the day that no card is about.
fn others(incident: &Incident<'_>) -> String {
    let carded =
        |failure: &&Failure| !incident.cards.iter().any(|card| card.workflow.as_ref() == Some(&failure.workflow));
    let rest: Vec<&Failure> = incident.failures.iter().filter(carded).collect();
    if rest.is_empty() || incident.cards.is_empty() {
        return String::new();
    }
    let mut text = "\n## Other failures in the last 24 hours\n\n".to_owned();
    if incident.workflows_only {
        text += "Of workflows; what else runs in the account was not read for this.\n\n";
    }
    for failure in rest {
        let step = failure.target.as_ref().map(|target| format!(": {}", short_step(target))).unwrap_or_default();
        let since = match failure.since {
            Since::Open => "",
            Since::Running => " (newer run in progress)",
            Since::Recovered => " (recovered)",
        };
        let what = format!("{}{step} {}: {}", failure.workflow, failure.state, failure.cause);
        text += &format!("- {} {}{since}\n", failure.at.format("%Y-%m-%d %H:%M:%S"), escaped(&what));
    }
    text
}

/// What the report does not answer.
fn questions(incident: &Incident<'_>) -> String {
    let mut open: Vec<String> = Vec::new();
    for card in incident.cards {
        let of = subject(card);
        open.extend(match card.class {
            Class::DataQuality => {
                Some(format!("{of}: why are the values missing at the source, and since which release?"))
            }
            Class::DpuLimit => Some(format!("{of}: what else used the capacity, and is the DPU limit still right?")),
            Class::Unknown => Some(format!("{of}: what is the cause? {}.", card.by.words())),
            Class::Timeout => Some(format!("{of}: what did it do until it timed out?")),
            Class::SchemaChange | Class::MissingInput => {
                Some(format!("{of}: who changed its input, and was it intended?"))
            }
            _ => None,
        });
        if !card.stale.is_empty() && card.proposal.act != ProposedAction::Nothing {
            let layers: Vec<&str> = card.stale.iter().map(|stale| stale.layer.word()).collect();
            open.push(format!("{of}: who uses {} and needs to know that it is stale?", layers.join(", ")));
        }
    }
    open.extend(incident.read_errors.iter().map(|fault| format!("Not loaded: {fault}")));
    if open.is_empty() {
        return String::new();
    }
    let mut text = "\n## Open questions\n\n".to_owned();
    for question in open {
        text += &format!("- {}\n", escaped(&question));
    }
    text
}
