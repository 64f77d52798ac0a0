//! CloudWatch Logs: the lines that the runs wrote, a pure function of what the runs did.

mod continuous;
mod lines;
mod page;
pub(crate) mod pattern;

use super::control::{Control, JobRun, Time};
use chrono::TimeDelta;
use std::sync::Arc;

/// Standard output of Spark jobs (Glue 4.0).
pub(crate) const OUTPUT: &str = "/aws-glue/jobs/output";
/// Logs and standard error of Spark jobs (Glue 4.0).
pub(crate) const ERROR: &str = "/aws-glue/jobs/error";
/// Continuous logging up to Glue 4.0: driver, executors, progress bar, job insights.
pub(crate) const CONTINUOUS: &str = "/aws-glue/jobs/logs-v2";
/// One stream a crawler, shared by all its crawls.
pub(crate) const CRAWLERS: &str = "/aws-glue/crawlers";

pub(crate) const GROUPS: [&str; 4] = [CRAWLERS, ERROR, CONTINUOUS, OUTPUT];

/// The longest that an event takes to arrive.
pub(crate) const MAX_INGESTION_DELAY: TimeDelta = TimeDelta::seconds(60);

/// One log event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogEvent {
    pub(crate) at: Time,
    pub(crate) ingested: Time,
    pub(crate) message: String,
}

/// A stream's events in the order in which they arrive, so that what has arrived is always a prefix.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stream {
    head: Vec<LogEvent>,
    bulk: Option<Bulk>,
    tail: Vec<LogEvent>,
}

/// Very many lines, spread evenly over a time; a line is made when it is read.
#[derive(Debug, Clone)]
struct Bulk {
    count: usize,
    from: Time,
    span: TimeDelta,
    /// What the lines say, in turn; what a job that writes records would, if nothing is given.
    texts: Arc<[String]>,
}

/// How long a line of a bulk takes to arrive.
const BULK_DELAY: TimeDelta = TimeDelta::milliseconds(1_500);

impl Bulk {
    fn at(&self, index: usize) -> Time {
        let millis = self.span.num_milliseconds() as i128 * index as i128 / self.count.max(1) as i128;
        self.from + TimeDelta::milliseconds(millis as i64)
    }

    fn message(&self, index: usize) -> String {
        if !self.texts.is_empty() {
            return self.texts[index % self.texts.len()].clone();
        }
        let at = self.at(index).format("%y/%m/%d %H:%M:%S");
        format!("{at} INFO RecordWriter: record {index} of {} written to partition {}", self.count, index % 64)
    }
}

impl Stream {
    /// A stream of events in any order.
    fn of(mut events: Vec<LogEvent>) -> Self {
        // Stable, so lines of one moment stay in the order in which they were written.
        events.sort_by_key(|event| event.ingested);
        Self { head: events, ..Self::default() }
    }

    /// Puts very many lines between those before `from` and those after it.
    fn with_bulk(mut self, (count, texts): (usize, Arc<[String]>), from: Time, to: Time) -> Self {
        let at = self.head.iter().position(|event| event.at > from).unwrap_or(self.head.len());
        self.tail = self.head.split_off(at);
        for event in &mut self.tail {
            event.ingested = event.ingested.max(to + BULK_DELAY);
        }
        self.bulk = Some(Bulk { count, from, span: to - from, texts });
        self
    }

    fn bulk_len(&self) -> usize {
        self.bulk.as_ref().map_or(0, |bulk| bulk.count)
    }

    /// How many events have arrived by `now`.
    pub(crate) fn arrived(&self, now: Time) -> usize {
        self.first(|times| times.1 > now)
    }

    /// The first event that is as wanted, for a condition that holds from some event on; the number of events if none is.
    pub(crate) fn first(&self, wanted: impl Fn((Time, Time)) -> bool) -> usize {
        let (mut low, mut high) = (0, self.head.len() + self.bulk_len() + self.tail.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if wanted(self.times(middle)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    /// When an event happened and when it arrived.
    pub(crate) fn times(&self, index: usize) -> (Time, Time) {
        let of = |event: &LogEvent| (event.at, event.ingested);
        if index < self.head.len() {
            return of(&self.head[index]);
        }
        let index = index - self.head.len();
        match &self.bulk {
            Some(bulk) if index < bulk.count => (bulk.at(index), bulk.at(index) + BULK_DELAY),
            _ => of(&self.tail[index - self.bulk_len()]),
        }
    }

    pub(crate) fn event(&self, index: usize) -> LogEvent {
        if index < self.head.len() {
            return self.head[index].clone();
        }
        let index = index - self.head.len();
        match &self.bulk {
            Some(bulk) if index < bulk.count => {
                LogEvent { at: bulk.at(index), ingested: bulk.at(index) + BULK_DELAY, message: bulk.message(index) }
            }
            _ => self.tail[index - self.bulk_len()].clone(),
        }
    }
}

/// A stream's name, and when its first event happened and its last one may arrive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StreamSpan {
    pub(crate) name: String,
    pub(crate) from: Time,
    pub(crate) to: Time,
}

/// The streams of a group whose name starts with `prefix`, in the order of their names.
pub(crate) fn streams(control: &Control, group: &str, prefix: &str, now: Time) -> Vec<StreamSpan> {
    let mut found: Vec<StreamSpan> = match group {
        CRAWLERS => {
            let crawlers = control.crawlers.values().filter(|crawler| crawler.name.starts_with(prefix));
            let spans = crawlers.filter_map(|crawler| {
                let (first, last) = (crawler.crawls.first()?, crawler.crawls.last()?);
                let to = last.completed.unwrap_or(last.plan.end) + MAX_INGESTION_DELAY;
                Some(StreamSpan { name: crawler.name.clone(), from: first.started, to })
            });
            spans.collect()
        }
        _ => {
            let runs = control.jobs.values().flat_map(|job| job.runs.iter().map(move |run| (job, run)));
            // A stream's name begins with its run's id.
            let near = runs.filter(|(_, run)| run.id.starts_with(prefix) || prefix.starts_with(&run.id));
            let written = near.filter(|(_, run)| has_log(run, now));
            let named = written.flat_map(|(job, run)| {
                let to = run.completed.unwrap_or(run.plan.end) + MAX_INGESTION_DELAY;
                let names = lines::stream_names(group, job, run, now).into_iter();
                names.map(move |name| StreamSpan { name, from: run.plan.running, to })
            });
            named.filter(|span| span.name.starts_with(prefix)).collect()
        }
    };
    found.sort();
    found
}

/// A stream by name; `None` where there is none yet.
pub(crate) fn stream(control: &Control, group: &str, name: &str, now: Time) -> Option<Stream> {
    if group == CRAWLERS {
        let crawler = control.crawlers.get(name).filter(|crawler| !crawler.crawls.is_empty())?;
        return Some(lines::of_crawler(control, crawler));
    }
    let runs = control.jobs.values().flat_map(|job| job.runs.iter().rev().map(move |run| (job, run)));
    let mut mine = runs.filter(|(_, run)| name.starts_with(&run.id));
    let (job, run) =
        mine.find(|(job, run)| lines::stream_names(group, job, run, now).iter().any(|known| known == name))?;
    has_log(run, now).then(|| lines::of_stream(control, group, job, run, name))
}

/// A run that never got capacity has no container, so nobody wrote a line.
fn has_log(run: &JobRun, now: Time) -> bool {
    run.plan.running <= now && run.state != "WAITING" && run.completed.is_none_or(|completed| completed > run.started)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bulk_stands_between_head_and_tail_and_arrives_in_order() {
        let start = Time::from_timestamp(1_800_000_000, 0).expect("a time");
        let event = |seconds: i64| LogEvent {
            at: start + TimeDelta::seconds(seconds),
            ingested: start + TimeDelta::seconds(seconds + 1),
            message: format!("line at {seconds}"),
        };
        let (from, to) = (start + TimeDelta::seconds(10), start + TimeDelta::seconds(20));
        let stream = Stream::of(vec![event(25), event(0), event(5)]).with_bulk((1_000, Arc::default()), from, to);
        assert_eq!(stream.arrived(start), 0);
        assert_eq!(stream.arrived(start + TimeDelta::hours(1)), 1_003);
        assert_eq!(stream.event(2).message.split(' ').nth(5), Some("0"));
        assert_eq!(stream.event(1_002).message, "line at 25");
        let arrivals: Vec<Time> = (0..1_003).map(|index| stream.times(index).1).collect();
        assert!(arrivals.is_sorted());
        let half = stream.arrived(start + TimeDelta::seconds(15) + BULK_DELAY);
        assert!((500..=504).contains(&half), "{half}");
    }
}
