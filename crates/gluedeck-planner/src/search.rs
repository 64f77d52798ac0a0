//! The search for starts: list scheduling, justification to the right and back, and a search over orders with a fixed
//! amount of work, so that the same input gives the same plan.

use super::dpu::Dpu;
use super::timeline::{Profile, Timeline};

/// What is to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    pub profile: Profile,
    /// Second before which it may not start.
    pub not_before: u32,
    /// Second by which it should have ended.
    pub done_by: Option<u32>,
    /// Lower goes first; within a class the order is free.
    pub class: u32,
    /// A start that somebody has decided.
    pub fixed: Option<u32>,
}

/// A problem: tasks under a limit, above what is held anyway.
#[derive(Debug, Clone)]
pub struct Problem {
    pub tasks: Vec<Task>,
    pub limit: Dpu,
    /// Starts are multiples of this many seconds.
    pub grid: u32,
    /// What other runs hold.
    pub base: Timeline,
}

/// Starts of the tasks, in their order.
pub type Starts = Vec<u32>;

/// How good a plan is: seconds too late, the last end, the sum of ends. Less is better.
type Score = (u64, u32, u64);

/// How much work a search does: steps of timelines looked at. About half a second in an optimised build.
pub const EFFORT: u64 = 60_000_000;

/// Orders that are tried at the least, however large the problem.
const MIN_ORDERS: u32 = 4;

struct Search<'p> {
    problem: &'p Problem,
    visits: u64,
    effort: u64,
}

/// Finds starts that keep within the limit at every second and end as early as the search can find. Every task's peak
/// must be within the limit.
pub fn search(problem: &Problem, effort: u64) -> Starts {
    let mut search = Search { problem, visits: 0, effort };
    let mut best = search.best_of_heuristics();
    let bound = lower_bound(problem);
    let movable: Vec<usize> = (0..problem.tasks.len()).filter(|n| problem.tasks[*n].fixed.is_none()).collect();
    if movable.len() < 2 {
        return best.1;
    }
    let mut chance = Chance(0x5EED);
    let mut current = best.clone();
    let (mut tries, mut since_best) = (0, 0_u32);
    while search.visits < search.effort || tries < MIN_ORDERS {
        if best.0.0 == 0 && best.0.1 <= bound {
            break;
        }
        tries += 1;
        since_best += 1;
        let mut order = search.order_by_start(&current.1);
        chance.disturb(&mut order, problem, &current.1);
        let late = chance.latecomer(problem, &current.1);
        let mut found = search.scheduled_with(&order, late);
        if late.is_some() {
            found = search.moved_left(found);
        } else if found.0.1 <= best.0.1 + best.0.1 / 50 {
            found = search.justified(found);
        }
        if found.0 < best.0 {
            best = found.clone();
            since_best = 0;
        }
        // A little worse is taken now and then, so that the search does not stay where it is.
        let (late, end, _) = found.0;
        if found.0 <= current.0 || (late == current.0.0 && end <= current.0.1 + current.0.1 / 200) {
            current = found;
        }
        if since_best > 400 {
            current = best.clone();
            since_best = 0;
        }
    }
    best.1
}

impl Search<'_> {
    /// The best of the usual orders.
    fn best_of_heuristics(&mut self) -> (Score, Starts) {
        let tasks = &self.problem.tasks;
        let keys: [fn(&Task) -> u64; 5] = [
            |task| task.profile.area(),
            |task| u64::from(task.profile.length),
            |task| task.profile.peak().sixteenths(),
            |task| task.profile.peak().over(u64::from(task.profile.length)),
            |task| task.profile.pieces.first().map_or(0, |piece| piece.dpu.sixteenths()),
        ];
        let mut best: Option<(Score, Starts)> = None;
        for key in keys {
            let mut order: Vec<usize> = (0..tasks.len()).collect();
            order.sort_by_key(|n| {
                (tasks[*n].class, tasks[*n].done_by.unwrap_or(u32::MAX), std::cmp::Reverse(key(&tasks[*n])), *n)
            });
            let found = self.scheduled(&order);
            let found = self.justified(found);
            if best.as_ref().is_none_or(|best| found.0 < best.0) {
                best = Some(found);
            }
            if self.visits > self.effort {
                break;
            }
        }
        best.unwrap_or_default()
    }

    /// Places the tasks in an order, each as early as it fits.
    fn scheduled(&mut self, order: &[usize]) -> (Score, Starts) {
        self.scheduled_with(order, None)
    }

    /// The same, with one task that is not to start before a second: no order alone leads to plans in which a task
    /// leaves room for one after it.
    fn scheduled_with(&mut self, order: &[usize], late: Option<(usize, u32)>) -> (Score, Starts) {
        let problem = self.problem;
        let (mut timeline, mut starts) = self.with_fixed();
        for &n in order {
            let task = &problem.tasks[n];
            if task.fixed.is_none() {
                let (limit, grid) = (problem.limit, problem.grid);
                let from = late.filter(|(late, _)| *late == n).map_or(0, |(_, from)| from).max(task.not_before);
                starts[n] = timeline.earliest(&task.profile, from, limit, grid, &mut self.visits);
                timeline.add(&task.profile, starts[n]);
            }
        }
        (score(problem, &starts), starts)
    }

    /// Moves each task as early as the others leave it, as long as one moves.
    fn moved_left(&mut self, (_, mut starts): (Score, Starts)) -> (Score, Starts) {
        let problem = self.problem;
        let mut timeline = problem.base.clone();
        for (task, start) in problem.tasks.iter().zip(&starts) {
            timeline.add(&task.profile, *start);
        }
        let mut moved = true;
        while moved {
            moved = false;
            for n in self.order_by_start(&starts) {
                let task = &problem.tasks[n];
                if task.fixed.is_some() {
                    continue;
                }
                timeline.remove(&task.profile, starts[n]);
                let (limit, grid) = (problem.limit, problem.grid);
                let start = timeline.earliest(&task.profile, task.not_before, limit, grid, &mut self.visits);
                timeline.add(&task.profile, start);
                moved |= start < starts[n];
                starts[n] = start;
            }
        }
        (score(problem, &starts), starts)
    }

    fn with_fixed(&self) -> (Timeline, Starts) {
        let mut timeline = self.problem.base.clone();
        let mut starts = vec![0; self.problem.tasks.len()];
        for (n, task) in self.problem.tasks.iter().enumerate() {
            if let Some(start) = task.fixed {
                timeline.add(&task.profile, start);
                starts[n] = start;
            }
        }
        (timeline, starts)
    }

    /// Moves everything as late as it may be without ending later, and back as early as it fits, as long as that helps.
    fn justified(&mut self, mut found: (Score, Starts)) -> (Score, Starts) {
        for _ in 0..4 {
            let Some(right) = self.moved_right(&found.1) else { return found };
            let order = self.order_by_start(&right);
            let again = self.scheduled(&order);
            if again.0 >= found.0 {
                return found;
            }
            found = again;
        }
        found
    }

    fn moved_right(&mut self, starts: &[u32]) -> Option<Starts> {
        let problem = self.problem;
        let end = (0..starts.len()).map(|n| starts[n] + problem.tasks[n].profile.length).max()?;
        let mut order: Vec<usize> = (0..starts.len()).collect();
        order.sort_by_key(|n| std::cmp::Reverse((starts[*n] + problem.tasks[*n].profile.length, *n)));
        let (mut timeline, mut later) = self.with_fixed();
        for n in order {
            let task = &problem.tasks[n];
            if task.fixed.is_none() {
                let end = task.done_by.map_or(end, |by| end.min(by.max(starts[n] + task.profile.length)));
                let (limit, grid) = (problem.limit, problem.grid);
                let span = (task.not_before, end);
                later[n] = timeline.latest(&task.profile, span, limit, grid, &mut self.visits)?;
                timeline.add(&task.profile, later[n]);
            }
        }
        Some(later)
    }

    /// By class, and then by start.
    fn order_by_start(&self, starts: &[u32]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..starts.len()).collect();
        order.sort_by_key(|n| (self.problem.tasks[*n].class, starts[*n], *n));
        order
    }
}

fn score(problem: &Problem, starts: &[u32]) -> Score {
    let ends = || starts.iter().zip(&problem.tasks).map(|(start, task)| (start + task.profile.length, task));
    let late = ends().filter_map(|(end, task)| Some(u64::from(end.saturating_sub(task.done_by?)))).sum();
    (late, ends().map(|(end, _)| end).max().unwrap_or(0), ends().map(|(end, _)| u64::from(end)).sum())
}

/// No plan can end before this second: the longest chain must run, and all DPU-time must fit under the limit beside what
/// is held anyway.
pub fn lower_bound(problem: &Problem) -> u32 {
    let start = |task: &Task| task.fixed.unwrap_or(task.not_before.div_ceil(problem.grid) * problem.grid);
    let longest = problem.tasks.iter().map(|task| start(task) + task.profile.length).max().unwrap_or(0);
    let mut area: u64 = problem.tasks.iter().map(|task| task.profile.area()).sum();
    let steps = problem.base.steps();
    let mut at = 0;
    let mut held = Dpu::ZERO;
    for (second, dpu) in steps.iter().copied().chain([(u32::MAX, Dpu::ZERO)]) {
        let free = problem.limit.minus(held);
        let room = free.over(u64::from(second - at));
        if room >= area {
            return longest.max(at + area.div_ceil(free.sixteenths().max(1)) as u32);
        }
        area -= room;
        (at, held) = (second, dpu);
    }
    longest
}

/// Numbers that look random and are the same every time (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    /// Now and then a task that is held back until another's piece begins or ends.
    fn latecomer(&mut self, problem: &Problem, starts: &[u32]) -> Option<(usize, u32)> {
        // It helps where few stand in each other's way; among many, orders are the better guide.
        let rarely = if starts.len() <= 10 { 2 } else { 8 };
        if self.below(rarely) > 0 {
            return None;
        }
        let (n, other) = (self.below(starts.len()), self.below(starts.len()));
        let pieces = &problem.tasks[other].profile.pieces;
        let piece = pieces.get(self.below(pieces.len()))?;
        let bound = starts[other] + if self.below(2) == 0 { piece.from } else { piece.to };
        let own = &problem.tasks[n].profile.pieces;
        let begins = self.below(2) == 0;
        let into = own.get(self.below(own.len())).map_or(0, |piece| if begins { piece.from } else { piece.to });
        Some((n, bound.saturating_sub(into)))
    }

    /// Changes an order a little: what ends last goes forward, two change places, or a few are drawn again. Classes stay.
    fn disturb(&mut self, order: &mut [usize], problem: &Problem, starts: &[u32]) {
        let count = order.len();
        match self.below(4) {
            0 => {
                let end = |n: &usize| starts[*n] + problem.tasks[*n].profile.length;
                let last = order.iter().map(end).max();
                let critical = order.iter().position(|n| Some(end(n)) == last).unwrap_or(0);
                let to = self.below(critical + 1);
                order[to..=critical].rotate_right(1);
            }
            1 => order.swap(self.below(count), self.below(count)),
            2 => {
                let (from, to) = (self.below(count), self.below(count));
                if from < to {
                    order[from..=to].rotate_left(1);
                } else {
                    order[to..=from].rotate_right(1);
                }
            }
            _ => {
                for _ in 0..2 + self.below(4) {
                    order.swap(self.below(count), self.below(count));
                }
            }
        }
        order.sort_by_key(|n| problem.tasks[*n].class);
    }
}
