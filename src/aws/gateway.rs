//! The gateway: performs a request, whichever service it is for.

use super::budget::Budget;
use super::gate::Gate;
use super::{athena, fault, glue, logs, session};
use crate::aws::SessionOptions;
use crate::domain::{Fault, FaultKind, Place, Policy};
use crate::flow::{Reply, Request};
use crate::store::Journal;
use std::path::Path;

/// The quota "Max task DPUs per account" of Glue.
const DPU_QUOTA: (&str, &str) = ("glue", "L-08F3B322");

/// A connection to an account and Region, or to whatever answers at an endpoint.
#[derive(Debug)]
pub struct Gateway {
    pub(super) glue: aws_sdk_glue::Client,
    pub(super) athena: aws_sdk_athena::Client,
    pub(super) logs: aws_sdk_cloudwatchlogs::Client,
    sts: aws_sdk_sts::Client,
    quotas: aws_sdk_servicequotas::Client,
    region: Option<String>,
    endpoint: Option<String>,
    /// What keeps every call from being sent.
    trouble: Option<Fault>,
    gate: Gate,
    pub(super) glue_budget: Budget,
    pub(super) logs_budget: Budget,
}

impl Gateway {
    /// Makes the clients. Nothing is sent yet, but configuration files are read. Changes are journalled in `folder`.
    ///
    /// # Errors
    /// If the certificate bundle of `AWS_CA_BUNDLE` cannot be used.
    pub async fn connect(options: &SessionOptions, environment: &str, folder: &Path) -> Result<Self, String> {
        let missing = session::missing_profile(options);
        let config = match missing {
            // With the name of a profile that is not there, the chain would go on to somebody else's credentials.
            Some(_) => session::without_credentials(options)?,
            None => session::configure(options).await?,
        };
        let region = config.region().map(ToString::to_string);
        let no_region = || "no Region: give --region, set AWS_REGION, or add one to the profile".to_owned();
        let trouble = missing.or_else(|| region.is_none().then(no_region));
        let loopback = config.endpoint_url().is_some_and(is_loopback);
        let journal = Journal::new(folder, environment, config.endpoint_url(), region.as_deref());
        Ok(Self {
            glue: aws_sdk_glue::Client::new(&config),
            athena: aws_sdk_athena::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
            sts: aws_sdk_sts::Client::new(&config),
            quotas: aws_sdk_servicequotas::Client::new(&config),
            region,
            endpoint: config.endpoint_url().map(str::to_owned),
            trouble: trouble.map(|message| Fault::new(FaultKind::Misconfigured, "configuration", message)),
            gate: Gate { read_only: options.read_only, policy: options.policy.clone(), journal },
            // Throttling of Glue begins at about 15 calls at once in the wild; GetLogEvents' quota is 10 a second. A
            // server on this machine has no such quotas.
            glue_budget: if loopback { Budget::new(60.0, 60.0) } else { Budget::new(6.0, 12.0) },
            logs_budget: if loopback { Budget::new(60.0, 60.0) } else { Budget::new(8.0, 10.0) },
        })
    }

    /// Whether every change is refused.
    pub fn is_read_only(&self) -> bool {
        self.gate.read_only
    }

    /// What the environment lets one change.
    pub fn policy(&self) -> &Policy {
        &self.gate.policy
    }

    /// The refusal of a change in a session that may change nothing.
    pub fn read_only_fault(&self, operation: &str) -> Fault {
        Fault::new(FaultKind::ReadOnly, operation, "this session is read-only; nothing was sent")
    }

    /// The Region in use.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// The endpoint in use, if it is not AWS's own: from the flag, the environment, or the profile.
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// Performs a request.
    ///
    /// # Errors
    /// A fault with the operation, the service's words, and advice. Reads are retried by the SDK; changes are sent once.
    pub async fn perform(&self, request: Request) -> Result<Reply, Fault> {
        if let Some(trouble) = &self.trouble {
            return Err(trouble.clone());
        }
        match request {
            Request::Identity => self.identity().await,
            Request::DpuLimit => self.dpu_limit().await,
            Request::Fleet { names } => glue::fleet(self, names).await,
            Request::History(workflow) => glue::history(self, &workflow).await,
            Request::Databases => glue::databases(self).await,
            Request::Jobs => glue::jobs(self).await,
            Request::JobRun { job, run } => glue::job_run(self, &job, run.as_ref()).await,
            Request::LogPage { source, token, from } => logs::page(self, &source, token, from).await,
            Request::QueryStart { sql, database } => athena::start(self, &sql, database).await,
            Request::QueryStatus(id) => athena::status(self, &id).await,
            Request::QueryRows { status, next } => athena::rows(self, &status, next).await,
            Request::QueryStop(id) => athena::stop(self, &id).await,
            Request::Change { change, assent } => {
                let account = self.account().await;
                let done = self.gate.perform(&self.glue, &change, &assent, account.as_deref()).await?;
                Ok(Reply::Changed { change, done })
            }
        }
    }

    async fn identity(&self) -> Result<Reply, Fault> {
        let answer = self.sts.get_caller_identity().send().await.map_err(|e| fault::of("GetCallerIdentity", &e))?;
        let account = answer.account.unwrap_or_else(|| "unknown".to_owned());
        Ok(Reply::Identity { account, region: self.region.clone() })
    }

    /// The account of the credentials as they are now; none if it cannot be read.
    async fn account(&self) -> Option<String> {
        match self.identity().await {
            Ok(Reply::Identity { account, .. }) => Some(account),
            _ => None,
        }
    }

    /// Where changes are made.
    pub async fn place(&self) -> Place {
        Place::new(self.account().await, self.region(), self.endpoint())
    }

    async fn dpu_limit(&self) -> Result<Reply, Fault> {
        let call = self.quotas.get_service_quota().service_code(DPU_QUOTA.0).quota_code(DPU_QUOTA.1);
        let answer = call.send().await.map_err(|e| fault::of("GetServiceQuota", &e))?;
        let value = answer.quota.and_then(|quota| quota.value);
        value
            .map(Reply::DpuLimit)
            .ok_or_else(|| Fault::new(FaultKind::Garbled, "GetServiceQuota", "the quota has no value"))
    }
}

fn is_loopback(endpoint: &str) -> bool {
    let host = endpoint.split("://").nth(1).unwrap_or(endpoint);
    ["127.", "localhost", "[::1]"].iter().any(|start| host.starts_with(start))
}
