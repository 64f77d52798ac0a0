//! CloudWatch's GetMetricData, for the metrics of job runs (docs/aws-facts.md: Metrics of job runs). A job reports them if it
//! has `--enable-metrics`, as the service has it.

use super::Answer;
use super::fault::WireFault;
use super::input::Input;
use crate::control::{Control, Hub, JobRun, Time};
use serde_json::{Value, json};

/// Points of a series at most.
const MAX_POINTS: i64 = 1_440;

pub(super) fn call(hub: &Hub, operation: &str, input: &Input) -> Answer {
    if operation != "GetMetricData" {
        return Err(WireFault::unknown_operation(operation));
    }
    let queries = input.get("MetricDataQueries").and_then(Value::as_array).cloned().unwrap_or_default();
    let seconds = |name: &str| {
        let at = input.get(name).and_then(Value::as_f64).filter(|seconds| (0.0..1e11).contains(seconds));
        at.map(|at| at as i64).ok_or_else(|| WireFault::new("MissingParameter", format!("{name} is a time in seconds")))
    };
    let (from, to) = (seconds("StartTime")?, seconds("EndTime")?);
    hub.read(|c, now| {
        let results: Vec<Value> = queries.iter().map(|query| series(c, query, (from, to), now)).collect();
        Ok(json!({ "MetricDataResults": results, "Messages": [] }))
    })
}

fn series(control: &Control, query: &Value, (from, to): (i64, i64), now: Time) -> Value {
    let metric = &query["MetricStat"]["Metric"];
    let name = metric["MetricName"].as_str().unwrap_or_default();
    let dimensions = metric["Dimensions"].as_array().cloned().unwrap_or_default();
    let dimension = |wanted: &str| {
        let found = dimensions.iter().find(|dimension| dimension["Name"] == wanted);
        found.and_then(|dimension| dimension["Value"].as_str()).unwrap_or_default().to_owned()
    };
    let (job, id) = (dimension("JobName"), dimension("JobRunId"));
    let reports = control.jobs.get(&job).is_some_and(|job| job.arguments.contains_key("--enable-metrics"));
    let run = control.job_run(&job, &id).filter(|_| reports && metric["Namespace"] == "Glue");
    let period = query["MetricStat"]["Period"].as_i64().unwrap_or(60).max(60);
    let mut points = Vec::new();
    if let Some(run) = run {
        let start = run.plan.running.timestamp().max(from);
        let end = run.completed.unwrap_or(now).timestamp().min(to);
        let mut at = start - start.rem_euclid(period) + period;
        while at <= end && (points.len() as i64) < MAX_POINTS {
            points.extend(value(control, run, name, at).map(|value| (at, value)));
            at += period;
        }
    }
    let (times, values): (Vec<i64>, Vec<f64>) = points.into_iter().unzip();
    json!({ "Id": query["Id"], "Label": name, "Timestamps": times, "Values": values, "StatusCode": "Complete" })
}

/// A value that depends on nothing but the run, the metric and the minute.
fn value(control: &Control, run: &JobRun, name: &str, at: i64) -> Option<f64> {
    let dice = |span: u64| control.world.dice(&format!("{} {name} {}", run.id, at / 60), span) as f64;
    let whole = (run.plan.end - run.plan.running).num_seconds().max(1) as f64;
    let part = ((at - run.plan.running.timestamp()) as f64 / whole).clamp(0.0, 1.0);
    Some(match name {
        "glue.ALL.system.cpuSystemLoad" => 0.35 + dice(40) / 100.0,
        "glue.driver.jvm.heap.usage" => 0.15 + 0.2 * part + dice(10) / 100.0,
        "glue.ALL.jvm.heap.usage" => 0.3 + 0.5 * part + dice(15) / 100.0,
        "glue.driver.ExecutorAllocationManager.executors.numberAllExecutors" => (run.workers - 1).max(1) as f64,
        "glue.driver.ExecutorAllocationManager.executors.numberMaxNeededExecutors" => {
            (run.workers as f64 * 1.5).ceil() + dice(3)
        }
        "glue.driver.aggregate.bytesRead" => 4e7 + dice(60) * 1e6,
        "glue.driver.aggregate.numFailedTasks" => {
            if run.error.is_some() && part > 0.8 {
                dice(3)
            } else {
                0.0
            }
        }
        _ => return None,
    })
}
