//! Faults: rules by which calls are answered late, wrongly, or not at all. They come from the scenario and can be
//! changed while the sandbox runs.

use super::random::mix;
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// What Athena does with a query that was started: no call, so only a rule that names it hits it. With an error, the
/// query goes back to QUEUED and is run again, a few times.
pub(crate) const RUN_QUERY: &str = "RunQuery";

/// One rule. A call is hit if it is of the operation, and by chance of `rate`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FaultRule {
    /// `glue`, `logs`, `athena`, `sts`, `s3`, `servicequotas`; every service if it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) service: Option<String>,
    /// The operation's name; a `*` at its end stands for any ending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) operation: Option<String>,
    /// Only calls whose body holds this text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resource: Option<String>,
    /// The share of the calls that are hit, 0 to 1; all of them if it is not given.
    #[serde(default = "every")]
    pub(crate) rate: f64,
    /// Hits nothing before this many wall seconds from the moment that the rule was set.
    pub(crate) after_s: f64,
    /// Hits this many calls, then no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) times: Option<u64>,
    /// Milliseconds to wait before anything else.
    pub(crate) latency_ms: u64,
    /// The error's code; without it a call that is hit is only late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    /// HTTP status; 400 if it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    /// Answer with this body as it is, whatever it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<String>,
    /// Carry out the call, then never answer: the caller cannot know what became of it.
    pub(crate) lose_answer: bool,
    /// Carry out the call, then close the connection in the middle of the answer.
    pub(crate) cut_answer: bool,
}

fn every() -> f64 {
    1.0
}

/// What becomes of the answer of a call that was carried out: the caller cannot know whether it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum AnswerFault {
    #[default]
    None,
    Cut,
    Lost,
}

/// What is to be done to a call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hit {
    pub(crate) latency: Duration,
    /// The rule whose answer stands for the operation's.
    pub(crate) instead: Option<FaultRule>,
    pub(crate) answer: AnswerFault,
}

/// The rules in force.
#[derive(Debug)]
pub(crate) struct Faults {
    seed: u64,
    rules: Mutex<Rules>,
}

#[derive(Debug)]
struct Rules {
    all: Vec<(FaultRule, u64)>,
    since: Instant,
    calls: u64,
}

impl Faults {
    pub(crate) fn new(seed: u64, rules: Vec<FaultRule>) -> Self {
        let faults = Self { seed, rules: Mutex::new(Rules { all: Vec::new(), since: Instant::now(), calls: 0 }) };
        faults.set(rules);
        faults
    }

    /// Puts these rules in place of the ones in force.
    pub(crate) fn set(&self, rules: Vec<FaultRule>) {
        let mut known = self.lock();
        known.all = rules.into_iter().map(|rule| (rule, 0)).collect();
        known.since = Instant::now();
    }

    pub(crate) fn rules(&self) -> Vec<FaultRule> {
        self.lock().all.iter().map(|(rule, _)| rule.clone()).collect()
    }

    /// What happens to a call. Latencies add up; the first error counts.
    pub(crate) fn hit(&self, service: &str, operation: &str, body: &[u8]) -> Hit {
        let mut rules = self.lock();
        rules.calls += 1;
        let (call, elapsed) = (rules.calls, rules.since.elapsed().as_secs_f64());
        let mut hit = Hit::default();
        for (index, (rule, hits)) in rules.all.iter_mut().enumerate() {
            let chance = (mix(self.seed ^ mix(call) ^ index as u64) >> 11) as f64 / (1_u64 << 53) as f64;
            let spent = rule.times.is_some_and(|times| *hits >= times);
            if spent || elapsed < rule.after_s || !rule.concerns(service, operation, body) || chance >= rule.rate {
                continue;
            }
            *hits += 1;
            hit.latency += Duration::from_millis(rule.latency_ms);
            let answer = match (rule.lose_answer, rule.cut_answer) {
                (true, _) => AnswerFault::Lost,
                (false, true) => AnswerFault::Cut,
                _ => AnswerFault::None,
            };
            hit.answer = hit.answer.max(answer);
            if hit.instead.is_none() && (rule.error.is_some() || rule.body.is_some() || rule.status.is_some()) {
                hit.instead = Some(rule.clone());
            }
        }
        hit
    }

    fn lock(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl FaultRule {
    fn concerns(&self, service: &str, operation: &str, body: &[u8]) -> bool {
        let named = |pattern: &str| match pattern.strip_suffix('*') {
            Some(start) => operation.starts_with(start),
            None => operation == pattern,
        };
        self.service.as_deref().is_none_or(|wanted| wanted == service)
            && self.operation.as_deref().map_or(operation != RUN_QUERY, named)
            && self
                .resource
                .as_deref()
                .is_none_or(|text| !text.is_empty() && body.windows(text.len()).any(|window| window == text.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_hits_its_share_and_a_count_its_number() {
        let rule = FaultRule { rate: 0.25, error: Some("X".into()), ..FaultRule::default() };
        let faults = Faults::new(1, vec![rule]);
        let hits = (0..4_000).filter(|_| faults.hit("glue", "GetJob", b"").instead.is_some()).count();
        assert!((800..1_200).contains(&hits), "{hits}");
        let rule = FaultRule {
            operation: Some("Start*".into()),
            resource: Some("User".into()),
            rate: 1.0,
            times: Some(2),
            latency_ms: 5,
            ..FaultRule::default()
        };
        faults.set(vec![rule]);
        let late = |operation, body: &str| faults.hit("glue", operation, body.as_bytes()).latency.as_millis();
        assert_eq!((late("GetJob", "User"), late("StartJobRun", "Order")), (0, 0));
        let times: Vec<_> = (0..4).map(|_| late("StartJobRun", "a User b")).collect();
        assert_eq!(times, [5, 5, 0, 0]);
    }
}
