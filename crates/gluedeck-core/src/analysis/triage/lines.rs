//! A card as lines: what is said, under which heading, and where each leads for its proof.

use super::card::{Card, RecurrenceKind};
use super::proofs::{EvidenceItem, EvidenceKind, VS_LAST_SUCCESS};
use crate::analysis::layers::short_step;
use crate::analysis::reason::{Severity, duration};
use crate::analysis::words::counted;
use crate::domain::{PipelineId, Time};

/// Lines of the log that a card shows; the log itself has all.
const LOG_LINES: usize = 8;
/// Names in a list before the rest is counted.
const NAMES: usize = 6;

/// A heading of the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    Cause,
    Log,
    Checks,
    Impact,
    History,
    NextStep,
}

/// A line of a card, as the console and the command print it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardLine {
    /// Of the first line of a section.
    pub section: Option<Section>,
    pub text: String,
    pub severity: Severity,
    pub jump: Option<JumpTarget>,
}

/// Where a line leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JumpTarget {
    /// The run, as the service describes it.
    Run,
    Log,
    /// The query that shows the rows.
    Rows,
    /// The checks of all tables.
    Quality,
    /// The workflow, with its runs.
    Workflow(PipelineId),
    /// The proposal's dialog.
    ProposedAction,
}

impl Section {
    pub fn title(self) -> &'static str {
        match self {
            Self::Cause => "CAUSE",
            Self::Log => "LOG",
            Self::Checks => "CHECKS",
            Self::Impact => "IMPACT",
            Self::History => "HISTORY",
            Self::NextStep => "NEXT",
        }
    }
}

struct Lines(Vec<CardLine>);

impl Lines {
    fn head(&mut self, section: Section, text: String, jump: Option<JumpTarget>) {
        self.0.push(CardLine { section: Some(section), text, severity: Severity::Plain, jump });
    }

    fn add(&mut self, severity: Severity, text: String, jump: Option<JumpTarget>) {
        self.0.push(CardLine { section: None, text, severity, jump });
    }
}

/// The lines of a card, in the order in which one asks.
pub fn lines(card: &Card, now: Time) -> Vec<CardLine> {
    let mut lines = Lines(Vec::new());
    let run = card.run.is_some().then_some(JumpTarget::Run);
    lines.head(Section::Cause, format!("{} · {}", card.class.title(), card.by.words()), run.clone());
    lines.add(Severity::Bad, card.cause.clone(), run);
    if card.latest {
        let text = "the alert names no run: this is the latest failure".to_owned();
        lines.add(Severity::Plain, text, card.workflow.clone().map(JumpTarget::Workflow));
    }
    log(&mut lines, card);
    checks(&mut lines, card);
    spread(&mut lines, card, now);
    before(&mut lines, card);
    let act = card.proposal.act.words().map(|_| JumpTarget::ProposedAction);
    lines.head(Section::NextStep, card.proposal.what.clone(), act.clone());
    lines.add(Severity::Plain, format!("because {}", card.proposal.why), act);
    lines.add(Severity::Plain, format!("if {}", card.proposal.unless), None);
    lines.0
}

fn of(card: &Card, wanted: impl Fn(&EvidenceKind) -> bool) -> Vec<&EvidenceItem> {
    card.evidence.iter().filter(|proof| wanted(&proof.kind)).collect()
}

fn log(lines: &mut Lines, card: &Card) {
    for proof in of(card, |kind| *kind == EvidenceKind::Log) {
        lines.head(Section::Log, short_ids(&proof.source), Some(JumpTarget::Log));
        let all: Vec<&str> = proof.what.lines().collect();
        // What counts stands at the end of a traceback, and at the begin of anything else.
        let traceback = all.first().is_some_and(|line| line.contains("Traceback"));
        let skipped = if traceback { all.len().saturating_sub(LOG_LINES) } else { 0 };
        if skipped > 0 {
            lines.add(Severity::Plain, format!("… {} above", counted(skipped, "line")), Some(JumpTarget::Log));
        }
        for line in all.iter().skip(skipped).take(LOG_LINES) {
            let severity = if line.starts_with(char::is_whitespace) { Severity::Plain } else { Severity::Bad };
            lines.add(severity, (*line).to_owned(), Some(JumpTarget::Log));
        }
    }
}

fn checks(lines: &mut Lines, card: &Card) {
    let proofs = of(card, |kind| *kind == EvidenceKind::Check);
    if let Some(first) = proofs.first() {
        lines.head(Section::Checks, first.source.clone(), Some(JumpTarget::Quality));
    }
    let rules = of(card, |kind| *kind == EvidenceKind::Rule);
    if let Some(first) = rules.first() {
        lines.head(Section::Checks, first.source.clone(), None);
    }
    for proof in rules {
        lines.add(Severity::Warning, proof.what.clone(), None);
    }
    let jump = card.rows.as_ref().map(|_| JumpTarget::Rows);
    for proof in proofs {
        lines.add(Severity::Warning, proof.what.clone(), jump.clone());
    }
}

fn spread(lines: &mut Lines, card: &Card, now: Time) {
    let own = card.workflow.clone().map(JumpTarget::Workflow);
    let not_run: Vec<String> = card.not_run.iter().flatten().map(short_step).collect();
    let (not, nothing) = match card.under_way {
        true => ("not run yet", "all downstream steps have started"),
        false => ("did not run", "no downstream steps affected"),
    };
    let head = match (not_run.len(), &card.not_run) {
        (_, None) => "workflow run unknown, so the downstream impact is unknown".to_owned(),
        (0, _) => nothing.to_owned(),
        (1, _) => format!("{} {not}", not_run[0]),
        (count, _) => format!("{count} steps {not}: {}", not_run.join(", ")),
    };
    lines.head(Section::Impact, head, own.clone());
    for stale in &card.stale {
        let text = match stale.since {
            Some(at) => {
                let age = duration((now - at).num_seconds().max(0));
                format!("{} last updated {}Z, {age} ago", stale.layer.word(), at.format("%-d %b %H:%M"))
            }
            None => format!("{} last updated before the known runs", stale.layer.word()),
        };
        lines.add(Severity::Warning, text, own.clone());
    }
    for proof in of(card, |kind| matches!(kind, EvidenceKind::Same(_))) {
        if let EvidenceKind::Same(names) = &proof.kind {
            let text = format!("same failure at the same time: {}", listed(names));
            lines.add(Severity::Warning, text, names.first().cloned().map(JumpTarget::Workflow));
        }
    }
    let same = |name: &PipelineId| {
        card.evidence.iter().any(|proof| matches!(&proof.kind, EvidenceKind::Same(names) if names.contains(name)))
    };
    let late: Vec<PipelineId> = card.late.iter().map(|(name, _)| name).filter(|name| !same(name)).cloned().collect();
    if !late.is_empty() {
        let text = format!("also failed or late: {}", listed(&late));
        lines.add(Severity::Plain, text, late.first().cloned().map(JumpTarget::Workflow));
    }
}

fn before(lines: &mut Lines, card: &Card) {
    let own = card.workflow.clone().map(JumpTarget::Workflow);
    let differences = of(card, |kind| *kind == EvidenceKind::Difference);
    let head = match card.seen {
        None if differences.is_empty() => return,
        None => "earlier runs unknown".to_owned(),
        Some(seen) if seen.runs == 0 => "no earlier runs".to_owned(),
        Some(seen) => match seen.kind {
            RecurrenceKind::New => format!("new: not seen in the last {} of this step", counted(seen.runs, "run")),
            RecurrenceKind::Flapping => {
                format!("seen before: {} of last {} failed at this step", seen.failures, counted(seen.runs, "run"))
            }
            RecurrenceKind::Old => {
                format!("recurring: the previous run failed too, {} of last {}", seen.failures, seen.runs)
            }
        },
    };
    lines.head(Section::History, head, own.clone());
    for proof in differences {
        let text = match proof.source == VS_LAST_SUCCESS {
            true => format!("vs last successful run: {}", proof.what),
            false => format!("{} ({})", proof.what, proof.source),
        };
        lines.add(Severity::Plain, text, own.clone());
    }
}

/// A place with its long ids cut: what is in full elsewhere need not be here.
fn short_ids(source: &str) -> String {
    let short = |word: &str| match word.len() > 40 && word.is_ascii() && !word.contains('/') {
        true => format!("{}…", &word[..11]),
        false => word.to_owned(),
    };
    source.split(' ').map(short).collect::<Vec<_>>().join(" ")
}

/// `Refund, Machine and 3 more`.
pub fn listed(names: &[PipelineId]) -> String {
    let short = |name: &PipelineId| name.as_str().trim_end_matches(" Workflow").to_owned();
    let shown: Vec<String> = names.iter().take(NAMES).map(short).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
