//! Metrics of a job run, as CloudWatch has them.

use super::Time;

/// A metric that is asked for (AWS Glue, "Monitoring AWS Glue using Amazon CloudWatch metrics").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    pub name: &'static str,
    /// What it is, in words.
    pub title: &'static str,
    pub unit: Unit,
    /// `gauge`: the value at a moment. `count`: how many since the moment before.
    pub is_gauge: bool,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A part of one.
    Share,
    Count,
    Bytes,
}

/// What is asked for, in the order in which it is shown.
pub const METRICS: [Metric; 7] = [
    gauge("glue.ALL.system.cpuSystemLoad", "CPU load, all", Unit::Share),
    gauge("glue.driver.jvm.heap.usage", "heap used, driver", Unit::Share),
    gauge("glue.ALL.jvm.heap.usage", "heap used, executors", Unit::Share),
    gauge("glue.driver.ExecutorAllocationManager.executors.numberAllExecutors", "executors", Unit::Count),
    gauge("glue.driver.ExecutorAllocationManager.executors.numberMaxNeededExecutors", "executors needed", Unit::Count),
    count("glue.driver.aggregate.bytesRead", "bytes read", Unit::Bytes),
    count("glue.driver.aggregate.numFailedTasks", "failed tasks", Unit::Count),
];

const fn gauge(name: &'static str, title: &'static str, unit: Unit) -> Metric {
    Metric { name, title, unit, is_gauge: true }
}

const fn count(name: &'static str, title: &'static str, unit: Unit) -> Metric {
    Metric { name, title, unit, is_gauge: false }
}

/// A metric over the time of a run, oldest first; empty where the run has none.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub metric: Metric,
    pub points: Vec<(Time, f64)>,
}

impl Unit {
    /// A value in words: `83 %`, `12`, `1.2 GB`.
    pub fn words(self, value: f64) -> String {
        match self {
            Self::Share => format!("{:.0} %", value * 100.0),
            Self::Count => format!("{value:.0}"),
            Self::Bytes => {
                let steps = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
                let step = steps.into_iter().find(|(size, _)| value.abs() >= *size);
                step.map_or_else(|| format!("{value:.0} B"), |(size, name)| format!("{:.1} {name}", value / size))
            }
        }
    }
}
