//! The lines themselves: what Glue, Spark and the job programs print, from the facts of the run.

use super::page::{Page, page};
use super::{CONTINUOUS, ERROR, LogEvent, OUTPUT, Stream, continuous};
use crate::control::{Control, Crawler, Job, JobRun, Time};
use crate::lake::{Facts, Step};
use chrono::TimeDelta;

/// The names of a run's streams in a group. Executors write to streams of their own.
pub(super) fn stream_names(group: &str, job: &Job, run: &JobRun, now: Time) -> Vec<String> {
    let executors = (run.workers - 1).clamp(0, 3);
    match group {
        OUTPUT => vec![run.id.clone()],
        ERROR => std::iter::once(run.id.clone()).chain((1..=executors).map(|n| executor(run, n))).collect(),
        CONTINUOUS => continuous::stream_names(job, run, executors, now),
        _ => Vec::new(),
    }
}

/// `<run>_g-<task>`.
fn executor(run: &JobRun, number: i64) -> String {
    let task = run.id.get(3 + number as usize * 8..).and_then(|rest| rest.get(..40)).unwrap_or_default();
    format!("{}_g-{task}", run.id)
}

/// The events of one of those streams.
pub(super) fn of_stream(control: &Control, group: &str, job: &Job, run: &JobRun, name: &str) -> Stream {
    let executors = 1..=(run.workers - 1).clamp(0, 3);
    let executor = executors.into_iter().find(|number| executor(run, *number) == name);
    let events = match (group, executor) {
        (OUTPUT, _) => return with_volume(control, job, run, Stream::of(of_output(control, job, run))),
        (CONTINUOUS, _) => continuous::events(control, job, run, name),
        (_, Some(number)) => of_executor(control, run, number),
        (_, None) => of_error(control, job, run),
    };
    Stream::of(events)
}

/// A job that writes a great deal, if the scenario has one.
fn with_volume(control: &Control, job: &Job, run: &JobRun, stream: Stream) -> Stream {
    let volume = control.world.scenario.log.iter().find(|log| log.job == job.name);
    match volume {
        Some(volume) if control.world.night_number(run.started.date_naive()) >= 0 => {
            let from = run.plan.running + TimeDelta::seconds(1);
            let lines = (volume.lines as usize, volume.texts.iter().cloned().collect());
            stream.with_bulk(lines, from, run.plan.work.max(from))
        }
        _ => stream,
    }
}

/// An executor's part of `/aws-glue/jobs/error`.
fn of_executor(control: &Control, run: &JobRun, number: i64) -> Vec<LogEvent> {
    let mut page = page(control, run, &format!("executor {number}"));
    let start = run.plan.running + TimeDelta::seconds(3);
    page.spark(
        start,
        "INFO",
        "CoarseGrainedExecutorBackend",
        &format!("Started daemon with process name: 7@exec-{number}"),
    );
    let interval = (run.plan.work - start) / 6;
    for task in 0..6 {
        let at = start + interval * task;
        let (id, message) = (task * 3 + number as i32, format!("{} bytes result sent to driver", 1_200 + task * 37));
        page.spark(at, "INFO", "Executor", &format!("Running task {id}.0 in stage {}.0 (TID {id})", task / 3));
        // The last word of some tasks is held back by the agent.
        if task % 3 == 1 {
            let at = at + interval / 2;
            page.late(at, format!("{} INFO Executor: Finished task {id}.0. {message}", at.format("%y/%m/%d %H:%M:%S")));
        } else {
            page.spark(at + interval / 2, "INFO", "Executor", &format!("Finished task {id}.0. {message}"));
        }
    }
    page.events
}

/// `/aws-glue/jobs/output`: what the job program prints.
fn of_output(control: &Control, job: &Job, run: &JobRun) -> Vec<LogEvent> {
    let mut page = page(control, run, "output");
    let after = |seconds: i64| run.plan.running + TimeDelta::seconds(seconds);
    let date = run.started.date_naive();
    page.line(after(2), format!("job {} run {} as_of_date {date}", job.name, run.id));
    for (seconds, name) in (3..).zip(job.arguments.keys()) {
        let value = job.arguments[name].chars().take(120).collect::<String>();
        page.line(after(seconds), format!("argument {name}={value}"));
    }
    let Some(facts) = &run.facts else { return page.events };
    let work = run.plan.work;
    match job.step {
        Step::Quality(layer) => {
            page.line(work, format!("checking {} rows of {}.{}", facts.rows_read, layer.word(), job.table));
            for check in &facts.checks {
                let verdict = if check.passed { "ok" } else { "VIOLATED" };
                let observed = format!("{} of {} rows, allowed {}", check.failed_rows, check.rows, check.threshold);
                page.line(
                    work + TimeDelta::milliseconds(300),
                    format!("check {} {}: {verdict} ({observed})", check.name, check.column),
                );
            }
        }
        Step::Foreign => page.line(work, "sandbox: the script was not executed; this run only took its time"),
        Step::Load(_) | Step::Crawl => {
            page.line(work, format!("read {} rows", facts.rows_read));
            for (column, lost) in &facts.unconverted {
                page.line(work + TimeDelta::milliseconds(300), format!("{column}: {lost} values did not convert"));
            }
            page.line(work + TimeDelta::seconds(1), format!("wrote {} rows", facts.rows_written));
        }
    }
    if facts.error.is_none() {
        page.line(run.plan.end - TimeDelta::milliseconds(400), "done");
    }
    page.events
}

/// `/aws-glue/jobs/error`: the JVM's banner, Spark's progress, and the stack trace of a failure.
fn of_error(control: &Control, job: &Job, run: &JobRun) -> Vec<LogEvent> {
    let mut page = page(control, run, "error");
    let start = run.plan.running;
    page.line(
        start,
        "Preparing ...\nJava command: /usr/lib/jvm/java-8/bin/java -XX:OnOutOfMemoryError=kill -9 %p -Xmx10g \
         -Dspark.app.name=nativespark org.apache.spark.deploy.PythonRunner /tmp/job.py",
    );
    let id = run.id.get(..18).unwrap_or(&run.id);
    page.spark(start + TimeDelta::seconds(1), "INFO", "SparkContext", "Running Spark version 3.3.0-amzn-1");
    page.spark(
        start + TimeDelta::seconds(2),
        "INFO",
        "GlueContext",
        &format!("GlueContext for {} ({id}…) is ready", job.name),
    );
    page.spark(
        start + TimeDelta::seconds(2),
        "INFO",
        "ExecutorAllocationManager",
        &format!("{} workers of {}", run.workers, run.worker_type),
    );
    let steps = 24;
    let interval = (run.plan.work - start - TimeDelta::seconds(4)) / steps;
    for task in 0..steps {
        let at = start + TimeDelta::seconds(4) + interval * task;
        let host = 10 + task % run.workers.max(1) as i32;
        let message = format!(
            "Finished task {task}.0 in stage {}.0 (TID {task}) in {} ms on 172.34.7.{host}",
            task / 8,
            interval.num_milliseconds()
        );
        page.spark(at, "INFO", "TaskSetManager", &message);
        if task == 11 {
            page.spark(
                at,
                "WARN",
                "TaskSetManager",
                "Stage 1 contains a task of very large size (1274 KiB). The maximum recommended task size is 1000 KiB.",
            );
        }
    }
    if let Some(facts) = &run.facts {
        ending(&mut page, job, run, facts);
    }
    page.events
}

fn ending(page: &mut Page<'_>, job: &Job, run: &JobRun, facts: &Facts) {
    let (work, end) = (run.plan.work, run.plan.end);
    page.spark(work, "INFO", "DAGScheduler", &format!("Job 3 finished: {} rows read", facts.rows_read));
    let last = end - TimeDelta::milliseconds(600);
    match &facts.error {
        None => {
            page.spark(last, "INFO", "ParquetOutputCommitter", &format!("committed {} rows", facts.rows_written));
            page.spark(last, "INFO", "SparkContext", "Successfully stopped SparkContext");
        }
        Some(error) => {
            let program = job.script.rsplit('/').next().unwrap_or("job.py");
            let line = match error.starts_with("DataQualityError") {
                true => "raise DataQualityError(\"; \".join(violated))",
                false => "run(job, args)",
            };
            let usual = || {
                format!(
                    "Traceback (most recent call last):\n  File \"/tmp/{program}\", line 231, in <module>\n    \
                     main(args)\n  File \"/tmp/{program}\", line 188, in main\n    {line}\n{error}"
                )
            };
            let trace = format!("Error from Python:{}", facts.trace.clone().unwrap_or_else(usual));
            page.spark(last, "ERROR", "ProcessLauncher", &trace);
            page.spark(last, "INFO", "ProcessLauncher", "postprocessing finished, exit code 1");
        }
    }
}

/// `/aws-glue/crawlers`: every line starts with the crawl's id.
pub(super) fn of_crawler(control: &Control, crawler: &Crawler) -> Stream {
    let mut all = Vec::new();
    for crawl in &crawler.crawls {
        let until = crawl.completed.unwrap_or(crawl.plan.end);
        let mut page = Page { control, key: crawl.id.clone(), until, events: Vec::new() };
        let tag = |level: &str, text: String| format!("[{}] {level} : {text}", crawl.id);
        page.line(crawl.started, tag("BENCHMARK", format!("Running Start Crawl for Crawler {}", crawler.name)));
        page.line(crawl.plan.running, tag("INFO", format!("Crawling {}", crawler.target)));
        if let Some(facts) = &crawl.facts {
            page.line(
                crawl.plan.work,
                tag(
                    "BENCHMARK",
                    format!("Classification complete, {} rows sampled from tonight's folder", facts.rows_read),
                ),
            );
            match &facts.error {
                Some(error) => page.line(crawl.plan.end, tag("ERROR", error.clone())),
                None => page.line(
                    crawl.plan.end,
                    tag("BENCHMARK", "Crawler has finished running and is in state READY".into()),
                ),
            }
        }
        all.append(&mut page.events);
    }
    Stream::of(all)
}
