//! The first real error of logs as Glue writes them. Each file is a run: what is to be found, and its lines, with the
//! stream in front and `\n` between the lines of an event.

use gluedeck_core::analysis::log::{Cause, Chunk, Log, Side, first_real_error};
use gluedeck_core::domain::{LogLine, Time};
use std::fs;
use std::path::Path;

struct Sample {
    name: String,
    /// Class and words of the error; none of a successful run.
    wanted: Option<(String, String)>,
    log: Log,
}

/// What successful and failed runs write alike.
const BEFORE: [&str; 6] = [
    "error Preparing ...\\nJava command: java -XX:OnOutOfMemoryError=kill -9 %p -Xmx10g org.apache.spark.deploy.PythonRunner",
    "error SLF4J: Class path contains multiple SLF4J bindings.",
    "error 26/11/25 03:00:01 WARN NativeCodeLoader: Unable to load native-hadoop library for your platform",
    "error 26/11/25 03:00:04 INFO SparkContext: Running Spark version 3.3.0-amzn-1",
    "error 26/11/25 03:00:09 INFO TaskSetManager: Finished task 0.0 in stage 0.0 (TID 0) in 1203 ms",
    "ex 26/11/25 03:00:09 INFO Executor: Running task 1.0 in stage 0.0 (TID 1)",
];
const AFTER: [&str; 3] = [
    "error 26/11/25 03:10:00 ERROR TransportResponseHandler: Still have 1 requests outstanding when connection from /172.34.7.12 is closed",
    "error 26/11/25 03:10:01 INFO ProcessLauncher: Running autoDebugger shutdown hook.",
    "error 26/11/25 03:10:01 INFO ShutdownHookManager: Deleting directory /tmp/spark-1",
];

fn samples() -> Vec<Sample> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/glue_logs");
    let mut paths: Vec<_> = fs::read_dir(folder).expect("samples").map(|entry| entry.expect("one").path()).collect();
    paths.sort();
    paths.iter().map(|path| sample(path)).collect()
}

fn sample(path: &Path) -> Sample {
    let text = fs::read_to_string(path).expect("a sample");
    let (head, body) = text.split_once("--\n").expect("a head");
    let said = |word: &str| head.lines().find_map(|line| line.strip_prefix(word)).map(|rest| rest.trim().to_owned());
    let mut log = Log::default();
    let streams = ["output ", "error ", "ex ", "cause "];
    let mut chunks: [Chunk; 4] = Default::default();
    let mut at = 1_795_576_000_000;
    for line in BEFORE.into_iter().chain(body.lines()).chain(AFTER) {
        let stream = streams.iter().position(|stream| line.starts_with(stream)).expect("a stream");
        at += 700;
        let message = line[streams[stream].len()..].replace("\\n", "\n").replace("\\t", "\t").replace("\\\n", "\\n");
        chunks[stream].push(&LogLine { at: Time::from_timestamp_millis(at), ingested: None, message });
    }
    for (n, chunk) in chunks.into_iter().enumerate() {
        log.add(n, chunk, Side::Newer);
    }
    let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
    Sample { name, wanted: said("class ").zip(said("expect ")), log }
}

#[test]
fn the_first_real_error_is_found_and_successful_runs_have_none() {
    let (mut found, mut failing, mut missed) = (0, 0, Vec::new());
    for Sample { name, wanted, log } in samples() {
        let head = first_real_error(&log);
        let Some((class, words)) = wanted else {
            let text = head.map(|head| log.lines(head).collect::<Vec<_>>().join("\n"));
            assert_eq!(text, None, "{name} is a successful run's");
            continue;
        };
        failing += 1;
        let Some(head) = head else {
            missed.push(format!("{name}: nothing"));
            continue;
        };
        let text = log.lines(head).collect::<Vec<_>>().join("\n");
        let cause = Cause::of(&text);
        let line = cause.line();
        if line.contains(&words) && cause.class.word() == class {
            found += 1;
        } else {
            missed.push(format!("{name}: {} {line}", cause.class.word()));
        }
    }
    assert!(failing >= 20, "{failing} samples");
    assert_eq!(found, failing, "missed: {missed:#?}");
}

/// Logs of failed runs as people have published them, one event a line; `%%` in a line stands for further events. The head has
/// the source, the class, words of the error and the place in the script that are to be found; `message` if it is no log but
/// the error message of a run.
#[test]
fn published_failures_are_told_by_line_and_as_one_event() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/failure_logs");
    let mut paths: Vec<_> = fs::read_dir(folder).expect("samples").map(|entry| entry.expect("one").path()).collect();
    paths.sort();
    let mut missed = Vec::new();
    for path in &paths {
        let text = fs::read_to_string(path).expect("a sample");
        let (head, body) = text.split_once("\n--\n").expect("a head");
        let said = |word: &str| head.lines().find_map(|line| line.strip_prefix(word)).map(str::trim);
        let (class, words) = said("class ").zip(said("expect ")).expect("class and words");
        let place = said("place ");
        let by_line: Vec<&str> = body.lines().flat_map(|line| line.split("%%")).collect();
        let is_message = head.lines().any(|line| line == "message");
        for (how, events) in [("by line", by_line), ("as one event", vec![body])] {
            let told = if is_message { Some(Cause::of(body.trim_end())) } else { cause_in(&events) };
            let right = told.as_ref().is_some_and(|cause| {
                let at = cause.frame.as_deref().map(|frame| frame.split(" in ").next().unwrap_or(frame));
                cause.class.word() == class
                    && cause.error.contains(words)
                    && place.is_none_or(|place| at == Some(place))
            });
            if !right {
                let name = path.file_stem().expect("a name").to_string_lossy();
                let said = told.map(|cause| format!("{} {}", cause.class.word(), cause.line()));
                missed.push(format!("{name} {how}: {}; wanted {class} {words} {place:?}", said.unwrap_or_default()));
            }
        }
    }
    assert!(paths.len() >= 40, "{} samples", paths.len());
    assert!(missed.is_empty(), "{} of {} missed: {missed:#?}", missed.len(), 2 * paths.len());
}

/// The cause in a log of these events.
fn cause_in(events: &[&str]) -> Option<Cause> {
    let mut at = 1_795_576_000_000;
    let lines = events.iter().map(|event| {
        at += 7;
        LogLine { at: Time::from_timestamp_millis(at), ingested: None, message: (*event).to_owned() }
    });
    let mut log = Log::default();
    log.add(0, Chunk::of(lines), Side::Newer);
    let head = first_real_error(&log)?;
    Some(Cause::of(&log.lines(head).collect::<Vec<_>>().join("\n")))
}

/// What a script prints of its work is not taken for the cause where the error says only that the run has ended.
#[test]
fn what_a_script_prints_is_no_cause() {
    let ended = "Command failed with exit code 1";
    let cause =
        cause_in(&["loading schema of users", "connection timeout set to 30", "input is empty: 0 files", ended]);
    assert_eq!(cause.map(|cause| cause.error), Some(ended.to_owned()));
}
