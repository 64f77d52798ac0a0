//! Where lines go: filtered, as text or JSON.

use crate::headless::output::Output;
use gluedeck_core::analysis::log::Filter;
use gluedeck_core::analysis::log::filter::Scratch;
use gluedeck_core::analysis::log::line;
use gluedeck_core::analysis::report::rfc3339;
use gluedeck_core::domain::{LogLine, LogSource};
use gluedeck_tui::ui::text::clean;
use serde_json::json;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write, stdout};

/// Prints the lines that pass.
pub(super) struct Sink {
    out: BufWriter<Stdout>,
    terminal: bool,
    output: Output,
    filters: Vec<Filter>,
    scratch: Scratch,
    /// Lines that came, whether they passed or not.
    pub(super) seen: usize,
    /// Of the column that names the stream.
    pub(super) width: usize,
}

impl Sink {
    pub(super) fn new(output: Output, filters: Vec<Filter>) -> Self {
        let terminal = stdout().is_terminal();
        let out = BufWriter::with_capacity(1 << 18, stdout());
        Self { out, terminal, output, filters, scratch: Scratch::default(), seen: 0, width: 6 }
    }

    /// Prints a line of a stream, if it passes.
    pub(super) fn line(&mut self, source: &LogSource, line: &LogLine) -> io::Result<()> {
        self.seen += 1;
        if !self.filters.is_empty() {
            let level = line::level(&line.message);
            let (text, label) = (line.message.as_str(), source.label.as_str());
            let scratch = &mut self.scratch;
            let mut passes = |filter: &Filter| filter.finds(text, level, label, scratch) != filter.is_inverse();
            if !self.filters.iter().all(&mut passes) {
                return Ok(());
            }
        }
        if self.output == Output::Json {
            let value = json!({
                "timestamp": line.at.map(rfc3339), "ingested": line.ingested.map(rfc3339),
                "group": source.group, "stream": source.stream, "part": source.label, "message": line.message,
            });
            return writeln!(self.out, "{value}");
        }
        match line.at {
            Some(at) => write_time(&mut self.out, at.timestamp_millis())?,
            None => self.out.write_all(b"                        ")?,
        }
        write!(self.out, " {:<1$} ", source.label, self.width)?;
        let message = line.message.trim_end_matches(['\n', '\r']);
        if self.terminal {
            for part in message.split('\n') {
                writeln!(self.out, "{}", clean(part))?;
            }
            return Ok(());
        }
        self.out.write_all(message.as_bytes())?;
        self.out.write_all(b"\n")
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// RFC 3339 with milliseconds. Formatting by a pattern would cost more than reading the line.
fn write_time(out: &mut impl Write, millis: i64) -> io::Result<()> {
    let Some(at) = chrono::DateTime::from_timestamp_millis(millis) else { return out.write_all(b"?") };
    use chrono::{Datelike, Timelike};
    let (date, time) = (at.date_naive(), at.time());
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let mut put = |from: usize, digits: usize, value: u32| {
        let mut value = value;
        for n in (from..from + digits).rev() {
            text[n] = b'0' + (value % 10) as u8;
            value /= 10;
        }
    };
    put(0, 4, date.year().clamp(0, 9_999) as u32);
    put(5, 2, date.month());
    put(8, 2, date.day());
    put(11, 2, time.hour());
    put(14, 2, time.minute());
    put(17, 2, time.second());
    put(20, 3, (time.nanosecond() / 1_000_000).min(999));
    out.write_all(&text)
}
