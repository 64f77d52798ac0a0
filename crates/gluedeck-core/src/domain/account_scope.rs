//! Places: where something was done, so that it is gone on with, and undone, nowhere else.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An account's Region, behind an endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountScope {
    /// None if it could not be read, or was not written down.
    pub account: Option<String>,
    pub region: Option<String>,
    /// Host and port, where it is not AWS's own.
    pub endpoint: Option<String>,
}

impl AccountScope {
    /// A place; of the endpoint's URL only host and port count.
    pub fn new(account: Option<String>, region: Option<&str>, endpoint: Option<&str>) -> Self {
        let host = |url: &str| {
            url.trim_start_matches("http://").trim_start_matches("https://").trim_end_matches('/').to_owned()
        };
        Self { account, region: region.map(str::to_owned), endpoint: endpoint.map(host) }
    }

    /// Whether something that was done here belongs to `other`. What earlier versions wrote has no account.
    pub fn is(&self, other: &Self) -> bool {
        let account = self.account.is_none() || self.account == other.account;
        account && self.region == other.region && self.endpoint == other.endpoint
    }
}

impl fmt::Display for AccountScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (account, region) = (self.account.as_deref(), self.region.as_deref());
        write!(f, "account {}, {}", account.unwrap_or("unknown"), region.unwrap_or("no Region"))?;
        self.endpoint.as_ref().map_or(Ok(()), |endpoint| write!(f, " at {endpoint}"))
    }
}
