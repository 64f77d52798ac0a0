//! What the operations of Glue have in common: names, lists, batches, changes.

use super::fault::WireFault;
use super::input::Input;
use super::{Answer, object};
use crate::control::{Control, Hub, Refusal, Time};
use serde_json::{Value, json};

pub(super) fn hub_change(hub: &Hub, change: impl FnOnce(&mut Control, Time) -> Result<Value, Refusal>) -> Answer {
    hub.change(change).map_err(WireFault::from)
}

/// What is found of the named, and the names of what is not.
pub(super) fn batch_get(
    input: &Input,
    (member, most): (&str, usize),
    (found, missing): (&str, &str),
    get: impl Fn(&String) -> Option<Value>,
) -> Answer {
    let wanted = batch(input, member, most)?;
    let (mut shapes, mut unknown) = (Vec::new(), Vec::new());
    for name in wanted {
        match get(&name) {
            Some(shape) => shapes.push(shape),
            None => unknown.push(name),
        }
    }
    Ok(object([(found, shapes.into()), (missing, unknown.into())]))
}

pub(super) fn names<'a>(input: &Input, names: impl Iterator<Item = &'a String>, member: &str, most: usize) -> Answer {
    let (names, next) = input.page(names.collect(), ("MaxResults", most), "NextToken")?;
    Ok(json!({ member: names, "NextToken": next }))
}

/// Of resources of a kind, those that bear the tags that are asked for, each with that value (ListJobs, ListCrawlers,
/// ListTriggers: `Tags`).
pub(super) fn tagged<'a>(
    control: &Control,
    input: &Input,
    kind: &str,
    names: impl Iterator<Item = &'a String>,
) -> Result<impl Iterator<Item = &'a String>, WireFault> {
    let wanted = input.map("Tags")?;
    let bears = |name: &&String| {
        let tags = control.tags.get(&arn(control, kind, name));
        wanted.iter().all(|(tag, value)| tags.is_some_and(|tags| tags.get(tag) == Some(value)))
    };
    Ok(names.filter(bears).collect::<Vec<_>>().into_iter())
}

/// The names of a batch call; the model gives a least of one and a most.
pub(super) fn batch(input: &Input, member: &str, most: usize) -> Result<Vec<String>, WireFault> {
    let names = input.texts(member)?;
    if names.is_empty() || names.len() > most {
        let mut parameter = member[..1].to_ascii_lowercase();
        parameter.push_str(&member[1..]);
        let bound = if names.is_empty() {
            "greater than or equal to 1".to_owned()
        } else {
            format!("less than or equal to {most}")
        };
        return Err(WireFault::new(
            "ValidationException",
            format!(
                "1 validation error detected: Value at '{parameter}' failed to satisfy constraint: Member must have length {bound}"
            ),
        ));
    }
    Ok(names)
}

pub(super) fn list<'a, T: 'a>(
    input: &Input,
    all: impl Iterator<Item = &'a T>,
    member: &str,
    shape: impl Fn(&T) -> Value,
) -> Answer {
    let (all, next) = input.page(all.collect(), ("MaxResults", 1_000), "NextToken")?;
    let shapes: Vec<_> = all.into_iter().map(shape).collect();
    Ok(object([(member, shapes.into()), ("NextToken", next.into())]))
}

/// `arn:aws:glue:REGION:ACCOUNT:kind/name`.
pub(super) fn arn(control: &Control, kind: &str, name: &str) -> String {
    let environment = &control.world.environment;
    format!("arn:aws:glue:{}:{}:{kind}/{name}", environment.region, environment.account)
}
