//! Painting the metrics of a job run: a line of bars each, over the run's time.

use super::JobState;
use crate::flow::Load;
use crate::ui::text::{clean, wrap};
use crate::ui::{Look, Role, Row};
use gluedeck_core::domain::{Series, Unit};
use ratatui::layout::Rect;
use ratatui::text::Line;

/// Cells of a metric's title, and of its highest and its last value.
const TITLE: usize = 21;
const VALUE: usize = 10;

/// The metrics, or why there are none.
pub(super) fn lines(state: &JobState, look: &Look, area: Rect) -> Vec<Line<'static>> {
    let cells = area.width as usize;
    let say = |role: Role, text: &str| -> Vec<Line<'static>> {
        let parts = wrap(&clean(text), cells.saturating_sub(3));
        parts.iter().map(|part| Row::new(look, cells).gap(1).text(role, part).line()).collect()
    };
    let selected = state.run().and_then(|run| run.id.as_ref());
    if selected != state.metrics_of.as_ref() {
        return say(Role::Dim, "m reads the metrics of the selected run.");
    }
    let series = match &state.metrics {
        Load::Failed { fault, old: None, .. } => {
            let mut lines = say(Role::Bad, &format!("Metrics not loaded: {fault}"));
            lines.extend(say(Role::Dim, fault.advice()));
            return lines;
        }
        load => match load.value() {
            None => return say(Role::Dim, "loading …"),
            Some(series) => series,
        },
    };
    if series.iter().all(|series| series.points.is_empty()) {
        let why = "No metrics: the job runs without --enable-metrics, is no Spark job, or they have not arrived yet.";
        return say(Role::Dim, why);
    }
    let bars = cells.saturating_sub(TITLE + 2 * VALUE + 4).clamp(8, 100);
    let mut heading = Row::new(look, cells);
    heading.gap(1).cell(Role::Dim, "METRIC", TITLE).right(Role::Dim, "HIGHEST", VALUE).right(Role::Dim, "LAST", VALUE);
    let mut lines = vec![heading.gap(2).text(Role::Dim, "FROM START TO END").line()];
    lines.extend(series.iter().map(|series| line(series, bars, look, cells)));
    lines
}

fn line(series: &Series, bars: usize, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    row.gap(1).cell(Role::Text, series.metric.title, TITLE);
    let values: Vec<f64> = series.points.iter().map(|(_, value)| *value).collect();
    let Some(last) = values.last() else { return row.text(Role::Dim, "none").line() };
    let highest = values.iter().copied().fold(f64::MIN, f64::max);
    let unit = series.metric.unit;
    row.right(Role::Strong, &unit.words(highest), VALUE).right(Role::Dim, &unit.words(*last), VALUE).gap(2);
    // A share is a part of the whole, anything else of its own highest.
    let whole = if unit == Unit::Share { 1.0 } else { highest.max(1.0) };
    for value in fitted(&values, bars) {
        let level = (value / whole * 8.0).clamp(0.0, 8.0).ceil() as usize;
        let role = if unit == Unit::Share && value > 0.9 { Role::Bad } else { Role::Good };
        row.text(if level == 0 { Role::Dim } else { role }, look.glyphs.bar(level));
    }
    row.line()
}

/// As many values as there is room for: of each stretch the highest; a few are as wide as the room lets them be.
fn fitted(values: &[f64], room: usize) -> Vec<f64> {
    let stretch = values.len().div_ceil(room.max(1)).max(1);
    let highest = values.chunks(stretch).map(|part| part.iter().copied().fold(f64::MIN, f64::max));
    let wide = (room / values.len().max(1)).max(1);
    highest.flat_map(|value| std::iter::repeat_n(value, wide)).collect()
}
