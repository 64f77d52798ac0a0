//! What has been reported, so that nothing is reported twice: the only memory of a watcher.

use super::event::{Event, EventKind, Reported};
use crate::analysis::check::{Finding, Verdict};
use crate::domain::{Fault, PipelineId, Time};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// So many new problems of one reason are one message.
const ENOUGH_FOR_A_GROUP: usize = 5;
/// What has recovered is remembered for so long, lest it be reported again when an old run comes into view.
const KEPT: TimeDelta = TimeDelta::days(8);

/// What is known to be wrong, by the key of its finding, and what was.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ledger {
    open: BTreeMap<String, Reported>,
    /// When it recovered, or fell out of what is looked back on.
    closed: BTreeMap<String, Time>,
    /// Since when the account cannot be read.
    unreadable: Option<Unreadable>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Unreadable {
    since: Time,
    reason: String,
}

impl Ledger {
    /// What a reading of the account brings that is new: problems, and those that have recovered. `from` is how far back the
    /// reading looked.
    pub fn observe(&mut self, findings: &[Finding], watched: &[Verdict], from: Time, now: Time) -> Vec<Event> {
        let mut events = Vec::new();
        if let Some(unreadable) = self.unreadable.take() {
            events.push(Event::readable(unreadable.since, &unreadable.reason, now));
        }
        let problems = findings.iter().filter(|finding| watched.contains(&finding.verdict));
        let new: Vec<Reported> = problems
            .clone()
            .filter(|finding| !self.open.contains_key(&finding.key) && !self.closed.contains_key(&finding.key))
            .map(|finding| Reported::of(finding, now))
            .collect();
        let present: BTreeSet<&str> = problems.map(|finding| finding.key.as_str()).collect();
        let unknown: BTreeSet<Option<&PipelineId>> = findings
            .iter()
            .filter(|finding| finding.verdict == Verdict::Unknown)
            .map(|finding| finding.pipeline.as_ref())
            .collect();
        let gone: Vec<String> = self
            .open
            .iter()
            .filter(|(key, _)| !present.contains(key.as_str()))
            // Of what could not be read it is not known whether it has recovered.
            .filter(|(_, reported)| !unknown.contains(&reported.pipeline.as_ref()))
            .map(|(key, _)| key.clone())
            .collect();
        for key in gone {
            let Some(reported) = self.open.remove(&key) else { continue };
            self.closed.insert(key, now);
            // What is too old to be seen any more has not recovered by that.
            if reported.at.is_none_or(|at| at >= from) {
                events.push(Event::recovered(reported, now));
            }
        }
        self.closed.retain(|_, at| *at >= now - KEPT);
        self.open.extend(new.iter().map(|reported| (reported.key.clone(), reported.clone())));
        events.extend(grouped(new, now));
        events
    }

    /// The account could not be read. That is reported once for each reason.
    pub fn unreadable(&mut self, fault: &Fault, now: Time) -> Option<Event> {
        let reason = format!("{:?}", fault.kind);
        match &mut self.unreadable {
            Some(known) if known.reason == reason => None,
            known => {
                let since = known.as_ref().map_or(now, |known| known.since);
                *known = Some(Unreadable { since, reason });
                Some(Event::unreadable(fault, since, now))
            }
        }
    }

    /// What is wrong now, as far as it was reported.
    pub fn open(&self) -> impl Iterator<Item = &Reported> {
        self.open.values()
    }
}

/// One event a problem, but one for many of the same reason.
fn grouped(new: Vec<Reported>, now: Time) -> Vec<Event> {
    let mut reasons: Vec<(String, Vec<Reported>)> = Vec::new();
    for reported in new {
        let reason = reported.reason();
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, group)) => group.push(reported),
            None => reasons.push((reason, vec![reported])),
        }
    }
    let mut events = Vec::new();
    for (_, group) in reasons {
        if group.len() >= ENOUGH_FOR_A_GROUP {
            events.push(Event::problem(group, now));
        } else {
            events.extend(group.into_iter().map(|reported| Event::problem(vec![reported], now)));
        }
    }
    debug_assert!(events.iter().all(|event| event.kind == EventKind::Problem));
    events
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FaultKind;

    fn at(text: &str) -> Time {
        text.parse().expect("a time")
    }

    fn problem(key: &str, text: &str) -> Finding {
        let mut finding = Finding::plain(Verdict::Failed, key.to_owned(), text.to_owned());
        finding.pipeline = Some(PipelineId::workflow(key));
        finding.at = Some(at("2026-11-25T03:00:00Z"));
        finding
    }

    fn kinds(events: &[Event]) -> Vec<EventKind> {
        events.iter().map(|event| event.kind).collect()
    }

    const WATCHED: [Verdict; 1] = [Verdict::Failed];

    #[test]
    fn a_problem_is_reported_once_and_once_when_it_has_recovered() {
        let (mut ledger, from, now) = (Ledger::default(), at("2026-11-24T03:05:00Z"), at("2026-11-25T03:05:00Z"));
        let one = [problem("a", "broke")];
        let events = ledger.observe(&one, &WATCHED, from, now);
        assert_eq!(kinds(&events), [EventKind::Problem]);
        assert_eq!(ledger.observe(&one, &WATCHED, from, now), []);
        let saved = serde_json::to_string(&ledger).expect("JSON");
        let mut ledger: Ledger = serde_json::from_str(&saved).expect("a ledger");
        assert_eq!(ledger.observe(&one, &WATCHED, from, now), [], "nor after a restart");
        let events = ledger.observe(&[], &WATCHED, from, now);
        assert_eq!(kinds(&events), [EventKind::Recovered]);
        assert_eq!(ledger.observe(&one, &WATCHED, from, now), [], "nor when it comes into view again");
    }

    #[test]
    fn what_falls_out_of_view_or_cannot_be_read_has_not_recovered() {
        let (mut ledger, now) = (Ledger::default(), at("2026-11-25T03:05:00Z"));
        let all = [problem("a", "broke"), problem("b", "broke too")];
        ledger.observe(&all, &WATCHED, now - TimeDelta::hours(24), now);
        let mut unknown = Finding::plain(Verdict::Unknown, "?".into(), String::new());
        unknown.pipeline = Some(PipelineId::workflow("a"));
        let seen = [unknown, problem("b", "broke too")];
        assert_eq!(ledger.observe(&seen, &WATCHED, now - TimeDelta::hours(24), now), []);
        let later = at("2026-11-26T03:05:00Z");
        assert_eq!(ledger.observe(&[], &WATCHED, later - TimeDelta::hours(24), later), []);
        assert_eq!(ledger.open().count(), 0);
    }

    #[test]
    fn many_problems_of_one_reason_are_one_event() {
        let (mut ledger, now) = (Ledger::default(), at("2026-11-25T03:05:00Z"));
        let mut all: Vec<Finding> = (0..20).map(|n| problem(&format!("w{n}"), "DPU limit exceeded")).collect();
        all.push(problem("x", "another"));
        let events = ledger.observe(&all, &WATCHED, now - TimeDelta::hours(24), now);
        let counts: Vec<usize> = events.iter().map(|event| event.problems.len()).collect();
        assert_eq!(counts, [20, 1]);
        let events = ledger.observe(&all[1..], &WATCHED, now - TimeDelta::hours(24), now);
        assert_eq!(kinds(&events), [EventKind::Recovered]);
    }

    #[test]
    fn an_account_that_cannot_be_read_is_reported_once_a_reason() {
        let (mut ledger, now) = (Ledger::default(), at("2026-11-25T03:05:00Z"));
        let expired = Fault::new(FaultKind::Expired, "ListWorkflows", "the token has expired");
        assert!(ledger.unreadable(&expired, now).is_some());
        assert_eq!(ledger.unreadable(&expired, now), None);
        let unreachable = Fault::new(FaultKind::Unreachable, "ListWorkflows", "no route");
        assert!(ledger.unreadable(&unreachable, now).is_some());
        let events = ledger.observe(&[], &WATCHED, now, now);
        assert_eq!(kinds(&events), [EventKind::Readable]);
        assert_eq!(ledger.observe(&[], &WATCHED, now, now), []);
    }
}
