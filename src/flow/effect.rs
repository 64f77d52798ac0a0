//! What an update wants done: by the shell (effects), or by the app around the screens (actions).

use super::request::{Change, Request, Slot, Ticket};
use super::route::Route;
use crate::domain::{LogSource, Target, Time};

/// What the shell performs.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Perform the request, in place of whatever is under way in its slot.
    Request { slot: Slot, ticket: Ticket, request: Request },
    /// Drop whatever is under way in the slot.
    Abandon(Slot),
    /// Put the text on the clipboard of the terminal (OSC 52).
    Copy(String),
    /// Keep the SQL text, so that a crash loses nothing.
    SaveDraft(String),
    /// Leave; open the console on a sandbox if `sandbox`.
    Quit(Leave),
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
    Request(Slot, Request),
    Abandon(Slot),
    Go(Route),
    /// Open the log of a step's attempt.
    ShowLog(LogRequest),
    /// Put SQL into the editor, if that does not overwrite anything, and go there.
    Compose(String),
    /// Ask for confirmation.
    Ask(Plan),
    Copy(String),
    SaveDraft(String),
    /// Say something for a few seconds.
    Notice(String),
}

/// Which log to show.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRequest {
    /// What it is the log of, for the title.
    pub title: String,
    pub sources: Vec<LogSource>,
    pub from: Option<Time>,
    /// When the run ended, if it has.
    pub ended: Option<Time>,
    /// The run's error message, which stands above its lines.
    pub error: Option<String>,
    /// Whether it failed: the view then goes to the first error.
    pub failed: bool,
}

/// What a confirmation is about. Nothing happens without one.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// `Rerun User Workflow`.
    pub title: String,
    /// What it does, and what it cannot undo.
    pub notes: Vec<String>,
    /// Every step that it concerns, in order, and what becomes of them, as after `3 steps `.
    pub steps: Vec<Target>,
    pub becomes: &'static str,
    /// The verb on the button.
    pub verb: &'static str,
    pub what: Consent,
}

/// What consent is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Consent {
    /// Sent one after the other.
    Changes(Vec<Change>),
    OpenSandbox,
}
