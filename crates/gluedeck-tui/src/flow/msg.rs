//! Messages: everything that can happen to the model.

use super::context::Endpoint;
use super::key::Key;
use super::slot::{Slot, Ticket};
use gluedeck_core::Snapshot;
use gluedeck_core::analysis::log::Sifted;
use gluedeck_core::analysis::rows::{Arranged, Rows};
use gluedeck_core::analysis::stagger::Plan;
use gluedeck_core::analysis::stagger::live::Rollout;
use gluedeck_core::domain::{Acknowledged, Fault, PastQuery, Recorded, Time};
use gluedeck_core::request::{Reply, Usage};
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
    /// The wheel.
    Wheel {
        down: bool,
    },
    Resize {
        width: u16,
        height: u16,
    },
    /// Time went on.
    Tick(Moment),
    Reply {
        slot: Slot,
        ticket: Ticket,
        result: Result<Reply, Fault>,
    },
    /// A stagger has been planned; `number` is the question's.
    Staggered {
        number: u64,
        plan: Result<Box<Plan>, String>,
    },
    /// Something that the user is to know.
    Said(String),
    /// Filters have been applied to a log.
    Sifted(Sifted),
    /// Rows of a run have been sorted and filtered.
    Arranged {
        run: u64,
        answer: Arranged,
    },
    /// SQL on rows that are here has been run.
    LocalRows {
        run: u64,
        result: Result<Rows, String>,
        took: Duration,
    },
    /// SQL comes back from `$EDITOR`.
    Edited(String),
    /// Queries that were sent from here, the oldest first, and saved ones by name.
    Queries {
        past: Vec<PastQuery>,
        saved: Vec<(String, String)>,
    },
    /// Queries that a console that is gone has left running.
    Orphans(Vec<PastQuery>),
    /// The environment's clients are made: where they lead to. Or why they could not be.
    Connected(Result<(Endpoint, Option<String>), Fault>),
    /// The snapshot that an earlier console has left on the disk.
    Snapshot(Box<Snapshot>),
    /// Calls sent to this place.
    Usage(Usage),
    /// A rollout that another console has left here.
    Interrupted(Rollout),
    /// Failures that somebody has seen: what is on disk, or one more.
    Acknowledged(Vec<Acknowledged>),
    /// The journal as it is on disk.
    Journal(Vec<Recorded>),
    /// The terminal hung up or the process is told to end.
    Terminate,
}

/// A moment: the time on AWS's side, and the time since the console started.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// UTC; in the sandbox the sandbox's.
    pub now: Time,
    pub wall: Duration,
    /// Simulated seconds a wall second; 1 on AWS.
    pub speed: f64,
    /// UTC by this machine's clock, whatever a sandbox's says.
    pub utc: Time,
}
