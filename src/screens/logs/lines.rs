//! The lines of a log: merged by time, split into rows, filtered, with errors found.

use crate::domain::{LogLine, Time};
use crate::ui::text::clean;

/// Lines that are kept; the oldest go first, and the view says how many went.
const MOST: usize = 200_000;

/// A row on the screen: a line of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Of the first row of an event only.
    pub at: Option<Time>,
    /// The n-th stream.
    pub stream: usize,
    pub text: String,
    pub level: Level,
    /// Whether it goes on an event's first row, such as a stack trace.
    pub continued: bool,
}

/// How loud a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Error,
    Warning,
    Plain,
    /// Spark's and Glue's routine.
    Noise,
}

/// All lines, in order.
#[derive(Debug, Default)]
pub struct Lines {
    events: Vec<(usize, LogLine)>,
    rows: Vec<Row>,
    /// Events that were dropped because there were too many.
    pub dropped: usize,
}

impl Lines {
    /// The rows that pass the filter.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The number of events.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether nothing has been read.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Adds a page of a stream in its place; answers how many rows there are more. Events of one millisecond keep the
    /// order in which the service gave them.
    pub fn add(&mut self, stream: usize, lines: Vec<LogLine>, filter: &str) -> usize {
        if lines.is_empty() {
            return 0;
        }
        let before = self.rows.len();
        let in_order = self.events.last().is_none_or(|(_, last)| lines.iter().all(|line| line.at >= last.at));
        let first_new = self.events.len();
        self.events.extend(lines.into_iter().map(|line| (stream, line)));
        if in_order && self.events.len() <= MOST {
            let new = self.events[first_new..].iter().flat_map(|(stream, line)| rows_of(*stream, line));
            let shown: Vec<Row> = new.filter(|row| passes(row, filter)).collect();
            self.rows.extend(shown);
        } else {
            self.events.sort_by_key(|(_, line)| line.at);
            let over = self.events.len().saturating_sub(MOST);
            self.events.drain(..over);
            self.dropped += over;
            self.filter(filter);
        }
        self.rows.len().saturating_sub(before)
    }

    /// Shows only rows that contain the text, whatever its case; with `!` in front, only those that do not.
    pub fn filter(&mut self, filter: &str) {
        let all = self.events.iter().flat_map(|(stream, line)| rows_of(*stream, line));
        self.rows = all.filter(|row| passes(row, filter)).collect();
    }

    /// The first error at or after a row.
    pub fn error_from(&self, row: usize) -> Option<usize> {
        (row..self.rows.len()).find(|&n| self.is_error(n))
    }

    /// The last error before a row.
    pub fn error_before(&self, row: usize) -> Option<usize> {
        (0..row.min(self.rows.len())).rev().find(|&n| self.is_error(n))
    }

    fn is_error(&self, row: usize) -> bool {
        self.rows[row].level == Level::Error && !self.rows[row].continued
    }
}

fn rows_of(stream: usize, line: &LogLine) -> impl Iterator<Item = Row> + use<> {
    let at = line.at;
    let level = level(&line.message);
    let texts: Vec<String> = line.message.trim_end().split('\n').map(clean).collect();
    texts.into_iter().enumerate().map(move |(n, text)| Row {
        at: at.filter(|_| n == 0),
        stream,
        text,
        level,
        continued: n > 0,
    })
}

fn passes(row: &Row, filter: &str) -> bool {
    let (wanted, text) = match filter.strip_prefix('!') {
        Some(text) => (false, text),
        None => (true, filter),
    };
    text.is_empty() || row.text.to_lowercase().contains(&text.to_lowercase()) == wanted
}

/// The level by the words that Spark, Glue and Python write. The JVM's banner names `OnOutOfMemoryError`, and good runs
/// have it too, so a word inside another does not count.
fn level(message: &str) -> Level {
    let head: String = message.chars().take(400).collect();
    let word = |word: &str| head.split(|c: char| !c.is_alphanumeric() && c != '_').any(|part| part == word);
    if word("ERROR") || word("FATAL") || word("VIOLATED") || word("Traceback") || head.contains("Exception:") {
        Level::Error
    } else if word("WARN") || word("WARNING") {
        Level::Warning
    } else if word("INFO") || head.starts_with("Preparing ...") {
        Level::Noise
    } else {
        Level::Plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(millis: i64, message: &str) -> LogLine {
        LogLine { at: Time::from_timestamp_millis(millis), ingested: None, message: message.to_owned() }
    }

    fn texts(lines: &Lines) -> Vec<&str> {
        lines.rows().iter().map(|row| row.text.as_str()).collect()
    }

    #[test]
    fn late_lines_go_to_their_place_and_those_of_one_millisecond_stay_in_order() {
        let mut lines = Lines::default();
        lines.add(0, vec![line(10, "a"), line(30, "d"), line(30, "e")], "");
        lines.add(1, vec![line(20, "b"), line(20, "c")], "");
        assert_eq!(texts(&lines), ["a", "b", "c", "d", "e"]);
    }

    #[test]
    fn a_stack_trace_is_one_error_of_many_rows_and_the_banner_is_none() {
        let mut lines = Lines::default();
        let trace = "22/11/26 03:00:00 ERROR ProcessLauncher: Traceback\n  File \"x\"\nDataQualityError: y";
        lines.add(0, vec![line(1, "java -XX:OnOutOfMemoryError=kill -9 %p"), line(2, trace)], "");
        assert_eq!(lines.rows().len(), 4);
        assert_eq!(lines.error_from(0), Some(1));
        assert_eq!(lines.error_from(2), None);
        lines.filter("!file");
        assert_eq!(lines.rows().len(), 3);
    }

    proptest! {
        #[test]
        fn no_line_is_lost_and_none_comes_twice(pages in proptest::collection::vec((0_usize..3, proptest::collection::vec(0_i64..50, 0..8)), 0..12)) {
            let mut lines = Lines::default();
            let mut all = Vec::new();
            for (page, (stream, times)) in pages.iter().enumerate() {
                let mut times = times.clone();
                times.sort_unstable();
                let named: Vec<_> = times.iter().enumerate().map(|(n, t)| line(*t, &format!("{page}-{n}"))).collect();
                all.extend(named.iter().map(|line| line.message.clone()));
                lines.add(*stream, named, "");
            }
            let mut shown: Vec<String> = texts(&lines).into_iter().map(str::to_owned).collect();
            let times: Vec<_> = lines.rows().iter().map(|row| row.at).collect();
            prop_assert!(times.is_sorted());
            shown.sort();
            all.sort();
            prop_assert_eq!(shown, all);
        }
    }
}
