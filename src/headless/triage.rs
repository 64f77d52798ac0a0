//! `gluedeck triage`: from a pasted alert to its cause, as Markdown or JSON.

use super::facts::Snapshot;
use super::output::{self, Output};
use super::{Exit, report_fault};
use futures::future::join_all;
use gluedeck_aws::Gateway;
use gluedeck_aws::store::{read_acknowledged, read_journal};
use gluedeck_core::analysis::plan::Facts;
use gluedeck_core::analysis::triage::NotFound;
use gluedeck_core::analysis::triage::card::CauseSource;
use gluedeck_core::analysis::triage::incident::{self, Incident};
use gluedeck_core::analysis::triage::{
    Card, Environment, Investigation, Need, NeedResult, alerts_in, elsewhere, failures, report,
};
use gluedeck_core::domain::Fault;
use gluedeck_core::domain::{AccountScope, Alert, JournalRecord, PipelineId};
use gluedeck_core::request::{GetAccount, GetDatabases};
use gluedeck_tui::ui::text::clean;
use std::io;
use std::path::PathBuf;

/// Alerts that one paste is looked into for.
const MAX_ALERTS: usize = 20;

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct TriageOptions {
    pub text: String,
    pub output: Output,
    /// Send no query to Athena for the failed checks.
    pub no_query: bool,
    /// The environments of the configuration.
    pub environments: Vec<Environment>,
    /// The environment that this is.
    pub environment: String,
    /// Leave values of the data out of the report.
    pub redact: bool,
    /// Where the journal is.
    pub folder: Option<PathBuf>,
}

/// Looks into every alert of a text.
///
/// # Errors
/// If stdout cannot be written.
pub async fn triage(gateway: &Gateway, options: &TriageOptions) -> io::Result<Exit> {
    if options.text.trim().is_empty() {
        eprintln!("gluedeck: no alert: give a file, or paste into stdin");
        return Ok(Exit::Usage);
    }
    let mut snapshot = match Snapshot::read(gateway).await {
        Ok(snapshot) => snapshot,
        Err(fault) => return Ok(report_fault(&fault)),
    };
    let (mut found, mut standalone) = alerts_of(gateway, &mut snapshot, &options.text).await;
    if found.is_empty() {
        eprintln!("gluedeck: no job, crawler, workflow or run in the text");
        return Ok(Exit::Failed);
    }
    if found.len() > MAX_ALERTS {
        eprintln!("gluedeck: {} alerts; using only the first {MAX_ALERTS}", found.len());
        found.truncate(MAX_ALERTS);
    }
    let here = here(gateway, &found, options).await;
    let (mut cards, mut read_errors) = (Vec::new(), Vec::new());
    for alert in &found {
        if let Some(elsewhere) = elsewhere(alert, &here, &options.environments) {
            let advice = match (&elsewhere.environment, &elsewhere.region) {
                (Some(name), _) => format!("use --env {name}"),
                (None, Some(region)) => format!("use --region {region}"),
                (None, None) => "use --profile with credentials of that account".to_owned(),
            };
            // The names are the same everywhere: what is known here would be of another run.
            eprintln!("gluedeck: the alert is {}: {}", clean(&elsewhere.text), clean(&advice));
            continue;
        }
        let mut looked = look(gateway, alert, &mut snapshot, options).await;
        if looked.is_err() && !standalone {
            // The workflows do not know it: something else in the account may.
            standalone = true;
            snapshot.read_standalone(gateway).await;
        }
        if looked.is_err() {
            let named = snapshot.standalone_named(alert.name.as_deref());
            snapshot.read_histories(gateway, &named).await;
            looked = look(gateway, alert, &mut snapshot, options).await;
        }
        match looked {
            Ok((card, unread)) => {
                cards.push(card);
                read_errors.extend(unread);
            }
            Err(why) => eprintln!("gluedeck: {}", clean(&why.to_string())),
        }
    }
    match options.output {
        Output::Json => output::json(&report::json(&cards, options.redact))?,
        _ if cards.is_empty() => {}
        _ => output::line(&markdown(gateway, (&cards, &read_errors), &snapshot, &here, options))?,
    }
    // What only the alert itself says explains nothing.
    let explained = cards.iter().any(|card| !matches!(card.by, CauseSource::Alert | CauseSource::Nothing));
    Ok(if explained { Exit::Done } else { Exit::Failed })
}

/// The alerts of a text, and whether what is outside of workflows was listed for them: what the workflows do not know may be
/// there.
async fn alerts_of(gateway: &Gateway, snapshot: &mut Snapshot, text: &str) -> (Vec<Alert>, bool) {
    let found = alerts_in(text, &snapshot.workflows);
    if !found.is_empty() && found.iter().all(|alert| snapshot.knows(alert)) {
        return (found, false);
    }
    snapshot.read_standalone(gateway).await;
    (alerts_in(text, &snapshot.workflows), true)
}

/// Where this is. The account is asked for only where an alert names one.
async fn here(gateway: &Gateway, alerts: &[Alert], options: &TriageOptions) -> Environment {
    let account = match alerts.iter().any(|alert| alert.account.is_some()) {
        true => gateway.perform(GetAccount).await.ok(),
        false => None,
    };
    Environment { name: options.environment.clone(), region: gateway.region().map(str::to_owned), account }
}

fn markdown(
    gateway: &Gateway,
    (cards, read_errors): (&[Card], &[Fault]),
    snapshot: &Snapshot,
    here: &Environment,
    options: &TriageOptions,
) -> String {
    let journal = options.folder.as_deref().and_then(|folder| read_journal(folder).ok()).unwrap_or_default();
    // Where the account was not asked for, it is taken to be the same.
    let of_here = |done: &JournalRecord| {
        let scope = done.account_scope();
        let account = here.account.clone().or_else(|| scope.account.clone());
        scope.is(&AccountScope::new(account, gateway.region(), gateway.endpoint()))
    };
    let notes = options.folder.as_deref().map(read_acknowledged).unwrap_or_default();
    // Of another endpoint than AWS, that is what matters.
    let name = gateway.endpoint().unwrap_or(here.name.as_str());
    let scope = [Some(name), here.account.as_deref(), here.region.as_deref()];
    incident::markdown(&Incident {
        cards,
        failures: &failures(snapshot),
        notes: &notes,
        journal: &journal.into_iter().filter(of_here).collect::<Vec<_>>(),
        read_errors,
        scope: &scope.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        now: snapshot.now(),
        with_values: !options.redact,
        workflows_only: true,
    })
}

/// Reads one need. Histories are read into the snapshot.
async fn read(gateway: &Gateway, need: Need) -> NeedResult {
    match need {
        Need::History(workflow) => NeedResult::History(workflow, Ok(())),
        Need::JobLog(request) => NeedResult::JobLog(request.clone(), gateway.perform(request).await),
        Need::CrawlLog(request) => NeedResult::CrawlLog(request.clone(), gateway.perform(request).await),
        Need::Checks(request) => NeedResult::Checks(request.clone(), gateway.perform(request).await),
        Need::QualityResult(request) => NeedResult::QualityResult(request.clone(), gateway.perform(request).await),
        Need::Databases => NeedResult::Databases(gateway.perform(GetDatabases).await),
        Need::Columns(request) => NeedResult::Columns(request.clone(), gateway.perform(request).await),
    }
}

/// The card of an alert on what has been read already, without a query; none if there is nothing to make it of.
pub(super) async fn card_of(gateway: &Gateway, alert: &Alert, snapshot: &Snapshot) -> Option<Card> {
    let mut investigation = Investigation::new(alert.clone());
    investigation.may_query = false;
    loop {
        let needs: Vec<Need> = investigation.needs(snapshot);
        if needs.is_empty() {
            return investigation.card(snapshot).ok();
        }
        for read in join_all(needs.into_iter().map(|need| read(gateway, need))).await {
            investigation.take(read);
        }
    }
}

/// Reads what the inquiry needs, round by round, until it needs nothing more.
async fn look(
    gateway: &Gateway,
    alert: &Alert,
    snapshot: &mut Snapshot,
    options: &TriageOptions,
) -> Result<(Card, Vec<Fault>), NotFound> {
    let mut investigation = Investigation::new(alert.clone());
    investigation.may_query = !options.no_query;
    loop {
        let needs = investigation.needs(snapshot);
        if needs.is_empty() {
            break;
        }
        let histories = needs.iter().filter_map(|need| match need {
            Need::History(name) => Some(name.clone()),
            _ => None,
        });
        let histories: Vec<PipelineId> = histories.collect();
        let reads = needs.into_iter().map(|need| read(gateway, need));
        let (read, ()) = tokio::join!(join_all(reads), snapshot.read_histories(gateway, &histories));
        read.into_iter().for_each(|read| investigation.take(read));
    }
    for fault in &investigation.read_errors {
        eprintln!("gluedeck: {}", clean(&fault.to_string()));
    }
    let card = investigation.card(snapshot)?;
    Ok((card, investigation.read_errors))
}
