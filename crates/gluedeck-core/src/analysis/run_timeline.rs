//! A night: all runs that started on a day, as bars in time, and the DPUs that they held.

use super::cells::{CellState, of_state};
use super::history::History;
use super::layers::{self, Layer};
use crate::domain::{Attempt, Pipeline, PipelineId, PipelineRun, StepState, Time};
use chrono::{NaiveDate, NaiveTime};
use std::collections::BTreeSet;

/// A run in time.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar<'c> {
    pub workflow: &'c Pipeline,
    pub run: &'c PipelineRun,
    /// In the order of their starts.
    pub pieces: Vec<Piece>,
}

/// A job run or crawl in time.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    pub from: Time,
    /// Its end, or now.
    pub to: Time,
    pub layer: Option<Layer>,
    pub state: CellState,
    /// Held from start to end.
    pub dpu: f64,
}

/// All runs that are known of a workflow, the last one as it is now.
fn runs<'c>(workflow: &'c Pipeline, history: Option<&'c History>) -> impl Iterator<Item = &'c PipelineRun> {
    let last = workflow.last_run.as_ref();
    let earlier = history.into_iter().flat_map(|history| &history.past_runs).map(|night| &night.run);
    earlier.filter(move |run| Some(&run.id) != last.map(|run| &run.id)).chain(last)
}

/// The days on which a run of these started, oldest first.
pub fn days<'c>(all: &[&'c Pipeline], history: impl Fn(&PipelineId) -> Option<&'c History>) -> Vec<NaiveDate> {
    let started =
        all.iter().flat_map(|workflow| runs(workflow, history(&workflow.id))).filter_map(|run| run.started_on);
    started.map(|at| at.date_naive()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The runs that started on a day, or before it and went on into it, by workflow in the order given, each workflow's by
/// start.
pub fn of_day<'c>(
    day: NaiveDate,
    all: &[&'c Pipeline],
    history: impl Fn(&PipelineId) -> Option<&'c History>,
    now: Time,
) -> Vec<Bar<'c>> {
    let mut bars = Vec::new();
    for workflow in all {
        let ends = |run: &PipelineRun| if run.status.is_active() { Some(now) } else { run.completed_on };
        let goes_on = |run: &PipelineRun| ends(run).is_some_and(|end| end.date_naive() >= day);
        let on_day = |run: &&PipelineRun| {
            run.started_on.is_some_and(|at| at.date_naive() == day || (at.date_naive() < day && goes_on(run)))
        };
        let mut found: Vec<_> = runs(workflow, history(&workflow.id)).filter(on_day).collect();
        found.sort_by_key(|run| run.started_on);
        let midnight = day.and_time(NaiveTime::MIN).and_utc();
        bars.extend(found.into_iter().map(|run| Bar { workflow, run, pieces: pieces(run, midnight, now) }));
    }
    bars
}

/// Of the day that begins at `midnight`: what began before it begins with it.
fn pieces(run: &PipelineRun, midnight: Time, now: Time) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = run
        .own_attempts()
        .filter_map(|(step, attempt)| {
            let from = attempt.started_on?;
            let to = end(attempt, from, now);
            // What waits holds nothing, and FLEX runs draw on other capacity.
            let held = attempt.state.holds_capacity() || (to > from && attempt.state != StepState::Waiting);
            let dpu = attempt.dpu.filter(|_| held && !attempt.flex).unwrap_or(0.0);
            let from = from.max(midnight).min(to);
            Some(Piece { from, to, layer: layers::layer(&step.target), state: of_state(&attempt.state), dpu })
        })
        .collect();
    pieces.sort_by_key(|piece| piece.from);
    pieces
}

fn end(attempt: &Attempt, from: Time, now: Time) -> Time {
    let open = if attempt.state.is_active() { now.max(from) } else { from };
    attempt.completed_on.unwrap_or(open)
}

/// From the first start to the last end.
pub fn span(bars: &[Bar<'_>], now: Time) -> Option<(Time, Time)> {
    // A run of the day before begins with the day.
    let start = |bar: &Bar<'_>| {
        let (at, piece) = (bar.run.started_on?, bar.pieces.first().map(|piece| piece.from));
        piece.filter(|from| at.date_naive() < from.date_naive()).or(Some(at))
    };
    let first = bars.iter().filter_map(start).min()?;
    let open = |run: &PipelineRun| if run.status.is_active() { Some(now) } else { run.completed_on };
    let ends = bars.iter().flat_map(|bar| bar.pieces.iter().map(|piece| piece.to).chain(open(bar.run)));
    Some((first, ends.max().unwrap_or(first).max(first)))
}

/// DPUs that the runs held at a moment.
pub fn dpu_at(bars: &[Bar<'_>], at: Time) -> f64 {
    let pieces = bars.iter().flat_map(|bar| &bar.pieces);
    pieces.filter(|piece| piece.from <= at && at < piece.to).map(|piece| piece.dpu).sum::<f64>() + 0.0
}
