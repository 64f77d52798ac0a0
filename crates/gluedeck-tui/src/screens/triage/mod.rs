//! Triage: the failures of the last day, and the cards of those that are looked into, from a paste or from the list.

mod acting;
pub mod card_view;
pub mod view;

use super::{Screen, View};
use crate::flow::{Action, Command, Context, Effect, Key, Load, Scope, Slot};
use crate::ui::input::Typed;
use crate::ui::scroll::moved;
use crate::ui::{Frame, Line, Rect};
use crate::ui::{LineInput, Scroll, Selection};
use gluedeck_core::analysis::plan;
use gluedeck_core::analysis::reason::Severity;
use gluedeck_core::analysis::triage::NotFound;
use gluedeck_core::analysis::triage::{
    Card, CardLine, Elsewhere, Environment, Failure, Investigation, JumpTarget, Need, NeedResult, ProposedAction,
    Section, Since, alerts_in, elsewhere, failures, lines,
};
use gluedeck_core::domain::Fault;
use gluedeck_core::domain::{Acknowledged, Alert, AlertSubject};
use gluedeck_core::request::{GetDatabases, GetPipelineRuns};
use std::cell::Cell;
use std::time::Duration;
use thiserror::Error;

/// Alerts of one paste that are looked into.
const MAX_CARDS: usize = 50;

/// What the user has done on this screen, and what has been found out.
#[derive(Debug, Default)]
pub struct TriageState {
    /// The environments of the configuration, for alerts of elsewhere.
    pub environments: Vec<Environment>,
    /// What has been seen by somebody.
    pub acknowledged: Vec<Acknowledged>,
    pub failures: Vec<Failure>,
    cards: Vec<OpenAlert>,
    /// The card that is shown; none on the list.
    at: Option<usize>,
    /// The selected failure, by its key.
    selected: Selection<String>,
    /// Whether only what is open and not acknowledged is listed.
    open_only: bool,
    /// A note that is being typed, on the failure of this key.
    note: Option<(String, LineInput)>,
    /// What the list was made of.
    stamp: Option<Stamp>,
    scroll: Cell<Scroll>,
}

/// An alert that is looked into.
#[derive(Debug)]
struct OpenAlert {
    investigation: Investigation,
    /// As it was pasted, for the environment that it belongs to.
    text: Option<String>,
    card: Result<Card, NoCard>,
    lines: Vec<CardLine>,
    elsewhere: Option<Elsewhere>,
    /// The selected line.
    line: usize,
    scroll: Cell<Scroll>,
    since: Duration,
    /// When everything had been read, by the wall.
    done: Option<Duration>,
    stamp: Option<Stamp>,
}

/// A pasted text has no alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("Pasted text ignored: no known workflow, job or run in it")]
pub struct NoAlert;

/// Why there is no card on an alert.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
enum NoCard {
    #[error("loading workflows …")]
    Loading,
    #[error("Nothing here matches it")]
    Elsewhere,
    #[error(transparent)]
    NotFound(NotFound),
    #[error("{0}, among the workflows loaded so far")]
    NotFoundYet(NotFound),
}

/// What tells that something new is known: readings of the workflows, and of their histories.
type Stamp = (Option<Duration>, usize, usize);

impl TriageState {
    /// Looks into the alerts of a pasted text, if it has any: an event, an id, or the name of something that is here.
    ///
    /// # Errors
    /// If it names nothing that is here.
    pub fn look_into_text(&mut self, text: &str, context: &Context) -> Result<Vec<Action>, NoAlert> {
        let mut found = alerts_in(text, context.pipelines());
        let loaded = context.pipelines_read_at.is_some();
        // What is no event may be any word.
        found.retain(|alert| {
            alert.about != AlertSubject::Anything || alert.run.is_some() || !loaded || is_here(alert, context)
        });
        if found.is_empty() {
            return Err(NoAlert);
        }
        found.truncate(MAX_CARDS);
        let wall = context.moment.wall;
        self.cards = found.into_iter().map(|alert| OpenAlert::new(alert, Some(text.to_owned()), wall)).collect();
        self.at = Some(0);
        Ok(self.read_next(context))
    }

    /// Looks into a failure of the list.
    fn look_into(&mut self, alert: Alert, context: &Context) -> Vec<Action> {
        self.cards = vec![OpenAlert::new(alert, None, context.moment.wall)];
        self.at = Some(0);
        self.read_next(context)
    }

    /// What is to be read next; and what is known by now is put on the cards and into the list.
    fn read_next(&mut self, context: &Context) -> Vec<Action> {
        let histories = context.history.values().filter(|history| history.value().is_some()).count();
        let stamp = (context.pipelines_read_at, context.pipelines().len(), histories);
        if self.stamp != Some(stamp) {
            self.stamp = Some(stamp);
            self.failures = failures(context);
        }
        let Some(_) = context.pipelines_read_at else { return Vec::new() };
        let here = here(context);
        let mut actions = Vec::new();
        for opened in &mut self.cards {
            opened.elsewhere = elsewhere(&opened.investigation.alert, &here, &self.environments);
            if opened.elsewhere.is_some() {
                // The names are the same everywhere: what is known here would be of another run.
                opened.card = Err(NoCard::Elsewhere);
                opened.lines.clear();
                opened.done.get_or_insert(context.moment.wall);
                continue;
            }
            if let Some(databases) = context.databases.value() {
                opened.investigation.know_databases(databases);
            }
            let needs = opened.investigation.needs(context);
            if needs.is_empty() && opened.stamp == Some(stamp) {
                continue;
            }
            for need in needs {
                actions.push(match need {
                    Need::History(pipeline) => Action::request(match context.pipeline(&pipeline) {
                        Some(known) => GetPipelineRuns::of(known),
                        None => GetPipelineRuns { pipeline, triggers: Vec::new() },
                    }),
                    Need::JobLog(request) => Action::request(request),
                    Need::CrawlLog(request) => Action::request(request),
                    Need::Checks(request) => Action::request(request),
                    Need::QualityResult(request) => Action::request(request),
                    Need::Databases => Action::request(GetDatabases),
                    Need::Columns(request) => Action::request(request),
                });
            }
            opened.made(context, stamp);
        }
        actions
    }

    /// Takes what was read, or why it was not.
    pub fn take(&mut self, read: &NeedResult) {
        for opened in &mut self.cards {
            opened.investigation.take(read.clone());
            opened.stamp = None;
        }
    }

    /// The cards that are known, for the report.
    pub fn known_cards(&self) -> (Vec<Card>, Vec<Fault>) {
        let cards = self.cards.iter().filter(|_| self.at.is_some());
        let read_errors = cards.clone().flat_map(|opened| opened.investigation.read_errors.clone()).collect();
        (cards.filter_map(|opened| opened.card.as_ref().ok().cloned()).collect(), read_errors)
    }

    /// Takes what was acknowledged, by its newest word.
    pub fn acknowledge(&mut self, note: Acknowledged) {
        self.acknowledged.retain(|known| known.key != note.key);
        if !note.undone {
            self.acknowledged.push(note);
        }
    }

    /// The note on a failure.
    pub fn note_on(&self, key: &str) -> Option<&Acknowledged> {
        self.acknowledged.iter().find(|note| note.key == key)
    }

    /// What is listed: what nobody has seen yet, what somebody has, what is good again.
    pub fn listed(&self) -> Vec<&Failure> {
        let rank = |failure: &&Failure| (failure.since == Since::Recovered, self.note_on(&failure.key).is_some());
        let mut listed: Vec<&Failure> =
            self.failures.iter().filter(|failure| !self.open_only || rank(failure) == (false, false)).collect();
        listed.sort_by_key(rank);
        listed
    }

    fn index(&self, listed: &[&Failure]) -> usize {
        self.selected.index(listed.len(), |n, key| &listed[n].key == key)
    }

    fn step(&mut self, step: isize) {
        if let Some(opened) = self.at.and_then(|at| self.cards.get_mut(at)) {
            opened.line = moved(opened.line, step, opened.lines.len());
            return;
        }
        let listed = self.listed();
        let key = listed.get(moved(self.index(&listed), step, listed.len())).map(|failure| failure.key.clone());
        self.selected.hold(key);
    }

    fn card(&self) -> Option<&OpenAlert> {
        self.cards.get(self.at?)
    }
}

impl Screen for TriageState {
    fn scroll(&self) -> Option<Scroll> {
        let opened = self.at.and_then(|at| self.cards.get(at));
        Some(opened.map_or(&self.scroll, |opened| &opened.scroll).get())
    }

    fn scope(&self) -> Scope {
        Scope::Triage
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: View<'_>) -> Line<'static> {
        view::draw(frame, area, self, view);
        view::context_line(self, view.context, view.look, area.width as usize)
    }

    fn update(&mut self, command: Command, context: &Context) -> Vec<Action> {
        self.step(0);
        self.carry_out(command, context)
    }

    fn due(&mut self, context: &Context, _: &dyn Fn(&Slot) -> bool) -> Vec<Action> {
        self.read_next(context)
    }

    fn back(&mut self, _: &Context) -> Option<Vec<Action>> {
        self.at.take().map(|_| Vec::new())
    }

    fn is_typing(&self) -> bool {
        self.note.is_some()
    }

    fn intercept(&mut self, key: Key, _: &Context) -> Option<Vec<Action>> {
        let (failure, input) = self.note.as_mut()?;
        match input.key(key) {
            Typed::Accepted => {
                let effect = Effect::Acknowledge { key: failure.clone(), note: input.text.clone(), undone: false };
                self.note = None;
                return Some(vec![Action::Do(effect)]);
            }
            Typed::Left => self.note = None,
            Typed::Changed | Typed::Ignored => {}
        }
        Some(Vec::new())
    }

    fn paste(&mut self, text: &str) -> Option<Vec<Action>> {
        self.note.as_mut().map(|(_, input)| {
            input.paste(text);
            Vec::new()
        })
    }
}

impl OpenAlert {
    fn new(alert: Alert, text: Option<String>, since: Duration) -> Self {
        Self {
            investigation: Investigation::new(alert),
            text,
            card: Err(NoCard::Loading),
            lines: Vec::new(),
            elsewhere: None,
            line: 0,
            scroll: Cell::default(),
            since,
            done: None,
            stamp: None,
        }
    }

    /// Makes the card again from what is known.
    fn made(&mut self, context: &Context, stamp: Stamp) {
        self.stamp = Some(stamp);
        let incomplete = context.round_read_at.is_none() && context.pipelines().iter().any(|workflow| !workflow.known);
        let card = self.investigation.card(context);
        self.card = card.map_err(|why| if incomplete { NoCard::NotFoundYet(why) } else { NoCard::NotFound(why) });
        self.lines = self.card.as_ref().map(|card| lines(card, context.now())).unwrap_or_default();
        let key = self.card.as_ref().ok().and_then(|card| key_line(card, context));
        let place = self.lines.iter().position(|line| line.section == Some(Section::NextStep)).map_or(0, |at| at + 1);
        if let Some(key) = key {
            self.lines.insert(place, key);
        }
        self.line = self.line.min(self.lines.len().saturating_sub(1));
        if self.investigation.is_done() && self.done.is_none() {
            self.done = Some(context.moment.wall);
        } else if !self.investigation.is_done() {
            self.done = None;
        }
    }
}

/// The line that says what the key does, how long that usually takes, and what it costs.
fn key_line(card: &Card, context: &Context) -> Option<CardLine> {
    let words = card.proposal.act.words()?;
    let workflow = card.workflow.as_ref().and_then(|name| context.pipeline(name));
    let plan = match (&card.proposal.act, workflow) {
        (ProposedAction::Resume(_), Some(workflow)) => plan::rerun(workflow, context).ok(),
        (ProposedAction::Whole(_), Some(workflow)) => plan::rerun_whole(workflow, context).ok(),
        _ => None,
    };
    let figures = plan.and_then(|plan| plan.figures.sentence(0));
    let figures = figures.map_or(String::new(), |figures| format!(" {figures}"));
    let text = format!("r  {words} (asks first).{figures}");
    Some(CardLine { section: None, text, severity: Severity::Plain, jump: Some(JumpTarget::ProposedAction) })
}

/// Where this is, as alerts name it.
fn here(context: &Context) -> Environment {
    let session = &context.session;
    Environment {
        name: session.environment.clone(),
        region: session.region.clone(),
        account: session.account.value().cloned(),
    }
}

/// Whether a workflow, job or crawler has exactly this name.
fn is_here(alert: &Alert, context: &Context) -> bool {
    let Some(name) = &alert.name else { return false };
    let is = |other: &str| other.eq_ignore_ascii_case(name);
    context.pipelines().iter().any(|workflow| {
        is(workflow.id.as_str())
            || is(workflow.short_name())
            || workflow.targets().iter().any(|target| is(target.name()))
    })
}

/// Workflows whose earlier runs are not known, so that less can be said of them.
fn unread(context: &Context) -> usize {
    let unread = |name| context.history.get(name).and_then(Load::value).is_none();
    context.pipelines().iter().filter(|workflow| unread(&workflow.id)).count()
}
