//! A session: what the console holds of one environment: its clients, its clock, its tasks, its files.

use super::clock::Clock;
use super::connection::{Connection, EnvironmentOptions};
use super::disk::{self, Disk};
use super::exports::Wanted;
use super::tasks::{News, Tasks, Work};
use gluedeck_aws::store::{DraftFile, JournalTail, SnapshotFile, read_acknowledged, scope_key};
use gluedeck_aws::{Credentials, Gateway};
use gluedeck_core::analysis::stagger::live::Rollout;
use gluedeck_core::analysis::triage::Environment;
use gluedeck_core::domain::query::QueryLimits;
use gluedeck_core::domain::{AccountScope, Fault, FaultKind, OwnPrices, QueryContext};
use gluedeck_tui::flow::{Endpoint, Load, Msg, Request, Session, Slot, Ticket, Update};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::sync::mpsc::Sender;

/// One environment's.
#[derive(Debug)]
pub(super) struct EnvironmentSession {
    environment_options: EnvironmentOptions,
    pub(super) clock: Clock,
    pub(super) disk: Disk,
    gateway: Option<Arc<Gateway>>,
    pub(super) tasks: Tasks,
    /// Requests that wait for the clients.
    waiting: Vec<(Slot, Ticket, Work)>,
    connecting: bool,
}

impl EnvironmentSession {
    /// A session that is not connected yet.
    pub(super) fn new(
        environment_options: EnvironmentOptions,
        number: usize,
        folder: Option<PathBuf>,
        started: Instant,
        news: Sender<News>,
    ) -> Self {
        let drafts = folder.as_deref().map(|folder| DraftFile::new(folder, &environment_options.environment));
        let environment = environment_options.environment.clone();
        let journal = folder.as_deref().map(|folder| Arc::new(Mutex::new(JournalTail::new(folder))));
        let disk = Disk { drafts, journal, folder, environment, rollout: None, snapshot: None };
        let tasks = Tasks::new(number, news);
        Self {
            environment_options,
            clock: Clock::of_system(started),
            disk,
            gateway: None,
            tasks,
            waiting: Vec::new(),
            connecting: false,
        }
    }

    /// Where it leads, as far as that is known without clients.
    pub(super) fn initial_session(&self) -> Session {
        let options = &self.environment_options.options;
        Session {
            environment: self.environment_options.environment.clone(),
            endpoint: endpoint(options.endpoint_url.as_deref(), &self.clock),
            region: options.region.clone(),
            account: Load::Idle,
            read_only: options.read_only,
            policy: options.policy.clone(),
            color: self.environment_options.color.clone(),
            only: self.environment_options.only.clone(),
            production: self.environment_options.production,
            pipeline_file: self.environment_options.pipeline_file.clone(),
            has_sandbox: cfg!(feature = "sandbox"),
        }
    }

    /// What the same environment is made of in another Region, under a name.
    pub(super) fn in_region(&self, name: &str, region: &str) -> EnvironmentOptions {
        let mut options = self.environment_options.clone();
        options.environment = name.to_owned();
        options.pipeline_file = None;
        options.options.region = Some(region.to_owned());
        // The account's limit in that Region is another one.
        options.dpu_limit = options.dpu_limit.filter(|_| self.environment_options.options.region.is_none());
        options
    }

    /// What is known of the environment before it is asked.
    pub(super) fn known(&self) -> Environment {
        let EnvironmentOptions { environment, options, account, .. } = &self.environment_options;
        Environment { name: environment.clone(), region: options.region.clone(), account: account.clone() }
    }

    /// Where queries run, and what they may cost.
    pub(super) fn queries_run(&self) -> (QueryContext, QueryLimits) {
        (self.environment_options.query_context.clone(), self.environment_options.limits)
    }

    pub(super) fn give_mfa_code(&self, code: &str) {
        self.environment_options.options.mfa.give(code);
    }

    pub(super) fn completes_while_typing(&self) -> bool {
        self.environment_options.completes_while_typing
    }

    pub(super) fn dpu_limit(&self) -> Option<f64> {
        self.environment_options.dpu_limit
    }

    pub(super) fn prices(&self) -> OwnPrices {
        self.environment_options.options.prices
    }

    /// Does work for a slot; without clients it waits until they are made.
    pub(super) fn send(&mut self, slot: Slot, ticket: Ticket, work: Work) {
        match &self.gateway {
            Some(gateway) => self.tasks.start(gateway, slot, ticket, work),
            None => {
                self.waiting.push((slot, ticket, work));
                if !std::mem::replace(&mut self.connecting, true) {
                    self.tasks.connect(
                        self.environment_options.clone(),
                        self.disk.folder.clone(),
                        self.clock.started(),
                    );
                }
            }
        }
    }

    /// Saves a rollout, and then sends its change; what could not be saved is not sent.
    pub(super) fn save_and_send(&mut self, rollout: &Rollout, slot: Slot, ticket: Ticket, request: Box<Request>) {
        match self.disk.save_rollout(rollout) {
            Ok(()) => self.send(slot, ticket, Work::Request(request)),
            Err(error) => {
                let message = format!("nothing was sent: not saved: {error}");
                let fault = Fault::new(FaultKind::NotSaved, "stagger", message);
                self.tasks.refuse(slot, ticket, Work::Request(request), fault);
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
                for (slot, ticket, work) in waiting {
                    self.tasks.refuse(slot, ticket, work, fault.clone());
                }
                return vec![Msg::Update(Update::Connected(Err(fault)))];
            }
        };
        let gateway = Arc::new(connection.gateway);
        self.clock = connection.clock;
        let scope = AccountScope::new(None, gateway.region(), gateway.endpoint());
        let endpoint = endpoint(gateway.endpoint(), &self.clock);
        let mut news = vec![Msg::Update(Update::Connected(Ok((endpoint, gateway.region().map(str::to_owned)))))];
        // A sandbox of our own is another world each time.
        if self.environment_options.options.credentials != Credentials::Dummy {
            let folder = self.disk.folder.as_deref();
            self.disk.snapshot =
                folder.map(|folder| SnapshotFile::new(folder, &self.environment_options.environment, &scope));
            let snapshot = self.disk.snapshot.as_ref().and_then(SnapshotFile::read);
            news.extend(snapshot.map(|snapshot| Msg::Update(Update::Snapshot(Box::new(snapshot)))));
        }
        if let Some(folder) = self.disk.folder.clone() {
            let scope_key = scope_key(&self.environment_options.environment, gateway.endpoint(), gateway.region());
            let seen = folder.clone();
            self.tasks.read(move || disk::orphans(&folder, &scope_key));
            self.tasks.read(move || Some(Msg::Update(Update::Acknowledged(read_acknowledged(&seen)))));
            self.read_journal();
        }
        for (slot, ticket, work) in waiting {
            self.tasks.start(&gateway, slot, ticket, work);
        }
        self.gateway = Some(gateway);
        news
    }

    /// Reads the queries that were sent from here to this place.
    pub(super) fn read_queries(&self) {
        let Some(gateway) = &self.gateway else { return };
        let scope_key = scope_key(&self.environment_options.environment, gateway.endpoint(), gateway.region());
        let folder = self.disk.folder.clone();
        self.tasks.read(move || Some(disk::queries(folder.as_deref(), &scope_key)));
    }

    /// Reads what is new in the journal.
    pub(super) fn read_journal(&self) {
        if let Some(tail) = self.disk.journal.clone() {
            self.tasks.read(move || Some(disk::journal(&tail)));
        }
    }

    /// Looks for a rollout that an earlier session has left.
    pub(super) fn find_rollout(&self, scope: AccountScope) {
        if let Some(folder) = self.disk.folder.clone() {
            let environment = self.environment_options.environment.clone();
            self.tasks.read(move || disk::interrupted(&folder, &environment, &scope));
        }
    }

    /// Keeps rows in a file.
    pub(super) fn export(&mut self, export: Wanted) {
        if let Some(gateway) = &self.gateway {
            self.tasks.export(gateway, export);
        }
    }

    /// What was sent in the last minute.
    pub(super) fn usage(&self) -> Option<Msg> {
        self.gateway.as_ref().map(|gateway| Msg::Update(Update::Usage(gateway.usage())))
    }
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
