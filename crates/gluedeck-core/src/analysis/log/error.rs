//! The error itself in the lines of a record: what ends a traceback, the deepest cause of a Java trace, a message without what
//! Spark and Glue put before it; and where the user's code was.

use super::line::{self, TRACEBACK_HEAD};

/// The line that says what is wrong: the deepest `Caused by`, the last line of a Python traceback, what follows Spark's
/// log pattern, or what Glue puts behind its category; and where the user's code was.
pub(super) fn error_of(lines: &[&str]) -> (String, Option<String>) {
    if let Some((_, refused)) = lines.iter().find_map(|line| line.split_once("failed to execute with exception ")) {
        return (refused.to_owned(), None);
    }
    let traceback = lines.iter().position(|line| line.contains(TRACEBACK_HEAD)).map(|at| &lines[at + 1..]);
    let (ends, frame) = traceback.map_or((None, None), traceback_end);
    let end = traceback.zip(ends).and_then(|(rest, end)| rest.get(end));
    let frame = frame.or_else(|| user_frame(lines)).or_else(|| end.and_then(|end| syntax_place(end)));
    let caused = lines.iter().rposition(|line| line.trim_start().starts_with("Caused by: "));
    if let Some(at) = caused {
        let cause = lines[at].trim_start().trim_start_matches("Caused by: ");
        if cause.ends_with(TRACEBACK_HEAD) {
            // A worker's own traceback (org.apache.spark.api.python.PythonException).
            let (end, inner) = traceback_end(&lines[at + 1..]);
            if let Some(end) = end.and_then(|line| lines.get(at + 1 + line)) {
                return ((*end).to_owned(), inner.or(frame));
            }
        }
        let cause = cause.split("\tat ").next().unwrap_or(cause);
        return (behind_stage(cause).to_owned(), frame);
    }
    if let (Some(rest), Some(end)) = (traceback, ends) {
        return (without_wrapping(&java_behind(&rest[end..])), frame);
    }
    let first = lines.first().copied().unwrap_or_default();
    let tells = |line: &&str| line::is_exception(line) || line.contains("An error occurred while calling");
    let named = lines.iter().position(tells);
    let error = named.map_or_else(|| without_pattern(first).to_owned(), |at| java_behind(&lines[at..]));
    let error = without_wrapping(&error);
    let place = frame.or_else(|| syntax_place(&error));
    (error, place)
}

/// The line that ends a traceback, counted from after its head, and the innermost frame of the user's code before it.
fn traceback_end(lines: &[&str]) -> (Option<usize>, Option<String>) {
    let (mut after_frame, mut indented) = (false, false);
    for (n, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let is_indented = trimmed.len() < line.len();
        if is_frame(trimmed) {
            (after_frame, indented) = (true, is_indented);
        } else if is_indented {
            after_frame = false;
        } else if line::is_exception(line) || indented || (!after_frame && is_named(line)) {
            return (Some(n), user_frame(&lines[..n]));
        } else {
            // The source of a frame, or some more of it.
            after_frame = false;
        }
    }
    (None, user_frame(lines))
}

fn is_frame(line: &str) -> bool {
    line.starts_with("File \"") && line.contains("\", line ")
}

/// `psycopg2.errors.UniqueViolation: …`: the dotted name of an exception that is not called an error.
fn is_named(line: &str) -> bool {
    let Some((name, _)) = line.split_once(": ") else { return false };
    name.contains('.') && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "._".contains(letter))
}

/// `Py4JJavaError: An error occurred while calling o1.x.` says nothing: the Java error stands in the next line, or behind.
fn java_behind(lines: &[&str]) -> String {
    let first = lines.first().copied().unwrap_or_default();
    let behind = lines.get(1).and_then(|line| line.trim_start().strip_prefix(": "));
    match behind {
        Some(java) if first.contains("An error occurred while calling") => behind_stage(java).to_owned(),
        _ => first.to_owned(),
    }
}

/// The error itself, without what Spark and Glue put before it.
fn without_wrapping(error: &str) -> String {
    let mut error = without_pattern(error).trim_start_matches("# ").trim();
    for wrapping in ["Exception in User Class: ", "User class threw exception: ", "class threw exception: "] {
        error = error.split_once(wrapping).map_or(error, |(_, rest)| rest);
    }
    if let Some((_, rest)) = error.split_once("An error occurred while calling ")
        && let Some((_, rest)) = rest.split_once(". ")
        && !rest.trim().is_empty()
    {
        error = rest.trim_start_matches(": ");
    }
    behind_stage(error).to_owned()
}

/// What stopped the task, behind Spark's words for a stage that was given up.
fn behind_stage(error: &str) -> &str {
    let Some((_, rest)) = error.split_once("most recent failure: ") else { return error };
    match rest.split_once("): ") {
        Some((_, task)) if !task.trim().is_empty() => task,
        _ => error,
    }
}

/// Whether an error says only that something has ended, not why.
pub(super) fn says_nothing(error: &str) -> bool {
    const WORDS: [&str; 10] = [
        "finished with failed status",
        "User application exited with",
        "Command failed with exit code",
        "Answer from Java side is empty",
        "Error while sending or receiving",
        "An error occurred while trying to connect to the Java server",
        "Job aborted due to stage failure",
        "Job aborted.",
        "SystemExit",
        "UndeclaredThrowableException",
    ];
    let stage = error.contains("Job aborted due to stage failure") && behind_stage(error) != error;
    !stage && WORDS.iter().any(|words| error.contains(words))
}

/// Without Spark's date, level and logger, and without Glue's category.
fn without_pattern(line: &str) -> &str {
    let mut line = line;
    while let Some((head, rest)) = line.split_once("; ") {
        // `Error Category: …; Failed Line Number: …; ` of a run's error message, of which the beginning may be cut off.
        let named = head.contains("Error Category:") || head.contains("Failed Line Number:");
        let category = named || (head.ends_with("_ERROR") && !head.contains(' '));
        if !category {
            break;
        }
        line = rest;
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

/// Parts of the paths of Python's, Spark's and Glue's own code.
const LIBRARIES: [&str; 12] = [
    "/site-packages/",
    "/dist-packages/",
    "/pyspark/",
    "/pyspark.zip/",
    "/py4j",
    "/lib/python",
    "/lib64/python",
    "/awsglue/",
    "/opt/amazon/",
    "runscript.py",
    "<frozen",
    "<string>",
];

/// The innermost line of the user's own code in a Python traceback.
fn user_frame(lines: &[&str]) -> Option<String> {
    lines.iter().rev().find_map(|line| {
        let rest = line.trim_start().strip_prefix("File \"")?;
        let (path, rest) = rest.split_once("\", line ")?;
        let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let function = rest.split_once(", in ").map(|(_, function)| function.trim());
        (!LIBRARIES.iter().any(|part| path.contains(part))).then(|| {
            let file = path.rsplit('/').next().unwrap_or(path);
            match function.filter(|function| *function != "<module>") {
                Some(function) => format!("{file}:{number} in {function}"),
                None => format!("{file}:{number}"),
            }
        })
    })
}

/// `SyntaxError: invalid syntax (job.py, line 326)`: the place at the end of the message.
fn syntax_place(error: &str) -> Option<String> {
    let (_, place) = error.rsplit_once('(')?;
    let (file, line) = place.trim_end_matches(')').split_once(", line ")?;
    line.chars().all(|letter| letter.is_ascii_digit()).then(|| format!("{file}:{line}"))
}

/// The line of the script that Glue names in a run's error message; it does not name the script.
pub(super) fn line_of_script(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("Failed Line Number: ")?;
    let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (!number.is_empty()).then(|| format!("line {number}"))
}
