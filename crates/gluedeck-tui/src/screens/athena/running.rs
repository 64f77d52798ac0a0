//! Running statements: the one under the cursor, what is selected, or all; parameters first, then the cost, then one after
//! the other.

use super::run::{Phase, Run};
use super::tab::Statement;
use super::{AthenaState, Focus, Typing};
use crate::flow::effect::ConfirmedAction;
use crate::flow::{Action, Context, Dialog, Effect};
use crate::ui::LineInput;
use crate::ui::text::{bytes, cut};
use gluedeck_core::analysis::plan::{Figures, Plan};
use gluedeck_core::analysis::rows::LocalSqlError;
use gluedeck_core::analysis::rows::{Arranged, Rows};
use gluedeck_core::analysis::sql::{advice, changes, parameters, statements, typography};
use gluedeck_core::domain::query::scan_cost;
use gluedeck_core::domain::{Fault, QueryExecution, QueryId};
use gluedeck_core::request::{QueryEvent, StartQuery, StopQuery};
use std::time::Duration;

impl AthenaState {
    /// Runs what is selected, or the statement under the cursor.
    pub(super) fn run_here(&mut self, context: &Context) -> Vec<Action> {
        let editor = &self.tab().editor;
        let text = editor.text();
        let wanted = match editor.selection() {
            Some(range) => statements::all(&text[range.clone()])
                .into_iter()
                .map(|s| s.range.start + range.start..s.range.end + range.start)
                .collect(),
            None => statements::at(&text, editor.cursor()).map(|s| s.range).into_iter().collect::<Vec<_>>(),
        };
        self.run(&text, wanted, context)
    }

    pub(super) fn run_all(&mut self, context: &Context) -> Vec<Action> {
        let text = self.tab().editor.text();
        let wanted = statements::all(&text).into_iter().map(|statement| statement.range).collect();
        self.run(&text, wanted, context)
    }

    /// Puts SQL's own characters in their places in parts of the text, and runs those.
    pub(super) fn run_replaced(&mut self, parts: &[std::ops::Range<usize>], context: &Context) -> Vec<Action> {
        let text = self.tab().editor.text();
        let (mut made, mut wanted, mut at) = (String::new(), Vec::new(), 0);
        for part in parts {
            // The text is as it was: while the question stands, keys go to it.
            let (Some(between), Some(sql)) = (text.get(at..part.start), text.get(part.clone())) else {
                return Vec::new();
            };
            made += between;
            let (from, plain) = (made.len(), typography::replaced(sql));
            let ranges = statements::all(&plain).into_iter().map(|statement| statement.range);
            wanted.extend(ranges.map(|range| range.start + from..range.end + from));
            made += &plain;
            at = part.end;
        }
        made += text.get(at..).unwrap_or_default();
        self.tab_mut().editor.set_text(&made);
        self.run(&made, wanted, context)
    }

    fn run(&mut self, text: &str, wanted: Vec<std::ops::Range<usize>>, context: &Context) -> Vec<Action> {
        if wanted.is_empty() {
            let why = if text.trim().is_empty() { "No SQL to run" } else { "Only comments here" };
            return vec![Action::Notice(why.into())];
        }
        if wanted.iter().any(|range| !typography::foreign(&text[range.clone()]).is_empty()) {
            self.typing = Some((Typing::Plain { parts: wanted }, LineInput::default()));
            return vec![Action::Do(Effect::SaveDrafts(self.drafts()))];
        }
        let statement = |range: std::ops::Range<usize>| Statement {
            sql: text[range.clone()].to_owned(),
            offset: Some(range.start),
        };
        let statements: Vec<Statement> = wanted.into_iter().map(statement).collect();
        let mut actions = vec![Action::Do(Effect::SaveDrafts(self.drafts()))];
        match names_of(&statements).into_iter().next() {
            Some(first) => self.ask_parameter(first, statements, context),
            None => actions.extend(self.submit(statements, context)),
        }
        actions
    }

    fn ask_parameter(&mut self, name: String, statements: Vec<Statement>, context: &Context) {
        // A date is most often the night's.
        let night = || name.contains("date").then(|| context.now().date_naive().to_string());
        let text = self.parameters.get(&name).cloned().or_else(night).unwrap_or_default();
        self.typing = Some((Typing::Parameter { name, statements }, LineInput { text }));
    }

    /// A parameter has a value: the next one is asked for, or the statements are run.
    pub(super) fn parameter_given(
        &mut self,
        name: String,
        statements: Vec<Statement>,
        text: &str,
        context: &Context,
    ) -> Vec<Action> {
        let next = names_of(&statements).into_iter().skip_while(|known| *known != name).nth(1);
        self.parameters.insert(name, text.to_owned());
        if let Some(next) = next {
            self.ask_parameter(next, statements, context);
            return Vec::new();
        }
        let fill = |statement: Statement| match parameters::filled(&statement.sql, &self.parameters) {
            Ok(sql) if sql != statement.sql => Statement { sql, offset: None },
            _ => statement,
        };
        let filled = statements.into_iter().map(fill).collect();
        self.submit(filled, context)
    }

    /// Runs statements; asks first where they change something, or may cost more than the limit.
    fn submit(&mut self, statements: Vec<Statement>, context: &Context) -> Vec<Action> {
        if !self.tab().queue.is_empty() {
            return vec![Action::Notice(
                "Statements of this tab are still queued; cancel the running one first".into(),
            )];
        }
        let (database, catalog) = (self.query_context.database.as_deref(), &context.catalog.databases);
        let advice: Vec<_> = statements.iter().map(|statement| advice::of(&statement.sql, database, catalog)).collect();
        let most = |(n, statement): (usize, &Statement)| {
            // Where the catalog has no sizes, what an earlier query has scanned is the best guess.
            let unknown = advice[n].most_bytes.is_none() && !advice[n].warnings.is_empty();
            advice[n].most_bytes.or_else(|| self.lists.dearest(&statement.sql).filter(|_| unknown))
        };
        let most: i64 = statements.iter().enumerate().filter_map(most).sum();
        let changes: Vec<String> = statements.iter().filter_map(|statement| changes::of(&statement.sql)).collect();
        if most <= self.limits.ask_above && changes.is_empty() {
            return self.send(statements, context);
        }
        let mut notes: Vec<String> =
            changes.iter().map(|words| format!("! Changes the data lake and cannot be undone: {words}.")).collect();
        if most > self.limits.ask_above {
            notes.push(format!(
                "May scan up to {}: about ${:.2} at list price. Confirmation required above {}.",
                bytes(most),
                scan_cost(most),
                bytes(self.limits.ask_above)
            ));
        }
        notes.extend(advice.into_iter().flat_map(|advice| advice.warnings).map(|warning| format!("! {warning}")));
        notes.push(format!("Workgroup {}, database {}.", self.query_context.workgroup(), database.unwrap_or("none")));
        self.waiting = statements;
        let figures = Figures { cost: Some(scan_cost(most)), ..Figures::default() };
        let plan = Plan {
            title: "Run the query".to_owned(),
            notes,
            steps: Vec::new(),
            becomes: "",
            verb: "Run",
            changes: Vec::new(),
            figures,
        };
        vec![Action::Ask(Box::new(Dialog { plan, fields: Vec::new(), what: ConfirmedAction::Query }))]
    }

    /// What may cost much is approved.
    pub fn run_confirmed(&mut self, context: &Context) -> Vec<Action> {
        let waiting = std::mem::take(&mut self.waiting);
        self.send(waiting, context)
    }

    fn send(&mut self, statements: Vec<Statement>, context: &Context) -> Vec<Action> {
        self.panel = None;
        let tab = self.tab_mut();
        tab.queue = statements.into();
        self.next_statement(self.at, context)
    }

    /// Sends the next statement of a tab.
    fn next_statement(&mut self, tab: usize, context: &Context) -> Vec<Action> {
        let Some(statement) = self.tabs[tab].queue.pop_front() else { return Vec::new() };
        self.runs += 1;
        let run = Run::new(self.runs, statement.sql.clone(), statement.offset, context.moment.wall);
        self.tabs[tab].push(run);
        let query_context = self.query_context.clone();
        vec![Action::request(StartQuery { number: self.runs, sql: statement.sql, query_context })]
    }

    fn find(&mut self, number: u64) -> Option<(usize, &mut Run)> {
        let tabs = self.tabs.iter_mut().enumerate();
        let mut runs = tabs.flat_map(|(n, tab)| tab.runs.iter_mut().map(move |run| (n, run)));
        runs.find(|(_, run)| run.number == number)
    }

    /// A run has an ID, or was refused.
    pub fn started(&mut self, number: u64, id: Result<QueryId, Fault>, context: &Context) -> Vec<Action> {
        if self.find(number).is_none() {
            // Its tab was closed before it had an ID: now it can be stopped.
            return id.into_iter().map(|id| Action::request(StopQuery { id })).collect();
        }
        self.change(number, context, |run, _| run.started(id, context))
    }

    /// What is new of a run.
    pub fn news(&mut self, number: u64, news: Result<QueryEvent, Fault>, context: &Context) -> Vec<Action> {
        self.change(number, context, |run, most_scan| match news {
            Ok(news) => run.news(news, context, most_scan),
            Err(fault) => {
                run.failed(fault, context);
                Vec::new()
            }
        })
    }

    /// Changes a run; where it has ended by that, the next statement is sent.
    fn change(
        &mut self,
        number: u64,
        context: &Context,
        change: impl FnOnce(&mut Run, Option<i64>) -> Vec<Action>,
    ) -> Vec<Action> {
        let most = self.limits.stop_above;
        let Some((tab, run)) = self.find(number) else { return Vec::new() };
        let was_open = run.is_open();
        let mut actions = change(run, most);
        let (succeeded, open) = (run.is_succeeded(), run.is_open());
        let ended = run.execution().filter(|_| was_open && !open).cloned();
        if let Some(execution) = ended {
            self.lists.remember(&execution, context.moment.utc);
        }
        actions.extend(self.after(tab, succeeded, was_open && !open, context));
        actions
    }

    /// A run of a tab is over: what waits for it is sent, or dropped if it has failed.
    fn after(&mut self, tab: usize, succeeded: bool, over: bool, context: &Context) -> Vec<Action> {
        if !over || self.tabs[tab].queue.is_empty() {
            return Vec::new();
        }
        if succeeded {
            return self.next_statement(tab, context);
        }
        let dropped = self.tabs[tab].queue.len();
        self.tabs[tab].queue.clear();
        let what = if dropped == 1 { "The statement".to_owned() } else { format!("The {dropped} statements") };
        vec![Action::Notice(format!("{what} after it did not run"))]
    }

    /// The answer to how rows are to be shown.
    pub fn arranged(&mut self, number: u64, answer: Arranged) -> Vec<Action> {
        let Some((_, run)) = self.find(number) else { return Vec::new() };
        run.grid.arranged(answer, number, run.rows.as_ref())
    }

    /// The rows of SQL on rows that are here.
    pub fn local(&mut self, number: u64, result: Result<Rows, LocalSqlError>, took: Duration) {
        let Some((_, run)) = self.find(number) else { return };
        match result {
            Ok(rows) => {
                run.grid.measure(&rows);
                (run.phase, run.rows) = (Phase::LocalEnded(took), Some(rows));
            }
            Err(why) => run.phase = Phase::LocalFailed(why),
        }
    }

    /// A stop did not reach the server.
    pub fn not_stopped(&mut self, id: &QueryId) {
        for run in self.tabs.iter_mut().flat_map(|tab| &mut tab.runs).filter(|run| run.running() == Some(id)) {
            run.not_stopped();
        }
    }

    /// Cancels the query that is shown; if that is over, the last that runs. Somebody else's is asked about first.
    pub(super) fn cancel(&mut self) -> Vec<Action> {
        let tab = self.tab_mut();
        let shown = tab.run().is_some_and(Run::is_open).then_some(tab.shown);
        let open = shown.or_else(|| tab.runs.iter().rposition(Run::is_open));
        match open {
            Some(n) => {
                let foreign = tab.runs[n].execution().filter(|_| tab.runs[n].attached).cloned();
                match foreign.filter(|execution| !self.lists.is_ours(&execution.id)) {
                    Some(execution) => vec![ask_to_stop(execution.id, &execution.sql)],
                    None => self.tab_mut().runs[n].cancel(),
                }
            }
            None => vec![Action::Notice("No query running in this tab".into())],
        }
    }

    /// Lets the query that is shown go on on the server when the console is left, or not any more.
    pub(super) fn leave_running(&mut self) -> Vec<Action> {
        let Some(run) = self.tab_mut().run_mut().filter(|run| run.running().is_some()) else {
            return vec![Action::Notice("No query running".into())];
        };
        run.left_running = !run.left_running;
        vec![Action::Notice(match run.left_running {
            true => "Keeps running after quit; H lists it in the next session".into(),
            false => "Will be cancelled on quit".into(),
        })]
    }

    /// Shows an execution of before: one that runs is followed, one that has succeeded shows its rows, at no cost.
    pub(super) fn attach(&mut self, execution: QueryExecution, context: &Context) -> Vec<Action> {
        self.runs += 1;
        let mut run = Run::new(self.runs, execution.sql.clone(), None, context.moment.wall);
        // What was begun elsewhere is not stopped by what happens here: when we leave, or because it scans much.
        run.left_running = true;
        run.attached = true;
        let actions = run.follow(execution);
        (self.panel, self.focus) = (None, Focus::Results);
        self.tab_mut().push(run);
        actions
    }

    /// Runs SQL on the rows that are shown, on this machine.
    pub(super) fn run_local(&mut self, sql: &str, context: &Context) -> Vec<Action> {
        let Some((_, rows)) = self.tab().rows() else {
            return vec![Action::Notice("No rows to query".into())];
        };
        let rows = rows.clone();
        self.runs += 1;
        let mut run = Run::new(self.runs, sql.to_owned(), None, context.moment.wall);
        run.phase = Phase::Local;
        let number = self.runs;
        self.tab_mut().push(run);
        vec![Action::Do(Effect::QueryLocally { run: number, sql: sql.to_owned(), rows })]
    }
}

/// The parameters of statements, each once.
fn names_of(statements: &[Statement]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in statements.iter().flat_map(|statement| parameters::names(&statement.sql)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Asks before a query is stopped that was not begun from here.
pub(super) fn ask_to_stop(id: QueryId, sql: &str) -> Action {
    let plan = Plan {
        title: "Stop a query".to_owned(),
        notes: vec![
            "! Not started from here: someone else may need it.".to_owned(),
            format!("{id}: {}", cut(&sql.split_whitespace().collect::<Vec<_>>().join(" "), 160)),
            "Data scanned so far is billed anyway.".to_owned(),
        ],
        steps: Vec::new(),
        becomes: "",
        verb: "Stop",
        changes: Vec::new(),
        figures: Figures::default(),
    };
    Action::Ask(Box::new(Dialog { plan, fields: Vec::new(), what: ConfirmedAction::StopQuery(id) }))
}
