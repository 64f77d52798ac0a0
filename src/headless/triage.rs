//! `gluedeck triage`: from a pasted alert to its cause, as Markdown or JSON.

use super::facts::Snapshot;
use super::output::{self, Output};
use super::{Exit, complain};
use crate::analysis::triage::{Answer, Card, Inquiry, Need, alerts, report};
use crate::aws::Gateway;
use crate::domain::{Alert, WorkflowName};
use crate::flow::{Reply, Request};
use futures::future::join_all;
use serde_json::Value;
use std::io;

/// Alerts that one paste is looked into for.
const MOST: usize = 20;

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct TriageOptions {
    pub text: String,
    pub output: Output,
    /// Send no query to Athena for the failed checks.
    pub no_query: bool,
    /// The environments of the configuration with their Regions.
    pub environments: Vec<(String, Option<String>)>,
}

/// Looks into every alert of a text.
///
/// # Errors
/// If stdout cannot be written.
pub async fn triage(gateway: &Gateway, options: &TriageOptions) -> io::Result<Exit> {
    if options.text.trim().is_empty() {
        eprintln!("gluedeck: there is no alert: give a file, or paste into stdin");
        return Ok(Exit::Usage);
    }
    let mut found = alerts(&options.text);
    if found.is_empty() {
        eprintln!("gluedeck: the text names no job, crawler, workflow or run");
        return Ok(Exit::Failed);
    }
    if found.len() > MOST {
        eprintln!("gluedeck: of {} alerts the first {MOST} are looked into", found.len());
        found.truncate(MOST);
    }
    let mut snapshot = match Snapshot::read(gateway).await {
        Ok(snapshot) => snapshot,
        Err(fault) => return Ok(complain(&fault)),
    };
    let mut cards = Vec::new();
    for alert in &found {
        elsewhere(gateway, alert, options);
        match look(gateway, alert, &mut snapshot, options).await {
            Ok(card) => cards.push(card),
            Err(why) => eprintln!("gluedeck: {}", crate::ui::text::clean(&why)),
        }
    }
    match options.output {
        Output::Json => output::json(&Value::Array(cards.iter().map(report::json).collect()))?,
        _ => {
            for card in &cards {
                output::line(&report::markdown(card))?;
            }
        }
    }
    Ok(if cards.is_empty() { Exit::Failed } else { Exit::Done })
}

/// Says so if the alert is of another Region, and names the environment that fits.
fn elsewhere(gateway: &Gateway, alert: &Alert, options: &TriageOptions) {
    let (Some(theirs), Some(here)) = (alert.region.as_deref(), gateway.region()) else { return };
    if theirs == here {
        return;
    }
    let fits = options.environments.iter().find(|(_, region)| region.as_deref() == Some(theirs));
    let advice = match fits {
        Some((name, _)) => format!("--env {name} is there"),
        None => format!("--region {theirs} goes there"),
    };
    eprintln!("gluedeck: the alert is of {}, and this is {here}: {advice}", crate::ui::text::clean(theirs));
}

/// Reads what the inquiry needs, round by round, until it needs nothing more.
async fn look(
    gateway: &Gateway,
    alert: &Alert,
    snapshot: &mut Snapshot,
    options: &TriageOptions,
) -> Result<Card, String> {
    let mut inquiry = Inquiry::new(alert.clone());
    inquiry.may_query = !options.no_query;
    loop {
        let needs = inquiry.needs(snapshot);
        if needs.is_empty() {
            break;
        }
        let histories = needs.iter().filter_map(|need| match need {
            Need::History(name) => Some(name.clone()),
            _ => None,
        });
        let histories: Vec<WorkflowName> = histories.collect();
        let reads = needs.iter().map(async |need| match need {
            Need::History(_) => Ok(Answer::Nothing),
            need => match gateway.perform(Request::Inquire(need.clone())).await {
                Ok(Reply::Inquired(answer)) => Ok(answer),
                Ok(_) => Ok(Answer::Nothing),
                Err(fault) => Err(fault.to_string()),
            },
        });
        let (answers, ()) = tokio::join!(join_all(reads), snapshot.read_histories(gateway, &histories));
        for (need, answer) in needs.iter().zip(answers) {
            inquiry.take(need, answer);
        }
    }
    for trouble in &inquiry.trouble {
        eprintln!("gluedeck: {}", crate::ui::text::clean(trouble));
    }
    inquiry.card(snapshot)
}
