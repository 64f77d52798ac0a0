//! A desk: what the console holds of one environment: its clients, its clock, its tasks, its files.

use super::clock::Clock;
use super::disk::{self, Disk};
use super::exports::Wanted;
use super::tasks::{News, Tasks};
use gluedeck_aws::store::{DraftFile, SnapshotFile, read_acknowledged, wherein};
use gluedeck_aws::{Credentials, Gateway, SessionOptions};
use gluedeck_core::analysis::triage::Environment;
use gluedeck_core::domain::query::QueryLimits;
use gluedeck_core::domain::{Fault, FaultKind, Place, QueryPlace};
use gluedeck_tui::flow::{Endpoint, Load, Msg, Request, Session, Slot, Ticket};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc::Sender;

/// What an environment is made of.
#[derive(Debug, Clone)]
pub struct Seat {
    pub environment: String,
    pub options: SessionOptions,
    /// In place of the account's limit.
    pub dpu_limit: Option<f64>,
    /// The color of the badge.
    pub color: Option<String>,
    /// Only workflows whose names match are looked at.
    pub only: Option<String>,
    pub production: Option<bool>,
    /// The account, as the configuration has it.
    pub account: Option<String>,
    /// Where queries run, and what they may cost.
    pub place: QueryPlace,
    pub limits: QueryLimits,
}

/// The clients of an environment, and its clock.
#[derive(Debug)]
pub(super) struct Connection {
    gateway: Gateway,
    clock: Clock,
}

/// One environment's.
#[derive(Debug)]
pub(super) struct Desk {
    seat: Seat,
    pub(super) clock: Clock,
    pub(super) disk: Disk,
    gateway: Option<Arc<Gateway>>,
    pub(super) tasks: Tasks,
    /// Requests that wait for the clients.
    waiting: Vec<(Slot, Ticket, Request)>,
    connecting: bool,
}

impl Desk {
    /// A desk that is not connected yet.
    pub(super) fn new(
        seat: Seat,
        number: usize,
        folder: Option<PathBuf>,
        started: Instant,
        news: Sender<News>,
    ) -> Self {
        let drafts = folder.as_deref().map(|folder| DraftFile::new(folder, &seat.environment));
        let environment = seat.environment.clone();
        let disk = Disk { drafts, folder, environment, rollout: None, unsaved: None, snapshot: None };
        let tasks = Tasks::new(number, news);
        Self {
            seat,
            clock: Clock::of_system(started),
            disk,
            gateway: None,
            tasks,
            waiting: Vec::new(),
            connecting: false,
        }
    }

    /// Where it leads, as far as that is known without clients.
    pub(super) fn session(&self) -> Session {
        let options = &self.seat.options;
        Session {
            environment: self.seat.environment.clone(),
            endpoint: endpoint(options.endpoint_url.as_deref(), &self.clock),
            region: options.region.clone(),
            account: Load::Idle,
            read_only: options.read_only,
            policy: options.policy.clone(),
            color: self.seat.color.clone(),
            only: self.seat.only.clone(),
            production: self.seat.production,
            has_sandbox: cfg!(feature = "sandbox"),
        }
    }

    /// What is known of the environment before it is asked.
    pub(super) fn known(&self) -> Environment {
        let Seat { environment, options, account, .. } = &self.seat;
        Environment { name: environment.clone(), region: options.region.clone(), account: account.clone() }
    }

    /// Where queries run, and what they may cost.
    pub(super) fn queries_run(&self) -> (QueryPlace, QueryLimits) {
        (self.seat.place.clone(), self.seat.limits)
    }

    pub(super) fn dpu_limit(&self) -> Option<f64> {
        self.seat.dpu_limit
    }

    /// Sends a request; without clients it waits until they are made.
    pub(super) fn send(&mut self, slot: Slot, ticket: Ticket, request: Request) {
        match &self.gateway {
            Some(gateway) => self.tasks.start(gateway, slot, ticket, request),
            None => {
                self.waiting.push((slot, ticket, request));
                if !std::mem::replace(&mut self.connecting, true) {
                    self.tasks.connect(self.seat.clone(), self.disk.folder.clone(), self.clock.started());
                }
            }
        }
    }

    /// The clients are made, or not: what the model is to know of it.
    pub(super) fn connected(&mut self, result: Result<Connection, Fault>) -> Vec<Msg> {
        self.connecting = false;
        let waiting = std::mem::take(&mut self.waiting);
        let connection = match result {
            Ok(connection) => connection,
            Err(fault) => {
                for (slot, ticket, _) in waiting {
                    self.tasks.refuse(slot, ticket, fault.clone());
                }
                return vec![Msg::Connected(Err(fault))];
            }
        };
        let gateway = Arc::new(connection.gateway);
        self.clock = connection.clock;
        let place = Place::new(None, gateway.region(), gateway.endpoint());
        let endpoint = endpoint(gateway.endpoint(), &self.clock);
        let mut news = vec![Msg::Connected(Ok((endpoint, gateway.region().map(str::to_owned))))];
        // A sandbox of our own is another world each time.
        if self.seat.options.credentials != Credentials::MadeUp {
            let folder = self.disk.folder.as_deref();
            self.disk.snapshot = folder.map(|folder| SnapshotFile::new(folder, &self.seat.environment, &place));
            let snapshot = self.disk.snapshot.as_ref().and_then(SnapshotFile::read);
            news.extend(snapshot.map(|snapshot| Msg::Snapshot(Box::new(snapshot))));
        }
        if let Some(folder) = self.disk.folder.clone() {
            let wherein = wherein(&self.seat.environment, gateway.endpoint(), gateway.region());
            let seen = folder.clone();
            self.tasks.read(move || disk::orphans(&folder, &wherein));
            self.tasks.read(move || Some(Msg::Acknowledged(read_acknowledged(&seen))));
        }
        for (slot, ticket, request) in waiting {
            self.tasks.start(&gateway, slot, ticket, request);
        }
        self.gateway = Some(gateway);
        news
    }

    /// Reads the queries that were sent from here to this place.
    pub(super) fn read_queries(&self) {
        let Some(gateway) = &self.gateway else { return };
        let wherein = wherein(&self.seat.environment, gateway.endpoint(), gateway.region());
        let folder = self.disk.folder.clone();
        self.tasks.read(move || Some(disk::queries(folder.as_deref(), &wherein)));
    }

    /// Keeps rows in a file.
    pub(super) fn export(&mut self, export: Wanted) {
        if let Some(gateway) = &self.gateway {
            self.tasks.export(gateway, export);
        }
    }

    /// What was sent in the last minute.
    pub(super) fn usage(&self) -> Option<Msg> {
        self.gateway.as_ref().map(|gateway| Msg::Usage(gateway.usage()))
    }
}

/// Makes the clients of an environment, and learns its clock.
pub(super) async fn connect(seat: &Seat, folder: Option<PathBuf>, started: Instant) -> Result<Connection, Fault> {
    let fault = |message: String| Fault::new(FaultKind::Misconfigured, "configuration", message);
    let no_folder = || fault("the home folder is not known, so changes could not be journalled".to_owned());
    let folder = folder.ok_or_else(no_folder)?;
    let gateway = Gateway::connect(&seat.options, &seat.environment, &folder).await.map_err(fault)?;
    let clock = Clock::learn(gateway.endpoint(), started).await;
    Ok(Connection { gateway, clock })
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
