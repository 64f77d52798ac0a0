//! What a statement can know of where and when it runs.

use crate::value::zone::Zone;

/// The facts that `current_timestamp`, `current_user` and the like answer.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Microseconds since 1970 at which the query began.
    pub now_micros: i64,
    pub user: String,
    /// The database that names without one are in.
    pub database: String,
    pub query_id: String,
}

impl Facts {
    /// Athena's time zone (its documentation of data types).
    pub(crate) fn zone(&self) -> Zone {
        Zone::UTC
    }

    pub(crate) fn now_picos(&self) -> i128 {
        i128::from(self.now_micros) * 1_000_000
    }
}
