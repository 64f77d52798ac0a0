//! Delivering: each event to each sink that takes it, again until it is taken, and given up after a day.

use super::message;
use crate::headless::output;
use crate::sink::{Sink, SinkKind, secret};
use chrono::TimeDelta;
use gluedeck_aws::post;
use gluedeck_aws::store::{Delivery, WatchFile, WatchState};
use gluedeck_core::analysis::watch::Event;
use gluedeck_core::domain::Time;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::io;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// A receiver has so long to answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// From the first failure to the second attempt; each further wait is twice as long.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(10);
const MAX_WAIT: TimeDelta = TimeDelta::minutes(15);
/// What is not taken for so long is given up.
const GIVEN_UP: TimeDelta = TimeDelta::hours(24);

/// Why a sink has not taken an event.
#[derive(Debug, PartialEq, Eq)]
enum Failure {
    /// It may later; perhaps not before this has passed.
    Later(String, Option<Duration>),
    /// It never will.
    Never(String),
}

/// Whether a sink has what it takes to deliver.
///
/// # Errors
/// If its secret is not there, or it has no command.
pub(super) fn check(name: &str, sink: &Sink) -> io::Result<()> {
    let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidInput, format!("sink {name}: {what}"));
    match sink.kind {
        SinkKind::Stdout => Ok(()),
        SinkKind::Command if sink.command.is_empty() => Err(wrong("has no command, such as command = [\"notify\"]")),
        SinkKind::Command => Ok(()),
        SinkKind::Slack | SinkKind::Webhook => {
            let url = url(name, sink)?;
            signing_key(name, sink)?;
            let is_url = url.starts_with("https://") || url.starts_with("http://");
            if is_url { Ok(()) } else { Err(wrong("the URL does not begin with https:// or http://")) }
        }
    }
}

fn url(name: &str, sink: &Sink) -> io::Result<String> {
    secret(name, sink.url_env.as_deref(), sink.url_file.as_deref())
}

fn signing_key(name: &str, sink: &Sink) -> io::Result<Option<String>> {
    if sink.secret_env.is_none() && sink.secret_file.is_none() {
        return Ok(None);
    }
    secret(name, sink.secret_env.as_deref(), sink.secret_file.as_deref()).map(Some)
}

/// Delivers what is due, in order. After each attempt the file says what is left.
///
/// # Errors
/// If the file or stdout cannot be written.
pub(super) async fn due(
    state: &mut WatchState,
    file: &WatchFile,
    sinks: &[(String, Sink)],
    now: Time,
) -> io::Result<()> {
    let mut at = 0;
    while let Some(delivery) = state.pending.get(at) {
        let sink = sinks.iter().find(|(name, _)| *name == delivery.sink);
        let (Some((name, sink)), true) = (sink, delivery.next_at <= now) else {
            // A sink that the configuration has no more may come back.
            at += 1;
            continue;
        };
        let attempt = send(name, sink, &delivery.event).await?;
        let mut delivery = state.pending.remove(at);
        match attempt {
            Ok(()) => {}
            Err(Failure::Later(why, wait)) if now - delivery.since < GIVEN_UP => {
                postpone(&mut delivery, why, wait, now);
                state.pending.insert(at, delivery);
                at += 1;
            }
            Err(Failure::Later(why, _) | Failure::Never(why)) => {
                eprintln!("gluedeck: sink {name}: given up: {}: {why}", delivery.event.title);
                delivery.last_error = Some(why);
                state.bury(delivery);
            }
        }
        file.write(state)?;
    }
    Ok(())
}

fn postpone(delivery: &mut Delivery, why: String, wait: Option<Duration>, now: Time) {
    delivery.attempts += 1;
    let doubled = FIRST_WAIT * 2_i32.pow(delivery.attempts.min(8) - 1);
    let asked = wait.and_then(|wait| TimeDelta::from_std(wait).ok()).unwrap_or_default();
    delivery.next_at = now + doubled.min(MAX_WAIT).max(asked.min(GIVEN_UP));
    if delivery.last_error.as_ref() != Some(&why) {
        eprintln!("gluedeck: sink {}: {why}; retrying", delivery.sink);
    }
    delivery.last_error = Some(why);
}

async fn send(name: &str, sink: &Sink, event: &Event) -> io::Result<Result<(), Failure>> {
    Ok(match sink.kind {
        SinkKind::Stdout => {
            output::json(&event.json())?;
            Ok(())
        }
        SinkKind::Slack => posted(name, sink, message::slack(event).to_string(), event).await,
        SinkKind::Webhook => posted(name, sink, event.json().to_string(), event).await,
        SinkKind::Command => run(&sink.command, &event.json().to_string()).await,
    })
}

async fn posted(name: &str, sink: &Sink, body: String, event: &Event) -> Result<(), Failure> {
    let later = |error: io::Error| Failure::Later(error.to_string(), None);
    let (url, key) = (url(name, sink).map_err(later)?, signing_key(name, sink).map_err(later)?);
    let mut headers = vec![("content-type", "application/json".to_owned()), ("idempotency-key", digest(&event.id))];
    if let Some(key) = key {
        headers.push(("x-gluedeck-signature", format!("sha256={}", signature(&key, &body))));
    }
    match post(&url, &headers, body, TIMEOUT).await {
        Ok(answer) => match answer.status {
            200..=299 => Ok(()),
            status @ (408 | 425 | 429 | 500..=599) => Err(Failure::Later(format!("HTTP {status}"), answer.retry_after)),
            status => Err(Failure::Never(format!("HTTP {status}"))),
        },
        Err(error) => Err(Failure::Later(error.to_string(), None)),
    }
}

/// An id as a header has it: names may be of any letters.
fn digest(id: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(id)[..16])
}

/// HMAC-SHA256 of the body, in hexadecimal.
fn signature(key: &str, body: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(body.as_bytes());
    data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes())
}

async fn run(command: &[String], event: &str) -> Result<(), Failure> {
    let later = |why: String| Failure::Later(why, None);
    let Some((program, arguments)) = command.split_first() else { return Err(Failure::Never("no command".into())) };
    let mut spawned = Command::new(program);
    // What it prints is not what this command prints.
    spawned.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).kill_on_drop(true);
    let mut child = spawned.spawn().map_err(|error| later(format!("{program}: {error}")))?;
    let ended = async {
        if let Some(mut stdin) = child.stdin.take() {
            // A program may do without what it is given.
            let _ = stdin.write_all(format!("{event}\n").as_bytes()).await;
        }
        child.wait().await
    };
    match tokio::time::timeout(TIMEOUT, ended).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(later(format!("{program}: {status}"))),
        Ok(Err(error)) => Err(later(format!("{program}: {error}"))),
        Err(_) => Err(later(format!("{program}: no end within {} s", TIMEOUT.as_secs()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_signed_as_other_tools_sign_it() {
        // RFC 4231, test case 2.
        let signed = signature("Jefe", "what do ya want for nothing?");
        assert_eq!(signed, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
