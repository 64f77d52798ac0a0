//! The shapes of S3's XML (S3 service model).

use serde::{Deserialize, Serialize};

/// The one owner of everything.
#[derive(Debug, Serialize)]
pub(super) struct Owner {
    #[serde(rename = "ID")]
    pub(super) id: &'static str,
}

pub(super) const OWNER: Owner = Owner { id: "sandbox" };

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListAllMyBucketsResult {
    pub(super) owner: Owner,
    pub(super) buckets: Buckets,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) continuation_token: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Buckets {
    #[serde(rename = "Bucket")]
    pub(super) buckets: Vec<Bucket>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Bucket {
    pub(super) name: String,
    pub(super) creation_date: String,
    pub(super) bucket_region: String,
}

#[derive(Debug, Serialize)]
pub(super) struct LocationConstraint {
    #[serde(rename = "$text")]
    pub(super) region: String,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct VersioningConfiguration {}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateBucketConfiguration {
    #[serde(default)]
    pub(super) location_constraint: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListBucketResult {
    pub(super) name: String,
    pub(super) prefix: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delimiter: Option<String>,
    pub(super) max_keys: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) encoding_type: Option<&'static str>,
    /// Of the second version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key_count: Option<usize>,
    pub(super) is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) continuation_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_continuation_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start_after: Option<String>,
    /// Of the first version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_marker: Option<String>,
    pub(super) contents: Vec<Contents>,
    pub(super) common_prefixes: Vec<CommonPrefixes>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Contents {
    pub(super) key: String,
    pub(super) last_modified: String,
    #[serde(rename = "ETag")]
    pub(super) etag: String,
    pub(super) size: u64,
    pub(super) storage_class: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) owner: Option<Owner>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListVersionsResult {
    pub(super) name: String,
    pub(super) prefix: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delimiter: Option<String>,
    pub(super) max_keys: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) encoding_type: Option<&'static str>,
    pub(super) is_truncated: bool,
    pub(super) key_marker: String,
    pub(super) version_id_marker: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_key_marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_version_id_marker: Option<&'static str>,
    pub(super) version: Vec<Version>,
    pub(super) common_prefixes: Vec<CommonPrefixes>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Version {
    #[serde(flatten)]
    pub(super) contents: Contents,
    pub(super) version_id: &'static str,
    pub(super) is_latest: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CommonPrefixes {
    pub(super) prefix: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Delete {
    #[serde(default)]
    pub(super) object: Vec<ObjectIdentifier>,
    #[serde(default)]
    pub(super) quiet: bool,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ObjectIdentifier {
    pub(super) key: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteResult {
    pub(super) deleted: Vec<ObjectIdentifier>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CopyObjectResult {
    pub(super) last_modified: String,
    #[serde(rename = "ETag")]
    pub(super) etag: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CopyPartResult {
    pub(super) last_modified: String,
    #[serde(rename = "ETag")]
    pub(super) etag: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tagging {
    pub(super) tag_set: TagSet,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct TagSet {
    #[serde(default, rename = "Tag")]
    pub(super) tags: Vec<Tag>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    pub(super) key: String,
    #[serde(default)]
    pub(super) value: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InitiateMultipartUploadResult {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) upload_id: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct CompleteMultipartUpload {
    #[serde(default, rename = "Part")]
    pub(super) parts: Vec<CompletedPart>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CompletedPart {
    pub(super) part_number: u32,
    #[serde(rename = "ETag")]
    pub(super) etag: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CompleteMultipartUploadResult {
    pub(super) location: String,
    pub(super) bucket: String,
    pub(super) key: String,
    #[serde(rename = "ETag")]
    pub(super) etag: String,
    #[serde(flatten)]
    pub(super) checksum: std::collections::BTreeMap<&'static str, String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListPartsResult {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) upload_id: String,
    pub(super) part_number_marker: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_part_number_marker: Option<u32>,
    pub(super) max_parts: usize,
    pub(super) is_truncated: bool,
    pub(super) storage_class: &'static str,
    pub(super) initiator: Owner,
    pub(super) owner: Owner,
    pub(super) part: Vec<ListedPart>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListedPart {
    pub(super) part_number: u32,
    pub(super) last_modified: String,
    #[serde(rename = "ETag")]
    pub(super) etag: String,
    pub(super) size: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListMultipartUploadsResult {
    pub(super) bucket: String,
    pub(super) key_marker: String,
    pub(super) upload_id_marker: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_key_marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_upload_id_marker: Option<String>,
    pub(super) prefix: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delimiter: Option<String>,
    pub(super) max_uploads: usize,
    pub(super) is_truncated: bool,
    pub(super) upload: Vec<ListedUpload>,
    pub(super) common_prefixes: Vec<CommonPrefixes>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListedUpload {
    pub(super) key: String,
    pub(super) upload_id: String,
    pub(super) initiated: String,
    pub(super) storage_class: &'static str,
    pub(super) owner: Owner,
    pub(super) initiator: Owner,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetObjectAttributesResponse {
    #[serde(rename = "ETag", skip_serializing_if = "Option::is_none")]
    pub(super) etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) checksum: Option<std::collections::BTreeMap<&'static str, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) object_parts: Option<ObjectParts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) storage_class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) object_size: Option<u64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ObjectParts {
    pub(super) parts_count: usize,
}
