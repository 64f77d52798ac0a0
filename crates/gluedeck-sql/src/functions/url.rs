//! URLs.

use super::call::{Body, Call};
use crate::error::{Error, Result};
use crate::value::Value;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

pub(super) const FUNCTIONS: &[(&str, Body)] = &[
    ("url_decode", url_decode),
    ("url_encode", url_encode),
    ("url_extract_fragment", |call| {
        Ok(parts(call).map_or(Value::Null, |url| decoded(url.fragment.unwrap_or_default())))
    }),
    ("url_extract_host", |call| Ok(parts(call).map_or(Value::Null, |url| Value::text(url.host.unwrap_or_default())))),
    ("url_extract_parameter", parameter),
    ("url_extract_path", |call| Ok(parts(call).map_or(Value::Null, |url| decoded(url.path)))),
    ("url_extract_port", |call| Ok(parts(call).and_then(|url| url.port).map_or(Value::Null, Value::Int))),
    ("url_extract_protocol", |call| {
        Ok(parts(call).map_or(Value::Null, |url| Value::text(url.scheme.unwrap_or_default())))
    }),
    ("url_extract_query", |call| Ok(parts(call).map_or(Value::Null, |url| decoded(url.query.unwrap_or_default())))),
];

/// What stands as it is in a form (Java's `URLEncoder`).
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'*').remove(b'_').remove(b' ');

fn url_encode(call: &Call<'_>) -> Result<Value> {
    Ok(Value::Text(utf8_percent_encode(call.text(0), KEPT).to_string().replace(' ', "+")))
}

fn url_decode(call: &Call<'_>) -> Result<Value> {
    let text = call.text(0);
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let (a, b) = (rest.next(), rest.next());
            if !a.zip(b).is_some_and(|(a, b)| a.is_ascii_hexdigit() && b.is_ascii_hexdigit()) {
                let what = match a.zip(b) {
                    None => "Incomplete trailing escape (%) pattern",
                    Some(_) => "Illegal hex characters in escape (%) pattern",
                };
                return Err(Error::argument(format!("URLDecoder: {what}")));
            }
        }
    }
    Ok(decoded_form(text))
}

fn decoded_form(text: &str) -> Value {
    let spaced = text.replace('+', " ");
    Value::text(percent_decode_str(&spaced).decode_utf8_lossy())
}

fn decoded(text: &str) -> Value {
    Value::text(percent_decode_str(text).decode_utf8_lossy())
}

struct Url<'a> {
    scheme: Option<&'a str>,
    host: Option<&'a str>,
    port: Option<i64>,
    path: &'a str,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

/// The parts of a URL as RFC 3986 splits it; `None` if Java's `URI` would not take it.
fn parts<'a>(call: &'a Call<'_>) -> Option<Url<'a>> {
    let text = call.text(0);
    let legal = |c: char| {
        c.is_ascii_alphanumeric()
            || "-_.!~*'();/?:@&=+$,[]%#".contains(c)
            || (!c.is_ascii() && !c.is_whitespace() && !c.is_control())
    };
    if !text.chars().all(legal) {
        return None;
    }
    let escaped = text
        .match_indices('%')
        .all(|(at, _)| text.get(at + 1..at + 3).is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit())));
    if !escaped {
        return None;
    }
    let (rest, fragment) = text.split_once('#').map_or((text, None), |(rest, fragment)| (rest, Some(fragment)));
    if fragment.is_some_and(|fragment| fragment.contains('#')) {
        return None;
    }
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let (scheme, rest) = match rest.split_once(':') {
        Some((scheme, after)) if !scheme.contains('/') => {
            let valid = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
            if !valid || after.is_empty() {
                return None;
            }
            (Some(scheme), after)
        }
        _ => (None, rest),
    };
    if scheme.is_some() && !rest.starts_with('/') {
        // An opaque one, such as mailto: it has no parts.
        return Some(Url { scheme, host: None, port: None, path: "", query: None, fragment });
    }
    let Some(authority) = rest.strip_prefix("//") else {
        return Some(Url { scheme, host: None, port: None, path: rest, query, fragment });
    };
    let end = authority.find('/').unwrap_or(authority.len());
    let (authority, path) = authority.split_at(end);
    let server = authority.rsplit_once('@').map_or(authority, |(_, server)| server);
    let (host, port) = match server.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (server, ""),
    };
    let number = port.parse::<i64>().ok();
    let valid = !host.is_empty() && (port.is_empty() || number.is_some()) && is_host(host);
    let (host, port) = if valid { (Some(host), number) } else { (None, None) };
    Some(Url { scheme, host, port, path, query, fragment })
}

fn is_host(host: &str) -> bool {
    host.starts_with('[') || host.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.')
}

fn parameter(call: &Call<'_>) -> Result<Value> {
    let Some(Url { query: Some(query), .. }) = parts(call) else { return Ok(Value::Null) };
    let wanted = call.text(1);
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if name == wanted {
            return Ok(decoded_form(value));
        }
    }
    Ok(Value::Null)
}
