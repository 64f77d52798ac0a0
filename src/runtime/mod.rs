//! The thin async shell: the loop, tasks, the terminal, input, signals. The only place that names crossterm or spawns.

mod browser;
mod clock;
mod connection;
mod disk;
mod exports;
mod input;
mod pager;
mod session;
mod tasks;
mod terminal;

use self::exports::Wanted;
use self::input::{Input, Listener};
use self::pager::Paging;
use self::session::EnvironmentSession;
use self::tasks::{Event, News, Work};
use self::terminal::Screen;
use gluedeck_aws::store::{WriteSchedulesError, write_schedules_into};
use gluedeck_core::analysis::stagger::PlannerOptions;
use gluedeck_core::analysis::words::counted;
use gluedeck_pipeline::Patched;
use gluedeck_tui::app::{Environments, Model, RefreshIntervals, draw_environments};
use gluedeck_tui::flow::effect::{Destination, Leave, ViewFormat};
use gluedeck_tui::flow::{Effect, Keymap, Msg, Update};
use gluedeck_tui::ui::{Look, Theme, svg};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{self, Receiver, Sender};

pub use self::connection::{EnvironmentOptions, ask_for_mfa_code};
pub use self::terminal::{cannot_draw, color_depth, is_light, speaks_unicode, terminal_size};

/// A frame at most this often.
const FRAME: Duration = Duration::from_millis(16);
/// How often time is told while something moves, and while nothing does.
const ACTIVE_TICK: Duration = Duration::from_millis(200);
const IDLE_TICK: Duration = Duration::from_millis(1_000);

/// What the console starts with.
#[derive(Debug)]
pub struct Start {
    pub environments: Vec<EnvironmentOptions>,
    /// The number of the one to start in.
    pub at: usize,
    /// How staggering is wanted.
    pub planner_options: PlannerOptions,
    pub look: Look,
    /// What can be chosen.
    pub themes: Vec<Theme>,
    pub keymap: Keymap,
    pub refresh: RefreshIntervals,
    /// Whether the mouse is taken.
    pub mouse: bool,
    /// Where the journal, the rollout, the drafts and the snapshots lie.
    pub folder: Option<PathBuf>,
    /// Something to say at once, such as a theme that could not be read.
    pub notice: Option<String>,
    /// The alert to look into first.
    pub alert: Option<String>,
    /// The profiles of the AWS configuration, and what an environment of one is made of.
    pub profiles: Profiles,
}

/// The profiles of the AWS configuration.
pub struct Profiles {
    pub names: Vec<String>,
    /// The environment of a profile.
    pub environment: Box<dyn Fn(&str) -> EnvironmentOptions>,
}

impl fmt::Debug for Profiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profiles").field("names", &self.names).finish_non_exhaustive()
    }
}

/// What every environment's model and session are made with.
#[derive(Debug)]
struct Common {
    planner_options: PlannerOptions,
    look: Look,
    themes: Vec<Theme>,
    keymap: Keymap,
    refresh: RefreshIntervals,
    mouse: bool,
    folder: Option<PathBuf>,
    profiles: Profiles,
    started: Instant,
    news: Sender<News>,
}

impl Common {
    fn session(&self, environment_options: EnvironmentOptions, number: usize) -> EnvironmentSession {
        EnvironmentSession::new(environment_options, number, self.folder.clone(), self.started, self.news.clone())
    }

    fn model(&self, session: &EnvironmentSession, size: (u16, u16)) -> Model {
        let (planner_options, look) = (self.planner_options.clone(), self.look.clone());
        let mut model = Model::new(session.initial_session(), planner_options, look, session.clock.moment(), size);
        model.context.own_limit = session.dpu_limit();
        model.context.own_prices = session.prices();
        model.keymap.clone_from(&self.keymap);
        model.themes.clone_from(&self.themes);
        model.mouse = self.mouse;
        model.profiles.clone_from(&self.profiles.names);
        model.set_refresh_intervals(self.refresh);
        (model.screens.athena.query_context, model.screens.athena.limits) = session.queries_run();
        model.screens.athena.completes_while_typing = session.completes_while_typing();
        model.screens.triage.environments = vec![session.known()];
        if let Some(drafts) = session.disk.drafts.as_ref().and_then(|file| file.read()) {
            model.screens.athena.restore(&drafts);
        }
        model
    }
}

/// Runs the console until it is left.
///
/// # Errors
/// If the terminal cannot be used.
pub async fn run(start: Start) -> io::Result<Leave> {
    let started = Instant::now();
    let (sender, news) = mpsc::channel(256);
    let Start {
        environments,
        at,
        planner_options,
        look,
        themes,
        keymap,
        refresh,
        mouse,
        folder,
        notice,
        alert,
        profiles,
    } = start;
    let common =
        Common { planner_options, look, themes, keymap, refresh, mouse, folder, profiles, started, news: sender };
    let numbered = environments.into_iter().enumerate();
    let sessions: Vec<EnvironmentSession> = numbered.map(|(number, options)| common.session(options, number)).collect();
    let mut screen = Screen::open(mouse)?;
    let size = screen.size()?;
    let models = sessions.iter().map(|session| common.model(session, size));
    let environments = Environments::new(models.collect(), at);
    let first = notice.map(|notice| Msg::Update(Update::Notice(notice)));
    let pending = first.into_iter().chain(alert.map(Msg::Paste)).map(|msg| (at, msg)).collect();
    Shell { environments, screen: &mut screen, sessions, common, pending, paging: None, gone: false }.run(news).await
}

struct Shell<'s> {
    environments: Environments,
    screen: &'s mut Screen,
    /// One an environment.
    sessions: Vec<EnvironmentSession>,
    common: Common,
    /// What performing an effect has found at once.
    pending: Vec<(usize, Msg)>,
    /// A text for a program that takes the terminal for a while.
    paging: Option<Paging>,
    /// Whether the terminal takes nothing any more.
    gone: bool,
}

impl Shell<'_> {
    async fn run(mut self, mut news: Receiver<News>) -> io::Result<Leave> {
        let (mut keys, mut listener) = input::listen()?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut waiting: Vec<Msg> = Vec::new();
        let mut drawn = Instant::now() - FRAME;
        loop {
            // Keys are judged by the time at which they come.
            let mut effects = self.tick();
            for msg in waiting.drain(..) {
                effects.extend(self.environments.update(msg));
            }
            for (environment, msg) in std::mem::take(&mut self.pending) {
                effects.extend(self.environments.update_one(environment, msg));
            }
            for (environment, effect) in effects {
                let performed = self.perform(environment, effect);
                if let Some(leave) = self.unless_gone(performed).flatten() {
                    return Ok(self.leave(leave).await);
                }
            }
            if let Some(paging) = self.paging.take() {
                (keys, listener) = self.page(listener, &paging).await?;
            }
            if !self.pending.is_empty() {
                continue;
            }
            let since = drawn.elapsed();
            if since < FRAME {
                tokio::time::sleep(FRAME - since).await;
            }
            self.show();
            drawn = Instant::now();
            let tick = if self.environments.is_animated() { ACTIVE_TICK } else { IDLE_TICK };
            tokio::select! {
                event = keys.recv() => match event {
                    Some(event) => {
                        let events = input::drain(&mut keys, event).await;
                        let taken = self.take_input(events);
                        waiting.extend(self.unless_gone(taken).unwrap_or_default());
                    }
                    // The terminal is gone.
                    None => waiting.push(Msg::Terminate),
                },
                Some(first) = news.recv() => self.take_all(first, &mut news),
                _ = terminate.recv() => waiting.push(Msg::Terminate),
                _ = hang_up.recv() => waiting.push(Msg::Terminate),
                _ = interrupt.recv() => waiting.push(Msg::Terminate),
                () = tokio::time::sleep(tick) => {}
            }
        }
    }

    /// Draws what there is to see.
    fn show(&mut self) {
        if !self.gone {
            let drawn = self.screen.draw(|frame| draw_environments(frame, &self.environments)).map(drop);
            self.unless_gone(drawn);
        }
    }

    /// What was done with the terminal; if that failed it has gone, and what is under way ends as if somebody had quit.
    fn unless_gone<T>(&mut self, done: io::Result<T>) -> Option<T> {
        if done.is_err() && !std::mem::replace(&mut self.gone, true) {
            self.pending.push((self.environments.at, Msg::Terminate));
        }
        done.ok()
    }

    /// The messages of what the terminal has told; what is about the terminal itself is done.
    fn take_input(&mut self, mut events: Vec<Input>) -> io::Result<Vec<Msg>> {
        if input::suspends(&mut events) {
            self.screen.suspend()?;
        }
        if events.iter().any(|event| matches!(event, Input::Resize(..))) {
            // It may be small and as large as before again: then nothing has changed but what it shows.
            self.screen.forget()?;
        }
        Ok(input::messages(events))
    }

    /// Leaves the terminal to the pager or the editor, and listens again when that has been left.
    async fn page(&mut self, listener: Listener, paging: &Paging) -> io::Result<(Receiver<Input>, Listener)> {
        // Two readers of one terminal would share its keys out among them.
        listener.end().await;
        let (said, edited) = self.screen.leave_to(|| pager::run(paging))?;
        self.pending.extend(edited.map(|text| (self.environments.at, Msg::Edited(text))));
        self.pending.extend(said.map(|said| (self.environments.at, Msg::Update(Update::Notice(said)))));
        input::listen()
    }

    /// Tells all environments that are active what time it is, and what was sent.
    fn tick(&mut self) -> Vec<(usize, Effect)> {
        let mut effects = Vec::new();
        for environment in self.environments.active() {
            let session = &self.sessions[environment];
            let (moment, usage) = (session.clock.moment(), session.usage());
            if let Some(usage) = usage {
                effects.extend(self.environments.update_one(environment, usage));
            }
            effects.extend(self.environments.update_one(environment, Msg::Tick(moment)));
        }
        effects
    }

    fn take_all(&mut self, first: News, news: &mut Receiver<News>) {
        self.take(first);
        while let Ok(next) = news.try_recv() {
            self.take(next);
        }
    }

    fn take(&mut self, (environment, event): News) {
        match event {
            Event::Msg(msg) => self.pending.push((environment, msg)),
            Event::Connected(result) => {
                let messages = self.sessions[environment].connected(*result);
                self.pending.extend(messages.into_iter().map(|msg| (environment, msg)));
            }
        }
    }

    /// Leaves: what every environment has under way gets a few seconds, and its snapshot is kept.
    async fn leave(self, leave: Leave) -> Leave {
        for (session, model) in self.sessions.into_iter().zip(&self.environments.models) {
            let kept = session.disk.snapshot.zip(model.context.snapshot());
            let kept = kept.map(|(file, snapshot)| session.tasks.keep(file, snapshot));
            session.tasks.finish(kept).await;
        }
        leave
    }

    /// Tells the user something, in an environment.
    fn show_notice(&mut self, environment: usize, text: String) {
        self.pending.push((environment, Msg::Update(Update::Notice(text))));
    }

    /// Keeps what is on the screen in a file.
    fn save_view(&mut self, environment: usize, name: &str, format: ViewFormat) -> io::Result<()> {
        let buffer = self.screen.draw(|frame| draw_environments(frame, &self.environments))?;
        let text = match format {
            ViewFormat::Text => svg::text(&buffer),
            ViewFormat::Svg => svg::svg(&buffer, "#101216", "#d3d7de"),
        };
        self.show_notice(environment, saved(name, std::fs::write(name, text)));
        Ok(())
    }

    /// Opens the environment of a profile, or another Region of one; app::Environments goes to those that are there.
    fn open(&mut self, environment: usize, destination: &Destination) -> io::Result<()> {
        let name = self.environments.name_of(destination);
        let options = match destination {
            Destination::Profile(profile) => (self.common.profiles.environment)(profile),
            Destination::Region(region) => self.sessions[environment].in_region(&name, region),
            Destination::Named(_) | Destination::WithAlert { .. } | Destination::Everywhere => return Ok(()),
        };
        let known = self.environments.models.iter().position(|model| model.context.session.environment == name);
        let number = known.unwrap_or(self.sessions.len());
        let session = self.common.session(options, number);
        let number = self.environments.open(self.common.model(&session, self.screen.size()?));
        match self.sessions.get_mut(number) {
            Some(place) => *place = session,
            None => self.sessions.push(session),
        }
        Ok(())
    }

    fn perform(&mut self, environment: usize, effect: Effect) -> io::Result<Option<Leave>> {
        let session = &mut self.sessions[environment];
        match effect {
            Effect::Request { slot, ticket, request } => session.send(slot, ticket, Work::Request(request)),
            Effect::Stream { slot, ticket, stream } => session.send(slot, ticket, Work::Stream(stream)),
            Effect::SaveAndSend { rollout, slot, ticket, request } => {
                session.save_and_send(&rollout, slot, ticket, request);
            }
            Effect::Abandon(slot) => session.tasks.abandon(&slot),
            Effect::Copy(text) => self.screen.copy(&text),
            Effect::SaveDrafts(drafts) => {
                if let Some(Err(error)) = session.disk.drafts.as_ref().map(|file| file.write(&drafts)) {
                    self.show_notice(environment, format!("Could not save the SQL draft: {error}"));
                }
            }
            Effect::SaveRollout(rollout) => {
                if let Err(error) = session.disk.save_rollout(&rollout) {
                    self.show_notice(environment, format!("Could not save the stagger: {error}"));
                }
            }
            Effect::ForgetRollout(query_context) => session.disk.forget_rollout(&query_context),
            Effect::FindRollout(query_context) => session.find_rollout(query_context),
            Effect::ReadJournal => session.read_journal(),
            Effect::SaveFile { name, text } => self.show_notice(environment, saved(&name, std::fs::write(&name, text))),
            Effect::WriteSchedules { file, schedules } => {
                let text = written(write_schedules_into(&file, &schedules), &file);
                self.show_notice(environment, text);
            }
            Effect::SaveView { name, format } => self.save_view(environment, &name, format)?,
            Effect::KeepSnapshot(snapshot) => {
                if let Some(file) = session.disk.snapshot.clone() {
                    session.tasks.keep(file, *snapshot);
                }
            }
            Effect::GiveMfaCode(code) => session.give_mfa_code(&code.0),
            Effect::OpenUrl(address) => browser::open(&address),
            Effect::Notify(text) => self.screen.notify(&text),
            Effect::Mouse(taken) => self.screen.take_mouse(taken)?,
            Effect::Environment(destination) => self.open(environment, &destination)?,
            Effect::PlanStagger(question) => session.tasks.plan(*question),
            Effect::FilterJob(filter_job) => session.tasks.run_filter_job(filter_job),
            Effect::Page { text, edit } => {
                self.paging = Some(if edit { Paging::Editor(text) } else { Paging::Pager(text) })
            }
            Effect::EditSql(text) => self.paging = Some(Paging::Sql(text)),
            Effect::Arrange { run, question } => session.tasks.arrange(run, *question),
            Effect::QueryLocally { run, sql, rows } => session.tasks.query_locally(run, sql, rows),
            Effect::Export { name, rows, order, whole } => session.export(Wanted { name, rows, order, whole }),
            Effect::ReadQueries => session.read_queries(),
            Effect::Acknowledge { key, note, undone } => {
                self.pending.push((environment, session.disk.acknowledge(key, note, undone)));
            }
            Effect::SaveQuery { name, sql } => {
                let text = session.disk.save_query(&name, &sql);
                self.show_notice(environment, text);
            }
            Effect::Quit(leave) => return Ok(Some(leave)),
        }
        Ok(None)
    }
}

/// What has become of schedules that were to be written into a file.
fn written(patched: Result<Patched, WriteSchedulesError>, file: &Path) -> String {
    match patched {
        Ok(Patched { records, unknown, .. }) => {
            let wrote = format!("{} written into {}", counted(records.len(), "schedule"), file.display());
            match unknown.len() {
                0 => format!("Stagger finished; {wrote}"),
                more => format!("Stagger finished; {wrote}; {} are of no record: {}", more, unknown.join(", ")),
            }
        }
        Err(error) => format!("The schedules have changed, and are not in the file: {error}"),
    }
}

fn saved(name: &str, written: io::Result<()>) -> String {
    match written {
        Ok(()) => format!("Saved as {name} in the working directory"),
        Err(error) => format!("Could not write {name}: {error}"),
    }
}
