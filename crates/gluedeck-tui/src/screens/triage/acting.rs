//! What commands do on the list of failures and on a card.

use super::{TriageState, here};
use crate::flow::effect::{LogRequest, LogRun};
use crate::flow::{Action, Command, Context, Effect, Route};
use crate::screens::{plans, steps};
use crate::ui::LineInput;
use gluedeck_core::analysis::layers::short_step;
use gluedeck_core::analysis::stagger::Mode;
use gluedeck_core::analysis::triage::{Card, Failure, JumpTarget, ProposedAction, incident};
use gluedeck_core::domain::{Pipeline, PipelineRun, StepRun, Target};
use gluedeck_core::request::ResourceRef;

impl TriageState {
    /// Carries out a command.
    pub(super) fn carry_out(&mut self, command: Command, context: &Context) -> Vec<Action> {
        if let Some(step) = command.step(self.page()) {
            self.step(step);
            return Vec::new();
        }
        match command {
            Command::FailuresOnly if self.at.is_none() => {
                self.open_only = !self.open_only;
                let what = if self.open_only { "Showing open failures" } else { "Showing all failures" };
                return vec![Action::Notice(what.into())];
            }
            Command::NextMatch | Command::PreviousMatch if self.cards.len() < 2 => {
                return vec![Action::Notice("No other pasted alert".into())];
            }
            Command::NextMatch | Command::PreviousMatch => self.turn(command == Command::NextMatch),
            Command::Acknowledge => return self.ask_for_note(),
            Command::GoThere => return self.go_there(),
            command if self.at.is_some() => return self.on_card(command, context).into_iter().collect(),
            command => return self.on_list(command, context),
        }
        Vec::new()
    }

    /// The rows that the last frame had room for.
    fn page(&self) -> usize {
        self.card().map_or(&self.scroll, |opened| &opened.scroll).get().page()
    }

    /// The next card of the paste, or the one before.
    fn turn(&mut self, forward: bool) {
        if let Some(at) = self.at.filter(|_| !self.cards.is_empty()) {
            let count = self.cards.len();
            self.at = Some((at + if forward { 1 } else { count - 1 }) % count);
        }
    }

    fn on_list(&mut self, command: Command, context: &Context) -> Vec<Action> {
        let listed = self.listed();
        let Some(failure) = listed.get(self.index(&listed)).map(|failure| (*failure).clone()) else {
            return Vec::new();
        };
        let workflow = context.pipeline(&failure.workflow);
        let one = |action: Option<Action>| action.into_iter().collect();
        match command {
            Command::Open => match failure.alert() {
                Some(alert) => self.look_into(alert, context),
                None => vec![Action::ShowWhy(failure.workflow)],
            },
            Command::StepLog => {
                let step = failure.target.as_ref().zip(workflow).and_then(|(target, workflow)| {
                    let id = failure.run.as_ref().map(ToString::to_string);
                    step_of(workflow, target, id.as_deref(), context)
                });
                vec![steps::open_log(step.as_ref())]
            }
            Command::Rerun => one(workflow.map(|workflow| plans::rerun(workflow, context))),
            Command::RerunWhole => one(workflow.map(|workflow| plans::rerun_whole(workflow, context))),
            Command::RerunFromFailed => one(workflow.map(|workflow| plans::rerun_from_failed(workflow, context))),
            Command::OpenInConsole => vec![Action::OpenInConsole(ResourceRef::of(&failure.workflow))],
            Command::CopyName => vec![Action::Copy(failure.run.map_or(failure.key, |run| run.to_string()))],
            Command::Copy => {
                let line = |failure: &&Failure| {
                    let step = failure.target.as_ref().map(short_step).unwrap_or_default();
                    let at = failure.at.format("%H:%M:%SZ");
                    format!("{at} *{}* {step} {}: {}", failure.workflow, failure.state, failure.cause)
                };
                let text = listed.iter().map(line).collect::<Vec<_>>().join("\n");
                vec![Action::Copy(gluedeck_core::analysis::redact::secrets(&text))]
            }
            _ => Vec::new(),
        }
    }

    fn on_card(&self, command: Command, context: &Context) -> Option<Action> {
        let opened = self.card()?;
        let card = match &opened.card {
            Ok(card) => card,
            Err(_) => {
                return Some(Action::Notice("Nothing here matches the alert; esc goes back".into()));
            }
        };
        let jump = opened.lines.get(opened.line).and_then(|line| line.jump.clone());
        match command {
            Command::Open => match jump {
                Some(jump) => follow(card, &jump, context),
                None => Some(Action::Notice("No evidence to open for this line".into())),
            },
            Command::StepLog => follow(card, &JumpTarget::Log, context),
            Command::Rows => match card.rows.is_some() {
                true => follow(card, &JumpTarget::Rows, context),
                false => Some(Action::Notice("No failed check here has a query for its rows".into())),
            },
            Command::Rerun => follow(card, &JumpTarget::ProposedAction, context),
            Command::RerunWhole => {
                let workflow = card.workflow.as_ref().and_then(|name| context.pipeline(name))?;
                Some(plans::rerun_whole(workflow, context))
            }
            Command::RerunFromFailed => {
                let workflow = card.workflow.as_ref().and_then(|name| context.pipeline(name))?;
                Some(plans::rerun_from_failed(workflow, context))
            }
            Command::Copy => Some(Action::Copy(incident::slack(card))),
            Command::CopyName => {
                Some(Action::Copy(card.run.as_ref().map_or_else(|| card.target.name().to_owned(), ToString::to_string)))
            }
            Command::OpenInConsole => Some(Action::OpenInConsole(described(card))),
            Command::Describe => Some(Action::Describe(described(card))),
            _ => None,
        }
    }

    /// Asks for the note on the failure of the card, or of the selected row; one that has a note loses it.
    fn ask_for_note(&mut self) -> Vec<Action> {
        let listed = self.listed();
        let of_row = || listed.get(self.index(&listed)).map(|failure| failure.key.clone());
        let key = match self.card() {
            Some(opened) => opened.card.as_ref().ok().and_then(|card| {
                let of_run = card.run.as_ref().map(ToString::to_string);
                of_run.or_else(|| {
                    let same = |failure: &&Failure| {
                        failure.target.as_ref() == Some(&card.target) && Some(failure.at) == card.at
                    };
                    self.failures.iter().find(same).map(|failure| failure.key.clone())
                })
            }),
            None => of_row(),
        };
        let Some(key) = key else {
            return vec![Action::Notice("Nothing to acknowledge here".to_owned())];
        };
        if self.note_on(&key).is_some() {
            return vec![Action::Do(Effect::Acknowledge { key, note: String::new(), undone: true })];
        }
        self.note = Some((key, LineInput::default()));
        Vec::new()
    }

    /// Goes to the environment that the alert is of, and looks into it there.
    fn go_there(&self) -> Vec<Action> {
        let opened = self.card();
        let there = opened.and_then(|opened| {
            let name = opened.elsewhere.as_ref()?.environment.clone()?;
            Some(Action::GoThere { environment: name, text: opened.text.clone()? })
        });
        let why = || match opened.and_then(|opened| opened.elsewhere.as_ref()) {
            Some(elsewhere) => Action::Notice(format!(
                "The alert is {}; no matching environment: add [environments.NAME]",
                elsewhere.text
            )),
            None => Action::Notice("The alert is for this environment".to_owned()),
        };
        vec![there.unwrap_or_else(why)]
    }

    /// Where this is, in words, for the report.
    pub fn scope(context: &Context) -> String {
        let here = here(context);
        let parts = [Some(here.name), here.account, here.region];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }
}

/// Goes where a line leads.
fn follow(card: &Card, jump: &JumpTarget, context: &Context) -> Option<Action> {
    let workflow = card.workflow.as_ref().and_then(|name| context.pipeline(name));
    match jump {
        JumpTarget::Run => Some(Action::Describe(described(card))),
        JumpTarget::Rows => card.rows.clone().map(Action::Compose),
        JumpTarget::Quality => Some(Action::Go(Route::Quality)),
        JumpTarget::Workflow(name) => Some(Action::Go(Route::of(name.clone()))),
        JumpTarget::Log => {
            let id = card.run.as_ref().map(|run| run.as_str());
            let step = workflow.and_then(|workflow| step_of(workflow, &card.target, id, context));
            Some(match (step, &card.target) {
                (Some(step), _) => steps::open_log(Some(&step)),
                (None, Target::Job(job)) => Action::ShowLog(LogRequest {
                    title: job.to_string(),
                    runs: vec![LogRun { job: Some(job.clone()), run: card.run.clone(), ..LogRun::default() }],
                    failed: true,
                }),
                (None, Target::Crawler(_)) => steps::open_log(None),
            })
        }
        JumpTarget::ProposedAction => Some(match (&card.proposal.act, workflow) {
            (ProposedAction::Nothing, _) => Action::Notice(format!("Nothing to start here: {}", card.proposal.what)),
            (ProposedAction::Stagger(names), _) => Action::Stagger { workflows: names.clone(), mode: Some(Mode::Now) },
            (ProposedAction::Resume(_), Some(workflow)) => plans::rerun(workflow, context),
            (ProposedAction::Whole(_), Some(workflow)) => plans::rerun_whole(workflow, context),
            (_, None) => Action::Notice("The workflow no longer exists".to_owned()),
        }),
    }
}

fn described(card: &Card) -> ResourceRef {
    match (&card.target, &card.run) {
        (Target::Job(job), Some(run)) => ResourceRef::JobRun { job: job.clone(), run: run.clone() },
        (target, _) => ResourceRef::Target(target.clone()),
    }
}

/// The step with this attempt, in the last run or an earlier one; without an id, of the last run.
fn step_of(workflow: &Pipeline, target: &Target, id: Option<&str>, context: &Context) -> Option<StepRun> {
    let earlier = context.history(&workflow.id).into_iter().flat_map(|history| &history.past_runs);
    let runs: Vec<&PipelineRun> = workflow.last_run.iter().chain(earlier.map(|past| &past.run)).collect();
    let Some(id) = id else { return runs.first()?.step(target).cloned() };
    runs.into_iter().find_map(|run| {
        let mut step = run.step(target)?.clone();
        step.attempts.retain(|attempt| attempt.id.as_ref().is_some_and(|known| known.as_str() == id));
        (!step.attempts.is_empty()).then_some(step)
    })
}
