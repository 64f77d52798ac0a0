//! Jobs, as they are defined now.

use super::Dpu;
use serde::{Deserialize, Serialize};

/// DPUs of one worker of a type (`WorkerType` of the Glue service model); `None` where that is not known.
pub fn worker_dpu(worker_type: &str) -> Option<f64> {
    Some(match worker_type {
        "G.025X" => 0.25,
        "G.1X" | "R.1X" => 1.0,
        "G.2X" | "Z.2X" | "R.2X" => 2.0,
        "G.4X" | "R.4X" => 4.0,
        "G.8X" | "R.8X" => 8.0,
        "G.12X" => 12.0,
        "G.16X" => 16.0,
        _ => return None,
    })
}

/// What kind of job it is, as a list of jobs tells it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct JobKind {
    /// `Command.Name`: `glueetl`, `gluestreaming`, `pythonshell`, `glueray`.
    pub command: String,
    pub glue_version: Option<String>,
    pub flex: bool,
    /// Worker type and number of workers.
    pub workers: Option<(String, i32)>,
    /// DPUs of a run, where they are known.
    pub dpu: Option<f64>,
    /// Whether a run that finds no capacity waits for it.
    pub queuing: bool,
}

impl JobKind {
    /// In words.
    pub fn title(&self) -> &str {
        match self.command.as_str() {
            "glueetl" => "Spark",
            "gluestreaming" => "streaming",
            "pythonshell" => "Python shell",
            "glueray" => "Ray",
            other => other,
        }
    }

    /// `Spark 4.0`.
    pub fn type_title(&self) -> String {
        let version = self.glue_version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
        format!("{}{version}", self.title())
    }

    /// `G.1X×10 FLEX`.
    pub fn capacity_title(&self) -> String {
        let workers = self.workers.as_ref().map(|(kind, count)| format!("{kind}×{count}"));
        let class = self.flex.then(|| "FLEX".to_owned());
        workers.into_iter().chain(class).collect::<Vec<_>>().join(" ")
    }

    /// Whether its runs go on until somebody stops them.
    pub fn is_streaming(&self) -> bool {
        self.command == "gluestreaming"
    }
}

/// What a job's definition says about the capacity that its runs take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job {
    /// DPUs of a run; `None` where the worker type is not known.
    pub dpu: Option<Dpu>,
    /// `ExecutionClass: FLEX`: its runs draw on a quota of their own.
    pub flex: bool,
    /// `JobRunQueuingEnabled`: its runs wait for capacity in place of failing.
    pub queuing: bool,
}
