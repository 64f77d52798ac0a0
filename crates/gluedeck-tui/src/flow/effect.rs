//! What an update wants done: by the shell (effects), or by the app around the screens (actions).

use super::form::Field;
use super::route::Route;
use super::slot::{Slot, Ticket};
use gluedeck_core::Drafts;
use gluedeck_core::Snapshot;
use gluedeck_core::analysis::History;
use gluedeck_core::analysis::log::FilterJob;
use gluedeck_core::analysis::plan::Plan;
use gluedeck_core::analysis::rows::Rows;
use gluedeck_core::analysis::rows::arrange::Question;
use gluedeck_core::analysis::stagger::live::Rollout;
use gluedeck_core::analysis::stagger::{Mode, PlannerOptions};
use gluedeck_core::domain::{
    AccountScope, Dpu, Job, JobName, JobRunId, LogSource, Pipeline, PipelineId, PipelineRun, QueryId, RunId, Time,
    WorkflowName,
};
use gluedeck_core::request::{Request, ResourceRef, Stream, StreamsOf};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// What the shell performs.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Perform the request, in place of whatever is under way in its slot.
    Request { slot: Slot, ticket: Ticket, request: Box<Request> },
    /// Keep the rollout on disk, and then, if that worked, perform the request.
    SaveAndSend { rollout: Box<Rollout>, slot: Slot, ticket: Ticket, request: Box<Request> },
    /// Open the stream, in place of whatever is under way in its slot.
    Stream { slot: Slot, ticket: Ticket, stream: Stream },
    /// Drop whatever is under way in the slot.
    Abandon(Slot),
    /// Put the text on the clipboard of the terminal (OSC 52).
    Copy(String),
    /// Keep the SQL texts, so that a crash loses nothing.
    SaveDrafts(Drafts),
    /// Keep the rollout on disk.
    SaveRollout(Rollout),
    /// Forget the rollout of a place.
    ForgetRollout(AccountScope),
    /// Look for a rollout that another console has left in a place.
    FindRollout(AccountScope),
    /// Read the journal again.
    ReadJournal,
    /// Keep a text in a file of this name, in the folder that one started in.
    SaveFile { name: String, text: String },
    /// Write new schedules, by trigger, into the pipeline's file.
    WriteSchedules { file: PathBuf, schedules: BTreeMap<String, String> },
    /// Keep the snapshot on disk, for the next start.
    KeepSnapshot(Box<Snapshot>),
    /// Keep what is on the screen in a file of this name.
    SaveView { name: String, format: ViewFormat },
    /// A code for the profile's role.
    GiveMfaCode(MfaCode),
    /// Show an address in a browser, if there is one here.
    OpenUrl(String),
    /// Tell the user, who may look elsewhere: the bell, and the terminal's notice.
    Notify(String),
    /// Take the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Go to another environment; app::Environments does it.
    Environment(Destination),
    /// Plan a stagger off the key path.
    PlanStagger(Box<StaggerQuestion>),
    /// Apply filters to a log off the key path.
    FilterJob(FilterJob),
    /// Leave the terminal to `$PAGER`, or to `$EDITOR`, with a text.
    Page { text: String, edit: bool },
    /// Leave the terminal to `$EDITOR` with SQL, and take what comes back.
    EditSql(String),
    /// Sort and filter the rows of a run off the key path.
    Arrange { run: u64, question: Box<Question> },
    /// Run SQL on rows that are here.
    QueryLocally { run: u64, sql: String, rows: Rows },
    /// Keep rows in a file: those that are here in an order, or the whole result of an execution.
    Export { name: String, rows: Rows, order: Option<Vec<u32>>, whole: Option<QueryId> },
    /// Read the log of queries, and the queries that were saved.
    ReadQueries,
    /// Keep SQL under a name.
    SaveQuery { name: String, sql: String },
    /// Keep on disk that somebody has seen a failure, or take it back.
    Acknowledge { key: String, note: String, undone: bool },
    /// Leave; open the console on a sandbox if `sandbox`.
    Quit(Leave),
}

/// How a view is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewFormat {
    Text,
    Svg,
}

/// Which environment to go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    Named(String),
    /// There, and there look into the alert of a text.
    WithAlert {
        name: String,
        text: String,
    },
    /// A profile of the AWS configuration, as an environment of its own.
    Profile(String),
    /// The same environment in another Region.
    Region(String),
    /// All on one board, or only the one that one is in.
    Everywhere,
}

/// A stagger to be planned: everything that the planner reads, as values of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct StaggerQuestion {
    pub number: u64,
    pub workflows: Vec<Pipeline>,
    pub histories: BTreeMap<PipelineId, History>,
    pub jobs: BTreeMap<JobName, Job>,
    pub selected: Vec<PipelineId>,
    pub limit: Dpu,
    pub now: Time,
    pub planner_options: PlannerOptions,
}

/// What can be done to a rollout.
#[derive(Debug, Clone, PartialEq)]
pub enum RolloutAction {
    Pause,
    Continue,
    Skip(PipelineId),
    /// Leave it as it is, and forget it.
    Forget,
}

/// How the console is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    Done,
    ForSandbox,
}

/// What a screen asks of the app around it.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// What the shell performs.
    Do(Effect),
    Request(Box<Request>),
    Stream(Stream),
    Abandon(Slot),
    Go(Route),
    /// Open a run of a workflow.
    ShowRun(PipelineId, Box<PipelineRun>),
    /// Open the log of a step's attempt.
    ShowLog(LogRequest),
    /// Put SQL into the editor, if that does not overwrite anything, and go there.
    Compose(String),
    /// Ask for confirmation.
    Ask(Box<Dialog>),
    /// Plan a stagger of these workflows, in a mode or in the one of before. Without any: of those that tonight has missed,
    /// or of all schedules.
    Stagger {
        workflows: Vec<PipelineId>,
        mode: Option<Mode>,
    },
    /// Look into an alert in the environment that it is of.
    GoThere {
        environment: String,
        text: String,
    },
    /// Plan the stagger that the screen holds.
    PlanStagger,
    /// Something about the rollout that is under way.
    Rollout(RolloutAction),
    Copy(String),
    /// Tell when the workflow's run ends, or not any more.
    Watch(PipelineId),
    /// Show why a workflow is in its state.
    ShowWhy(PipelineId),
    /// Read a resource as the service describes it, and show it.
    Describe(ResourceRef),
    /// Read the properties of a run, and show them.
    ShowProperties {
        workflow: WorkflowName,
        run: RunId,
    },
    /// Open a resource in the AWS console.
    OpenInConsole(ResourceRef),
    /// Say something for a few seconds.
    Notice(String),
    /// Show a text over the screen.
    ShowText {
        title: String,
        name: String,
        text: String,
    },
}

/// Which log to show.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRequest {
    /// What it is the log of, for the title.
    pub title: String,
    /// The runs, merged by time.
    pub runs: Vec<LogRun>,
    /// Whether one has failed: the view then goes to the first real error.
    pub failed: bool,
}

/// A run whose log is to be shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LogRun {
    /// What it is called among others; empty if it is alone.
    pub label: String,
    /// The job, if it is a job's run: its other streams are then looked for.
    pub job: Option<JobName>,
    pub run: Option<JobRunId>,
    /// The log group that is read as a whole, in place of a run, and what its streams' names begin with.
    pub group: Option<(String, String)>,
    /// Streams that are known already.
    pub sources: Vec<LogSource>,
    /// Read from this time on, not from the end.
    pub from: Option<Time>,
    /// When it ended, if it has.
    pub ended: Option<Time>,
    /// Its error message, as the API gives it.
    pub error: Option<String>,
    /// Whether it succeeded by the API.
    pub succeeded: bool,
}

impl LogRun {
    /// Whose streams are looked for; none if all are known.
    pub fn streams_of(&self) -> Option<StreamsOf> {
        match (&self.group, &self.job, &self.run) {
            (Some((group, prefix)), ..) => Some(StreamsOf::Group { group: group.clone(), prefix: prefix.clone() }),
            (None, Some(job), Some(run)) => Some(StreamsOf::Run { job: job.clone(), run: Some(run.clone()) }),
            _ => None,
        }
    }
}

/// A code of an MFA device. It is not printed, so that no log of effects has it.
#[derive(Clone, PartialEq, Eq)]
pub struct MfaCode(pub String);

impl fmt::Debug for MfaCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("MfaCode(…)")
    }
}

/// What a confirmation is about. Nothing happens without one.
#[derive(Debug, Clone, PartialEq)]
pub struct Dialog {
    pub plan: Plan,
    /// What can be edited before.
    pub fields: Vec<Field>,
    pub what: ConfirmedAction,
}

/// What the confirmation is for.
#[derive(Debug, Clone, PartialEq)]
pub enum ConfirmedAction {
    /// The plan's changes, one after the other.
    Changes,
    /// The plan's changes as a rollout.
    Rollout(Rollout),
    /// The plan's changes, which undo a rollout or batch of this id; the rollout ends with it.
    Revert(String),
    /// A query that may cost more than the limit.
    Query,
    /// Stop a query that was not begun from here.
    StopQuery(QueryId),
    OpenSandbox,
    /// Leave, though something that is approved is not sent yet.
    Leave,
}

impl Action {
    /// Sends a request.
    pub fn request(request: impl Into<Request>) -> Self {
        Self::Request(Box::new(request.into()))
    }
}
