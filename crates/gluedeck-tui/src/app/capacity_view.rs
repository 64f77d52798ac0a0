//! Drawing who holds how many DPUs, and who waits for some.

use crate::flow::Context;
use crate::ui::text::{clean, cut_middle};
use crate::ui::{Look, Role, Row, Scroll, popup};
use gluedeck_core::analysis::capacity::{self, Holder};
use gluedeck_core::analysis::reason::duration;
use gluedeck_core::domain::StepState;
use ratatui::Frame;
use ratatui::text::Line;

/// Draws the list, the largest first.
pub(super) fn draw(frame: &mut Frame<'_>, context: &Context, look: &Look, selected: usize) {
    let screen = frame.area();
    let cells = (screen.width as usize).saturating_sub(8).min(110);
    let holders = capacity::holders(context.pipelines(), context.now());
    let mut lines = vec![total_line(context, look, cells)];
    if holders.is_empty() {
        lines.push(Row::new(look, cells).text(Role::Dim, "No run holds DPUs, and none waits for some.").line());
    } else {
        let mut heading = Row::new(look, cells);
        heading.gap(1).right(Role::Dim, "DPU", 6).gap(2).cell(Role::Dim, "CLASS", 10).cell(Role::Dim, "FOR", 9);
        lines.push(heading.text(Role::Dim, "RUN OF").line());
    }
    let head = lines.len();
    let room = (screen.height as usize).saturating_sub(4 + head).max(1);
    let selected = selected.min(holders.len().saturating_sub(1));
    let top = (selected + 1).saturating_sub(room);
    let window = holders.iter().enumerate().skip(top).take(room);
    lines.extend(window.map(|(n, holder)| line(holder, context, look, cells, n == selected)));
    let area = popup::area(screen, cells as u16, lines.len() as u16);
    let position = Scroll { top, height: room, rows: holders.len() }.position();
    popup::draw_part(frame, area, look, "DPUs · enter: open the run's job · esc close", (Role::Key, position), lines);
}

/// Both sums, each against its limit, and how old they are.
fn total_line(context: &Context, look: &Look, cells: usize) -> Line<'static> {
    let held = context.dpu_held();
    let of = |limit: Option<f64>| limit.map_or_else(|| "an unknown limit".to_owned(), |limit| limit.to_string());
    let mut row = Row::new(look, cells);
    row.text(Role::Strong, &format!("{} of {}", held.standard, of(context.limit())));
    let flex_limit = context.flex_limit.value().copied().flatten();
    row.text(Role::Strong, &format!(" · FLEX {} of {}", held.flex, of(flex_limit)));
    let age = context.age_seconds().map(|seconds| format!(" · read {} ago", duration(seconds as i64)));
    row.text(Role::Dim, &age.unwrap_or_default()).line()
}

fn line(holder: &Holder<'_>, context: &Context, look: &Look, cells: usize, selected: bool) -> Line<'static> {
    let Holder { pipeline, target, attempt } = holder;
    let mut row = Row::new(look, cells);
    let waits = attempt.state == StepState::Waiting;
    let role = if waits { Role::Warning } else { Role::Text };
    let dpu = attempt.dpu.map_or_else(|| "?".to_owned(), |dpu| dpu.to_string());
    let class = if attempt.flex { "FLEX" } else { "standard" };
    row.gap(1).right(role, &dpu, 6).gap(2).cell(Role::Dim, class, 10);
    row.cell(Role::Dim, &attempt.elapsed_seconds(context.now()).map(duration).unwrap_or_default(), 9);
    let name = clean(target.name());
    let of = match pipeline.id.as_str() == target.name() {
        true => String::new(),
        false => format!(" of {}", clean(pipeline.short_name())),
    };
    row.text(role, &cut_middle(&name, 40)).text(Role::Dim, &of);
    if waits {
        let why = attempt.detail.as_deref().unwrap_or("waits for capacity");
        row.text(Role::Warning, &format!("  {}", clean(why)));
    }
    if selected { row.selected() } else { row.line() }
}
