//! Results of Glue Data Quality.

use super::clients::Clients;
use super::fault;
use gluedeck_core::analysis::triage::{QualityResult, RuleResult};
use gluedeck_core::domain::Fault;

/// A result by its id: one call (`GetDataQualityResult`).
pub(super) async fn result(clients: &Clients, id: &str) -> Result<QualityResult, Fault> {
    let answer = clients.glue().await.get_data_quality_result().result_id(id).send().await;
    let answer = answer.map_err(|error| fault::of("GetDataQualityResult", &error))?;
    let rules = answer.rule_results().iter().map(|rule| RuleResult {
        rule: rule.description().or(rule.name()).unwrap_or("a rule without a name").to_owned(),
        result: rule.result().map_or("?", |result| result.as_str()).to_owned(),
        message: rule.evaluation_message().filter(|message| !message.is_empty()).map(str::to_owned),
    });
    Ok(QualityResult {
        ruleset: answer.ruleset_name().map(str::to_owned),
        score: answer.score(),
        rules: rules.collect(),
    })
}
