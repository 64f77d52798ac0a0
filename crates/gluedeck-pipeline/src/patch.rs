//! Writing schedules into a file, with its form and its comments as they are.

use crate::file::{self, Entry, Format, Node, Value};
use crate::{Environment, Pipeline, read};
use std::collections::BTreeMap;
use thiserror::Error;

/// Why schedules are not written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PatchError {
    #[error("the file is wrong: {0}")]
    Wrong(String),
    /// The file has values that are written by aliases of others, say, so that a change of one would change more.
    #[error("record {0} is written in a form in which its schedule cannot be changed alone; nothing was written")]
    Form(String),
}

/// The text with new schedules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patched {
    pub text: String,
    /// The records whose schedule is another now, by their `scopeId`.
    pub records: Vec<String>,
    /// Triggers that no record makes.
    pub unknown: Vec<String>,
}

/// A change of a text: what of it is replaced, and by what.
type Edit = (std::ops::Range<usize>, String);

/// Writes the `schedule` fields of the records whose first trigger has a new schedule; `schedules` are by trigger.
///
/// # Errors
/// If the file is wrong, or has a form that cannot be changed so.
pub fn write_schedules(
    text: &str,
    format: Format,
    schedules: &BTreeMap<String, String>,
) -> Result<Patched, PatchError> {
    let wrong = |problems: Vec<crate::Problem>| {
        PatchError::Wrong(problems.first().map(ToString::to_string).unwrap_or_default())
    };
    let before = read(text, format).map_err(wrong)?;
    let tree = file::parse(text, format).map_err(|error| PatchError::Wrong(error.to_string()))?;
    let nodes = records(&tree);
    let (mut edits, mut changed, mut wanted): (Vec<Edit>, Vec<String>, Pipeline) = (Vec::new(), Vec::new(), before);
    let mut unknown: Vec<String> = schedules.keys().cloned().collect();
    let settings = Pipeline { records: Vec::new(), ..wanted.clone() };
    for (record, node) in wanted.records.iter_mut().zip(nodes) {
        let made = settings.resources(&Environment::default(), record);
        let trigger = made.triggers.first().map(|trigger| trigger.name.clone()).unwrap_or_default();
        let Some(schedule) = schedules.get(&trigger) else { continue };
        unknown.retain(|name| *name != trigger);
        if record.schedule.as_ref() == Some(schedule) {
            continue;
        }
        edits.push(edit(text, format, node, schedule).ok_or_else(|| PatchError::Form(record.scope_id.clone()))?);
        record.schedule = Some(schedule.clone());
        changed.push(record.scope_id.clone());
    }
    edits.sort_by_key(|(range, _)| range.start);
    let mut patched = text.to_owned();
    for (range, new) in edits.into_iter().rev() {
        patched.replace_range(range, &new);
    }
    // Whatever the form was: what is written must say what was meant, and nothing else.
    let form = || PatchError::Form(changed.join(", "));
    let after = read(&patched, format).map_err(|_| form())?;
    match after == wanted {
        true => Ok(Patched { text: patched, records: changed, unknown }),
        false => Err(form()),
    }
}

fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    let Value::Map(entries) = &node.value else { return None };
    entries.iter().find(|entry| entry.key == key)
}

fn records(root: &Node) -> &[Node] {
    match &root.value {
        Value::List(records) => records,
        _ => match entry(root, "records").map(|entry| &entry.node.value) {
            Some(Value::List(records)) => records,
            _ => &[],
        },
    }
}

/// The change that gives a record a schedule: in place of the one it has, or after its `scopeId`.
fn edit(text: &str, format: Format, record: &Node, schedule: &str) -> Option<Edit> {
    let value = format!("\"{schedule}\"");
    if let Some(known) = entry(record, "schedule") {
        return Some((known.node.span.clone(), value));
    }
    let first = entry(record, "scopeId")?;
    let end = first.node.span.end;
    let line_start = text.get(..first.key_span.start)?.rfind('\n').map_or(0, |at| at + 1);
    let before_key = text.get(line_start..first.key_span.start)?;
    let indent: String = before_key.chars().map(|letter| if letter == '\t' { '\t' } else { ' ' }).collect();
    let own_line = before_key.chars().all(|letter| letter.is_whitespace() || letter == '-');
    let line_end = text[end..].find('\n').map_or(text.len(), |at| end + at);
    let (line_end, newline) = match text[..line_end].ends_with('\r') {
        true => (line_end - 1, "\r\n"),
        false => (line_end, "\n"),
    };
    // What stands behind it on its line: a comma, and perhaps a comment that is about it.
    let rest = text.get(end..line_end)?.trim_start();
    let is_comment = |rest: &str| rest.is_empty() || rest.starts_with("//") || rest.starts_with("/*");
    let comma_ends_line = rest.strip_prefix(',').is_some_and(|rest| is_comment(rest.trim()));
    Some(match format {
        Format::Json if own_line && comma_ends_line => {
            (line_end..line_end, format!("{newline}{indent}\"schedule\": {value},"))
        }
        Format::Json if own_line && rest.is_empty() => (end..end, format!(",{newline}{indent}\"schedule\": {value}")),
        Format::Json => (end..end, format!(", \"schedule\": {value}")),
        Format::Toml if own_line => (line_end..line_end, format!("{newline}{indent}schedule = {value}")),
        Format::Toml => (end..end, format!(", schedule = {value}")),
        Format::Yaml if own_line => (line_end..line_end, format!("{newline}{indent}schedule: {value}")),
        Format::Yaml => (end..end, format!(", schedule: {value}")),
    })
}
