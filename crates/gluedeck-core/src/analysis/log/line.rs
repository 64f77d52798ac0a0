//! What a line of a log is: its level, and whether it belongs to the record that is open.

/// The level of a line, from the lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Spark's and Glue's routine, and the errors that successful runs print too.
    Noise,
    Plain,
    Warning,
    Error,
}

impl Level {
    /// From a word that people write; `None` if it is none.
    pub fn named(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "error" | "errors" | "fatal" | "critical" => Some(Self::Error),
            "warn" | "warning" | "warnings" => Some(Self::Warning),
            "plain" | "info" => Some(Self::Plain),
            "noise" | "debug" | "all" => Some(Self::Noise),
            _ => None,
        }
    }
}

/// How a line stands to those before it in its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// It begins a record.
    Start,
    /// Text without a date or a level: it begins a record, unless a traceback is open.
    Loose,
    /// It begins a record, and ends with the head of a traceback, as `… Error from Python:Traceback (…):`.
    Header,
    /// `File "job.py", line 3, in main`: a frame of a traceback.
    Frame { indented: bool },
    /// It goes on the record that is open: indented, a Java frame, a further cause.
    Rest,
    /// `Traceback (most recent call last):`, which begins a record unless it follows a [`Shape::Link`].
    Traceback,
    /// `ValueError: …`: the end of a traceback, if one is open.
    Exception,
    /// What Python writes between two tracebacks that belong together.
    Link,
}

/// Errors and stack traces that runs print which succeed (awslabs/amazon-dynamodb-tools, issue 334, and Spark's own
/// words while it shuts down).
const BENIGN: [&str; 14] = [
    "Error sending result StreamResponse",
    "autoDebugger shutdown hook",
    "RpcHandler#receive() for one-way message",
    "AWSDILyraMetricsReporter",
    "OnOutOfMemoryError",
    "Unable to load native-hadoop library",
    "Exception while deleting Spark temp dir",
    "Failed to delete: /tmp/spark",
    "SLF4J: ",
    "RECEIVED SIGNAL TERM",
    "Error while invoking RpcHandler",
    "requests outstanding when connection from",
    "Uncaught exception in thread shutdown-hook",
    "Ignoring non-Spark config property",
];

/// Characters of a line in which its level is looked for.
const HEAD: usize = 160;

/// The level of a message, by the first word for a level in its head; without one, by what it says. Of an event of many lines,
/// which may be many records, the highest; but a stack trace does not raise what has a level.
pub fn level(message: &str) -> Level {
    let mut lines = message.lines();
    let first = lines.next().unwrap_or_default();
    let (own, explicit) = level_of_line(first);
    if own == Level::Error || message.len() == first.len() {
        return own;
    }
    let others: Vec<(Level, bool)> = lines.map(level_of_line).collect();
    // What is said to be harmless is not raised by its stack trace, nor is what has a level of its own.
    let one_record = (explicit || is_benign(first)) && !others.iter().any(|(_, named)| *named);
    let trace = |line: &str| one_record && !indicates_failure(head(line));
    let counted = message.lines().skip(1).zip(&others).filter(|(line, _)| !trace(line));
    counted.map(|(_, (level, _))| *level).fold(own, Level::max)
}

fn is_benign(line: &str) -> bool {
    let head = head(line);
    BENIGN.iter().any(|words| head.contains(words))
}

/// The level of a line, and whether it names one.
fn level_of_line(line: &str) -> (Level, bool) {
    let head = head(line);
    if BENIGN.iter().any(|words| head.contains(words)) {
        return (Level::Noise, false);
    }
    match first_level_word(head) {
        Some(Level::Plain) => return (if indicates_failure(head) { Level::Error } else { Level::Noise }, true),
        Some(level) => return (level, true),
        None => {}
    }
    let level = if has_exception(head) || is_java_trace(head) || indicates_failure(head) {
        Level::Error
    } else if head.starts_with("Preparing ...") || head.starts_with("[Stage ") {
        Level::Noise
    } else {
        Level::Plain
    };
    (level, false)
}

/// Whether a line without a level tells of an exception: by its name, with a colon behind it, wherever that is.
fn has_exception(line: &str) -> bool {
    let line = line.trim_start_matches("# ");
    if is_exception(line) {
        return true;
    }
    let ends = line.match_indices("Exception").chain(line.match_indices("Error")).map(|(at, word)| at + word.len());
    ends.into_iter().any(|end| {
        let before = line[..end].trim_end_matches(|c: char| c.is_ascii_alphanumeric() || "._$".contains(c));
        // What is quoted, or a part of a path, is not what happened.
        let dotted = line[before.len()..end].contains('.') && !before.ends_with(['/', '-', '"', '\'']);
        dotted && (line[end..].starts_with(": ") || line[end..].starts_with(" : "))
    })
}

/// Words that say of themselves that something failed, whatever level they were written with.
fn indicates_failure(head: &str) -> bool {
    const WORDS: [&str; 13] = [
        "Traceback (most recent call last)",
        "Exception in User Class",
        "An error occurred while calling",
        "VIOLATED",
        "Exception in thread",
        "Error Category:",
        "Command failed with",
        "failed to execute with exception",
        "LAUNCH ERROR",
        "STDError Stream ERROR",
        "beyond physical memory limits",
        "beyond virtual memory limits",
        "Container killed by YARN",
    ];
    WORDS.iter().any(|words| head.contains(words))
}

fn first_level_word(head: &str) -> Option<Level> {
    let first = head.lines().next().unwrap_or_default();
    let words = first.split(|c: char| !c.is_ascii_alphabetic());
    words.filter(|word| (4..=8).contains(&word.len())).find_map(|word| match word {
        "ERROR" | "FATAL" | "SEVERE" | "CRITICAL" => Some(Level::Error),
        "WARN" | "WARNING" => Some(Level::Warning),
        "INFO" | "DEBUG" | "TRACE" | "NOTICE" => Some(Level::Plain),
        _ => None,
    })
}

fn head(message: &str) -> &str {
    if message.len() <= HEAD {
        return message;
    }
    let mut end = HEAD;
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    &message[..end]
}

/// How a message stands to those before it.
pub fn shape(message: &str) -> Shape {
    let first = message.lines().next().unwrap_or_default();
    let trimmed = first.trim_start();
    if trimmed.starts_with("File \"") && trimmed.contains("\", line ") {
        Shape::Frame { indented: trimmed.len() < first.len() }
    } else if trimmed.is_empty() || trimmed.len() < first.len() || is_further(first) {
        Shape::Rest
    } else if first.starts_with(TRACEBACK_HEAD) {
        Shape::Traceback
    } else if first.starts_with("During handling of the above exception")
        || first.starts_with("The above exception was the direct cause")
    {
        Shape::Link
    } else if is_exception(first) {
        Shape::Exception
    } else if message.ends_with(TRACEBACK_HEAD) {
        Shape::Header
    } else if is_dated(first) || (!first.starts_with("Error Category:") && first_level_word(head(message)).is_some()) {
        Shape::Start
    } else {
        Shape::Loose
    }
}

/// How Python begins a traceback.
pub const TRACEBACK_HEAD: &str = "Traceback (most recent call last):";

/// Whether a line begins as a record of a logger does, with a date, a bracket, or YARN's frame around a file.
fn is_dated(line: &str) -> bool {
    let starts = line.starts_with(|first: char| first.is_ascii_digit() || first == '[' || first == '{');
    starts || line.starts_with("LogType:") || line.starts_with("End of LogType:") || line.starts_with("Log Contents:")
}

fn is_further(line: &str) -> bool {
    let more = line.starts_with("... ") && line.ends_with(" more");
    more || line.starts_with("Caused by: ")
        || line.starts_with("Suppressed: ")
        || line.starts_with("at ")
        || line.starts_with(": ")
        || line.starts_with("Driver stacktrace:")
}

fn is_java_trace(line: &str) -> bool {
    line.starts_with("Caused by: ") || line.starts_with("Exception in thread ")
}

/// `ValueError: …`, `py4j.protocol.Py4JJavaError: …`, `java.lang.OutOfMemoryError`: a name of an error at the beginning.
pub fn is_exception(line: &str) -> bool {
    exception_name(line).is_some()
}

/// The name of the error that a line begins with.
pub fn exception_name(line: &str) -> Option<&str> {
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || "._$".contains(c))).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    let class = name.rsplit(['.', '$']).next().unwrap_or_default();
    let ends = |ends: &[&str]| ends.iter().any(|end| class.ends_with(end));
    let named = class.starts_with(|c: char| c.is_ascii_uppercase())
        && (ends(&["Error", "Exception", "Failure", "Interrupt", "SystemExit", "Fault"])
            // Others only with their module's name.
            || (name.contains('.') && ends(&["Timeout", "Violation", "NotFound", "Denied", "Refused", "Exceeded"])));
    // `Error: …` alone is what many a tool writes; a sentence that begins with such a word goes on without a colon.
    let ends = rest.is_empty() || rest.starts_with(':') || rest.starts_with(" (");
    (named && ends && class != "Error").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_the_first_word_for_one() {
        for (message, wanted) in [
            ("26/11/25 03:00:00 INFO DAGScheduler: 0 ERROR rows", Level::Noise),
            ("26/11/25 03:00:00 WARN TaskSetManager: Lost task", Level::Warning),
            ("2026-11-25 03:00:00,123 ERROR [main] glue.ProcessLauncher (Logging.scala:9): x", Level::Error),
            ("ERROR:root:boom", Level::Error),
            ("{\"level\": \"ERROR\", \"message\": \"x\"}", Level::Error),
            ("read 12 rows", Level::Plain),
            ("check x phone_number: VIOLATED (31 of 1204)", Level::Error),
            ("java -XX:OnOutOfMemoryError=kill -9 %p", Level::Noise),
            ("26/11/25 03:00:00 ERROR AWSDILyraMetricsReporter: report", Level::Noise),
            ("ValueError: not a number", Level::Error),
            ("went on: a.b\u{26c}c.SparkException: x", Level::Error),
            ("NoErrors: fine", Level::Plain),
            ("Exceptions are fine here", Level::Plain),
            ("ERROR_COUNT=0", Level::Error),
        ] {
            // A name such as ERROR_COUNT is not told from a level; it counts as an error, and does no harm.
            assert_eq!(level(message), wanted, "{message}");
        }
    }

    #[test]
    fn shapes_of_python_and_java() {
        for (message, wanted) in [
            ("Traceback (most recent call last):", Shape::Traceback),
            ("  File \"/tmp/job.py\", line 3, in <module>", Shape::Frame { indented: true }),
            ("\tat org.apache.spark.Foo(Foo.scala:1)", Shape::Rest),
            ("... 12 more", Shape::Rest),
            ("Caused by: java.io.IOException: x", Shape::Rest),
            ("During handling of the above exception, another exception occurred:", Shape::Link),
            ("pyspark.sql.utils.AnalysisException: cannot resolve", Shape::Exception),
            ("plain", Shape::Loose),
            ("26/11/25 03:00:00 INFO plain", Shape::Start),
            ("26/11/25 ERROR ProcessLauncher: Error from Python:Traceback (most recent call last):", Shape::Header),
            ("File \"job.py\", line 20, in <module>", Shape::Frame { indented: false }),
            ("", Shape::Rest),
        ] {
            assert_eq!(shape(message), wanted, "{message}");
        }
    }
}
