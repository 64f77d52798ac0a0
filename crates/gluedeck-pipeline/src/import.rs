//! From an account to a file: the records that its resources are made of, and what does not fit the form.

use crate::compare::{Change, Difference, ResourceKind, compare};
use crate::definitions::{Definitions, JobDefinition, Target, TriggerDefinition};
use crate::fields::BUCKETS;
use crate::pipeline::{Environment, JobDefaults, Pipeline};
use crate::read::mapping;
use crate::record::{Layer, LayerFields, Record};
use std::collections::BTreeMap;

/// What an account has of the form of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    pub pipeline: Pipeline,
    pub misfits: Vec<Misfit>,
}

/// A resource that no record makes, or not as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    pub resource: ResourceKind,
    pub name: String,
    pub reason: String,
}

/// Reads records out of an account's definitions; `account` and `region` say which account it is.
pub fn import(definitions: &Definitions, account: &str, region: &str) -> Imported {
    let mut misfits = Vec::new();
    let mut records = Vec::new();
    for name in definitions.workflows.keys() {
        match record_of(definitions, name) {
            Ok(record) => records.push(record),
            Err(reason) => misfits.push(Misfit { resource: ResourceKind::Workflow, name: name.clone(), reason }),
        }
    }
    let pipeline = pipeline_of(definitions, records, (account, region));
    let environment = pipeline.environments.first().cloned().unwrap_or_default();
    let mut made = pipeline.definitions(&environment);
    // The databases are everybody's.
    made.databases = definitions.databases.clone();
    let differences = compare(&made, definitions);
    let outside = |difference: &Difference| {
        difference.resource != ResourceKind::Workflow || !misfits.iter().any(|known| known.name == difference.name)
    };
    let more: Vec<Misfit> = differences.iter().filter(|difference| outside(difference)).map(misfit).collect();
    misfits.extend(more);
    Imported { pipeline, misfits }
}

fn misfit(difference: &Difference) -> Misfit {
    let reason = match &difference.change {
        Change::Missing => "a record of the file would make it; it is not there".to_owned(),
        Change::Extra => "no record makes it".to_owned(),
        // Of an argument that is none of the pipeline's the value may be a secret.
        Change::Different { attribute, file, .. } if file.is_empty() => format!("{attribute}: a record cannot say it"),
        Change::Different { attribute, file, account } => {
            format!("{attribute} is {account:?}; a record can only say {file:?}")
        }
    };
    Misfit { resource: difference.resource, name: difference.name.clone(), reason }
}

/// The record of a workflow, by the arguments of its jobs.
fn record_of(definitions: &Definitions, workflow: &str) -> Result<Record, String> {
    let scope = workflow.strip_suffix(" Workflow").ok_or("its name does not end in Workflow")?;
    let start = start_of(definitions, workflow)?;
    let first = match &start.actions[..] {
        [Target::Job(first)] => first,
        [] => return Err("its schedule starts nothing".to_owned()),
        _ => return Err("its schedule starts something else than one job".to_owned()),
    };
    let job_name =
        first.strip_suffix(" Bronze").ok_or_else(|| format!("it starts with {first}, which is no Bronze job"))?;
    let record = Record { scope_id: scope.to_owned(), job_name: job_name.to_owned(), ..Record::default() };
    let job = |name: String| definitions.jobs.get(&name).ok_or_else(|| format!("there is no job {name}"));
    let jobs = Layer::ALL.map(|layer| Ok((job(record.job(layer))?, job(record.quality_job(layer))?)));
    let [bronze, silver, gold]: [Result<(&JobDefinition, &JobDefinition), String>; 3] = jobs;
    let layers = [bronze?, silver?, gold?];
    let (bronze, check, silver) = (layers[0].0, layers[0].1, layers[1].0);
    let needed = |job: &JobDefinition, argument: &str| {
        let value = job.arguments.get(argument).filter(|value| !value.is_empty()).cloned();
        value.ok_or_else(|| format!("the job {} has no argument {argument}", job.name))
    };
    let optional = |job: &JobDefinition, argument: &str| job.arguments.get(argument).cloned().unwrap_or_default();
    let defaults = JobDefaults::default();
    let threshold = |argument: &str, default: f64| {
        optional(check, argument).parse().ok().filter(|value: &f64| (value - default).abs() > f64::EPSILON)
    };
    let pairs = columns(&optional(bronze, "--data_types"));
    let data_types = pairs.iter().filter_map(|pair| pair.split_once(':'));
    Ok(Record {
        bucket_folder: needed(bronze, "--folder")?,
        table_name: needed(bronze, "--table_name")?,
        dynamo_table_name: needed(bronze, "--dynamo_table_name")?,
        columns_to_remove: columns(&optional(silver, "--columns_to_remove")),
        data_types: data_types.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect(),
        mappings: needed(silver, "--apply_mapping")?.split('-').filter_map(mapping).collect(),
        layers: layers.map(|(load, quality)| layer_fields(load, quality, &defaults)),
        schedule: start.schedule.clone(),
        timeout_minutes: Some(bronze.timeout_minutes).filter(|minutes| *minutes != defaults.timeout_minutes),
        max_retries: Some(bronze.max_retries).filter(|retries| *retries != defaults.max_retries),
        glue_version: Some(bronze.glue_version.clone()).filter(|version| *version != defaults.glue_version),
        max_empty_share: threshold("--max_empty_share", defaults.max_empty_share),
        max_row_count_change: threshold("--max_row_count_change", defaults.max_row_count_change),
        ..record
    })
}

fn start_of<'d>(definitions: &'d Definitions, workflow: &str) -> Result<&'d TriggerDefinition, String> {
    let mut scheduled = definitions
        .triggers
        .values()
        .filter(|trigger| trigger.workflow.as_deref() == Some(workflow) && trigger.schedule.is_some());
    match (scheduled.next(), scheduled.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err("nothing starts it by a schedule".to_owned()),
        _ => Err("several schedules start it".to_owned()),
    }
}

fn layer_fields(load: &JobDefinition, quality: &JobDefinition, defaults: &JobDefaults) -> LayerFields {
    let list = |argument: &str| quality.arguments.get(argument).map(|text| columns(text)).unwrap_or_default();
    LayerFields {
        worker_type: Some(load.worker_type.clone()).filter(|kind| *kind != defaults.worker_type),
        workers: Some(load.workers).filter(|workers| *workers != defaults.workers),
        dq_worker_type: Some(quality.worker_type.clone()).filter(|kind| *kind != defaults.dq_worker_type),
        dq_workers: Some(quality.workers).filter(|workers| *workers != defaults.dq_workers),
        kpi_fields: list("--kpi_fields"),
        date_time_fields: list("--date_time_fields"),
    }
}

fn columns(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// The settings that all records share: the project by the names of the buckets, and the schedule that most have.
fn pipeline_of(definitions: &Definitions, mut records: Vec<Record>, (account, region): (&str, &str)) -> Pipeline {
    let any = |argument: &str| {
        let jobs =
            records.iter().flat_map(|record| Layer::ALL.map(|layer| [record.job(layer), record.quality_job(layer)]));
        let values = jobs.flatten().filter_map(|name| definitions.jobs.get(&name)?.arguments.get(argument).cloned());
        values.fold(None, |found, value| found.or(Some(value)))
    };
    let name = any("--environment").filter(|name| !name.is_empty()).unwrap_or_else(|| "dev".to_owned());
    let database = any("--database").unwrap_or_default();
    let of_database = database.strip_suffix("_analytics_silver").or_else(|| database.strip_suffix("_analytics_gold"));
    let project = of_database.map(|project| project.replace('_', "-")).unwrap_or_else(|| Pipeline::default().project);
    let schedule = most_common(records.iter().filter_map(|record| record.schedule.as_ref()));
    let schedule = schedule.unwrap_or_else(|| Environment::default().schedule);
    for record in &mut records {
        record.schedule = record.schedule.take().filter(|own| *own != schedule);
    }
    let mut environment = Environment {
        name,
        account: account.to_owned(),
        region: region.to_owned(),
        schedule,
        ..Environment::default()
    };
    let mut pipeline = Pipeline { project, records, ..Pipeline::default() };
    let usual = |purpose: &str| pipeline.bucket(&environment, purpose);
    let found = buckets(definitions, &pipeline.records);
    environment.buckets = found.into_iter().filter(|(purpose, bucket)| usual(purpose) != *bucket).collect();
    pipeline.environments = vec![environment];
    pipeline
}

/// The buckets that the jobs of the first record name, by purpose.
fn buckets(definitions: &Definitions, records: &[Record]) -> BTreeMap<String, String> {
    let Some(record) = records.first() else { return BTreeMap::new() };
    let argument = |job: String, name: &str| definitions.jobs.get(&job)?.arguments.get(name).cloned();
    let script = definitions.jobs.get(&record.job(Layer::Bronze)).map(|job| job.script.clone());
    let scripts = script.and_then(|script| Some(script.strip_prefix("s3://")?.split('/').next()?.to_owned()));
    let found = |purpose: &str| match purpose {
        "scripts" => scripts.clone(),
        "dataQuality" => argument(record.quality_job(Layer::Bronze), "--results_bucket"),
        other => {
            let layer = Layer::ALL.into_iter().find(|layer| layer.word() == other)?;
            argument(record.job(layer), "--target_bucket")
        }
    };
    BUCKETS.iter().filter_map(|(purpose, _)| Some(((*purpose).to_owned(), found(purpose)?))).collect()
}

fn most_common<'t>(values: impl Iterator<Item = &'t String>) -> Option<String> {
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(value, _)| value.clone())
}
