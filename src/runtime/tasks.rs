//! The tasks behind the slots: one a slot, newer in place of older.

use super::connection::{Connection, EnvironmentOptions, connect};
use super::exports::{self, Wanted};
use gluedeck_aws::store::SnapshotFile;
use gluedeck_aws::{Follow, Gateway};
use gluedeck_core::Snapshot;
use gluedeck_core::analysis::log::FilterJob;
#[cfg(not(feature = "local-sql"))]
use gluedeck_core::analysis::rows::LocalSqlError;
use gluedeck_core::analysis::rows::Rows;
use gluedeck_core::analysis::rows::arrange::Question;
use gluedeck_core::analysis::stagger::{self, EFFORT, PlannerInput};
use gluedeck_core::domain::{Fault, LogSource};
use gluedeck_core::request::StopQuery;
use gluedeck_tui::flow::effect::StaggerQuestion;
use gluedeck_tui::flow::{Answered, Msg, Request, Slot, Stream, Streamed, Ticket, Update};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Sender;
use tokio::task::JoinHandle;

/// How long leaving waits for the server to be told to cancel.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(4);

/// What happened to the environment of a number.
pub(super) type News = (usize, Event);

/// What tasks report.
#[derive(Debug)]
pub(super) enum Event {
    Msg(Msg),
    Connected(Box<Result<Connection, Fault>>),
}

/// Requests under way.
#[derive(Debug)]
pub(super) struct Tasks {
    /// The environment's.
    number: usize,
    replies: Sender<News>,
    running: HashMap<Slot, (TaskKind, JoinHandle<()>)>,
    /// Files that are being written.
    exports: Vec<JoinHandle<()>>,
}

/// What leaving, or a newer request, does to one under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TaskKind {
    /// Dropped.
    Read,
    /// Never dropped: it changes something, or must reach the server.
    Change,
    /// Waited for, because the query that it starts must then be stopped.
    QueryStart,
}

/// What is done for a slot.
#[derive(Debug)]
pub(super) enum Work {
    Request(Box<Request>),
    Stream(Stream),
}

impl Work {
    fn kind(&self) -> TaskKind {
        match self {
            Self::Request(request) => match **request {
                Request::ApplyChange(_) | Request::StopQuery(_) => TaskKind::Change,
                Request::StartQuery(_) => TaskKind::QueryStart,
                Request::GetAccount(_)
                | Request::GetDpuLimit(_)
                | Request::GetFlexLimit(_)
                | Request::ListWorkflows(_)
                | Request::GetWorkflows(_)
                | Request::ListStandalone(_)
                | Request::GetDrift(_)
                | Request::GetPipelineRuns(_)
                | Request::GetRuns(_)
                | Request::GetDefinition(_)
                | Request::GetBookmark(_)
                | Request::GetRunMetrics(_)
                | Request::GetRunProperties(_)
                | Request::Describe(_)
                | Request::GetDatabases(_)
                | Request::GetTables(_)
                | Request::GetPartitions(_)
                | Request::GetJobs(_)
                | Request::FindLogStreams(_)
                | Request::GetLogPage(_)
                | Request::CompareLogs(_)
                | Request::ListQueries(_)
                | Request::GetQueries(_)
                | Request::ListWorkgroups(_)
                | Request::ListNamedQueries(_)
                | Request::ReadChecks(_)
                | Request::ReadFreshness(_)
                | Request::ReadJobLog(_)
                | Request::ReadCrawlLog(_)
                | Request::ReadRunChecks(_)
                | Request::ReadQualityResult(_)
                | Request::ReadColumns(_) => TaskKind::Read,
            },
            Self::Stream(_) => TaskKind::Read,
        }
    }
}

/// Where an answer goes to.
#[derive(Debug)]
struct To {
    /// The environment's number.
    number: usize,
    slot: Slot,
    ticket: Ticket,
}

impl To {
    fn answered(&self, answered: Answered) -> News {
        let (slot, ticket) = (self.slot.clone(), self.ticket);
        (self.number, Event::Msg(Msg::Answered { slot, ticket, answered: Box::new(answered) }))
    }

    fn streamed(&self, streamed: Streamed) -> News {
        let (slot, ticket) = (self.slot.clone(), self.ticket);
        (self.number, Event::Msg(Msg::Streamed { slot, ticket, streamed }))
    }
}

impl Tasks {
    pub(super) fn new(number: usize, replies: Sender<News>) -> Self {
        Self { number, replies, running: HashMap::new(), exports: Vec::new() }
    }

    /// Makes the clients, and tells.
    pub(super) fn connect(&self, environment_options: EnvironmentOptions, folder: Option<PathBuf>, started: Instant) {
        let (number, replies) = (self.number, self.replies.clone());
        tokio::spawn(async move {
            let made = connect(&environment_options, folder, started).await;
            replies.send((number, Event::Connected(Box::new(made)))).await
        });
    }

    /// Keeps the snapshot on disk. That it cannot be kept is found by nobody but the next start.
    pub(super) fn keep(&self, file: SnapshotFile, snapshot: Snapshot) -> JoinHandle<()> {
        tokio::task::spawn_blocking(move || {
            let _ = file.write(&snapshot);
        })
    }

    /// Reads something from the disk that may be long, and tells it.
    pub(super) fn read(&self, work: impl FnOnce() -> Option<Msg> + Send + 'static) {
        let (number, replies) = (self.number, self.replies.clone());
        tokio::task::spawn_blocking(move || {
            if let Some(msg) = work() {
                // It fails only if the console is gone.
                let _ = replies.blocking_send((number, Event::Msg(msg)));
            }
        });
    }

    /// Starts work for a slot; what is under way there is dropped if it only reads.
    pub(super) fn start(&mut self, gateway: &Arc<Gateway>, slot: Slot, ticket: Ticket, work: Work) {
        self.abandon(&slot);
        let (gateway, replies, number) = (Arc::clone(gateway), self.replies.clone(), self.number);
        let to = To { number, slot: slot.clone(), ticket };
        let kind = work.kind();
        let task = match work {
            Work::Request(request) => tokio::spawn(request_once(gateway, *request, replies, to)),
            Work::Stream(Stream::LiveTail(sources)) => tokio::spawn(tail(gateway, sources, replies, to)),
            Work::Stream(Stream::Query { number, id }) => {
                tokio::spawn(follow_query(gateway, number, Follow::new(id, false), replies, to))
            }
        };
        self.running.retain(|_, (_, task)| !task.is_finished());
        self.running.insert(slot, (kind, task));
    }

    /// Answers work that is not done.
    pub(super) fn refuse(&self, slot: Slot, ticket: Ticket, work: Work, fault: Fault) {
        let to = To { number: self.number, slot, ticket };
        let news = match work {
            Work::Request(request) => to.answered(request.failed(fault)),
            Work::Stream(Stream::LiveTail(_)) => to.streamed(Streamed::LiveTail(Err(fault))),
            Work::Stream(Stream::Query { number, .. }) => to.streamed(Streamed::Query { number, news: Err(fault) }),
        };
        let replies = self.replies.clone();
        tokio::spawn(async move { replies.send(news).await });
    }

    /// Plans a stagger on a thread of its own: it takes a good part of a second.
    pub(super) fn plan(&self, question: StaggerQuestion) {
        let (replies, own) = (self.replies.clone(), self.number);
        tokio::task::spawn_blocking(move || {
            let known = |workflow| PlannerInput {
                workflow,
                history: question.histories.get(&workflow.id),
                jobs: &question.jobs,
            };
            let all: Vec<PlannerInput<'_>> = question.workflows.iter().map(known).collect();
            let StaggerQuestion { number, limit, now, .. } = question;
            let plan = stagger::plan(&all, &question.selected, limit, now, &question.planner_options, EFFORT);
            // Nobody waits for it any more if the console has been left.
            let _ = replies
                .blocking_send((own, Event::Msg(Msg::Update(Update::Plan { number, plan: plan.map(Box::new) }))));
        });
    }

    /// Applies filters on a thread of their own: a million lines take a part of a second.
    pub(super) fn run_filter_job(&self, filter_job: FilterJob) {
        let (replies, own) = (self.replies.clone(), self.number);
        tokio::task::spawn_blocking(move || {
            // Nobody waits for it any more if the console has been left.
            let _ = replies.blocking_send((own, Event::Msg(Msg::Update(Update::FilterResult(filter_job.run())))));
        });
    }

    /// Sorts and filters rows on a thread of their own.
    pub(super) fn arrange(&self, run: u64, question: Question) {
        let (replies, own) = (self.replies.clone(), self.number);
        tokio::task::spawn_blocking(move || {
            let answer = question.answer();
            // Nobody waits for it any more if the console has been left.
            let _ = replies.blocking_send((own, Event::Msg(Msg::Arranged { run, answer })));
        });
    }

    /// Runs SQL on rows that are here.
    pub(super) fn query_locally(&self, run: u64, sql: String, rows: Rows) {
        let (replies, own) = (self.replies.clone(), self.number);
        tokio::spawn(async move {
            let since = Instant::now();
            let result = local_rows(&sql, rows).await;
            let took = since.elapsed();
            let _ = replies.send((own, Event::Msg(Msg::Update(Update::LocalRows { run, result, took })))).await;
        });
    }

    /// Keeps rows in a file. It is waited for when the console is left.
    pub(super) fn export(&mut self, gateway: &Arc<Gateway>, wanted: Wanted) {
        let (gateway, replies, own) = (Arc::clone(gateway), self.replies.clone(), self.number);
        self.exports.retain(|task| !task.is_finished());
        self.exports.push(tokio::spawn(async move {
            let report = move |text| {
                // What cannot be said now is said by the next line.
                let _ = replies.try_send((own, Event::Msg(Msg::Update(Update::Notice(text)))));
            };
            exports::export(&gateway, wanted, report).await;
        }));
    }

    /// Drops what is under way in a slot, if it only reads.
    pub(super) fn abandon(&mut self, slot: &Slot) {
        if let Some((TaskKind::Read, task)) = self.running.get(slot) {
            task.abort();
            self.running.remove(slot);
        }
    }

    /// Leaves: reads are dropped; what must reach the server or the disk gets a few seconds.
    /// A disk that does not answer keeps nobody: the next start reads the account again anyway.
    pub(super) async fn finish(self, kept: Option<JoinHandle<()>>) {
        let Self { running, exports, replies, .. } = self;
        drop(replies);
        for task in exports.into_iter().chain(kept) {
            let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, task).await;
        }
        for (kind, task) in running.into_values() {
            match kind {
                TaskKind::Read => task.abort(),
                TaskKind::Change | TaskKind::QueryStart => {
                    let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, task).await;
                }
            }
        }
    }
}

#[cfg(feature = "local-sql")]
use gluedeck_localsql::query as local_rows;

/// This program was built without the engine.
#[cfg(not(feature = "local-sql"))]
#[expect(clippy::unused_async, reason = "as with the engine")]
async fn local_rows(_sql: &str, _rows: Rows) -> Result<Rows, LocalSqlError> {
    Err(LocalSqlError::NotBuilt)
}

/// Performs a request, and tells its answer.
async fn request_once(gateway: Arc<Gateway>, request: Request, replies: Sender<News>, to: To) {
    let answered = gateway.answer(request).await;
    let started = match &answered {
        Answered::StartQuery(_, Ok(id)) => Some(id.clone()),
        _ => None,
    };
    if replies.send(to.answered(answered)).await.is_err()
        && let Some(id) = started
    {
        // The console has been left while the query started: nobody else will stop it.
        let _ = gateway.perform(StopQuery { id }).await;
    }
}

/// Tells what live tail brings, until it ends or nobody listens.
async fn tail(gateway: Arc<Gateway>, sources: Vec<LogSource>, replies: Sender<News>, to: To) {
    let ended = match gateway.live_tail(&sources).await {
        Err(fault) => fault,
        Ok(mut tail) => loop {
            match tail.next().await {
                Ok(live) => {
                    if replies.send(to.streamed(Streamed::LiveTail(Ok(live)))).await.is_err() {
                        return;
                    }
                }
                Err(fault) => break fault,
            }
        },
    };
    let _ = replies.send(to.streamed(Streamed::LiveTail(Err(ended)))).await;
}

/// Tells what becomes of a query, until there is nothing more or nobody listens.
async fn follow_query(gateway: Arc<Gateway>, number: u64, mut follow: Follow, replies: Sender<News>, to: To) {
    loop {
        let piece = Streamed::Query { number, news: gateway.follow(&mut follow).await };
        let last = piece.is_last();
        if replies.send(to.streamed(piece)).await.is_err() || last {
            return;
        }
    }
}
