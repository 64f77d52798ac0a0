//! Definitions of jobs and crawlers, for reading, and bookmarks.

use super::clients::Clients;
use super::{fault, time};
use aws_sdk_glue::types as sdk;
use gluedeck_core::analysis::redact;
use gluedeck_core::domain::{Bookmark, CrawlerName, Definition, Fault, FaultKind, JobName, Target};

/// A job or crawler as it is defined now: one call.
pub(super) async fn of(clients: &Clients, target: &Target) -> Result<Definition, Fault> {
    match target {
        Target::Job(name) => of_job(clients, name).await,
        Target::Crawler(name) => of_crawler(clients, name).await,
    }
}

/// A job's bookmark. A job that has none is an EntityNotFoundException (Glue service model, GetJobBookmark).
pub(super) async fn bookmark(clients: &Clients, job: &JobName) -> Result<Option<Bookmark>, Fault> {
    let answer = clients.glue().await.get_job_bookmark().job_name(job.as_str()).send().await;
    let entry = match answer.map_err(|error| fault::of("GetJobBookmark", &error)) {
        Ok(answer) => answer.job_bookmark_entry,
        Err(fault) if fault.kind == FaultKind::NotFound => None,
        Err(fault) => return Err(fault),
    };
    Ok(entry.map(|entry| Bookmark {
        run: entry.run_id,
        version: entry.version,
        runs: entry.run,
        state: entry.job_bookmark.filter(|state| !state.is_empty()),
    }))
}

/// Facts, in the order in which they are read.
#[derive(Default)]
struct Facts(Vec<(String, String)>);

impl Facts {
    fn add(&mut self, label: &str, value: Option<impl ToString>) {
        let value = value.map(|value| value.to_string()).filter(|value| !value.is_empty());
        self.0.extend(value.map(|value| (label.to_owned(), value)));
    }
}

async fn of_job(clients: &Clients, name: &JobName) -> Result<Definition, Fault> {
    let answer = clients.glue().await.get_job().job_name(name.as_str()).send().await;
    let job = answer.map_err(|error| fault::of("GetJob", &error))?.job;
    let job = job.ok_or_else(|| Fault::new(FaultKind::InvalidResponse, "GetJob", "the response has no job"))?;
    let mut facts = Facts::default();
    facts.add("description", job.description());
    let command = job.command();
    facts.add("command", command.and_then(sdk::JobCommand::name));
    facts.add("script", command.and_then(sdk::JobCommand::script_location));
    facts.add("python", command.and_then(sdk::JobCommand::python_version));
    facts.add("runtime", command.and_then(sdk::JobCommand::runtime));
    facts.add("glue version", job.glue_version());
    let workers = job.worker_type().zip(job.number_of_workers());
    facts.add("workers", workers.map(|(kind, count)| format!("{}×{count}", kind.as_str())));
    facts.add("capacity", job.max_capacity().map(|dpu| format!("{dpu} DPU")));
    facts.add("class", job.execution_class().map(|class| class.as_str().to_owned()));
    facts.add("timeout", job.timeout().map(|minutes| format!("{minutes} min")));
    facts.add("max retries", Some(job.max_retries()));
    facts.add("max runs", job.execution_property().map(sdk::ExecutionProperty::max_concurrent_runs));
    facts.add("queuing", job.job_run_queuing_enabled().map(|on| if on { "waits for capacity" } else { "off" }));
    facts.add("maintenance", job.maintenance_window());
    facts.add("connections", job.connections().map(|list| list.connections().join(", ")));
    facts.add("role", job.role());
    facts.add("security", job.security_configuration());
    facts.add("profile", job.profile_name());
    facts.add("created", job.created_on().and_then(time).map(|at| at.format("%Y-%m-%d %H:%M:%SZ")));
    facts.add("modified", job.last_modified_on().and_then(time).map(|at| at.format("%Y-%m-%d %H:%M:%SZ")));
    let mut arguments: Vec<(&String, &String)> = job.default_arguments().into_iter().flatten().collect();
    arguments.sort();
    for (name, value) in &arguments {
        facts.add(name, Some(if redact::is_secret(name) { "(not shown)" } else { value }));
    }
    let bookmark = arguments.iter().find(|(name, _)| *name == "--job-bookmark-option");
    Ok(Definition {
        facts: facts.0,
        modified_on: job.last_modified_on().and_then(time),
        keeps_bookmark: bookmark.is_some_and(|(_, value)| *value != "job-bookmark-disable"),
    })
}

async fn of_crawler(clients: &Clients, name: &CrawlerName) -> Result<Definition, Fault> {
    let answer = clients.glue().await.get_crawler().name(name.as_str()).send().await;
    let crawler = answer.map_err(|error| fault::of("GetCrawler", &error))?.crawler;
    let missing = || Fault::new(FaultKind::InvalidResponse, "GetCrawler", "the response has no crawler");
    let crawler = crawler.ok_or_else(missing)?;
    let mut facts = Facts::default();
    facts.add("description", crawler.description());
    facts.add("state", crawler.state().map(|state| state.as_str().to_owned()));
    facts.add("database", crawler.database_name());
    facts.add("table prefix", crawler.table_prefix());
    targets(&mut facts, crawler.targets());
    facts.add("classifiers", Some(crawler.classifiers().join(", ")));
    let schedule = crawler.schedule();
    facts.add("schedule", schedule.and_then(sdk::Schedule::schedule_expression));
    facts.add("schedule is", schedule.and_then(sdk::Schedule::state).map(|state| state.as_str().to_owned()));
    let policy = crawler.schema_change_policy();
    facts.add("on update", policy.and_then(|policy| policy.update_behavior()).map(|word| word.as_str().to_owned()));
    facts.add("on delete", policy.and_then(|policy| policy.delete_behavior()).map(|word| word.as_str().to_owned()));
    let recrawl = crawler.recrawl_policy().and_then(|policy| policy.recrawl_behavior());
    facts.add("recrawls", recrawl.map(|word| word.as_str().to_owned()));
    facts.add("role", crawler.role());
    facts.add("security", crawler.crawler_security_configuration());
    facts.add("created", crawler.creation_time().and_then(time).map(|at| at.format("%Y-%m-%d %H:%M:%SZ")));
    facts.add("modified", crawler.last_updated().and_then(time).map(|at| at.format("%Y-%m-%d %H:%M:%SZ")));
    let modified_on = crawler.last_updated().and_then(time);
    Ok(Definition { facts: facts.0, modified_on, keeps_bookmark: false })
}

/// What a crawler reads, of every kind that has a place.
fn targets(facts: &mut Facts, targets: Option<&sdk::CrawlerTargets>) {
    let Some(targets) = targets else { return };
    for target in targets.s3_targets() {
        facts.add("reads", target.path());
    }
    for target in targets.jdbc_targets() {
        let connection = target.connection_name().unwrap_or("?");
        facts.add("reads", target.path().map(|path| format!("{path} by connection {connection}")));
    }
    for target in targets.dynamo_db_targets() {
        facts.add("reads", target.path().map(|table| format!("DynamoDB {table}")));
    }
    for target in targets.catalog_targets() {
        facts.add("reads", Some(format!("catalog {}: {}", target.database_name(), target.tables().join(", "))));
    }
    for target in targets.mongo_db_targets() {
        facts.add("reads", target.path().map(|path| format!("MongoDB {path}")));
    }
    for target in targets.delta_targets() {
        facts.add("reads", Some(format!("Delta {}", target.delta_tables().join(", "))));
    }
    for target in targets.iceberg_targets() {
        facts.add("reads", Some(format!("Iceberg {}", target.paths().join(", "))));
    }
    for target in targets.hudi_targets() {
        facts.add("reads", Some(format!("Hudi {}", target.paths().join(", "))));
    }
}
