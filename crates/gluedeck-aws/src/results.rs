//! Following a query: its states until it ends, then its rows. The first rows come by GetQueryResults, which has their
//! types; the others from the object in S3 that holds all of them, in one request, or page by page where that may not be
//! read. What fails is tried again by asking for the next piece of news again: nothing is lost, nothing comes twice.

use super::clients::Clients;
use super::{athena, fault};
use aws_sdk_athena::operation::get_query_results::GetQueryResultsOutput;
use aws_sdk_athena::types::Row;
use aws_smithy_types::byte_stream::ByteStream;
use gluedeck_core::analysis::rows::{Batch, CsvError, CsvReader};
use gluedeck_core::domain::{Fault, FaultKind, QueryExecution, QueryId, QueryState, ResultColumn, StatementKind};
use gluedeck_core::request::QueryEvent;
use std::time::{Duration, Instant};

/// Rows of a page, with the header (Athena, GetQueryResults).
const PAGE: i32 = 1_000;

/// How often the state is asked for: often at first, for most queries are short.
const POLL_INTERVALS: PollIntervals = [
    (Duration::from_secs(1), Duration::from_millis(50)),
    (Duration::from_secs(10), Duration::from_millis(200)),
    (Duration::MAX, Duration::from_millis(1_000)),
];
/// Of a query that the user has not asked for, and that must not cost many calls.
const BACKGROUND_POLL_INTERVALS: PollIntervals = [
    (Duration::from_millis(600), Duration::from_millis(350)),
    (Duration::from_secs(2), Duration::from_millis(600)),
    (Duration::MAX, Duration::from_millis(2_000)),
];

/// Until which age how long is waited.
type PollIntervals = [(Duration, Duration); 3];

/// A query that is followed.
#[derive(Debug)]
pub struct Follow {
    id: QueryId,
    since: Instant,
    asked: bool,
    poll_intervals: &'static PollIntervals,
    /// The object in S3 is not to be read, or could not be.
    by_pages: bool,
    /// Failures in a row.
    failures: u32,
    step: Step,
}

#[derive(Debug)]
enum Step {
    /// Until it ends.
    Watch,
    FirstPage(Box<QueryExecution>),
    /// The rows of the first page, which are given out next.
    Given {
        rows: Batch,
        then: Box<Step>,
    },
    Pages {
        token: String,
        columns: usize,
        whole: bool,
    },
    Object(Box<Object>),
    Over,
}

/// The object with all rows.
#[derive(Debug)]
struct Object {
    bucket: String,
    key: String,
    reader: CsvReader,
    body: Option<ByteStream>,
    /// Bytes that have been read, from where it goes on.
    at: u64,
    etag: Option<String>,
    /// Whether a row of it has been given out: from then on there is no way back to the pages.
    begun: bool,
    /// Where the pages go on.
    token: String,
    columns: usize,
}

impl Follow {
    /// Follows a query. `by_pages`: never by the object in S3.
    pub fn new(id: QueryId, by_pages: bool) -> Self {
        Self {
            id,
            since: Instant::now(),
            asked: false,
            poll_intervals: &POLL_INTERVALS,
            by_pages,
            failures: 0,
            step: Step::Watch,
        }
    }

    /// Follows a query with few calls: not asked at once, when it cannot have ended, and more rarely then.
    pub(super) fn background(id: QueryId) -> Self {
        Self { asked: true, poll_intervals: &BACKGROUND_POLL_INTERVALS, ..Self::new(id, false) }
    }

    /// It has failed, and will be tried again.
    pub(super) fn failed(&mut self) {
        self.failures += 1;
    }

    /// Waits after a failure: longer after each, at most half a minute.
    pub(super) async fn rest(&self) {
        if self.failures > 0 {
            let millis = (250_u64 << self.failures.min(7)).min(30_000);
            tokio::time::sleep(Duration::from_millis(millis)).await;
        }
    }

    /// Waits for what is new.
    pub(super) async fn next(&mut self, clients: &Clients) -> Result<QueryEvent, Fault> {
        let news = self.step(clients).await?;
        self.failures = 0;
        Ok(news)
    }

    async fn step(&mut self, clients: &Clients) -> Result<QueryEvent, Fault> {
        loop {
            match &mut self.step {
                Step::Watch => return self.watch(clients).await,
                Step::FirstPage(execution) => {
                    let execution = execution.clone();
                    return self.first_page(clients, &execution).await;
                }
                Step::Given { rows, then } => {
                    let rows = std::mem::take(rows);
                    self.step = std::mem::replace(then, Step::Over);
                    if !rows.is_empty() {
                        return Ok(QueryEvent::Rows(rows));
                    }
                }
                Step::Pages { token, columns, whole } => {
                    let (answer, columns, whole) =
                        (page(clients, &self.id, Some(token.clone())).await?, *columns, *whole);
                    let rows = batch(rows_of(&answer), columns, whole);
                    self.step = then(answer.next_token, columns, whole);
                    return Ok(QueryEvent::Rows(rows));
                }
                Step::Object(object) => match object.next(clients).await {
                    Ok(Some(rows)) => return Ok(QueryEvent::Rows(rows)),
                    Ok(None) => self.step = Step::Over,
                    Err(fault) if fault.is_transient() && fault.kind != FaultKind::InvalidResponse => {
                        return Err(fault);
                    }
                    // Not allowed, not there, not what it should be: the pages have the same rows.
                    Err(_) if !object.begun => {
                        self.step = Step::Pages { token: object.token.clone(), columns: object.columns, whole: true };
                    }
                    Err(fault) => return Err(fault),
                },
                Step::Over => return Ok(QueryEvent::End),
            }
        }
    }

    async fn watch(&mut self, clients: &Clients) -> Result<QueryEvent, Fault> {
        if std::mem::replace(&mut self.asked, true) {
            let age = self.since.elapsed();
            let interval = self
                .poll_intervals
                .iter()
                .find(|(until, _)| age < *until)
                .map_or(self.poll_intervals[2].1, |(_, interval)| *interval);
            tokio::time::sleep(interval).await;
        }
        let execution = athena::execution(clients, &self.id).await?;
        if execution.state.is_final() {
            let good = execution.state == QueryState::Succeeded;
            self.step = if good { Step::FirstPage(Box::new(execution.clone())) } else { Step::Over };
        }
        Ok(QueryEvent::Execution(Box::new(execution)))
    }

    async fn first_page(&mut self, clients: &Clients, execution: &QueryExecution) -> Result<QueryEvent, Fault> {
        let answer = page(clients, &self.id, None).await?;
        let columns = columns(&answer);
        // DESCRIBE has a column a part, and rows of one cell with all parts, between tabs (measured).
        let whole = execution.kind == StatementKind::Dml;
        let skip = usize::from(execution.has_header());
        let rows = batch(rows_of(&answer).iter().skip(skip), columns.len(), whole);
        let updated = answer.update_count;
        let count = columns.len();
        let next = match (answer.next_token.filter(|token| !token.is_empty()), execution.result_object()) {
            (Some(token), Some((bucket, key))) if !self.by_pages => Step::Object(Box::new(Object {
                bucket: bucket.to_owned(),
                key: key.to_owned(),
                reader: CsvReader::new(count, rows.len() + skip),
                body: None,
                at: 0,
                etag: None,
                begun: false,
                token,
                columns: count,
            })),
            (token, _) => then(token, count, whole),
        };
        self.step = Step::Given { rows, then: Box::new(next) };
        Ok(QueryEvent::Columns { columns, updated })
    }
}

fn then(token: Option<String>, columns: usize, whole: bool) -> Step {
    token.filter(|token| !token.is_empty()).map_or(Step::Over, |token| Step::Pages { token, columns, whole })
}

impl Object {
    /// The next rows; none if there are no more.
    async fn next(&mut self, clients: &Clients) -> Result<Option<Batch>, Fault> {
        if self.body.is_none() {
            self.open(clients).await?;
        }
        let garbled = |error: CsvError| Fault::new(FaultKind::InvalidResponse, "GetObject", error.to_string());
        loop {
            let Some(body) = &mut self.body else { return Ok(None) };
            match body.next().await {
                Some(Ok(piece)) => {
                    self.at += piece.len() as u64;
                    self.reader.feed(&piece).map_err(garbled)?;
                    if let Some(rows) = self.reader.take(false) {
                        self.begun = true;
                        return Ok(Some(rows));
                    }
                }
                Some(Err(error)) => {
                    self.body = None;
                    let message = format!("connection lost: {error}");
                    return Err(Fault::new(FaultKind::Unreachable, "GetObject", message));
                }
                None => {
                    self.reader.finish().map_err(garbled)?;
                    self.begun = true;
                    let rows = self.reader.take(true);
                    // Asked again, there is nothing more.
                    if rows.is_none() {
                        self.body = None;
                    } else {
                        self.body = Some(ByteStream::default());
                    }
                    return Ok(rows);
                }
            }
        }
    }

    /// Opens the object, from where an earlier try broke off.
    async fn open(&mut self, clients: &Clients) -> Result<(), Fault> {
        let answer = clients.s3.get(&self.bucket, &self.key, self.at, self.etag.as_deref()).await;
        let answer = answer.map_err(|error| fault::of("GetObject", &error))?;
        self.etag = answer.etag;
        self.body = Some(answer.body);
        Ok(())
    }
}

async fn page(clients: &Clients, id: &QueryId, token: Option<String>) -> Result<GetQueryResultsOutput, Fault> {
    let call = clients.athena.get_query_results().query_execution_id(id.as_str());
    let answer = call.max_results(PAGE).set_next_token(token).send().await;
    answer.map_err(|error| fault::of("GetQueryResults", &error))
}

fn columns(answer: &GetQueryResultsOutput) -> Vec<ResultColumn> {
    let metadata = answer.result_set().and_then(|result| result.result_set_metadata());
    let info = metadata.map(|metadata| metadata.column_info()).unwrap_or_default();
    info.iter()
        .map(|column| ResultColumn { name: column.name().to_owned(), kind: column.r#type().to_owned() })
        .collect()
}

fn rows_of(answer: &GetQueryResultsOutput) -> &[Row] {
    answer.result_set().map(|result| result.rows()).unwrap_or_default()
}

fn batch<'r>(rows: impl IntoIterator<Item = &'r Row>, columns: usize, whole: bool) -> Batch {
    let mut batch = Batch::new(columns);
    for row in rows {
        match row.data() {
            [one] if columns > 1 && !whole => {
                // A comment may have tabs of its own.
                let parts = one.var_char_value().unwrap_or_default().splitn(columns, '\t');
                batch.push(parts.map(|part| Some(part.trim()).filter(|part| !part.is_empty())));
            }
            data => batch.push(data.iter().map(|datum| datum.var_char_value())),
        }
    }
    batch
}
