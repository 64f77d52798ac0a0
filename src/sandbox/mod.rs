//! The sandbox: a local endpoint that speaks the AWS protocol and really runs the pipeline. It is another computer: it
//! has a thread and a runtime of its own, is reached by URL only, and knows nothing of the console.

mod athena;
mod clock;
mod control;
mod lake;
mod logs;
mod wire;
mod world;

use self::athena::Athena;
use self::clock::SimClock;
use self::control::{Control, Hub};
use self::lake::Lake;
use self::wire::Endpoint;
use self::world::World;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How a sandbox is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// The port on the loopback interface; 0 takes a free one.
    pub port: u16,
    /// Simulated seconds a wall second.
    pub speed: f64,
    /// The simulated time of day it starts at, UTC: the last such time before now.
    pub at: NaiveTime,
    /// Everything that looks random follows from this.
    pub seed: u64,
    /// Where the lake lies; a temporary folder, removed at the end, if none is given.
    pub dir: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        let at = NaiveTime::from_hms_opt(2, 59, 30).unwrap_or_default();
        Self { port: 0, speed: 60.0, at, seed: 1, dir: None }
    }
}

/// A sandbox that serves. Dropping it ends it and removes its temporary folder.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    hub: Arc<Hub>,
    stop: Option<oneshot::Sender<()>>,
    threads: Vec<JoinHandle<()>>,
    _folder: Option<TempDir>,
}

impl Sandbox {
    /// Starts a sandbox and returns when it serves; its clock starts to run then.
    ///
    /// # Errors
    /// If the port is taken or the folder cannot be written.
    pub fn start(options: &Options) -> io::Result<Self> {
        let start = start_time(options.at, Utc::now());
        let (root, folder) = match &options.dir {
            Some(dir) => (dir.clone(), None),
            None => {
                let folder = tempfile::Builder::new().prefix("gluedeck-sandbox-").tempdir()?;
                (folder.path().to_path_buf(), Some(folder))
            }
        };
        let world = Arc::new(World::load(options.seed, start.date_naive()));
        let lake = Arc::new(Lake::new(root, Arc::clone(&world))?);
        let control = Control::new(world, Arc::clone(&lake), start);
        let hub = Arc::new(Hub::new(control, SimClock::new(start, options.speed)));
        let athena = Arc::new(Athena::new(Arc::clone(&hub), lake));
        let endpoint = Arc::new(Endpoint { hub: Arc::clone(&hub), athena, calls: Default::default() });

        let (stop, stopped) = oneshot::channel();
        let (ready, serving) = std::sync::mpsc::channel();
        let port = options.port;
        let server = std::thread::Builder::new().name("sandbox".into()).spawn(move || {
            let served = serve(endpoint, port, stopped, &ready);
            if let Err(error) = served {
                // Nobody waits any more if serving had begun.
                let _ = ready.send(Err(error));
            }
        })?;
        let address = serving.recv().unwrap_or_else(|_| Err(io::Error::other("the sandbox ended before it served")))?;
        let engine = Arc::clone(&hub);
        let engine = std::thread::Builder::new().name("sandbox-engine".into()).spawn(move || engine.run())?;
        hub.clock(|clock| clock.set_paused(false));
        Ok(Self { address, hub, stop: Some(stop), threads: vec![server, engine], _folder: folder })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.hub.end();
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

type Ready = std::sync::mpsc::Sender<io::Result<SocketAddr>>;

fn serve(endpoint: Arc<Endpoint>, port: u16, stopped: oneshot::Receiver<()>, ready: &Ready) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let _ = ready.send(Ok(listener.local_addr()?));
        let server = axum::serve(listener, wire::router(endpoint));
        tokio::select! {
            served = server.into_future() => served,
            _ = stopped => Ok(()),
        }
    })?;
    // Whatever a client or a query still does is of no use to anybody.
    runtime.shutdown_background();
    Ok(())
}

/// The last such time of day before `now`.
fn start_time(at: NaiveTime, now: DateTime<Utc>) -> DateTime<Utc> {
    let today = now.date_naive().and_time(at).and_utc();
    if today < now { today } else { today - TimeDelta::days(1) }
}
