//! A record of the file: everything that makes one table's 14 resources.

use std::collections::BTreeMap;

/// A layer of the lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    Bronze,
    Silver,
    Gold,
}

impl Layer {
    pub const ALL: [Self; 3] = [Self::Bronze, Self::Silver, Self::Gold];

    /// `Bronze`, as in resource names.
    pub fn title(self) -> &'static str {
        match self {
            Self::Bronze => "Bronze",
            Self::Silver => "Silver",
            Self::Gold => "Gold",
        }
    }

    /// `bronze`, as in databases, folders and fields.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bronze => "bronze",
            Self::Silver => "silver",
            Self::Gold => "gold",
        }
    }
}

/// A table of the pipeline. Adding a table is adding one of these.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record {
    /// `User`, the first part of the workflow's name.
    pub scope_id: String,
    /// `DynamoDB User`, the first part of the names of jobs, crawler and triggers.
    pub job_name: String,
    /// The folder of the table in each layer's bucket.
    pub bucket_folder: String,
    /// The table's name in each layer's database.
    pub table_name: String,
    pub dynamo_table_name: String,
    /// Attributes that silver does not take over.
    pub columns_to_remove: Vec<String>,
    /// Attributes whose type is not told by the items alone, with their type.
    pub data_types: Vec<(String, String)>,
    /// Bronze, silver, gold.
    pub layers: [LayerFields; 3],
    /// What silver makes of the attributes.
    pub mappings: Vec<Mapping>,
    /// `cron(…)`; else that of the environment.
    pub schedule: Option<String>,
    pub timeout_minutes: Option<u32>,
    pub max_retries: Option<u32>,
    pub glue_version: Option<String>,
    /// How many of the values of a KPI field may be empty, as a share of the rows.
    pub max_empty_share: Option<f64>,
    /// How far the number of rows may move against the day before, as a share of it.
    pub max_row_count_change: Option<f64>,
    pub tags: BTreeMap<String, String>,
    /// Items of the sandbox's DynamoDB table on the first night of its history.
    pub sandbox_items: Option<u32>,
    pub sandbox_items_per_night: Option<u32>,
}

/// What a record says of one layer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LayerFields {
    pub worker_type: Option<String>,
    pub workers: Option<u32>,
    pub dq_worker_type: Option<String>,
    pub dq_workers: Option<u32>,
    /// Columns that must be there and filled.
    pub kpi_fields: Vec<String>,
    /// Columns that must hold a date or a moment.
    pub date_time_fields: Vec<String>,
}

/// One `source:sourceType:target:targetType` of `applyMapping`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    pub source: String,
    pub source_type: String,
    pub target: String,
    pub target_type: String,
}

impl Record {
    pub fn layer(&self, layer: Layer) -> &LayerFields {
        &self.layers[layer as usize]
    }

    /// The mapping as the file has it.
    pub fn apply_mapping(&self) -> String {
        let parts = self.mappings.iter().map(|mapping| {
            let Mapping { source, source_type, target, target_type } = mapping;
            format!("{source}:{source_type}:{target}:{target_type}")
        });
        parts.collect::<Vec<_>>().join("-")
    }

    /// The table that the crawler makes of bronze: a crawler calls it by its folder, in lower case and with underscores for what
    /// a name may not have (Glue's developer guide, "How does a crawler determine when to create partitions?").
    pub fn bronze_table(&self) -> String {
        let folder = self.bucket_folder.rsplit('/').next().unwrap_or_default().to_lowercase();
        folder.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect()
    }

    /// `User Workflow`.
    pub fn workflow(&self) -> String {
        format!("{} Workflow", self.scope_id)
    }

    /// `DynamoDB User Silver`.
    pub fn job(&self, layer: Layer) -> String {
        format!("{} {}", self.job_name, layer.title())
    }

    /// `DynamoDB User Silver DQ`.
    pub fn quality_job(&self, layer: Layer) -> String {
        format!("{} DQ", self.job(layer))
    }

    /// `DynamoDB User Bronze Crawler`.
    pub fn crawler(&self) -> String {
        format!("{} Crawler", self.job(Layer::Bronze))
    }
}
