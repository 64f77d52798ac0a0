//! `gluedeck watch`: the check, on and on, and one message for each thing that is new.

mod deliver;
mod message;

use super::check::{Checked, read_all};
use super::facts::Snapshot;
use super::output;
use super::triage::card_of;
use super::wait::poll_interval;
use super::{CheckOptions, Exit, now, report_fault};
use crate::sink::Sink;
use gluedeck_aws::Gateway;
use gluedeck_aws::store::{WatchFile, WatchState};
use gluedeck_core::analysis::check;
use gluedeck_core::analysis::plan::Facts;
use gluedeck_core::analysis::watch::{Event, EventKind, Reported};
use gluedeck_core::domain::{Alert, AlertSubject, Fault, PipelineId, Target, Time};
use std::io;
use std::path::PathBuf;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Cards that are made for the problems of one reading: each reads a log.
const MAX_CARDS: usize = 10;

/// What is asked.
#[derive(Debug, Clone)]
pub struct WatchOptions {
    pub check: CheckOptions,
    /// From one reading to the next; a sandbox whose clock is faster is read more often.
    pub every: Duration,
    /// By name.
    pub sinks: Vec<(String, Sink)>,
    /// One reading, and what is to be delivered by now.
    pub once: bool,
    /// Print what would be sent, and send and keep nothing.
    pub dry_run: bool,
    /// Where what was reported is kept.
    pub folder: PathBuf,
    /// What of: another account has a file of its own.
    pub scope: String,
}

/// Watches until it is interrupted.
///
/// # Errors
/// If stdout or the state folder cannot be written.
pub async fn watch(gateway: &Gateway, options: &WatchOptions) -> io::Result<Exit> {
    if let Some(error) = options.sinks.iter().find_map(|(name, sink)| deliver::check(name, sink).err()) {
        eprintln!("gluedeck: {error}");
        return Ok(Exit::Usage);
    }
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut watcher = Watcher { gateway, options, earlier: None, waits: false };
    loop {
        let pass = async {
            let exit = watcher.pass().await?;
            if !options.once {
                tokio::time::sleep(poll_interval(gateway, options.every).await).await;
            }
            Ok::<_, io::Error>(exit)
        };
        let exit = tokio::select! {
            exit = pass => exit?,
            _ = interrupt.recv() => return Ok(Exit::Done),
            _ = terminate.recv() => return Ok(Exit::Done),
        };
        if options.once || exit == Exit::Usage {
            return Ok(exit);
        }
    }
}

struct Watcher<'w> {
    gateway: &'w Gateway,
    options: &'w WatchOptions,
    /// The reading before.
    earlier: Option<Snapshot>,
    /// Another watcher holds the file, and that has been told.
    waits: bool,
}

impl Watcher<'_> {
    /// Reads the account, notes what is new, and delivers what is due.
    async fn pass(&mut self) -> io::Result<Exit> {
        let (gateway, options) = (self.gateway, self.options);
        let read = match read_all(gateway, &options.check.pipelines, self.earlier.as_mut()).await {
            Checked::Read(snapshot, ids) => Ok((snapshot, ids)),
            Checked::Failed(fault) => Err(fault),
            Checked::Misused => return Ok(Exit::Usage),
        };
        let now = match &read {
            Ok((snapshot, _)) => snapshot.now(),
            Err(_) => now(gateway).await,
        };
        let Some(file) = WatchFile::take(&options.folder, &options.scope)? else {
            if !std::mem::replace(&mut self.waits, true) {
                eprintln!("gluedeck: another gluedeck watches with this state folder; this one waits for it to end");
            }
            return Ok(Exit::Done);
        };
        self.waits = false;
        let mut state = file.read()?;
        let events = self.new_events(&mut state, &read, now).await;
        if options.dry_run {
            events.iter().try_for_each(|event| output::json(&event.json()))?;
        } else {
            for event in &events {
                let takers = options.sinks.iter().filter(|(_, sink)| sink.takes(event));
                takers.for_each(|(name, _)| state.queue(event, name, now));
            }
            file.write(&state)?;
            deliver::due(&mut state, &file, &options.sinks, now).await?;
        }
        match read {
            Ok((snapshot, _)) => {
                self.earlier = Some(*snapshot);
                Ok(Exit::Done)
            }
            Err(fault) => Ok(report_fault(&fault)),
        }
    }

    /// What the ledger has not known.
    async fn new_events(
        &self,
        state: &mut WatchState,
        read: &Result<(Box<Snapshot>, Vec<PipelineId>), Fault>,
        now: Time,
    ) -> Vec<Event> {
        let check = &self.options.check;
        let (snapshot, ids) = match read {
            Ok(read) => read,
            Err(fault) => return state.ledger.unreadable(fault, now).into_iter().collect(),
        };
        let findings = check::check(&**snapshot, &check.scope, &|id| ids.contains(id));
        let mut events = state.ledger.observe(&findings, &check.fail_on, now - check.scope.since, now);
        let problems = events.iter_mut().filter(|event| event.kind == EventKind::Problem);
        for event in problems.filter(|event| event.problems.len() == 1).take(MAX_CARDS) {
            for problem in &mut event.problems {
                self.detail(problem, snapshot).await;
            }
        }
        events
    }

    /// What the card of a failed step says. What cannot be read is left out.
    async fn detail(&self, problem: &mut Reported, snapshot: &Snapshot) {
        let Some(step) = &problem.step else { return };
        let about = if matches!(step, Target::Job(_)) { AlertSubject::Job } else { AlertSubject::Crawler };
        let alert = Alert {
            about,
            name: Some(step.name().to_owned()),
            state: problem.state.clone(),
            run: problem.run.as_ref().map(ToString::to_string),
            at: problem.at,
            ..Alert::default()
        };
        if let Some(card) = card_of(self.gateway, &alert, snapshot).await {
            problem.class = Some(card.class.word().to_owned());
            problem.text.clone_from(&card.cause);
            problem.details = message::details(&card);
        }
    }
}
