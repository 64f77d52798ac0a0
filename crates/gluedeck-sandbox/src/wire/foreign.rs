//! CreateJob, CreateCrawler and their changes: what strangers' provisioning makes.

use super::Answer;
use super::fault::WireFault;
use super::glue_common::{arn, hub_change};
use super::input::Input;
use crate::control::{Control, Crawler, Hub, Job, Refusal, Time};
use gluedeck_pipeline::schedule;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub(super) fn call(hub: &Hub, operation: &str, input: &Input) -> Answer {
    match operation {
        "CreateJob" => hub_change(hub, |c, now| create_job(c, input, now)),
        "UpdateJob" => hub_change(hub, |c, now| update_job(c, input, now)),
        "DeleteJob" => {
            let name = input.required("JobName")?;
            hub_change(hub, |c, _| {
                c.delete_job(name);
                Ok(json!({ "JobName": name }))
            })
        }
        "CreateCrawler" => hub_change(hub, |c, now| create_crawler(c, input, now)),
        "UpdateCrawler" => hub_change(hub, |c, now| update_crawler(c, input, now)),
        "DeleteCrawler" => {
            let name = input.required("Name")?;
            hub_change(hub, |c, _| c.delete_crawler(name).map(|()| json!({})))
        }
        "StartCrawlerSchedule" | "StopCrawlerSchedule" => {
            let (name, on) = (input.required("CrawlerName")?, operation == "StartCrawlerSchedule");
            hub_change(hub, |c, _| c.set_crawler_schedule(name, on).map(|()| json!({})))
        }
        _ => Err(WireFault::unknown_operation(operation)),
    }
}

fn create_job(control: &mut Control, input: &Input, now: Time) -> Result<Value, Refusal> {
    let name = text(input, "Name").ok_or_else(|| missing("Name"))?;
    let mut job = Job::foreign(&name, now);
    let given = members(input);
    if given.get("Command").is_none() {
        return Err(missing("Command"));
    }
    define(&mut job, &given);
    control.create_job(job)?;
    tagged(control, "job", &name, &given);
    Ok(json!({ "Name": name }))
}

/// UpdateJob overwrites the whole definition (docs/aws-facts.md: UpdateJob overwrites the whole definition).
fn update_job(control: &mut Control, input: &Input, now: Time) -> Result<Value, Refusal> {
    let name = text(input, "JobName").ok_or_else(|| missing("JobName"))?;
    let given =
        members(input).get("JobUpdate").and_then(Value::as_object).cloned().ok_or_else(|| missing("JobUpdate"))?;
    let job = control.jobs.get_mut(&name).ok_or_else(|| Refusal::not_found("Job", &name))?;
    let mut fresh = Job { step: job.step, table: job.table.clone(), ..Job::foreign(&name, job.created) };
    fresh.modified = now;
    fresh.seconds = job.seconds;
    fresh.runs = std::mem::take(&mut job.runs);
    define(&mut fresh, &given);
    *job = fresh;
    Ok(json!({ "JobName": name }))
}

/// Members of a job's definition that are read here, or that GetJob does not give.
const MODELLED: [&str; 14] = [
    "Name",
    "Tags",
    "Command",
    "GlueVersion",
    "ExecutionClass",
    "WorkerType",
    "NumberOfWorkers",
    "MaxCapacity",
    "AllocatedCapacity",
    "Timeout",
    "MaxRetries",
    "JobRunQueuingEnabled",
    "ExecutionProperty",
    "DefaultArguments",
];

fn define(job: &mut Job, given: &Map<String, Value>) {
    let word = |name: &str| given.get(name).and_then(Value::as_str).map(str::to_owned);
    let number = |name: &str| given.get(name).and_then(Value::as_f64);
    let command = given.get("Command");
    let of_command = |name: &str| command.and_then(|command| command.get(name)).and_then(Value::as_str);
    job.command = of_command("Name").unwrap_or("glueetl").to_owned();
    job.script = of_command("ScriptLocation").unwrap_or_default().to_owned();
    job.glue_version = word("GlueVersion").or(Some("0.9".to_owned()));
    job.flex = word("ExecutionClass").as_deref() == Some("FLEX");
    job.worker_type = word("WorkerType").unwrap_or_else(|| "Standard".to_owned());
    job.workers = number("NumberOfWorkers").or(number("MaxCapacity")).unwrap_or(10.0) as i64;
    job.timeout_minutes = number("Timeout").unwrap_or(2_880.0) as i64;
    job.max_retries = number("MaxRetries").unwrap_or(0.0) as i64;
    job.queuing = given.get("JobRunQueuingEnabled").and_then(Value::as_bool).unwrap_or(false);
    let most = given.get("ExecutionProperty").and_then(|property| property.get("MaxConcurrentRuns"));
    job.max_concurrent_runs = most.and_then(Value::as_u64).unwrap_or(1) as usize;
    job.arguments = texts(given.get("DefaultArguments"));
    let rest = given.iter().filter(|(name, _)| !MODELLED.contains(&name.as_str()));
    job.settings = rest.map(|(name, value)| (name.clone(), value.clone())).collect();
    if job.command == "gluestreaming" {
        // It goes on until somebody stops it.
        (job.seconds, job.timeout_minutes) = (Some(3.2e8), 10_512_000);
    }
}

fn create_crawler(control: &mut Control, input: &Input, now: Time) -> Result<Value, Refusal> {
    let name = text(input, "Name").ok_or_else(|| missing("Name"))?;
    let mut crawler = Crawler {
        name: name.clone(),
        table: String::new(),
        database: String::new(),
        schedule: None,
        target: String::new(),
        policy: Crawler::default_policy(),
        created: now,
        crawls: Vec::new(),
    };
    define_crawler(&mut crawler, &members(input))?;
    control.create_crawler(crawler, now)?;
    tagged(control, "crawler", &name, &members(input));
    Ok(json!({}))
}

fn update_crawler(control: &mut Control, input: &Input, now: Time) -> Result<Value, Refusal> {
    let name = text(input, "Name").ok_or_else(|| missing("Name"))?;
    let crawler = control.crawlers.get_mut(&name).ok_or_else(|| Refusal::not_found("Crawler", &name))?;
    define_crawler(crawler, &members(input))?;
    control.schedule_crawl(&name, now);
    Ok(json!({}))
}

fn define_crawler(crawler: &mut Crawler, given: &Map<String, Value>) -> Result<(), Refusal> {
    if let Some(database) = given.get("DatabaseName").and_then(Value::as_str) {
        crawler.database = database.to_owned();
    }
    let path = given.get("Targets").and_then(|targets| targets.pointer("/S3Targets/0/Path")).and_then(Value::as_str);
    if let Some(path) = path {
        crawler.target = path.to_owned();
    }
    let policies =
        ["/RecrawlPolicy/RecrawlBehavior", "/SchemaChangePolicy/UpdateBehavior", "/SchemaChangePolicy/DeleteBehavior"];
    let whole = Value::Object(given.clone());
    for (policy, pointer) in crawler.policy.iter_mut().zip(policies) {
        if let Some(given) = whole.pointer(pointer).and_then(Value::as_str) {
            *policy = given.to_owned();
        }
    }
    match given.get("Schedule").and_then(Value::as_str) {
        Some("") => crawler.schedule = None,
        Some(schedule) => {
            schedule::validate(schedule).map_err(|error| Refusal::new("InvalidInputException", error.to_string()))?;
            crawler.schedule = Some((schedule.to_owned(), true));
        }
        None => {}
    }
    Ok(())
}

fn tagged(control: &mut Control, kind: &str, name: &str, given: &Map<String, Value>) {
    let tags = texts(given.get("Tags"));
    if !tags.is_empty() {
        let arn = arn(control, kind, name);
        control.tags.insert(arn, tags);
    }
}

fn texts(value: Option<&Value>) -> BTreeMap<String, String> {
    let pairs = value.and_then(Value::as_object).into_iter().flatten();
    pairs.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

fn members(input: &Input) -> Map<String, Value> {
    input.whole().as_object().cloned().unwrap_or_default()
}

fn text(input: &Input, name: &str) -> Option<String> {
    input.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn missing(member: &str) -> Refusal {
    Refusal::new("InvalidInputException", format!("{member} cannot be null or empty"))
}
