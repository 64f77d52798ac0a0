//! The thin async shell: the loop, tasks, the terminal, input, signals. The only place that names crossterm or spawns.

mod clock;
mod disk;
mod input;
mod tasks;
mod terminal;

use self::clock::Clock;
use self::disk::Disk;
use self::tasks::Tasks;
use self::terminal::Screen;
use crate::analysis::stagger::Wishes;
use crate::app::{Model, draw, update};
use crate::aws::Gateway;
use crate::domain::Policy;
use crate::flow::effect::Leave;
use crate::flow::{Effect, Endpoint, Load, Msg, Session, Slot};
use crate::store::Draft;
use crate::ui::{Editor, Look};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

pub use self::terminal::{color_depth, speaks_unicode};

/// A frame at most this often.
const FRAME: Duration = Duration::from_millis(16);
/// How often time is told while something moves, and while nothing does.
const LIVELY: Duration = Duration::from_millis(200);
const CALM: Duration = Duration::from_millis(1_000);

/// What the console starts with.
#[derive(Debug)]
pub struct Start {
    pub environment: String,
    pub read_only: bool,
    pub policy: Policy,
    /// How staggering is wanted.
    pub wishes: Wishes,
    /// In place of the account's limit.
    pub dpu_limit: Option<f64>,
    pub look: Look,
    pub draft: Option<Draft>,
    /// Where the journal and the rollout lie.
    pub folder: Option<PathBuf>,
    /// Something to say at once, such as a theme that could not be read.
    pub notice: Option<String>,
}

/// Runs the console until it is left.
///
/// # Errors
/// If the terminal cannot be used.
pub async fn run(gateway: Gateway, start: Start) -> io::Result<Leave> {
    let gateway = Arc::new(gateway);
    let clock = Clock::learn(gateway.endpoint()).await;
    let session = Session {
        environment: start.environment,
        endpoint: endpoint(gateway.endpoint(), &clock),
        region: gateway.region().map(str::to_owned),
        account: Load::Idle,
        read_only: start.read_only,
        policy: start.policy,
    };
    let mut screen = Screen::open()?;
    let environment = session.environment.clone();
    let mut model = Model::new(session, start.wishes, start.look, clock.moment(), screen.size()?);
    model.context.own_limit = start.dpu_limit;
    let disk = Disk { draft: start.draft, folder: start.folder, environment, rollout: None, unsaved: None };
    model.activity.journal = disk.journal();
    if let Some(text) = disk.draft.as_ref().and_then(Draft::read) {
        model.athena.editor = Editor::new(&text);
    }
    if let Some(notice) = start.notice {
        model.say(notice);
    }
    Shell { model, screen: &mut screen, clock, gateway, disk, pending: Vec::new() }.run().await
}

fn endpoint(url: Option<&str>, clock: &Clock) -> Endpoint {
    match url {
        None => Endpoint::Aws,
        Some(url) => {
            let address = url.trim_start_matches("http://").trim_start_matches("https://").trim_end_matches('/');
            if clock.is_sandbox() {
                Endpoint::Sandbox(address.to_owned())
            } else {
                Endpoint::Custom(address.to_owned())
            }
        }
    }
}

struct Shell<'s> {
    model: Model,
    screen: &'s mut Screen,
    clock: Clock,
    gateway: Arc<Gateway>,
    disk: Disk,
    /// What performing an effect has found at once.
    pending: Vec<Msg>,
}

impl Shell<'_> {
    async fn run(mut self) -> io::Result<Leave> {
        let (sender, mut replies) = mpsc::channel(256);
        let mut tasks = Tasks::new(Arc::clone(&self.gateway), sender);
        let mut keys = input::listen();
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut waiting = vec![Msg::Tick(self.clock.moment())];
        let mut drawn = Instant::now() - FRAME;
        loop {
            let mut effects = Vec::new();
            if !waiting.is_empty() {
                // Keys are judged by the time at which they come.
                effects.extend(update(&mut self.model, Msg::Tick(self.clock.moment())));
                for msg in waiting.drain(..) {
                    effects.extend(update(&mut self.model, msg));
                }
            }
            for effect in effects {
                if let Some(leave) = self.perform(effect, &mut tasks) {
                    tasks.finish().await;
                    return Ok(leave);
                }
            }
            let since = drawn.elapsed();
            if since < FRAME {
                tokio::time::sleep(FRAME - since).await;
            }
            self.screen.draw(|frame| draw(frame, &self.model))?;
            drawn = Instant::now();
            if !self.pending.is_empty() {
                waiting.append(&mut self.pending);
                continue;
            }
            let pace = if self.model.is_lively() { LIVELY } else { CALM };
            tokio::select! {
                event = keys.recv() => match event {
                    Some(event) => {
                        let events = input::drain(&mut keys, event).await;
                        if input::suspends(&events) {
                            self.screen.suspend()?;
                        }
                        waiting.extend(input::messages(events));
                    }
                    // The terminal is gone.
                    None => waiting.push(Msg::Terminate),
                },
                Some(reply) = replies.recv() => {
                    waiting.push(reply);
                    while let Ok(reply) = replies.try_recv() {
                        waiting.push(reply);
                    }
                }
                _ = terminate.recv() => waiting.push(Msg::Terminate),
                _ = hang_up.recv() => waiting.push(Msg::Terminate),
                _ = interrupt.recv() => waiting.push(Msg::Terminate),
                () = tokio::time::sleep(pace) => waiting.push(Msg::Tick(self.clock.moment())),
            }
        }
    }

    fn perform(&mut self, effect: Effect, tasks: &mut Tasks) -> Option<Leave> {
        match effect {
            Effect::Request { slot, ticket, request } => match (&slot, self.disk.unsaved.take()) {
                // What could not be written down is not sent.
                (Slot::Change, Some(fault)) => tasks.refuse(slot, ticket, fault),
                _ => tasks.start(slot, ticket, request),
            },
            Effect::Abandon(slot) => tasks.abandon(&slot),
            Effect::Copy(text) => self.screen.copy(&text),
            Effect::SaveDraft(text) => {
                if let Some(Err(error)) = self.disk.draft.as_ref().map(|draft| draft.write(&text)) {
                    self.model.say(format!("The SQL cannot be kept on disk: {error}"));
                }
            }
            Effect::SaveRollout(rollout) => self.disk.save_rollout(&rollout),
            Effect::ForgetRollout(place) => self.disk.forget_rollout(&place),
            Effect::FindRollout(place) => self.pending.extend(self.disk.interrupted(&place).map(Msg::Interrupted)),
            Effect::ReadJournal => self.pending.push(Msg::Journal(self.disk.journal())),
            Effect::SaveFile { name, text } => match std::fs::write(&name, text) {
                Ok(()) => self.model.say(format!("Saved as {name} in the folder in which gluedeck was started")),
                Err(error) => self.model.say(format!("{name} cannot be written: {error}")),
            },
            Effect::PlanStagger(question) => tasks.plan(*question),
            Effect::Quit(leave) => return Some(leave),
        }
        None
    }
}
