//! A card as lines: what is said, under which heading, and where each leads for its proof.

use super::card::{Card, SeenKind};
use super::proofs::{BESIDE_GOOD, Kind, Proof};
use crate::analysis::layers::short_step;
use crate::analysis::reason::{Weight, duration};
use crate::domain::{Time, WorkflowName};

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
    Spread,
    Before,
    Do,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardLine {
    /// Of the first line of a section.
    pub section: Option<Section>,
    pub text: String,
    pub weight: Weight,
    pub lead: Option<Lead>,
}

/// Where a line leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lead {
    /// The run, as the service describes it.
    Run,
    Log,
    /// The query that shows the rows.
    Rows,
    /// The checks of all tables.
    Quality,
    /// The workflow, with its runs.
    Workflow(WorkflowName),
    /// The proposal's dialog.
    Act,
}

impl Section {
    pub fn title(self) -> &'static str {
        match self {
            Self::Cause => "CAUSE",
            Self::Log => "LOG",
            Self::Checks => "CHECKS",
            Self::Spread => "SPREAD",
            Self::Before => "BEFORE",
            Self::Do => "DO",
        }
    }
}

struct Lines(Vec<CardLine>);

impl Lines {
    fn head(&mut self, section: Section, text: String, lead: Option<Lead>) {
        self.0.push(CardLine { section: Some(section), text, weight: Weight::Plain, lead });
    }

    fn add(&mut self, weight: Weight, text: String, lead: Option<Lead>) {
        self.0.push(CardLine { section: None, text, weight, lead });
    }
}

/// The lines of a card, in the order in which one asks.
pub fn lines(card: &Card, now: Time) -> Vec<CardLine> {
    let mut lines = Lines(Vec::new());
    let run = card.run.is_some().then_some(Lead::Run);
    lines.head(Section::Cause, format!("{} · {}", card.class.title(), card.by.words()), run.clone());
    lines.add(Weight::Bad, card.cause.clone(), run);
    log(&mut lines, card);
    checks(&mut lines, card);
    spread(&mut lines, card, now);
    before(&mut lines, card);
    let act = card.proposal.act.words().map(|_| Lead::Act);
    lines.head(Section::Do, card.proposal.what.clone(), act.clone());
    lines.add(Weight::Plain, format!("because {}", card.proposal.why), act);
    lines.add(Weight::Plain, format!("wrong if {}", card.proposal.unless), None);
    lines.0
}

fn of(card: &Card, wanted: impl Fn(&Kind) -> bool) -> Vec<&Proof> {
    card.evidence.iter().filter(|proof| wanted(&proof.kind)).collect()
}

fn log(lines: &mut Lines, card: &Card) {
    for proof in of(card, |kind| *kind == Kind::Log) {
        lines.head(Section::Log, short_ids(&proof.place), Some(Lead::Log));
        let all: Vec<&str> = proof.what.lines().collect();
        // What counts stands at the end of a traceback, and at the begin of anything else.
        let traceback = all.first().is_some_and(|line| line.contains("Traceback"));
        let skipped = if traceback { all.len().saturating_sub(LOG_LINES) } else { 0 };
        if skipped > 0 {
            lines.add(Weight::Plain, format!("… {skipped} lines above"), Some(Lead::Log));
        }
        for line in all.iter().skip(skipped).take(LOG_LINES) {
            let weight = if line.starts_with(char::is_whitespace) { Weight::Plain } else { Weight::Bad };
            lines.add(weight, (*line).to_owned(), Some(Lead::Log));
        }
    }
}

fn checks(lines: &mut Lines, card: &Card) {
    let proofs = of(card, |kind| *kind == Kind::Check);
    if let Some(first) = proofs.first() {
        lines.head(Section::Checks, first.place.clone(), Some(Lead::Quality));
    }
    let lead = card.rows.as_ref().map(|_| Lead::Rows);
    for proof in proofs {
        lines.add(Weight::Warning, proof.what.clone(), lead.clone());
    }
}

fn spread(lines: &mut Lines, card: &Card, now: Time) {
    let own = card.workflow.clone().map(Lead::Workflow);
    let not_run: Vec<String> = card.not_run.iter().flatten().map(short_step).collect();
    let (not, nothing) = match card.under_way {
        true => ("not run yet", "everything behind it has begun"),
        false => ("did not run", "nothing behind it was kept from running"),
    };
    let head = match (not_run.len(), &card.not_run) {
        (_, None) => "its workflow's run is not known, nor what did not run because of it".to_owned(),
        (0, _) => nothing.to_owned(),
        (1, _) => format!("{} {not}", not_run[0]),
        (count, _) => format!("{count} steps {not}: {}", not_run.join(", ")),
    };
    lines.head(Section::Spread, head, own.clone());
    for stale in &card.stale {
        let text = match stale.since {
            Some(at) => {
                let age = duration((now - at).num_seconds().max(0));
                format!("{} is as of {}Z, {age} old", stale.layer.word(), at.format("%-d %b %H:%M"))
            }
            None => format!("{} is older than the runs that are known", stale.layer.word()),
        };
        lines.add(Weight::Warning, text, own.clone());
    }
    for proof in of(card, |kind| matches!(kind, Kind::Same(_))) {
        if let Kind::Same(names) = &proof.kind {
            let text = format!("failed in the same minutes for the same reason: {}", listed(names));
            lines.add(Weight::Warning, text, names.first().cloned().map(Lead::Workflow));
        }
    }
    let same = |name: &WorkflowName| {
        card.evidence.iter().any(|proof| matches!(&proof.kind, Kind::Same(names) if names.contains(name)))
    };
    let late: Vec<WorkflowName> = card.late.iter().map(|(name, _)| name).filter(|name| !same(name)).cloned().collect();
    if !late.is_empty() {
        let text = format!("failed or late besides: {}", listed(&late));
        lines.add(Weight::Plain, text, late.first().cloned().map(Lead::Workflow));
    }
}

fn before(lines: &mut Lines, card: &Card) {
    let own = card.workflow.clone().map(Lead::Workflow);
    let differences = of(card, |kind| *kind == Kind::Difference);
    let head = match card.seen {
        None if differences.is_empty() => return,
        None => "the earlier runs are not known".to_owned(),
        Some(seen) if seen.runs == 0 => "no earlier run is known".to_owned(),
        Some(seen) => match seen.kind {
            SeenKind::New => format!("new: it did not fail here in the {} runs before", seen.runs),
            SeenKind::Flapping => {
                format!("it has happened: {} of the {} runs before failed here too", seen.failures, seen.runs)
            }
            SeenKind::Old => {
                format!("old: the run before failed here too, {} of {} in all", seen.failures, seen.runs)
            }
        },
    };
    lines.head(Section::Before, head, own.clone());
    for proof in differences {
        let text = match proof.place == BESIDE_GOOD {
            true => format!("not as in the last good run: {}", proof.what),
            false => format!("{} ({})", proof.what, proof.place),
        };
        lines.add(Weight::Plain, text, own.clone());
    }
}

/// A place with its long ids cut: what is in full elsewhere need not be here.
fn short_ids(place: &str) -> String {
    let short = |word: &str| match word.len() > 40 && word.is_ascii() && !word.contains('/') {
        true => format!("{}…", &word[..11]),
        false => word.to_owned(),
    };
    place.split(' ').map(short).collect::<Vec<_>>().join(" ")
}

/// `Refund, Machine and 3 more`.
pub fn listed(names: &[WorkflowName]) -> String {
    let short = |name: &WorkflowName| name.as_str().trim_end_matches(" Workflow").to_owned();
    let shown: Vec<String> = names.iter().take(NAMES).map(short).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
