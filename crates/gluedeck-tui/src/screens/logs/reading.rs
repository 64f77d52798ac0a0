//! Reading: which streams there are, what is asked of them and when, and what comes of it.

use super::stream::{Stream, Wanted};
use super::viewport::LogViewport;
use super::{Draft, LogsState, Open, is_shown};
use crate::flow::Slot;
use crate::flow::effect::{LogRequest, LogRun};
use crate::flow::{Action, Context, Load};
use crate::ui::Scroll;
use gluedeck_core::analysis::log::{Chunk, Filters, Log};
use gluedeck_core::domain::{Fault, LogSource};
use gluedeck_core::request::{self, CompareLogs, FindLogStreams, FoundStreams, GetLogPage, LogPage};
use std::cell::{Cell, RefCell};
use std::time::Duration;

/// How often a stream is asked for more while it is followed, and how often all of them together are at most: the quota
/// is for the whole account, and others read too.
const POLL_INTERVAL: Duration = Duration::from_millis(1_500);
const MIN_POLL_INTERVAL: Duration = Duration::from_millis(200);
/// Streams of a run that has just started appear one by one: they are looked for again this often.
const LOOK_AGAIN: Duration = Duration::from_secs(15);
/// A log of so many events is read whole without being asked for.
const SMALL: usize = 50_000;
/// Records above the cursor from which on older ones are read.
const NEAR: usize = 300;
/// Bytes that are held at most; what is older is read again when it is wanted.
pub(super) const MAX_BYTES: usize = 256 << 20;
/// Streams that are read at once.
const MAX_STREAMS: usize = 60;

impl LogsState {
    /// Opens a log, in place of the one before.
    pub fn show(&mut self, request: LogRequest) -> Vec<Action> {
        let mut actions = Vec::new();
        if let Some(old) = &self.open {
            actions.extend((0..old.streams.len()).map(|n| Action::Abandon(Slot::Log(n))));
            actions.extend((0..old.found.len()).map(|n| Action::Abandon(Slot::LogStreams(n))));
            actions.push(Action::Abandon(Slot::LiveTail));
        }
        let mut streams = Vec::new();
        for (n, run) in request.runs.iter().enumerate() {
            streams.extend(run.sources.iter().map(|source| Stream::new(labelled(source, run), n, false)));
        }
        let many = request.runs.len() > 1;
        for (n, run) in request.runs.iter().enumerate() {
            actions.extend(run.streams_of().map(|of| Action::request(FindLogStreams { number: n, of })));
        }
        let mut viewport = LogViewport::default();
        viewport.follow = !request.failed;
        self.open = Some(Box::new(Open {
            found: request.runs.iter().map(searched).collect(),
            sources: many || streams.len() > 1,
            streams,
            log: Log::default(),
            viewport,
            page: super::Page::Lines,
            selected: 0,
            filters: Vec::new(),
            find: None,
            typing: None,
            complaint: None,
            draft: Draft::default(),
            seeks: false,
            matches: RefCell::default(),
            scroll: Cell::default(),
            errors_only: false,
            noise_hidden: false,
            local_time: false,
            cause: None,
            compared: Load::Idle,
            live: false,
            sampled: false,
            wants_all: many,
            wants_head: false,
            jumped: false,
            touched: false,
            height: Cell::new(0),
            request,
        }));
        actions
    }

    /// Asks for more of each stream whose time has come.
    pub(super) fn read_next(&mut self, context: &Context) -> Vec<Action> {
        let Some(open) = &mut self.open else { return Vec::new() };
        if open.height.get() == 0 {
            // Until a frame has told it.
            open.height.set(Scroll::default().page());
        }
        let mut actions = open.look_again(context);
        let poll_interval = open.poll_interval(context);
        let older = open.wants_older();
        let wall = context.moment.wall;
        for n in 0..open.streams.len() {
            let run = open.streams[n].run;
            let wanted = Wanted {
                forwards: open.request.runs[run].from.is_some(),
                from: open.request.runs[run].from,
                older,
                head: open.wants_head,
                ended: open.ended_of(run, context),
                poll_interval,
            };
            let Some((position, calls)) = open.streams[n].next(n, wanted, &open.log, wall) else { continue };
            let source = open.streams[n].source.clone();
            actions.push(Action::request(GetLogPage { stream: n, source, position, calls }));
        }
        actions
    }

    /// Takes a page of the n-th stream.
    pub fn page(&mut self, n: usize, result: Result<LogPage, Fault>, context: &Context) {
        let Some(open) = &mut self.open else { return };
        let poll_interval = open.poll_interval(context);
        let at = (context.now(), context.moment.wall);
        let Some(stream) = open.streams.get_mut(n) else { return };
        match result {
            Ok(page) => {
                let newer = stream.read_to.is_some() && stream.reads_newer();
                let added = stream.take(n, page, &mut open.log, at, poll_interval);
                open.arrived(added, newer);
            }
            Err(fault) => stream.fail(fault, at.0, at.1, poll_interval),
        }
    }

    /// Takes what is known of a run's groups and streams.
    pub fn streams(&mut self, n: usize, result: Result<FoundStreams, Fault>, context: &Context) {
        let Some(open) = &mut self.open else { return };
        let Some(run) = open.request.runs.get(n).cloned() else { return };
        if let Ok(found) = &result {
            for source in found.groups.iter().filter_map(|(_, sources)| sources.as_ref().ok()).flatten() {
                let known =
                    |stream: &Stream| stream.source.group == source.group && stream.source.stream == source.stream;
                if open.streams.iter().any(known) || open.streams.len() >= MAX_STREAMS {
                    continue;
                }
                open.sources = true;
                let hidden = run.group.is_none() && !is_shown(source.part);
                open.streams.push(Stream::new(labelled(source, &run), n, hidden));
            }
            open.name_sources();
        }
        if let Some(load) = open.found.get_mut(n) {
            load.take(result, context.now());
        }
    }

    /// Takes events that live tail brought; `sampled` if it left some out, and an end with its reason.
    pub fn live(&mut self, events: Vec<((String, String), Chunk)>, sampled: bool) {
        let Some(open) = &mut self.open else { return };
        open.sampled |= sampled;
        for ((group, name), chunk) in events {
            let same = |stream: &Stream| stream.source.stream == name && stream.source.group == group;
            let Some(n) = open.streams.iter().position(|stream| same(stream) && !stream.hidden) else { continue };
            let added = open.streams[n].take_live(n, chunk, &mut open.log);
            open.arrived(added, true);
        }
    }
}

impl Open {
    /// How often a stream is asked for more, so that all together keep within the account's quota.
    fn poll_interval(&self, context: &Context) -> Duration {
        let poll_interval = POLL_INTERVAL.max(MIN_POLL_INTERVAL * self.streams.len() as u32);
        poll_interval.div_f64(context.moment.speed.clamp(1.0, 4.0))
    }

    /// Streams of a run that goes on, or that has none yet, are looked for again.
    fn look_again(&mut self, context: &Context) -> Vec<Action> {
        let mut due = Vec::new();
        for (n, load) in self.found.iter().enumerate() {
            let old = load.at().is_some_and(|at| (context.now() - at).num_seconds() > LOOK_AGAIN.as_secs() as i64);
            let over = self.ended_of(n, context).zip(load.at()).is_some_and(|(ended, read)| read > ended);
            if let (true, false, Some(of)) = (old, over, self.request.runs[n].streams_of()) {
                due.push(FindLogStreams { number: n, of });
            }
        }
        for request in &due {
            self.found[request.number].ask();
        }
        due.into_iter().map(Action::request).collect()
    }

    /// Whether what is older than what is held is wanted: if it is little, if a filter is about all lines, or if the
    /// reader comes near its beginning.
    fn wants_older(&self) -> bool {
        if self.log.bytes() >= MAX_BYTES {
            return false;
        }
        let near = || {
            let at = self.viewport.head(&self.log).and_then(|head| self.log.position(head).ok());
            at.is_some_and(|at| at < NEAR) && !self.viewport.follow
        };
        self.wants_all || self.log.len() < SMALL || near()
    }

    /// More is there; `newer` if it was written after what there was.
    fn arrived(&mut self, added: usize, newer: bool) {
        if !self.viewport.follow && newer {
            self.viewport.unseen += added;
        }
        if self.log.bytes() > MAX_BYTES && self.viewport.follow {
            self.forget_oldest();
        }
        let tails = self.streams.iter().all(Stream::is_at_end);
        let settled = self.streams.iter().all(Stream::is_complete);
        if self.request.failed && tails && !self.log.is_empty() && (!self.jumped || (settled && self.cause.is_none())) {
            let first = !self.jumped;
            self.jumped = true;
            self.find_cause();
            match (&self.cause, first) {
                (Some(found), _) => {
                    let head = found.head;
                    self.viewport.show(&self.log, head, self.height.get());
                }
                (None, true) => {
                    self.viewport.step(&self.log, isize::MAX / 2);
                    self.viewport.cursor = self.viewport.at(&self.log);
                    self.viewport.follow = false;
                }
                (None, false) => {}
            }
            self.viewport.unseen = 0;
        } else if let Some(found) = self.cause.as_ref().filter(|_| self.jumped && !self.touched && added > 0) {
            // Other streams have come in around it.
            let head = found.head;
            self.viewport.show(&self.log, head, self.height.get());
        }
    }

    /// Lets go of the oldest eighth; it is read again when somebody wants it.
    fn forget_oldest(&mut self) {
        let order = self.log.order();
        let Some(first) = order.get(order.len() / 8) else { return };
        let at = self.log.event(*first).at;
        self.log.forget_before(at);
        for stream in &mut self.streams {
            stream.forget_before(at);
        }
        self.wants_all = false;
    }

    /// Tells the filters what the streams are called by now.
    fn name_sources(&mut self) {
        let sources: Vec<String> = self.streams.iter().map(|stream| stream.source.label.clone()).collect();
        let hidden = (0..self.streams.len()).filter(|n| self.streams[*n].hidden).collect();
        let filters = Filters { sources, hidden, ..self.log.filters().clone() };
        self.log.rename_sources(filters);
    }

    /// Compares with the last successful run of the same job.
    pub(super) fn compare(&mut self) -> Vec<Action> {
        self.page = super::Page::Compare;
        self.selected = 0;
        if self.compared.value().is_some() {
            return Vec::new();
        }
        let job = self.request.runs.first().and_then(|run| run.job.clone().zip(run.run.clone()));
        let Some((job, run)) = job.filter(|_| self.request.runs.len() == 1) else {
            self.page = super::Page::Lines;
            return vec![Action::Notice("Only the log of a single job run can be compared".into())];
        };
        self.compared.ask();
        let here = self.log.chunks();
        vec![Action::request(CompareLogs { job, run, here })]
    }

    /// Live tail on, or off again.
    pub(super) fn live_tail(&mut self) -> Vec<Action> {
        self.live = !self.live;
        self.sampled = false;
        if !self.live {
            return vec![Action::Abandon(Slot::LiveTail), Action::Notice("Live tail off: polling instead".into())];
        }
        let sources: Vec<LogSource> =
            self.streams.iter().filter(|stream| !stream.hidden).map(|stream| stream.source.clone()).collect();
        self.viewport.follow = true;
        self.viewport.unseen = 0;
        vec![
            Action::Stream(request::Stream::LiveTail(sources)),
            Action::Notice("Live tail: about 1 s delay; AWS bills it by the minute".into()),
        ]
    }

    /// Live tail has ended, or could not begin.
    pub fn live_ended(&mut self) {
        self.live = false;
        self.streams.iter_mut().for_each(Stream::retry_now);
    }
}

/// What is known of a run's streams before anything was read.
fn searched(run: &LogRun) -> Load<FoundStreams> {
    if run.streams_of().is_some() { Load::Loading } else { Load::Idle }
}

/// With the run's name before the label, where there are several.
fn labelled(source: &LogSource, run: &LogRun) -> LogSource {
    let label = match run.label.is_empty() {
        true => source.label.clone(),
        false => format!("{} {}", run.label, source.label),
    };
    LogSource { label, ..source.clone() }
}
