//! Who calls, and where: read from the signature's credential scope. The signature itself is not checked.

use super::fault::WireFault;
use axum::http::HeaderMap;

/// The caller of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) access_key: String,
    pub(crate) region: String,
    /// The service that the request was signed for, such as `glue`.
    pub(crate) service: String,
}

impl Caller {
    /// Reads `Authorization: AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, …`.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, WireFault> {
        let header = headers.get("authorization").and_then(|value| value.to_str().ok());
        let header = header
            .ok_or_else(|| WireFault::new("MissingAuthenticationTokenException", "Missing Authentication Token"))?;
        let scope = header.split("Credential=").nth(1).and_then(|rest| rest.split([',', ' ']).next());
        Self::of_scope(scope.unwrap_or_default())
    }

    /// Reads `KEY/DATE/REGION/SERVICE/aws4_request`.
    pub(crate) fn of_scope(scope: &str) -> Result<Self, WireFault> {
        let parts: Vec<&str> = scope.split('/').collect();
        let [access_key, _, region, service, "aws4_request"] = parts[..] else {
            let message =
                "Authorization header requires 'Credential' parameter with a scope of key, date, Region and service";
            return Err(WireFault::new("IncompleteSignatureException", message));
        };
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !plain(region) {
            return Err(WireFault::new("InvalidSignatureException", "The Region of the credential scope is not valid"));
        }
        Ok(Self { access_key: access_key.to_owned(), region: region.to_owned(), service: service.to_owned() })
    }

    /// Refuses what this key may not do.
    pub(crate) fn authorize(&self, account: &str, service: &str, operation: &str) -> Result<(), WireFault> {
        match self.access_key.as_str() {
            "AKIAEXPIRED000000000" => {
                Err(WireFault::new("ExpiredTokenException", "The security token included in the request is expired"))
            }
            "AKIAREADONLY00000000" if !reads(service, operation) => {
                let message = format!(
                    "User: {} is not authorized to perform: {service}:{operation} on resource: * because no \
                     identity-based policy allows the {service}:{operation} action",
                    self.arn(account)
                );
                Err(WireFault::new("AccessDeniedException", message))
            }
            _ => Ok(()),
        }
    }

    /// `sts:GetCallerIdentity`'s Arn.
    pub(crate) fn arn(&self, account: &str) -> String {
        let user = if self.reads_only() { "readonly" } else { "oncall" };
        format!("arn:aws:iam::{account}:user/{user}")
    }

    pub(crate) fn reads_only(&self) -> bool {
        self.access_key == "AKIAREADONLY00000000"
    }
}

/// Whether an operation is in the policies that change nothing (docs/iam.md: Look, Query). Queries are.
fn reads(service: &str, operation: &str) -> bool {
    let starts = ["Get", "List", "Describe", "BatchGet", "Filter", "Head", "Search", "StartLiveTail"];
    starts.iter().any(|start| operation.starts_with(start))
        || (service == "athena" && matches!(operation, "StartQueryExecution" | "StopQueryExecution"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(header: &str) -> Result<Caller, WireFault> {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", header.parse().expect("a header"));
        Caller::of(&headers)
    }

    #[test]
    fn the_credential_scope_says_who_and_where() {
        let header =
            "AWS4-HMAC-SHA256 Credential=AKIAX/20261122/us-west-2/glue/aws4_request, SignedHeaders=host, Signature=0";
        let caller = caller(header).expect("a caller");
        assert_eq!((caller.access_key.as_str(), caller.region.as_str()), ("AKIAX", "us-west-2"));
        assert!(caller.authorize("1", "glue", "StartWorkflowRun").is_ok());
        let reader = Caller { access_key: "AKIAREADONLY00000000".into(), ..caller };
        assert!(reader.authorize("1", "glue", "StartWorkflowRun").is_err());
        assert!(reader.authorize("1", "glue", "BatchGetWorkflows").is_ok());
    }

    #[test]
    fn a_header_without_a_scope_is_refused() {
        for header in
            ["", "Bearer x", "AWS4-HMAC-SHA256 Credential=AKIAX/20261122/../glue/aws4_request", "Credential=a/b/c"]
        {
            assert!(caller(header).is_err(), "{header}");
        }
    }
}
