//! A trigger's definition as JSON, in the API's terms.

use aws_sdk_glue::types::{Action, Condition, Trigger};
use serde_json::{Value, json};

/// The whole definition, for the journal.
pub(super) fn as_json(trigger: &Trigger) -> Value {
    let action = |action: &Action| {
        json!({
            "JobName": action.job_name(), "CrawlerName": action.crawler_name(), "Arguments": action.arguments(),
            "Timeout": action.timeout(), "SecurityConfiguration": action.security_configuration(),
            "NotifyDelayAfter": action.notification_property().and_then(|p| p.notify_delay_after()),
        })
    };
    let condition = |condition: &Condition| {
        json!({
            "LogicalOperator": condition.logical_operator().map(|o| o.as_str()), "JobName": condition.job_name(),
            "State": condition.state().map(|s| s.as_str()), "CrawlerName": condition.crawler_name(),
            "CrawlState": condition.crawl_state().map(|s| s.as_str()),
        })
    };
    let predicate = trigger.predicate().map(|predicate| {
        json!({
            "Logical": predicate.logical().map(|l| l.as_str()),
            "Conditions": predicate.conditions().iter().map(condition).collect::<Vec<_>>(),
        })
    });
    let batching = trigger.event_batching_condition();
    json!({
        "Name": trigger.name(), "WorkflowName": trigger.workflow_name(), "Type": trigger.r#type().map(|t| t.as_str()),
        "State": trigger.state().map(|s| s.as_str()), "Description": trigger.description(),
        "Schedule": trigger.schedule(), "Actions": trigger.actions().iter().map(action).collect::<Vec<_>>(),
        "Predicate": predicate,
        "EventBatchingCondition": batching.map(|b| json!({ "BatchSize": b.batch_size(), "BatchWindow": b.batch_window() })),
    })
}
