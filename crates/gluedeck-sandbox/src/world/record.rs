//! One record of the pipeline's configuration: everything that makes one table's 14 resources.

use gluedeck_pipeline::Layer;
use serde::Deserialize;

/// A record of the configuration file. Adding a table to the pipeline is adding one of these.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Record {
    /// The table that this is a copy of, or itself.
    #[serde(skip)]
    pub(crate) base: String,
    pub(crate) scope_id: String,
    pub(crate) job_name: String,
    pub(crate) bucket_folder: String,
    pub(crate) table_name: String,
    pub(crate) dynamo_table_name: String,
    pub(crate) columns_to_remove: String,
    pub(crate) data_types: String,
    pub(crate) bronze_worker_type: String,
    pub(crate) bronze_workers: i64,
    pub(crate) bronze_dq_worker_type: String,
    pub(crate) bronze_dq_workers: i64,
    pub(crate) silver_worker_type: String,
    pub(crate) silver_workers: i64,
    pub(crate) silver_dq_worker_type: String,
    pub(crate) silver_dq_workers: i64,
    pub(crate) gold_worker_type: String,
    pub(crate) gold_workers: i64,
    pub(crate) gold_dq_worker_type: String,
    pub(crate) gold_dq_workers: i64,
    pub(crate) bronze_kpi_fields: String,
    pub(crate) silver_kpi_fields: String,
    pub(crate) gold_kpi_fields: String,
    pub(crate) bronze_date_time_fields: String,
    pub(crate) silver_date_time_fields: String,
    pub(crate) gold_date_time_fields: String,
    pub(crate) apply_mapping: String,
}

/// One `source:sourceType:target:targetType` of `applyMapping`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mapping {
    pub(crate) source: String,
    pub(crate) target: String,
    pub(crate) target_type: String,
}

impl Record {
    /// A further table of the same shape: `User 2` with the job prefix `DynamoDB User 2`.
    pub(crate) fn copy(&self, number: usize) -> Self {
        Self {
            base: self.base.clone(),
            scope_id: format!("{} {number}", self.scope_id),
            job_name: format!("{} {number}", self.job_name),
            bucket_folder: format!("{}_{number}", self.bucket_folder),
            table_name: format!("{}_{number}", self.table_name),
            dynamo_table_name: format!("{}{number}", self.dynamo_table_name),
            ..self.clone()
        }
    }

    pub(crate) fn workflow(&self) -> String {
        format!("{} Workflow", self.scope_id)
    }

    pub(crate) fn job(&self, layer: Layer) -> String {
        format!("{} {}", self.job_name, layer.title())
    }

    pub(crate) fn quality_job(&self, layer: Layer) -> String {
        format!("{} {} DQ", self.job_name, layer.title())
    }

    pub(crate) fn crawler(&self) -> String {
        format!("{} Bronze Crawler", self.job_name)
    }

    /// Worker type and number of the layer's job.
    pub(crate) fn workers(&self, layer: Layer) -> (&str, i64) {
        match layer {
            Layer::Bronze => (&self.bronze_worker_type, self.bronze_workers),
            Layer::Silver => (&self.silver_worker_type, self.silver_workers),
            Layer::Gold => (&self.gold_worker_type, self.gold_workers),
        }
    }

    /// Worker type and number of the layer's data-quality job.
    pub(crate) fn quality_workers(&self, layer: Layer) -> (&str, i64) {
        match layer {
            Layer::Bronze => (&self.bronze_dq_worker_type, self.bronze_dq_workers),
            Layer::Silver => (&self.silver_dq_worker_type, self.silver_dq_workers),
            Layer::Gold => (&self.gold_dq_worker_type, self.gold_dq_workers),
        }
    }

    /// The columns that must be present and filled in a layer.
    pub(crate) fn kpi_fields(&self, layer: Layer) -> Vec<&str> {
        let list = match layer {
            Layer::Bronze => &self.bronze_kpi_fields,
            Layer::Silver => &self.silver_kpi_fields,
            Layer::Gold => &self.gold_kpi_fields,
        };
        split(list, ',')
    }

    pub(crate) fn date_time_fields(&self, layer: Layer) -> &str {
        match layer {
            Layer::Bronze => &self.bronze_date_time_fields,
            Layer::Silver => &self.silver_date_time_fields,
            Layer::Gold => &self.gold_date_time_fields,
        }
    }

    /// Attributes of an item with their DynamoDB type, in the order of the configuration.
    pub(crate) fn attributes(&self) -> Vec<(&str, &str)> {
        split(&self.data_types, ',').into_iter().filter_map(|pair| pair.split_once(':')).collect()
    }

    pub(crate) fn mappings(&self) -> Vec<Mapping> {
        let parts = split(&self.apply_mapping, '-');
        let fields = parts.into_iter().map(|part| part.split(':').collect::<Vec<_>>());
        let whole = fields.filter(|fields| fields.len() == 4);
        whole.map(|f| Mapping { source: f[0].into(), target: f[2].into(), target_type: f[3].into() }).collect()
    }
}

fn split(list: &str, separator: char) -> Vec<&str> {
    list.split(separator).map(str::trim).filter(|part| !part.is_empty()).collect()
}
