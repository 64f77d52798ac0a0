//! What stands in the place of the lines: the streams, and the comparison with a successful run.

use super::{Open, Page};
use crate::flow::{Action, Command};
use crate::ui::scroll::moved;

impl Open {
    /// A command while the streams are shown.
    pub(super) fn on_streams(&mut self, command: Command) -> Vec<Action> {
        match command {
            Command::Down => self.selected = moved(self.selected, 1, self.streams.len()),
            Command::Up => self.selected = moved(self.selected, -1, self.streams.len()),
            Command::Mark | Command::Open => {
                if let Some(stream) = self.streams.get_mut(self.selected) {
                    stream.hidden = !stream.hidden;
                }
                return self.refilter();
            }
            Command::CopyName => {
                let stream = self.streams.get(self.selected);
                return stream.map(|stream| Action::Copy(stream.source.stream.clone())).into_iter().collect();
            }
            Command::Back | Command::Streams => self.page = Page::Lines,
            _ => {}
        }
        Vec::new()
    }

    /// A command while the comparison is shown.
    pub(super) fn on_compare(&mut self, command: Command) -> Vec<Action> {
        let count = self.compared.value().map_or(0, |compared| compared.differences.len());
        match command {
            Command::Down => self.selected = moved(self.selected, 1, count),
            Command::Up => self.selected = moved(self.selected, -1, count),
            Command::PageDown => self.selected = moved(self.selected, 10, count),
            Command::PageUp => self.selected = moved(self.selected, -10, count),
            Command::Top => self.selected = 0,
            Command::Bottom => self.selected = count.saturating_sub(1),
            Command::Open => {
                let chosen = self.compared.value().and_then(|compared| compared.differences.get(self.selected));
                let Some(chosen) = chosen.filter(|difference| difference.here > 0) else {
                    return vec![Action::Notice("This line is not in the open log".into())];
                };
                let near = self.log.position_at(chosen.at);
                let same = self.log.shown()[near..].iter().copied().take(2_000);
                let example = chosen.example.clone();
                let head = same.into_iter().find(|head| self.log.lines(*head).any(|line| line.starts_with(&example)));
                match head.or_else(|| self.log.shown().get(near).copied()) {
                    Some(head) => self.viewport.show(&self.log, head, self.height.get()),
                    None => return vec![Action::Notice("The filters hide this line".into())],
                }
                self.page = Page::Lines;
            }
            Command::Back | Command::Compare => self.page = Page::Lines,
            _ => {}
        }
        Vec::new()
    }
}
