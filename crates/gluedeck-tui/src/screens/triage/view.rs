//! Painting the failures of the last day.

use super::{TriageState, card_view, unread};
use crate::flow::Context;
use crate::screens::View;
use crate::ui::text::{clean, wrap};
use crate::ui::{Hit, Look, Role, Row};
use gluedeck_core::analysis::layers::{layer, short_step};
use gluedeck_core::analysis::reason::duration;
use gluedeck_core::analysis::triage::{Failure, Since};
use gluedeck_core::domain::PipelineId;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// Draws the card that is open, or the list.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &TriageState, view: View<'_>) {
    state.scroll.set(state.scroll.get().emptied());
    let View { context, look, hits, .. } = view;
    if let Some(opened) = state.card() {
        return card_view::draw(frame, area, opened, state, context, look);
    }
    let cells = area.width as usize;
    let listed = state.listed();
    let detail = if area.height > 16 && !listed.is_empty() { 8 } else { 0 };
    let heights = [Constraint::Length(1), Constraint::Length(1), Constraint::Min(1), Constraint::Length(detail)];
    let [summary, head, list, below] = Layout::vertical(heights).areas(area);
    frame.render_widget(Paragraph::new(summary_line(state, context, look, cells)), summary);
    if listed.is_empty() {
        let lines = nothing(state, context).into_iter().flat_map(|text| wrap(&text, cells.saturating_sub(4)));
        let lines: Vec<Line<'static>> =
            lines.map(|part| Row::new(look, cells).gap(1).text(Role::Dim, &part).line()).collect();
        return frame.render_widget(Paragraph::new(lines), list);
    }
    frame.render_widget(Paragraph::new(head_line(mixed(context), look, cells)), head);
    let index = state.index(&listed);
    let scroll = state.scroll.get().showing(index, listed.len(), list.height as usize);
    state.scroll.set(scroll);
    let window = listed.iter().enumerate().skip(scroll.top).take(list.height as usize);
    let lines: Vec<Line<'static>> =
        window.map(|(n, failure)| failure_line(failure, n == index, state, context, look, cells)).collect();
    hits.rows(list, lines.len(), Hit::Row);
    frame.render_widget(Paragraph::new(lines), list);
    if detail > 0 {
        frame.render_widget(Paragraph::new(detail_lines(listed[index], state, look, cells)), below);
    }
}

/// The selected failure in full, as far as it is known without looking into it.
fn detail_lines(failure: &Failure, state: &TriageState, look: &Look, cells: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Row::new(look, cells).text(Role::Line, &look.glyphs.pick("─", "-").repeat(cells)).line()];
    let mut say = |label: &str, text: &str, most: usize| {
        for (n, part) in wrap(&clean(text), cells.saturating_sub(14)).into_iter().take(most).enumerate() {
            let label = if n == 0 { label } else { "" };
            lines.push(Row::new(look, cells).gap(1).cell(Role::Dim, label, 11).text(Role::Text, &part).line());
        }
    };
    say("cause", &format!("{}: {}", failure.class.title(), failure.cause), 3);
    let of = failure.target.as_ref().map_or(failure.workflow.as_str(), |target| target.name());
    let run = failure.run.as_ref().map(|run| format!(" · {run}")).unwrap_or_default();
    say("run", &format!("{of}{run}"), 2);
    say(
        "alert",
        match failure.alert_sent {
            Some(true) => "yes, the pipeline's rule posts such failures to Slack",
            Some(false) => "no, the pipeline's rule skips crawlers, STOPPED, ERROR and runs that never started",
            None => "not known: it is in no workflow, and rules of others are not read",
        },
        1,
    );
    if let Some(note) = state.note_on(&failure.key) {
        say("note", &format!("{} · {} at {}Z", note.note, note.by, note.at.format("%-d %b %H:%M")), 1);
    }
    lines
}

/// What is said where nothing is listed.
fn nothing(state: &TriageState, context: &Context) -> Vec<String> {
    let first = match (context.pipelines_read_at, state.failures.is_empty()) {
        (None, _) => "Loading workflows …",
        (_, true) => "No failures in the last 24 hours in the known runs.",
        (_, false) => "Nothing open: all recovered or acknowledged. z shows everything.",
    };
    vec![
        first.to_owned(),
        String::new(),
        "Paste an alert anywhere to investigate it: a Slack line, an event, a run ID or a name.".to_owned(),
    ]
}

fn summary_line(state: &TriageState, context: &Context, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    let count = |wanted: &dyn Fn(&&Failure) -> bool| state.failures.iter().filter(|failure| wanted(failure)).count();
    let acknowledged = |failure: &&Failure| state.note_on(&failure.key).is_some();
    let open = count(&|failure| failure.since != Since::Recovered && !acknowledged(failure));
    let role = if open > 0 { Role::Bad } else { Role::Good };
    row.gap(1).text(role, &open.to_string()).text(Role::Dim, " open in the last 24 hours");
    for (n, what, role) in [
        (count(&|failure| failure.since != Since::Recovered && acknowledged(failure)), "acknowledged", Role::Strong),
        (count(&|failure| failure.since == Since::Recovered), "recovered", Role::Good),
        (count(&|failure| failure.alert_sent == Some(false)), "without alert", Role::Warning),
    ] {
        if n > 0 {
            row.text(Role::Dim, " · ").text(role, &n.to_string()).text(Role::Dim, &format!(" {what}"));
        }
    }
    let unread = unread(context);
    if unread > 0 && context.pipelines_read_at.is_some() {
        row.text(
            Role::Warning,
            &format!(
                " · earlier runs of {unread} {} not loaded yet",
                match (mixed(context), unread) {
                    (false, 1) => "workflow",
                    (false, _) => "workflows",
                    (true, 1) => "pipeline",
                    (true, _) => "pipelines",
                }
            ),
        );
    }
    row.line()
}

/// Whether the account has more than workflows.
fn mixed(context: &Context) -> bool {
    context.pipelines().iter().any(|pipeline| pipeline.id.as_workflow().is_none())
}

/// The columns that fit: state, class, note.
fn columns(cells: usize) -> (usize, usize) {
    match cells {
        150.. => (20, 22),
        110.. => (16, 20),
        _ => (12, 0),
    }
}

fn head_line(mixed: bool, look: &Look, cells: usize) -> Line<'static> {
    let (name, class) = columns(cells);
    let mut row = Row::new(look, cells);
    row.gap(3).cell(Role::Dim, "AT", 9).cell(Role::Dim, if mixed { "PIPELINE" } else { "WORKFLOW" }, name + 6).gap(1);
    row.cell(Role::Dim, "STEP", 15).cell(Role::Dim, "STATE", 14);
    if class > 0 {
        row.cell(Role::Dim, "CLASS", class + 1);
    }
    row.text(Role::Dim, "CAUSE").line()
}

fn failure_line(
    failure: &Failure,
    selected: bool,
    state: &TriageState,
    context: &Context,
    look: &Look,
    cells: usize,
) -> Line<'static> {
    let (name, class) = columns(cells);
    let note = state.note_on(&failure.key);
    let (glyph, role) = match (failure.since, note) {
        (Since::Recovered, _) => (look.glyphs.pick("✔", "v"), Role::Good),
        (_, Some(_)) => (look.glyphs.pick("◇", "o"), Role::Dim),
        (Since::Running, None) => (look.glyphs.pick("▶", ">"), Role::Running),
        (Since::Open, None) => (look.glyphs.pick("✖", "X"), Role::Bad),
    };
    let quiet = note.is_some() || failure.since == Since::Recovered;
    let mut row = Row::new(look, cells);
    row.gap(1).text(role, glyph).gap(1);
    row.cell(Role::Dim, &failure.at.format("%H:%M:%S").to_string(), 9);
    let short = context.pipeline(&failure.workflow).map_or(failure.workflow.as_str(), |workflow| workflow.short_name());
    row.cell(if quiet { Role::Dim } else { Role::Strong }, &clean(short), name + 6).gap(1);
    let step = match (&failure.workflow, &failure.target) {
        (PipelineId::Alone(target), _) => target.kind().to_owned(),
        (_, target) => target.as_ref().map(short_step).unwrap_or_default(),
    };
    let metal = failure.target.as_ref().and_then(layer).map_or(Role::Dim, Role::of_layer);
    row.cell(metal, &clean(&step), 14).gap(1);
    row.cell(if quiet { Role::Dim } else { Role::Bad }, &clean(&failure.state), 14);
    if class > 0 {
        row.cell(Role::Dim, failure.class.title(), class).gap(1);
    }
    if let Some(note) = note {
        let age = (context.moment.utc - note.at).num_seconds().max(0);
        let said = if note.note.is_empty() { "acknowledged" } else { &note.note };
        row.text(Role::Key, &clean(&format!("{said} · {} {} ago", note.by, duration(age))));
    } else {
        if failure.alert_sent == Some(false) {
            row.text(Role::Warning, "no alert ");
        }
        let cause = match failure.since {
            Since::Recovered => format!("recovered · {}", failure.cause),
            Since::Running => format!("newer run in progress · {}", failure.cause),
            Since::Open => failure.cause.clone(),
        };
        row.text(if quiet { Role::Dim } else { Role::Text }, &clean(&cause));
    }
    if selected { row.selected() } else { row.line() }
}

/// The line under the screen.
pub(super) fn context_line(state: &TriageState, context: &Context, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    row.gap(1);
    if let Some((_, input)) = &state.note {
        row.text(Role::Dim, "note (optional): ").text(Role::Strong, &clean(&input.text)).text(Role::Key, "▏");
        return row.text(Role::Dim, "  enter save · esc cancel").line();
    }
    match state.card() {
        Some(opened) => card_view::context_line(opened, state, context, look, cells),
        None => row
            .text(Role::Dim, "Source: Glue run status (not alerts). Times are UTC. Paste an alert to investigate it.")
            .line(),
    }
}
