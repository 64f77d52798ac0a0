//! Painting the timeline.

use super::{TimelineState, days};
use crate::flow::Context;
use crate::screens::View;
use crate::screens::parts::draw_empty;
use crate::ui::chart::Chart;
use crate::ui::gantt::{BarPiece, Scale};
use crate::ui::hits::Hit;
use crate::ui::text::{clean, width};
use crate::ui::{Look, Role, Row};
use gluedeck_core::analysis::cells::CellState;
use gluedeck_core::analysis::reason::duration;
use gluedeck_core::analysis::run_timeline::{self, Bar, Piece};
use gluedeck_core::analysis::{Outcome, outcome};
use gluedeck_core::domain::Time;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// Draws the screen.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &TimelineState, view: View<'_>) {
    state.scroll.set(state.scroll.get().emptied());
    let View { context, look, hits, .. } = view;
    let bars = state.bars(context);
    let Some((from, to)) = run_timeline::span(&bars, context.now()) else {
        return draw_nothing(frame, area, context, look);
    };
    // While the night goes on, what is usually still to come has room.
    let expected = bars.iter().filter(|bar| bar.run.status.is_active()).filter_map(|bar| {
        let usual = context.history(&bar.workflow.id)?.usual_seconds?;
        Some(bar.run.started_on? + chrono::TimeDelta::seconds(usual))
    });
    let to = expected.max().map_or(to, |expected| expected.max(to));
    let cells = area.width as usize;
    let chart_height = if area.height >= 30 { 8 } else { 4 };
    let [head, list, axis, chart] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
        Constraint::Length(chart_height + 1),
    ])
    .areas(area);
    frame.render_widget(Paragraph::new(head_line(state, &bars, context, look, cells)), head);
    let longest = bars.iter().map(|bar| width(&clean(bar.workflow.short_name()))).max().unwrap_or(8);
    let name = longest.clamp(8, if cells < 100 { 16 } else { 28 });
    let at = 3 + name + 2;
    let tail = 9;
    let (begin, end) = state.window(from, to);
    let room = cells.saturating_sub(at + tail).max(8);
    let scale = Scale::fitting_exactly(begin, (end - begin).num_milliseconds() as f64 / 1_000.0, room);
    let index = state.index(&bars);
    let scroll = state.scroll.get().showing(index, bars.len(), list.height as usize);
    state.scroll.set(scroll);
    let window = bars.iter().enumerate().skip(scroll.top).take(list.height as usize);
    let rows: Vec<Line<'static>> =
        window.map(|(n, bar)| bar_line(bar, &scale, context, look, (name, cells), n == index)).collect();
    hits.rows(list, rows.len(), Hit::Row);
    frame.render_widget(Paragraph::new(rows), list);
    frame.render_widget(Paragraph::new(scale.axis(look, at, cells)), axis);
    let held: Vec<f64> = (0..room).map(|cell| run_timeline::dpu_at(&bars, moment(&scale, cell))).collect();
    let limit = context.limit().unwrap_or(0.0);
    let chart_rows = Chart { filled: &held, line: &[], limit }.rows(look, chart_height as usize, at, cells);
    frame.render_widget(Paragraph::new(chart_rows), chart);
}

fn moment(scale: &Scale, cell: usize) -> Time {
    scale.origin + chrono::TimeDelta::milliseconds((scale.middle(cell) * 1_000.0) as i64)
}

fn draw_nothing(frame: &mut Frame<'_>, area: Rect, context: &Context, look: &Look) {
    if context.pipelines.value().is_none_or(Vec::is_empty) {
        return draw_empty(frame, area, context, look);
    }
    let text = "   No runs of these workflows yet.";
    let row = Row::new(look, area.width as usize).text(Role::Dim, text).line();
    frame.render_widget(Paragraph::new(vec![Line::default(), row]), area);
}

fn head_line(state: &TimelineState, bars: &[Bar<'_>], context: &Context, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    let day = state.day(context).map(|day| day.format("%a %-d %b %Y").to_string()).unwrap_or_default();
    row.gap(1).text(Role::Strong, &day).gap(2);
    let count = |wanted: Outcome| bars.iter().filter(|bar| outcome_of(bar, context) == wanted).count();
    for (wanted, word) in [
        (Outcome::Failed, "failed"),
        (Outcome::Running, "running"),
        (Outcome::Partial, "partial"),
        (Outcome::Stopped, "stopped"),
        (Outcome::Succeeded, "succeeded"),
        (Outcome::Unknown, "unknown"),
    ] {
        if count(wanted) > 0 {
            let (glyph, role) = look.glyphs.outcome(wanted);
            row.text(role, &format!("{glyph} {} ", count(wanted))).text(Role::Dim, word).gap(2);
        }
    }
    let all = days(context);
    let at = state.day(context).and_then(|day| all.iter().position(|known| *known == day)).unwrap_or(0);
    let zoom = if state.zoom > 0 { format!(" · zoom {:.0}×", state.closer()) } else { String::new() };
    let note = format!("night {} of {}{zoom}", at + 1, all.len());
    row.to(cells.saturating_sub(width(&note) + 1)).text(Role::Dim, &note).line()
}

fn outcome_of(bar: &Bar<'_>, context: &Context) -> Outcome {
    let _ = context;
    outcome::of_run(bar.run, Some(bar.workflow))
}

fn bar_line(
    bar: &Bar<'_>,
    scale: &Scale,
    context: &Context,
    look: &Look,
    (name, cells): (usize, usize),
    selected: bool,
) -> Line<'static> {
    let outcome = outcome_of(bar, context);
    let (glyph, role) = look.glyphs.outcome(outcome);
    let name_role = if outcome == Outcome::Failed { Role::Strong } else { Role::Text };
    let mut row = Row::new(look, cells);
    row.gap(1).text(role, glyph).gap(1).cell(name_role, &clean(bar.workflow.short_name()), name).gap(2);
    let pieces: Vec<BarPiece> = bar.pieces.iter().map(|piece| bar_piece(piece, scale)).collect();
    let now = (context.now() - scale.origin).num_milliseconds() as f64 / 1_000.0;
    scale.bar_with_now(&mut row, look, &pieces, now);
    let took = bar.run.elapsed_seconds(context.now()).map(duration).unwrap_or_default();
    row.right(Role::Dim, &took, 8);
    if selected { row.selected() } else { row.line() }
}

fn bar_piece(piece: &Piece, scale: &Scale) -> BarPiece {
    let second = |at: Time| (at - scale.origin).num_milliseconds() as f64 / 1_000.0;
    let role = match (&piece.state, piece.layer) {
        (CellState::Failed | CellState::TimedOut, _) => Role::Bad,
        (CellState::Held, _) => Role::Off,
        (CellState::Stopped | CellState::Stopping, _) => Role::Warning,
        (_, Some(layer)) => Role::of_layer(layer),
        (CellState::Running | CellState::Starting, None) => Role::Running,
        (_, None) => Role::Good,
    };
    // What failed at once has a length too, so that it is seen.
    BarPiece { from: second(piece.from), to: second(piece.to).max(second(piece.from) + 0.001), role }
}

/// Cells of the words for what the bars mean; they go where there is no room for all of them.
const LEGEND: usize = 45;

/// The line under the screen: the selected run.
pub(super) fn context_line(state: &TimelineState, context: &Context, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    row.gap(1);
    let bars = state.bars(context);
    let Some(bar) = bars.get(state.index(&bars)) else { return row.line() };
    row.text(Role::Strong, &clean(bar.workflow.id.as_str()));
    let is_last = bar.workflow.last_run.as_ref().is_some_and(|run| run.id == bar.run.id);
    let with_run;
    let workflow = match is_last {
        true => bar.workflow,
        false => {
            with_run = gluedeck_core::domain::Pipeline { last_run: Some(bar.run.clone()), ..bar.workflow.clone() };
            &with_run
        }
    };
    let (_, role) = look.glyphs.outcome(outcome_of(bar, context));
    let why = context.reason(workflow).map(|reason| format!(" {}", clean(&reason.text))).unwrap_or_default();
    row.text(role, &why);
    let cost =
        bar.run.cost(context.now(), &context.prices()).map(|cost| format!(" · about ${cost:.2}")).unwrap_or_default();
    let most = bar.pieces.iter().map(|piece| piece.dpu).fold(0.0, f64::max);
    row.text(Role::Dim, &format!("{cost} · peak {most} DPU"));
    if look.glyphs == crate::ui::Glyphs::Unicode && row.left() > LEGEND {
        row.text(Role::Dim, "   bars: ");
        for (role, word) in [(Role::Bronze, "bronze"), (Role::Silver, "silver"), (Role::Gold, "gold")] {
            row.text(role, word).gap(1);
        }
        row.text(Role::Bad, "✖ failed ").text(Role::Off, "queued ");
    }
    row.line()
}
