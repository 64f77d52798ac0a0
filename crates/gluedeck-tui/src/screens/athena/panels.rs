//! What stands in the place of the rows: the history of queries, the library, a record, a chart, figures, a choice.

use crate::flow::{Context, Load};
use crate::ui::{LineInput, Scroll, Selection};
use gluedeck_core::analysis::rows::chart::ChartKind;
use gluedeck_core::analysis::rows::statistics::Statistics;
use gluedeck_core::analysis::sql::library::{self, Ready};
use gluedeck_core::analysis::sql::tables;
use gluedeck_core::domain::{Fault, PastQuery, QueryExecution, QueryId, Time};
use gluedeck_core::request::{NamedQuery, QueryPage, Workgroup};
use std::cell::Cell;

/// What is shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Panel {
    History {
        account: bool,
    },
    Library,
    Workgroups,
    Databases,
    /// The fields of the selected row, one below the other.
    Record,
    Chart(ChartKind),
    Statistics(Box<Statistics>),
}

/// The lists of the panels.
#[derive(Debug, Default)]
pub struct Lists {
    /// Sent from this machine, the oldest first.
    pub own: Vec<PastQuery>,
    /// The tables of those that have scanned something, and how many bytes.
    scans: Vec<(Vec<String>, i64)>,
    /// Of the workgroup in the last 45 days, the newest first.
    pub account: Load<Vec<QueryExecution>>,
    /// Where the account's go on.
    pub next: Option<String>,
    /// The page that is on its way goes behind what is there.
    pub reading_on: bool,
    pub named: Load<Vec<NamedQuery>>,
    pub workgroups: Load<Vec<Workgroup>>,
    /// Kept on this machine, by name.
    pub saved: Vec<(String, String)>,
    /// Queries of earlier consoles that still run.
    pub orphans: Vec<QueryExecution>,
    /// By the entries' names or ids.
    pub selected: Selection<String>,
    pub scroll: Cell<Scroll>,
    /// Only entries with this text.
    pub search: LineInput,
}

/// An entry of the history.
#[derive(Debug, Clone, Copy)]
pub enum Entry<'l> {
    Own(&'l PastQuery),
    Account(&'l QueryExecution),
}

/// An entry of the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryEntry {
    /// Where it is from: `ready`, `saved`, `named`.
    pub source: &'static str,
    pub ready: Ready,
    /// The database that it runs in, if it says so.
    pub database: Option<String>,
}

impl Entry<'_> {
    pub fn sql(&self) -> &str {
        match self {
            Self::Own(past) => &past.sql,
            Self::Account(execution) => &execution.sql,
        }
    }

    pub fn id(&self) -> Option<&QueryId> {
        match self {
            Self::Own(past) => past.id.as_ref(),
            Self::Account(execution) => Some(&execution.id),
        }
    }

    /// The word of its state; none if it is not known.
    pub fn state(&self) -> Option<&str> {
        match self {
            Self::Own(past) => past.state.as_deref(),
            Self::Account(execution) => Some(execution.state.word()),
        }
    }
}

impl Lists {
    /// A page of the account's history: the first in place of what was there, a later one after it.
    pub fn take_history(&mut self, page: Result<QueryPage, Fault>, now: Time) {
        match page {
            Ok(QueryPage { mut executions, next }) => {
                if let Some(known) = self.account.value().filter(|_| self.reading_on) {
                    executions.splice(..0, known.iter().cloned());
                }
                self.account.take(Ok(executions), now);
                self.next = next;
            }
            Err(fault) => self.account.take(Err(fault), now),
        }
        self.reading_on = false;
    }

    /// Takes what the log of queries says.
    pub fn take_own(&mut self, own: Vec<PastQuery>) {
        self.scans.clear();
        let recent = own.len().saturating_sub(500);
        for past in &own[recent..] {
            self.scans.extend(scan(&past.sql, past.scanned_bytes));
        }
        self.own = own;
    }

    /// Whether a query was begun from this machine.
    pub fn is_ours(&self, id: &QueryId) -> bool {
        let orphans = self.orphans.iter().any(|orphan| &orphan.id == id);
        orphans || self.own.iter().any(|past| past.id.as_ref() == Some(id))
    }

    /// A query that was run here has ended.
    pub fn remember(&mut self, execution: &QueryExecution, at: Time) {
        self.scans.extend(scan(&execution.sql, execution.scanned_bytes));
        self.own.push(PastQuery {
            at: Some(at),
            sql: execution.sql.clone(),
            query_context: execution.query_context.clone(),
            id: Some(execution.id.clone()),
            state: Some(execution.state.word().to_owned()),
            reason: execution.reason.clone(),
            scanned_bytes: execution.scanned_bytes,
            total_millis: execution.total_millis,
            ..PastQuery::default()
        });
    }

    /// The most bytes that a query sent from here has scanned of these tables: what is known where the catalog has no
    /// sizes.
    pub fn dearest(&self, sql: &str) -> Option<i64> {
        let wanted = names(sql);
        let same = self.scans.iter().filter(|(tables, _)| wanted.iter().all(|table| tables.contains(table)));
        same.filter(|_| !wanted.is_empty()).map(|(_, bytes)| *bytes).max()
    }

    /// The history, the newest first; what still runs above all.
    pub fn history(&self, account: bool) -> Vec<Entry<'_>> {
        let search = self.search.text.trim().to_lowercase();
        let fits = |sql: &str| search.is_empty() || sql.to_lowercase().contains(&search);
        let orphans = self.orphans.iter().filter(|execution| !execution.state.is_final()).map(Entry::Account);
        let rest: Vec<Entry<'_>> = match account {
            true => self.account.value().into_iter().flatten().map(Entry::Account).collect(),
            false => self.own.iter().rev().map(Entry::Own).collect(),
        };
        let orphaned = |entry: &Entry<'_>| self.orphans.iter().any(|orphan| Some(&orphan.id) == entry.id());
        let rest = rest.into_iter().filter(|entry| !orphaned(entry) || entry.state().is_some_and(|s| s != "RUNNING"));
        orphans.chain(rest).filter(|entry| fits(entry.sql())).collect()
    }

    /// The library: what is made from the pipeline, what was saved here, what is kept in the account.
    pub fn library(&self, context: &Context, table: Option<&str>) -> Vec<LibraryEntry> {
        let search = self.search.text.trim().to_lowercase();
        let library_entry = |source, ready, database| LibraryEntry { source, ready, database };
        let made = library::of(&context.catalog.databases, table).into_iter().map(|r| library_entry("ready", r, None));
        let saved = self.saved.iter().map(|(name, sql)| {
            let about = sql.lines().next().unwrap_or_default().trim_start_matches("-- ").to_owned();
            library_entry("saved", Ready { name: name.clone(), about, sql: sql.clone() }, None)
        });
        let named = self.named.value().into_iter().flatten().map(|query| {
            let ready = Ready { name: query.name.clone(), about: query.description.clone(), sql: query.sql.clone() };
            library_entry("named", ready, Some(query.database.clone()))
        });
        let fits = |entry: &LibraryEntry| {
            let text = format!("{} {}", entry.ready.name, entry.ready.about).to_lowercase();
            search.is_empty() || text.contains(&search)
        };
        made.chain(saved).chain(named).filter(fits).collect()
    }
}

fn names(sql: &str) -> Vec<String> {
    tables::of(sql).into_iter().map(|named| named.table).collect()
}

fn scan(sql: &str, scanned: Option<i64>) -> Option<(Vec<String>, i64)> {
    Some((names(sql), scanned.filter(|bytes| *bytes > 0)?))
}
