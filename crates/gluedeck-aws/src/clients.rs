//! The clients of the services, made from one configuration; made again when credentials have to be found again.

use super::budget::Budget;
use super::meter::{Meter, Tap};
use super::metrics::Metrics;
use super::pieces_cache::Pieces;
use super::plain::{Quotas, S3};
use super::session::ConnectError;
use super::session::{self, SessionOptions, is_loopback};
use gluedeck_core::domain::{Fault, FaultKind};
use gluedeck_core::request::Usage;
use std::sync::Arc;

/// One configuration's clients.
#[derive(Debug)]
pub(super) struct Clients {
    glue: aws_sdk_glue::Client,
    pub(super) athena: aws_sdk_athena::Client,
    logs: aws_sdk_cloudwatchlogs::Client,
    pub(super) s3: S3,
    pub(super) sts: aws_sdk_sts::Client,
    pub(super) quotas: Quotas,
    pub(super) metrics: Metrics,
    pub(super) region: Option<String>,
    pub(super) endpoint: Option<String>,
    /// What keeps every call from being sent.
    pub(super) config_fault: Option<Fault>,
    pub(super) budgets: Budgets,
    /// What is known of workflows that a server sends without graphs.
    pub(super) pieces: Pieces,
}

/// The budgets of calls, which outlive the clients.
#[derive(Debug, Clone)]
pub(super) struct Budgets {
    pub(super) glue: Arc<Budget>,
    pub(super) logs: Arc<Budget>,
    pub(super) athena: Arc<Budget>,
    pub(super) meter: Arc<Meter>,
}

impl Budgets {
    fn of(loopback: bool) -> Self {
        // Throttling of Glue begins at about 15 calls at once in the wild. A server on this machine has no such quotas.
        let budget = |rate, burst| Arc::new(if loopback { Budget::new(60.0, 60.0) } else { Budget::new(rate, burst) });
        // The quota of GetLogEvents was 10 a second when it was last published, and accounts have more: a long log is
        // read as fast as it goes until the first throttling, and from then on as fast as that allows.
        let logs = Arc::new(if loopback { Budget::new(1_000.0, 1_000.0) } else { Budget::new(25.0, 25.0) });
        Self { glue: budget(6.0, 12.0), logs, athena: budget(20.0, 20.0), meter: Arc::default() }
    }

    pub(super) fn usage(&self) -> Usage {
        self.meter.usage(&self.glue)
    }

    fn tap(&self, budget: &Arc<Budget>) -> Tap {
        Tap { meter: Arc::clone(&self.meter), budget: Arc::clone(budget) }
    }
}

impl Clients {
    /// Glue, when its budget allows a call.
    pub(super) async fn glue(&self) -> &aws_sdk_glue::Client {
        self.budgets.glue.take().await;
        &self.glue
    }

    /// Glue without waiting, for a change that somebody has confirmed.
    pub(super) fn glue_at_once(&self) -> &aws_sdk_glue::Client {
        &self.glue
    }

    /// CloudWatch Logs, when its budget allows a call.
    pub(super) async fn logs(&self) -> &aws_sdk_cloudwatchlogs::Client {
        self.budgets.logs.take().await;
        &self.logs
    }

    /// Makes the clients. Nothing is sent yet, but configuration files are read. `budgets` are those of the clients
    /// before, if there were any.
    pub(super) async fn make(options: &SessionOptions, budgets: Option<Budgets>) -> Result<Self, ConnectError> {
        let missing = session::missing_profile(options);
        let config = match missing {
            // With the name of a profile that is not there, the chain would go on to somebody else's credentials.
            Some(_) => session::without_credentials(options)?,
            None => session::configure(options).await?,
        };
        let region = config.region().map(ToString::to_string);
        let no_region = || "no Region: give --region, set AWS_REGION, or add one to the profile".to_owned();
        let config_fault = missing.or_else(|| region.is_none().then(no_region));
        let endpoint = config.endpoint_url().map(str::to_owned);
        let budgets = budgets.unwrap_or_else(|| Budgets::of(endpoint.as_deref().is_some_and(is_loopback)));
        let (glue, logs, athena) =
            (budgets.tap(&budgets.glue), budgets.tap(&budgets.logs), budgets.tap(&budgets.athena));
        let others = || budgets.tap(&budgets.athena);
        Ok(Self {
            glue: aws_sdk_glue::Client::from_conf(
                aws_sdk_glue::config::Builder::from(&config).interceptor(glue).build(),
            ),
            athena: aws_sdk_athena::Client::from_conf(
                aws_sdk_athena::config::Builder::from(&config).interceptor(athena).build(),
            ),
            logs: aws_sdk_cloudwatchlogs::Client::from_conf(
                aws_sdk_cloudwatchlogs::config::Builder::from(&config).interceptor(logs).build(),
            ),
            s3: S3::new(&config, others()),
            sts: aws_sdk_sts::Client::from_conf(
                aws_sdk_sts::config::Builder::from(&config).interceptor(others()).build(),
            ),
            quotas: Quotas::new(&config, others()),
            metrics: Metrics::new(&config, others()),
            region,
            endpoint,
            config_fault: config_fault.map(|message| Fault::new(FaultKind::Misconfigured, "configuration", message)),
            budgets,
            pieces: Pieces::default(),
        })
    }
}
