//! Which streams a run writes to: groups by its settings, parts by the names of streams.

use crate::domain::{LogSource, Part};
use std::collections::BTreeMap;

/// Where Spark jobs write if nothing else is said.
const JOBS: &str = "/aws-glue/jobs";

/// What decides where a job run's log is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogLocation {
    /// The job run's id.
    pub run: String,
    /// `JobRun.LogGroupName`: the base of its groups, which may carry a role and a security configuration.
    pub base: Option<String>,
    pub security_configuration: Option<String>,
    /// The run's arguments over the job's defaults.
    pub arguments: BTreeMap<String, String>,
}

/// Characters of a label at most.
const MAX_LABEL: usize = 12;

impl LogLocation {
    /// The groups that may hold something of the run: Glue up to 4.0 writes to `output` and `error`, with continuous
    /// logging to `logs-v2` or a group of one's own; 5.0 to `output` and `error` below a prefix of one's own; Python
    /// shell jobs to `/aws-glue/python-jobs/error`, which the guide calls `errors` (Glue guide, "Logging for AWS Glue
    /// jobs").
    pub fn groups(&self) -> Vec<String> {
        let base = self.base.as_deref().unwrap_or(JOBS).trim_end_matches('/');
        let mut groups = vec![format!("{base}/output"), format!("{base}/error")];
        if base.contains("/python-jobs") {
            groups.push(format!("{base}/errors"));
        } else {
            match self.argument("--continuous-log-logGroup") {
                Some(own) => groups.push(self.secured(own)),
                None => groups.push(self.secured(&format!("{JOBS}/logs-v2"))),
            }
        }
        if let Some(own) = self.argument("--custom-logGroup-prefix") {
            let own = own.trim_end_matches('/');
            groups.extend([format!("{own}/output"), format!("{own}/error")]);
        }
        groups.dedup();
        groups
    }

    /// Continuous logs of a run with a security configuration are in a group with its name at the end.
    fn secured(&self, group: &str) -> String {
        match &self.security_configuration {
            Some(name) => format!("{group}-{name}"),
            None => group.to_owned(),
        }
    }

    /// What the names of the run's streams begin with: its id, unless the job sets something else.
    pub fn prefixes(&self) -> Vec<&str> {
        let own = ["--custom-logStream-prefix", "--continuous-log-logStreamPrefix"];
        let mut prefixes = vec![self.run.as_str()];
        prefixes.extend(own.iter().filter_map(|name| self.argument(name)));
        prefixes
    }

    fn argument(&self, name: &str) -> Option<&str> {
        self.arguments.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The source that a stream of a group is; `None` if it is another attempt's.
    pub fn source(&self, group: &str, stream: &str) -> Option<LogSource> {
        let suffix = self.prefixes().into_iter().find_map(|prefix| stream.strip_prefix(prefix))?;
        let (part, label) = part(group, suffix)?;
        Some(LogSource { group: group.to_owned(), stream: stream.to_owned(), part, label, prefix: None })
    }

    /// The two streams that nearly every run has, before anybody has been asked.
    pub fn usual(&self) -> Vec<LogSource> {
        let groups = self.groups();
        groups.iter().take(2).filter_map(|group| self.source(group, &self.run)).collect()
    }
}

/// Part and label by what follows the run's id in a stream's name. A run's id and `_attempt_1` is another run's.
fn part(group: &str, suffix: &str) -> Option<(Part, String)> {
    let whole = |part, label: &str| Some((part, label.to_owned()));
    match suffix {
        "" if group.ends_with("/output") => whole(Part::Output, "output"),
        "" => whole(Part::Error, "error"),
        "-driver" => whole(Part::Driver, "driver"),
        "-progress-bar" => whole(Part::Progress, "progress"),
        "-job-insights-rca-driver" => whole(Part::RootCause, "cause"),
        "-job-insights-rule-driver" => whole(Part::Other, "rules"),
        _ if suffix.starts_with("_attempt_") => None,
        _ => {
            let task = suffix.trim_start_matches("_g-").trim_start_matches('-');
            let short: String = task.chars().take(if task.len() > 6 { 3 } else { 6 }).collect();
            let executor = suffix.starts_with("_g-") || suffix.starts_with('-');
            executor.then(|| (Part::Executor, format!("exec {short}")))
        }
    }
}

/// The stream of a crawler's crawl, whose lines begin with `prefix`.
pub fn crawl(group: Option<&str>, stream: &str, prefix: Option<String>) -> LogSource {
    LogSource {
        group: group.unwrap_or("/aws-glue/crawlers").to_owned(),
        stream: stream.to_owned(),
        part: Part::Crawler,
        label: "crawler".to_owned(),
        prefix,
    }
}

/// A stream of a group that is read as a whole, whatever writes to it. Its label is the end of its name, where names of
/// one writer differ.
pub fn of_group(group: &str, stream: &str) -> LogSource {
    let long = stream.chars().count() > MAX_LABEL;
    let end: String = stream.chars().skip(stream.chars().count().saturating_sub(MAX_LABEL - 1)).collect();
    let label = if long { format!("…{end}") } else { stream.to_owned() };
    LogSource { group: group.to_owned(), stream: stream.to_owned(), part: Part::Other, label, prefix: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(base: Option<&str>, arguments: &[(&str, &str)]) -> LogLocation {
        LogLocation {
            run: "jr_1".into(),
            base: base.map(str::to_owned),
            security_configuration: None,
            arguments: arguments.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        }
    }

    #[test]
    fn groups_follow_the_settings() {
        let plain = ["/aws-glue/jobs/output", "/aws-glue/jobs/error", "/aws-glue/jobs/logs-v2"];
        assert_eq!(run(None, &[]).groups(), plain);
        let shell = run(Some("/aws-glue/python-jobs"), &[]).groups();
        assert_eq!(shell[1..], ["/aws-glue/python-jobs/error", "/aws-glue/python-jobs/errors"]);
        let own = run(Some("/aws-glue/jobs"), &[("--custom-logGroup-prefix", "/mine/")]).groups();
        assert_eq!(own[3..], ["/mine/output", "/mine/error"]);
        let mut secured = run(Some("/aws-glue/jobs/sec-role/R"), &[]);
        secured.security_configuration = Some("sec".into());
        assert_eq!(secured.groups()[1..], ["/aws-glue/jobs/sec-role/R/error", "/aws-glue/jobs/logs-v2-sec"]);
    }

    #[test]
    fn streams_are_told_by_their_names() {
        let run = run(None, &[("--continuous-log-logStreamPrefix", "nightly")]);
        let label = |group: &str, stream: &str| run.source(group, stream).map(|source| (source.part, source.label));
        assert_eq!(label("/aws-glue/jobs/output", "jr_1"), Some((Part::Output, "output".into())));
        assert_eq!(label("/aws-glue/jobs/error", "jr_1_g-0a1b2c3d4e"), Some((Part::Executor, "exec 0a1".into())));
        assert_eq!(label("/aws-glue/jobs/logs-v2", "jr_1-2"), Some((Part::Executor, "exec 2".into())));
        assert_eq!(label("/aws-glue/jobs/logs-v2", "nightly-driver"), Some((Part::Driver, "driver".into())));
        assert_eq!(
            label("/aws-glue/jobs/error", "jr_1-job-insights-rca-driver"),
            Some((Part::RootCause, "cause".into()))
        );
        assert_eq!(label("/aws-glue/jobs/error", "jr_1_attempt_1"), None, "another run's");
        assert_eq!(label("/aws-glue/jobs/error", "jr_2"), None);
    }
}
