//! The programs of the jobs (`jobs/` of the project), one each for all tables.

/// Name and text of what lies in the scripts bucket.
const PROGRAMS: [(&str, &str); 5] = [
    ("bronze.py", include_str!("../../../jobs/bronze.py")),
    ("data_quality.py", include_str!("../../../jobs/data_quality.py")),
    ("gold.py", include_str!("../../../jobs/gold.py")),
    ("lake.py", include_str!("../../../jobs/lake.py")),
    ("silver.py", include_str!("../../../jobs/silver.py")),
];

/// The function that tells a Slack channel of failures.
pub(crate) const ALERT_FUNCTION: &str = include_str!("../../../jobs/alert.py");

/// Name and text of the programs, and of the module that they share.
pub fn job_programs() -> impl Iterator<Item = (&'static str, &'static str)> {
    PROGRAMS.into_iter()
}
