//! Activity: what was changed from this machine, what was seen to change, and which calls failed; newest first.

pub mod view;

use super::{Screen, View, plans};
use crate::flow::effect::ConfirmedAction;
use crate::flow::{Action, Command, Context, Effect, Key, Route, Scope};
use crate::ui::scroll::moved;
use crate::ui::{FilterLine, Scroll, Selection};
use crate::ui::{Frame, Line, Rect};
use gluedeck_core::analysis::observed::{ObservedChange, ObservedKind};
use gluedeck_core::analysis::plan;
use gluedeck_core::domain::{JournalRecord, Time};
use std::collections::VecDeque;

/// Things seen that are remembered.
const MAX_OBSERVED: usize = 2_000;

/// What has happened, and what the user has done on this screen.
#[derive(Debug, Default)]
pub struct ActivityState {
    /// As on disk, oldest first.
    pub journal: Vec<JournalRecord>,
    /// Of this session, oldest first.
    pub seen: VecDeque<ObservedChange>,
    pub filter: FilterLine,
    changes_only: bool,
    selected: Selection<String>,
    scroll: std::cell::Cell<Scroll>,
}

/// A row: a change, or something seen.
#[derive(Debug, Clone, Copy)]
pub enum Entry<'a> {
    Change(&'a JournalRecord),
    ObservedChange(&'a ObservedChange),
}

impl<'a> Entry<'a> {
    /// By this machine's clock.
    pub fn at(&self) -> Option<Time> {
        match self {
            Self::Change(recorded) => recorded.time,
            Self::ObservedChange(seen) => Some(seen.at),
        }
    }

    /// The kind in a short word.
    pub fn short_kind(&self) -> &'a str {
        let Self::Change(recorded) = self else { return self.words().0 };
        match recorded.operation.as_str() {
            "StartWorkflowRun" => "start",
            "StopWorkflowRun" => "stop",
            "ResumeWorkflowRun" => "rerun",
            "StartJobRun" => "job",
            "StartCrawler" => "crawler",
            "StartTrigger" => "on",
            "StopTrigger" => "off",
            "UpdateTrigger" => "schedule",
            other => other,
        }
    }

    /// What happened, in words.
    pub fn words(&self) -> (&'a str, &'a str, String) {
        match self {
            Self::Change(recorded) => {
                let what = recorded.what();
                let gap = if what.is_empty() { "" } else { " · " };
                (&recorded.operation, &recorded.name, format!("{what}{gap}{}", recorded.result()))
            }
            Self::ObservedChange(seen) => {
                let kind = if matches!(seen.kind, ObservedKind::Error) { "error" } else { "observed" };
                (kind, &seen.name, seen.text.clone())
            }
        }
    }

    fn identity(&self) -> String {
        match self {
            Self::Change(recorded) => recorded.id.clone(),
            Self::ObservedChange(seen) => format!("{} {} {}", seen.at, seen.name, seen.text),
        }
    }
}

impl ActivityState {
    /// Remembers what was seen.
    pub fn record(&mut self, seen: impl IntoIterator<Item = ObservedChange>) {
        self.seen.extend(seen);
        while self.seen.len() > MAX_OBSERVED {
            self.seen.pop_front();
        }
    }

    /// What is shown, newest first.
    pub fn entries(&self) -> Vec<Entry<'_>> {
        let needle = self.filter.text().to_lowercase();
        let changes = self.journal.iter().map(Entry::Change);
        let seen = self.seen.iter().map(Entry::ObservedChange).filter(|_| !self.changes_only);
        let matches = |entry: &Entry<'_>| {
            let (kind, name, text) = entry.words();
            needle.is_empty()
                || [kind, name, &text].iter().any(|part| part.to_lowercase().contains(&needle))
                || matches!(entry, Entry::Change(r) if r.batch.as_ref().is_some_and(|batch| batch.contains(&needle)))
        };
        let mut entries: Vec<Entry<'_>> = changes.chain(seen).filter(matches).collect();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.at()));
        entries
    }

    fn index(&self, entries: &[Entry<'_>]) -> usize {
        let is = |n: usize, identity: &String| &entries[n].identity() == identity;
        match self.filter.text().is_empty() {
            true => self.selected.index(entries.len(), is),
            false => self.selected.index_or_first(entries.len(), is),
        }
    }

    fn step(&mut self, step: isize) {
        let entries = self.entries();
        let index = moved(self.index(&entries), step, entries.len());
        let selected = entries.get(index).map(Entry::identity);
        self.selected.hold(selected);
    }

    /// Asks to undo the selected change, or all of what it is a part of.
    fn revert(&self, context: &Context) -> Option<Action> {
        let entries = self.entries();
        let Some(Entry::Change(selected)) = entries.get(self.index(&entries)) else {
            return Some(Action::Notice("Only a change can be reverted".to_owned()));
        };
        let same = |entry: &&JournalRecord| match &selected.batch {
            Some(batch) => entry.batch.as_ref() == Some(batch),
            None => entry.id == selected.id,
        };
        let here = context.session.account_scope()?;
        if !selected.account_scope().is(&here) {
            return Some(Action::Notice(format!("That was made in {}; this is {here}", selected.account_scope())));
        }
        let mut changes = Vec::new();
        for entry in self.journal.iter().filter(same).rev() {
            changes.extend(entry.undo().filter(|undo| !changes.contains(undo)));
        }
        let id = selected.batch.clone().unwrap_or_else(|| selected.id.clone());
        Some(plans::ask_for(plan::revert(changes, context), None, ConfirmedAction::Revert(id), context))
    }

    /// What is shown, as a hand-over.
    fn as_markdown(&self, context: &Context) -> String {
        let session = &context.session;
        let account = session.account.value().map_or("unknown", String::as_str);
        let region = session.region.as_deref().unwrap_or("no Region");
        let mut text = format!(
            "# Activity in {}, account {account}, {region}\n\nAs of {}. Times are UTC, newest first.\n\n| time | what | on | result |\n|---|---|---|---|\n",
            session.badge(),
            context.moment.utc.format("%Y-%m-%d %H:%M:%SZ")
        );
        for entry in self.entries() {
            let (kind, name, words) = entry.words();
            let at = entry.at().map(|at| at.format("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default();
            let cell = |text: &str| crate::ui::text::clean(text).replace('|', "\\|");
            text += &format!("| {at} | {} | {} | {} |\n", cell(kind), cell(name), cell(&words));
        }
        text
    }
}

impl Screen for ActivityState {
    fn scroll(&self) -> Option<Scroll> {
        Some(self.scroll.get())
    }

    fn scope(&self) -> Scope {
        Scope::Activity
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: View<'_>) -> Line<'static> {
        view::draw(frame, area, self, view.look);
        view::context_line(self, view.look, area.width as usize)
    }

    fn update(&mut self, command: Command, context: &Context) -> Vec<Action> {
        self.step(0);
        if let Some(step) = command.step(self.scroll.get().page()) {
            self.step(step);
            return Vec::new();
        }
        match command {
            Command::Filter => self.filter.open(),
            Command::FailuresOnly => self.changes_only = !self.changes_only,
            Command::Back => self.filter = FilterLine::default(),
            Command::Revert => return self.revert(context).into_iter().collect(),
            Command::Save => {
                let name = format!("gluedeck-activity-{}.md", context.moment.utc.format("%Y%m%dT%H%M%SZ"));
                return vec![Action::Do(Effect::SaveFile { name, text: self.as_markdown(context) })];
            }
            Command::Copy | Command::CopyName => {
                let entries = self.entries();
                let entry = entries.get(self.index(&entries));
                let text = entry.map(|entry| match (command, entry) {
                    (Command::CopyName, Entry::Change(recorded)) => recorded.id.clone(),
                    _ => line(entry),
                });
                return text.map(Action::Copy).into_iter().collect();
            }
            _ => {}
        }
        Vec::new()
    }

    fn enter(&mut self, _: &Route, _: &Context) -> Vec<Action> {
        vec![Action::Do(Effect::ReadJournal)]
    }

    fn back(&mut self, context: &Context) -> Option<Vec<Action>> {
        (!self.filter.text().is_empty()).then(|| self.update(Command::Back, context))
    }

    fn is_typing(&self) -> bool {
        self.filter.is_typing()
    }

    fn intercept(&mut self, key: Key, _: &Context) -> Option<Vec<Action>> {
        self.filter.key(key).then(Vec::new)
    }

    fn paste(&mut self, text: &str) -> Option<Vec<Action>> {
        self.filter.paste(text).then(Vec::new)
    }
}

fn line(entry: &Entry<'_>) -> String {
    let (kind, name, words) = entry.words();
    let at = entry.at().map(|at| at.format("%H:%M:%SZ ").to_string()).unwrap_or_default();
    format!("{at}{kind} {name}: {words}")
}
