//! Policies: what an environment lets one change, and how it wants to be asked.

use super::change::Change;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How a change is let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The dialog still shows it, with its verb in focus.
    Allow,
    /// The dialog shows it, with Cancel in focus.
    #[default]
    Confirm,
    /// The name of what is changed must be typed too; of many, their count.
    TypeName,
    Deny,
}

/// Kinds of changes that a policy tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    Start,
    Stop,
    Rerun,
    Job,
    Crawler,
    Trigger,
    Schedule,
}

/// An environment's policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The rule of kinds that have none of their own.
    pub rule: Rule,
    pub rules: BTreeMap<ChangeKind, Rule>,
    /// How many changes one approval may cover.
    pub max_changes: usize,
}

/// The approval of a change, as the gate is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// What the person typed, if a name was asked for.
    pub typed: Option<String>,
    /// How many changes were approved at once.
    pub of: usize,
    /// What holds changes of one plan together in the journal.
    pub batch: Option<String>,
}

/// Why a change is not let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    Denied(ChangeKind),
    TooMany { of: usize, max: usize },
    NotTyped(String),
}

impl Default for Policy {
    fn default() -> Self {
        Self { rule: Rule::Confirm, rules: BTreeMap::new(), max_changes: 100 }
    }
}

impl Policy {
    /// What holds where the configuration says nothing: production wants the name typed.
    pub fn of_environment(name: &str) -> Self {
        let rule = if name.to_lowercase().contains("prod") { Rule::TypeName } else { Rule::Confirm };
        Self { rule, ..Self::default() }
    }

    /// The rule for a change.
    pub fn rule_for(&self, change: &Change) -> Rule {
        self.rules.get(&ChangeKind::of(change)).copied().unwrap_or(self.rule)
    }

    /// The strictest rule for several changes.
    pub fn strictest(&self, changes: &[Change]) -> Rule {
        changes.iter().map(|change| self.rule_for(change)).max().unwrap_or(self.rule)
    }

    /// Whether a change is let through.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, change: &Change, approval: &Approval) -> Result<(), Refusal> {
        if approval.of > self.max_changes {
            return Err(Refusal::TooMany { of: approval.of, max: self.max_changes });
        }
        match self.rule_for(change) {
            Rule::Deny => Err(Refusal::Denied(ChangeKind::of(change))),
            Rule::TypeName => {
                let wanted = if approval.of > 1 { of_many(approval.of) } else { change.name().to_owned() };
                match approval.typed.as_deref().map(str::trim) == Some(wanted.as_str()) {
                    true => Ok(()),
                    false => Err(Refusal::NotTyped(wanted)),
                }
            }
            Rule::Allow | Rule::Confirm => Ok(()),
        }
    }
}

/// What has to be typed for changes: the name of one, the count of many.
pub fn phrase(changes: &[Change]) -> String {
    match changes {
        [change] => change.name().to_owned(),
        many => of_many(many.len()),
    }
}

fn of_many(count: usize) -> String {
    format!("{count} changes")
}

impl Approval {
    /// The approval of one change by itself.
    pub fn to_one() -> Self {
        Self { typed: None, of: 1, batch: None }
    }
}

impl ChangeKind {
    /// The kind of a change.
    pub fn of(change: &Change) -> Self {
        match change {
            Change::Start { .. } => Self::Start,
            Change::Stop { .. } | Change::StopJobRun { .. } | Change::StopCrawler(_) => Self::Stop,
            Change::Resume { .. } => Self::Rerun,
            Change::StartJob { .. } | Change::ResetBookmark(_) | Change::UpdateJob { .. } => Self::Job,
            Change::StartCrawler(_) => Self::Crawler,
            Change::SetTriggerActivation { .. } | Change::SetCrawlerSchedule { .. } => Self::Trigger,
            Change::Reschedule { .. } => Self::Schedule,
        }
    }

    /// The name in the configuration.
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Rerun => "rerun",
            Self::Job => "job",
            Self::Crawler => "crawler",
            Self::Trigger => "trigger",
            Self::Schedule => "schedule",
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Denied(kind) => write!(f, "this environment's policy denies `{}`", kind.word()),
            Self::TooMany { of, max } => write!(f, "{of} changes at once; this environment's policy allows {max}"),
            Self::NotTyped(wanted) => write!(f, "this environment's policy requires typing `{wanted}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{RunId, WorkflowName};

    #[test]
    fn a_policy_denies_limits_and_wants_names_typed() {
        let start = Change::Start { workflow: WorkflowName::new("User Workflow"), properties: BTreeMap::new() };
        let stop = Change::Stop { workflow: WorkflowName::new("User Workflow"), run: RunId::new("wr_1") };
        let policy = Policy {
            rules: BTreeMap::from([(ChangeKind::Stop, Rule::Deny)]),
            max_changes: 3,
            ..Policy::of_environment("prod-eu")
        };
        let typed = |text: &str, of| Approval { typed: Some(text.to_owned()), of, batch: None };
        assert_eq!(policy.check(&start, &Approval::to_one()), Err(Refusal::NotTyped("User Workflow".into())));
        assert_eq!(policy.check(&start, &typed("User Workflow", 1)), Ok(()));
        assert_eq!(policy.check(&start, &typed("User Workflow", 2)), Err(Refusal::NotTyped("2 changes".into())));
        assert_eq!(policy.check(&start, &typed(" 2 changes ", 2)), Ok(()));
        assert_eq!(policy.check(&start, &typed("4 changes", 4)), Err(Refusal::TooMany { of: 4, max: 3 }));
        assert_eq!(policy.check(&stop, &typed("User Workflow", 1)), Err(Refusal::Denied(ChangeKind::Stop)));
        assert_eq!(policy.strictest(&[start, stop]), Rule::Deny);
        assert_eq!(Policy::of_environment("dev").rule, Rule::Confirm);
    }
}
