//! Keeping what one sees: copies, files, other programs.

use super::Open;
use crate::flow::{Action, Command, Effect};
use gluedeck_core::analysis::log::Id;
use gluedeck_core::domain::Time;

impl Open {
    /// Commands that keep something.
    pub(super) fn keep(&mut self, command: Command) -> Vec<Action> {
        match command {
            Command::Copy => vec![Action::Copy(self.chosen_text())],
            Command::CopySlack => vec![Action::Copy(self.slack_block())],
            Command::CopyName => {
                let stream = self.viewport.head(&self.log).map_or(0, |head| self.log.stream(head));
                let name = self.streams.get(stream).map(|stream| stream.source.stream.clone());
                name.map(Action::Copy).into_iter().collect()
            }
            Command::Save => {
                let name = format!("{}.log", self.request.title.replace(['/', ' '], "-"));
                vec![Action::Do(Effect::SaveFile { name, text: self.shown_text() })]
            }
            Command::Pager => vec![Action::Do(Effect::Page { text: self.shown_text(), edit: false })],
            Command::Editor => vec![Action::Do(Effect::Page { text: self.shown_text(), edit: true })],
            _ => Vec::new(),
        }
    }

    /// The marked lines, or the record under the cursor.
    fn chosen_text(&self) -> String {
        let marked = self.log.order().iter().filter(|id| self.viewport.marks.contains(id));
        let mut heads: Vec<Id> = marked.copied().collect();
        if heads.is_empty() {
            heads.extend(self.viewport.head(&self.log));
        }
        heads.iter().flat_map(|head| self.log.lines(*head)).collect::<Vec<_>>().join("\n")
    }

    /// The same as a block for Slack, with what it is about.
    fn slack_block(&self) -> String {
        let about = self.request.runs.first().and_then(|run| run.run.as_ref()).map(|run| format!(" `{run}`"));
        let text = self.chosen_text().replace("```", "'''");
        format!("*{}*{}\n```\n{text}\n```", self.request.title, about.unwrap_or_default())
    }

    /// What is shown, whole: with the times and sources of all records that pass.
    pub fn shown_text(&self) -> String {
        let mut text = String::new();
        for &head in self.log.shown() {
            let event = self.log.event(head);
            let time = Time::from_timestamp_millis(event.at).map(|at| at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string());
            let label = self.streams.get(self.log.stream(head)).map_or("", |stream| stream.source.label.as_str());
            text.push_str(&format!("{} {label:<8} ", time.unwrap_or_default()));
            text.push_str(&self.log.lines(head).collect::<Vec<_>>().join("\n"));
            text.push('\n');
        }
        text
    }
}
