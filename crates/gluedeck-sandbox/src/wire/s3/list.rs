//! ListObjects and ListObjectsV2.

use super::answer::{Answered, argument, etag, time, xml};
use super::request::Request;
use super::shapes::{CommonPrefixes, Contents, ListBucketResult, ListVersionsResult, OWNER, Version};
use crate::backend::Backend;
use data_encoding::BASE64URL_NOPAD;
use std::collections::BTreeSet;

/// A page of a listing.
#[derive(Default)]
struct Page {
    keys: Vec<String>,
    folders: BTreeSet<String>,
    /// The last key or folder of the page.
    last: String,
    is_truncated: bool,
}

/// A listing in the second version or the first.
pub(super) fn list(backend: &Backend, request: &Request, second: bool) -> Answered {
    let (prefix, delimiter) = (request.text("prefix"), request.text("delimiter"));
    let most = request.page_size("max-keys", 1_000)?;
    let after = after(request, second)?;
    let page = page(backend.lake.objects.keys(&request.bucket, prefix), (prefix, delimiter), &after, most);
    let owned = !second || request.text("fetch-owner") == "true";
    let contents = contents(backend, request, &page.keys, owned);
    let given = |name: &str| request.query.get(name).filter(|text| !text.is_empty());
    let next = page.is_truncated.then(|| page.last.clone());
    xml(&ListBucketResult {
        name: request.bucket.clone(),
        prefix: encoded(request, prefix),
        delimiter: given("delimiter").map(|text| encoded(request, text)),
        max_keys: most,
        encoding_type: wants_encoding(request).then_some("url"),
        key_count: second.then_some(contents.len() + page.folders.len()),
        is_truncated: page.is_truncated,
        continuation_token: given("continuation-token").filter(|_| second).cloned(),
        next_continuation_token: next.as_ref().filter(|_| second).map(|key| token(key)),
        start_after: given("start-after").filter(|_| second).map(|text| encoded(request, text)),
        marker: (!second).then(|| encoded(request, request.text("marker"))),
        next_marker: next.filter(|_| !second && !delimiter.is_empty()).map(|key| encoded(request, &key)),
        contents,
        common_prefixes: common_prefixes(request, &page),
    })
}

/// ListObjectVersions. No bucket keeps versions here, so that each object is its only one, with the id `null`.
pub(super) fn versions(backend: &Backend, request: &Request) -> Answered {
    let (prefix, delimiter) = (request.text("prefix"), request.text("delimiter"));
    let (most, after) = (request.page_size("max-keys", 1_000)?, request.text("key-marker"));
    let page = page(backend.lake.objects.keys(&request.bucket, prefix), (prefix, delimiter), after, most);
    let next = page.is_truncated.then(|| encoded(request, &page.last));
    let version = |contents| Version { contents, version_id: "null", is_latest: true };
    xml(&ListVersionsResult {
        name: request.bucket.clone(),
        prefix: encoded(request, prefix),
        delimiter: (!delimiter.is_empty()).then(|| encoded(request, delimiter)),
        max_keys: most,
        encoding_type: wants_encoding(request).then_some("url"),
        is_truncated: page.is_truncated,
        key_marker: encoded(request, after),
        version_id_marker: request.text("version-id-marker").to_owned(),
        next_version_id_marker: next.is_some().then_some("null"),
        next_key_marker: next,
        version: contents(backend, request, &page.keys, true).into_iter().map(version).collect(),
        common_prefixes: common_prefixes(request, &page),
    })
}

/// The objects of a page. A key that was deleted meanwhile is none any more.
fn contents(backend: &Backend, request: &Request, keys: &[String], owned: bool) -> Vec<Contents> {
    let now = backend.hub.now();
    let found = keys.iter().filter_map(|key| {
        let (_, about) = backend.lake.objects.get(&request.bucket, key, now)?;
        Some(Contents {
            key: encoded(request, key),
            last_modified: time(about.modified),
            etag: etag(&about),
            size: about.size,
            storage_class: about.headers.get("x-amz-storage-class").cloned().unwrap_or_else(|| "STANDARD".to_owned()),
            owner: owned.then_some(OWNER),
        })
    });
    found.collect()
}

fn common_prefixes(request: &Request, page: &Page) -> Vec<CommonPrefixes> {
    page.folders.iter().map(|folder| CommonPrefixes { prefix: encoded(request, folder) }).collect()
}

/// Behind which key the page begins.
fn after(request: &Request, second: bool) -> Result<String, crate::wire::fault::WireFault> {
    if !second {
        return Ok(request.text("marker").to_owned());
    }
    match request.query.get("continuation-token") {
        None => Ok(request.text("start-after").to_owned()),
        Some(text) => {
            let key = text.strip_prefix("1").and_then(|code| BASE64URL_NOPAD.decode(code.as_bytes()).ok());
            let key = key.and_then(|bytes| String::from_utf8(bytes).ok());
            key.ok_or_else(|| argument("The continuation token provided is incorrect", "continuation-token", text))
        }
    }
}

fn token(key: &str) -> String {
    format!("1{}", BASE64URL_NOPAD.encode(key.as_bytes()))
}

/// The keys behind one, those under a common prefix as one.
fn page(keys: Vec<String>, (prefix, delimiter): (&str, &str), after: &str, most: usize) -> Page {
    let mut page = Page::default();
    if most == 0 {
        return page;
    }
    for key in keys {
        let inner = key[prefix.len()..].find(delimiter).filter(|_| !delimiter.is_empty());
        let folder = inner.map(|at| key[..prefix.len() + at + delimiter.len()].to_owned());
        // A folder that was on an earlier page does not come again.
        if key.as_str() <= after
            || folder.as_ref().is_some_and(|folder| folder == after || page.folders.contains(folder))
        {
            continue;
        }
        if page.keys.len() + page.folders.len() == most {
            page.is_truncated = true;
            break;
        }
        match folder {
            Some(folder) => {
                page.last.clone_from(&folder);
                page.folders.insert(folder);
            }
            None => {
                page.last.clone_from(&key);
                page.keys.push(key);
            }
        }
    }
    page
}

fn wants_encoding(request: &Request) -> bool {
    request.text("encoding-type") == "url"
}

/// A key as the request wants it written: XML has no way to write control characters, so clients ask for URL coding.
pub(super) fn encoded(request: &Request, key: &str) -> String {
    if !wants_encoding(request) {
        return key.to_owned();
    }
    const KEPT: percent_encoding::AsciiSet = percent_encoding::NON_ALPHANUMERIC
        .remove(b'/')
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'*')
        .remove(b' ');
    percent_encoding::utf8_percent_encode(key, &KEPT).to_string().replace(' ', "+")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_every_key_and_folder_once() {
        let keys = ["a", "b/1", "b/2", "b/3", "c", "d/1", "e"].map(str::to_owned).to_vec();
        for most in 1..=6 {
            let (mut found, mut after) = (Vec::new(), String::new());
            loop {
                let page = page(keys.clone(), ("", "/"), &after, most);
                assert!(page.keys.len() + page.folders.len() <= most);
                found.extend(page.keys);
                found.extend(page.folders);
                after = page.last;
                if !page.is_truncated {
                    break;
                }
            }
            found.sort();
            assert_eq!(found, ["a", "b/", "c", "d/", "e"], "{most}");
        }
    }
}
