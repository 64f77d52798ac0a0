//! A statement that was sent: where it stands, and the rows that have come.

use super::grid::Grid;
use crate::flow::{Action, Context, Slot};
use crate::ui::text::bytes;
use gluedeck_core::analysis::rows::LocalSqlError;
use gluedeck_core::analysis::rows::Rows;
use gluedeck_core::analysis::sql::position;
use gluedeck_core::domain::{Fault, FaultKind, QueryExecution, QueryId, QueryState, Time};
use gluedeck_core::request::{QueryEvent, StopQuery, Stream};
use std::time::Duration;

/// Bytes of rows that are held of one result; what is beyond them stays on the server.
const MAX_BYTES: usize = 768 << 20;

/// A statement and what became of it.
#[derive(Debug)]
pub struct Run {
    /// Its number in this console, which is its slot.
    pub number: u64,
    /// As it was sent: with its parameters filled in.
    pub sql: String,
    /// Where it stands in the text of its tab, in bytes, if it is from there.
    pub offset: Option<usize>,
    pub phase: Phase,
    /// When it was sent, by the wall.
    pub since: Duration,
    /// None until the first have come; an error leaves those of the run before on the screen.
    pub rows: Option<Rows>,
    /// There are more rows on the server than are held.
    pub more: bool,
    /// Rows that a statement without rows has changed.
    pub updated: Option<i64>,
    pub grid: Grid,
    /// Why it was stopped, if not by a key.
    pub stopped: Option<String>,
    /// It goes on on the server when the console is left.
    pub left_running: bool,
    /// It was begun elsewhere, and is only looked at here.
    pub attached: bool,
}

/// Where it stands.
#[derive(Debug)]
pub enum Phase {
    /// Sent; it has no id yet. `cancel`: stop it as soon as it has one.
    Starting {
        cancel: bool,
    },
    Running {
        execution: Box<QueryExecution>,
        /// Why it could not be asked for its state, and since when.
        retry_fault: Option<(Fault, Time)>,
        /// It was told to stop.
        stopping: bool,
    },
    /// It has succeeded; rows are on their way.
    Reading {
        execution: Box<QueryExecution>,
        retry_fault: Option<(Fault, Time)>,
    },
    /// Over, and all rows that are held are here.
    Ended(Box<QueryExecution>),
    /// A call failed for good.
    Failed {
        fault: Fault,
        at: Time,
    },
    /// SQL on rows that are here, on this machine.
    Local,
    /// Over, how long it took.
    LocalEnded(Duration),
    LocalFailed(LocalSqlError),
}

impl Run {
    /// One that has been sent.
    pub fn new(number: u64, sql: String, offset: Option<usize>, since: Duration) -> Self {
        Self {
            number,
            sql,
            offset,
            phase: Phase::Starting { cancel: false },
            since,
            rows: None,
            more: false,
            updated: None,
            grid: Grid::default(),
            stopped: None,
            left_running: false,
            attached: false,
        }
    }

    /// What is known of the execution.
    pub fn execution(&self) -> Option<&QueryExecution> {
        match &self.phase {
            Phase::Running { execution, .. } | Phase::Reading { execution, .. } | Phase::Ended(execution) => {
                Some(execution)
            }
            _ => None,
        }
    }

    /// The id of a query that the server still works on.
    pub fn running(&self) -> Option<&QueryId> {
        match &self.phase {
            Phase::Running { execution, .. } => Some(&execution.id),
            _ => None,
        }
    }

    /// Whether something is still to come.
    pub fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Starting { .. } | Phase::Running { .. } | Phase::Reading { .. } | Phase::Local)
    }

    /// Whether it has done what it was to do.
    pub fn is_succeeded(&self) -> bool {
        match &self.phase {
            Phase::Ended(execution) => execution.state == QueryState::Succeeded,
            Phase::LocalEnded(_) => true,
            _ => false,
        }
    }

    /// Why it failed, if it did.
    pub fn error(&self) -> Option<String> {
        match &self.phase {
            // What was refused says why itself.
            Phase::Failed { fault, .. } if fault.kind == FaultKind::Refused => {
                Some(format!("{}: {}", fault.operation, fault.message))
            }
            Phase::Failed { fault, .. } => Some(format!("{}: {} {}", fault.operation, fault.message, fault.advice())),
            Phase::Ended(execution) if execution.state == QueryState::Failed => {
                Some(execution.reason.clone().unwrap_or_else(|| "no reason given".to_owned()))
            }
            Phase::LocalFailed(why) => Some(why.to_string()),
            _ => None,
        }
    }

    /// The byte of its tab's text that its error points at.
    pub fn error_place(&self, text: &str) -> Option<usize> {
        let offset = self.offset?;
        // Where the text has changed since, the place would be a wrong one.
        let unchanged = text.get(offset..offset + self.sql.len()) == Some(self.sql.as_str());
        unchanged.then(|| position::of_error(self.server_message()?, &self.sql)).flatten().map(|at| offset + at)
    }

    /// Why the server has refused or failed it, in its own words.
    pub fn server_message(&self) -> Option<&str> {
        match &self.phase {
            Phase::Failed { fault, .. } => Some(&fault.message),
            Phase::Ended(execution) if execution.state == QueryState::Failed => execution.reason.as_deref(),
            _ => None,
        }
    }

    /// It has an id, or was refused.
    pub fn started(&mut self, result: Result<QueryId, Fault>, context: &Context) -> Vec<Action> {
        let Phase::Starting { cancel } = self.phase else { return Vec::new() };
        match result {
            Err(fault) => {
                self.phase = Phase::Failed { fault, at: context.now() };
                Vec::new()
            }
            Ok(id) => {
                let execution = QueryExecution::begun(id, &self.sql, &Default::default());
                let mut actions = self.follow(execution);
                if cancel {
                    actions.extend(self.cancel());
                }
                actions
            }
        }
    }

    /// Follows an execution from now on.
    pub fn follow(&mut self, execution: QueryExecution) -> Vec<Action> {
        let id = execution.id.clone();
        self.phase = Phase::Running { execution: Box::new(execution), retry_fault: None, stopping: false };
        vec![Action::Stream(Stream::Query { number: self.number, id })]
    }

    /// What is new. `most_scan`: a query that has scanned more bytes is stopped.
    pub fn news(&mut self, news: QueryEvent, context: &Context, most_scan: Option<i64>) -> Vec<Action> {
        match news {
            QueryEvent::Execution(execution) => return self.on_execution(execution, most_scan),
            QueryEvent::Columns { columns, updated } => {
                self.rows = Some(Rows::new(columns));
                self.updated = updated;
                self.grid = Grid::default();
            }
            QueryEvent::Rows(batch) => {
                self.clear_retry();
                let rows = self.rows.get_or_insert_default();
                rows.push(batch);
                self.grid.measure(rows);
                self.grid.make_room(rows);
                if rows.bytes() >= MAX_BYTES {
                    self.more = true;
                    self.end();
                    return vec![
                        Action::Abandon(Slot::Query(self.number)),
                        Action::Notice(format!(
                            "{} of rows loaded; the rest stays on the server, export reads all",
                            bytes(MAX_BYTES as i64)
                        )),
                    ];
                }
                return self.grid.rearrange(self.number, self.rows.as_ref());
            }
            QueryEvent::Retrying(fault) => {
                let now = context.now();
                if let Phase::Running { retry_fault, .. } | Phase::Reading { retry_fault, .. } = &mut self.phase {
                    let since = retry_fault.as_ref().map_or(now, |(_, since)| *since);
                    *retry_fault = Some((fault, since));
                }
            }
            QueryEvent::End => self.end(),
        }
        Vec::new()
    }

    fn on_execution(&mut self, new: Box<QueryExecution>, most_scan: Option<i64>) -> Vec<Action> {
        let Phase::Running { execution, retry_fault, stopping } = &mut self.phase else { return Vec::new() };
        *execution = new;
        *retry_fault = None;
        match execution.state {
            QueryState::Succeeded => {
                self.phase = Phase::Reading { execution: execution.clone(), retry_fault: None };
                Vec::new()
            }
            _ if execution.state.is_final() => {
                self.phase = Phase::Ended(execution.clone());
                Vec::new()
            }
            _ => {
                let over = most_scan
                    .filter(|most| !self.attached && execution.scanned_bytes.is_some_and(|scanned| scanned > *most));
                let Some(most) = over.filter(|_| !*stopping) else { return Vec::new() };
                self.stopped = Some(format!("scanned more than {}", bytes(most)));
                self.cancel()
            }
        }
    }

    fn clear_retry(&mut self) {
        if let Phase::Reading { retry_fault, .. } = &mut self.phase {
            *retry_fault = None;
        }
    }

    fn end(&mut self) {
        if let Phase::Reading { execution, .. } | Phase::Running { execution, .. } = &self.phase {
            self.phase = Phase::Ended(execution.clone());
        }
        if let Some(rows) = &self.rows {
            self.grid.measure(rows);
        }
    }

    /// Reading its rows, or asking for its state, failed for good.
    pub fn failed(&mut self, fault: Fault, context: &Context) {
        self.phase = Phase::Failed { fault, at: context.now() };
    }

    /// Stops it on the server, once.
    pub fn cancel(&mut self) -> Vec<Action> {
        match &mut self.phase {
            Phase::Starting { cancel } => {
                *cancel = true;
                vec![Action::Notice("Will be cancelled as soon as it has an ID".into())]
            }
            Phase::Running { execution, stopping, .. } if !*stopping => {
                *stopping = true;
                let id = execution.id.clone();
                vec![Action::request(StopQuery { id })]
            }
            Phase::Running { .. } => vec![Action::Notice("Cancel already requested".into())],
            Phase::Reading { .. } => {
                // It has ended: only the reading of its rows is stopped.
                self.more = true;
                self.end();
                vec![Action::Abandon(Slot::Query(self.number)), Action::Notice("Stopped loading rows".into())]
            }
            _ => vec![Action::Notice("No query running".into())],
        }
    }

    /// The stop did not reach the server: it may be tried again.
    pub fn not_stopped(&mut self) {
        if let Phase::Running { stopping, .. } = &mut self.phase {
            *stopping = false;
        }
    }
}
