//! CloudWatch Logs: the lines that the runs wrote, a pure function of what the runs did.

mod lines;

use super::control::{Control, JobRun, Time};

/// Standard output of Spark jobs (Glue 4.0).
pub(crate) const OUTPUT: &str = "/aws-glue/jobs/output";
/// Logs and standard error of Spark jobs (Glue 4.0).
pub(crate) const ERROR: &str = "/aws-glue/jobs/error";
/// One stream a crawler, shared by all its crawls.
pub(crate) const CRAWLERS: &str = "/aws-glue/crawlers";

pub(crate) const GROUPS: [&str; 3] = [CRAWLERS, ERROR, OUTPUT];

/// One log event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogEvent {
    pub(crate) at: Time,
    pub(crate) ingested: Time,
    pub(crate) message: String,
}

/// The streams of a group whose name starts with `prefix`, with the time of the first line, in the order of their names.
pub(crate) fn streams(control: &Control, group: &str, prefix: &str, now: Time) -> Vec<(String, Time)> {
    let mut found: Vec<(String, Time)> = match group {
        CRAWLERS => {
            let with_crawls =
                control.crawlers.values().filter_map(|c| Some((c.name.clone(), c.crawls.first()?.started)));
            with_crawls.filter(|(name, _)| name.starts_with(prefix)).collect()
        }
        OUTPUT | ERROR => {
            let runs = control.jobs.values().flat_map(|job| &job.runs);
            let written = runs.filter(|run| run.id.starts_with(prefix) && has_log(run, now));
            written.map(|run| (run.id.clone(), run.plan.running)).collect()
        }
        _ => Vec::new(),
    };
    found.sort();
    found
}

/// All events of a stream that have reached the service by `now`, oldest first; `None` where there is no such stream.
pub(crate) fn events(control: &Control, group: &str, stream: &str, now: Time) -> Option<Vec<LogEvent>> {
    let mut events = match group {
        CRAWLERS => lines::of_crawler(control, control.crawlers.get(stream)?),
        OUTPUT | ERROR => {
            let mut jobs = control.jobs.values();
            let (job, run) = jobs.find_map(|job| Some((job, job.runs.iter().rfind(|run| run.id == stream)?)))?;
            if !has_log(run, now) {
                return None;
            }
            if group == OUTPUT { lines::of_output(control, job, run) } else { lines::of_error(control, job, run) }
        }
        _ => return None,
    };
    events.retain(|event| event.ingested <= now);
    Some(events)
}

/// A run that never got capacity has no container, so nobody wrote a line.
fn has_log(run: &JobRun, now: Time) -> bool {
    run.plan.running <= now && run.completed.is_none_or(|completed| completed > run.started)
}
