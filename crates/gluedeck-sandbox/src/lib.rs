//! The sandbox: a local endpoint that speaks the AWS protocol and really runs the pipeline. It is another computer: it
//! has a thread and a runtime of its own, is reached by URL only, and knows nothing of the console.

mod alerts;
mod athena;
mod backend;
mod catalog;
mod clock;
mod cloudformation;
pub mod command;
mod control;
mod faults;
#[doc(hidden)]
pub mod fuzzing;
mod insights;
mod lake;
mod logs;
mod objects;
mod random;
mod wire;
mod world;

use self::alerts::Alerts;
use self::backend::Backends;
use self::clock::SimClock;
use self::control::Engine;
use self::faults::Faults;
use self::lake::Lake;
use self::wire::Endpoint;
use self::world::Scenario;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use gluedeck_pipeline::file::Format;
use gluedeck_pipeline::{Pipeline, Problem};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How a sandbox is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// The port; 0 takes a free one.
    pub port: u16,
    /// The address to listen on. Whoever reaches it may do everything, so it is loopback unless somebody wants otherwise.
    pub bind: IpAddr,
    /// Simulated seconds a wall second.
    pub speed: f64,
    /// The simulated time it starts at.
    pub at: StartTime,
    /// Everything that looks random follows from this.
    pub seed: u64,
    /// Where the lake lies; a temporary folder, removed at the end, if none is given.
    pub dir: Option<PathBuf>,
    /// A built-in scenario or a file.
    pub scenario: String,
    /// The pipeline's file; the one of `examples/pipeline.json` if none is given.
    pub pipeline: Option<PathBuf>,
    /// How many workflows there are, in place of what the scenario says.
    pub workflows: Option<usize>,
    /// How many jobs there are outside of workflows, besides those of the scenario.
    pub jobs: Option<usize>,
    /// Bring the past onto the disk in the background, so that the first query on it need not wait.
    pub prepare: bool,
}

/// The simulated time at which a sandbox starts, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartTime {
    /// The last such time of day before now.
    LastTimeOfDay(NaiveTime),
    /// A fixed moment: everything in the sandbox, its history too, is then the same on any day.
    Moment(DateTime<Utc>),
}

impl StartTime {
    fn before(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::LastTimeOfDay(at) => {
                let today = now.date_naive().and_time(at).and_utc();
                if today < now { today } else { today - TimeDelta::days(1) }
            }
            Self::Moment(moment) => moment,
        }
    }
}

/// Why a text is no time to start at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartTimeError {
    #[error("{0} is not between the years 1990 and 2200")]
    OutOfRange(String),
    #[error("{0} is neither a time of day such as 02:59:30 nor a time such as 2026-11-25T02:59:30Z")]
    Invalid(String),
}

impl FromStr for StartTime {
    type Err = StartTimeError;

    /// A time of day (`02:59:30`, `02:59`), or a moment (`2026-11-25T02:59:30Z`).
    fn from_str(text: &str) -> Result<Self, StartTimeError> {
        if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
            let moment = moment.to_utc();
            // The log's and the catalog's times are milliseconds in files that other programs read.
            let in_range = (1990..=2200).contains(&chrono::Datelike::year(&moment));
            return if in_range { Ok(Self::Moment(moment)) } else { Err(StartTimeError::OutOfRange(text.to_owned())) };
        }
        let time = NaiveTime::parse_from_str(text, "%H:%M:%S").or_else(|_| NaiveTime::parse_from_str(text, "%H:%M"));
        time.map(Self::LastTimeOfDay).map_err(|_| StartTimeError::Invalid(text.to_owned()))
    }
}

impl Default for Options {
    fn default() -> Self {
        let at = StartTime::LastTimeOfDay(NaiveTime::from_hms_opt(2, 59, 30).unwrap_or_default());
        let bind = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let scenario = "night".to_owned();
        Self {
            port: 0,
            bind,
            speed: 60.0,
            at,
            seed: 1,
            dir: None,
            scenario,
            pipeline: None,
            workflows: None,
            jobs: None,
            prepare: false,
        }
    }
}

/// A sandbox that serves. Dropping it ends it and removes its temporary folder.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    region: String,
    engine: Arc<Engine>,
    stop: Option<oneshot::Sender<()>>,
    /// Ends the preparation when it is dropped.
    preparation: Option<Sender<()>>,
    threads: Vec<JoinHandle<()>>,
    _folder: Option<TempDir>,
}

impl Sandbox {
    /// Starts a sandbox and returns when it serves; its clock starts to run then.
    ///
    /// # Errors
    /// If the port is taken or the folder cannot be written.
    pub fn start(options: &Options) -> io::Result<Self> {
        let start = options.at.before(Utc::now());
        let (root, folder) = match &options.dir {
            Some(dir) => {
                own(dir).map_err(|error| io::Error::other(format!("{}: {error}", dir.display())))?;
                (dir.clone(), None)
            }
            None => {
                sweep();
                let prefix = format!("{FOLDER}{}-", std::process::id());
                let folder = tempfile::Builder::new().prefix(&prefix).tempdir()?;
                (folder.path().to_path_buf(), Some(folder))
            }
        };
        let mut scenario = Scenario::load(&options.scenario).map_err(io::Error::other)?;
        scenario.workflows = options.workflows.or(scenario.workflows);
        scenario.jobs = options.jobs.or(scenario.jobs);
        let pipeline = match &options.pipeline {
            Some(path) => read_pipeline(path).map_err(io::Error::other)?,
            None => world::example_pipeline(),
        };
        let faults = Arc::new(Faults::new(options.seed, scenario.fault.clone()));
        let alerts = Box::new(Alerts::new(&root)?);
        let engine = Arc::new(Engine::new(SimClock::new(start, options.speed), alerts));
        let backends = Backends::new(
            Arc::clone(&engine),
            Arc::clone(&faults),
            root,
            (options.seed, start.date_naive()),
            (scenario, pipeline),
        );
        // The backend that nearly everybody means is there from the start.
        let region = backends.pipeline().environments.first().map(|first| first.region.clone()).unwrap_or_default();
        let backend = backends.of("", &region)?;
        let endpoint = Arc::new(Endpoint::new(backends, faults));

        let (stop, stopped) = oneshot::channel();
        let (ready, serving) = std::sync::mpsc::channel();
        let address = SocketAddr::new(options.bind, options.port);
        let server = std::thread::Builder::new().name("sandbox".into()).spawn(move || {
            let served = serve(endpoint, address, stopped, &ready);
            if let Err(error) = served {
                // Nobody waits any more if serving had begun.
                let _ = ready.send(Err(error));
            }
        })?;
        let address = serving.recv().unwrap_or_else(|_| Err(io::Error::other("the sandbox ended before it served")))?;
        let running = Arc::clone(&engine);
        let thread = std::thread::Builder::new().name("sandbox-engine".into()).spawn(move || running.run())?;
        engine.clock(|clock| clock.set_paused(false));
        let mut threads = vec![server, thread];
        let (preparation, ended) = std::sync::mpsc::channel();
        if options.prepare {
            let prepare = move || prepare(&backend.lake, &ended);
            threads.push(std::thread::Builder::new().name("sandbox-past".into()).spawn(prepare)?);
        }
        Ok(Self { address, region, engine, stop: Some(stop), preparation: Some(preparation), threads, _folder: folder })
    }

    /// Name and description of the built-in scenarios.
    pub fn scenarios() -> Vec<(String, String)> {
        Scenario::list()
    }

    /// The Region of the pipeline's first environment, which the scenario is about.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.engine.end();
        self.preparation = None;
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// Tables whose past is brought onto the disk before anybody asks; of more it would keep the machine busy.
const PREPARED: usize = 50;

/// Brings the past onto the disk, table by table, with pauses in which others get the machine, until it is ended.
fn prepare(lake: &Lake, ended: &Receiver<()>) {
    let mut pause = Duration::from_secs(1);
    lake.ensure_verdicts();
    for table in lake.tables().iter().take(PREPARED) {
        if ended.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
            return;
        }
        lake.ensure(table);
        pause = Duration::from_millis(20);
    }
}

/// The stack of a thread that runs queries: the deepest statement that is taken needs most of it where nothing is optimised.
/// Of what is not used nothing is allocated.
pub(crate) const STACK_BYTES: usize = 32 << 20;

type Ready = std::sync::mpsc::Sender<io::Result<SocketAddr>>;

fn serve(
    endpoint: Arc<Endpoint>,
    address: SocketAddr,
    stopped: oneshot::Receiver<()>,
    ready: &Ready,
) -> io::Result<()> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).thread_stack_size(STACK_BYTES).enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(address).await?;
        let _ = ready.send(Ok(listener.local_addr()?));
        let server = axum::serve(listener, wire::router(endpoint, address.ip()));
        tokio::select! {
            served = server.into_future() => served,
            _ = stopped => Ok(()),
        }
    })?;
    // Whatever a client or a query still does is of no use to anybody.
    runtime.shutdown_background();
    Ok(())
}

/// Why a pipeline's file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    #[error("cannot read {0}: {1}")]
    Unreadable(String, io::Error),
    /// One line for each problem.
    #[error("{0}")]
    Wrong(String),
}

/// Reads a pipeline's file.
///
/// # Errors
/// If it cannot be read, or everything that is wrong with it.
pub fn read_pipeline(path: &Path) -> Result<Pipeline, PipelineError> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| PipelineError::Unreadable(name.clone(), error))?;
    let read = gluedeck_pipeline::read(&text, Format::of(path));
    let lines = |problems: Vec<Problem>| problems.iter().map(|p| format!("{name}:{p}")).collect::<Vec<_>>().join("\n");
    read.map_err(|problems| PipelineError::Wrong(lines(problems)))
}

/// Takes a folder for this process: two sandboxes in one would write over each other.
fn own(dir: &Path) -> io::Result<()> {
    std::fs::create_dir_all(dir)?;
    let file = dir.join("sandbox.pid");
    let own = std::process::id();
    let owner = std::fs::read_to_string(&file).ok().and_then(|text| text.trim().parse::<u32>().ok());
    // Where the system does not tell which processes live, whoever comes last has it.
    let lives = |process: u32| Path::new("/proc").join(process.to_string()).exists();
    match owner.filter(|owner| *owner != own && lives(*owner)) {
        Some(owner) => Err(io::Error::other(format!(
            "the sandbox of process {owner} uses this folder; stop it, or choose another"
        ))),
        None => std::fs::write(file, format!("{own}\n")),
    }
}

/// The beginning of a temporary folder's name; the process's id follows.
const FOLDER: &str = "gluedeck-sandbox-";

/// Removes the folders of sandboxes that were killed. Where the system does not tell which processes live, nothing is.
fn sweep() {
    let processes = Path::new("/proc");
    if !processes.join("self").exists() {
        return;
    }
    for entry in std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix(FOLDER).and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
        if owner.is_some_and(|process| !processes.join(process.to_string()).exists()) {
            // It may be somebody else's; then it stays.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_a_time_of_day_or_a_moment() {
        let now: DateTime<Utc> = "2028-02-29T01:00:00Z".parse().expect("a time");
        let start = |text: &str| text.parse::<StartTime>().map(|at| at.before(now).to_rfc3339());
        assert_eq!(start("00:30"), Ok("2028-02-29T00:30:00+00:00".to_owned()));
        assert_eq!(start("02:59:30"), Ok("2028-02-28T02:59:30+00:00".to_owned()), "today it has not been yet");
        assert_eq!(start("2026-11-25T03:59:30+01:00"), Ok("2026-11-25T02:59:30+00:00".to_owned()));
        for bad in ["", "25:00", "2026-11-25", "0001-01-01T00:00:00Z"] {
            assert!(start(bad).is_err(), "{bad}");
        }
    }
}
