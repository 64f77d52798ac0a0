//! Athena's quotas of calls, for scenarios that want them: so many a second on average, more in a burst.

use super::fault::WireFault;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Instant;

/// Calls a second, and in a burst, by operation (docs/aws-facts.md: Quotas of Athena).
const RATES: [(&str, f64, f64); 6] = [
    ("StartQueryExecution", 20.0, 80.0),
    ("StopQueryExecution", 20.0, 80.0),
    ("GetQueryExecution", 100.0, 200.0),
    ("GetQueryResults", 100.0, 200.0),
    ("BatchGetQueryExecution", 20.0, 40.0),
    ("ListQueryExecutions", 5.0, 10.0),
];

/// What is left of each operation's burst, and when that was. By the wall, as clients are.
#[derive(Debug, Default)]
pub(crate) struct Rates(Mutex<BTreeMap<&'static str, (f64, Instant)>>);

impl Rates {
    /// Lets a call through, or throttles it.
    pub(super) fn take(&self, operation: &str) -> Result<(), WireFault> {
        let Some((name, rate, burst)) = RATES.iter().find(|(name, ..)| *name == operation) else { return Ok(()) };
        let mut left = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let now = Instant::now();
        let (tokens, at) = left.get(name).copied().unwrap_or((*burst, now));
        let tokens = (tokens + now.duration_since(at).as_secs_f64() * rate).min(*burst);
        if tokens < 1.0 {
            left.insert(name, (tokens, now));
            return Err(WireFault::new("ThrottlingException", "Rate exceeded"));
        }
        left.insert(name, (tokens - 1.0, now));
        Ok(())
    }
}
