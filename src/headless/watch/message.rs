//! What is sent, as each receiver wants it.

use gluedeck_core::analysis::layers::short_step;
use gluedeck_core::analysis::redact;
use gluedeck_core::analysis::report::rfc3339;
use gluedeck_core::analysis::triage::Card;
use gluedeck_core::analysis::watch::{Event, EventKind, Reported};
use gluedeck_tui::ui::text::clean;
use serde_json::{Value, json};

/// Problems that a message shows.
const MAX_SHOWN: usize = 20;
/// What Slack takes as the text of one block ("Block Kit: section").
const MAX_BLOCK: usize = 3_000;

/// The lines of a card that a message has: the log's line, what did not run, what to do and how.
pub(super) fn details(card: &Card) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(evidence) = card.evidence.iter().find(|evidence| evidence.what.contains('\n')) {
        lines.extend(evidence.what.lines().next().map(|line| format!("log: {}", line.trim())));
    }
    let missed: Vec<String> = card.not_run.iter().flatten().map(short_step).collect();
    if !missed.is_empty() {
        lines.push(format!("did not run: {}", missed.join(", ")));
    }
    lines.push(format!("{}: {}", card.proposal.what, card.proposal.why));
    lines.extend(card.proposal.act.command());
    lines.into_iter().map(|line| redact::secrets(&clean(&line))).collect()
}

/// An event as an incoming webhook of Slack takes it.
pub(super) fn slack(event: &Event) -> Value {
    let mark = match event.kind {
        EventKind::Problem => ":x:",
        EventKind::Recovered | EventKind::Readable => ":white_check_mark:",
        EventKind::Unreadable => ":warning:",
    };
    let title = escaped(&event.title);
    let mut blocks = vec![section(&format!("{mark} *{title}*"))];
    for problem in event.problems.iter().take(MAX_SHOWN) {
        blocks.push(section(&of_problem(problem)));
    }
    let more = event.problems.len().saturating_sub(MAX_SHOWN);
    if more > 0 {
        blocks.push(section(&format!("and {more} more")));
    }
    json!({ "text": title, "blocks": blocks })
}

fn section(text: &str) -> Value {
    let text: String = text.chars().take(MAX_BLOCK).collect();
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } })
}

fn of_problem(problem: &Reported) -> String {
    let step = problem.step.as_ref().map(|step| format!(" · {}", step.name())).unwrap_or_default();
    let class = problem.class.as_ref().map(|class| format!(" · {}", class.replace('_', " "))).unwrap_or_default();
    let at = problem.at.map(|at| format!(" · {}", rfc3339(at))).unwrap_or_default();
    let run = problem.run.as_ref().map(|run| format!("\nrun {run}")).unwrap_or_default();
    let mut text = escaped(&format!("{}{step}{class}{at}\n{}{run}", problem.name(), problem.text));
    for line in &problem.details {
        text += &format!("\n{}", escaped(line));
    }
    text
}

/// Text from anywhere, so that Slack shows it as it is ("Formatting text for app surfaces": `&`, `<` and `>`), and neither
/// mentions anybody nor begins a style.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for line in text.split('\n') {
        if !safe.is_empty() {
            safe.push('\n');
        }
        for letter in redact::secrets(&clean(line)).chars() {
            match letter {
                '&' => safe.push_str("&amp;"),
                '<' => safe.push_str("&lt;"),
                '>' => safe.push_str("&gt;"),
                // A style begins with one of these; an invisible letter in front of it keeps it a letter.
                '*' | '_' | '~' | '`' => safe.extend(['\u{200b}', letter]),
                _ => safe.push(letter),
            }
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_text_in_slack() {
        let shown = escaped("<!channel> *bold* & \u{1b}[31m\n<http://evil|here>");
        assert!(!shown.contains('<') && !shown.contains('\u{1b}'), "{shown}");
        assert!(shown.starts_with("&lt;!channel&gt; \u{200b}*bold") && shown.contains("&amp;") && shown.contains('\n'));
    }
}
