//! Painting Athena: the catalog beside, the editor above, where the query stands between, rows or a panel below.

use super::run::{Phase, Run};
use super::{AthenaState, Focus, Panel, Typing, grid_view, panel_view, start_view, tree_view};
use crate::flow::{Context, Load};
use crate::ui::text::{bytes, clean, counted, cut, scan, skip, thousands, width, wrap};
use crate::ui::{Look, Role, Row};
use gluedeck_core::analysis::reason::duration;
use gluedeck_core::analysis::rows::Rows;
use gluedeck_core::analysis::sql::{advice, position, statements, suggest, typography};
use gluedeck_core::domain::{Fault, QueryExecution, QueryState, Time};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Clear, Paragraph};

/// With less room beside it the catalog takes the whole width while it is used.
const TREE: u16 = 34;

/// Draws the screen.
pub fn draw(frame: &mut Frame<'_>, area: Rect, state: &AthenaState, context: &Context, look: &Look) {
    let beside = area.width >= 100;
    if state.tree_shown && !beside && state.focus == Focus::Catalog {
        return tree_view::draw(frame, area, state, context, look);
    }
    let area = if state.offers_catalog() && beside {
        let [tree, rest] = Layout::horizontal([Constraint::Length(TREE), Constraint::Min(1)]).areas(area);
        tree_view::draw(frame, tree, state, context, look);
        rest
    } else {
        area
    };
    draw_work(frame, area, state, context, look);
}

fn draw_work(frame: &mut Frame<'_>, area: Rect, state: &AthenaState, context: &Context, look: &Look) {
    let cells = area.width as usize;
    let lines = state.tab().editor.text().split('\n').count() as u16;
    // The editor takes what its text needs, and more of the screen while one writes.
    let most = if state.focus == Focus::Editor { area.height * 2 / 5 } else { area.height / 4 };
    let editor_height = lines.clamp(4, most.max(4));
    let [bar, editor, rule, status, results] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(editor_height),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(1),
    ])
    .areas(area);
    frame.render_widget(Paragraph::new(bar_line(state, context, look, cells)), bar);
    let line = look.glyphs.pick("┄", "-").repeat(cells);
    frame.render_widget(Paragraph::new(Row::new(look, cells).text(Role::Line, &line).line()), rule);
    frame.render_widget(Paragraph::new(status_line(state, context, look, cells)), status);
    draw_below(frame, results, state, context, look);
    let inner = Rect { x: editor.x + 2, width: editor.width.saturating_sub(2), ..editor };
    draw_editor(frame, inner, area, state, look);
}

fn draw_editor(frame: &mut Frame<'_>, inner: Rect, whole: Rect, state: &AthenaState, look: &Look) {
    let tab = state.tab();
    let size = (inner.width as usize, inner.height as usize);
    let focused = state.focus == Focus::Editor;
    let error = tab.run().and_then(|run| run.error_place(&tab.editor.text()));
    frame.render_widget(Paragraph::new(tab.editor.lines(look, size, focused, error)), inner);
    if tab.editor.is_blank() && !focused {
        frame.render_widget(Paragraph::new(start_view::keys(look, size.0)), inner);
    }
    let Some(completing) = state.completing() else { return };
    let (x, y) = tab.editor.cursor_cell(size.0, size.1);
    let items = &completing.completion.items;
    let text_width = items.iter().take(40).map(|item| item.text.chars().count()).max().unwrap_or(8).clamp(10, 36);
    let note_width = items.iter().take(40).map(|item| item.note.chars().count()).max().unwrap_or(0).clamp(14, 48);
    let (width, room) = (text_width + note_width + 4, (whole.bottom().saturating_sub(inner.y + y as u16 + 1)).min(10));
    let height = items.len().min(room as usize) as u16;
    let left = (inner.x + x as u16).min(whole.right().saturating_sub(width as u16));
    let area = Rect { x: left, y: inner.y + y as u16 + 1, width: (width as u16).min(whole.width), height };
    let top = (completing.selected + 1).saturating_sub(height as usize);
    let line = |(n, item): (usize, &gluedeck_core::analysis::sql::complete::Item)| {
        let mut row = Row::new(look, area.width as usize);
        row.text(Role::Key, look.glyphs.pick("▏", "|"))
            .cell(Role::Text, &clean(&item.text), text_width)
            .gap(1)
            .text(Role::Dim, &clean(&item.note));
        if n == completing.selected {
            return row.selected();
        }
        let left = row.left();
        row.gap(left).line()
    };
    let shown = items.iter().enumerate().skip(top).take(height as usize).map(line);
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new(shown.collect::<Vec<_>>()), area);
}

/// The line under the screen.
pub fn context_line(state: &AthenaState, context: &Context, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    row.gap(1);
    if let Some((typing, input)) = &state.typing {
        return typing_line(typing, &input.text, state, &mut row);
    }
    if state.shows_start() && state.focus == Focus::Results {
        let text = "enter puts the selected query into the editor, where ctrl-r runs it";
        return row.text(Role::Dim, text).line();
    }
    if state.focus == Focus::Editor {
        return advice_line(state, context, &mut row);
    }
    if state.focus == Focus::Catalog {
        if let Some((database, table)) = state.tree.table_of(context) {
            row.text(Role::Text, &clean(&format!("{database}.{}", table.name)));
            row.text(Role::Dim, &format!("  {}", counted(table.all_columns().count(), "column")));
            row.text(Role::Dim, &clean(&format!("  {}", table.location.as_deref().unwrap_or_default())));
        }
        return row.line();
    }
    // A list has no row of the result in sight.
    let listed =
        matches!(state.panel, Some(Panel::History { .. } | Panel::Library | Panel::Workgroups | Panel::Databases));
    if let Some((run, rows)) = state.tab().rows().filter(|_| !listed) {
        row.text(Role::Dim, &row_place(run, rows));
        if let Some(column) = run.grid.selected_column().and_then(|n| rows.columns.get(n)) {
            row.text(Role::Dim, "  ")
                .text(Role::Text, &clean(&column.name))
                .gap(1)
                .text(Role::Dim, &clean(&column.kind));
        }
        if run.grid.is_behind(rows) {
            row.text(Role::Running, "  sorting …");
        }
        let hidden = rows.columns.len() - run.grid.columns.len().min(rows.columns.len());
        if hidden > 0 {
            row.text(Role::Dim, &format!("  {} hidden, + show", counted(hidden, "column")));
        }
        if !run.grid.arrangement.filter.is_empty() {
            let filter: Vec<&str> = run.grid.arrangement.filter.iter().map(|c| c.text.as_str()).collect();
            row.text(Role::Warning, &clean(&format!("  filter {}", filter.join(" ")))).text(Role::Dim, ", esc clears");
        }
    }
    row.line()
}

/// What is being typed, and how.
fn typing_line(typing: &Typing, text: &str, state: &AthenaState, row: &mut Row<'_>) -> Line<'static> {
    if let Typing::Plain { parts } = typing {
        let text = state.tab().editor.text();
        let sql = |part: &std::ops::Range<usize>| text.get(part.clone()).unwrap_or_default();
        let count: usize = parts.iter().map(|part| typography::foreign(sql(part)).len()).sum();
        let first = parts.iter().find_map(|part| {
            let mut first = typography::foreign(sql(part)).into_iter().next()?;
            // Where it is in the tab, not in its statement.
            let before = text.get(..part.start)?;
            if first.line == 1 {
                first.column += before.rsplit('\n').next().map_or(0, |line| line.chars().count());
            }
            first.line += before.matches('\n').count();
            Some(first)
        });
        let Some(first) = first else { return row.line() };
        let all = counted(count, "character");
        row.text(Role::Key, "enter").text(Role::Text, &format!(" replaces {all} and runs · ")).text(Role::Key, "esc");
        row.text(Role::Text, " cancels · ");
        return row.text(Role::Warning, &clean(&format!("{first}, not valid in SQL"))).line();
    }
    let (what, help) = match typing {
        Typing::Parameter { name, .. } => (format!(":{name} = "), "a number, a date or text · enter · esc cancel"),
        Typing::Filter => ("rows with: ".to_owned(), "text · column:text · column>5 · column:null · !inverse"),
        Typing::Local => ("local SQL: ".to_owned(), "the table is named result · no scan, no cost"),
        Typing::Export => ("export as: ".to_owned(), "by extension: .csv .json .jsonl .md .sql .parquet"),
        Typing::Find => ("find in the catalog: ".to_owned(), "tables and columns · enter keep · esc clear"),
        Typing::Search | Typing::Plain { .. } => ("search: ".to_owned(), "enter keep · esc cancel"),
    };
    row.text(Role::Key, &clean(&what)).text(Role::Strong, &clean(text)).text(Role::Key, "▏");
    row.gap(2).text(Role::Dim, help).line()
}

/// Which row is selected, of how many.
fn row_place(run: &Run, rows: &Rows) -> String {
    let shown = run.grid.len(rows);
    let of = if shown == rows.len() { String::new() } else { format!(", {} fetched", thousands(rows.len() as u64)) };
    let more = if run.more { ", more on the server" } else { "" };
    match (rows.is_empty(), shown) {
        (true, _) => "no rows".to_owned(),
        (false, 0) => format!("no rows match{of}"),
        _ => format!("row {} of {}{of}{more}", thousands(run.grid.row as u64 + 1), thousands(shown as u64)),
    }
}

/// What the statement under the cursor may cost.
fn advice_line(state: &AthenaState, context: &Context, row: &mut Row<'_>) -> Line<'static> {
    let editor = &state.tab().editor;
    let text = editor.text();
    let Some(statement) = statements::at(&text, editor.cursor()) else {
        return row.text(Role::Dim, "draft saved").line();
    };
    let database = state.query_context.database.as_deref();
    let advice = advice::of(statement.text(&text), database, &context.catalog.databases);
    match (advice.most_bytes, advice.warnings.is_empty()) {
        (Some(most), _) => {
            row.text(Role::Dim, &format!("at most {}, ${:.5}", bytes(most), advice.most_cost().unwrap_or(0.0)))
        }
        (None, false) => match state.lists.dearest(statement.text(&text)) {
            Some(scanned) => row.text(Role::Dim, &format!("an earlier query scanned {}", bytes(scanned))),
            None => row.text(Role::Dim, "scan size unknown"),
        },
        (None, true) => row.text(Role::Dim, "draft saved"),
    };
    for warning in &advice.warnings {
        row.text(Role::Warning, &clean(&format!(" · {warning}")));
    }
    row.line()
}

fn bar_line(state: &AthenaState, context: &Context, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    let title = if state.focus == Focus::Editor { Role::Key } else { Role::Dim };
    row.gap(1).text(title, "SQL");
    if state.tabs.len() > 1 {
        row.text(Role::Text, &format!(" tab {} of {}", state.at + 1, state.tabs.len()));
    }
    row.text(Role::Dim, "  database ");
    match (&state.query_context.database, &context.databases) {
        (Some(name), _) => row.text(Role::Strong, &clean(name)),
        (None, Load::Failed { fault, .. }) => row.text(Role::Bad, &format!("unknown: {}", fault.headline())),
        (None, Load::Ready { .. }) => row.text(Role::Dim, "none"),
        _ => row.text(Role::Dim, "…"),
    };
    row.text(Role::Dim, "  workgroup ").text(Role::Text, &clean(state.query_context.workgroup()));
    if let Some(catalog) = &state.query_context.catalog {
        row.text(Role::Dim, "  catalog ").text(Role::Text, &clean(catalog));
    }
    if let Some(minutes) = state.query_context.reuse_minutes {
        row.text(Role::Dim, &format!("  reuse results up to {minutes} min old"));
    }
    if let Some((fault, _)) = state.tables_read(&context.catalog).and_then(Load::fault) {
        row.text(Role::Warning, &format!("  tables: {}", fault.headline()));
    }
    row.line()
}

fn status_line(state: &AthenaState, context: &Context, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    row.gap(1);
    let tab = state.tab();
    let Some(run) = tab.run() else {
        return row.text(Role::Dim, if state.shows_start() { "" } else { "no query run yet" }).line();
    };
    if tab.runs.len() > 1 {
        row.text(Role::Dim, &format!("{}/{}  ", tab.shown + 1, tab.runs.len()));
    }
    let seconds = context.moment.wall.saturating_sub(run.since).as_secs_f64();
    match &run.phase {
        Phase::Starting { cancel: true } => drop(row.text(Role::Warning, "STARTING, will be cancelled")),
        Phase::Starting { .. } => drop(row.text(Role::Running, &format!("STARTING  {seconds:.1} s"))),
        Phase::Running { execution, retry_fault: bad, stopping } => {
            let word = clean(execution.state.word());
            row.text(Role::Running, &format!("{} {word}", look.glyphs.pick("▶", ">")));
            row.text(Role::Dim, &format!("  {seconds:.1} s"));
            if *stopping {
                row.text(Role::Warning, "  cancelling");
            }
            if let Some(scanned) = execution.scanned_bytes {
                row.text(Role::Text, &format!("  {}", scan(scanned)));
            }
            if run.left_running {
                row.text(Role::Dim, "  keeps running after quit");
            }
            retrying(&mut row, bad.as_ref(), context);
        }
        Phase::Reading { execution, retry_fault: bad } => {
            ended(&mut row, execution, run, look);
            row.text(Role::Running, "  loading rows");
            retrying(&mut row, bad.as_ref(), context);
        }
        Phase::Ended(execution) => ended(&mut row, execution, run, look),
        Phase::Failed { fault, at } => {
            let text = format!("{} {} {}", look.glyphs.pick("✖", "X"), fault.headline(), at.format("%H:%M:%SZ"));
            row.text(Role::Bad, &text);
        }
        Phase::Local => drop(row.text(Role::Running, &format!("on this machine  {seconds:.1} s"))),
        Phase::LocalEnded(took) => {
            row.text(Role::Good, look.glyphs.pick("✔", "+"));
            row.text(Role::Dim, &format!(" on this machine in {:.2} s, nothing scanned  ", took.as_secs_f64()));
            row.text(Role::Text, &clean(&cut(&run.sql, 60)));
        }
        Phase::LocalFailed(_) => drop(row.text(Role::Bad, &format!("{} on this machine", look.glyphs.pick("✖", "X")))),
    }
    if let Some(why) = &run.stopped {
        row.text(Role::Warning, &format!("  {why}"));
    }
    if !tab.queue.is_empty() {
        row.text(Role::Dim, &format!("  {} queued", counted(tab.queue.len(), "statement")));
    }
    row.line()
}

fn retrying(row: &mut Row<'_>, bad: Option<&(Fault, Time)>, context: &Context) {
    if let Some((fault, since)) = bad {
        let age = duration((context.now() - *since).num_seconds());
        row.text(Role::Warning, &format!("  {} for {age}, retrying", fault.headline()));
    }
}

fn ended(row: &mut Row<'_>, execution: &QueryExecution, run: &Run, look: &Look) {
    let (glyph, role) = match execution.state {
        QueryState::Succeeded => (look.glyphs.pick("✔", "+"), Role::Good),
        QueryState::Cancelled => (look.glyphs.pick("■", "S"), Role::Warning),
        _ => (look.glyphs.pick("✖", "X"), Role::Bad),
    };
    row.text(role, &format!("{glyph} {}", clean(execution.state.word())));
    if let Some(engine) = execution.engine_millis {
        row.text(Role::Dim, &format!("  {:.1} s", engine as f64 / 1_000.0));
    }
    if let Some(queue) = execution.queue_millis.filter(|queue| *queue > 100) {
        row.text(Role::Dim, &format!(" (queue {:.1})", queue as f64 / 1_000.0));
    }
    match (execution.reused, execution.cost(), execution.scanned_bytes) {
        (true, ..) => row.text(Role::Good, "  reused result, nothing scanned"),
        (false, Some(cost), Some(scanned)) => {
            row.text(Role::Dim, &format!("  scanned {}, about ${cost:.5}", bytes(scanned)))
        }
        _ => row,
    };
    if let Some(rows) = run.rows.as_ref().filter(|rows| !rows.columns.is_empty()) {
        let count = match rows.len() {
            1 => "1 row".to_owned(),
            count => counted(count, "row"),
        };
        row.text(Role::Text, &format!("  {count}"));
    }
    if let Some(updated) = run.updated.filter(|updated| *updated > 0) {
        row.text(Role::Text, &format!("  {} written", counted(updated as usize, "row")));
    }
}

/// The rows, or why there are none. An error stands above the rows of the query before, which stay.
fn draw_below(frame: &mut Frame<'_>, area: Rect, state: &AthenaState, context: &Context, look: &Look) {
    if state.panel.is_some() {
        return panel_view::draw(frame, area, state, context, look);
    }
    if state.shows_start() {
        return start_view::draw(frame, area, state, context, look);
    }
    let cells = area.width as usize;
    let tab = state.tab();
    let error = tab.run().and_then(Run::error);
    let mut lines: Vec<Line<'static>> = Vec::new();
    for part in error.iter().flat_map(|error| wrap(&clean(error), cells.saturating_sub(4))) {
        lines.push(Row::new(look, cells).gap(2).text(Role::Bad, &part).line());
    }
    if let Some(run) = tab.run().filter(|_| error.is_some()) {
        lines.extend(place_lines(run, state, context, look, cells));
    }
    let rows = tab.rows();
    if error.is_some() && rows.is_some() {
        lines.push(Row::new(look, cells).gap(2).text(Role::Dim, "Below: rows of the previous query.").line());
    }
    let room = (area.height as usize).saturating_sub(lines.len());
    if let Some((run, rows)) = rows {
        lines.extend(grid_view::table(run, rows, state.focus == Focus::Results, look, (cells, room)));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

/// The line of the statement that its error points at, with a caret under the place, and what may have been meant.
fn place_lines(run: &Run, state: &AthenaState, context: &Context, look: &Look, cells: usize) -> Vec<Line<'static>> {
    let Some(message) = run.server_message() else { return Vec::new() };
    let mut lines = Vec::new();
    if let Some(at) = position::of_error(message, &run.sql) {
        let (line, letters) = position::line_at(&run.sql, at);
        let before: String = line.chars().take(letters).collect();
        let column = width(&clean(&before));
        // A place far to the right is brought into sight.
        let left = (column + 8).saturating_sub(cells.saturating_sub(6));
        lines.push(Row::new(look, cells).gap(4).text(Role::Text, &skip(&clean(line), left)).line());
        lines.push(Row::new(look, cells).gap(4 + column - left).text(Role::Bad, "^").line());
    }
    let database = state.query_context.database.as_deref();
    if let Some(name) = suggest::did_you_mean(message, &run.sql, database, &context.catalog.databases) {
        let mut row = Row::new(look, cells);
        lines.push(
            row.gap(2).text(Role::Dim, "Did you mean ").text(Role::Strong, &clean(&name)).text(Role::Dim, "?").line(),
        );
    }
    lines
}
