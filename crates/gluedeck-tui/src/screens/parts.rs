//! Pieces that more than one screen paints: a workflow's title, its steps in short, its earlier runs, and what is said
//! where there is nothing to show.

use super::steps::{StepLine, lines};
use crate::flow::{Context, Load};
use crate::ui::text::{clean, cut_middle, wrap};
use crate::ui::{Look, Role, Row};
use gluedeck_core::analysis::cells::{CellState, cells};
use gluedeck_core::analysis::layers;
use gluedeck_core::analysis::reason::duration;
use gluedeck_core::analysis::{History, Outcome, PastRun, outcome};
use gluedeck_core::domain::schedule::next_fire;
use gluedeck_core::domain::{
    Fault, FaultKind, Logical, Pipeline, Predicate, StepRun, Target, Time, Trigger, TriggerKind,
};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// The pane beside the board: the selected workflow in short.
pub fn draw_summary(frame: &mut Frame<'_>, area: Rect, workflow: &Pipeline, context: &Context, look: &Look) {
    let cells = area.width as usize;
    let mut all = vec![title_line(workflow, context, look, cells), Line::default()];
    let history = context.history(&workflow.id);
    for line in lines(workflow) {
        let mut row = Row::new(look, cells);
        let (glyph, role) = look.glyphs.cell(&cell_of(&line, workflow));
        row.gap(1).text(role, glyph).gap(1);
        // What is left of the state and of the two times, which have fixed widths.
        let name = cells.saturating_sub(3 + 11 + 17);
        let step = clean(
            line.target.map(Target::name).or(line.trigger.map(|trigger| trigger.name.as_str())).unwrap_or_default(),
        );
        row.cell(Role::Text, &cut_middle(&step, name), name);
        let state = line.run.and_then(StepRun::last).map(|attempt| attempt.state.word().to_lowercase());
        row.gap(1).cell(role, &clean(state.as_deref().unwrap_or("")), 10);
        took(&mut row, &line, history, context.now());
        all.push(row.line());
        if let Some(error) = line.run.and_then(StepRun::last).and_then(|attempt| attempt.error.as_deref()) {
            for part in wrap(&clean(error), cells.saturating_sub(6)) {
                all.push(Row::new(look, cells).gap(5).text(Role::Bad, &part).line());
            }
        }
    }
    all.push(Line::default());
    let runs = Rect { height: area.height.saturating_sub(all.len() as u16), ..area };
    all.extend(run_lines(workflow, context, look, runs, None));
    frame.render_widget(Paragraph::new(all), area);
}

/// The workflow's name, outcome, and last run.
pub fn title_line(workflow: &Pipeline, context: &Context, look: &Look, width: usize) -> Line<'static> {
    let mut row = Row::new(look, width);
    let outcome = outcome::of_pipeline(workflow);
    let (glyph, role) = look.glyphs.outcome(outcome);
    row.gap(1).text(role, glyph).gap(1).text(Role::Strong, &clean(workflow.id.as_str()));
    row.text(role, &format!("  {}", outcome.title()));
    let Some(run) = &workflow.last_run else { return row.line() };
    if outcome == Outcome::Failed && run.status.word() == "COMPLETED" && workflow.id.as_workflow().is_some() {
        row.text(Role::Dim, " (Glue status: COMPLETED)");
    }
    if let Some(at) = run.started_on.filter(|_| row.left() > 60) {
        row.text(Role::Dim, &format!(" · started {}Z", at.format("%-d %b %H:%M:%S")));
    }
    if let Some(seconds) = run.elapsed_seconds(context.now()) {
        let word = if run.completed_on.is_some() { "took" } else { "for" };
        row.text(Role::Dim, &format!(" · {word} {}", duration(seconds)));
    }
    if let Some(usual) = context.history(&workflow.id).and_then(|history| history.usual_seconds) {
        row.text(Role::Dim, &format!(" (usually {})", duration(usual)));
    }
    if row.left() > 18 {
        let id: String = run.id.as_str().chars().take(12).collect();
        row.text(Role::Dim, &format!(" · {}…", clean(&id)));
    }
    if let Some(previous) = &run.previous {
        let id: String = previous.as_str().chars().take(12).collect();
        row.text(Role::Dim, &format!(" · resumes {}…", clean(&id)));
    }
    row.line()
}

/// The trigger in words: when it fires, and whether it can.
pub fn trigger_words(trigger: &Trigger, now: Time) -> String {
    let off = if trigger.can_fire() { String::new() } else { format!("{} · ", trigger.state.word()) };
    let when = match (&trigger.kind, &trigger.schedule, &trigger.predicate) {
        (TriggerKind::Scheduled, Some(schedule), _) => {
            let next = next_fire(schedule, now).filter(|_| trigger.can_fire());
            let next = next.map(|at| format!(", next {}Z", at.format("%-d %b %H:%M"))).unwrap_or_default();
            format!("{schedule}{next}")
        }
        (TriggerKind::Conditional, _, Some(predicate)) => predicate_words(predicate),
        (kind, ..) => kind.word().to_lowercase(),
    };
    format!("{off}{when}")
}

fn predicate_words(predicate: &Predicate) -> String {
    let joint = match predicate.logical {
        Logical::And => " and ",
        Logical::Any => " or ",
    };
    let words = predicate.conditions.iter().map(|c| format!("{} {}", layers::short_step(&c.target), c.state));
    words.collect::<Vec<_>>().join(joint)
}

/// `4m12s / 3m50s`, in 17 cells.
pub fn took(row: &mut Row<'_>, line: &StepLine<'_>, history: Option<&History>, now: Time) {
    let took = line.run.and_then(StepRun::last).and_then(|attempt| attempt.elapsed_seconds(now));
    let usual = line.target.zip(history).and_then(|(target, history)| history.usual(target));
    row.right(Role::Text, &took.map(duration).unwrap_or_default(), 7);
    row.cell(Role::Dim, &usual.map(|usual| format!(" / {}", duration(usual))).unwrap_or_default(), 10);
}

/// The state of a line: of its trigger with this one target.
pub fn cell_of(line: &StepLine<'_>, workflow: &Pipeline) -> CellState {
    let triggers = line.trigger.map(|trigger| one_action(line, trigger)).into_iter().collect();
    let single = Pipeline { triggers, ..workflow.clone() };
    cells(&single).into_iter().next().map_or(CellState::Unknown, |cell| cell.state)
}

fn one_action(line: &StepLine<'_>, trigger: &Trigger) -> Trigger {
    Trigger { actions: line.target.into_iter().cloned().collect(), ..trigger.clone() }
}

/// Earlier runs, newest first, as many as there is room for around the selected one.
pub fn run_lines(
    workflow: &Pipeline,
    context: &Context,
    look: &Look,
    area: Rect,
    selected: Option<usize>,
) -> Vec<Line<'static>> {
    let cells = area.width as usize;
    let role = if selected.is_some() { Role::Key } else { Role::Dim };
    let mut all = vec![Row::new(look, cells).gap(1).text(role, "EARLIER RUNS").line()];
    match context.history.get(&workflow.id) {
        Some(Load::Failed { fault, old: None, .. }) => {
            let text = format!("not loaded: {}", fault.headline());
            all.push(Row::new(look, cells).gap(1).text(Role::Bad, &text).line());
        }
        Some(load) if load.value().is_some() => {
            let current = context.pipeline(&workflow.id).and_then(|w| w.last_run.as_ref()).map(|run| &run.id);
            let history = load.value().into_iter().flat_map(|history| history.past_runs.iter().rev());
            let earlier: Vec<&PastRun> = history.filter(|past| Some(&past.run.id) != current).collect();
            let room = (area.height as usize).saturating_sub(1).max(1);
            let top = (selected.unwrap_or(0) + 1).saturating_sub(room);
            for (n, past) in earlier.iter().enumerate().skip(top).take(room) {
                let mut row = Row::new(look, cells);
                past_run_row(&mut row, past, context, look);
                all.push(if selected == Some(n) { row.selected() } else { row.line() });
            }
            if earlier.is_empty() {
                all.push(Row::new(look, cells).gap(1).text(Role::Dim, "none").line());
            }
        }
        _ => all.push(Row::new(look, cells).gap(1).text(Role::Dim, "loading …").line()),
    }
    all
}

fn past_run_row(row: &mut Row<'_>, past: &PastRun, context: &Context, look: &Look) {
    let (glyph, role) = look.glyphs.outcome(past.outcome);
    row.gap(1).text(role, glyph).gap(1);
    let started = past.run.started_on.map(|at| at.format("%a %e %b %H:%M:%S").to_string());
    row.cell(Role::Text, &started.unwrap_or_default(), 21);
    row.right(Role::Text, &past.seconds.map(duration).unwrap_or_default(), 7);
    let cost = past.run.cost(context.now(), &context.prices()).map(|cost| format!("${cost:.2}"));
    row.right(Role::Dim, &cost.unwrap_or_default(), 8).gap(2);
    let resumed = if past.run.previous.is_some() { ", resumed" } else { "" };
    row.text(role, past.outcome.title()).text(Role::Dim, resumed);
}

/// Nothing to show yet, or nothing there: said, with what to do.
pub fn draw_empty(frame: &mut Frame<'_>, area: Rect, context: &Context, look: &Look) {
    let cells = area.width as usize;
    let mut lines = vec![Line::default()];
    let mut say = |role: Role, text: &str| {
        for part in wrap(&clean(text), cells.saturating_sub(6).min(100)) {
            lines.push(Row::new(look, cells).gap(3).text(role, &part).line());
        }
    };
    match &context.pipelines {
        Load::Failed { fault, since, .. } => say_fault(&mut say, fault, &since.format("%H:%M:%S").to_string()),
        Load::Ready { .. } if !context.is_searched => {
            say(Role::Dim, "No workflows. Looking for jobs, crawlers and triggers …");
        }
        Load::Ready { .. } => {
            let region = context.session.region.as_deref().unwrap_or("this Region");
            say(Role::Strong, &format!("No Glue workflows, jobs, crawlers or triggers in {region}."));
            say(Role::Dim, "Another Region or account: E lists them; :region NAME and :profile NAME go there.");
        }
        _ => say(Role::Dim, "Loading workflows …"),
    }
    if context.session.has_sandbox
        && !matches!(context.session.endpoint, crate::flow::Endpoint::Sandbox(_))
        && !matches!(context.pipelines, Load::Loading | Load::Idle)
    {
        say(Role::Dim, "");
        say(Role::Dim, "To try it without an account: press B, or run gluedeck --sandbox.");
    }
    frame.render_widget(Paragraph::new(lines), area);
}

fn say_fault(say: &mut impl FnMut(Role, &str), fault: &Fault, since: &str) {
    if fault.kind == FaultKind::NoCredentials {
        // The chain's own words are long and say less than the advice; `!` shows them.
        say(Role::Bad, "No AWS credentials found.");
    } else {
        say(Role::Bad, &format!("Could not load workflows: {}.", fault.headline()));
        say(Role::Text, &format!("{}: {}", fault.operation, fault.message));
    }
    say(Role::Dim, fault.advice());
    let again = if fault.is_transient() { " Retrying automatically; ctrl-r retries now." } else { "" };
    say(Role::Dim, &format!("Since {since}Z.{again}"));
}
