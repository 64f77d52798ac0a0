//! `gluedeck query`: run SQL, print or keep the rows. Ctrl-c cancels on the server, and so does being told to end.

use super::output::{self, Output};
use super::{Exit, report_fault};
use crate::export::{Export, Format};
use gluedeck_aws::{Follow, Gateway};
use gluedeck_core::analysis::rows::copy::Form;
use gluedeck_core::analysis::rows::show::plain;
use gluedeck_core::analysis::rows::{Batch, Rows};
use gluedeck_core::analysis::sql::parameters::MissingValues;
use gluedeck_core::analysis::sql::{changes, parameters, position, statements, typography};
use gluedeck_core::analysis::words::counted;
use gluedeck_core::domain::{Fault, FaultKind, QueryContext, QueryExecution, QueryId, QueryState, ResultColumn};
use gluedeck_core::request::{QueryEvent, StartQuery, StopQuery};
use gluedeck_tui::ui::text::{bytes, clean, scan, width};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::path::PathBuf;
use std::time::Instant;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct QueryOptions {
    pub sql: String,
    pub query_context: QueryContext,
    pub parameters: BTreeMap<String, String>,
    pub output: Output,
    /// A file for the rows, in place of stdout.
    pub out: Option<PathBuf>,
    /// At most so many rows of each statement.
    pub max_rows: Option<usize>,
    /// A query that has scanned more bytes than this is cancelled.
    pub max_scan: Option<i64>,
    /// Whether statements that change something are approved.
    pub yes: bool,
}

/// Runs the statements, one after the other until one fails, and prints their rows.
///
/// # Errors
/// If stdout or the file cannot be written.
pub async fn query(gateway: &Gateway, options: &QueryOptions) -> io::Result<Exit> {
    let usage = |why: &str| {
        eprintln!("gluedeck: {why}");
        Ok(Exit::Usage)
    };
    let foreign = typography::foreign(&options.sql);
    if let Some(first) = foreign.first() {
        let instead = match first.plain {
            "" => "remove it".to_owned(),
            " " => "replace it with a space".to_owned(),
            "\n" => "replace it with a line break".to_owned(),
            plain => format!("replace it with {plain}"),
        };
        let more = foreign.len() - 1;
        let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
        return usage(&format!("{first}{more}, which is not valid in SQL: {instead}"));
    }
    let all = statements::all(&options.sql);
    if all.is_empty() {
        return usage("no statement, only blanks or comments");
    }
    if options.out.is_some() && all.len() > 1 {
        return usage("--out works with one statement only");
    }
    let format = match options.out.as_deref().map(Format::of).transpose() {
        Ok(format) => format,
        Err(why) => return usage(&why.to_string()),
    };
    // All parameters before the first statement: half of a script is worse than none.
    let filled: Result<Vec<String>, MissingValues> =
        all.iter().map(|statement| parameters::filled(statement.text(&options.sql), &options.parameters)).collect();
    let filled = match filled {
        Ok(filled) => filled,
        Err(MissingValues(missing)) => {
            let flags: Vec<String> = missing.iter().map(|name| format!("--param {name}=VALUE")).collect();
            return usage(&format!("missing parameter value: add {}", flags.join(" ")));
        }
    };
    if !options.yes && announce_changes(&filled, gateway, options) {
        return Ok(Exit::Usage);
    }
    let mut signals = Signals::listen();
    for (n, sql) in filled.iter().enumerate() {
        if filled.len() > 1 {
            let first = sql.lines().find(|line| !line.trim_start().starts_with("--")).unwrap_or_default();
            eprintln!("statement {} of {}: {}", n + 1, filled.len(), gluedeck_tui::ui::text::cut(first.trim(), 60));
        }
        match one(gateway, sql, options, format, &mut signals).await? {
            Exit::Done => {}
            exit => {
                if n + 1 < filled.len() {
                    eprintln!("gluedeck: the remaining statements were not run");
                }
                return Ok(exit);
            }
        }
    }
    Ok(Exit::Done)
}

/// Says what the statements would change and where; whether they would.
fn announce_changes(statements: &[String], gateway: &Gateway, options: &QueryOptions) -> bool {
    let changing: Vec<String> = statements.iter().filter_map(|sql| changes::of(sql)).collect();
    if changing.is_empty() {
        return false;
    }
    let query_context = &options.query_context;
    let database = query_context.database.as_deref().unwrap_or("no database");
    let workgroup = query_context.workgroup.as_deref().unwrap_or("primary");
    let region = gateway.region().unwrap_or("an unknown Region");
    let endpoint = gateway.endpoint().map(|url| format!(", {url}")).unwrap_or_default();
    eprintln!("Changes the data lake in {database}, workgroup {workgroup}, {region}{endpoint}:");
    for (n, change) in changing.iter().enumerate() {
        eprintln!("  {}. {}", n + 1, clean(change));
    }
    eprintln!("This cannot be undone. Nothing was sent. To run it, add --yes.");
    true
}

/// The line that an error's message points at, and the place in it.
fn print_place(message: &str, sql: &str) {
    let Some(at) = position::of_error(message, sql) else { return };
    let (line, letters) = position::line_at(sql, at);
    let before: String = line.chars().take(letters).collect();
    eprintln!("  {}\n  {}^", clean(line), " ".repeat(width(&clean(&before))));
}

async fn one(
    gateway: &Gateway,
    sql: &str,
    options: &QueryOptions,
    format: Option<Format>,
    signals: &mut Signals,
) -> io::Result<Exit> {
    let since = Instant::now();
    let start = StartQuery { number: 0, sql: sql.to_owned(), query_context: options.query_context.clone() };
    // A start that is on its way is waited for: only with its id can the query be cancelled.
    let id = match gateway.perform(start).await {
        Ok(id) => id,
        Err(fault) => {
            let exit = report_fault(&fault);
            print_place(&fault.message, sql);
            return Ok(exit);
        }
    };
    let mut run = Run { options, format, since, execution: None, sink: None, rows: 0, more: false, said: false };
    let outcome = tokio::select! {
        outcome = run.follow(gateway, &id) => outcome?,
        () = signals.told_to_stop() => Outcome::Stop("cancelled".to_owned()),
    };
    let fault = match outcome {
        Outcome::Over => return run.finish(),
        Outcome::Stop(why) => match gateway.perform(StopQuery { id }).await {
            Ok(()) => {
                eprintln!("gluedeck: {why}; query cancel requested");
                return Ok(Exit::Failed);
            }
            Err(fault) => {
                eprintln!("gluedeck: {why}; the query may still be running");
                fault
            }
        },
        Outcome::Fault(fault) => fault,
    };
    Ok(report_fault(&fault))
}

enum Outcome {
    Over,
    Stop(String),
    Fault(Fault),
}

/// A statement that runs.
struct Run<'r> {
    options: &'r QueryOptions,
    format: Option<Format>,
    since: Instant,
    execution: Option<QueryExecution>,
    sink: Option<Sink>,
    rows: usize,
    /// There are more rows than were asked for.
    more: bool,
    /// Whether a line of progress stands on the terminal.
    said: bool,
}

impl Run<'_> {
    async fn follow(&mut self, gateway: &Gateway, id: &QueryId) -> io::Result<Outcome> {
        let (mut follow, mut waited) = (Follow::new(id.clone(), false), false);
        loop {
            let news = match gateway.follow(&mut follow).await {
                Ok(news) => news,
                Err(fault) => return Ok(Outcome::Fault(fault)),
            };
            match news {
                QueryEvent::Execution(execution) => {
                    let scanned = execution.scanned_bytes.unwrap_or(0);
                    self.progress(&format!("{} {}", execution.state.word(), bytes(scanned)));
                    let over = self.options.max_scan.filter(|most| scanned > *most && !execution.state.is_final());
                    self.execution = Some(*execution);
                    if let Some(most) = over {
                        return Ok(Outcome::Stop(format!("scanned more than {}", bytes(most))));
                    }
                }
                QueryEvent::Columns { columns, updated } => {
                    if let Some(updated) = updated.filter(|_| columns.is_empty() || updated > Some(0)) {
                        eprintln!("{} written", counted(updated.max(0) as usize, "row"));
                    }
                    self.sink = Some(Sink::open(columns, self.options, self.format)?);
                }
                QueryEvent::Rows(batch) => {
                    let room = self.options.max_rows.map_or(usize::MAX, |most| most - self.rows);
                    self.more = batch.len() > room;
                    let count = batch.len().min(room);
                    if let Some(sink) = &mut self.sink {
                        sink.push(batch, count)?;
                    }
                    self.rows += count;
                    self.progress(&counted(self.rows, "row"));
                    if self.more {
                        return Ok(Outcome::Over);
                    }
                }
                // Credentials may have been renewed meanwhile, which the next call notices.
                QueryEvent::Retrying(fault) if fault.needs_a_person() && std::mem::replace(&mut waited, true) => {
                    eprintln!("gluedeck: query {} may still be running", id.as_str());
                    return Ok(Outcome::Fault(fault));
                }
                QueryEvent::Retrying(fault) => eprintln!("gluedeck: {fault}; retrying"),
                QueryEvent::End => return Ok(Outcome::Over),
            }
        }
    }

    /// Progress, on a terminal only: a file of it is of no use.
    fn progress(&mut self, text: &str) {
        if io::stderr().is_terminal() && !(io::stdout().is_terminal() && self.sink.is_some()) {
            eprint!("\r\x1b[K{} {:.1} s", text, self.since.elapsed().as_secs_f64());
            self.said = true;
        }
    }

    fn finish(mut self) -> io::Result<Exit> {
        if std::mem::take(&mut self.said) {
            eprint!("\r\x1b[K");
        }
        let Some(execution) = &self.execution else { return Ok(report_fault(&invalid_response("GetQueryExecution"))) };
        if execution.state != QueryState::Succeeded {
            let reason = execution.reason.as_deref().unwrap_or("no reason given");
            eprintln!("gluedeck: the query {}: {}", execution.state.word(), clean(reason));
            print_place(reason, &execution.sql);
            return Ok(Exit::Failed);
        }
        let elapsed = self.since.elapsed();
        if let Some(sink) = self.sink.take() {
            sink.finish(execution, elapsed.as_millis() as u64)?;
        }
        let scanned = match (execution.reused, execution.scanned_bytes) {
            (true, _) => "reused result, nothing scanned".to_owned(),
            (false, Some(scanned)) => scan(scanned),
            (false, None) => String::new(),
        };
        let rows = counted(self.rows, "row");
        let more = if self.more { ", more available (--max-rows)" } else { "" };
        eprintln!("{rows}{more} in {:.2} s, {scanned}", elapsed.as_secs_f64());
        if let Some(path) = &self.options.out {
            eprintln!("saved as {}", path.display());
        }
        Ok(Exit::Done)
    }
}

/// Where rows go.
enum Sink {
    File(Export),
    /// As they come.
    Stream {
        form: Form,
        columns: Vec<ResultColumn>,
        out: BufWriter<Stdout>,
        rows: usize,
    },
    /// All at once, since the widths of a table's columns are known then.
    Table(Rows),
    /// The object of a statement, row by row.
    Json {
        columns: Vec<ResultColumn>,
        out: BufWriter<Stdout>,
        rows: usize,
    },
}

impl Sink {
    fn open(columns: Vec<ResultColumn>, options: &QueryOptions, format: Option<Format>) -> io::Result<Self> {
        if let (Some(path), Some(format)) = (&options.out, format) {
            let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
            return Export::create(path, format, &columns).map(Self::File).map_err(named);
        }
        let mut out = BufWriter::with_capacity(1 << 18, io::stdout());
        let form = match options.output {
            Output::Csv => Form::Csv,
            Output::Jsonl => Form::JsonLines,
            Output::Markdown => Form::Markdown,
            Output::Json => {
                let shapes: Vec<_> = columns.iter().map(|c| json!({ "name": c.name, "type": c.kind })).collect();
                write!(out, "{{\"columns\":{},\"rows\":[", json!(shapes))?;
                return Ok(Self::Json { columns, out, rows: 0 });
            }
            Output::Table | Output::Text => return Ok(Self::Table(Rows::new(columns))),
        };
        out.write_all(form.head(&columns).as_bytes())?;
        Ok(Self::Stream { form, columns, out, rows: 0 })
    }

    fn push(&mut self, batch: Batch, count: usize) -> io::Result<()> {
        // What a terminal would act on never reaches it; a file or a pipe gets what Athena has sent.
        let safe = !matches!(self, Self::File(_)) && io::stdout().is_terminal();
        let batch = if safe { cleaned(&batch) } else { batch };
        let cells = |columns: &[ResultColumn], row: usize| {
            (0..columns.len()).map(|column| batch.cell(row, column).map(str::to_owned)).collect::<Vec<_>>()
        };
        match self {
            Self::File(export) if count == batch.len() => export.push(&batch)?,
            Self::File(export) => export.push(&batch.first(count))?,
            Self::Table(rows) => rows.push(batch.first(count)),
            Self::Stream { form, columns, out, rows } => {
                for row in 0..count {
                    let cells = (0..columns.len()).map(|column| batch.cell(row, column));
                    out.write_all(form.row(columns, cells, *rows + row == 0).as_bytes())?;
                }
                *rows += count;
            }
            Self::Json { columns, out, rows } => {
                for row in 0..count {
                    let values: Vec<_> = columns
                        .iter()
                        .zip(cells(columns, row))
                        .map(|(column, cell)| gluedeck_core::analysis::rows::copy::value(column, cell.as_deref()))
                        .collect();
                    write!(out, "{}{}", if *rows + row == 0 { "" } else { "," }, json!(values))?;
                }
                *rows += count;
            }
        }
        Ok(())
    }

    fn finish(self, execution: &QueryExecution, elapsed_ms: u64) -> io::Result<()> {
        match self {
            Self::File(export) => export.finish().map(|_| ()),
            Self::Stream { form, mut out, .. } => {
                out.write_all(form.tail().as_bytes())?;
                out.flush()
            }
            Self::Json { mut out, .. } => {
                let id = json!(execution.id.as_str());
                let scanned = json!(execution.scanned_bytes);
                writeln!(
                    out,
                    "],\"execution_id\":{id},\"scanned_bytes\":{scanned},\"reused\":{},\"elapsed_ms\":{elapsed_ms}}}",
                    execution.reused
                )?;
                out.flush()
            }
            Self::Table(rows) => {
                let names: Vec<&str> = rows.columns.iter().map(|column| column.name.as_str()).collect();
                let right: Vec<usize> = (0..names.len()).filter(|n| rows.columns[*n].is_number()).collect();
                let text = |row: usize| rows.row(row).map(|cell| plain(cell).into_owned()).collect();
                output::table(&names, &right, &(0..rows.len()).map(text).collect::<Vec<_>>())
            }
        }
    }
}

/// The rows without anything that a terminal would act on.
fn cleaned(batch: &Batch) -> Batch {
    let mut made = Batch::new(batch.columns());
    for row in 0..batch.len() {
        let cells: Vec<Option<String>> = (0..batch.columns()).map(|n| batch.cell(row, n).map(clean)).collect();
        made.push(cells.iter().map(Option::as_deref));
    }
    made
}

/// Ctrl-c, somebody who ends the process, or a terminal that hangs up. Listened to before anything is sent: a signal that
/// comes while a start is on its way must not end the process before the query can be cancelled.
struct Signals([Option<Signal>; 3]);

impl Signals {
    fn listen() -> Self {
        // Without a handler the default one ends the process.
        Self([SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(|kind| signal(kind).ok()))
    }

    async fn told_to_stop(&mut self) {
        std::future::poll_fn(|context| {
            let told = |signal: &mut Signal| signal.poll_recv(context).is_ready();
            let told = self.0.iter_mut().flatten().any(told);
            if told { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
    }
}

fn invalid_response(operation: &str) -> Fault {
    Fault::new(FaultKind::InvalidResponse, operation, "unexpected response")
}
