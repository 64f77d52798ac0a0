//! What an evaluation of Glue Data Quality has found.

/// What an evaluation of Glue Data Quality has found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QualityResult {
    pub ruleset: Option<String>,
    /// The share of rules that passed.
    pub score: Option<f64>,
    pub rules: Vec<RuleResult>,
}

/// What became of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleResult {
    /// In DQDL, or its name where the service does not send it.
    pub rule: String,
    /// `PASS`, `FAIL`, `ERROR`.
    pub result: String,
    pub message: Option<String>,
}
