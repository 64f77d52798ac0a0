//! Painting one job or crawler.

use super::{JobState, Page, key_of, metrics_view};
use crate::flow::{Context, Load};
use crate::screens::View;
use crate::screens::parts::trigger_words;
use crate::ui::hits::Hit;
use crate::ui::text::{clean, counted, cut, wrap};
use crate::ui::{Look, Role, Row};
use gluedeck_core::analysis::cells::of_state;
use gluedeck_core::analysis::compare::attempts;
use gluedeck_core::analysis::reason::duration;
use gluedeck_core::analysis::redact;
use gluedeck_core::domain::{Attempt, StartedBy, StepState, TableChanges, TableCount, Target, Time};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// From this width on the definition stands beside the run.
const WIDE: u16 = 110;
/// Width of the definition beside the run.
const DEFINITION: u16 = 54;

/// Draws the screen.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &JobState, view: View<'_>) {
    let View { context, look, hits, .. } = view;
    let Some(target) = &state.shown else { return };
    let cells = area.width as usize;
    let runs = state.all();
    let room = (area.height as usize).saturating_sub(4);
    let list_height = runs.len().clamp(1, (room / 2).max(3));
    state.height.set(list_height);
    let [title, _, heading, list, _, below] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(u16::from(area.height > 20)),
        Constraint::Length(1),
        Constraint::Length(list_height as u16),
        Constraint::Length(1),
        Constraint::Min(1),
    ])
    .areas(area);
    frame.render_widget(Paragraph::new(title_line(state, target, context, look, cells)), title);
    frame.render_widget(Paragraph::new(heading_line(target, look, cells)), heading);
    let lines = match (&state.runs, runs.is_empty()) {
        (Load::Failed { fault, old: None, .. }, _) => {
            let text = format!("Runs not loaded: {}. {}", fault.headline(), fault.advice());
            vec![Row::new(look, cells).gap(3).text(Role::Bad, &clean(&text)).line()]
        }
        (Load::Idle | Load::Loading, _) => vec![Row::new(look, cells).gap(3).text(Role::Dim, "loading …").line()],
        (_, true) => vec![Row::new(look, cells).gap(3).text(Role::Dim, "It has never run.").line()],
        _ => run_lines(state, target, context, look, list),
    };
    hits.rows(list, lines.len(), Hit::Row);
    frame.render_widget(Paragraph::new(lines), list);
    // The definition in full takes all of the width.
    let wide = area.width >= WIDE && state.page != Page::Definition;
    let [left, right] = match wide {
        true => Layout::horizontal([Constraint::Min(50), Constraint::Length(DEFINITION)]).spacing(2).areas(below),
        false => [below, Rect::default()],
    };
    let shown = match state.page {
        Page::Definition => definition_lines(state, target, context, look, left),
        Page::Compare => compared_lines(state, context, look, left),
        Page::Metrics => metrics_view::lines(state, look, left),
        _ => details(state.run(), context, look, left),
    };
    frame.render_widget(Paragraph::new(shown), left);
    if wide {
        frame.render_widget(Paragraph::new(definition_lines(state, target, context, look, right)), right);
    }
}

fn title_line(state: &JobState, target: &Target, context: &Context, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    let last = state.all().first();
    let (glyph, role) = last.map_or(("?", Role::Dim), |run| look.glyphs.cell(&of_state(&run.state)));
    row.gap(1).text(role, glyph).gap(1).text(Role::Strong, &clean(target.name()));
    row.text(Role::Dim, &format!("  {}", target.kind()));
    let pipeline = state.pipeline(context);
    if let Some(job) = pipeline.and_then(|pipeline| pipeline.job.as_ref()) {
        row.text(Role::Dim, &clean(&format!(" · {} · {}", job.type_title(), job.capacity_title())));
    }
    if let Some(workflow) = pipeline.and_then(|pipeline| pipeline.id.as_workflow()) {
        row.text(Role::Dim, &clean(&format!(" · in {workflow}")));
    }
    if let Some(last) = last {
        row.text(role, &format!("  {}", clean(&last.state.word().to_lowercase())));
    }
    if let Some(usual) = usual(state.all()) {
        row.text(Role::Dim, &format!(" · usually {}", duration(usual)));
    }
    row.line()
}

/// The median seconds of the successful runs that were read.
fn usual(runs: &[Attempt]) -> Option<i64> {
    let good = runs.iter().filter(|run| run.state == StepState::Succeeded);
    let mut seconds: Vec<i64> =
        good.filter_map(|run| Some((run.completed_on? - run.started_on?).num_seconds())).collect();
    seconds.sort_unstable();
    seconds.get(seconds.len() / 2).copied()
}

fn heading_line(target: &Target, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    row.gap(3).cell(Role::Dim, "STARTED", 17).cell(Role::Dim, "STATE", 11).right(Role::Dim, "TOOK", 8);
    row.right(Role::Dim, "DPU-H", 8).right(Role::Dim, "COST", 9).gap(2);
    let wide = cells >= WIDE as usize;
    match target {
        Target::Job(_) if wide => row.cell(Role::Dim, "WORKERS", 16).cell(Role::Dim, "STARTED BY", 26),
        Target::Job(_) => &mut row,
        Target::Crawler(_) => row.cell(Role::Dim, "TABLES", 16),
    };
    row.text(Role::Dim, "ERROR").line()
}

fn run_lines(state: &JobState, target: &Target, context: &Context, look: &Look, area: Rect) -> Vec<Line<'static>> {
    let (cells, height) = (area.width as usize, area.height.max(1) as usize);
    let (runs, index) = (state.all(), state.index());
    let top = (index + 1).saturating_sub(height);
    let now = context.now();
    let line = |(n, run): (usize, &Attempt)| {
        let mut row = Row::new(look, cells);
        let (glyph, role) = look.glyphs.cell(&of_state(&run.state));
        let marked = state.marked.as_ref() == Some(&key_of(run));
        row.text(Role::Key, if marked { look.glyphs.mark() } else { " " }).text(role, glyph).gap(1);
        let started = run.started_on.map(|at| at.format("%a %e %b %H:%M").to_string());
        row.cell(Role::Text, &started.unwrap_or_default(), 17).cell(role, &clean(run.state.word()), 11);
        let none = || look.glyphs.pick("—", "-").to_owned();
        row.right(Role::Text, &run.elapsed_seconds(now).map_or_else(none, duration), 8);
        let hours = run.dpu_hours(now);
        row.right(Role::Dim, &hours.map_or_else(none, |hours| format!("{hours:.2}")), 8);
        let cost = run.cost(now, &context.prices()).map(|cost| format!("${cost:.2}"));
        row.right(Role::Dim, &cost.unwrap_or_else(none), 9).gap(2);
        match target {
            Target::Job(_) if cells >= WIDE as usize => {
                row.cell(Role::Dim, &clean(&workers(run)), 16);
                row.cell(Role::Dim, &cut(&clean(&run.started_by().to_string()), 25), 26);
            }
            Target::Job(_) => {}
            Target::Crawler(_) => _ = row.cell(Role::Dim, &run.tables.as_ref().map_or_else(none, tables_in_short), 16),
        }
        let error = run.error.as_deref().or(run.detail.as_deref().filter(|_| run.state == StepState::Waiting));
        let left = row.left().saturating_sub(1);
        let role = if run.error.is_some() { Role::Bad } else { Role::Warning };
        row.text(role, &cut(&clean(error.unwrap_or_default()), left));
        if n == index { row.selected() } else { row.line() }
    };
    runs.iter().enumerate().skip(top).take(height).map(line).collect()
}

/// `G.1X×10 FLEX`.
fn workers(run: &Attempt) -> String {
    let workers = match (&run.workers, run.dpu) {
        (Some((kind, count)), _) => format!("{kind}×{count}"),
        (None, Some(dpu)) => format!("{dpu} DPU"),
        (None, None) => String::new(),
    };
    format!("{workers}{}", if run.flex { " FLEX" } else { "" })
}

/// `+2 ~1 -0`.
fn tables_in_short(tables: &TableChanges) -> String {
    format!("+{} ~{} -{}", tables.added.count, tables.updated.count, tables.deleted.count)
}

/// A line that is wrapped under its label.
fn labelled(lines: &mut Vec<Line<'static>>, look: &Look, cells: usize, (label, role, text): (&str, Role, &str)) {
    const LABEL: usize = 13;
    for (n, part) in wrap(&clean(text), cells.saturating_sub(LABEL + 2).max(8)).into_iter().enumerate() {
        let label = if n == 0 { cut(label, LABEL - 1) } else { String::new() };
        lines.push(Row::new(look, cells).gap(1).cell(Role::Dim, &clean(&label), LABEL).text(role, &part).line());
    }
}

/// What there is no room for is told.
fn fitted(mut lines: Vec<Line<'static>>, look: &Look, area: Rect) -> Vec<Line<'static>> {
    let room = area.height as usize;
    if lines.len() > room && room > 0 {
        let more = format!("{} more lines: d describes it in full", lines.len() - room + 1);
        lines.truncate(room - 1);
        lines.push(Row::new(look, area.width as usize).gap(1).text(Role::Dim, &more).line());
    }
    lines
}

/// The selected run in full.
fn details(run: Option<&Attempt>, context: &Context, look: &Look, area: Rect) -> Vec<Line<'static>> {
    let (cells, now) = (area.width as usize, context.now());
    let Some(run) = run else { return Vec::new() };
    let mut lines = vec![Row::new(look, cells).gap(1).text(Role::Dim, "RUN").line()];
    let mut say = |label: &str, role: Role, text: &str| labelled(&mut lines, look, cells, (label, role, text));
    if let Some(error) = &run.error {
        say("error", Role::Bad, error);
    }
    say("state", Role::Text, &state_words(run));
    if let Some(detail) = &run.detail {
        say("why", Role::Warning, detail);
    }
    if let Some(id) = &run.id {
        say("run id", Role::Dim, id.as_str());
        say("started by", Role::Text, &started_words(run));
    }
    if let Some(hours) = run.dpu_hours(now) {
        let held = run.execution_seconds.map(|seconds| format!(", {seconds} s on {}", workers(run)));
        let about = run.cost(now, &context.prices()).map(|cost| format!(", about ${cost:.2}"));
        let about = about.unwrap_or_else(|| ", price unknown".to_owned());
        let cost = format!("{hours:.2} DPU-hours{about}{}", held.unwrap_or_default());
        say("cost", Role::Text, &cost);
    }
    let version = run.glue_version.as_ref().map(|version| format!("Glue {version}"));
    let timeout = run.timeout_minutes.filter(|minutes| *minutes > 0).map(|minutes| format!("timeout {minutes} min"));
    let runtime: Vec<String> = version.into_iter().chain(timeout).collect();
    if !runtime.is_empty() {
        say("runtime", Role::Text, &runtime.join(" · "));
    }
    if let Some(tables) = &run.tables {
        for (label, count) in [("added", &tables.added), ("updated", &tables.updated), ("deleted", &tables.deleted)] {
            say(label, Role::Text, &tables_in_words(count));
        }
    }
    for (name, value) in &run.arguments {
        say("argument", Role::Text, &format!("{name} {}", shown(name, value)));
    }
    fitted(lines, look, area)
}

fn shown<'v>(name: &str, value: &'v str) -> &'v str {
    if redact::is_secret(name) { "(not shown)" } else { value }
}

fn tables_in_words(count: &TableCount) -> String {
    let names = if count.names.is_empty() { String::new() } else { format!(": {}", count.names.join(", ")) };
    format!("{}{names}", counted(count.count, "table"))
}

fn state_words(run: &Attempt) -> String {
    let span = run.started_on.map(|start| {
        let end = run.completed_on.map_or_else(|| "now".to_owned(), |end| format!("{}Z", end.format("%H:%M:%S")));
        format!(" {}Z to {end}", start.format("%-d %b %H:%M:%S"))
    });
    format!("{}{}", run.state.word(), span.unwrap_or_default())
}

fn started_words(run: &Attempt) -> String {
    match run.started_by() {
        StartedBy::Retry => {
            format!("a retry of {}", run.previous.as_ref().map(ToString::to_string).unwrap_or_default())
        }
        StartedBy::Elsewhere => "no trigger: a person, or anything that calls StartJobRun".to_owned(),
        other => other.to_string(),
    }
}

/// The selected run and another side by side.
fn compared_lines(state: &JobState, context: &Context, look: &Look, area: Rect) -> Vec<Line<'static>> {
    let cells = area.width as usize;
    let (Some(run), Some(other)) = (state.run(), state.other()) else { return Vec::new() };
    let at = |run: &Attempt| run.started_on.map(|at| at.format("%-d %b %H:%MZ").to_string()).unwrap_or_default();
    let which = if state.marked.is_some() { "the marked run" } else { "the last successful run before it" };
    let title = format!("Run of {} vs {which}, {}", at(run), at(other));
    let mut lines = vec![Row::new(look, cells).gap(1).text(Role::Strong, &title).line()];
    let took = |run: &Attempt| run.elapsed_seconds(context.now()).map(duration).unwrap_or_default();
    let mut say = |label: &str, role: Role, text: &str| labelled(&mut lines, look, cells, (label, role, text));
    say("took", Role::Text, &format!("{}, the other {}", took(run), took(other)));
    let differences = attempts(other, run, context.now());
    for difference in &differences {
        say("differs", Role::Warning, &difference.to_string());
    }
    if differences.is_empty() {
        say("differs", Role::Dim, "nothing: same state, about the same time, workers, version, class and arguments");
    }
    // A run does not tell which script it ran; that the definition is younger than the run is known.
    let modified = state.definition.value().and_then(|definition| definition.modified_on);
    let between = |modified: &Time| {
        let (one, two) = (other.started_on.min(run.started_on), other.started_on.max(run.started_on));
        Some(*modified) > one && Some(*modified) <= two
    };
    if let Some(modified) = modified.filter(between) {
        let text =
            format!("modified {}Z, between the two: script or settings may differ", modified.format("%-d %b %H:%M"));
        say("definition", Role::Warning, &text);
    }
    fitted(lines, look, area)
}

/// What starts it, its bookmark, and its definition.
fn definition_lines(
    state: &JobState,
    target: &Target,
    context: &Context,
    look: &Look,
    area: Rect,
) -> Vec<Line<'static>> {
    let cells = area.width as usize;
    let mut lines = vec![Row::new(look, cells).gap(1).text(Role::Dim, "DEFINITION").line()];
    let mut say = |label: &str, role: Role, text: &str| labelled(&mut lines, look, cells, (label, role, text));
    let triggers = state.pipeline(context).into_iter().flat_map(|pipeline| &pipeline.triggers);
    let starts: Vec<_> = triggers.filter(|trigger| trigger.actions.contains(target)).collect();
    for trigger in &starts {
        let words = trigger_words(trigger, context.now());
        let role = if trigger.can_fire() { Role::Text } else { Role::Off };
        say("started by", role, &format!("{words} ({})", trigger.name));
    }
    if starts.is_empty() {
        say("started by", Role::Dim, "no trigger: a person, Step Functions, Airflow, EventBridge");
    }
    if let Target::Job(_) = target {
        let (role, text) = bookmark_words(state);
        say("bookmark", role, &text);
    }
    match &state.definition {
        Load::Failed { fault, old: None, .. } => say("", Role::Bad, &format!("not loaded: {}", fault.headline())),
        load => match load.value() {
            Some(definition) => definition.facts.iter().for_each(|(label, value)| match label.starts_with("--") {
                true => say("argument", Role::Text, &format!("{label} {value}")),
                false => say(label, Role::Text, value),
            }),
            None => say("", Role::Dim, "loading …"),
        },
    }
    fitted(lines, look, area)
}

fn bookmark_words(state: &JobState) -> (Role, String) {
    let off = state.definition.value().is_some_and(|definition| !definition.keeps_bookmark);
    match (&state.bookmark, state.bookmark.value()) {
        (_, Some(Some(bookmark))) => {
            let run = bookmark.run.as_ref().map(|run| format!(", by {run}")).unwrap_or_default();
            let off = if off { ", off by definition" } else { "" };
            (Role::Text, format!("version {} (b resets it){off}{run}", bookmark.version))
        }
        (_, Some(None)) if off => (Role::Dim, "off: each run reads everything".to_owned()),
        (_, Some(None)) => (Role::Text, "on, and empty: no run has written it yet".to_owned()),
        (Load::Failed { fault, .. }, None) => (Role::Bad, format!("not loaded: {}", fault.headline())),
        (_, None) => (Role::Dim, "loading …".to_owned()),
    }
}

/// The line under the screen: which runs are shown, and what is marked.
pub(super) fn context_line(state: &JobState, View { look, .. }: View<'_>, width: usize) -> Line<'static> {
    let mut row = Row::new(look, width);
    row.gap(1);
    let count = state.all().len();
    if count > 0 {
        row.text(Role::Dim, &format!("run {} of the last {count}", state.index() + 1));
    }
    if state.marked.is_some() {
        row.text(Role::Key, " · a run is marked: c compares with it");
    }
    if let Some((fault, since)) = state.runs.fault().filter(|_| count > 0) {
        row.text(Role::Bad, &format!(" · not read since {}Z: {}", since.format("%H:%M:%S"), fault.headline()));
    }
    row.line()
}

/// A run in words, for the clipboard.
pub(super) fn in_words(target: &Target, run: Option<&Attempt>, now: Time) -> String {
    let Some(run) = run else { return format!("{} {target}", target.kind()) };
    let id = run.id.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
    let took = run.elapsed_seconds(now).map(|seconds| format!(", {}", duration(seconds))).unwrap_or_default();
    let error = run.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
    format!("{target}{id}: {}{took}{error}", state_words(run))
}
