//! What went wrong, out of the text of an error: a traceback, a Java trace, Glue's analysis, a message, or all of a log.

use super::class::Class;
use super::error::{error_of, line_of_script};
use super::first::telling_lines;
use serde_json::Value;

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
        // An export as CSV doubles the quotes.
        let plain = text.contains("File \"\"").then(|| text.replace("\"\"", "\""));
        let text = plain.as_deref().unwrap_or(text);
        let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()).collect();
        let lines = telling_lines(&lines);
        let (error, frame) = error_of(&lines);
        let text = lines.join("\n");
        // The error itself counts more than the names of files and methods after it.
        let class = match Class::of(&error) {
            Class::Unknown | Class::CodeError | Class::Timeout | Class::SchemaChange => strongest(&error, &text),
            class => class,
        };
        let frame = frame.or(analysed).or_else(|| line_of_script(&text));
        Self { class, detail: denied_action(&text), frame, error: shorten(&error) }
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
    // A traceback is the script's, unless it ends in what Java has thrown.
    let java = text.contains("Py4JJavaError") && whole == Class::CodeError;
    if own == Class::Unknown && !java { whole } else { own }
}

/// The reason in Glue's exception analysis, and the user's line in it (Glue job insights).
fn analysis(text: &str) -> Option<(String, Option<String>)> {
    const REASON: &str = "\"Failure Reason\":";
    let at = text.find("[Glue Exception Analysis]").or_else(|| text.find(REASON))?;
    let whole = text[at..].find('{').and_then(|from| serde_json::from_str::<Value>(&text[at + from..]).ok());
    if let Some(json) = whole {
        let reason = json["Failure Reason"].as_str()?.to_owned();
        let line = json["Last Executed Line number"].as_i64();
        let script = json["script"].as_str();
        return Some((reason, script.zip(line).map(|(script, line)| format!("{script}:{line}"))));
    }
    // Cut off, or pasted with breaks of its own: the reason is what follows its name.
    let rest = text[text.find(REASON)? + REASON.len()..].trim_start().strip_prefix('"')?;
    Some((rest.replace("\\n", "\n").replace("\\t", "\t").replace("\\\"", "\""), None))
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
