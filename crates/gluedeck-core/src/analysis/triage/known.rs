//! Alerts in a text by the names that the account has: sentences, mails and payloads of any tool name what failed, whatever
//! their shape is.

use super::reading::{alerts, decoded, job_run};
use crate::domain::{Alert, AlertSubject, Pipeline, Target};
use std::collections::{BTreeMap, BTreeSet};

/// Shorter names are words of any text.
const MIN_NAME_CHARS: usize = 3;
/// A line of at most so many words was typed, or is a name; a longer one is a sentence.
const MAX_TYPED_WORDS: usize = 6;

/// Glue's words for how something ended, in capitals; what only sounds like one comes last.
const API_STATES: [(&str, &str); 6] = [
    ("FAILED", "FAILED"),
    ("TIMEOUT", "TIMEOUT"),
    ("STOPPED", "STOPPED"),
    ("EXPIRED", "EXPIRED"),
    ("ALARM", "ALARM"),
    ("ERROR", "FAILED"),
];
/// Words that say how something ended, and what Glue calls that.
const STATES: [(&str, &str); 8] = [
    ("timed out", "TIMEOUT"),
    ("timeout", "TIMEOUT"),
    ("failed", "FAILED"),
    ("failure", "FAILED"),
    ("stopped", "STOPPED"),
    ("error", "FAILED"),
    ("alarm", "ALARM"),
    ("expired", "EXPIRED"),
];

/// Words behind which a name stands.
const BEFORE_NAMES: [&str; 12] = [
    "job",
    "jobs",
    "crawler",
    "workflow",
    "pipeline",
    "name",
    "jobname",
    "crawlername",
    "job_name",
    "trabajo",
    "view",
    "for",
];

/// The alerts of a text in an account: those of a known shape, and, where none of them names anything that is here, one for
/// each job, crawler or pipeline that the text names. Lines that name nothing are no alerts; only a short text by itself is
/// taken for a name with a slip in it.
pub fn alerts_in(text: &str, pipelines: &[Pipeline]) -> Vec<Alert> {
    let mut found = alerts(text);
    // Without knowing what there is, what the shapes tell is all there is.
    if pipelines.is_empty() {
        return found;
    }
    let names = Names::of(pipelines);
    let read = |alert: &Alert| alert.about != AlertSubject::Anything && !alert.broken;
    if found.iter().any(read) {
        found.retain(|alert| read(alert) || alert.broken || names.has(alert));
        return found;
    }
    let mut named = names.named_in(&decoded(text));
    if !named.is_empty() {
        if let Some((region, account)) = arn_of_glue(text) {
            for alert in &mut named {
                alert.region.get_or_insert_with(|| region.to_owned());
                alert.account.get_or_insert_with(|| account.to_owned());
            }
        }
        return named;
    }
    if found.is_empty() {
        // A run's id within something of another shape, such as the name of a log stream.
        found.extend(job_run(&decoded(text)).map(|run| Alert { run: Some(run), ..Alert::default() }));
    }
    let typed = text.trim().lines().count() == 1 && text.split_whitespace().count() <= MAX_TYPED_WORDS;
    found.retain(|alert| typed || alert.run.is_some() || alert.broken || names.has(alert));
    found
}

/// Region and account of the first ARN of Glue in a text, as in `arn:aws:glue:us-east-1:111122223333:job/orders`.
fn arn_of_glue(text: &str) -> Option<(&str, &str)> {
    let arns = text.match_indices("arn:aws").map(|(at, _)| &text[at..]);
    arns.filter_map(|arn| {
        let mut parts = arn.splitn(6, ':').skip(2);
        let (service, region, account) = (parts.next()?, parts.next()?, parts.next()?);
        let is_account = account.len() == 12 && account.bytes().all(|digit| digit.is_ascii_digit());
        (service == "glue" && !region.is_empty() && is_account).then_some((region, account))
    })
    .next()
}

/// What there is in the account, by its name in small letters.
struct Names<'p> {
    known: BTreeMap<String, (AlertSubject, &'p str)>,
    /// Workflows without the word: of a name that is typed, not of a word among others (`Account`, `Order`).
    short: BTreeSet<String>,
    /// Names that a job and a crawler bear.
    both: BTreeSet<String>,
}

impl<'p> Names<'p> {
    fn of(pipelines: &'p [Pipeline]) -> Self {
        let mut known: BTreeMap<String, (AlertSubject, &str)> = BTreeMap::new();
        let mut both = BTreeSet::new();
        for pipeline in pipelines {
            known.insert(pipeline.id.as_str().to_lowercase(), (AlertSubject::Anything, pipeline.id.as_str()));
        }
        for target in pipelines.iter().flat_map(Pipeline::targets) {
            let about = match target {
                Target::Job(_) => AlertSubject::Job,
                Target::Crawler(_) => AlertSubject::Crawler,
            };
            let earlier = known.insert(target.name().to_lowercase(), (about, target.name()));
            if earlier.is_some_and(|(earlier, _)| earlier != about && earlier != AlertSubject::Anything) {
                both.insert(target.name().to_lowercase());
            }
        }
        known.retain(|name, _| name.chars().count() >= MIN_NAME_CHARS);
        let short = pipelines.iter().map(|pipeline| pipeline.short_name().to_lowercase()).collect();
        Self { known, short, both }
    }

    fn has(&self, alert: &Alert) -> bool {
        let is = |name: &String| self.known.contains_key(name) || self.short.contains(name);
        alert.run.is_some() || alert.name.as_ref().is_some_and(|name| is(&name.to_lowercase()))
    }

    /// A name that a job and a crawler bear: with the kind in front, if the text has only one of the two words.
    fn with_kind(&self, name: String, text: &str) -> String {
        let (job, crawler) = (words_have(text, "job"), words_have(text, "crawler"));
        match self.both.contains(&name.to_lowercase()) && job != crawler {
            true => format!("{}:{name}", if job { "job" } else { "crawler" }),
            false => name,
        }
    }

    /// An alert for each job and crawler that a text names; for a workflow only where it names none of its steps.
    fn named_in(&self, text: &str) -> Vec<Alert> {
        // Letters that have another length in small ones would shift what is found.
        let lower: String = text.chars().map(|letter| letter.to_ascii_lowercase()).collect();
        let mut taken = vec![false; lower.len()];
        let mut found: Vec<(usize, AlertSubject, &str)> = Vec::new();
        let mut longest: Vec<(&String, &(AlertSubject, &'p str))> = self.known.iter().collect();
        longest.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        for (name, (about, known)) in longest {
            for (at, _) in lower.match_indices(name.as_str()) {
                let end = at + name.len();
                let named = is_whole(&lower, at, end) && is_mention(&lower, at, end);
                if named && taken.get(at..end).is_some_and(|part| !part.contains(&true)) {
                    taken[at..end].fill(true);
                    found.push((at, *about, known));
                }
            }
        }
        found.sort_by_key(|(at, ..)| *at);
        if found.iter().any(|(_, about, _)| *about != AlertSubject::Anything) {
            found.retain(|(_, about, _)| *about != AlertSubject::Anything);
        }
        let mut alerts: Vec<Alert> = Vec::new();
        for (_, about, name) in found {
            if !alerts.iter().any(|alert| alert.name.as_deref() == Some(name)) {
                alerts.push(Alert { about, name: Some(name.to_owned()), ..Alert::default() });
            }
        }
        if let [alert] = alerts.as_mut_slice() {
            (alert.run, alert.state) = (job_run(text), state_in(text, &lower));
        }
        for alert in &mut alerts {
            alert.name = alert.name.take().map(|name| self.with_kind(name, &lower));
        }
        // Without a run, its latest failure is meant, whatever kind of thing it is.
        for alert in alerts.iter_mut().filter(|alert| alert.run.is_none()) {
            alert.about = AlertSubject::Anything;
        }
        alerts
    }
}

/// Whether a name stands by itself, and not within another word.
fn is_whole(text: &str, from: usize, to: usize) -> bool {
    let inside = |letter: char| letter.is_alphanumeric() || letter == '_';
    let before = text[..from].chars().next_back().is_some_and(inside);
    let after = text[to..].chars().next().is_some_and(inside);
    // `glue-orders` and `orders-nightly` are other names.
    let joined = text[..from].ends_with('-') || text[to..].starts_with('-');
    !before && !after && !joined
}

/// Whether a name that may be any word is meant as one: it is quoted, stands behind a word such as `job`, before a word such
/// as `failed`, or alone on its line. A name of several words, or with other letters, is.
fn is_mention(text: &str, from: usize, to: usize) -> bool {
    if !text[from..to].chars().all(|letter| letter.is_ascii_alphabetic()) {
        return true;
    }
    let (before, after) = (&text[..from], &text[to..]);
    let marks = ['\'', '"', '`', '*', '<', '>', '(', '[', '“', '”'];
    if before.ends_with(marks) && after.starts_with(marks) {
        return true;
    }
    let alone = before.rsplit('\n').next().unwrap_or_default().trim().is_empty()
        && after.split('\n').next().unwrap_or_default().trim().is_empty();
    let word = |text: &str| text.trim_matches(|letter: char| !letter.is_alphanumeric() && letter != '_').to_owned();
    let separators = |letter: char| letter.is_whitespace() || matches!(letter, '/' | ':' | '=' | ',' | ';');
    let last = before.split(separators).map(word).rfind(|word| !word.is_empty()).unwrap_or_default();
    let next = after.split_whitespace().map(word).find(|word| !word.is_empty()).unwrap_or_default();
    alone
        || BEFORE_NAMES.contains(&last.as_str())
        || ["failed", "failure", "timed", "timeout", "stopped", "job", "crawler", "workflow"].contains(&next.as_str())
}

/// How it ended: by a word of Glue's, else by one that says so.
fn state_in(text: &str, lower: &str) -> Option<String> {
    let of_api = API_STATES.iter().find(|(word, _)| words_have(text, word));
    let state = of_api.or_else(|| STATES.iter().find(|(word, _)| words_have(lower, word)));
    state.map(|(_, state)| (*state).to_owned())
}

fn words_have(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| is_whole(text, at, at + word.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CrawlerName, JobName, PipelineId};

    const RUN: &str = "jr_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn account() -> Vec<Pipeline> {
        let job = |name: &str| Target::Job(JobName::new(name));
        let targets =
            [job("orders"), job("orders export"), job("vendor_sftp"), Target::Crawler(CrawlerName::new("lake files"))];
        let alone = |target| Pipeline { id: PipelineId::Alone(target), ..Pipeline::default() };
        targets.into_iter().map(alone).collect()
    }

    fn named(text: &str) -> Vec<(String, Option<String>, Option<String>)> {
        let alerts = alerts_in(text, &account()).into_iter();
        alerts.map(|alert| (alert.name.unwrap_or_default(), alert.state, alert.run)).collect()
    }

    #[test]
    fn an_arn_says_where_what_it_names_is() {
        let of = |text: &str| alerts_in(text, &account()).remove(0);
        let there = of("arn:aws:glue:eu-west-1:999999999999:job/orders export failed");
        assert_eq!((there.region.as_deref(), there.account.as_deref()), (Some("eu-west-1"), Some("999999999999")));
        let here = of("job orders export failed, see arn:aws:sns:eu-west-1:999999999999:alerts");
        assert_eq!((here.region, here.account), (None, None));
    }

    #[test]
    fn what_a_text_names_is_found_and_nothing_is_guessed() {
        let failed = |name: &str| vec![(name.to_owned(), Some("FAILED".to_owned()), None)];
        for text in [
            "ALERT: Glue Job orders export has FAILED. Error: Column 'id' does not exist",
            "[PROD] job `orders export` failed",
            "🔥 *Glue Job Failed*: orders export\\n❌ Error: OutOfMemoryError",
            "https://x.aws.amazon.com/gluestudio#/editor/job/orders%20export failed",
            r#"{"Message":"{\"AlarmDescription\":\"failed: `orders export`\",\"AlarmName\":\"glue-orders\"}"}"#,
        ] {
            assert_eq!(named(text), failed("orders export"), "{text}");
        }
        assert_eq!(named("Glue crawler lake files FAILED at 03:00: Crawler Failed"), failed("lake files"));
        let with_run = named(&format!("Glue job vendor_sftp entered state TIMEOUT (run {RUN})."));
        assert_eq!(with_run, [("vendor_sftp".to_owned(), Some("TIMEOUT".to_owned()), Some(RUN.to_owned()))]);
        let both = named("orders failed, and so did vendor_sftp");
        assert_eq!(both.len(), 2, "{both:?}");
        for nothing in [
            "To unsubscribe from the notifications of this topic, please click or visit the link below",
            "the orders-nightly state machine has failed, see reorders and my_orders for more of this",
        ] {
            assert_eq!(named(nothing), [], "{nothing}");
        }
        // A short text by itself is a name, perhaps with a slip in it.
        assert_eq!(named("order export").len(), 1);
        // A name that may be any word is one only where it is meant as one.
        assert_eq!(
            named("orders export failed, its files are in s3://lake/orders/2026 and orders is large"),
            failed("orders export")
        );
        assert_eq!(named("job orders has failed"), failed("orders"));
        let stopped =
            named("Exception: Glue job failed: vendor_sftp. Status: STOPPED. Error: No error message returned");
        assert_eq!(stopped, [("vendor_sftp".to_owned(), Some("STOPPED".to_owned()), None)]);
        let stream = named(&format!(r#"{{"logGroup": "/aws-glue/jobs/error", "logStream": "{RUN}"}}"#));
        assert_eq!(stream, [(String::new(), None, Some(RUN.to_owned()))]);
    }
}
