//! Bringing an account to what a pipeline's file says, as far as that is done without CloudFormation.

use super::{Figures, Plan};
use crate::analysis::redact;
use crate::domain::{Activation, Change, JobName, JobSetting, SettingChange, Target, TriggerName};
use gluedeck_pipeline::{Change as Difference, Difference as Found, ResourceKind, or_nothing};

/// What is done for differences, one plan a resource, and what only CloudFormation may do.
pub fn apply(differences: &[Found]) -> (Vec<(String, Plan)>, Vec<String>) {
    let (mut plans, mut refused): (Vec<(String, Plan)>, Vec<String>) = (Vec::new(), Vec::new());
    for found in differences {
        let Some((change, note)) = change(found) else {
            refused.push(match found.change {
                Difference::Missing => format!(
                    "{}: only CloudFormation may make it; if it was deployed before, take its record out, deploy, put it back and deploy",
                    sentence(found)
                ),
                Difference::Extra => {
                    format!(
                        "{}: no record makes it; only CloudFormation, or who made it, may delete it",
                        sentence(found)
                    )
                }
                Difference::Different { .. } => format!("{}: only CloudFormation may change it", sentence(found)),
            });
            continue;
        };
        match (plans.last_mut(), &change) {
            // One call changes all settings of a job: the definition is sent as a whole.
            (Some((name, plan)), Change::UpdateJob { settings: more, .. }) if *name == found.name => {
                if let Some(Change::UpdateJob { settings, .. }) = plan.changes.first_mut() {
                    settings.extend(more.clone());
                }
                plan.notes.push(note);
            }
            _ => plans.push((found.name.clone(), plan(found, change, note))),
        }
    }
    (plans, refused)
}

fn plan(found: &Found, change: Change, note: String) -> Plan {
    let job = (found.resource == ResourceKind::Job).then(|| Target::Job(JobName::new(&found.name)));
    Plan {
        title: format!("Apply to {}", found.name),
        notes: vec![note],
        steps: job.into_iter().collect(),
        becomes: "will have other settings",
        verb: "Apply",
        changes: vec![change],
        figures: Figures::default(),
    }
}

/// `job X: workers 7 to 2`.
fn sentence(found: &Found) -> String {
    let found = redact::difference(found);
    match &found.change {
        Difference::Missing | Difference::Extra => found.to_string(),
        Difference::Different { attribute, file, account } => {
            let (kind, name) = (found.resource.word(), &found.name);
            format!("{kind} {name}: {attribute} {} to {}", or_nothing(account), or_nothing(file))
        }
    }
}

/// The call that brings an attribute to what the file says; None where CloudFormation has to.
fn change(found: &Found) -> Option<(Change, String)> {
    let Difference::Different { attribute, file, account } = &found.change else { return None };
    let note = format!("{}.", sentence(found));
    let change = match (found.resource, attribute.as_str()) {
        (ResourceKind::Trigger, "schedule") if !file.is_empty() && !account.is_empty() => {
            Change::Reschedule { trigger: TriggerName::new(&found.name), from: account.clone(), to: file.clone() }
        }
        (ResourceKind::Trigger, "state") => Change::SetTriggerActivation {
            trigger: TriggerName::new(&found.name),
            to: if file == "on" { Activation::Activate } else { Activation::Deactivate },
        },
        (ResourceKind::Job, attribute) => {
            let minutes = |text: &str| text.trim_end_matches(" min").to_owned();
            let (setting, from, to) = match attribute {
                "worker type" => (JobSetting::WorkerType, account.clone(), file.clone()),
                "workers" => (JobSetting::Workers, account.clone(), file.clone()),
                "timeout" => (JobSetting::Timeout, minutes(account), minutes(file)),
                "retries" => (JobSetting::Retries, account.clone(), file.clone()),
                other => {
                    let name = other.strip_prefix("argument ")?;
                    (JobSetting::Argument(name.to_owned()), account.clone(), file.clone())
                }
            };
            let settings = vec![SettingChange { setting, from, to }];
            Change::UpdateJob { job: JobName::new(&found.name), settings }
        }
        _ => return None,
    };
    Some((change, note))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(resource: ResourceKind, name: &str, attribute: &str, account: &str, file: &str) -> Found {
        let (attribute, file, account) = (attribute.to_owned(), file.to_owned(), account.to_owned());
        Found {
            resource,
            name: name.to_owned(),
            workflow: None,
            change: Difference::Different { attribute, file, account },
        }
    }

    #[test]
    fn settings_of_a_job_are_one_call_and_the_rest_is_cloudformations() {
        let differences = [
            found(ResourceKind::Trigger, "nightly", "schedule", "cron(1 3 * * ? *)", "cron(0 3 * * ? *)"),
            found(ResourceKind::Trigger, "nightly", "state", "off", "on"),
            found(ResourceKind::Job, "load", "workers", "7", "2"),
            found(ResourceKind::Job, "load", "timeout", "45 min", "120 min"),
            found(ResourceKind::Job, "load", "argument --api_token", "a", "b"),
            found(ResourceKind::Job, "load", "Glue version", "4.0", "5.0"),
            Found {
                resource: ResourceKind::Workflow,
                name: "User Workflow".into(),
                workflow: None,
                change: Difference::Missing,
            },
        ];
        let (plans, refused) = apply(&differences);
        assert_eq!(plans.len(), 3);
        let Change::UpdateJob { settings, .. } = &plans[2].1.changes[0] else { panic!("{plans:?}") };
        assert_eq!((settings.len(), settings[1].to.as_str()), (3, "120"));
        assert!(plans[2].1.notes[2].contains("argument --api_token (not shown) to (not shown)"), "{plans:?}");
        let shown = |at: usize| redact::difference(&differences[at]).to_string();
        assert_eq!(shown(4), "job load: argument --api_token (not shown), file (not shown)");
        assert_eq!(shown(2), "job load: workers 7, file 2");
        let only_there = found(ResourceKind::Job, "load", "argument --api_token", "a", "");
        assert_eq!(
            redact::difference(&only_there).to_string(),
            "job load: argument --api_token (not shown), file nothing"
        );
        assert_eq!(
            refused,
            [
                "job load: Glue version 4.0 to 5.0: only CloudFormation may change it",
                "workflow User Workflow is missing: only CloudFormation may make it; if it was deployed before, take its record out, deploy, put it back and deploy"
            ]
        );
    }
}
