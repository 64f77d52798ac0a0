//! Reading alerts from a pasted text: Slack lines, EventBridge events, SNS and SQS around them, ids, names; mangled as chat
//! rooms mangle them. No account is asked: what a bare name means is found out later.

use crate::domain::Time;
use crate::domain::alert::{Alert, AlertSubject};
use chrono::Datelike;
use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

/// Bytes that are looked at; a paste of megabytes is no alert.
const MAX_PASTE_BYTES: usize = 1 << 20;
/// Alerts that one paste may have.
const MAX_ALERTS: usize = 200;
/// An event of EventBridge has at most 256 KB.
const MAX_EVENT_BYTES: usize = 256 << 10;
/// A name of Glue has at most 255 letters.
const MAX_NAME_CHARS: usize = 255;

static PREFIX: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?m)([^\n{}]{1,300}?) Workflow\s+(FAILED|TIMEOUT|STOPPED|ERROR|EXPIRED|SUCCEEDED|Failed|[A-Z]{4,12})\s*(?:-|–|—)?\s*$",
    )
});
static JOB_RUN: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bjr_[0-9a-f]{8,64}(?:_attempt_\d{1,3})?"));
static WORKFLOW_RUN: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bwr_[0-9a-f]{8,64}"));
static FIELD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"\\?"(jobName|crawlerName|state|jobRunId|account|region|time|message|errorMessage)\\?"\s*:\s*\\?"([^"\\]{0,2000})(\\?")?"#,
    )
});

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a valid pattern")
}

/// The alerts of a text, in its order, each once.
pub fn alerts(text: &str) -> Vec<Alert> {
    let text = plain(cut(text));
    // Curly quotes may be a message's own; only what does not read with them is taken for mangled.
    let found = read(&text);
    let events = found.iter().filter(|alert| alert.about != AlertSubject::Anything);
    match events.clone().count() > 0 && events.clone().all(|alert| !alert.broken) {
        true => found,
        false => read(&straight(&text)),
    }
}

/// A text without what carries it: entities, escaped quotation marks and line breaks, percent signs of addresses.
pub(super) fn decoded(text: &str) -> String {
    let text = plain(cut(text));
    let text = text.replace("\\n", " ").replace('\\', "");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let coded = after.get(..2).and_then(|two| std::str::from_utf8(two).ok()).filter(|_| byte == b'%');
        match coded.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(decoded) => {
                bytes.push(decoded);
                rest = &after[2..];
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The first job run's id of a text.
pub(super) fn job_run(text: &str) -> Option<String> {
    JOB_RUN.find(text).map(|found| found.as_str().to_owned())
}

fn read(text: &str) -> Vec<Alert> {
    let mut found: Vec<Alert> = Vec::new();
    let mut beside: Vec<&str> = Vec::new();
    let mut rest = text;
    while found.len() < MAX_ALERTS {
        let Some(at) = rest.find('{') else { break };
        let (before, event) = rest.split_at(at);
        let Event { text: found_text, used, whole } = event_text(event);
        let value = found_text.as_deref().and_then(parse);
        let mut events = Vec::new();
        if let Some(value) = &value {
            collect(value, &mut events, 0);
        }
        events.iter_mut().for_each(|alert| alert.broken |= !whole);
        if events.is_empty() {
            events.extend(fragments(&event[..used]));
        }
        if let (Some(first), Some((name, state))) = (events.first_mut(), prefix(before)) {
            // Of what was cut off, the last word may be half of one; what stands before the event is whole.
            first.name = first.name.take().filter(|_| !first.broken).or(Some(name));
            first.state = first.state.take().filter(|_| !first.broken).or(Some(state));
        } else if events.is_empty()
            && let Some((name, state)) = prefix(before)
        {
            let (name, state) = (Some(name), Some(state));
            events.push(Alert { about: AlertSubject::Job, name, state, broken: true, ..Alert::default() });
        }
        // Lines of their own before an event may name something too; the last one belongs to the event.
        let lines: Vec<&str> = before.lines().collect();
        beside.extend(lines.iter().take(lines.len().saturating_sub(1)));
        found.extend(events);
        rest = &event[used..];
    }
    beside.extend(rest.lines());
    let room = MAX_ALERTS.saturating_sub(found.len());
    found.extend(beside.into_iter().filter_map(of_line).take(room));
    let mut once: Vec<Alert> = Vec::new();
    for alert in found.into_iter().filter(Alert::names_something) {
        let same = |known: &Alert| known.name == alert.name && known.run == alert.run && known.state == alert.state;
        if !once.iter().any(same) {
            once.push(alert);
        }
    }
    once
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(MAX_PASTE_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// What chat rooms do to a text is undone: entities, fences, quotation marks at the beginning of lines, blanks
/// that are none.
fn plain(text: &str) -> String {
    let mut plain = text.replace("\r\n", "\n").replace('\r', "\n");
    // Twice: what was copied from a web page has them twice.
    for _ in 0..2 {
        if !plain.contains('&') {
            break;
        }
        plain = html_escape::decode_html_entities(&plain).into_owned();
    }
    let letter = |letter: char| match letter {
        '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{3000}' | '\t' => Some(' '),
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}' => None,
        '\n' => Some('\n'),
        letter if letter.is_control() => Some(' '),
        letter => Some(letter),
    };
    let plain: String = plain.chars().filter_map(letter).collect();
    let line = |line: &str| line.trim_start_matches(['>', ' ']).replace("```", "").trim_end().to_owned();
    plain.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// With straight quotation marks.
fn straight(text: &str) -> String {
    let letter = |letter: char| match letter {
        '“' | '”' | '„' | '‟' | '«' | '»' | '＂' | '″' => '"',
        '‘' | '’' | '‚' | '‛' => '\'',
        letter => letter,
    };
    text.chars().map(letter).collect()
}

/// An event's text.
struct Event {
    /// Closed if it was cut off; none if that is not possible.
    text: Option<String>,
    /// How much of the paste it takes, in bytes.
    used: usize,
    /// It was not cut off.
    whole: bool,
}

/// The event that begins with a brace.
fn event_text(text: &str) -> Event {
    let cut_off = |text, used| Event { text, used, whole: false };
    let mut open: Vec<char> = Vec::new();
    let (mut quoted, mut escaped) = (false, false);
    let mut made = String::new();
    for (at, letter) in text.char_indices() {
        if at > MAX_EVENT_BYTES {
            return cut_off(None, at);
        }
        // A paste of several: the next line's alert ends one that was cut off.
        if letter == '\n' && next_begins(&text[at + 1..]) {
            return cut_off(closed(made, &open, quoted, escaped), at);
        }
        match letter {
            // A line that was broken within a string: JSON has no line breaks there.
            '\n' => made.push(' '),
            _ => made.push(letter),
        }
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '{' => open.push('}'),
            '[' => open.push(']'),
            '}' | ']' => {
                if open.pop() != Some(letter) {
                    return cut_off(None, at + letter.len_utf8());
                }
                if open.is_empty() {
                    return Event { text: Some(made), used: at + letter.len_utf8(), whole: true };
                }
            }
            _ => {}
        }
    }
    cut_off(closed(made, &open, quoted, escaped), text.len())
}

/// Whether a line begins another alert.
fn next_begins(rest: &str) -> bool {
    let line = rest.lines().next().unwrap_or_default();
    if line.starts_with('{') && ["\"detail-type\"", "\"version\""].iter().any(|key| line.contains(key)) {
        return true;
    }
    line.split_once(" Workflow ").is_some_and(|(name, rest)| {
        name.len() <= MAX_NAME_CHARS
            && !name.contains('"')
            && rest
                .split(' ')
                .next()
                .is_some_and(|word| !word.is_empty() && word.chars().all(|l| l.is_ascii_alphabetic()))
    })
}

/// A text that was cut off, with what is missing at its end.
fn closed(mut text: String, open: &[char], quoted: bool, escaped: bool) -> Option<String> {
    if open.is_empty() {
        return None;
    }
    if escaped {
        text.pop();
    }
    text.truncate(text.trim_end_matches(['…', ' ', '.']).len());
    if quoted {
        text.push('"');
    }
    // `"state":` or `"state"` alone cannot be closed; what stands before it can.
    let close: String = open.iter().rev().collect();
    let whole = |text: &str| serde_json::from_str::<Value>(&format!("{text}{close}")).is_ok();
    let mut tries = 0;
    while !whole(&text) && tries < 8 {
        let comma = text.rfind(',')?;
        text.truncate(comma);
        tries += 1;
    }
    whole(&text).then(|| format!("{text}{close}"))
}

fn parse(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().or_else(|| {
        // JSON within JSON whose outer quotes are gone: `{\"version\":\"0\",…}`.
        let bare = text.replace("\\\"", "\"").replace("\\\\", "\\");
        serde_json::from_str(&bare).ok()
    })
}

/// The alerts within a value, whatever is around them.
fn collect(value: &Value, found: &mut Vec<Alert>, depth: usize) {
    if depth > 6 || found.len() >= MAX_ALERTS {
        return;
    }
    if let Some(alert) = of_event(value) {
        return found.push(alert);
    }
    match value {
        Value::Array(values) => values.iter().for_each(|value| collect(value, found, depth + 1)),
        Value::Object(members) => members.values().for_each(|value| collect(value, found, depth + 1)),
        // SNS and SQS carry the event as a string.
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
            if let Some(value) = parse(text) {
                collect(&value, found, depth + 1);
            }
        }
        _ => {}
    }
}

/// An event, or its detail alone.
fn of_event(value: &Value) -> Option<Alert> {
    let members = value.as_object()?;
    // Keys that a broken line has torn apart.
    let get = |value: &Value, name: &str| -> Option<String> {
        let members = value.as_object()?;
        let found = members.iter().find(|(key, _)| key.chars().filter(|c| !c.is_whitespace()).eq(name.chars()));
        found.and_then(|(_, value)| value.as_str()).map(str::to_owned).filter(|text| !text.trim().is_empty())
    };
    let detail = members.get("detail").unwrap_or(value);
    let kind = get(value, "detail-type").unwrap_or_default();
    let envelope = || Alert {
        at: get(value, "time").and_then(|at| time(&at)),
        account: get(value, "account").or_else(|| get(detail, "accountId")),
        region: get(value, "region"),
        ..Alert::default()
    };
    if kind.starts_with("Data Quality Evaluation") || kind.starts_with("Glue Data Quality") {
        return of_evaluation(detail, envelope());
    }
    if kind.contains("Data Catalog Table") || kind.contains("Data Catalog Database") {
        return of_table(detail, envelope());
    }
    if let (Some(name), Some(run)) = (get(detail, "JobName"), get(detail, "Id").filter(|id| JOB_RUN.is_match(id))) {
        // A job run as GetJobRun has it: the cause of a state machine's failure.
        let (state, message) = (get(detail, "JobRunState"), get(detail, "ErrorMessage"));
        return Some(Alert {
            about: AlertSubject::Job,
            name: Some(name),
            run: Some(run),
            state,
            message,
            ..envelope()
        });
    }
    if let Some(name) = get(detail, "workflowName") {
        return Some(Alert { name: Some(name), run: get(detail, "workflowRunId"), ..envelope() });
    }
    let (job, crawler) = (get(detail, "jobName"), get(detail, "crawlerName"));
    if job.is_none() && crawler.is_none() {
        return None;
    }
    let about = match (&job, kind.contains("Scheduled")) {
        (Some(_), _) => AlertSubject::Job,
        (None, true) => AlertSubject::ScheduledCrawler,
        (None, false) => AlertSubject::Crawler,
    };
    let id = get(detail, "jobRunId").map(|id| id.chars().filter(|c| !c.is_whitespace()).collect());
    Some(Alert {
        about,
        // Within the event nothing stands around it; a line may be broken.
        name: job.or(crawler).map(|name| name.split_whitespace().collect::<Vec<_>>().join(" ")),
        state: get(detail, "state"),
        run: id,
        message: get(detail, "errorMessage").or_else(|| get(detail, "message")),
        ..envelope()
    })
}

/// The results of an evaluation of Glue Data Quality: of a job's run, or of a table (Glue guide, "Data Quality events";
/// the members of the counts have had two names).
fn of_evaluation(detail: &Value, alert: Alert) -> Option<Alert> {
    let text = |value: &Value, name: &str| value.get(name)?.as_str().map(str::to_owned);
    let number = |names: [&str; 2]| names.iter().find_map(|name| detail.get(*name)?.as_u64());
    let context = detail.get("context")?;
    let quality = text(detail, "resultID").or_else(|| text(detail, "resultId"));
    let failed = number(["numRulesFailed", "rulesFailed"]);
    let passed = number(["numRulesSucceeded", "rulesSucceeded"]);
    let message = failed
        .zip(passed)
        .map(|(failed, passed)| format!("data quality: {failed} of {} rules failed", failed.saturating_add(passed)));
    let alert = Alert { quality, message, ..alert };
    Some(match text(context, "jobName") {
        Some(name) => {
            let run = text(context, "jobId").filter(|id| JOB_RUN.is_match(id));
            Alert { about: AlertSubject::Job, name: Some(name), run, ..alert }
        }
        None => of_table(context, alert)?,
    })
}

/// What happened to a table of the catalog.
fn of_table(detail: &Value, alert: Alert) -> Option<Alert> {
    let text = |name: &str| detail.get(name).and_then(Value::as_str).map(str::to_owned);
    let (database, table) = (text("databaseName")?, text("tableName"));
    let name = table.map_or_else(|| database.clone(), |table| format!("{database}.{table}"));
    let message = alert.message.clone().or_else(|| text("typeOfChange"));
    Some(Alert { about: AlertSubject::Table, name: Some(name), message, ..alert })
}

/// What can be read of events that are no JSON any more. A second name begins a second event.
fn fragments(text: &str) -> Vec<Alert> {
    let mut found: Vec<Alert> = vec![Alert { broken: true, ..Alert::default() }];
    let expression = &*FIELD;
    for field in expression.captures_iter(text) {
        let (value, closed) = (field[2].to_owned(), field.get(3).is_some());
        let name = ["jobName", "crawlerName"].contains(&&field[1]);
        // Half a name or id is another one; half a message still tells something.
        let telling = closed || ["message", "errorMessage"].contains(&&field[1]);
        // Of `**` nothing is left, once the marks around a name are gone.
        let value = if name { name_of(&value) } else { value };
        if value.trim().is_empty() || !telling || found.len() > MAX_ALERTS {
            continue;
        }
        if name && found.last().is_some_and(|alert| alert.name.is_some()) {
            found.push(Alert { broken: true, ..Alert::default() });
        }
        let Some(alert) = found.last_mut() else { continue };
        match &field[1] {
            "jobName" => (alert.about, alert.name) = (AlertSubject::Job, Some(value)),
            "crawlerName" => (alert.about, alert.name) = (AlertSubject::Crawler, Some(value)),
            "state" => alert.state = Some(value),
            "jobRunId" => alert.run = Some(value),
            "account" => alert.account = Some(value),
            "region" => alert.region = Some(value),
            "time" => alert.at = time(&value),
            "errorMessage" => alert.message = Some(value),
            _ => {
                alert.message.get_or_insert(value);
            }
        }
    }
    found.retain(Alert::names_something);
    found
}

/// A time that an event can have; others would not fit into the arithmetic.
fn time(text: &str) -> Option<Time> {
    text.trim().parse::<Time>().ok().filter(|at| (2000..2200).contains(&at.year()))
}

/// `<name> Workflow <state> - ` before an event.
fn prefix(before: &str) -> Option<(String, String)> {
    // A long name may be broken; but what stands in the line above is mostly the room's: who has posted it, and when.
    let mut lines = before.lines().rev();
    let last = lines.next().unwrap_or_default();
    let both = format!("{} {last}", lines.next().unwrap_or_default());
    let expression = &*PREFIX;
    let found = expression.captures(last.trim_end()).or_else(|| expression.captures(both.trim_end()))?;
    let name = name_of(&found[1]);
    (!name.is_empty() && name != "undefined").then(|| (name, found[2].to_owned()))
}

/// A line without an event: `<name> Workflow <state>`, an id, or a name.
fn of_line(line: &str) -> Option<Alert> {
    let line = line.trim().trim_matches(['*', '`', '"', '\'', '•', '·', '-', ' ']);
    // `:rotating_light:`, as a chat room writes its pictures.
    let line = match line.strip_prefix(':').and_then(|rest| rest.split_once(": ")) {
        Some((picture, rest)) if picture.chars().all(|l| l.is_alphanumeric() || l == '_' || l == '-') => rest.trim(),
        _ => line,
    };
    if line.starts_with(['{', '[']) || !line.contains(char::is_alphanumeric) || line.len() > 4 * MAX_NAME_CHARS {
        return None;
    }
    let id = |expression: &Regex| expression.find(line).map(|found| found.as_str().to_owned());
    if let Some(run) = id(&JOB_RUN).or_else(|| id(&WORKFLOW_RUN)) {
        return Some(Alert { run: Some(run), ..Alert::default() });
    }
    if let Some((name, state)) = prefix(line) {
        let (name, state) = (Some(name), Some(state));
        return Some(Alert { about: AlertSubject::Job, name, state, broken: true, ..Alert::default() });
    }
    let name = name_of(line);
    (!name.is_empty() && name.len() <= MAX_NAME_CHARS).then(|| Alert { name: Some(name), ..Alert::default() })
}

/// A name without what a chat room puts around it: marks, a bot's name and a time in front.
fn name_of(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let joined = words.join(" ");
    joined.trim_matches(['*', '`', '_', '"', '\'', ' ']).trim_start_matches([':', '•', '-', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_stands_around_an_alert_does_not_spoil_it() {
        let event = r#"{"detail-type":"Glue Job State Change","time":"2026-11-22T03:08:00Z","detail":{"jobName":"DynamoDB User Silver DQ","state":"FAILED","message":"no number"#;
        let posted = alerts(&format!("glue-alerts APP  3:08 AM\nDynamoDB User Silver DQ Workflow FAILED - {event}"));
        assert_eq!(posted[0].name.as_deref(), Some("DynamoDB User Silver DQ"));
        // Within SNS, cut off.
        let inner = event.replace('"', "\\\"");
        let sns = alerts(&format!("{{\"Type\":\"Notification\",\"Message\":\"{inner}"));
        assert_eq!(sns[0].name.as_deref(), Some("DynamoDB User Silver DQ"));
        // Two, of which the first was cut off: each with its own words.
        let two = alerts(&format!(
            "{event}\n{}",
            event.replace("User Silver DQ", "Order Gold").replace("no number", "no key")
        ));
        let told: Vec<_> = two.iter().map(|alert| (alert.name.as_deref(), alert.message.as_deref())).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told.iter().any(|(name, _)| *name == Some("DynamoDB Order Gold")), "{told:?}");
        // Curly quotes of the message's own.
        let curly = alerts(&format!("{} “abc” and 32″\"}}}}", event));
        assert_eq!(curly[0].message.as_deref(), Some("no number “abc” and 32″"));
        assert!(!curly[0].broken);
        // A time that no arithmetic could use.
        let times = event.replace("2026-11-22", "-262143-01-01").replace("no number", "\"}}");
        assert_eq!(alerts(&times)[0].at, None);
        // Half a name is another job's.
        let half = r#"DynamoDB User Silver Workflow FAILED - {"detail":{"state":"FAILED","jobName":"DynamoDB User"#;
        assert_eq!(alerts(half)[0].name.as_deref(), Some("DynamoDB User Silver"));
    }
    use serde_json::json;

    const RUN: &str = "jr_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn event(kind: &str, detail: Value) -> Value {
        json!({
            "version": "0", "id": "abcdef01-1234-5678-9abc-def012345678", "detail-type": kind, "source": "aws.glue",
            "account": "111122223333", "time": "2026-11-22T03:08:27Z", "region": "us-east-1", "resources": [],
            "detail": detail,
        })
    }

    fn job(name: &str, state: &str, message: &str) -> Value {
        let detail =
            json!({ "jobName": name, "severity": "ERROR", "state": state, "jobRunId": RUN, "message": message });
        event("Glue Job State Change", detail)
    }

    /// Every shape of alert: what it is called, what kind of thing it is about, its state, and its text as it was sent.
    fn shapes() -> Vec<(&'static str, AlertSubject, Option<&'static str>, String)> {
        let user = "DynamoDB User Silver DQ";
        let line = |name: &str, state: &str, event: &Value| format!("{name} Workflow {state} - {event}");
        let failed =
            job(user, "FAILED", "DataQualityError: phone_number is empty in 31 of 1204 rows, 0 are allowed & more <b>");
        let timeout = job("DynamoDB Invoice Gold", "TIMEOUT", "Job run timed out");
        let stopped = job("DynamoDB Order Bronze", "STOPPED", "Job run stopped");
        let crawler = event(
            "Glue Crawler State Change",
            json!({
                "crawlerName": "DynamoDB User Bronze Crawler", "errorMessage": "Internal Service Exception",
                "accountId": "111122223333", "cloudWatchLogLink": "https://console.aws.amazon.com/x?region=us-east-1#a;b=c",
                "state": "Failed", "message": "Crawler Failed", "runningTime (sec)": "7",
            }),
        );
        let scheduled = event(
            "Glue Scheduled Crawler Invocation Failure",
            json!({
                "customerId": "111122223333", "crawlerName": "nightly \"odd\" crawler", "errorMessage": "It is running already",
            }),
        );
        let delayed = event(
            "Glue Job Run Status",
            json!({
                "jobName": "slow", "severity": "INFO", "notificationCondition": { "NotifyDelayAfter": 1.0 }, "state": "RUNNING",
                "jobRunId": RUN, "message": "Job is in RUNNING state", "startedOn": "2026-11-22T03:00:00.000Z",
            }),
        );
        let name = "DynamoDB User Bronze Crawler";
        vec![
            (user, AlertSubject::Job, Some("FAILED"), line(user, "FAILED", &failed)),
            (user, AlertSubject::Job, Some("FAILED"), failed.to_string()),
            (user, AlertSubject::Job, Some("FAILED"), serde_json::to_string_pretty(&failed).expect("JSON")),
            (
                "DynamoDB Invoice Gold",
                AlertSubject::Job,
                Some("TIMEOUT"),
                line("DynamoDB Invoice Gold", "TIMEOUT", &timeout),
            ),
            ("DynamoDB Order Bronze", AlertSubject::Job, Some("STOPPED"), stopped.to_string()),
            (name, AlertSubject::Crawler, Some("Failed"), crawler.to_string()),
            (name, AlertSubject::Crawler, Some("Failed"), line("undefined", "Failed", &crawler)),
            ("nightly \"odd\" crawler", AlertSubject::ScheduledCrawler, None, scheduled.to_string()),
            ("slow", AlertSubject::Job, Some("RUNNING"), delayed.to_string()),
        ]
    }

    type Mangling = (&'static str, fn(&str) -> String);

    /// What becomes of a text on its way: each keeps the event whole.
    fn manglings() -> Vec<Mangling> {
        fn sns(text: &str) -> String {
            let at = text.find('{').unwrap_or(0);
            let (prefix, event) = text.split_at(at);
            format!(
                "{prefix}{}",
                json!({ "Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:us-east-1:1:t", "Message": event })
            )
        }
        fn broken(text: &str) -> String {
            // At blanks, as a chat room breaks lines.
            let mut made = String::new();
            let mut width = 0;
            for word in text.split_inclusive(' ') {
                if width > 70 {
                    made = made.trim_end().to_owned() + "\n";
                    width = 0;
                }
                made += word;
                width += word.len();
            }
            made
        }
        vec![
            ("as it was sent", |text| text.to_owned()),
            ("entities", |text| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")),
            ("entities twice", |text| {
                text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('&', "&amp;")
            }),
            ("numbered entities", |text| text.replace('"', "&#x22;").replace('{', "&#123;")),
            ("a fence", |text| format!("```\n{text}\n```")),
            ("a quotation", |text| text.lines().map(|line| format!("> {line}\n")).collect()),
            ("broken lines", broken),
            ("windows lines", |text| text.replace('\n', "\r\n")),
            ("blanks that are none", |text| text.replace(' ', "\u{a0}")),
            ("marks that are invisible", |text| format!("\u{feff}{}\u{200b}", text.replace(":", ":\u{200b}"))),
            ("something around it", |text| format!("glue-alerts APP  3:08 AM\n{text}\n:eyes: 2\n")),
            ("SNS", sns),
            ("SQS around SNS", |text| {
                let body = sns(text.find('{').map_or(text, |at| &text[at..]));
                json!({ "Records": [{ "messageId": "1", "body": body }] }).to_string()
            }),
            ("Lambda's SNS", |text| {
                let event = text.find('{').map_or(text, |at| &text[at..]);
                json!({ "Records": [{ "EventSource": "aws:sns", "Sns": { "Message": event } }] }).to_string()
            }),
            ("escape sequences", |text| format!("\x1b[31m{text}\x1b[0m")),
        ]
    }

    #[test]
    fn every_shape_is_read_in_every_mangling() {
        let (shapes, manglings) = (shapes(), manglings());
        assert!(shapes.len() * manglings.len() >= 60);
        for (name, about, state, text) in &shapes {
            for (mangling, mangle) in &manglings {
                let mangled = mangle(text);
                let mut found = alerts(&mangled);
                // What stands around it may be a name: whether it is one, the account tells.
                found.retain(|alert| alert.about != AlertSubject::Anything);
                assert_eq!(found.len(), 1, "{mangling} of {name}: {found:?}\n{mangled}");
                let alert = &found[0];
                assert_eq!(alert.name.as_deref(), Some(*name), "{mangling}\n{mangled}");
                assert_eq!((alert.about, alert.state.as_deref()), (*about, *state), "{mangling} of {name}");
                assert_eq!(alert.region.as_deref(), Some("us-east-1"), "{mangling} of {name}");
                assert_eq!(alert.run.is_some(), *about == AlertSubject::Job, "{mangling} of {name}");
            }
        }
    }

    #[test]
    fn curly_quotes_are_quotes() {
        let (name, _, _, text) = shapes().remove(0);
        let mut open = false;
        let curly: String = text
            .chars()
            .map(|letter| match letter {
                '"' => {
                    open = !open;
                    if open { '“' } else { '”' }
                }
                other => other,
            })
            .collect();
        let found = alerts(&curly);
        assert_eq!((found.len(), found[0].name.as_deref(), found[0].run.as_deref()), (1, Some(name), Some(RUN)));
    }

    /// Wherever it was cut off, what is left is taken: the name, and as soon as it is there the run.
    #[test]
    fn a_text_that_was_cut_off_says_what_is_left() {
        let (name, _, _, text) = shapes().remove(0);
        let begins = text.find('{').expect("an event");
        let run_ends = text.find(RUN).expect("the run") + RUN.len();
        for end in begins + 1..text.len() {
            if !text.is_char_boundary(end) {
                continue;
            }
            for tail in ["", "…", "..."] {
                let found = alerts(&format!("{}{tail}", &text[..end]));
                assert_eq!(found.len(), 1, "cut at {end}: {}", &text[..end]);
                assert_eq!(found[0].name.as_deref(), Some(name), "cut at {end}");
                assert_eq!(found[0].state.as_deref(), Some("FAILED"), "cut at {end}");
                if end > run_ends + 1 {
                    assert_eq!(found[0].run.as_deref(), Some(RUN), "cut at {end}");
                }
            }
        }
    }

    #[test]
    fn several_of_one_paste_are_each_read_once() {
        let shapes = shapes();
        let paste: Vec<&str> = [0, 3, 5, 0].iter().map(|n| shapes[*n].3.as_str()).collect();
        let names: Vec<Option<String>> = alerts(&paste.join("\n")).into_iter().map(|alert| alert.name).collect();
        assert_eq!(names.len(), 3);
        // The first is cut off; the second is whole all the same.
        let (first, second) = (&shapes[0].3, &shapes[3].3);
        let half = &first[..first.len() / 2];
        let found = alerts(&format!("{half}\n{second}"));
        assert_eq!(found.iter().map(|a| a.name.as_deref()).collect::<Vec<_>>(), [Some(shapes[0].0), Some(shapes[3].0)]);
    }

    #[test]
    fn ids_and_names_alone_are_enough() {
        let of = |text: &str| alerts(text).into_iter().map(|a| (a.name, a.run)).collect::<Vec<_>>();
        assert_eq!(of(&format!("look at {RUN} please")), [(None, Some(RUN.to_owned()))]);
        assert_eq!(
            of("wr_0123456789abcdef0123456789abcdef")[0].1.as_deref(),
            Some("wr_0123456789abcdef0123456789abcdef")
        );
        assert_eq!(of("  *DynamoDB User Silver DQ*  "), [(Some("DynamoDB User Silver DQ".to_owned()), None)]);
        assert_eq!(of("--output"), [(Some("output".to_owned()), None)], "a name like an option is a name");
        assert_eq!(of("DynamoDB User Silver DQ Workflow FAILED -")[0].0.as_deref(), Some("DynamoDB User Silver DQ"));
        assert!(
            of("").is_empty()
                && of(" \n```\n```").is_empty()
                && of("{}").is_empty()
                && of("{\"a\": [1, 2]}").is_empty()
        );
    }

    #[test]
    fn marks_alone_are_no_name() {
        // Neither is JSON, so that only fragments can be read.
        assert_eq!(alerts(r#"{"jobName" "": "**" "jobName": "**", "crawlerName": "` `""#), []);
        assert_eq!(alerts(r#"{"a" "jobName": "*user*", "state": "FAILED""#)[0].name.as_deref(), Some("user"));
    }

    #[test]
    fn megabytes_of_braces_take_no_time() {
        let braces = "{".repeat(3 << 20);
        assert!(alerts(&braces).is_empty());
        assert!(alerts(&"{\"a\":".repeat(1 << 19)).is_empty());
        assert!(alerts(&"{}[]\"\n".repeat(1 << 18)).is_empty());
    }

    proptest! {
        #[test]
        fn nothing_panics(text in any::<String>()) {
            let _ = alerts(&text);
        }

        #[test]
        fn nothing_panics_on_what_is_nearly_one(at in 0_usize..600, junk in any::<String>(), cut in 0_usize..600) {
            let text = &shapes()[0].3;
            let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let end = (at..=(at + cut).min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(at);
            let _ = alerts(&format!("{}{junk}{}", &text[..at], &text[end..]));
        }
    }
}
