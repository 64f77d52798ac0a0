//! Painting a row of the board, and which columns there is room for.

use super::Shown;
use super::groups::Group;
use super::rows::{dpu_held, is_off};
use crate::flow::Context;
use crate::ui::text::{clean, cut, width};
use crate::ui::{Look, Role, Row};
use chrono::NaiveDate;
use gluedeck_core::analysis::cells::{Cell, CellState, cells};
use gluedeck_core::analysis::layers::{self, Column};
use gluedeck_core::analysis::reason::{Severity, duration, is_slow};
use gluedeck_core::analysis::{Outcome, PastRun, outcome};
use gluedeck_core::domain::{Pipeline, PipelineId, PipelineKind, Target, Time};
use ratatui::text::Line;

pub(super) const HISTORY_DAYS: usize = 14;
/// Of a job: `Python shell 3.9`, and `G.1X×10 FLEX`.
const TYPE: usize = 18;
const WORKERS: usize = 14;

/// Which columns there is room for, how wide each is (0: not shown), and what all rows share.
#[derive(Debug)]
pub(super) struct Shape {
    /// Of the environment's name; 0 with one place only.
    pub(super) environment: usize,
    name: usize,
    /// Cells of one trigger.
    pub(super) cell: usize,
    /// Columns that most workflows share, if they do.
    pub(super) common: Option<Vec<Column>>,
    /// Whether there is more than workflows.
    pub(super) mixed: bool,
    /// Of what a job or crawler that stands alone is; 0 if there is none.
    kind: usize,
    /// Whether there are triggers that follow each other.
    pub(super) has_triggers: bool,
    /// The kind of all pipelines, if they are of one.
    pub(super) only: Option<PipelineKind>,
    /// Triggers that are shown, at most; the last cell stands for all that follow.
    triggers: usize,
    pub(super) started: usize,
    pub(super) took: usize,
    pub(super) usual: usize,
    pub(super) dpu: usize,
    pub(super) cost: usize,
    pub(super) days: usize,
    pub(super) next: usize,
    /// Over the runs, which of workflows are nights.
    pub(super) runs_title: &'static str,
    longest_run_seconds: i64,
    newest: Option<NaiveDate>,
}

impl Shape {
    /// The shape for so many cells. The name, the cells and the reason keep their room; columns go by importance.
    pub(super) fn of(places: &[&Context], cells: usize) -> Self {
        let workflows = || places.iter().flat_map(|place| place.pipelines());
        let longest = workflows().map(|w| width(&clean(w.short_name()))).max().unwrap_or(8);
        let most = workflows().map(|w| w.triggers.len()).max().unwrap_or(0);
        let narrow = cells < 110;
        let room = if cells < 100 {
            8
        } else if cells < 160 {
            14
        } else {
            24
        };
        let grouped = super::groups::is_grouped(places);
        let first = workflows().next().map(|w| w.id.kind());
        let alone = workflows().filter(|w| matches!(w.id, PipelineId::Alone(_))).count();
        let started = workflows().filter_map(|w| w.last_run.as_ref()?.started_on);
        let environment = match places.len() {
            0 | 1 => 0,
            _ => {
                places.iter().map(|place| width(&clean(&place.session.environment))).max().unwrap_or(0).clamp(3, 10) + 2
            }
        };
        let mut shape = Self {
            environment,
            // The headings of groups stand over the names.
            name: longest.clamp(if grouped { 18 } else { 8 }, if narrow { 20 } else { 32 }),
            cell: if narrow || most > 10 { 2 } else { 3 },
            common: layers::common_columns(workflows()),
            mixed: first.is_some_and(|kind| kind != PipelineKind::Workflow || workflows().any(|w| w.id.kind() != kind)),
            kind: match (alone, narrow) {
                (0, _) => 0,
                (_, true) => 13,
                (_, false) => TYPE + WORKERS,
            },
            has_triggers: alone < workflows().count(),
            only: first.filter(|kind| workflows().all(|w| w.id.kind() == *kind)),
            triggers: most.min(room),
            started: 10,
            took: 9,
            usual: 9,
            dpu: 6,
            cost: 8,
            days: HISTORY_DAYS + 2,
            next: 8,
            runs_title: match workflows().filter(|w| w.id.as_workflow().is_some()).count() {
                0 => "LAST 14 RUNS",
                count if count == workflows().count() => "LAST 14 NIGHTS",
                _ => "LAST 14",
            },
            longest_run_seconds: places.iter().map(|place| place.longest_run_seconds()).max().unwrap_or(1),
            newest: started.map(|at| at.date_naive()).max(),
        };
        shape.drop_columns(cells);
        shape
    }

    /// Leaves out what there is no room for, what is least important first.
    fn drop_columns(&mut self, cells: usize) {
        for column in 0..7 {
            // A whole reason is worth more than what the last columns tell.
            let min_cells = match column {
                0..=2 => 62,
                _ if cells < 100 => 30,
                _ => 38,
            };
            if self.before_why() + min_cells <= cells {
                break;
            }
            match column {
                0 => self.next = 0,
                1 => self.usual = 0,
                2 => self.cost = 0,
                3 => self.days = 0,
                4 => self.started = 0,
                5 => self.dpu = 0,
                _ => self.took = 0,
            }
        }
    }

    pub(super) fn name_end(&self) -> usize {
        3 + self.environment + self.name + 2
    }

    /// The column where the n-th trigger's cell begins.
    pub(super) fn cell_at(&self, n: usize) -> usize {
        let changes = match &self.common {
            Some(columns) => (1..=n.min(columns.len().saturating_sub(1)))
                .filter(|&i| columns[i].layer != columns[i - 1].layer)
                .count(),
            None => 0,
        };
        self.name_end() + n * self.cell + changes * self.layer_gap()
    }

    /// Blanks between two layers: enough for the title of a layer of two steps.
    pub(super) fn layer_gap(&self) -> usize {
        if self.cell == 2 { 3 } else { 2 }
    }

    pub(super) fn cells_end(&self) -> usize {
        let cells = self.cell_at(self.triggers.saturating_sub(1)) + self.cell.max(3) + 1;
        cells.max(self.name_end() + self.kind)
    }

    /// Cells for what a job or crawler that stands alone is, and of these the cells of a job's type.
    fn alone_room(&self) -> usize {
        self.cells_end().saturating_sub(self.name_end() + 1)
    }

    fn alone_split(&self) -> usize {
        let room = self.alone_room();
        if room < TYPE + WORKERS / 2 { room } else { TYPE }
    }

    fn before_why(&self) -> usize {
        let columns = [self.started, self.took, self.usual, self.dpu, self.cost, self.days, self.next];
        self.cells_end() + columns.iter().sum::<usize>()
    }
}

/// A row; `mark` stands before it.
pub(super) fn row(
    shown: Shown<'_>,
    look: &Look,
    shape: &Shape,
    width: usize,
    (selected, mark): (bool, &'static str),
) -> Line<'static> {
    let Shown { context, workflow } = shown;
    let mut row = Row::new(look, width);
    let outcome = outcome::of_pipeline(workflow);
    let off = is_off(workflow);
    let (glyph, role) = if off { (look.glyphs.off(), Role::Off) } else { look.glyphs.outcome(outcome) };
    let name_role = match outcome {
        Outcome::Failed => Role::Strong,
        _ if off => Role::Dim,
        _ => Role::Text,
    };
    row.text(Role::Key, mark).text(role, glyph).gap(1);
    if shape.environment > 0 {
        let role = if context.session.is_production() { Role::Bad } else { Role::Mode };
        row.cell(role, &clean(&context.session.environment), shape.environment - 1).gap(1);
    }
    row.cell(name_role, &clean(workflow.short_name()), shape.name);
    if context.differences(workflow) > 0 {
        row.text(Role::Warning, look.glyphs.drift());
    }
    match &workflow.id {
        PipelineId::Alone(target) => alone_cells(&mut row, workflow, target, shape),
        _ => trigger_cells(&mut row, shown, shape, look),
    }
    row.to(shape.cells_end());
    figures(&mut row, shown, shape);
    if shape.days > 0 {
        days(&mut row, shown, shape, look);
        row.gap(2);
    }
    if shape.next > 0 {
        let next = context.next_start(workflow).map(|at| at.format("%H:%MZ").to_string());
        row.cell(Role::Dim, &next.unwrap_or_else(|| "—".to_owned()), shape.next);
    }
    if let Some(reason) = context.reason(workflow) {
        let role = match reason.severity {
            Severity::Bad => Role::Bad,
            Severity::Warning => Role::Warning,
            Severity::Plain => Role::Dim,
        };
        let text = cut(&clean(&reason.text), row.left().saturating_sub(1));
        row.text(role, &text);
    }
    if selected { row.selected() } else { row.line() }
}

/// The heading of a group: what is in it, and the titles of the columns that only its rows have.
pub(super) fn group_row(group: &Group, look: &Look, shape: &Shape, width: usize, selected: bool) -> Line<'static> {
    let mut row = Row::new(look, width);
    let fold = if group.folded { look.glyphs.pick("▸", ">") } else { look.glyphs.pick("▾", "v") };
    row.gap(1).text(Role::Key, fold).gap(1).text(Role::Strong, group.kind.plural());
    row.text(Role::Dim, &format!(" {}", group.count));
    row.to(shape.name_end());
    kind_titles(&mut row, shape, group.kind);
    row.to(shape.cells_end());
    for (count, outcome) in [(group.failed, Outcome::Failed), (group.running, Outcome::Running)] {
        let (glyph, role) = look.glyphs.outcome(outcome);
        if count > 0 {
            row.text(role, &format!("{glyph} {count} {}", outcome.title())).gap(2);
        }
    }
    if selected { row.selected() } else { row.line() }
}

/// Titles over what the rows of a kind have between name and figures, where that is not the triggers.
pub(super) fn kind_titles(row: &mut Row<'_>, shape: &Shape, kind: PipelineKind) {
    match kind {
        PipelineKind::Job => titles(row, shape, ["TYPE", "WORKERS"]),
        PipelineKind::Crawler => titles(row, shape, ["SCHEDULE", ""]),
        PipelineKind::Chain => _ = row.text(Role::Dim, "TRIGGERS"),
        PipelineKind::Workflow => {}
    }
}

/// Titles over what jobs and crawlers that stand alone show in place of triggers.
fn titles(row: &mut Row<'_>, shape: &Shape, [first, second]: [&str; 2]) {
    row.cell(Role::Dim, first, shape.alone_split());
    if shape.alone_room() > shape.alone_split() {
        row.text(Role::Dim, second);
    }
}

/// What a job is, or when a crawler runs.
fn alone_cells(row: &mut Row<'_>, workflow: &Pipeline, target: &Target, shape: &Shape) {
    let (room, split) = (shape.alone_room(), shape.alone_split());
    row.to(shape.name_end());
    match (target, &workflow.job) {
        (Target::Job(_), Some(job)) if room > split => {
            row.cell(Role::Dim, &clean(&job.type_title()), split);
            row.text(Role::Dim, &cut(&clean(&job.capacity_title()), room.saturating_sub(split)));
        }
        (Target::Job(_), Some(job)) => {
            let whole = clean(&job.type_title());
            let fitting = if width(&whole) > room { clean(job.title()) } else { whole };
            row.text(Role::Dim, &cut(&fitting, room));
        }
        (Target::Job(_), None) => _ = row.text(Role::Dim, "…"),
        (Target::Crawler(_), _) => {
            let schedule = workflow.triggers.iter().find_map(|trigger| trigger.schedule.as_deref());
            row.text(Role::Dim, &cut(&clean(schedule.unwrap_or("none")), room));
        }
    }
}

/// One cell a trigger; one that starts several things has their number beside it. What does not fit is one cell, the
/// worst of all, and their number.
fn trigger_cells(row: &mut Row<'_>, shown: Shown<'_>, shape: &Shape, look: &Look) {
    let all = cells(shown.workflow);
    let common = shape.common.as_deref();
    let own = || layers::columns(shown.workflow);
    // What is of another shape than the others stands close together: under their titles it would be read as theirs.
    let places = common.map(|common| layers::places(&own(), common));
    let at = |n: usize| match &places {
        Some(Some(places)) => shape.cell_at(places.get(n).copied().unwrap_or(n)),
        Some(None) => shape.name_end() + 2 * n,
        None => shape.cell_at(n),
    };
    let fits = all.len() <= shape.triggers;
    let single = if fits { all.len() } else { shape.triggers.saturating_sub(1) };
    for (n, cell) in all.iter().take(single).enumerate() {
        let (glyph, role) = look.glyphs.cell(&cell.state);
        row.to(at(n));
        match shown.context.just_changed(shown.workflow, n) {
            true => row.styled(look.theme.style(role).patch(look.theme.style(Role::Changed)), glyph),
            false => row.text(role, glyph),
        };
        if cell.targets > 1 && (shape.cell > 2 || shape.common.is_none()) {
            let count = if cell.targets > 9 { "+".to_owned() } else { cell.targets.to_string() };
            row.text(Role::Dim, &count);
        }
    }
    let rest: Vec<&Cell> = all.iter().skip(single).collect();
    if let Some(worst) = rest.iter().map(|cell| &cell.state).max_by_key(|state| badness(state)) {
        let (glyph, role) = look.glyphs.cell(worst);
        row.to(at(single)).text(role, glyph).text(Role::Dim, &format!("+{}", rest.len().min(99)));
    }
}

/// What one must not overlook comes first.
fn badness(state: &CellState) -> u8 {
    match state {
        CellState::Failed | CellState::TimedOut => 9,
        CellState::Stopped => 8,
        CellState::Stopping => 7,
        CellState::Held => 6,
        CellState::Running => 5,
        CellState::Starting => 4,
        CellState::Off => 3,
        CellState::Unknown => 2,
        CellState::Waiting | CellState::NotReached => 1,
        CellState::Succeeded => 0,
    }
}

/// STARTED, TOOK, USUAL, DPU, COST.
fn figures(row: &mut Row<'_>, Shown { context, workflow }: Shown<'_>, shape: &Shape) {
    let run = workflow.last_run.as_ref().filter(|_| !is_off(workflow));
    let none = || "—".to_owned();
    if shape.started > 0 {
        let today = |at: Time| (context.now() - at).num_hours() < 20;
        let text = match run.and_then(|run| run.started_on) {
            None => none(),
            Some(at) if today(at) => at.format("%H:%M:%S").to_string(),
            Some(at) => at.format("%-d %b").to_string(),
        };
        row.cell(Role::Dim, &text, shape.started);
    }
    if shape.took > 0 {
        let took = run.and_then(|run| run.elapsed_seconds(context.now()));
        row.right(Role::Text, &took.map_or_else(none, duration), shape.took - 2).gap(2);
    }
    if shape.usual > 0 {
        let usual = context.history(&workflow.id).and_then(|history| history.usual_seconds);
        row.right(Role::Dim, &usual.map_or_else(none, duration), shape.usual - 2).gap(2);
    }
    if shape.dpu > 0 {
        let held = dpu_held(workflow);
        let (role, text) = if held > 0.0 { (Role::Text, held.to_string()) } else { (Role::Dim, "·".to_owned()) };
        row.right(role, &text, shape.dpu - 2).gap(2);
    }
    if shape.cost > 0 {
        let cost = run.and_then(|run| run.cost(context.now(), &context.prices()));
        row.right(Role::Dim, &cost.map_or_else(none, |cost| format!("${cost:.2}")), shape.cost - 2).gap(2);
    }
}

/// A bar a night by its length against the longest of all workflows, a glyph for one that was not good, a dot for a night
/// without a run. All workflows have the same days; the last column is the newest of any. Of the others, which may run at
/// any time, the last runs.
fn days(row: &mut Row<'_>, shown: Shown<'_>, shape: &Shape, look: &Look) {
    let Shown { context, workflow } = shown;
    let Some(history) = context.history(&workflow.id) else {
        row.cell(Role::Dim, "…", HISTORY_DAYS);
        return;
    };
    let is_workflow = workflow.id.as_workflow().is_some();
    // What may run many times a day is compared with itself.
    let longest = match is_workflow {
        true => shape.longest_run_seconds,
        false => history.past_runs.iter().filter_map(|past| past.seconds).max().unwrap_or(1).max(1),
    };
    for back in (0..HISTORY_DAYS).rev() {
        let date = shape.newest.and_then(|newest| newest.checked_sub_days(chrono::Days::new(back as u64)));
        let on = |past: &&PastRun| past.run.started_on.map(|at| at.date_naive()) == date;
        let past = match is_workflow {
            true => history.past_runs.iter().rfind(on),
            false => history.past_runs.iter().nth_back(back),
        };
        let Some(past) = past else {
            row.text(Role::Dim, look.glyphs.bar(0));
            continue;
        };
        let last = workflow.last_run.as_ref().filter(|run| run.id == past.run.id);
        let outcome = last.map_or(past.outcome, |_| outcome::of_pipeline(workflow));
        if outcome == Outcome::Succeeded {
            // A run that has just ended is longer than it was when its history was read.
            let seconds = last.and_then(|run| run.elapsed_seconds(context.now())).or(past.seconds).unwrap_or(0);
            let slow = history.usual_seconds.is_some_and(|usual| is_slow(seconds, usual));
            let level = seconds * 6 / longest + 1;
            row.text(if slow { Role::Warning } else { Role::Dim }, look.glyphs.bar(level as usize));
        } else {
            let (glyph, role) = look.glyphs.outcome(outcome);
            row.text(role, glyph);
        }
    }
}
