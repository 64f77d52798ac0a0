//! The log of queries: a line before one is sent, one with its id as soon as it has one, one when it ends. So a crash in
//! between shows, and what still runs is found again. It is the user's own history too.

use super::{append, rotate};
use chrono::{SecondsFormat, Utc};
use gluedeck_core::domain::{Fault, PastQuery, QueryContext, QueryExecution, QueryId, Time};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

const FILE: &str = "queries.jsonl";
const ROTATED: &str = "queries.1.jsonl";
/// Once the file is longer than this, it is put aside; what was put aside before is forgotten.
const MAX_BYTES: u64 = 4 << 20;

/// The log of one session; several sessions may write to the same file.
#[derive(Debug)]
pub struct QueryLog {
    path: PathBuf,
    /// Environment, endpoint and Region, as a [`PastQuery`] has them.
    scope_key: String,
    sent: AtomicU64,
}

impl QueryLog {
    /// A log in `folder`.
    pub fn new(folder: &Path, environment: &str, endpoint: Option<&str>, region: Option<&str>) -> Self {
        Self { path: folder.join(FILE), scope_key: scope_key(environment, endpoint, region), sent: AtomicU64::new(0) }
    }

    /// Writes down what is about to be sent; answers the client request token to send it with: 32 to 128 letters.
    ///
    /// # Errors
    /// If the line is not on disk.
    pub fn begin(&self, sql: &str, query_context: &QueryContext) -> io::Result<String> {
        let now = Utc::now();
        let number = self.sent.fetch_add(1, Ordering::Relaxed);
        let token = format!("gluedeck-{}-{}-{number:06}", now.format("%Y%m%dT%H%M%S%.6f"), std::process::id());
        rotate(&self.path, MAX_BYTES)?;
        append(
            &self.path,
            &json!({
                "token": token, "at": at(now), "phase": "sent", "wherein": self.scope_key, "sql": sql, "place": query_context,
            }),
        )?;
        Ok(token)
    }

    /// It has an id. That the line cannot be written stops nothing: the query runs.
    pub fn started(&self, token: &str, id: &QueryId) {
        let _ =
            append(&self.path, &json!({ "token": token, "at": at(Utc::now()), "phase": "started", "id": id.as_str() }));
    }

    /// It was refused, so that there is nothing to look for.
    pub fn refused(&self, token: &str, fault: &Fault) {
        let line = json!({ "token": token, "at": at(Utc::now()), "phase": "refused", "reason": fault.message });
        let _ = append(&self.path, &line);
    }

    /// It has ended.
    pub fn ended(&self, execution: &QueryExecution) {
        let _ = append(
            &self.path,
            &json!({
                "id": execution.id.as_str(), "at": at(Utc::now()), "phase": "ended", "state": execution.state.word(),
                "scanned_bytes": execution.scanned_bytes, "total_millis": execution.total_millis, "reason": execution.reason,
            }),
        );
    }
}

/// How a past query says where it was sent to.
pub fn scope_key(environment: &str, endpoint: Option<&str>, region: Option<&str>) -> String {
    [Some(environment), region, endpoint].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn at(time: Time) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Reads the queries of a folder, oldest first. No log is an empty one; a line that is not whole is passed over.
pub fn read_queries(folder: &Path) -> Vec<PastQuery> {
    let read = |file: &str| fs::read_to_string(folder.join(file)).unwrap_or_default();
    // The first file may end within a line, if a crash cut it off.
    let text = [read(ROTATED), read(FILE)].join("\n");
    let mut found: Vec<PastQuery> = Vec::new();
    let (mut by_token, mut by_id): (HashMap<String, usize>, HashMap<String, usize>) = Default::default();
    for line in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let word = |name: &str| line[name].as_str().map(str::to_owned);
        let known = word("token").and_then(|token| by_token.get(&token).copied());
        match word("phase").as_deref() {
            Some("sent") => {
                let (Some(token), Some(sql)) = (word("token"), word("sql")) else { continue };
                let at = word("at").and_then(|at| at.parse().ok());
                let query_context = serde_json::from_value(line["place"].clone()).unwrap_or_default();
                by_token.insert(token.clone(), found.len());
                let scope_key = word("wherein").unwrap_or_default();
                found.push(PastQuery {
                    at,
                    scope_key,
                    sql,
                    query_context,
                    process: process(&token),
                    ..PastQuery::default()
                });
            }
            Some("started") => {
                if let (Some(known), Some(id)) = (known, word("id")) {
                    by_id.insert(id.clone(), known);
                    found[known].id = Some(QueryId::new(id));
                }
            }
            Some("refused") => {
                if let Some(known) = known {
                    (found[known].state, found[known].reason) = (Some("REFUSED".to_owned()), word("reason"));
                }
            }
            Some("ended") => {
                let Some(past) = word("id").and_then(|id| by_id.get(&id)).and_then(|n| found.get_mut(*n)) else {
                    continue;
                };
                (past.state, past.reason) = (word("state"), word("reason"));
                past.scanned_bytes = line["scanned_bytes"].as_i64();
                past.total_millis = line["total_millis"].as_i64();
            }
            _ => {}
        }
    }
    found
}

/// The process that has sent it, from its token.
fn process(token: &str) -> Option<u32> {
    token.rsplit('-').nth(1)?.parse().ok()
}

/// Whether a console of this process number is there, that may still look after its queries. Without `/proc` none is.
pub fn is_alive(process: u32) -> bool {
    // `4242 (gluedeck) S …`: a number may be another program's by now, and a Z has ended.
    let told = |process: &str| -> Option<(String, bool)> {
        let stat = fs::read_to_string(Path::new("/proc").join(process).join("stat")).ok()?;
        let (head, rest) = stat.rsplit_once(") ")?;
        Some((head.split_once(" (")?.1.to_owned(), rest.starts_with('Z')))
    };
    match (told(&process.to_string()), told("self")) {
        (Some((name, ended)), Some((own, _))) => name == own && !ended,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gluedeck_core::domain::{FaultKind, QueryState};
    use std::io::Write;

    #[test]
    fn what_was_sent_is_found_again_with_what_became_of_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = QueryLog::new(folder.path(), "dev", None, Some("us-east-1"));
        let query_context = QueryContext { database: Some("gold".into()), ..QueryContext::default() };
        let tokens: Vec<String> =
            ["a", "b", "c"].iter().map(|sql| log.begin(sql, &query_context).expect("on disk")).collect();
        assert!(tokens.iter().all(|token| (32..=128).contains(&token.len())), "{tokens:?}");
        log.started(&tokens[0], &QueryId::new("1"));
        log.started(&tokens[1], &QueryId::new("2"));
        log.refused(&tokens[2], &Fault::new(FaultKind::Refused, "StartQueryExecution", "no"));
        let execution = QueryExecution {
            state: QueryState::Succeeded,
            ..QueryExecution::begun(QueryId::new("1"), "a", &query_context)
        };
        log.ended(&execution);
        fs::OpenOptions::new()
            .append(true)
            .open(folder.path().join(FILE))
            .expect("the file")
            .write_all(b"{\"tok")
            .expect("torn");
        let found = read_queries(folder.path());
        let seen: Vec<_> =
            found.iter().map(|past| (past.sql.as_str(), past.state.as_deref(), past.is_open())).collect();
        assert_eq!(seen, [("a", Some("SUCCEEDED"), false), ("b", None, true), ("c", Some("REFUSED"), false)]);
        assert_eq!(found[0].scope_key, "dev us-east-1");
        assert_eq!(found[0].process, Some(std::process::id()));
        assert!(!is_alive(1), "another program is no console");
    }

    #[test]
    fn a_log_that_is_too_long_is_put_aside_and_still_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = QueryLog::new(folder.path(), "dev", None, None);
        let long = "x".repeat(MAX_BYTES as usize);
        let first = log.begin(&long, &QueryContext::default()).expect("on disk");
        let mut file = fs::OpenOptions::new().append(true).open(folder.path().join(FILE)).expect("the file");
        file.write_all(b"{\"tok").expect("torn");
        let second = log.begin("b", &QueryContext::default()).expect("on disk");
        log.started(&first, &QueryId::new("1"));
        log.started(&second, &QueryId::new("2"));
        let found = read_queries(folder.path());
        let ids: Vec<&str> = found.iter().filter_map(|past| past.id.as_ref().map(QueryId::as_str)).collect();
        assert_eq!(ids, ["1", "2"]);
        let length = |name: &str| fs::metadata(folder.path().join(name)).expect("a file").len();
        assert!(length(ROTATED) > MAX_BYTES && length(FILE) < 1_000);
    }
}
