//! Athena: SQL, run and cancelled on the server, with its results.

pub mod view;

use crate::domain::{Fault, QueryId, QueryState, QueryStatus, ResultColumn, ResultPage, Time};
use crate::flow::{Action, Command, Context, Key, Request, Slot};
use crate::ui::scroll::moved;
use crate::ui::{Editor, Scroll};
use std::time::Duration;

/// How often a running query is asked for its state.
const PACE: Duration = Duration::from_millis(300);
/// Rows that are fetched without being asked for; the view says when there are more.
const MOST: usize = 10_000;

/// Where the query stands.
#[derive(Debug, Default)]
pub enum Phase {
    #[default]
    Idle,
    /// Sent; it has no id yet. `cancel`: stop it as soon as it has one.
    Starting {
        since: Duration,
        cancel: bool,
    },
    Running {
        status: QueryStatus,
        since: Duration,
        next_at: Duration,
        asked: bool,
    },
    /// Over; rows may still be on their way.
    Ended {
        status: QueryStatus,
        fetching: bool,
    },
    /// A call failed: the query may be unknown to us, but what was shown stays.
    Failed {
        fault: Fault,
        at: Time,
    },
}

/// The rows that have been fetched.
#[derive(Debug, Default)]
pub struct ResultRows {
    pub columns: Vec<ResultColumn>,
    pub rows: Vec<Vec<Option<String>>>,
    /// Whether the server has more than was fetched.
    pub more: bool,
}

/// The Athena screen.
#[derive(Debug, Default)]
pub struct AthenaState {
    pub editor: Editor,
    /// Whether keys are text.
    pub editing: bool,
    pub database: Option<String>,
    pub phase: Phase,
    pub result: Option<ResultRows>,
    pub row: usize,
    pub scroll: std::cell::Cell<Scroll>,
    /// First visible column.
    pub column: usize,
}

impl AthenaState {
    /// Puts a text into the editor, below what stands there.
    pub fn compose(&mut self, sql: &str) {
        if self.editor.is_blank() {
            self.editor = Editor::new(sql);
        } else if !self.editor.text().contains(sql) {
            // What was typed is never overwritten: it becomes a comment above.
            let kept: String = self.editor.text().lines().map(|line| format!("-- {line}\n")).collect();
            self.editor = Editor::new(&format!("{kept}{sql}"));
        }
        self.editing = true;
    }

    /// The id of a query that the server still works on.
    pub fn running(&self) -> Option<&QueryId> {
        match &self.phase {
            Phase::Running { status, .. } => Some(&status.id),
            _ => None,
        }
    }

    /// Takes a database if none is chosen yet: gold if there is one.
    pub fn databases(&mut self, names: &[String]) {
        if self.database.is_none() {
            self.database = names.iter().find(|name| name.contains("gold")).or(names.first()).cloned();
        }
    }

    /// Carries out a command; `page` is the number of rows that fit.
    pub fn update(&mut self, command: Command, context: &Context, page: usize) -> Vec<Action> {
        let half = (page / 2).max(1) as isize;
        let count = self.result.as_ref().map_or(0, |result| result.rows.len());
        let columns = self.result.as_ref().map_or(0, |result| result.columns.len());
        match command {
            Command::RunQuery => return self.run(context),
            Command::CancelQuery => return self.cancel(),
            Command::EditSql => self.editing = true,
            Command::LeaveEditor => self.editing = false,
            Command::NextDatabase => return self.next_database(context),
            Command::Down => self.row = moved(self.row, 1, count),
            Command::Up => self.row = moved(self.row, -1, count),
            Command::PageDown => self.row = moved(self.row, half, count),
            Command::PageUp => self.row = moved(self.row, -half, count),
            Command::Top => self.row = 0,
            Command::Bottom => self.row = count.saturating_sub(1),
            Command::Left => self.column = self.column.saturating_sub(1),
            Command::Right => self.column = moved(self.column, 1, columns),
            Command::Copy => return self.copy_row().into_iter().collect(),
            Command::CopyName => return self.copy_id().into_iter().collect(),
            _ => {}
        }
        Vec::new()
    }

    /// A key while the SQL is edited.
    pub fn key(&mut self, key: Key) -> Vec<Action> {
        if self.editor.key(key) { vec![Action::SaveDraft(self.editor.text())] } else { Vec::new() }
    }

    pub fn paste(&mut self, text: &str) -> Vec<Action> {
        self.editor.paste(text);
        vec![Action::SaveDraft(self.editor.text())]
    }

    /// Asks for the state of a running query when it is time.
    pub fn tick(&mut self, context: &Context) -> Vec<Action> {
        match &mut self.phase {
            Phase::Running { status, next_at, asked, .. } if !*asked && context.moment.wall >= *next_at => {
                *asked = true;
                vec![Action::Request(Slot::Query, Request::QueryStatus(status.id.clone()))]
            }
            _ => Vec::new(),
        }
    }

    /// The query has an id.
    pub fn started(&mut self, result: Result<QueryId, Fault>, context: &Context) -> Vec<Action> {
        let Phase::Starting { since, cancel } = self.phase else { return Vec::new() };
        match result {
            Err(fault) => {
                self.phase = Phase::Failed { fault, at: context.now() };
                Vec::new()
            }
            Ok(id) => {
                let (state, has_header) = (QueryState::Queued, false);
                let status = QueryStatus {
                    id,
                    state,
                    reason: None,
                    scanned_bytes: None,
                    engine_millis: None,
                    queue_millis: None,
                    has_header,
                };
                self.phase = Phase::Running { status, since, next_at: Duration::ZERO, asked: false };
                if cancel { self.cancel() } else { self.tick(context) }
            }
        }
    }

    /// The state of the query.
    pub fn status(&mut self, result: Result<QueryStatus, Fault>, context: &Context) -> Vec<Action> {
        let Phase::Running { status, next_at, asked, .. } = &mut self.phase else { return Vec::new() };
        *asked = false;
        *next_at = context.moment.wall + PACE;
        match result {
            // It still runs as far as we know: we go on asking.
            Err(fault) if fault.is_passing() => {
                *next_at = context.moment.wall + PACE * 5;
                vec![Action::Notice(format!("{fault}; asking again"))]
            }
            Err(fault) => {
                self.phase = Phase::Failed { fault, at: context.now() };
                Vec::new()
            }
            Ok(new) => {
                *status = new.clone();
                if !new.state.is_final() {
                    return Vec::new();
                }
                let good = new.state == QueryState::Succeeded;
                self.phase = Phase::Ended { status: new.clone(), fetching: good };
                if !good {
                    return Vec::new();
                }
                self.result = None;
                (self.row, self.column) = (0, 0);
                vec![Action::Request(Slot::Query, Request::QueryRows { status: new, next: None })]
            }
        }
    }

    /// A page of rows.
    pub fn rows(&mut self, result: Result<ResultPage, Fault>, context: &Context) -> Vec<Action> {
        let Phase::Ended { status, fetching } = &mut self.phase else { return Vec::new() };
        *fetching = false;
        let page = match result {
            Ok(page) => page,
            Err(fault) => {
                self.phase = Phase::Failed { fault, at: context.now() };
                return Vec::new();
            }
        };
        let rows = self.result.get_or_insert_with(ResultRows::default);
        rows.columns = page.columns;
        rows.rows.extend(page.rows);
        rows.more = page.next.is_some();
        if page.next.is_none() || rows.rows.len() >= MOST {
            return Vec::new();
        }
        *fetching = true;
        vec![Action::Request(Slot::Query, Request::QueryRows { status: status.clone(), next: page.next })]
    }

    fn run(&mut self, context: &Context) -> Vec<Action> {
        if self.editor.is_blank() {
            return vec![Action::Notice("There is no SQL to run".into())];
        }
        if matches!(self.phase, Phase::Starting { .. } | Phase::Running { .. }) {
            return vec![Action::Notice("A query is running; cancel it first (x, or ctrl-x in the editor)".into())];
        }
        let sql = self.editor.text().trim().trim_end_matches(';').to_owned();
        self.phase = Phase::Starting { since: context.moment.wall, cancel: false };
        let request = Request::QueryStart { sql, database: self.database.clone() };
        vec![Action::SaveDraft(self.editor.text()), Action::Request(Slot::Query, request)]
    }

    fn cancel(&mut self) -> Vec<Action> {
        match &mut self.phase {
            Phase::Starting { cancel, .. } => {
                *cancel = true;
                vec![Action::Notice("It is cancelled as soon as it has an id".into())]
            }
            Phase::Running { status, .. } => {
                vec![Action::Request(Slot::StopQuery(status.id.clone()), Request::QueryStop(status.id.clone()))]
            }
            _ => vec![Action::Notice("No query is running".into())],
        }
    }

    fn next_database(&mut self, context: &Context) -> Vec<Action> {
        let names = context.databases.value().map(Vec::as_slice).unwrap_or_default();
        if names.is_empty() {
            return vec![Action::Notice("The databases are not known yet".into())];
        }
        let current = names.iter().position(|name| Some(name) == self.database.as_ref());
        self.database = names.get(current.map_or(0, |n| (n + 1) % names.len())).cloned();
        Vec::new()
    }

    fn copy_row(&self) -> Option<Action> {
        let row = self.result.as_ref()?.rows.get(self.row)?;
        let cells: Vec<&str> = row.iter().map(|cell| cell.as_deref().unwrap_or_default()).collect();
        Some(Action::Copy(cells.join("\t")))
    }

    fn copy_id(&self) -> Option<Action> {
        match &self.phase {
            Phase::Running { status, .. } | Phase::Ended { status, .. } => Some(Action::Copy(status.id.to_string())),
            _ => None,
        }
    }
}
