//! What a file makes: the definitions of each record's resources in an environment.

use crate::definitions::{
    CrawlerDefinition, Definitions, JobDefinition, Target, TriggerDefinition, WorkflowDefinition,
};
use crate::pipeline::{Environment, Pipeline};
use crate::record::{Layer, Record};
use std::collections::{BTreeMap, BTreeSet};

/// The program that checks the data of all layers.
const QUALITY: &str = "data_quality";
/// The module that the programs share.
pub(crate) const SHARED_MODULE: &str = "lake.py";

/// The resources of one record.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordResources {
    pub workflow: WorkflowDefinition,
    /// In the order of the chain.
    pub triggers: Vec<TriggerDefinition>,
    pub jobs: Vec<JobDefinition>,
    pub crawler: CrawlerDefinition,
}

impl RecordResources {
    /// The names of everything that it makes.
    pub fn names(&self) -> BTreeSet<String> {
        let triggers = self.triggers.iter().map(|trigger| trigger.name.clone());
        let jobs = self.jobs.iter().map(|job| job.name.clone());
        triggers.chain(jobs).chain([self.workflow.name.clone(), self.crawler.name.clone()]).collect()
    }
}

impl Pipeline {
    /// The databases of the lake, each with what it is for.
    pub fn databases(&self) -> Vec<(String, &'static str)> {
        let mut databases = vec![("data_quality".to_owned(), "Verdicts of the data-quality jobs")];
        for (layer, about) in [
            (Layer::Bronze, "Daily snapshots of the DynamoDB tables, untransformed"),
            (Layer::Gold, "The newest state of every table"),
            (Layer::Silver, "Daily snapshots, cleaned and typed"),
        ] {
            databases.push((self.database(layer), about));
        }
        databases
    }

    /// `tumble_analytics_bronze`.
    pub fn database(&self, layer: Layer) -> String {
        format!("{}_analytics_{}", self.project.replace('-', "_"), layer.word())
    }

    /// Everything that the file makes in an environment.
    pub fn definitions(&self, environment: &Environment) -> Definitions {
        let databases = self.databases().into_iter().map(|(name, about)| (name, about.to_owned()));
        let mut all = Definitions { databases: databases.collect(), ..Definitions::default() };
        for record in &self.records {
            let made = self.resources(environment, record);
            all.triggers.extend(made.triggers.into_iter().map(|trigger| (trigger.name.clone(), trigger)));
            all.jobs.extend(made.jobs.into_iter().map(|job| (job.name.clone(), job)));
            all.workflows.insert(made.workflow.name.clone(), made.workflow);
            all.crawlers.insert(made.crawler.name.clone(), made.crawler);
        }
        all
    }

    /// The workflow, seven triggers, six jobs and the crawler of a record.
    pub fn resources(&self, environment: &Environment, record: &Record) -> RecordResources {
        let jobs = Layer::ALL.into_iter().flat_map(|layer| {
            [self.load_job(environment, record, layer), self.quality_job(environment, record, layer)]
        });
        let bronze = self.bucket(environment, "bronze");
        RecordResources {
            workflow: WorkflowDefinition {
                name: record.workflow(),
                description: format!("Nightly load of the DynamoDB table {}", record.dynamo_table_name),
                max_concurrent_runs: Some(1),
                properties: BTreeMap::from([("table".to_owned(), record.table_name.clone())]),
            },
            triggers: triggers(record, record.schedule.as_ref().unwrap_or(&environment.schedule)),
            jobs: jobs.collect(),
            crawler: CrawlerDefinition {
                name: record.crawler(),
                database: self.database(Layer::Bronze),
                path: format!("s3://{bronze}/{}", record.bucket_folder),
                recrawl: "CRAWL_EVERYTHING".to_owned(),
                on_change: "UPDATE_IN_DATABASE".to_owned(),
                on_delete: "LOG".to_owned(),
            },
        }
    }

    fn load_job(&self, environment: &Environment, record: &Record, layer: Layer) -> JobDefinition {
        let (fields, defaults) = (record.layer(layer), &self.defaults);
        let mut arguments = self.common_arguments(environment, record, layer);
        let bucket = |layer: Layer| self.bucket(environment, layer.word());
        let mut add = |name: &str, value: String| _ = arguments.insert(name.to_owned(), value);
        add("--target_bucket", bucket(layer));
        match layer {
            Layer::Bronze => {
                add("--dynamo_table_name", record.dynamo_table_name.clone());
                let types = record.data_types.iter().map(|(column, kind)| format!("{column}:{kind}"));
                add("--data_types", types.collect::<Vec<_>>().join(","));
            }
            Layer::Silver => {
                add("--source_bucket", bucket(Layer::Bronze));
                add("--database", self.database(layer));
                add("--apply_mapping", record.apply_mapping());
                add("--columns_to_remove", record.columns_to_remove.join(","));
                // Its log is the one that people read: what was mapped, and what did not convert.
                add("--enable-continuous-cloudwatch-log", "true".to_owned());
            }
            Layer::Gold => {
                add("--source_bucket", bucket(Layer::Silver));
                add("--database", self.database(layer));
            }
        }
        let worker_type = fields.worker_type.as_ref().unwrap_or(&defaults.worker_type).clone();
        let workers = fields.workers.unwrap_or(defaults.workers);
        self.job(environment, record, (record.job(layer), layer.word(), worker_type, workers), arguments)
    }

    fn quality_job(&self, environment: &Environment, record: &Record, layer: Layer) -> JobDefinition {
        let (fields, defaults) = (record.layer(layer), &self.defaults);
        let mut arguments = self.common_arguments(environment, record, layer);
        let mut add = |name: &str, value: String| _ = arguments.insert(name.to_owned(), value);
        add("--source_bucket", self.bucket(environment, layer.word()));
        // Gold keeps no yesterday: its rows are compared with those that silver had.
        let history = if layer == Layer::Gold { Layer::Silver } else { layer };
        add("--history_bucket", self.bucket(environment, history.word()));
        add("--results_bucket", self.bucket(environment, "dataQuality"));
        add("--max_empty_share", record.max_empty_share.unwrap_or(defaults.max_empty_share).to_string());
        add("--max_row_count_change", record.max_row_count_change.unwrap_or(defaults.max_row_count_change).to_string());
        add("--enable-job-insights", "true".to_owned());
        let worker_type = fields.dq_worker_type.as_ref().unwrap_or(&defaults.dq_worker_type).clone();
        let workers = fields.dq_workers.unwrap_or(defaults.dq_workers);
        self.job(environment, record, (record.quality_job(layer), QUALITY, worker_type, workers), arguments)
    }

    fn common_arguments(&self, environment: &Environment, record: &Record, layer: Layer) -> BTreeMap<String, String> {
        let fields = record.layer(layer);
        let module = format!("s3://{}/{SHARED_MODULE}", self.bucket(environment, "scripts"));
        [
            ("--job-language", "python".to_owned()),
            ("--enable-metrics", "true".to_owned()),
            ("--extra-py-files", module),
            ("--environment", environment.name.clone()),
            ("--layer", layer.word().to_owned()),
            ("--folder", record.bucket_folder.clone()),
            ("--table_name", record.table_name.clone()),
            ("--kpi_fields", fields.kpi_fields.join(",")),
            ("--date_time_fields", fields.date_time_fields.join(",")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    fn job(
        &self,
        environment: &Environment,
        record: &Record,
        (name, program, worker_type, workers): (String, &str, String, u32),
        arguments: BTreeMap<String, String>,
    ) -> JobDefinition {
        let defaults = &self.defaults;
        JobDefinition {
            name,
            script: format!("s3://{}/{program}.py", self.bucket(environment, "scripts")),
            // What is empty is what the programs take without it.
            arguments: arguments.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
            worker_type,
            workers,
            timeout_minutes: record.timeout_minutes.unwrap_or(defaults.timeout_minutes),
            max_retries: record.max_retries.unwrap_or(defaults.max_retries),
            glue_version: record.glue_version.as_ref().unwrap_or(&defaults.glue_version).clone(),
            max_concurrent_runs: 1,
        }
    }
}

/// The seven steps in order, each with the word that its trigger's name has.
fn chain(record: &Record) -> [(&'static str, Target); 7] {
    let job = |layer| ("Job", Target::Job(record.job(layer)));
    let quality = |layer| ("DQ Job", Target::Job(record.quality_job(layer)));
    [
        job(Layer::Bronze),
        ("Crawler", Target::Crawler(record.crawler())),
        quality(Layer::Bronze),
        job(Layer::Silver),
        quality(Layer::Silver),
        job(Layer::Gold),
        quality(Layer::Gold),
    ]
}

/// A scheduled trigger for the first step, and for each other one a trigger that waits for the step before.
fn triggers(record: &Record, schedule: &str) -> Vec<TriggerDefinition> {
    let mut before: Option<Target> = None;
    let make = |(word, target): (&str, Target)| {
        let upstream = before.replace(target.clone());
        TriggerDefinition {
            name: trigger_name(&target, word),
            workflow: Some(record.workflow()),
            trigger_type: if upstream.is_none() { "SCHEDULED" } else { "CONDITIONAL" }.to_owned(),
            description: format!("Starts {}", target.name()),
            schedule: upstream.is_none().then(|| schedule.to_owned()),
            logical: if upstream.is_none() { "" } else { "ANY" }.to_owned(),
            conditions: upstream.map(|target| (target, "SUCCEEDED".to_owned())).into_iter().collect(),
            actions: vec![target],
            active: true,
        }
    };
    chain(record).into_iter().map(make).collect()
}

/// `Run Job DynamoDB User Bronze`, `Run DQ Job DynamoDB User Bronze`, `Run Crawler DynamoDB User Bronze`.
fn trigger_name(target: &Target, word: &str) -> String {
    let name = target.name();
    let base = name.strip_suffix(" DQ").or_else(|| name.strip_suffix(" Crawler")).unwrap_or(name);
    format!("Run {word} {base}")
}
