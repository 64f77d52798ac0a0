//! The stagger planner on the sandbox's own world and on large ones, beside what people do by hand.
//!
//! `cargo bench --bench stagger` prints the table; `-- --search SECONDS` looks for a better plan of the sandbox's world
//! than the best one known, which is kept in `benches/sandbox-22.json` with the world itself.

use gluedeck_core::analysis::stagger::search::{EFFORT, Problem, Starts, Task, lower_bound, search};
use gluedeck_core::analysis::stagger::{Piece, Profile, Timeline};
use gluedeck_core::domain::Dpu;
use serde_json::Value;
use std::time::Instant;

/// A word, the seconds between two possible starts, and the name of the best plan's end.
const GRIDS: [(&str, u32, &str); 2] = [("live", 1, "best_live_s"), ("5-minute grid", 300, "best_grid_s")];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let kept: Value = serde_json::from_str(include_str!("sandbox-22.json")).expect("JSON");
    if let Some(at) = arguments.iter().position(|argument| argument == "--search") {
        let seconds = arguments.get(at + 1).and_then(|text| text.parse().ok()).unwrap_or(60.0);
        return look_for_better(&kept, seconds);
    }
    println!("{:<34}{:>9}{:>9}{:>9}{:>9}{:>10}", "world", "ends", "bound", "gap", "of best", "planned in");
    for world in kept["worlds"].as_array().expect("worlds") {
        for (word, grid, best) in GRIDS {
            let problem = sandbox(&kept, world, grid);
            let name = format!("{}, {word}", world["name"].as_str().unwrap_or_default());
            row(&name, &problem, world[best].as_u64().map(|best| best as u32), |problem| search(problem, EFFORT));
            row("  greedy, largest first", &problem, None, greedy_by_size);
            row("  fixed spacing, as tight as fits", &problem, None, fixed_spacing);
        }
    }
    for (count, limit) in [(100, 100), (1_000, 100), (1_000, 4_545)] {
        let problem = copies(&kept, count, limit);
        row(&format!("{count} workflows, {limit} DPU"), &problem, None, |problem| search(problem, EFFORT));
        row("  greedy, largest first", &problem, None, greedy_by_size);
        row("  fixed spacing, as tight as fits", &problem, None, fixed_spacing);
    }
}

fn row(name: &str, problem: &Problem, best: Option<u32>, plan: impl Fn(&Problem) -> Starts) {
    let began = Instant::now();
    let starts = plan(problem);
    let took = began.elapsed();
    let (end, bound) = (end(problem, &starts), lower_bound(problem));
    let gap = format!("{:.1} %", (f64::from(end) / f64::from(bound) - 1.0) * 100.0);
    let best = best.map_or(String::new(), |best| format!("{:.3}", f64::from(end) / f64::from(best)));
    println!("{name:<34}{end:>8}s{bound:>8}s{gap:>9}{best:>9}{:>8.0}ms", took.as_secs_f64() * 1e3);
}

/// A problem that is kept: the profiles of the sandbox's quota night, under one of several limits.
fn sandbox(kept: &Value, world: &Value, grid: u32) -> Problem {
    let number = |value: &Value, name: &str| value[name].as_u64().expect("a number") as u32;
    let tasks = kept["workflows"].as_array().expect("workflows").iter().map(|workflow| {
        let pieces = workflow["dpu_profile"].as_array().expect("a profile").iter().map(|piece| Piece {
            from: number(piece, "from_s"),
            to: number(piece, "to_s"),
            dpu: Dpu::of(piece["dpu"].as_f64().expect("DPUs")),
        });
        let profile = Profile { pieces: pieces.collect(), length: number(workflow, "length_s") };
        Task { profile, not_before: 0, done_by: None, class: 0, fixed: None }
    });
    Problem {
        tasks: tasks.collect(),
        limit: Dpu::of(world["limit"].as_f64().expect("DPUs")),
        grid,
        base: Timeline::default(),
    }
}

/// More workflows: copies whose times differ a little.
fn copies(kept: &Value, count: usize, limit: u32) -> Problem {
    let mut problem = sandbox(kept, &kept["worlds"][0], 1);
    let originals = problem.tasks.clone();
    problem.limit = Dpu::of(f64::from(limit));
    problem.tasks = (0..count)
        .map(|n| {
            let mut task = originals[n % originals.len()].clone();
            let stretch = |second: u32| second + second * (n as u32 * 7 % 23) / 100;
            for piece in &mut task.profile.pieces {
                (piece.from, piece.to) = (stretch(piece.from), stretch(piece.to));
            }
            task.profile.length = stretch(task.profile.length);
            task
        })
        .collect();
    problem
}

fn end(problem: &Problem, starts: &Starts) -> u32 {
    problem.tasks.iter().zip(starts).map(|(task, start)| start + task.profile.length).max().unwrap_or(0)
}

/// What a careful person does: the largest first, each as early as it fits.
fn greedy_by_size(problem: &Problem) -> Starts {
    let mut order: Vec<usize> = (0..problem.tasks.len()).collect();
    order.sort_by_key(|n| std::cmp::Reverse((problem.tasks[*n].profile.peak(), problem.tasks[*n].profile.length)));
    let mut timeline = problem.base.clone();
    let mut starts = vec![0; problem.tasks.len()];
    for n in order {
        let profile = &problem.tasks[n].profile;
        starts[n] = timeline.earliest(profile, 0, problem.limit, problem.grid, &mut 0);
        timeline.add(profile, starts[n]);
    }
    starts
}

/// What most people do: one after the other at a fixed distance, the smallest that keeps within the limit.
fn fixed_spacing(problem: &Problem) -> Starts {
    let fits = |spacing: u32| {
        let mut timeline = problem.base.clone();
        for (n, task) in problem.tasks.iter().enumerate() {
            timeline.add(&task.profile, n as u32 * spacing);
        }
        timeline.peak() <= problem.limit
    };
    let mut spacing = 0;
    while !fits(spacing) {
        spacing += problem.grid;
    }
    (0..problem.tasks.len() as u32).map(|n| n * spacing).collect()
}

/// Searches the sandbox's worlds with ever more work.
fn look_for_better(kept: &Value, seconds: f64) {
    for world in kept["worlds"].as_array().expect("worlds") {
        for (word, grid, best) in GRIDS {
            let problem = sandbox(kept, world, grid);
            let bound = lower_bound(&problem);
            let began = Instant::now();
            let (mut effort, mut found) = (EFFORT, u32::MAX);
            while began.elapsed().as_secs_f64() < seconds && found > bound {
                effort *= 2;
                found = found.min(end(&problem, &search(&problem, effort)));
                let times = effort / EFFORT;
                println!(
                    "{} {word}: {found} s with {times} times the work; kept: {}; bound {bound} s",
                    world["name"], world[best]
                );
            }
        }
    }
}
