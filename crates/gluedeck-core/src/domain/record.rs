//! What the journal tells of a change.

use super::Time;
use super::account_scope::AccountScope;
use super::change::{Activation, Change, JobSetting, SettingChange};
use super::ids::{JobName, TriggerName};
use serde_json::Value;

/// What stands in the journal for a value that is named like a secret.
pub const NOT_SHOWN: &str = "(not shown)";

/// A change as the journal tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalRecord {
    pub id: String,
    /// What it was a part of: a rollout, or changes under one approval.
    pub batch: Option<String>,
    /// When it was begun, RFC 3339 UTC, by this machine's clock.
    pub at: String,
    /// The same as a time; none if it is not readable.
    pub time: Option<Time>,
    pub operation: String,
    pub name: String,
    pub details: Value,
    /// What it concerned, as it was before.
    pub before: Value,
    /// Environment, endpoint and Region.
    pub scope: Value,
    /// None if the program ended before an answer came: what became of it is not known here.
    pub outcome: Option<Value>,
}

impl JournalRecord {
    /// What came of it, in words.
    pub fn result(&self) -> String {
        let Some(outcome) = &self.outcome else { return "unknown: no response recorded".to_owned() };
        let text = |name: &str| outcome.get(name).and_then(Value::as_str).unwrap_or_default();
        let found =
            if outcome.get("found_by_reading") == Some(&Value::Bool(true)) { " (verified by reading)" } else { "" };
        match (text("result"), text("id"), text("message")) {
            (result, "", "") => format!("{result}{found}"),
            (result, id, "") => format!("{result} {id}{found}"),
            (result, _, message) => format!("{result}: {message}"),
        }
    }

    /// Whether the service took it.
    pub fn is_done(&self) -> bool {
        self.outcome.as_ref().is_some_and(|outcome| outcome.get("result").and_then(Value::as_str) == Some("done"))
    }

    /// Whether it may have been taken: it was, or its outcome is not known.
    pub fn may_be_done(&self) -> bool {
        let result = self.outcome.as_ref().map(|o| o.get("result").and_then(Value::as_str).unwrap_or_default());
        matches!(result, None | Some("done" | "outcome unknown" | "outcome unclear"))
    }

    /// Where it was done.
    pub fn account_scope(&self) -> AccountScope {
        let text = |member: &str| self.scope.get(member).and_then(Value::as_str);
        AccountScope::new(text("account").map(str::to_owned), text("region"), text("endpoint"))
    }

    /// What it changed, in a few words: `cron(0 3 * * ? *) to cron(15 3 * * ? *)`.
    pub fn what(&self) -> String {
        let text = |name: &str| self.details.get(name).and_then(Value::as_str);
        match (self.operation.as_str(), text("from"), text("to"), text("run")) {
            ("UpdateTrigger", Some(from), Some(to), _) => format!("{from} to {to}"),
            ("UpdateJob", ..) => {
                let changed = self.settings().into_iter().map(|change| change.to_string());
                changed.collect::<Vec<_>>().join(", ")
            }
            ("ResumeWorkflowRun", .., Some(run)) => format!("resumes {run}"),
            ("StopWorkflowRun", .., Some(run)) => run.to_owned(),
            _ => String::new(),
        }
    }

    /// What would undo it; nothing where the API has nothing for it.
    pub fn undo(&self) -> Option<Change> {
        let text = |name: &str| Some(self.details.get(name)?.as_str()?.to_owned());
        if !self.may_be_done() {
            return None;
        }
        let trigger = TriggerName::new(&self.name);
        match self.operation.as_str() {
            "UpdateTrigger" => Some(Change::Reschedule { trigger, from: text("to")?, to: text("from")? }),
            "UpdateJob" => {
                let back = self.settings().into_iter();
                let back =
                    back.map(|SettingChange { setting, from, to }| SettingChange { setting, from: to, to: from });
                let (job, settings) = (JobName::new(&self.name), back.collect::<Vec<_>>());
                // A value that is not in the journal cannot be given back.
                let told = settings.iter().all(|change| change.to != NOT_SHOWN && change.from != NOT_SHOWN);
                (told && !settings.is_empty()).then_some(Change::UpdateJob { job, settings })
            }
            // One of the kind ON_DEMAND fired; that cannot be undone.
            "StartTrigger" if self.was("Type") == "ON_DEMAND" || self.was("State") == "ACTIVATED" => None,
            "StartTrigger" => Some(Change::SetTriggerActivation { trigger, to: Activation::Deactivate }),
            "StopTrigger" if self.was("State") == "DEACTIVATED" => None,
            "StopTrigger" => Some(Change::SetTriggerActivation { trigger, to: Activation::Activate }),
            _ => None,
        }
    }

    /// The settings of a job that it changed.
    fn settings(&self) -> Vec<SettingChange> {
        let list = self.details.get("settings").and_then(Value::as_array).into_iter().flatten();
        let text = |entry: &Value, name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
        let change = |entry: &Value| {
            Some(SettingChange {
                setting: JobSetting::of_title(&text(entry, "setting")?)?,
                from: text(entry, "from")?,
                to: text(entry, "to")?,
            })
        };
        list.filter_map(change).collect()
    }

    fn was(&self, member: &str) -> &str {
        self.before.get(member).and_then(Value::as_str).unwrap_or_default()
    }
}
