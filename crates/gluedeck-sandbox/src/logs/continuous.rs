//! Continuous logging of Glue up to 4.0, `/aws-glue/jobs/logs-v2`: driver, executors, progress bar, and the root cause
//! that job insights writes for a run that failed.

use super::LogEvent;
use super::page::page;
use crate::control::{Control, Job, JobRun, Time};
use chrono::TimeDelta;
use serde_json::json;

fn on(job: &Job, argument: &str) -> bool {
    job.arguments.get(argument).is_some_and(|value| value == "true")
}

/// The names of a run's streams here; none if the job does not log this way.
pub(super) fn stream_names(job: &Job, run: &JobRun, executors: i64, now: Time) -> Vec<String> {
    let mut names = Vec::new();
    if on(job, "--enable-continuous-cloudwatch-log") {
        names.push(format!("{}-driver", run.id));
        names.extend((1..=executors).map(|number| format!("{}-{number}", run.id)));
        names.push(format!("{}-progress-bar", run.id));
    }
    if on(job, "--enable-job-insights") && run.state == "FAILED" && run.completed.is_some_and(|at| at <= now) {
        names.push(format!("{}-job-insights-rca-driver", run.id));
    }
    names
}

/// The events of one of them.
pub(super) fn events(control: &Control, job: &Job, run: &JobRun, name: &str) -> Vec<LogEvent> {
    let suffix = name.strip_prefix(&run.id).unwrap_or_default();
    let mut page = page(control, run, suffix);
    let (start, work) = (run.plan.running + TimeDelta::seconds(2), run.plan.work);
    match suffix {
        "-driver" => {
            page.spark(start, "INFO", "GlueLogger", &format!("{} begins", job.name));
            let interval = (work - start) / 8;
            for stage in 0..8 {
                page.spark(start + interval * stage, "INFO", "DAGScheduler", &format!("Submitting stage {stage}"));
            }
            if let Some(facts) = &run.facts {
                page.spark(
                    work,
                    "INFO",
                    "GlueLogger",
                    &format!("read {} rows, wrote {}", facts.rows_read, facts.rows_written),
                );
            }
        }
        "-progress-bar" => {
            let interval = (work - start) / 10;
            for tenth in 0..10 {
                let done = tenth * 8;
                page.line(
                    start + interval * tenth,
                    format!("[Stage {}:{:>3}/80 ({}%)]", tenth / 4, done, done * 100 / 80),
                );
            }
        }
        "-job-insights-rca-driver" => {
            let error = run.error.as_deref().unwrap_or_default();
            let analysis = json!({
                "Event": "GlueExceptionAnalysisJobFailed",
                "Timestamp": run.plan.end.timestamp_millis(),
                "Failure Reason": format!("Traceback (most recent call last):\n  File \"/tmp/{0}\", line 188, in main\n{error}", program(job)),
                "Stack Trace": [{ "Declaring Class": "main", "Method Name": "raise DataQualityError", "File Name": format!("/tmp/{}", program(job)), "Line Number": 188 }],
                "Last Executed Line number": 188,
                "script": program(job),
            });
            page.spark(run.plan.end, "ERROR", "[Glue Exception Analysis]", &analysis.to_string());
        }
        _ => {
            let interval = (work - start) / 5;
            for task in 0..5 {
                page.spark(
                    start + interval * task,
                    "INFO",
                    "Executor",
                    &format!("Running task {task}.0 on executor {}", suffix.trim_start_matches('-')),
                );
            }
        }
    }
    page.events
}

fn program(job: &Job) -> &str {
    job.script.rsplit('/').next().unwrap_or("job.py")
}
