//! A card as text: Markdown for a colleague, JSON for a program.

use super::card::{Card, RecurrenceKind};
use super::lines::listed;
use crate::analysis::layers::short_step;
use crate::analysis::redact;
use crate::analysis::report::rfc3339;
use crate::analysis::words::counted;
use serde_json::{Value, json};

/// As Markdown.
pub fn markdown(card: &Card) -> String {
    let mut text = String::new();
    let of = card.workflow.as_ref().map_or_else(|| card.target.name().to_owned(), ToString::to_string);
    let (of, state) = (escaped(&of), escaped(&card.state));
    text += &format!("## {of}: {} {state} ({})\n\n", escaped(&card.step), card.class.title());
    text += &format!("**{}**\n\n", escaped(&card.cause));
    let at = card.at.map(rfc3339).unwrap_or_else(|| "time unknown".to_owned());
    text += &format!("- {} `{}`, {at}\n", card.target.kind(), code(card.target.name()));
    if let Some(run) = &card.run {
        let attempt = card.attempt.map(|n| format!(", attempt {n}")).unwrap_or_default();
        text += &format!("- run `{}`{attempt}\n", code(run.as_str()));
    }
    if card.latest {
        text += "- the alert names no run: this is the latest failure\n";
    }
    let names: Vec<String> = card.not_run.iter().flatten().map(short_step).collect();
    match (&card.not_run, card.under_way) {
        (None, _) => text += "- downstream impact unknown: workflow run not found\n",
        (Some(_), _) if names.is_empty() => {}
        (Some(_), true) => text += &format!("- not run yet: {}\n", escaped(&names.join(", "))),
        (Some(_), false) => text += &format!("- downstream steps not run: {}\n", escaped(&names.join(", "))),
    }
    for stale in &card.stale {
        let since = stale.since.map_or("before the known runs".to_owned(), rfc3339);
        text += &format!("- {} last updated {since}\n", stale.layer.word());
    }
    if let Some(seen) = card.seen {
        let what = match seen.kind {
            RecurrenceKind::New => format!("new: not seen in the last {}", counted(seen.runs, "run")),
            RecurrenceKind::Flapping => {
                format!("seen before: {} of the last {} failed at this step", seen.failures, counted(seen.runs, "run"))
            }
            RecurrenceKind::Old => {
                format!("recurring: previous run failed here too ({} of {})", seen.failures, seen.runs)
            }
        };
        text += &format!("- {what}\n");
    }
    text += &besides(card);
    text += &evidence(card);
    let proposal = &card.proposal;
    text += &format!("\n### What to do\n\n**{}**: {}.\n", capital(&proposal.what), proposal.why);
    if let Some(command) = proposal.act.command() {
        text += &format!("\n```sh\n{command}    # prints the plan; --yes runs it\n```\n");
    }
    text += &format!("\nIf {}.\n", proposal.unless);
    text
}

/// The evidence, and the query for the rows.
fn evidence(card: &Card) -> String {
    let mut text = "\n### Evidence\n\n".to_owned();
    for proof in &card.evidence {
        if proof.what.contains('\n') {
            text += &format!("- {}:\n\n  ```\n", escaped(&proof.source));
            for line in proof.what.lines() {
                // A line of the log does not end the block that it stands in.
                text += &format!("  {}\n", line.replace("```", "'''"));
            }
            text += "  ```\n";
        } else {
            text += &format!("- {} ({})\n", escaped(&proof.what), escaped(&proof.source));
        }
    }
    if let Some(sql) = &card.rows {
        text += "\nQuery for the failed rows (`gluedeck query --file FILE`, or `v` on the card in the console):\n";
        text += &format!("\n```sql\n{}\n```\n", sql.replace("```", ""));
    }
    text
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// What else is late, and how sure it is.
fn besides(card: &Card) -> String {
    let mut text = String::new();
    if !card.late.is_empty() {
        let names: Vec<_> = card.late.iter().map(|(name, _)| name.clone()).collect();
        text += &format!("- also failed or late: {}\n", escaped(&listed(&names)));
    }
    text += &format!("- {}\n", card.by.words());
    text
}

/// Text from anywhere between backticks.
fn code(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() || letter == '`' { ' ' } else { letter }).collect()
}

/// Text from anywhere, so that Markdown shows it as it is.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        // Within a word an underscore marks nothing.
        let within = letter == '_'
            && safe.ends_with(char::is_alphanumeric)
            && letters.peek().is_some_and(|next| next.is_alphanumeric());
        if within {
            safe.push('_');
            continue;
        }
        if matches!(letter, '*' | '_' | '`' | '<' | '>' | '[' | ']' | '\\' | '|' | '#') {
            safe.push('\\');
        }
        safe.push(if letter.is_control() { ' ' } else { letter });
    }
    safe
}

/// As JSON, an object a card; without secrets, and if asked without values of the data.
pub fn json(cards: &[Card], without_values: bool) -> Value {
    let hide = if without_values { redact::values } else { redact::secrets };
    let mut all = Value::Array(cards.iter().map(object).collect());
    for card in all.as_array_mut().into_iter().flatten() {
        hide_in(&mut card["cause"], hide);
        for proof in card["evidence"].as_array_mut().into_iter().flatten() {
            hide_in(&mut proof["what"], hide);
        }
    }
    all
}

fn hide_in(value: &mut Value, hide: fn(&str) -> String) {
    if let Value::String(text) = value {
        *text = hide(text);
    }
}

fn object(card: &Card) -> Value {
    json!({
        "class": card.class.word(),
        "workflow": card.workflow.as_ref().map(|name| name.as_str()),
        "step": card.step,
        "kind": card.target.kind(),
        "name": card.target.name(),
        "state": card.state,
        "is_latest_failure": card.latest,
        "run_id": card.run.as_ref().map(|run| run.as_str()),
        "attempt": card.attempt,
        "at": card.at.map(rfc3339),
        "cause": card.cause,
        "evidence": card.evidence.iter().map(|proof| json!({ "what": proof.what, "where": proof.source })).collect::<Vec<_>>(),
        "not_run": card.not_run.iter().flatten().map(|target| target.name()).collect::<Vec<_>>(),
        "late": card.late.iter().map(|(name, outcome)| json!({ "workflow": name.as_str(), "outcome": outcome.word() })).collect::<Vec<_>>(),
        "rows_query": card.rows,
        "stale": card.stale.iter().map(|stale| json!({ "layer": stale.layer.word(), "since": stale.since.map(rfc3339) })).collect::<Vec<_>>(),
        "seen_before": card.seen.map(|seen| json!({ "kind": seen.kind.word(), "failures": seen.failures, "runs": seen.runs })),
        "proposal": {
            "what": card.proposal.what, "command": card.proposal.act.command(), "why": card.proposal.why, "unless": card.proposal.unless,
        },
    })
}
