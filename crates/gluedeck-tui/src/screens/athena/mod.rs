//! Athena: SQL in tabs, run and cancelled on the server, with its results, the catalog, and what was run before.

mod acting;
mod completing;
mod editing;
mod grid;
mod grid_view;
mod panel_view;
mod panels;
mod run;
mod running;
mod start;
mod start_view;
mod tab;
mod tree;
mod tree_view;
pub mod view;

pub use acting::CopyError;
pub use panels::{Lists, Panel};
pub use run::{Phase, Run};
pub use tab::Tab;

use self::completing::Completing;
use self::tab::Statement;
use self::tree::Tree;
use super::{Screen, View};
use crate::flow::catalog::Catalog;
use crate::flow::{Action, Command, Context, Drafts, Effect, Key, Load, Route, Scope, Slot};
use crate::ui::LineInput;
use crate::ui::{Frame, Line, Rect};
use crate::ui::{Scroll, Selection};
use gluedeck_core::domain::query::QueryLimits;
use gluedeck_core::domain::{QueryContext, QueryId};
use gluedeck_core::request::{GetTables, ListNamedQueries, ListQueries, ListWorkgroups};
use std::collections::BTreeMap;

/// The Athena screen.
#[derive(Debug)]
pub struct AthenaState {
    pub tabs: Vec<Tab>,
    /// The tab that is shown.
    pub at: usize,
    pub focus: Focus,
    /// Where statements run.
    pub query_context: QueryContext,
    pub limits: QueryLimits,
    pub tree: Tree,
    pub tree_shown: bool,
    /// What stands in the place of the rows.
    pub panel: Option<Panel>,
    pub lists: Lists,
    /// A line that is being typed.
    pub typing: Option<(Typing, LineInput)>,
    completing: Option<Completing>,
    /// Whether completions are offered without being asked for.
    pub completes_while_typing: bool,
    /// The values that parameters had last.
    parameters: BTreeMap<String, String>,
    /// The selected one of the queries that are offered, by its group and SQL.
    offered: Selection<String>,
    /// Statements that wait for a confirmation, because of what they may cost.
    waiting: Vec<Statement>,
    /// A table that one has come from, for the library.
    about: Option<String>,
    runs: u64,
}

/// Where keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Focus {
    #[default]
    Results,
    Editor,
    Catalog,
}

/// A line that is being typed.
#[derive(Debug, Clone, PartialEq)]
pub enum Typing {
    /// The value of a parameter; the statements are run when all have one.
    Parameter { name: String, statements: Vec<Statement> },
    /// Conditions on rows.
    Filter,
    /// SQL on the rows that are here.
    Local,
    /// A file's name.
    Export,
    /// A name in the catalog.
    Find,
    /// A text in a list.
    Search,
    /// Whether characters that are not valid in SQL are replaced in these parts of the text, and those are run.
    Plain { parts: Vec<std::ops::Range<usize>> },
}

impl Default for AthenaState {
    fn default() -> Self {
        Self {
            tabs: vec![Tab::default()],
            at: 0,
            focus: Focus::default(),
            query_context: QueryContext::default(),
            limits: QueryLimits::default(),
            tree: Tree::default(),
            tree_shown: false,
            panel: None,
            lists: Lists::default(),
            typing: None,
            completing: None,
            completes_while_typing: true,
            parameters: BTreeMap::new(),
            offered: Selection::default(),
            waiting: Vec::new(),
            about: None,
            runs: 0,
        }
    }
}

impl AthenaState {
    /// The tab that is shown.
    pub fn tab(&self) -> &Tab {
        &self.tabs[self.at]
    }

    pub(super) fn tab_mut(&mut self) -> &mut Tab {
        &mut self.tabs[self.at]
    }

    /// Puts a text into the editor: into this tab if it is empty, else into a new one, for nothing that was typed is lost.
    /// `about`: the table that it is about.
    pub fn compose(&mut self, sql: &str) {
        self.about = gluedeck_core::analysis::sql::tables::of(sql).first().map(|named| named.table.clone());
        match self.tabs.iter().position(|tab| tab.editor.text() == sql) {
            Some(there) => self.at = there,
            None if self.tab().editor.is_blank() => self.tab_mut().editor = crate::ui::Editor::new(sql),
            None => {
                self.tabs.push(Tab::with(sql));
                self.at = self.tabs.len() - 1;
            }
        }
        self.panel = None;
        self.focus = Focus::Editor;
    }

    /// The texts of all tabs, to be kept.
    pub fn drafts(&self) -> Drafts {
        let texts: Vec<String> = self.tabs.iter().map(|tab| tab.editor.text()).collect();
        Drafts { texts, at: self.at }
    }

    /// Takes up the texts that were kept.
    pub fn restore(&mut self, drafts: &Drafts) {
        self.tabs = drafts.texts.iter().map(|text| Tab::with(text)).collect();
        if self.tabs.is_empty() {
            self.tabs.push(Tab::default());
        }
        self.at = drafts.at.min(self.tabs.len() - 1);
    }

    /// The queries that the server still works on, and that are to be stopped when the console is left.
    pub fn running(&self) -> Vec<QueryId> {
        let runs = self.tabs.iter().flat_map(|tab| &tab.runs).filter(|run| !run.left_running);
        runs.filter_map(Run::running).cloned().collect()
    }

    /// Whether a query runs.
    pub fn is_running(&self) -> bool {
        self.tabs.iter().flat_map(|tab| &tab.runs).any(Run::is_open)
    }

    /// Takes a database if none is chosen yet: gold if there is one.
    pub fn databases(&mut self, names: &[String]) {
        if self.query_context.database.is_none() {
            self.query_context.database = names.iter().find(|name| name.contains("gold")).or(names.first()).cloned();
            if let Some(name) = &self.query_context.database {
                self.tree.open(name);
            }
        }
    }

    /// The tables of the next database.
    fn next_database(&self, context: &Context, free: &dyn Fn(&Slot) -> bool) -> Option<Action> {
        let names = context.databases.value()?;
        let busy = names.iter().any(|name| !free(&Slot::Tables(name.clone())));
        let wall = context.moment.wall;
        // What one works on comes first.
        let current = self.query_context.database.iter().filter(|name| names.contains(name));
        let due = |name: &&String| context.catalog.due.get(*name).is_none_or(|due| wall >= *due);
        let name = current.chain(names).find(due).filter(|_| !busy)?;
        Some(Action::request(GetTables { database: name.clone() }))
    }

    fn toggle_tree(&mut self) {
        match (self.tree_shown, self.focus) {
            (true, Focus::Catalog) => (self.tree_shown, self.focus) = (false, Focus::Results),
            _ => {
                if !self.tree_shown
                    && let Some(database) = self.query_context.database.clone()
                {
                    self.tree.open(&database);
                }
                (self.tree_shown, self.focus, self.panel) = (true, Focus::Catalog, None);
            }
        }
    }

    fn open(&mut self, panel: Panel, actions: Vec<Action>) -> Vec<Action> {
        self.lists.search.text.clear();
        (self.panel, self.focus) = (Some(panel), Focus::Results);
        self.lists.selected = Selection::default();
        actions
    }

    fn open_history(&mut self) -> Vec<Action> {
        match self.panel {
            Some(Panel::History { account: false }) => {
                let request = ListQueries { workgroup: self.query_context.workgroup().to_owned(), next: None };
                self.lists.account.ask();
                self.open(Panel::History { account: true }, vec![Action::request(request)])
            }
            _ => self.open(Panel::History { account: false }, vec![Action::Do(Effect::ReadQueries)]),
        }
    }

    fn open_library(&mut self, context: &Context) -> Vec<Action> {
        if let Some((_, table)) = self.tree.table_of(context).filter(|_| self.focus == Focus::Catalog) {
            self.about = Some(table.name.clone());
        } else if let Some(named) = gluedeck_core::analysis::sql::tables::of(&self.tab().editor.text()).first() {
            self.about = Some(named.table.clone());
        }
        let workgroup = self.query_context.workgroup().to_owned();
        self.lists.named.ask();
        self.open(
            Panel::Library,
            vec![Action::Do(Effect::ReadQueries), Action::request(ListNamedQueries { workgroup })],
        )
    }

    fn open_workgroups(&mut self) -> Vec<Action> {
        self.lists.workgroups.ask();
        self.open(Panel::Workgroups, vec![Action::request(ListWorkgroups)])
    }

    /// The table that the library is about.
    pub fn about(&self) -> Option<&str> {
        self.about.as_deref()
    }

    /// How old what is known of the current database is.
    pub fn tables_read<'c>(&self, catalog: &'c Catalog) -> Option<&'c Load<()>> {
        catalog.read.get(self.query_context.database.as_deref()?)
    }
}

impl Screen for AthenaState {
    fn scroll(&self) -> Option<Scroll> {
        match (self.focus, &self.panel) {
            (Focus::Catalog, _) => Some(self.tree.scroll.get()),
            (_, Some(Panel::History { .. } | Panel::Library | Panel::Workgroups | Panel::Databases)) => {
                Some(self.lists.scroll.get())
            }
            // Of the rows of a result, the line below tells.
            _ => None,
        }
    }

    fn scope(&self) -> Scope {
        match self.focus {
            Focus::Results => Scope::Athena,
            Focus::Editor => Scope::Editor,
            Focus::Catalog => Scope::Catalog,
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: View<'_>) -> Line<'static> {
        view::draw(frame, area, self, view.context, view.look);
        view::context_line(self, view.context, view.look, area.width as usize)
    }

    fn update(&mut self, command: Command, context: &Context) -> Vec<Action> {
        if self.shows_start()
            && self.focus == Focus::Results
            && let Some(actions) = self.in_start(command, context)
        {
            return actions;
        }
        match command {
            Command::RunQuery => return self.run_here(context),
            Command::RunAll => return self.run_all(context),
            Command::CancelQuery => return self.cancel(),
            Command::LeaveRunning => return self.leave_running(),
            Command::EditSql => self.focus = Focus::Editor,
            Command::LeaveEditor => self.leave_editor(),
            Command::Catalog => self.toggle_tree(),
            Command::NewTab => return self.new_tab(),
            Command::CloseTab => return self.close_tab(),
            Command::NextTab => self.at = (self.at + 1) % self.tabs.len(),
            Command::PreviousTab => self.at = (self.at + self.tabs.len() - 1) % self.tabs.len(),
            Command::FormatSql => return self.format(),
            Command::Complete => {
                self.complete(context);
                if self.completing.is_none() {
                    return vec![Action::Notice("No completion here".into())];
                }
            }
            Command::FunctionHelp => return vec![self.function_help()],
            Command::Editor => return vec![Action::Do(Effect::EditSql(self.tab().editor.text()))],
            Command::QueryHistory => return self.open_history(),
            Command::Library => return self.open_library(context),
            Command::Workgroups => return self.open_workgroups(),
            Command::NextDatabase => return self.open(Panel::Databases, Vec::new()),
            command if self.focus == Focus::Catalog => return self.in_tree(command, context),
            command if self.panel.is_some() => return self.in_panel(command, context),
            command => return self.in_results(command),
        }
        Vec::new()
    }

    fn enter(&mut self, _: &Route, _: &Context) -> Vec<Action> {
        self.lists.own.is_empty().then_some(Action::Do(Effect::ReadQueries)).into_iter().collect()
    }

    /// Reads the catalog: one database after the other.
    fn due(&mut self, context: &Context, free: &dyn Fn(&Slot) -> bool) -> Vec<Action> {
        self.next_database(context, free).into_iter().collect()
    }

    fn back(&mut self, context: &Context) -> Option<Vec<Action>> {
        if self.panel.take().is_some() {
            return Some(Vec::new());
        }
        if self.focus == Focus::Catalog {
            self.focus = Focus::Results;
            self.tree.find.text.clear();
            return Some(Vec::new());
        }
        let narrowed = self.tab().rows().is_some_and(|(run, _)| !run.grid.arrangement.filter.is_empty());
        narrowed.then(|| self.update(Command::Back, context))
    }

    fn is_typing(&self) -> bool {
        self.typing.is_some()
    }

    fn intercept(&mut self, key: Key, context: &Context) -> Option<Vec<Action>> {
        if self.typing.is_some() {
            return Some(self.type_key(key, context));
        }
        self.key_in_completion(key)
    }

    fn text_key(&mut self, key: Key, context: &Context) -> Vec<Action> {
        if self.focus == Focus::Editor { self.edit(key, context) } else { Vec::new() }
    }

    fn paste(&mut self, text: &str) -> Option<Vec<Action>> {
        (self.focus == Focus::Editor || self.typing.is_some()).then(|| self.take_text(text))
    }
}
