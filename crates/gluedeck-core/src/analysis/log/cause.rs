//! The first real error of a run's log, and what it means.

use super::line::{self, Level};
use super::store::{Id, Log};
use serde_json::Value;

/// Why a run failed, as far as its words tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    DataQuality,
    DpuLimit,
    Concurrency,
    Timeout,
    OutOfMemory,
    AccessDenied,
    MissingInput,
    SchemaChange,
    CodeError,
    Throttling,
    DeletedJob,
    Crawler,
    Unknown,
}

impl Class {
    /// All, in the order in which they are looked for.
    pub const ALL: [Self; 13] = [
        Self::DataQuality,
        Self::DpuLimit,
        Self::Concurrency,
        Self::Timeout,
        Self::OutOfMemory,
        Self::AccessDenied,
        Self::MissingInput,
        Self::SchemaChange,
        Self::CodeError,
        Self::Throttling,
        Self::DeletedJob,
        Self::Crawler,
        Self::Unknown,
    ];

    /// As it stands in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::DataQuality => "data_quality",
            Self::DpuLimit => "dpu_limit",
            Self::Concurrency => "concurrency",
            Self::Timeout => "timeout",
            Self::OutOfMemory => "out_of_memory",
            Self::AccessDenied => "access_denied",
            Self::MissingInput => "missing_input",
            Self::SchemaChange => "schema_change",
            Self::CodeError => "code_error",
            Self::Throttling => "throttling",
            Self::DeletedJob => "deleted_job",
            Self::Crawler => "crawler",
            Self::Unknown => "unknown",
        }
    }

    /// As people say it.
    pub fn title(self) -> &'static str {
        match self {
            Self::DataQuality => "data quality",
            Self::DpuLimit => "DPU limit exceeded",
            Self::Concurrency => "concurrent run limit",
            Self::Timeout => "timeout",
            Self::OutOfMemory => "out of memory or disk",
            Self::AccessDenied => "access denied",
            Self::MissingInput => "missing input",
            Self::SchemaChange => "schema change",
            Self::CodeError => "script error",
            Self::Throttling => "throttled",
            Self::DeletedJob => "job not found",
            Self::Crawler => "crawler",
            Self::Unknown => "unknown cause",
        }
    }

    /// Words that tell each, in lower case. The first class with a word that is there is taken: what is more telling
    /// stands further up.
    const WORDS: [(Self, &'static [&'static str]); 11] = [
        (Self::DataQuality, &["dataqualityerror", "data quality", "violated"]),
        (
            Self::DpuLimit,
            &["exceeded maximum concurrent compute capacity", "resource_limit_exceeded", "resource unavailable"],
        ),
        (
            Self::Concurrency,
            &["concurrentrunsexceeded", "concurrent runs exceeded", "max concurrent runs", "maximum concurrent"],
        ),
        (
            Self::AccessDenied,
            &[
                "accessdenied",
                "access denied",
                "is not authorized to perform",
                "unauthorizedoperation",
                "insufficient lake formation permission",
                "status code: 403",
                "http/1.1 403",
                "forbidden",
            ],
        ),
        (
            Self::OutOfMemory,
            &[
                "outofmemoryerror",
                "out of memory",
                "java heap space",
                "gc overhead limit",
                "exceeding memory limits",
                "exit code 137",
                "exit code is 137",
                "exit status: 137",
                "executorlostfailure",
                "no space left on device",
                "memoryerror",
                "container killed",
                "remote rpc client disassociated",
            ],
        ),
        (
            Self::Throttling,
            &[
                "throttl",
                "rate exceeded",
                "provisionedthroughputexceeded",
                "slowdown",
                "slow down",
                "please reduce your request rate",
                "toomanyrequests",
                "requestlimitexceeded",
            ],
        ),
        (
            Self::MissingInput,
            &[
                "path does not exist",
                "nosuchkey",
                "nosuchbucket",
                "filenotfound",
                "no such file or directory",
                "the specified key does not exist",
                "entitynotfoundexception",
                "table or view not found",
                "table_or_view_not_found",
                "unable to infer schema",
                "resourcenotfoundexception",
                "is empty",
            ],
        ),
        (
            Self::SchemaChange,
            &[
                "cannot resolve",
                "unresolved_column",
                "unresolved column",
                "column_not_exists",
                "datatype mismatch",
                "cannot be cast to",
                "cannot cast",
                "incompatible",
                "column already exists",
                "failed to merge fields",
                "parquet column cannot be converted",
                "schema",
                "hive_partition_schema_mismatch",
            ],
        ),
        (
            Self::Timeout,
            &["timed out", "timeout", "read timed out", "connection refused", "communications link failure"],
        ),
        (Self::DeletedJob, &["failed to start job", "job not found"]),
        (
            Self::CodeError,
            &[
                "traceback (most recent call last)",
                "modulenotfounderror",
                "importerror",
                "syntaxerror",
                "nameerror",
                "typeerror",
                "valueerror",
                "keyerror",
                "attributeerror",
                "indexerror",
                "nullpointerexception",
                "classnotfoundexception",
                "nosuchmethoderror",
                "classcastexception",
                "illegalargumentexception",
                "numberformatexception",
                "zerodivisionerror",
                "exception in user class",
                "assertionerror",
            ],
        ),
    ];

    /// By the words of an error.
    pub fn of(text: &str) -> Self {
        let text = text.to_lowercase();
        // `Job DynamoDB User Silver not found`, with any name between.
        if text.starts_with("job ") && text.trim_end_matches('.').ends_with(" not found") {
            return Self::DeletedJob;
        }
        let known = Self::WORDS.iter().find(|(_, words)| words.iter().any(|word| text.contains(word)));
        known.map_or(Self::Unknown, |(class, _)| *class)
    }
}

/// What went wrong, in the words of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    pub class: Class,
    /// The error itself: a traceback's last line, the deepest cause of a Java trace, a message.
    pub error: String,
    /// Where the user's code was, as `job.py:188 in main`.
    pub frame: Option<String>,
    /// What is missing or too much, as the permission of an access that was denied.
    pub detail: Option<String>,
}

impl Cause {
    /// From the text of an error: a traceback, a Java trace, Glue's analysis, or one line.
    pub fn of(text: &str) -> Self {
        let analysis = analysis(text);
        let (text, analysed) = match &analysis {
            Some((reason, frame)) => (reason.as_str(), frame.clone()),
            None => (text, None),
        };
        let error = error_of(text);
        // The error itself counts more than the names of files and methods after it.
        let class = match Class::of(&error) {
            Class::Unknown | Class::CodeError | Class::Timeout | Class::SchemaChange => strongest(&error, text),
            class => class,
        };
        let frame = user_frame(text).or(analysed);
        Self { class, detail: denied_action(text), frame, error: shorten(without_pattern(&error)) }
    }

    /// The error, where it happened, and what is missing, in one line.
    pub fn line(&self) -> String {
        let frame = self.frame.as_ref().map(|frame| format!(" ({frame})")).unwrap_or_default();
        let detail = self.detail.as_ref().map(|detail| format!(" · missing: {detail}")).unwrap_or_default();
        format!("{}{frame}{detail}", self.error)
    }
}

/// A long trace often names the deeper reason only further down: lost executors behind an aborted job.
fn strongest(error: &str, text: &str) -> Class {
    let own = Class::of(error);
    let hidden = [Class::OutOfMemory, Class::AccessDenied, Class::Throttling, Class::MissingInput];
    let whole = Class::of(text);
    if hidden.contains(&whole) && (own == Class::Unknown || text.contains("Job aborted") || text.contains("Caused by:"))
    {
        return whole;
    }
    if own == Class::Unknown { whole } else { own }
}

/// The reason in Glue's exception analysis, and the user's line in it (Glue job insights).
fn analysis(text: &str) -> Option<(String, Option<String>)> {
    let at = text.find("[Glue Exception Analysis]")?;
    let json: Value = serde_json::from_str(&text[at + text[at..].find('{')?..]).ok()?;
    let reason = json["Failure Reason"].as_str()?.to_owned();
    let line = json["Last Executed Line number"].as_i64();
    let script = json["script"].as_str();
    Some((reason, script.zip(line).map(|(script, line)| format!("{script}:{line}"))))
}

/// Whether a text is Glue's analysis of a run that failed. Other events of it are no failures of the run.
pub fn is_failed_analysis(text: &str) -> bool {
    text.contains("[Glue Exception Analysis]") && text.contains("GlueExceptionAnalysisJobFailed")
}

/// The line that says what is wrong: the deepest `Caused by`, the last line of a Python traceback, what follows Spark's
/// log pattern, or what Glue puts behind its category.
fn error_of(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()).collect();
    let caused = lines.iter().rev().find_map(|line| line.trim_start().strip_prefix("Caused by: "));
    if let Some(cause) = caused {
        return cause.to_owned();
    }
    let traceback = lines.iter().position(|line| line.contains("Traceback (most recent call last)"));
    if let Some(at) = traceback {
        // Of tracebacks that belong together the first is where it began.
        let ends = lines[at + 1..].iter().position(|line| !line.starts_with([' ', '\t']));
        if let Some(end) = ends {
            return java_behind(&lines[at + 1 + end..]);
        }
    }
    let first = lines.first().copied().unwrap_or_default();
    let named = lines.iter().find(|line| line::is_exception(line));
    named.map_or_else(|| without_pattern(first).to_owned(), |line| java_behind(&[line]))
}

/// `Py4JJavaError: An error occurred while calling o1.x.` says nothing: the Java error stands in the next line.
fn java_behind(lines: &[&str]) -> String {
    let first = lines.first().copied().unwrap_or_default();
    let behind = lines.get(1).and_then(|line| line.strip_prefix(": "));
    match behind {
        Some(java) if first.contains("An error occurred while calling") => java.to_owned(),
        _ => first.to_owned(),
    }
}

/// Without Spark's date, level and logger, and without Glue's category.
fn without_pattern(line: &str) -> &str {
    if let Some((head, rest)) = line.split_once("Failed Line Number: ")
        && head.contains("Error Category")
        && let Some((_, rest)) = rest.split_once("; ")
    {
        return rest;
    }
    for level in [" ERROR ", " FATAL ", " WARN ", " SEVERE "] {
        if let Some((head, rest)) = line.split_once(level)
            && head.len() < 40
        {
            let logger = rest.split_once(": ").filter(|(logger, _)| !logger.contains(' ') || logger.contains('['));
            return logger.map_or(rest, |(_, message)| message);
        }
    }
    line
}

/// The innermost line of the user's own code in a Python traceback.
fn user_frame(text: &str) -> Option<String> {
    let library = ["/site-packages/", "/dist-packages/", "/pyspark/", "/py4j/", "/lib/python", "/awsglue/", "<frozen"];
    text.lines().rev().find_map(|line| {
        let rest = line.trim_start().strip_prefix("File \"")?;
        let (path, rest) = rest.split_once("\", line ")?;
        let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let function = rest.split_once(", in ").map(|(_, function)| function.trim());
        (!library.iter().any(|part| path.contains(part))).then(|| {
            let file = path.rsplit('/').next().unwrap_or(path);
            match function.filter(|function| *function != "<module>") {
                Some(function) => format!("{file}:{number} in {function}"),
                None => format!("{file}:{number}"),
            }
        })
    })
}

/// `s3:GetObject on arn:…`: what somebody was not allowed.
fn denied_action(text: &str) -> Option<String> {
    let rest =
        text.split_once("not authorized to perform: ").or_else(|| text.split_once("not authorized to perform "))?.1;
    let clean = |word: &str| word.trim_matches(|c: char| c.is_whitespace() || "\"'.,;()".contains(c)).to_owned();
    let action = clean(rest.split_whitespace().next()?);
    let resource =
        rest.split_once("on resource: ").map(|(_, rest)| clean(rest.split_whitespace().next().unwrap_or("")));
    Some(match resource.filter(|resource| !resource.is_empty()) {
        Some(resource) => format!("{action} on {resource}"),
        None => action,
    })
}

fn shorten(error: &str) -> String {
    let line = error.lines().next().unwrap_or_default().trim();
    match line.char_indices().nth(600) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}

/// The record that says first what went wrong, if one does: the log of a successful run has none.
pub fn first_real_error(log: &Log) -> Option<Id> {
    let errors = log.heads().iter().copied().filter(|head| log.level(*head) == Level::Error);
    let weighed = errors.map(|head| (weight(&log.lines(head).collect::<Vec<_>>()), head));
    // The first of the weightiest: what follows is mostly its echo.
    weighed
        .filter(|(weight, _)| *weight > 0)
        .fold(None, |best: Option<(u8, Id)>, new| match best {
            Some(best) if best.0 >= new.0 => Some(best),
            _ => Some(new),
        })
        .map(|(_, head)| head)
}

/// How much a record says about why a run failed.
fn weight(lines: &[&str]) -> u8 {
    let first = lines.first().copied().unwrap_or_default();
    let says = |words: &[&str]| lines.iter().any(|line| words.iter().any(|word| line.contains(word)));
    let traceback = says(&["Traceback (most recent call last)"]);
    if traceback && says(&["Error from Python", "ProcessLauncher"]) {
        return 10;
    }
    if first.contains("Exception in thread \"main\"")
        || says(&["Exception in User Class", "User class threw exception"])
    {
        return 10;
    }
    if traceback {
        // One that the program has caught and logged is mostly not the one that ended it.
        return if first.starts_with("Traceback") { 9 } else { 7 };
    }
    if is_failed_analysis(first) {
        return 8;
    }
    if says(&["OutOfMemoryError", "No space left on device", "exceeding memory limits", "Exit code is 137"]) {
        return 8;
    }
    // What stops a task or an executor is tried again, and mostly an echo, or a symptom.
    if says(&["TaskSetManager", "Lost task", "Lost executor", "BlockManager", "ShuffleBlockFetcher"]) {
        return 3;
    }
    if line::is_exception(first) || first.starts_with("Caused by") {
        return 6;
    }
    if says(&["VIOLATED", "Error Category:", "Command failed with"]) {
        return 5;
    }
    if Class::of(first) == Class::Unknown { 2 } else { 6 }
}
