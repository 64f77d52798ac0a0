//! The engine's rules of optimisation, but for what they do wrong.

use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use std::sync::Arc;

/// It answers `count(DISTINCT x)` from what is known of x, by which NULL is a value: 1, where x is NULL in every row.
const WRONG: &str = "aggregate_statistics";

/// The rules for the physical plan, in their order.
pub(crate) fn rules() -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    PhysicalOptimizer::new().rules.into_iter().filter(|rule| rule.name() != WRONG).collect()
}
