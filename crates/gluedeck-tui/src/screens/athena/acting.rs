//! Commands on rows, lists and the tree.

use super::panels::{Entry, LibraryEntry, Panel};
use super::run::Run;
use super::running::ask_to_stop;
use super::tree::Node;
use super::{AthenaState, Focus, Typing};
use crate::flow::{Action, Command, Context, Effect};
use crate::ui::LineInput;
use crate::ui::scroll::moved;
use gluedeck_core::analysis::rows::chart::ChartKind;
use gluedeck_core::analysis::rows::copy::Form;
use gluedeck_core::analysis::rows::{Rows, show, statistics};
use gluedeck_core::domain::QueryExecution;
use gluedeck_core::request::{ListQueries, StopQuery};
use std::collections::HashMap;
use thiserror::Error;

/// Rows that a copy takes at the most: a clipboard holds no million.
const MAX_COPIED_ROWS: usize = 1_000;

/// Why nothing can be copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CopyError {
    #[error("no rows to copy")]
    NoRows,
    #[error("no column is selected")]
    NoColumn,
    #[error("no row is selected")]
    NoRow,
    #[error("copy as markdown, csv, json, jsonl, values, column, row or id")]
    UnknownForm,
}

impl AthenaState {
    pub(super) fn in_results(&mut self, command: Command) -> Vec<Action> {
        match command {
            Command::PreviousResult => {
                let tab = self.tab_mut();
                tab.shown = tab.shown.saturating_sub(1);
                return Vec::new();
            }
            Command::NextResult => {
                let tab = self.tab_mut();
                tab.shown = moved(tab.shown, 1, tab.runs.len());
                return Vec::new();
            }
            Command::CopyName if self.tab().rows().is_none() => return self.copy_id(),
            Command::Halt => {
                return vec![Action::Notice("H lists the queries; f cancels the selected one there".into())];
            }
            _ => {}
        }
        let Some(run) = self.tab_mut().run_with_rows() else { return Vec::new() };
        let Run { number, rows: Some(rows), grid, .. } = run else { return Vec::new() };
        let number = *number;
        if let Some(step) = command.step(grid.scroll.get().page()) {
            grid.down(step, rows);
            return Vec::new();
        }
        match command {
            Command::Left => grid.right(-1),
            Command::Right => grid.right(1),
            Command::SortColumn => return grid.sort(number, Some(&*rows)),
            Command::HideColumn => {
                if !grid.hide() {
                    return vec![Action::Notice("Cannot hide the last column".into())];
                }
            }
            Command::ShowColumns => grid.show_all(rows),
            Command::PinColumn => grid.pin(),
            Command::Wider => grid.resize(4),
            Command::Narrower => grid.resize(-4),
            Command::CarryLeft => grid.carry(-1),
            Command::CarryRight => grid.carry(1),
            Command::Back => return grid.filter(Vec::new(), number, Some(&*rows)),
            command => return self.about_rows(command),
        }
        Vec::new()
    }

    /// Commands that show or take the rows elsewhere.
    fn about_rows(&mut self, command: Command) -> Vec<Action> {
        let Some((run, rows)) = self.tab().rows() else { return Vec::new() };
        let grid = &run.grid;
        let cell = || Some((grid.row_at(grid.row)?, grid.selected_column()?));
        match command {
            Command::Open => self.panel = Some(Panel::Record),
            Command::CellPage => {
                let Some((row, column)) = cell() else { return Vec::new() };
                return vec![page_of(rows, row, column)];
            }
            Command::Statistics => {
                let Some(column) = grid.selected_column() else { return Vec::new() };
                let order = grid.order(rows);
                let found = statistics::of(rows, order.iter().map(|row| *row as usize), column);
                self.panel = Some(Panel::Statistics(Box::new(found)));
            }
            Command::Chart => self.panel = Some(Panel::Chart(ChartKind::Bars)),
            Command::Filter => {
                let text = grid.arrangement.filter.iter().map(|condition| condition.text.as_str()).collect::<Vec<_>>();
                self.typing = Some((Typing::Filter, LineInput { text: text.join(" ") }));
            }
            Command::LocalSql => {
                let text = "select * from result where ".to_owned();
                self.typing = Some((Typing::Local, LineInput { text }));
            }
            Command::Export => self.typing = Some((Typing::Export, LineInput { text: "result.csv".to_owned() })),
            Command::Copy => {
                let Some((row, column)) = cell() else { return Vec::new() };
                return vec![Action::Copy(rows.cell(row, column).unwrap_or("NULL").to_owned())];
            }
            Command::CopyName => {
                let Some(row) = grid.row_at(grid.row) else { return Vec::new() };
                let cells: Vec<&str> = rows.row(row).map(|cell| cell.unwrap_or("NULL")).collect();
                return vec![Action::Copy(cells.join("\t"))];
            }
            _ => {}
        }
        Vec::new()
    }

    /// Copies what is shown in a form, or the column, or the query's id.
    ///
    /// # Errors
    /// If there is nothing of the kind.
    pub fn copy_as(&self, what: &str) -> Result<Vec<Action>, CopyError> {
        if what == "id" {
            return Ok(self.copy_id());
        }
        let (run, rows) = self.tab().rows().ok_or(CopyError::NoRows)?;
        let grid = &run.grid;
        let order = grid.order(rows);
        let some = order.iter().take(MAX_COPIED_ROWS).map(|row| *row as usize);
        let text = match what {
            "column" => {
                let column = grid.selected_column().ok_or(CopyError::NoColumn)?;
                some.map(|row| rows.cell(row, column).unwrap_or("NULL")).collect::<Vec<_>>().join("\n")
            }
            "row" => {
                let row = grid.row_at(grid.row).ok_or(CopyError::NoRow)?;
                rows.row(row).map(|cell| cell.unwrap_or("NULL")).collect::<Vec<_>>().join("\t")
            }
            name => {
                let form = Form::named(name).ok_or(CopyError::UnknownForm)?;
                // As they are on the screen: hidden columns are left out, moved ones moved.
                let columns: Vec<_> = grid.columns.iter().map(|n| rows.columns[*n].clone()).collect();
                let mut text = form.head(&columns);
                for (n, row) in some.enumerate() {
                    text += &form.row(&columns, grid.columns.iter().map(|n| rows.cell(row, *n)), n == 0);
                }
                text + form.tail()
            }
        };
        let left = order.len().saturating_sub(MAX_COPIED_ROWS);
        let note = (left > 0 && what != "row").then(|| {
            Action::Notice(format!("Copied the first {MAX_COPIED_ROWS} rows, {left} not copied: e exports all"))
        });
        Ok([Action::Copy(text)].into_iter().chain(note).collect())
    }

    fn copy_id(&self) -> Vec<Action> {
        let id = self.tab().run().and_then(Run::execution).map(|execution| execution.id.to_string());
        id.map(Action::Copy).into_iter().collect()
    }

    /// Keeps the result in a file: what is shown if all of it is here, else the whole from the server.
    pub fn export(&mut self, name: &str) -> Vec<Action> {
        let Some((run, rows)) = self.tab().rows() else {
            return vec![Action::Notice("No rows to export".into())];
        };
        if name.is_empty() {
            return Vec::new();
        }
        let whole = run.execution().filter(|_| run.more).map(|execution| execution.id.clone());
        let order = run.grid.is_arranged().then(|| run.grid.order(rows));
        vec![Action::Do(Effect::Export { name: name.to_owned(), rows: rows.clone(), order, whole })]
    }

    pub(super) fn in_panel(&mut self, command: Command, context: &Context) -> Vec<Action> {
        let Some(panel) = self.panel.clone() else { return Vec::new() };
        if let Some(step) = command.step(self.lists.scroll.get().page()) {
            let keys = self.entry_keys(&panel, context);
            let (to, count) = (moved(self.list_index(&panel, context), step, keys.len()), keys.len());
            self.lists.selected.hold(keys.into_iter().nth(to));
            // The account's history is read on as one comes to its end.
            return match panel == (Panel::History { account: true }) && to + 5 >= count {
                true => self.more_history(),
                false => Vec::new(),
            };
        }
        match command {
            Command::Filter => self.typing = Some((Typing::Search, self.lists.search.clone())),
            Command::Chart => {
                self.panel = Some(Panel::Chart(match panel {
                    Panel::Chart(ChartKind::Bars) => ChartKind::Line,
                    Panel::Chart(ChartKind::Line) => ChartKind::Histogram,
                    _ => ChartKind::Bars,
                }));
            }
            Command::Left | Command::Right if panel == Panel::Record => {
                let step = if command == Command::Right { 1 } else { -1 };
                if let Some(Run { grid, rows: Some(rows), .. }) = self.tab_mut().run_with_rows() {
                    grid.down(step, rows);
                }
            }
            Command::Open => return self.choose(&panel, context),
            Command::CellPage | Command::Copy if panel == Panel::Record => return self.field(command, context),
            Command::Copy => {
                let entry = self.sql_of(&panel, context);
                return entry.map(|(sql, _)| Action::Copy(sql)).into_iter().collect();
            }
            Command::Insert => {
                if let Some((sql, database)) = self.sql_of(&panel, context) {
                    self.query_context.database = database.or_else(|| self.query_context.database.take());
                    self.compose(&sql);
                    return vec![Action::Do(Effect::SaveDrafts(self.drafts()))];
                }
            }
            Command::Halt => return self.stop_selected(&panel, context),
            _ => {}
        }
        Vec::new()
    }

    fn more_history(&mut self) -> Vec<Action> {
        let Some(next) = self.lists.next.take() else { return Vec::new() };
        self.lists.reading_on = true;
        let request = ListQueries { workgroup: self.query_context.workgroup().to_owned(), next: Some(next) };
        vec![Action::request(request)]
    }

    /// What tells the entries of a list apart: new ones come in above while one is here.
    fn entry_keys(&self, panel: &Panel, context: &Context) -> Vec<String> {
        let mut keys = self.entry_names(panel, context);
        // The same SQL, refused twice, has no ids: the second from the end is another one than the first.
        let mut seen: HashMap<String, usize> = HashMap::new();
        for key in keys.iter_mut().rev() {
            let count = seen.entry(key.clone()).and_modify(|count| *count += 1).or_insert(1);
            if *count > 1 {
                *key += &format!(" {count}");
            }
        }
        keys
    }

    fn entry_names(&self, panel: &Panel, context: &Context) -> Vec<String> {
        match panel {
            Panel::History { account } => {
                let key = |entry: &Entry<'_>| entry.id().map_or_else(|| entry.sql().to_owned(), ToString::to_string);
                self.lists.history(*account).iter().map(key).collect()
            }
            Panel::Library => {
                let key = |entry: LibraryEntry| format!("{} {}", entry.source, entry.ready.name);
                self.lists.library(context, self.about()).into_iter().map(key).collect()
            }
            Panel::Workgroups => self.lists.workgroups.value().into_iter().flatten().map(|g| g.name.clone()).collect(),
            Panel::Databases => context.databases.value().cloned().unwrap_or_default(),
            Panel::Record => {
                let columns = self.tab().rows().map_or(0, |(_, rows)| rows.columns.len());
                (0..columns).map(|n| n.to_string()).collect()
            }
            Panel::Chart(_) | Panel::Statistics(_) => Vec::new(),
        }
    }

    /// Which of a list's entries is selected.
    pub(super) fn list_index(&self, panel: &Panel, context: &Context) -> usize {
        let keys = self.entry_keys(panel, context);
        self.lists.selected.index(keys.len(), |n, key| keys[n] == *key)
    }

    /// The SQL of the selected entry, and the database that it says.
    fn sql_of(&self, panel: &Panel, context: &Context) -> Option<(String, Option<String>)> {
        let selected = self.list_index(panel, context);
        match panel {
            Panel::History { account } => {
                self.lists.history(*account).get(selected).map(|entry| (entry.sql().to_owned(), None))
            }
            Panel::Library => {
                let entry = self.lists.library(context, self.about()).into_iter().nth(selected)?;
                Some((entry.ready.sql, entry.database))
            }
            _ => None,
        }
    }

    fn choose(&mut self, panel: &Panel, context: &Context) -> Vec<Action> {
        match panel {
            Panel::History { account } => {
                let history = self.lists.history(*account);
                let Some(entry) = history.get(self.list_index(panel, context)) else { return Vec::new() };
                let Some(id) = entry.id().cloned() else {
                    return vec![Action::Notice("No query ID; i edits its SQL".into())];
                };
                let execution = QueryExecution::begun(id, entry.sql(), &self.query_context);
                self.attach(execution, context)
            }
            Panel::Library => {
                let Some((sql, database)) = self.sql_of(panel, context) else { return Vec::new() };
                self.query_context.database = database.or_else(|| self.query_context.database.take());
                self.compose(&sql);
                vec![Action::Do(Effect::SaveDrafts(self.drafts()))]
            }
            Panel::Workgroups => {
                let (groups, at) = (self.lists.workgroups.value(), self.list_index(panel, context));
                let chosen = groups.and_then(|groups| groups.get(at)).map(|group| group.name.clone());
                self.query_context.workgroup = chosen.or_else(|| self.query_context.workgroup.take());
                self.panel = None;
                Vec::new()
            }
            Panel::Databases => {
                let at = self.list_index(panel, context);
                let chosen = context.databases.value().and_then(|names| names.get(at)).cloned();
                self.query_context.database = chosen.or_else(|| self.query_context.database.take());
                self.panel = None;
                Vec::new()
            }
            Panel::Record => self.field(Command::CellPage, context),
            Panel::Chart(_) | Panel::Statistics(_) => Vec::new(),
        }
    }

    /// The selected field of a record, as a page or copied.
    fn field(&self, command: Command, context: &Context) -> Vec<Action> {
        let Some((run, rows)) = self.tab().rows() else { return Vec::new() };
        let at = self.list_index(&Panel::Record, context);
        let cell = run.grid.row_at(run.grid.row).zip(run.grid.columns.get(at).copied());
        match (cell, command) {
            (Some((row, column)), Command::Copy) => {
                vec![Action::Copy(rows.cell(row, column).unwrap_or("NULL").to_owned())]
            }
            (Some((row, column)), _) => vec![page_of(rows, row, column)],
            (None, _) => Vec::new(),
        }
    }

    /// Stops the selected query on the server.
    fn stop_selected(&self, panel: &Panel, context: &Context) -> Vec<Action> {
        let Panel::History { account } = panel else { return Vec::new() };
        let history = self.lists.history(*account);
        let entry = history.get(self.list_index(panel, context));
        let open =
            entry.filter(|entry| !matches!(entry.state(), Some("SUCCEEDED" | "FAILED" | "CANCELLED" | "REFUSED")));
        match open.and_then(|entry| entry.id()) {
            Some(id) if self.lists.is_ours(id) => {
                vec![Action::request(StopQuery { id: id.clone() })]
            }
            Some(id) => vec![ask_to_stop(id.clone(), open.map_or("", |entry| entry.sql()))],
            None => vec![Action::Notice("It is not running".into())],
        }
    }

    pub(super) fn in_tree(&mut self, command: Command, context: &Context) -> Vec<Action> {
        if let Some(step) = command.step(self.tree.scroll.get().page()) {
            self.tree.step(step, context);
            return Vec::new();
        }
        match command {
            Command::Open | Command::Right => return self.tree.toggle(context),
            Command::Left => return self.tree.close(context),
            Command::Filter => self.typing = Some((Typing::Find, self.tree.find.clone())),
            Command::Preview => {
                let Some(sql) = self.tree.preview(context) else {
                    return vec![Action::Notice("Select a table to preview".into())];
                };
                self.compose(&sql);
                self.focus = Focus::Results;
                return self.run_here(context);
            }
            Command::Insert => {
                if let Some(name) = self.tree.name(context, self.query_context.database.as_deref()) {
                    self.tab_mut().editor.replace_selection(&name);
                    self.focus = Focus::Editor;
                    return vec![Action::Do(Effect::SaveDrafts(self.drafts()))];
                }
            }
            Command::UseDatabase => {
                let nodes = self.tree.nodes(context);
                let database = nodes.get(..=self.tree.index(&nodes)).and_then(|nodes| {
                    nodes.iter().rev().find_map(|node| match node {
                        Node::Database { name, .. } => Some((*name).to_owned()),
                        _ => None,
                    })
                });
                self.query_context.database = database.or_else(|| self.query_context.database.take());
            }
            Command::Copy | Command::CopyName => {
                return self.tree.name(context, None).map(Action::Copy).into_iter().collect();
            }
            _ => {}
        }
        Vec::new()
    }
}

fn page_of(rows: &Rows, row: usize, column: usize) -> Action {
    let name = rows.columns.get(column).map(|column| format!("{} ({})", column.name, column.kind)).unwrap_or_default();
    let text = match rows.cell(row, column) {
        None => "NULL".to_owned(),
        Some("") => "an empty string".to_owned(),
        Some(value) => show::page(value),
    };
    Action::ShowText { title: format!("{name} · row {}", row + 1), name: format!("cell {name}"), text }
}
