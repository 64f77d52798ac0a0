//! Keys that are text: in the editor, and in the line below it.

use super::completing::Completing;
use super::tab::Tab;
use super::{AthenaState, Focus, Typing};
use crate::flow::{Action, Code, Context, Effect, Key};
use crate::ui::Selection;
use crate::ui::input::Typed;
use gluedeck_core::analysis::rows::arrange::conditions;
use gluedeck_core::analysis::sql::{formatted, functions};

impl AthenaState {
    /// A key for the list of completions: tab takes the selected one, esc closes the list; none if it is for the text.
    pub(super) fn key_in_completion(&mut self, key: Key) -> Option<Vec<Action>> {
        if self.focus != Focus::Editor {
            return None;
        }
        let completing = self.completing.as_mut()?;
        match key.code {
            Code::Tab => {
                let completing = self.completing.take()?;
                completing.accept(&mut self.tab_mut().editor);
                return Some(vec![Action::Do(Effect::SaveDrafts(self.drafts()))]);
            }
            Code::Escape => self.completing = None,
            Code::Down if !key.shift => completing.go(1),
            Code::Up if !key.shift => completing.go(-1),
            _ => return None,
        }
        Some(Vec::new())
    }

    /// A key while the SQL is edited.
    pub(super) fn edit(&mut self, key: Key, context: &Context) -> Vec<Action> {
        if key.code == Code::Tab {
            return self.tab_key(context);
        }
        let changed = self.tab_mut().editor.key(key);
        // Only typing opens the list: moving about must not.
        let typed = changed && (key.typed().is_some() || key.code == Code::Backspace);
        self.completing = match typed && self.completes_while_typing && key.typed() != Some(' ') {
            true => Completing::at(&self.tab().editor, self.query_context.database.as_deref(), context, false),
            false => None,
        };
        if changed { vec![Action::Do(Effect::SaveDrafts(self.drafts()))] } else { Vec::new() }
    }

    /// Tab opens the list of what can follow a word that has begun; elsewhere it indents.
    fn tab_key(&mut self, context: &Context) -> Vec<Action> {
        let editor = &self.tab().editor;
        if editor.selection().is_some() {
            return Vec::new();
        }
        self.completing = Completing::at(editor, self.query_context.database.as_deref(), context, false);
        if self.completing.is_some() {
            return Vec::new();
        }
        self.tab_mut().editor.paste("  ");
        vec![Action::Do(Effect::SaveDrafts(self.drafts()))]
    }

    /// Text that came at once.
    pub(super) fn take_text(&mut self, text: &str) -> Vec<Action> {
        if let Some((_, input)) = &mut self.typing {
            input.paste(text);
            self.search();
            return Vec::new();
        }
        self.completing = None;
        // A byte order mark says how a file is encoded; it is none of its text.
        self.tab_mut().editor.paste(text.trim_start_matches('\u{feff}'));
        vec![Action::Do(Effect::SaveDrafts(self.drafts()))]
    }

    /// Offers what can stand at the cursor.
    pub(super) fn complete(&mut self, context: &Context) {
        self.completing = Completing::at(&self.tab().editor, self.query_context.database.as_deref(), context, true);
    }

    /// What the function does that is selected in the list of completions, or that is under the cursor.
    pub(super) fn function_help(&self) -> Action {
        let offered = self.completing().and_then(|completing| {
            let item = completing.completion.items.get(completing.selected)?;
            functions::find(item.text.strip_suffix('(')?)
        });
        let editor = &self.tab().editor;
        match offered.or_else(|| functions::at(&editor.text(), editor.cursor())) {
            Some(function) => Action::ShowText {
                title: format!("{} · {}", function.name, function.group),
                name: format!("function {}", function.name),
                text: function.help(),
            },
            None => Action::Notice("No function of Athena under the cursor".into()),
        }
    }

    /// What is offered.
    pub(super) fn completing(&self) -> Option<&Completing> {
        self.completing.as_ref().filter(|_| self.focus == Focus::Editor)
    }

    /// Esc closes the list of completions; without one it leaves the editor.
    pub(super) fn leave_editor(&mut self) {
        self.focus = Focus::Results;
        self.completing = None;
    }

    /// A text that comes back from another editor.
    pub fn edited(&mut self, text: &str) -> Vec<Action> {
        self.tab_mut().editor.set_text(text.trim_end_matches('\n'));
        vec![Action::Do(Effect::SaveDrafts(self.drafts()))]
    }

    /// Formats the text.
    pub(super) fn format(&mut self) -> Vec<Action> {
        let text = self.tab().editor.text();
        let Some(new) = formatted(&text) else {
            return vec![Action::Notice("Too long to format: more than 16 KB".into())];
        };
        let bare = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
        if bare(&new) != bare(&text) {
            return vec![Action::Notice("Cannot format this SQL without changing it".into())];
        }
        self.tab_mut().editor.set_text(&new);
        vec![Action::Do(Effect::SaveDrafts(self.drafts()))]
    }

    pub(super) fn new_tab(&mut self) -> Vec<Action> {
        self.tabs.push(Tab::default());
        (self.at, self.focus, self.panel) = (self.tabs.len() - 1, Focus::Editor, None);
        vec![Action::Do(Effect::SaveDrafts(self.drafts()))]
    }

    /// Closes the tab: its queries are cancelled on the server, except those that are to go on.
    pub(super) fn close_tab(&mut self) -> Vec<Action> {
        let mut tab = self.tabs.remove(self.at);
        let kept = tab.editor.text();
        let mut actions: Vec<Action> =
            tab.runs.iter_mut().filter(|run| run.is_open() && !run.left_running).flat_map(|run| run.cancel()).collect();
        if self.tabs.is_empty() {
            self.tabs.push(Tab::default());
        }
        self.at = self.at.min(self.tabs.len() - 1);
        actions.push(Action::Do(Effect::SaveDrafts(self.drafts())));
        if !kept.trim().is_empty() {
            // What was typed is in the clipboard, should it have been the wrong tab.
            actions.push(Action::Copy(kept));
        }
        actions
    }

    /// A key while a line is typed.
    pub(super) fn type_key(&mut self, key: Key, context: &Context) -> Vec<Action> {
        let Some((typing, input)) = &mut self.typing else { return Vec::new() };
        match input.key(key) {
            Typed::Accepted => {
                let (typing, input) = (typing.clone(), input.text.clone());
                self.typing = None;
                self.typed(typing, &input, context)
            }
            Typed::Left => {
                if *typing == Typing::Find {
                    self.tree.find.text.clear();
                }
                self.typing = None;
                Vec::new()
            }
            Typed::Changed => {
                self.search();
                Vec::new()
            }
            Typed::Ignored => Vec::new(),
        }
    }

    /// Looks for what is typed, as far as it is typed.
    fn search(&mut self) {
        let Some((typing, input)) = &self.typing else { return };
        let text = input.text.clone();
        match typing {
            Typing::Find => self.tree.find(text),
            Typing::Search => (self.lists.search.text, self.lists.selected) = (text, Selection::default()),
            _ => {}
        }
    }

    fn typed(&mut self, typing: Typing, text: &str, context: &Context) -> Vec<Action> {
        match typing {
            Typing::Parameter { name, statements } => self.parameter_given(name, statements, text, context),
            Typing::Filter => {
                let Some(run) = self.tab_mut().run_with_rows() else { return Vec::new() };
                let Some(rows) = run.rows.clone() else { return Vec::new() };
                match conditions(text, &rows.columns) {
                    Ok(conditions) => run.grid.filter(conditions, run.number, Some(&rows)),
                    Err(why) => vec![Action::Notice(why.to_string())],
                }
            }
            Typing::Plain { parts } => self.run_replaced(&parts, context),
            Typing::Local if text.trim().is_empty() => Vec::new(),
            Typing::Local => self.run_local(text.trim(), context),
            Typing::Export => self.export(text.trim()),
            Typing::Find | Typing::Search => Vec::new(),
        }
    }
}
