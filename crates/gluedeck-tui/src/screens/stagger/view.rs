//! Painting the stagger: the plan as bars, the DPUs before and after, and how far it is carried out.

use super::{StaggerState, waits_for};
use crate::flow::Context;
use crate::ui::chart::Chart;
use crate::ui::gantt::{BarPiece, Scale};
use crate::ui::text::{clean, width, wrap};
use crate::ui::{Look, Role, Row};
use gluedeck_core::analysis::Outcome;
use gluedeck_core::analysis::layers;
use gluedeck_core::analysis::reason::duration;
use gluedeck_core::analysis::stagger::demand::Window;
use gluedeck_core::analysis::stagger::live::{Item, Progress, Rollout, State};
use gluedeck_core::analysis::stagger::{Mode, Plan, PlannedStart, Timeline, counted_pipelines};
use gluedeck_core::domain::{Pipeline, PipelineId};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// Where the bars begin.
struct Columns {
    name: usize,
    bars: usize,
}

/// Draws the screen.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &StaggerState, context: &Context, look: &Look) {
    state.scroll.set(state.scroll.get().emptied());
    let cells = area.width as usize;
    let rollout = context.rollout().or(state.started());
    let mut head = head_lines(state, context, rollout, look, cells);
    let Some(plan) = &state.plan else {
        let text = state
            .fault
            .as_ref()
            .map(ToString::to_string)
            .or_else(|| waits_for(state, context).map(|why| format!("{why} …")));
        head.push(Line::default());
        for part in wrap(&clean(&text.unwrap_or_default()), cells.saturating_sub(4).min(100)) {
            let role = if state.fault.is_some() { Role::Warning } else { Role::Dim };
            head.push(Row::new(look, cells).gap(1).text(role, &part).line());
        }
        // What has come of the last starts matters more than that there is nothing further to start.
        if let Some(rollout) = rollout {
            head.push(Line::default());
            head.extend(rollout.items.iter().map(|item| item_line(item, context.pipelines(), look, cells)));
        }
        frame.render_widget(Paragraph::new(head), area);
        return;
    };
    let chart_height = match area.height {
        0..=16 => 0,
        17..=22 => 3,
        23..=34 => 5,
        _ => 8,
    };
    let [top, axis, list, chart] = Layout::vertical([
        Constraint::Length(head.len() as u16),
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(chart_height + u16::from(chart_height > 0)),
    ])
    .areas(area);
    frame.render_widget(Paragraph::new(head), top);
    let names = plan.starts.iter().map(|placed| &placed.workflow).chain(&state.excluded);
    let longest = names.map(|name| width(&clean(short(name)))).max().unwrap_or(8);
    let name = longest.clamp(8, if cells < 100 { 18 } else { 26 });
    let columns = Columns { name, bars: 3 + name + 1 + 12 + 6 };
    let scale = scale(plan, cells.saturating_sub(columns.bars + 1));
    frame.render_widget(Paragraph::new(scale.axis(look, columns.bars, cells)), axis);
    draw_rows(frame, list, state, plan, (rollout, context.pipelines()), look, (&columns, &scale));
    if chart_height > 0 {
        draw_chart(frame, chart, state, plan, look, (&columns, &scale));
    }
}

fn short(name: &PipelineId) -> &str {
    name.as_str().strip_suffix(" Workflow").unwrap_or(name.as_str())
}

/// All of the plan, and of the night without it, fits.
fn scale(plan: &Plan, cells: usize) -> Scale {
    let before = plan.unstaggered.asked.steps().last().map_or(0, |(at, _)| *at);
    Scale::fitting(plan.origin, f64::from(plan.makespan.max(before).max(60)) * 1.02, cells)
}

/// What is planned, how the night is without it, how with it, and how far it is carried out.
fn head_lines(
    state: &StaggerState,
    context: &Context,
    rollout: Option<&Rollout>,
    look: &Look,
    cells: usize,
) -> Vec<Line<'static>> {
    let mut lines = vec![question_line(state, context, look, cells)];
    if let Some(plan) = &state.plan {
        let mut row = Row::new(look, cells);
        let unstaggered = &plan.unstaggered;
        row.gap(1).cell(if state.as_it_is { Role::Tab } else { Role::Dim }, "current", 8).gap(2);
        let bad = !unstaggered.over_limit.is_empty();
        let (glyph, role) = if bad { ("✖", Role::Bad) } else { ("✔", Role::Good) };
        row.text(role, look.glyphs.pick(glyph, if bad { "X" } else { "+" }));
        row.text(role, &format!(" peak {} DPU", unstaggered.peak));
        row.text(Role::Dim, &clean(&format!(" · {}", unstaggered.fate())));
        lines.push(row.line());
        lines.push(plan_line(state, plan, look, cells));
    }
    if let Some(rollout) = rollout {
        let mut row = Row::new(look, cells);
        row.gap(1).cell(Role::Dim, "rollout", 10);
        let failed = rollout.items.iter().any(|item| is_bad(item.progress(context.pipelines())));
        let role = if rollout.halted.is_some() || failed { Role::Bad } else { Role::Running };
        row.text(role, &rollout.tally(context.pipelines()));
        match (&rollout.halted, rollout.paused) {
            (Some(why), _) => row.text(Role::Bad, &clean(&format!(" · stopped: {why}"))),
            (None, true) if rollout.is_schedule() => {
                row.text(Role::Warning, " · paused: enter resume, U revert, D discard")
            }
            (None, true) => row.text(Role::Warning, " · paused: enter or P resume, D discard"),
            (None, false) => row.text(Role::Dim, &format!(" · {}", rollout.id)),
        };
        lines.push(row.line());
    }
    if cells >= 100 {
        lines.push(Line::default());
    }
    lines
}

fn question_line(state: &StaggerState, context: &Context, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    let count = match &state.plan {
        Some(plan) => counted_pipelines(plan.starts.iter().map(|start| &start.workflow)),
        None => counted_pipelines(&state.selected(context)),
    };
    row.gap(1).text(Role::Strong, &count);
    let mode = match (state.planner_options.mode, &state.plan) {
        (Mode::Now, _) if state.asked.is_empty() && cells < 100 => " missed tonight · start now, staggered".to_owned(),
        (Mode::Now, _) if state.asked.is_empty() => {
            " failed, skipped or missed tonight · start now, staggered".to_owned()
        }
        (Mode::Now, _) => " · start now, staggered".to_owned(),
        (Mode::Schedule(_), Some(plan)) => format!(" · schedules from {}Z", plan.origin.format("%-d %b %H:%M")),
        (Mode::Schedule(_), None) => " · schedules".to_owned(),
    };
    row.text(Role::Text, &mode);
    let source = if context.own_limit.is_some() { "configuration" } else { "Service Quotas" };
    if let Some(limit) = context.limit() {
        row.text(Role::Dim, " · limit ").text(Role::Strong, &format!("{limit} DPU"));
        row.text(Role::Dim, &format!(" ({source})"));
    }
    let estimate = state.planner_options.estimate;
    let grid = if state.planner_options.mode == Mode::Now { "1 s" } else { "5 min" };
    if state.halt_on_failure && state.planner_options.mode == Mode::Now {
        row.text(Role::Warning, " · stops at a failure");
    }
    row.text(
        Role::Dim,
        &format!(" · p{:.0} of past runs · margin {:.2} · grid {grid}", estimate.percentile, estimate.margin),
    );
    row.line()
}

fn plan_line(state: &StaggerState, plan: &Plan, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    row.gap(1).cell(if state.as_it_is { Role::Dim } else { Role::Strong }, "plan", 8).gap(2);
    if state.question.is_open() {
        return row.text(Role::Warning, "recalculating …").line();
    }
    let good = plan.is_within_limit();
    let (glyph, role) = if good { ("✔", Role::Good) } else { ("✖", Role::Bad) };
    row.text(role, look.glyphs.pick(glyph, if good { "+" } else { "X" }))
        .text(role, &format!(" peak {} DPU", plan.peak));
    let ends = plan.at(plan.makespan);
    let (long, bound) = (duration(i64::from(plan.makespan)), duration(i64::from(plan.lower_bound)));
    row.text(Role::Dim, " · done ").text(Role::Strong, &format!("{}Z", ends.format("%H:%M:%S")));
    row.text(Role::Dim, &format!(" ({long}) · ")).text(Role::Strong, &format!("{:.0} %", plan.gap() * 100.0));
    row.text(Role::Dim, &format!(" over minimum {bound}"));
    let late = plan.starts.iter().filter(|placed| placed.late > 0).count();
    if late > 0 {
        row.text(Role::Bad, &format!(" · {late} late"));
    }
    if !plan.left_out.is_empty() {
        row.text(Role::Warning, &format!(" · {} skipped", plan.left_out.len()));
    }
    row.line()
}

fn draw_rows(
    frame: &mut Frame<'_>,
    area: Rect,
    state: &StaggerState,
    plan: &Plan,
    (rollout, workflows): (Option<&Rollout>, &[Pipeline]),
    look: &Look,
    (columns, scale): (&Columns, &Scale),
) {
    let names = state.names();
    let index = state.index(&names);
    let scroll = state.scroll.get().showing(index, names.len(), area.height as usize);
    state.scroll.set(scroll);
    let window = names.iter().enumerate().skip(scroll.top).take(area.height as usize);
    let lines: Vec<Line<'static>> = window
        .map(|(n, name)| {
            let placed = plan.starts.iter().find(|placed| &placed.workflow == name);
            let item = rollout.and_then(|r| r.items.iter().find(|item| item.workflow == name.as_str()));
            let mut row = Row::new(look, area.width as usize);
            start_cells(&mut row, name, placed, (item, workflows), plan, state, look, columns);
            row.to(columns.bars);
            if let Some(placed) = placed {
                let pieces =
                    if state.as_it_is { bar_as_it_is(placed, plan) } else { bar(placed, f64::from(placed.start)) };
                scale.bar(&mut row, look, &pieces);
            }
            if n == index { row.selected() } else { row.line() }
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), area);
}

#[expect(clippy::too_many_arguments, reason = "one row of a table, from all that it shows")]
fn start_cells(
    row: &mut Row<'_>,
    name: &PipelineId,
    placed: Option<&PlannedStart>,
    (item, workflows): (Option<&Item>, &[Pipeline]),
    plan: &Plan,
    state: &StaggerState,
    look: &Look,
    columns: &Columns,
) {
    let (glyph, role) = progress_glyph(item.map(|item| item.progress(workflows)), look);
    row.gap(1).text(role, glyph).gap(1);
    let Some(placed) = placed else {
        let why = plan.left_out.iter().find(|(left_out, _)| left_out == name).map(|(_, why)| why);
        row.cell(Role::Dim, &clean(short(name)), columns.name).gap(1);
        match why {
            Some(why) => row.text(Role::Dim, &clean(&format!("skipped: {why}"))),
            None => row.text(Role::Off, "excluded"),
        };
        return;
    };
    row.cell(Role::Text, &clean(short(name)), columns.name).gap(1);
    let moves = match &placed.change {
        Some(change) => change.from != change.to,
        None => placed.start > 0,
    };
    let fixed = state.planner_options.each.get(name).is_some_and(|constraints| constraints.fixed.is_some());
    let (glyph, role) = match (fixed, moves) {
        (true, _) => (look.glyphs.pick("◆", "*"), Role::Key),
        (_, true) => (look.glyphs.pick("→", ">"), Role::Warning),
        _ => (" ", Role::Dim),
    };
    row.text(role, glyph).gap(1);
    let format = if plan.mode == Mode::Now { "%H:%M:%S" } else { "%H:%M" };
    let role = if placed.late > 0 { Role::Bad } else { Role::Dim };
    let as_it_is = plan.unstaggered.starts.iter().find(|(start, _)| start == name).map(|(_, start)| *start);
    let start = match as_it_is.filter(|_| state.as_it_is) {
        Some(start) => plan.origin + chrono::TimeDelta::seconds(start),
        None => plan.at(placed.start),
    };
    row.cell(role, &start.format(format).to_string(), 9);
    row.right(Role::Dim, &placed.demand.profile.peak().to_string(), 5).gap(2);
}

/// A start that was carried out, and what has come of it.
fn item_line(item: &Item, workflows: &[Pipeline], look: &Look, cells: usize) -> Line<'static> {
    let progress = item.progress(workflows);
    let (glyph, role) = progress_glyph(Some(progress), look);
    let name = item.workflow.strip_suffix(" Workflow").unwrap_or(&item.workflow);
    let mut row = Row::new(look, cells);
    row.gap(1).text(role, glyph).gap(1).cell(Role::Text, &clean(name), 28).gap(1);
    row.text(role, progress.word()).line()
}

/// Whether something went wrong with an item, or with the run that it started.
fn is_bad(progress: Progress) -> bool {
    matches!(progress, Progress::Item(State::Refused) | Progress::Ended(Outcome::Failed))
}

fn progress_glyph(progress: Option<Progress>, look: &Look) -> (&'static str, Role) {
    let glyphs = &look.glyphs;
    match progress {
        Some(Progress::Item(State::Done) | Progress::Ended(Outcome::Succeeded)) => (glyphs.pick("✔", "+"), Role::Good),
        Some(progress) if is_bad(progress) => (glyphs.pick("✖", "X"), Role::Bad),
        Some(Progress::Ended(_)) => (glyphs.pick("◐", "%"), Role::Warning),
        Some(Progress::Running) => (glyphs.pick("▶", ">"), Role::Running),
        Some(Progress::Started | Progress::Item(State::Sent)) => (glyphs.pick("▷", ">"), Role::Running),
        Some(Progress::Item(State::Unknown)) => ("?", Role::Warning),
        Some(Progress::Item(State::Skipped)) => (glyphs.pick("⊘", "-"), Role::Off),
        Some(Progress::Item(_)) => (glyphs.pick("·", "."), Role::Dim),
        None => (" ", Role::Dim),
    }
}

/// The steps as they usually go, in the color of their layer; behind them, until when it is counted with.
fn bar(placed: &PlannedStart, start: f64) -> Vec<BarPiece> {
    let role = |window: &Window| layers::layer(&window.target).map_or(Role::Running, Role::of_layer);
    let end = start + f64::from(placed.demand.profile.length);
    let tail = BarPiece { from: start, to: end, role: Role::Line };
    let windows = placed.demand.windows.iter().map(|window| BarPiece {
        from: start + f64::from(window.usual.0),
        to: start + f64::from(window.usual.1),
        role: role(window),
    });
    [tail].into_iter().chain(windows).collect()
}

/// The same without the plan: what fails at the limit ends there.
fn bar_as_it_is(placed: &PlannedStart, plan: &Plan) -> Vec<BarPiece> {
    let of = |(name, _): &&(PipelineId, _)| name == &placed.workflow;
    let start = plan.unstaggered.starts.iter().find(of).map_or(0, |(_, start)| *start) as f64;
    let mut pieces = bar(placed, start);
    let failed = plan.unstaggered.over_limit.iter().find(|(name, _)| name == &placed.workflow);
    if let Some((_, at)) = failed {
        let at = (*at - plan.origin).num_seconds() as f64;
        pieces.retain(|piece| piece.role != Role::Line && piece.from < at);
        pieces.push(BarPiece { from: at, to: at + 1.0, role: Role::Bad });
    }
    pieces
}

fn draw_chart(
    frame: &mut Frame<'_>,
    area: Rect,
    state: &StaggerState,
    plan: &Plan,
    look: &Look,
    (columns, scale): (&Columns, &Scale),
) {
    let most = |timeline: &Timeline| -> Vec<f64> {
        (0..scale.cells)
            .map(|cell| {
                let (from, to) = (cell as f64 * scale.seconds_per_cell, (cell + 1) as f64 * scale.seconds_per_cell);
                let inside = timeline.steps().iter().filter(|(at, _)| f64::from(*at) > from && f64::from(*at) < to);
                let highest = inside.map(|(_, dpu)| *dpu).chain([timeline.at(from as u32)]).max();
                highest.map_or(0.0, |dpu| dpu.as_f64())
            })
            .collect()
    };
    let (after, before) = (most(&plan.after), most(&plan.unstaggered.asked));
    let (filled, line) = if state.as_it_is { (&before, &after) } else { (&after, &before) };
    let chart = Chart { filled, line, limit: plan.limit.as_f64() };
    let width = area.width as usize;
    let mut lines = chart.rows(look, area.height.saturating_sub(1) as usize, columns.bars, width);
    let mut legend = Row::new(look, width);
    let (block, dash) = (look.glyphs.pick("█", "#"), look.glyphs.pick("╌", "~"));
    legend.to(columns.bars).text(Role::Good, block);
    match state.as_it_is {
        true => {
            legend.text(Role::Dim, " current DPUs, in ").text(Role::Bad, block).text(Role::Dim, " above the limit   ")
        }
        false => legend.text(Role::Dim, " planned DPUs   "),
    };
    let other = if state.as_it_is { " planned" } else { " current" };
    legend.text(Role::Bad, dash).text(Role::Dim, other);
    lines.push(legend.line());
    frame.render_widget(Paragraph::new(lines), area);
}

/// The line under the screen about the selected start.
pub(super) fn context_line(state: &StaggerState, look: &Look, width: usize) -> Line<'static> {
    let mut row = Row::new(look, width);
    row.gap(1);
    let Some((placed, plan)) = state.placed().zip(state.plan.as_ref()) else { return row.line() };
    row.text(Role::Strong, &clean(short(&placed.workflow)));
    let (start, end) = (plan.at(placed.start), plan.at(placed.end()));
    row.text(Role::Dim, &format!(" {} to {}Z", start.format("%H:%M:%S"), end.format("%H:%M:%S")));
    row.text(Role::Text, &clean(&format!(" · {}", placed.why)));
    if let Some(constraints) =
        state.planner_options.each.get(&placed.workflow).filter(|constraints| constraints.priority > 0)
    {
        row.text(Role::Dim, &format!(" · priority {}", constraints.priority));
    }
    if let Some(change) = placed.change.as_ref().filter(|change| change.from != change.to) {
        row.text(Role::Dim, &clean(&format!(" · {} to {}", change.from, change.to)));
    }
    if let Some(note) = placed.demand.notes.first() {
        row.text(Role::Warning, &clean(&format!(" · {note}")));
    }
    row.line()
}
