//! Quality: every table of the pipeline with its checks, their nights, and how fresh its layers are.

pub mod view;

use super::{Screen, View};
use crate::flow::{Action, Command, Context, Load, Route, Scope, Slot};
use crate::ui::scroll::moved;
use crate::ui::{Frame, Line, Rect};
use crate::ui::{Scroll, Selection};
use chrono::NaiveDate;
use gluedeck_core::analysis::layers::Layer;
use gluedeck_core::analysis::quality::{self, TABLES_A_QUERY, TableQuality, TableStatus, layer_of};
use gluedeck_core::analysis::rows::Rows;
use gluedeck_core::analysis::sql::complete::quoted;
use gluedeck_core::analysis::triage::Check;
use gluedeck_core::domain::{Fault, Time};
use gluedeck_core::request::{GetTables, ReadChecks, ReadFreshness};
use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// Tables whose newest night cannot be read, before that of the others is not asked for either.
const MAX_REFUSED: usize = 8;
/// Questions under way at a time.
const AT_ONCE: usize = 3;

/// What is known of the data, and what the user has done on this screen.
#[derive(Debug, Default)]
pub struct QualityState {
    pub checks: Load<Vec<Check>>,
    pub freshness: Load<()>,
    newest: BTreeMap<String, BTreeMap<Layer, Option<NaiveDate>>>,
    /// Parts of the questions for the newest nights, that are not answered yet; the key is the question's slot.
    questions: BTreeMap<usize, Vec<String>>,
    /// Those that are not sent yet.
    waiting: VecDeque<Vec<String>>,
    asked: usize,
    checks_asked: bool,
    freshness_asked: bool,
    /// Tables whose newest night could not be read, and why the last could not.
    refused: usize,
    tables: Vec<TableQuality>,
    stamp: Option<(Option<Duration>, usize)>,
    /// The selected table.
    selected: Selection<String>,
    /// The table whose checks are shown.
    open: Option<String>,
    /// The selected check of it.
    check: Selection<CheckKey>,
    failing_only: bool,
    scroll: Cell<Scroll>,
}

impl QualityState {
    /// The database with the checks: the first whose name speaks of quality.
    fn database(context: &Context) -> Option<String> {
        context.databases.value()?.iter().find(|name| name.contains("quality")).cloned()
    }

    /// What is to be read for the newest nights: the tables of the layers' databases, and then a few questions at a time.
    fn freshness_due(&mut self, databases: &[String], context: &Context, free: &dyn Fn(&Slot) -> bool) -> Vec<Action> {
        let layers: Vec<&String> = databases.iter().filter(|name| layer_of(name).is_some()).collect();
        let (Some(first), true) = (layers.first(), layers.iter().all(|name| free(&Slot::Tables((*name).clone()))))
        else {
            return Vec::new();
        };
        if let Some(name) = layers.iter().find(|name| !context.catalog.due.contains_key(**name)) {
            let database = (*name).clone();
            return vec![Action::request(GetTables { database })];
        }
        if !self.freshness_asked {
            self.freshness_asked = true;
            self.freshness.ask();
            let known: Vec<_> =
                context.catalog.databases.iter().filter(|d| layers.contains(&&d.name)).cloned().collect();
            let parts = quality::freshness_questions(&known);
            // What cannot be read any more is not as fresh as it was.
            self.newest.clear();
            quality::asked(&known, &mut self.newest);
            self.stamp = None;
            self.waiting = parts.chunks(TABLES_A_QUERY).map(<[String]>::to_vec).collect();
            if self.waiting.is_empty() {
                self.freshness.take(Ok(()), context.now());
            }
        }
        let mut actions = Vec::new();
        while self.questions.len() < AT_ONCE
            && let Some(parts) = self.waiting.pop_front()
        {
            self.asked += 1;
            let sql = parts.join("\nunion all\n");
            self.questions.insert(self.asked, parts);
            let database = (*first).clone();
            actions.push(Action::request(ReadFreshness { number: self.asked, sql, database }));
        }
        actions
    }

    /// Makes the tables again if something new is known.
    fn update_tables(&mut self, context: &Context) {
        let stamp = (context.pipelines_read_at, context.history.len());
        if self.stamp != Some(stamp) {
            self.stamp = Some(stamp);
            let checks = self.checks.value().map(Vec::as_slice);
            self.tables = quality::tables(checks, &self.newest, context);
        }
    }

    /// Takes the checks, or why they were not read.
    pub fn take_checks(&mut self, rows: Result<Rows, Fault>, now: Time) {
        self.stamp = None;
        self.checks.take(rows.map(|rows| quality::read_checks(&rows)), now);
    }

    /// Takes the answer to a question on freshness. A question that is refused is halved, so that one table that cannot be read hides no other.
    pub fn take_freshness(&mut self, number: usize, rows: Result<Rows, Fault>, now: Time) {
        self.stamp = None;
        let Some(parts) = self.questions.remove(&number) else { return };
        match rows {
            Ok(rows) => quality::read_freshness(&rows, &mut self.newest),
            Err(fault) if fault.is_transient() || self.refused >= MAX_REFUSED => {
                self.questions.clear();
                self.waiting.clear();
                return self.freshness.take(Err(fault), now);
            }
            Err(_) if parts.len() > 1 => {
                let (left, right) = parts.split_at(parts.len() / 2);
                self.waiting.extend([left.to_vec(), right.to_vec()]);
            }
            Err(_) => self.refused += 1,
        }
        if self.questions.is_empty() && self.waiting.is_empty() {
            self.freshness.take(Ok(()), now);
        }
    }

    /// What is listed.
    fn listed(&self) -> Vec<&TableQuality> {
        let bad = |table: &&TableQuality| {
            matches!(table.status(), TableStatus::Failing | TableStatus::Stale | TableStatus::Unknown)
        };
        self.tables.iter().filter(|table| !self.failing_only || bad(table)).collect()
    }

    fn index(&self, listed: &[&TableQuality]) -> usize {
        self.selected.index(listed.len(), |n, table| &listed[n].table == table)
    }

    /// Where the selected check is among those of the open table.
    fn check_index(&self, table: &TableQuality) -> usize {
        self.check.index(table.checks.len(), |n, key| &check_key(&table.checks[n]) == key)
    }

    /// Keeps what is selected now.
    fn hold(&mut self) {
        let listed = self.listed();
        let table = listed.get(self.index(&listed)).map(|table| table.table.clone());
        self.selected.hold(table);
        let check = self.table().and_then(|table| table.checks.get(self.check_index(table))).map(check_key);
        self.check.hold(check.filter(|_| self.open.is_some()));
    }

    /// The table that is open, or selected.
    fn table(&self) -> Option<&TableQuality> {
        if let Some(open) = &self.open {
            return self.tables.iter().find(|table| &table.table == open);
        }
        let listed = self.listed();
        listed.get(self.index(&listed)).copied()
    }

    fn step(&mut self, step: isize) {
        if self.open.is_some() {
            let next = self.table().and_then(|table| {
                let to = moved(self.check_index(table), step, table.checks.len());
                table.checks.get(to).map(check_key)
            });
            self.check.hold(next);
            return;
        }
        let listed = self.listed();
        let to = listed.get(moved(self.index(&listed), step, listed.len())).map(|table| table.table.clone());
        self.selected.hold(to);
    }

    fn act(&self, command: Command, context: &Context) -> Option<Action> {
        let table = self.table()?;
        let check = match self.open.is_some() {
            true => table.checks.get(self.check_index(table)),
            false => table.failing().next(),
        };
        let databases = context.databases.value().map(Vec::as_slice).unwrap_or_default();
        match command {
            Command::Open => {
                check.zip(Self::database(context)).map(|(check, database)| Action::Compose(nights_of(check, &database)))
            }
            Command::Rows => Some(match check.and_then(|check| check.rows_query(databases)) {
                Some(sql) => Action::Compose(sql),
                None => Action::Notice("No failed check here has a query for its rows".to_owned()),
            }),
            Command::Query => {
                let database = databases.iter().find(|name| name.contains("gold")).or(databases.first())?;
                let (database, table) = (quoted(database), quoted(&table.table));
                Some(Action::Compose(format!("select *\n  from {database}.{table}\n limit 100")))
            }
            Command::GoThere => Some(match &table.workflow {
                Some(name) => Action::Go(Route::of(name.clone())),
                None => Action::Notice(format!("No workflow matches {}", table.table)),
            }),
            Command::Copy => Some(Action::Copy(words(table))),
            Command::CopyName => Some(Action::Copy(table.table.clone())),
            _ => None,
        }
    }
}

impl Screen for QualityState {
    fn scroll(&self) -> Option<Scroll> {
        Some(self.scroll.get())
    }

    fn scope(&self) -> Scope {
        Scope::Quality
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: View<'_>) -> Line<'static> {
        view::draw(frame, area, self, view);
        view::context_line(self, view.context, view.look, area.width as usize)
    }

    fn update(&mut self, command: Command, context: &Context) -> Vec<Action> {
        self.hold();
        if let Some(step) = command.step(self.scroll.get().page()) {
            self.step(step);
            return Vec::new();
        }
        match command {
            Command::FailuresOnly if self.open.is_none() => self.failing_only = !self.failing_only,
            Command::Open if self.open.is_none() => {
                self.open = self.table().map(|table| table.table.clone());
                self.check = Selection::default();
            }
            command => return self.act(command, context).into_iter().collect(),
        }
        Vec::new()
    }

    fn due(&mut self, context: &Context, free: &dyn Fn(&Slot) -> bool) -> Vec<Action> {
        let Some(databases) = context.databases.value() else { return Vec::new() };
        let mut actions = Vec::new();
        if let Some(database) = Self::database(context).filter(|_| !self.checks_asked && free(&Slot::Checks)) {
            let sql = quality::checks_question(quality::since(context.now()));
            self.checks.ask();
            self.checks_asked = true;
            actions.push(Action::request(ReadChecks { sql, database }));
        }
        actions.extend(self.freshness_due(databases, context, free));
        self.update_tables(context);
        actions
    }

    fn refresh(&mut self) {
        self.questions.clear();
        self.waiting.clear();
        (self.checks_asked, self.freshness_asked, self.refused) = (false, false, 0);
    }

    fn back(&mut self, _: &Context) -> Option<Vec<Action>> {
        self.open.take().map(|_| Vec::new())
    }
}

/// What tells a check of a table from its others: layer, column, name.
type CheckKey = (String, String, String);

fn check_key(check: &Check) -> CheckKey {
    (check.layer.clone(), check.column.clone(), check.name.clone())
}

/// SQL for the nights of a check.
fn nights_of(check: &Check, database: &str) -> String {
    let text = |value: &str| value.replace('\'', "''");
    format!(
        "select as_of_date, passed, failed_rows, total_rows, observed, threshold\n  from {}.column_checks\n where table_name = '{}'\n   and layer = '{}'\n   and column_name = '{}'\n   and check_name = '{}'\n order by as_of_date desc",
        quoted(database),
        text(&check.table),
        text(&check.layer),
        text(&check.column),
        text(&check.name)
    )
}

/// A table in words, for pasting.
fn words(table: &TableQuality) -> String {
    let newest: Vec<String> = table
        .newest
        .iter()
        .map(|(layer, night)| {
            let night = night.map_or("unknown".to_owned(), |night| night.to_string());
            format!("{} {night}", layer.word())
        })
        .collect();
    let failing: Vec<String> = table.failing().map(Check::words).collect();
    let text = [format!("{}: {}", table.table, table.status().word()), newest.join(", "), failing.join("\n")];
    text.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}
