//! The intrinsic functions of CloudFormation that the templates use: `Ref`, `Fn::GetAtt`, `Fn::ImportValue`, `Fn::Sub`
//! ("Intrinsic function reference"). Any other is refused by its name.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use thiserror::Error;

/// What names stand for.
pub trait Lookup {
    /// A parameter's value, a resource's physical id, or a pseudo parameter such as `AWS::Region`.
    fn reference(&self, name: &str) -> Option<Value>;
    /// An attribute of a resource.
    fn attribute(&self, resource: &str, attribute: &str) -> Option<String>;
    /// What a stack exports.
    fn export(&self, name: &str) -> Option<String>;
}

/// Why a value is not resolved.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ResolveError {
    #[error("Template format error: Unresolved resource dependencies [{0}] in the Resources block of the template")]
    Unresolved(String),
    #[error("No export named {0} found.")]
    NoExport(String),
    #[error("Template error: the function {0} is not supported here")]
    Unsupported(String),
    #[error("Template error: {0} has arguments of the wrong form")]
    Malformed(&'static str),
}

/// The value with every function replaced by what it stands for.
///
/// # Errors
/// At the first function that cannot be resolved.
pub fn resolve(value: &Value, lookup: &dyn Lookup) -> Result<Value, ResolveError> {
    match value {
        Value::Array(list) => list.iter().map(|entry| resolve(entry, lookup)).collect(),
        Value::Object(map) => match only(map) {
            Some(("Ref", argument)) => reference(argument, lookup),
            Some((function, argument)) if function.starts_with("Fn::") => call(function, argument, lookup),
            _ => map
                .iter()
                .map(|(name, value)| Ok((name.clone(), resolve(value, lookup)?)))
                .collect::<Result<Map<_, _>, _>>()
                .map(Value::Object),
        },
        plain => Ok(plain.clone()),
    }
}

fn only(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, value) = map.iter().next().filter(|_| map.len() == 1)?;
    Some((name, value))
}

fn reference(argument: &Value, lookup: &dyn Lookup) -> Result<Value, ResolveError> {
    let name = argument.as_str().ok_or(ResolveError::Malformed("Ref"))?;
    lookup.reference(name).ok_or_else(|| ResolveError::Unresolved(name.to_owned()))
}

fn call(function: &str, argument: &Value, lookup: &dyn Lookup) -> Result<Value, ResolveError> {
    match function {
        "Fn::GetAtt" => get_att(argument, lookup).map(Value::from),
        "Fn::ImportValue" => {
            let name = text(&resolve(argument, lookup)?).ok_or(ResolveError::Malformed("Fn::ImportValue"))?;
            lookup.export(&name).map(Value::from).ok_or(ResolveError::NoExport(name))
        }
        "Fn::Sub" => sub(argument, lookup).map(Value::from),
        other => Err(ResolveError::Unsupported(other.to_owned())),
    }
}

/// `["Role", "Arn"]` or `"Role.Arn"`.
fn get_att(argument: &Value, lookup: &dyn Lookup) -> Result<String, ResolveError> {
    let parts = match argument {
        Value::String(text) => text.split_once('.'),
        Value::Array(list) => match &list[..] {
            [Value::String(resource), Value::String(attribute)] => Some((resource.as_str(), attribute.as_str())),
            _ => None,
        },
        _ => None,
    };
    let (resource, attribute) = parts.ok_or(ResolveError::Malformed("Fn::GetAtt"))?;
    let found = lookup.attribute(resource, attribute);
    found.ok_or_else(|| ResolveError::Unresolved(format!("{resource}.{attribute}")))
}

/// A text with `${Name}` in it, alone or with a map of names of its own; `${!Name}` is `${Name}` itself.
fn sub(argument: &Value, lookup: &dyn Lookup) -> Result<String, ResolveError> {
    let malformed = ResolveError::Malformed("Fn::Sub");
    let (pattern, own) = match argument {
        Value::String(pattern) => (pattern.as_str(), BTreeMap::new()),
        Value::Array(list) => match &list[..] {
            [Value::String(pattern), Value::Object(own)] => {
                let resolved = own.iter().map(|(name, value)| Ok((name.clone(), resolve(value, lookup)?)));
                (pattern.as_str(), resolved.collect::<Result<BTreeMap<_, _>, ResolveError>>()?)
            }
            _ => return Err(malformed),
        },
        _ => return Err(malformed),
    };
    let (mut whole, mut rest) = (String::new(), pattern);
    while let Some((before, after)) = rest.split_once("${") {
        whole.push_str(before);
        let (name, after) = after.split_once('}').ok_or(ResolveError::Malformed("Fn::Sub"))?;
        rest = after;
        if let Some(literal) = name.strip_prefix('!') {
            whole.push_str(&format!("${{{literal}}}"));
            continue;
        }
        let value = match (own.get(name), name.split_once('.')) {
            (Some(value), _) => value.clone(),
            (None, Some((resource, attribute))) => match lookup.attribute(resource, attribute) {
                Some(value) => Value::from(value),
                None => return Err(ResolveError::Unresolved(name.to_owned())),
            },
            (None, None) => lookup.reference(name).ok_or_else(|| ResolveError::Unresolved(name.to_owned()))?,
        };
        whole.push_str(&text(&value).ok_or(ResolveError::Malformed("Fn::Sub"))?);
    }
    whole.push_str(rest);
    Ok(whole)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// The logical ids that a value refers to, by any of these functions.
pub fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|entry| references(entry, found)),
        Value::Object(map) => {
            match only(map) {
                Some(("Ref", Value::String(name))) => found.push(name.clone()),
                Some(("Fn::GetAtt", Value::String(name))) => {
                    found.extend(name.split('.').next().map(str::to_owned));
                }
                Some(("Fn::GetAtt", Value::Array(list))) => {
                    found.extend(list.first().and_then(Value::as_str).map(str::to_owned));
                }
                Some(("Fn::Sub", argument)) => {
                    let pattern = argument.as_str().or_else(|| argument.get(0).and_then(Value::as_str));
                    let names =
                        pattern.unwrap_or_default().split("${").skip(1).filter_map(|rest| rest.split('}').next());
                    found.extend(names.filter_map(|name| name.split('.').next()).map(str::to_owned));
                }
                _ => {}
            }
            map.values().for_each(|entry| references(entry, found));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    struct Names;

    impl Lookup for Names {
        fn reference(&self, name: &str) -> Option<Value> {
            Some(json!(match name {
                "AWS::Region" => "us-east-1",
                "Stack" => "tumble-dev-storage",
                _ => return None,
            }))
        }

        fn attribute(&self, resource: &str, attribute: &str) -> Option<String> {
            (resource == "Role").then(|| format!("the {attribute} of {resource}"))
        }

        fn export(&self, name: &str) -> Option<String> {
            (name == "tumble-dev-storage-Bucket").then(|| "tumble-dev-lake".to_owned())
        }
    }

    #[test]
    fn functions_stand_for_what_they_name() {
        for (value, resolved) in [
            (json!({ "Ref": "AWS::Region" }), json!("us-east-1")),
            (json!({ "Fn::GetAtt": ["Role", "Arn"] }), json!("the Arn of Role")),
            (
                json!({ "Fn::Sub": "a ${AWS::Region} ${!Literal} ${Role.Arn}" }),
                json!("a us-east-1 ${Literal} the Arn of Role"),
            ),
            (
                json!({ "Fn::Sub": ["s3://${B}/x", { "B": { "Fn::ImportValue": { "Fn::Sub": "${Stack}-Bucket" } } }] }),
                json!("s3://tumble-dev-lake/x"),
            ),
            (json!({ "A": [{ "Ref": "Stack" }, 1], "Ref": 2 }), json!({ "A": ["tumble-dev-storage", 1], "Ref": 2 })),
        ] {
            assert_eq!(resolve(&value, &Names), Ok(resolved));
        }
    }

    #[test]
    fn what_cannot_be_resolved_is_named() {
        for (value, error) in [
            (json!({ "Ref": "Nothing" }), "[Nothing]"),
            (json!({ "Fn::Join": ["", []] }), "Fn::Join"),
            (json!({ "Fn::ImportValue": "nothing" }), "No export named nothing"),
            (json!({ "Fn::Sub": "${Stack" }), "Fn::Sub"),
            (json!({ "Fn::GetAtt": "Role" }), "Fn::GetAtt"),
        ] {
            let found = resolve(&value, &Names).expect_err("it is refused").to_string();
            assert!(found.contains(error), "{value}: {found}");
        }
    }

    #[test]
    fn references_are_found_in_depth() {
        let mut found = Vec::new();
        let value = json!([{ "Ref": "A" }, { "Fn::Sub": ["${B.Arn}-${C}", { "C": { "Fn::GetAtt": ["D", "Arn"] } }] }]);
        references(&value, &mut found);
        assert_eq!(found, ["A", "B", "C", "D"]);
    }
}
