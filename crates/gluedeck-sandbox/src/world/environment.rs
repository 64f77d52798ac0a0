//! The environments of docs/pipeline.md, by account and Region.

/// Where a pipeline runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Environment {
    /// `dev`, `stg`, `prod`; empty where the account has no pipeline in the Region.
    pub(crate) name: &'static str,
    pub(crate) account: &'static str,
    pub(crate) region: String,
    /// The hour of the nightly start, UTC.
    pub(crate) hour: u32,
}

const SHARED: &str = "111122223333";
const PRODUCTION: &str = "444455556666";

impl Environment {
    /// What the account of an access key has in a Region: `AKIAPRODUCTION000000` is of the production account, every
    /// other key of the one that dev and stg share.
    pub(crate) fn of(access_key: &str, region: &str) -> Self {
        let account = if access_key == "AKIAPRODUCTION000000" { PRODUCTION } else { SHARED };
        let (name, hour) = match (account, region) {
            (PRODUCTION, "us-east-1") => ("prod", 3),
            (SHARED, "us-east-1") => ("dev", 3),
            (SHARED, "us-west-2") => ("stg", 4),
            _ => ("", 3),
        };
        Self { name, account, region: region.to_owned(), hour }
    }
}
