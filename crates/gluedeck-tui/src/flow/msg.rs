//! Messages: everything that can happen to the model.

use super::context::Endpoint;
use super::key::Key;
use super::moment::Moment;
use super::slot::{Slot, Ticket};
use gluedeck_core::Snapshot;
use gluedeck_core::analysis::log::FilterResult;
use gluedeck_core::analysis::rows::LocalSqlError;
use gluedeck_core::analysis::rows::{Arranged, Rows};
use gluedeck_core::analysis::stagger::Plan;
use gluedeck_core::analysis::stagger::StaggerError;
use gluedeck_core::analysis::stagger::live::Rollout;
use gluedeck_core::domain::{Acknowledged, Fault, JournalRecord, PastQuery};
use gluedeck_core::request::{Answered, Streamed, Usage};
use std::time::Duration;

/// Something happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    Key(Key),
    /// Text that came at once, bracketed or faster than fingers. It never reaches a key binding.
    Paste(String),
    /// A click of the left button, in cells from the top left.
    Click {
        column: u16,
        row: u16,
    },
    /// The mouse wheel, by one notch.
    Wheel {
        down: bool,
    },
    Resize {
        width: u16,
        height: u16,
    },
    /// Time went on.
    Tick(Moment),
    /// A request has its answer.
    Answered {
        slot: Slot,
        ticket: Ticket,
        answered: Box<Answered>,
    },
    /// A stream has brought a piece.
    Streamed {
        slot: Slot,
        ticket: Ticket,
        streamed: Streamed,
    },
    /// Rows of a run have been sorted and filtered.
    Arranged {
        run: u64,
        answer: Arranged,
    },
    /// SQL comes back from `$EDITOR`.
    Edited(String),
    /// Queries that an earlier session has left running.
    Orphans(Vec<PastQuery>),
    /// Something is known now.
    Update(Update),
    /// The terminal hung up, or the process is told to end.
    Terminate,
}

/// What tasks have worked out or found on the disk, and the model only takes.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// A stagger has been planned; `number` is the question's.
    Plan { number: u64, plan: Result<Box<Plan>, StaggerError> },
    /// Something that the user is to know.
    Notice(String),
    /// Filters have been applied to a log.
    FilterResult(FilterResult),
    /// SQL on rows that are here has been run.
    LocalRows { run: u64, result: Result<Rows, LocalSqlError>, took: Duration },
    /// Queries that were sent from here, the oldest first, and saved ones by name.
    Queries { past: Vec<PastQuery>, saved: Vec<(String, String)> },
    /// The clients of the environment are made: their endpoint and Region. Or why they could not be.
    Connected(Result<(Endpoint, Option<String>), Fault>),
    /// The snapshot that an earlier session has left on the disk.
    Snapshot(Box<Snapshot>),
    /// Calls sent to this account and Region.
    Usage(Usage),
    /// A rollout that an earlier session has left.
    Interrupted(Rollout),
    /// Failures that somebody has acknowledged: what is on disk, or one more.
    Acknowledged(Vec<Acknowledged>),
    /// The journal as it is on disk.
    Journal(Vec<JournalRecord>),
}
