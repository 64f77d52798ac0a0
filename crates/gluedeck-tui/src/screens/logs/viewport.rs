//! Where one is in a log: the cursor, what is unfolded, and which rows are on the screen. Places are events, not numbers
//! of rows, so that what arrives above or below moves nobody.

use crate::ui::text::{clean, width, wrap};
use gluedeck_core::analysis::log::line::Level;
use gluedeck_core::analysis::log::{Cause, is_failed_analysis};
use gluedeck_core::analysis::log::{Id, Log};
use std::cell::Cell;
use std::collections::{BTreeSet, HashSet};

/// A place: a record, and a line of it.
pub(super) type At = (Id, usize);

/// Lines of a record that are shown when it is unfolded.
const MAX_RECORD_LINES: usize = 2_000;
/// Characters of a line that are shown; what is longer is cut, and saved whole.
const MAX_LINE_CHARS: usize = 20_000;

/// Where one is, and how one looks at it.
#[derive(Debug, Default)]
pub struct LogViewport {
    pub cursor: Option<At>,
    /// The first row on the screen, as it was drawn last.
    top: Cell<Option<At>>,
    pub unfolded: HashSet<Id>,
    /// Whether the next frame has to show the lines of the record under the cursor.
    reveals: Cell<bool>,
    /// Lines that the reader has marked.
    pub marks: BTreeSet<Id>,
    pub follow: bool,
    pub wrap: bool,
    /// Cells that are scrolled to the right.
    pub left: usize,
    /// Records that came while the reader was elsewhere.
    pub unseen: usize,
}

/// A row on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub head: Id,
    pub line: usize,
    pub text: String,
    /// The first row of its record.
    pub first: bool,
    /// Further lines that are folded under it.
    pub folded: usize,
}

/// What a record shows: one line if it is folded, the most telling one; all if not, that one first.
pub fn lines(log: &Log, head: Id, unfolded: bool) -> Vec<String> {
    let all = log.lines(head).count();
    let analysed = is_failed_analysis(log.text(head));
    let summary = ((all > 1 || analysed) && log.level(head) >= Level::Error).then(|| summary(log, head)).flatten();
    let first = || cut(log.lines(head).next().unwrap_or_default());
    if !unfolded {
        return vec![match summary {
            Some(summary) if analysed => format!("Glue's analysis: {summary}"),
            Some(summary) => summary,
            None => first(),
        }];
    }
    if all == 1 {
        return json(&first()).unwrap_or_else(|| vec![first()]);
    }
    let rest = log.lines(head).take(MAX_RECORD_LINES).map(cut);
    summary.into_iter().chain(rest).collect()
}

/// The cause of a stack trace, for the one line that stands for all.
fn summary(log: &Log, head: Id) -> Option<String> {
    let text: Vec<&str> = log.lines(head).collect();
    let first = text.first().copied().unwrap_or_default();
    let cause = Cause::of(&text.join("\n"));
    let telling = !cause.error.is_empty() && (!first.contains(&cause.error) || is_failed_analysis(first));
    telling.then(|| cut(&cause.line()))
}

/// A line of JSON over several, if it is an object or an array.
fn json(line: &str) -> Option<Vec<String>> {
    let start = line.find(['{', '['])?;
    let (before, text) = line.split_at(start);
    let value: serde_json::Value = serde_json::from_str(text.trim()).ok()?;
    if !(value.is_object() || value.is_array()) {
        return None;
    }
    let pretty = serde_json::to_string_pretty(&value).ok()?;
    let mut lines: Vec<String> = pretty.lines().map(str::to_owned).collect();
    if !before.trim().is_empty() {
        lines.insert(0, before.trim().to_owned());
    }
    Some(lines)
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(MAX_LINE_CHARS) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}

impl LogViewport {
    fn count(&self, log: &Log, head: Id) -> usize {
        if self.unfolded.contains(&head) { lines(log, head, true).len() } else { 1 }
    }

    /// The cursor, or where it is if its record is not shown any more.
    pub fn at(&self, log: &Log) -> Option<At> {
        let last = *log.shown().last()?;
        match self.cursor {
            _ if self.follow => Some((last, self.count(log, last) - 1)),
            None => Some((log.shown()[0], 0)),
            Some((head, line)) => match log.position(head) {
                Ok(_) => Some((head, line.min(self.count(log, head) - 1))),
                Err(viewport) => Some((log.shown()[viewport.min(log.shown().len() - 1)], 0)),
            },
        }
    }

    /// The record under the cursor.
    pub fn head(&self, log: &Log) -> Option<Id> {
        self.at(log).map(|(head, _)| head)
    }

    /// Goes to a record.
    pub fn go(&mut self, head: Id) {
        self.cursor = Some((head, 0));
        self.follow = false;
    }

    /// Goes to a record, and shows what led to it: it stands in the lower part of the screen, or as far down as what
    /// follows leaves room for.
    pub fn show(&mut self, log: &Log, head: Id, height: usize) {
        self.go(head);
        if let Ok(n) = log.position(head) {
            let after = (log.shown().len() - 1 - n).min(height / 3);
            let before = height.saturating_sub(after + 1);
            self.top.set(log.shown().get(n.saturating_sub(before)).map(|id| (*id, 0)));
        }
    }

    /// Moves by lines. Going up ends following; reaching the end takes it up again.
    pub fn step(&mut self, log: &Log, step: isize) {
        let Some(mut at) = self.at(log) else { return };
        let last = log.shown().len() - 1;
        let Ok(mut n) = log.position(at.0) else { return };
        let mut left = step.unsigned_abs();
        if left > 10_000 {
            n = if step < 0 { 0 } else { last };
            let head = log.shown()[n];
            at = (head, if step < 0 { 0 } else { self.count(log, head) - 1 });
            left = 0;
        }
        while left > 0 {
            let inside = if step > 0 { at.1 + 1 < self.count(log, at.0) } else { at.1 > 0 };
            if inside {
                at.1 = at.1.saturating_add_signed(step.signum());
            } else if step > 0 && n < last {
                n += 1;
                at = (log.shown()[n], 0);
            } else if step < 0 && n > 0 {
                n -= 1;
                let head = log.shown()[n];
                at = (head, self.count(log, head) - 1);
            } else {
                break;
            }
            left -= 1;
        }
        let at_end = n == last && at.1 + 1 == self.count(log, at.0);
        self.cursor = Some(at);
        self.follow = step > 0 && at_end;
        if at_end {
            self.unseen = 0;
        }
    }

    /// Unfolds the record under the cursor, or folds it; false if there is nothing to unfold.
    pub fn toggle(&mut self, log: &Log) -> bool {
        let Some((head, _)) = self.at(log) else { return false };
        self.go(head);
        let folded = !self.unfolded.remove(&head);
        if folded {
            self.unfolded.insert(head);
            self.reveals.set(true);
        }
        !folded || lines(log, head, true).len() > lines(log, head, false).len()
    }

    /// Rows for a screen of so many, each of so many cells.
    pub fn window(&self, log: &Log, height: usize, cells: usize) -> Vec<Row> {
        let Some(cursor) = self.at(log) else { return Vec::new() };
        let Ok(n) = log.position(cursor.0) else { return Vec::new() };
        let top = self.top.get().and_then(|top| Some((log.position(top.0).ok()?, top.1)));
        if let Some(top) = top.filter(|_| self.reveals.take()) {
            // What has just been unfolded is on the screen, as much of it as there is room for below its first line.
            let end = self.first_row(log, (n, self.count(log, cursor.0) - 1), height, cells);
            let first = end.max(top).min((n, 0));
            self.top.set(log.shown().get(first.0).map(|id| (*id, first.1)));
            return self.rows_from(log, first, height, cells);
        }
        if let Some((first, line)) = top.filter(|top| *top <= (n, cursor.1) && !self.follow) {
            let rows = self.rows_from(log, (first, line), height, cells);
            // A screen that could be full is full.
            let short = rows.len() < height && (first, line) != (0, 0);
            if !short && rows.iter().any(|row| (row.head, row.line) == cursor) {
                return rows;
            }
        }
        // The cursor is the first row if it went up, and the last one if it went down.
        let below = top.is_some_and(|top| top < (n, cursor.1)) || self.follow || top.is_none();
        let mut first = if below { self.first_row(log, (n, cursor.1), height, cells) } else { (n, cursor.1) };
        let last = log.shown().len() - 1;
        let last = (last, self.count(log, log.shown()[last]) - 1);
        first = first.min(self.first_row(log, last, height, cells));
        self.top.set(log.shown().get(first.0).map(|id| (*id, first.1)));
        self.rows_from(log, first, height, cells)
    }

    /// The row from which a screen ends with the given one.
    fn first_row(&self, log: &Log, (n, line): (usize, usize), height: usize, cells: usize) -> (usize, usize) {
        let mut at = (n, line);
        let mut left = height.saturating_sub(self.rows_of_line(log, n, line, cells));
        loop {
            let before = match at {
                (n, line) if line > 0 => (n, line - 1),
                (0, _) => return at,
                (n, _) => (n - 1, self.count(log, log.shown()[n - 1]) - 1),
            };
            let rows = self.rows_of_line(log, before.0, before.1, cells);
            if rows > left {
                return at;
            }
            left -= rows;
            at = before;
        }
    }

    fn rows_of_line(&self, log: &Log, n: usize, line: usize, cells: usize) -> usize {
        if !self.wrap {
            return 1;
        }
        let head = log.shown()[n];
        let all = lines(log, head, self.unfolded.contains(&head));
        all.get(line).map_or(1, |text| self.parts(text, cells).len())
    }

    fn parts(&self, text: &str, cells: usize) -> Vec<String> {
        let text = clean(text);
        if !self.wrap || width(&text) <= cells {
            return vec![text];
        }
        wrap(&text, cells.max(8))
    }

    fn rows_from(&self, log: &Log, (first, line): (usize, usize), height: usize, cells: usize) -> Vec<Row> {
        let mut rows = Vec::new();
        for (n, &head) in log.shown().iter().enumerate().skip(first).take(height) {
            let unfolded = self.unfolded.contains(&head);
            let hidden = if unfolded { 0 } else { log.lines(head).count() - 1 };
            let skipped = if n == first { line } else { 0 };
            for (line, text) in lines(log, head, unfolded).iter().enumerate().skip(skipped) {
                for (part, text) in self.parts(text, cells).into_iter().enumerate() {
                    let first = line == 0 && part == 0;
                    rows.push(Row { head, line, text, first, folded: if first { hidden } else { 0 } });
                    if rows.len() == height {
                        return rows;
                    }
                }
            }
        }
        rows
    }
}
