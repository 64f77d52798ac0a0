//! What stands in the SQL editor's tabs, as it is kept on disk.

use serde::{Deserialize, Serialize};

/// The texts of the tabs, and the one that is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drafts {
    pub texts: Vec<String>,
    pub at: usize,
}
