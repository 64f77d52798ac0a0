//! Results of Glue Data Quality: evaluations that jobs of others make with each of their runs.

use super::Answer;
use super::fault::WireFault;
use super::glue_json::epoch;
use super::input::Input;
use crate::control::{Hub, evaluations};
use serde_json::json;

pub(super) fn call(hub: &Hub, operation: &str, input: &Input) -> Answer {
    match operation {
        "GetDataQualityResult" => {
            let id = input.required("ResultId")?;
            hub.read(|c, _| {
                let found = evaluations(c).into_iter().find(|evaluation| evaluation.result_id == id);
                let found = found.ok_or_else(|| {
                    WireFault::new("EntityNotFoundException", format!("Data quality result {id} not found."))
                })?;
                let rules = found.rules.iter().enumerate().map(|(n, rule)| {
                    json!({
                        "Name": format!("Rule_{}", n + 1), "Description": rule.rule,
                        "Result": if rule.message.is_none() { "PASS" } else { "FAIL" },
                        "EvaluationMessage": rule.message,
                    })
                });
                Ok(json!({
                    "ResultId": found.result_id, "Score": found.score(), "RulesetName": found.ruleset,
                    "EvaluationContext": found.context, "JobName": found.job, "JobRunId": found.run,
                    "StartedOn": epoch(found.started), "CompletedOn": epoch(found.completed),
                    "RuleResults": rules.collect::<Vec<_>>(),
                }))
            })
        }
        "ListDataQualityResults" => hub.read(|c, _| {
            let wanted = |member: &str| input.get("Filter").and_then(|filter| filter.get(member)?.as_str());
            let (job, run) = (wanted("JobName"), wanted("JobRunId"));
            let all = evaluations(c).into_iter();
            let all = all.filter(|e| job.is_none_or(|job| job == e.job) && run.is_none_or(|run| run == e.run));
            let (page, next) = input.page(all.collect(), ("MaxResults", 1_000), "NextToken")?;
            let shapes = page.iter().map(|found| {
                json!({ "ResultId": found.result_id, "JobName": found.job, "JobRunId": found.run,
                    "StartedOn": epoch(found.started) })
            });
            Ok(json!({ "Results": shapes.collect::<Vec<_>>(), "NextToken": next }))
        }),
        _ => Err(WireFault::unknown_operation(operation)),
    }
}
