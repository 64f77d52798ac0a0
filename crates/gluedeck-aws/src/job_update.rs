//! Other settings of a job. UpdateJob overwrites the whole definition (docs/aws-facts.md), so all of it is sent again, and
//! read back.

use super::observe::{Observed, observe};
use aws_sdk_glue::Client;
use aws_sdk_glue::types::{Job, JobUpdate, WorkerType};
use gluedeck_core::domain::{Change, Fault, FaultKind, JobSetting, SettingChange};

/// A definition with other settings.
fn changed(job: &Job, settings: &[SettingChange]) -> Result<Job, Fault> {
    let mut job = job.clone();
    for SettingChange { setting, to, .. } in settings {
        let number = || {
            let wrong = |_| Fault::new(FaultKind::Refused, "UpdateJob", format!("{to} is no number"));
            to.parse::<i32>().map_err(wrong)
        };
        match setting {
            JobSetting::WorkerType => job.worker_type = Some(WorkerType::from(to.as_str())),
            JobSetting::Workers => job.number_of_workers = Some(number()?),
            JobSetting::Timeout => job.timeout = Some(number()?),
            JobSetting::Retries => job.max_retries = number()?,
            JobSetting::Argument(name) => {
                let arguments = job.default_arguments.get_or_insert_default();
                match to.is_empty() {
                    true => _ = arguments.remove(name),
                    false => _ = arguments.insert(name.clone(), to.clone()),
                }
            }
        }
    }
    Ok(job)
}

/// The update that changes the settings and keeps everything else.
pub(super) fn update(before: &Observed, settings: &[SettingChange]) -> Result<JobUpdate, Fault> {
    let Observed::Job(before) = before else {
        return Err(Fault::new(FaultKind::InvalidResponse, "GetJob", "the job's definition is unknown"));
    };
    Ok(definition(changed(before, settings)?))
}

/// What of a job is sent with an update.
fn definition(job: Job) -> JobUpdate {
    // With workers a capacity must not be given (Glue service model, JobUpdate).
    let capacity = if job.worker_type.is_some() { None } else { job.max_capacity };
    JobUpdate::builder()
        .set_job_mode(job.job_mode)
        .set_job_run_queuing_enabled(job.job_run_queuing_enabled)
        .set_description(job.description)
        .set_log_uri(job.log_uri)
        .set_role(job.role)
        .set_execution_property(job.execution_property)
        .set_command(job.command)
        .set_default_arguments(job.default_arguments)
        .set_non_overridable_arguments(job.non_overridable_arguments)
        .set_connections(job.connections)
        .max_retries(job.max_retries)
        .set_timeout(job.timeout)
        .set_max_capacity(capacity)
        .set_worker_type(job.worker_type)
        .set_number_of_workers(job.number_of_workers)
        .set_security_configuration(job.security_configuration)
        .set_notification_property(job.notification_property)
        .set_glue_version(job.glue_version)
        .set_code_gen_configuration_nodes(job.code_gen_configuration_nodes)
        .set_execution_class(job.execution_class)
        .set_source_control_details(job.source_control_details)
        .set_maintenance_window(job.maintenance_window)
        .build()
}

/// Reads the job back: the new settings, and everything else as it was.
pub(super) async fn verify(client: &Client, change: &Change, before: &Observed) -> Result<(), Fault> {
    let (Change::UpdateJob { job, settings }, Observed::Job(before)) = (change, before) else { return Ok(()) };
    let Observed::Job(found) = observe(client, change).await? else { return Ok(()) };
    match definition(*found) == update(&Observed::Job(before.clone()), settings)? {
        true => Ok(()),
        false => {
            let message = format!("{job}: new settings sent, but the job reads back differently");
            Err(Fault::new(FaultKind::OutcomeUnknown, change.operation(), message))
        }
    }
}
