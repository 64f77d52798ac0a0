//! Filters and finds in a log: in force while they are typed, and where the matches are.

use super::{Draft, Open, Purpose};
use crate::flow::{Action, Effect};
use crate::ui::LineInput;
use gluedeck_core::analysis::log::filter_job::MAX_FILTERS;
use gluedeck_core::analysis::log::{Filter, Filters, Id, Level};
use gluedeck_core::analysis::words::thousands;

impl Open {
    pub(super) fn start_typing(&mut self, purpose: Purpose) {
        // A click on the hint while something is typed.
        if self.typing.is_some() {
            return;
        }
        let before = Some((self.viewport.at(&self.log), self.viewport.follow));
        self.draft = Draft { before, ..Draft::default() };
        self.typing = Some((purpose, LineInput::default()));
    }

    /// Puts what is typed in force, if it is a filter; else what was in force stays, and the reason is shown.
    pub(super) fn typed(&mut self) -> Vec<Action> {
        let Some((_, input)) = &self.typing else { return Vec::new() };
        match Filter::parse(&input.text) {
            _ if input.text.is_empty() => (self.complaint, self.draft.filter) = (None, None),
            Ok(filter) => (self.complaint, self.draft.filter) = (None, Some(filter)),
            Err(why) => {
                self.complaint = Some(why.to_string());
                return Vec::new();
            }
        }
        self.draft.waits = true;
        self.apply_pending()
    }

    /// Applies what was typed while older filters were being applied, and goes to what is looked for when that is known.
    pub(super) fn apply_pending(&mut self) -> Vec<Action> {
        if self.log.is_filtering() {
            return Vec::new();
        }
        let mut actions = Vec::new();
        if std::mem::take(&mut self.draft.waits) {
            self.draft.applied = true;
            self.seeks = true;
            actions = self.refilter();
        }
        if self.seeks && !self.log.is_filtering() {
            self.seeks = false;
            let found = self.go_to_match();
            let find = self.find.as_ref().filter(|_| !found && self.typing.is_none());
            actions.extend(find.map(|find| Action::Notice(format!("No match of «{}»", find.text))));
        }
        actions
    }

    /// Takes back what was typed, and goes back to where one was.
    pub(super) fn leave(&mut self) -> Vec<Action> {
        let draft = std::mem::take(&mut self.draft);
        self.complaint = None;
        self.seeks = false;
        let actions = if draft.applied { self.refilter() } else { Vec::new() };
        if let Some((cursor, follow)) = draft.before.filter(|_| draft.applied) {
            (self.viewport.cursor, self.viewport.follow) = (cursor, follow);
        }
        actions
    }

    pub(super) fn accept(&mut self, purpose: Purpose, input: LineInput) -> Vec<Action> {
        self.complaint = None;
        if input.text.is_empty() {
            if purpose == Purpose::Find {
                self.draft.applied |= self.find.take().is_some();
            }
            return self.leave();
        }
        match (Filter::parse(&input.text), purpose) {
            (Err(why), _) => {
                self.complaint = Some(why.to_string());
                self.typing = Some((purpose, input));
                Vec::new()
            }
            (Ok(_), Purpose::Filter) if self.filters.len() >= MAX_FILTERS - 2 => {
                let mut actions = self.leave();
                actions.push(Action::Notice("At most five filters: esc removes the last one".into()));
                actions
            }
            (Ok(filter), Purpose::Filter) => {
                self.filters.push(filter);
                let actions = self.refilter();
                self.draft = Draft::default();
                actions
            }
            (Ok(filter), Purpose::Find) => {
                self.find = Some(filter);
                self.draft.filter = None;
                let mut actions = self.refilter();
                self.seeks = true;
                actions.extend(self.apply_pending());
                actions
            }
        }
    }

    /// Takes away the last thing that hides lines.
    pub(super) fn back(&mut self) -> Vec<Action> {
        if self.find.take().is_some() || self.filters.pop().is_some() {
            return self.refilter();
        }
        self.errors_only = false;
        self.refilter()
    }

    /// Applies the filters; everything that is not read yet is wanted then, since they are about all lines. What is still
    /// being typed is only about what is here.
    pub(super) fn refilter(&mut self) -> Vec<Action> {
        let mut stack = self.filters.clone();
        let own = |text: &str| Filter::parse(text).ok();
        stack.extend(own("level:error").filter(|_| self.errors_only));
        stack.extend(own("level:plain").filter(|_| self.noise_hidden && !self.errors_only));
        self.wants_all |= !stack.is_empty() || self.find.is_some();
        let draft = |wanted: Purpose| {
            self.draft.filter.clone().filter(|_| self.typing.as_ref().is_some_and(|(purpose, _)| *purpose == wanted))
        };
        stack.extend(draft(Purpose::Filter));
        let find = draft(Purpose::Find).or_else(|| self.find.clone());
        let hidden: Vec<usize> = (0..self.streams.len()).filter(|n| self.streams[*n].hidden).collect();
        let sources = self.streams.iter().map(|stream| stream.source.label.clone()).collect();
        let filters = Filters { stack, find, sources, hidden };
        if !self.viewport.follow {
            // What is being typed is looked at from where one was before it.
            let before = self.draft.before.and_then(|(cursor, _)| cursor);
            self.viewport.cursor = before.or_else(|| self.viewport.at(&self.log));
        }
        self.log.set_filters(filters).map(|filter_job| Action::Do(Effect::FilterJob(filter_job))).into_iter().collect()
    }

    /// Goes to the first match from where one was, round the end; false if there is none, or nothing is looked for.
    fn go_to_match(&mut self) -> bool {
        if self.log.filters().find.is_none() {
            return false;
        }
        let shown = self.log.shown();
        let origin = self.draft.before.and_then(|(cursor, _)| Some(cursor?.0));
        let from = origin.map_or(0, |head| self.log.position(head).unwrap_or_else(|place| place));
        let round = shown.iter().skip(from).chain(shown.iter().take(from));
        let found = round.copied().find(|head| self.log.is_found(*head));
        if let Some(head) = found {
            self.viewport.go(head);
        }
        found.is_some()
    }

    /// The next record with what is looked for; the next error if nothing is.
    pub(super) fn next_match(&mut self, forwards: bool) -> Vec<Action> {
        if self.log.is_filtering() {
            return vec![Action::Notice("Still searching all lines".into())];
        }
        let shown = self.log.shown();
        let Some(at) = self.viewport.head(&self.log).and_then(|head| self.log.position(head).ok()) else {
            return Vec::new();
        };
        let hit = |head: &Id| match self.find {
            Some(_) => self.log.is_found(*head),
            None => self.log.level(*head) == Level::Error,
        };
        let found = match forwards {
            true => shown.iter().skip(at + 1).copied().find(|head| hit(head)),
            false => shown.iter().take(at).rev().copied().find(|head| hit(head)),
        };
        match found {
            Some(head) => self.viewport.go(head),
            None => {
                let what = self.find.as_ref().map_or("error".to_owned(), |find| format!("«{}»", find.text));
                let way = if forwards { "below" } else { "above" };
                return vec![Action::Notice(format!("No further {what} {way}"))];
            }
        }
        Vec::new()
    }

    /// `match 3 of 12`, `12 of 58 entries`: what the filters and the find in force have found.
    pub(super) fn found_words(&self) -> String {
        if self.log.is_filtering() {
            return "searching all lines …".to_owned();
        }
        let (shown, all) = (self.log.shown().len() as u64, self.log.heads().len() as u64);
        let entries = if all == 1 { "entry" } else { "entries" };
        let shown = format!("{} of {} {entries}", thousands(shown), thousands(all));
        if self.log.filters().find.is_none() {
            return shown;
        }
        let mut matches = self.matches.borrow_mut();
        if matches.version != self.log.version() {
            let places = self.log.shown().iter().enumerate().filter(|(_, head)| self.log.is_found(**head));
            matches.places = places.map(|(place, _)| place).collect();
            matches.version = self.log.version();
        }
        let count = matches.places.len();
        let here = self.viewport.head(&self.log).and_then(|head| self.log.position(head).ok());
        let number = here.and_then(|here| matches.places.binary_search(&here).ok());
        let found = match (count, number) {
            (0, _) => "no match".to_owned(),
            (_, Some(number)) => format!("match {} of {}", thousands(number as u64 + 1), thousands(count as u64)),
            (1, None) => "1 match".to_owned(),
            (_, None) => format!("{} matches", thousands(count as u64)),
        };
        format!("{found} in {shown}")
    }
}
