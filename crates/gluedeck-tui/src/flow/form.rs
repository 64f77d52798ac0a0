//! What can be edited in a dialog before it is confirmed, and what the changes then are.

use gluedeck_core::analysis::redact;
use gluedeck_core::domain::policy::Rule;
use gluedeck_core::domain::{Change, JobOverrides, Pipeline, Policy};
use std::path::Path;
use thiserror::Error;

/// A field of a dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub label: String,
    pub text: String,
    pub kind: FieldKind,
}

/// What a field is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// A run property of this name, and its default.
    Property {
        name: String,
        default: String,
    },
    /// A further run property, `name=value`.
    NewProperty,
    Workers,
    WorkerType,
    /// `standard` or `flex`.
    Class,
    /// Minutes.
    Timeout,
    /// Arguments of a job run, `--name=value` separated by blanks, quoted as a shell would have them.
    Arguments,
    /// Whether new schedules are written into the pipeline's file: `yes` or `no`.
    WriteFile,
    /// What the policy wants typed.
    Phrase,
}

/// The fields of a change that is planned alone.
pub fn fields(change: &Change, workflow: Option<&Pipeline>) -> Vec<Field> {
    let field = |label: &str, text: &str, kind| Field { label: label.to_owned(), text: text.to_owned(), kind };
    match change {
        Change::Start { .. } => {
            let defaults = workflow.into_iter().flat_map(|workflow| &workflow.default_run_properties);
            let mut fields: Vec<Field> = defaults
                .map(|(name, value)| {
                    let kind = FieldKind::Property { name: name.clone(), default: value.clone() };
                    field(&format!("property {name}"), value, kind)
                })
                .collect();
            fields.push(field("add property (name=value)", "", FieldKind::NewProperty));
            fields
        }
        Change::StartJob { overrides, .. } => {
            let number = |number: Option<i32>| number.map(|number| number.to_string()).unwrap_or_default();
            let class = overrides.flex.map_or("", |flex| if flex { "flex" } else { "standard" });
            let kind = overrides.worker_type.as_deref().unwrap_or_default();
            vec![
                field("workers", &number(overrides.workers), FieldKind::Workers),
                field("worker type", kind, FieldKind::WorkerType),
                field("class (standard, flex)", class, FieldKind::Class),
                field("timeout in minutes", &number(overrides.timeout), FieldKind::Timeout),
                field("arguments (--name=value …)", &written(overrides), FieldKind::Arguments),
            ]
        }
        _ => Vec::new(),
    }
}

/// Arguments as they are typed. Those that are named like a secret are not shown, and go along as they are.
fn written(overrides: &JobOverrides) -> String {
    let shown = overrides.arguments.iter().filter(|(name, _)| !redact::is_secret(name));
    let quoted = shown.map(|(name, value)| {
        let text = format!("{name}={value}");
        shlex::try_quote(&text).map_or(text.clone(), |quoted| quoted.into_owned())
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// The field for what the policy wants typed, if it wants something typed.
pub fn phrase_field(changes: &[Change], policy: &Policy) -> Option<Field> {
    (policy.strictest(changes) == Rule::TypeName).then(|| Field {
        label: "type here".to_owned(),
        text: String::new(),
        kind: FieldKind::Phrase,
    })
}

/// What was typed for the policy.
pub fn typed(fields: &[Field]) -> Option<String> {
    fields.iter().find(|field| field.kind == FieldKind::Phrase).map(|field| field.text.trim().to_owned())
}

/// The field for writing new schedules into a file.
pub fn file_field(file: &Path) -> Field {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let label = format!("write into {name} (yes, no)");
    Field { label, text: "yes".to_owned(), kind: FieldKind::WriteFile }
}

/// Whether new schedules are to be written into the file.
///
/// # Errors
/// If it is neither yes nor no.
pub fn writes_file(fields: &[Field]) -> Result<bool, FieldError> {
    let Some(field) = fields.iter().find(|field| field.kind == FieldKind::WriteFile) else { return Ok(false) };
    match field.text.trim().to_lowercase().as_str() {
        "yes" | "y" => Ok(true),
        "no" | "n" | "" => Ok(false),
        _ => Err(FieldError::NotYesOrNo { label: field.label.clone(), text: field.text.clone() }),
    }
}

/// What is wrong with a field of a dialog.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FieldError {
    #[error("{label}: {text} is not a number above 0")]
    NotPositive { label: String, text: String },
    #[error("{0} is not name=value")]
    NotProperty(String),
    #[error("{0} is not --name=value")]
    NotArgument(String),
    #[error("arguments: a quote is not closed")]
    NotQuoted,
    #[error("{label}: {text} is not yes or no")]
    NotYesOrNo { label: String, text: String },
    #[error("class: {0} is not standard or flex")]
    NotClass(String),
}

/// The changes with what was edited.
///
/// # Errors
/// If a field cannot be read.
pub fn edited(mut changes: Vec<Change>, fields: &[Field]) -> Result<Vec<Change>, FieldError> {
    let [change] = changes.as_mut_slice() else { return Ok(changes) };
    let number = |field: &Field| {
        let number = field.text.trim().parse::<i32>().ok().filter(|number| *number > 0);
        number.ok_or_else(|| FieldError::NotPositive { label: field.label.clone(), text: field.text.clone() })
    };
    match change {
        Change::Start { properties, .. } => {
            let mut given = std::collections::BTreeMap::new();
            let mut touched = false;
            for field in fields {
                match &field.kind {
                    FieldKind::Property { name, default } => {
                        touched |= &field.text != default;
                        given.insert(name.clone(), field.text.clone());
                    }
                    FieldKind::NewProperty if !field.text.trim().is_empty() => {
                        let (name, value) = field
                            .text
                            .split_once('=')
                            .filter(|(name, _)| !name.trim().is_empty())
                            .ok_or_else(|| FieldError::NotProperty(field.text.clone()))?;
                        given.insert(name.trim().to_owned(), value.to_owned());
                        touched = true;
                    }
                    _ => {}
                }
            }
            // Whether given properties are merged over the defaults is not documented, so the defaults go along.
            if touched {
                *properties = given;
            }
        }
        Change::StartJob { overrides, .. } => {
            for field in fields {
                let text = field.text.trim();
                let given = (!text.is_empty()).then_some(field);
                match field.kind {
                    FieldKind::Workers => overrides.workers = given.map(number).transpose()?,
                    FieldKind::Timeout => overrides.timeout = given.map(number).transpose()?,
                    FieldKind::WorkerType => overrides.worker_type = given.map(|_| text.to_owned()),
                    FieldKind::Class => overrides.flex = class(text)?,
                    FieldKind::Arguments => {
                        overrides.arguments.retain(|name, _| redact::is_secret(name));
                        overrides.arguments.extend(arguments(text)?);
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
    Ok(changes)
}

fn class(text: &str) -> Result<Option<bool>, FieldError> {
    match text.to_lowercase().as_str() {
        "" => Ok(None),
        "flex" => Ok(Some(true)),
        "standard" => Ok(Some(false)),
        _ => Err(FieldError::NotClass(text.to_owned())),
    }
}

fn arguments(text: &str) -> Result<Vec<(String, String)>, FieldError> {
    let parts = shlex::split(text).ok_or(FieldError::NotQuoted)?;
    let pair = |part: String| {
        let pair = part.split_once('=').filter(|(name, _)| name.starts_with("--"));
        let pair = pair.map(|(name, value)| (name.to_owned(), value.to_owned()));
        pair.ok_or(FieldError::NotArgument(part))
    };
    parts.into_iter().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gluedeck_core::domain::{JobName, JobOverrides, WorkflowName};

    #[test]
    fn untouched_fields_change_nothing_and_touched_ones_are_sent_whole() {
        let start = Change::Start { workflow: WorkflowName::new("w"), properties: Default::default() };
        let property = |text: &str| Field {
            label: "property table".into(),
            text: text.into(),
            kind: FieldKind::Property { name: "table".into(), default: "user".into() },
        };
        let more = |text: &str| Field { label: String::new(), text: text.into(), kind: FieldKind::NewProperty };
        let sent = |fields: &[Field]| match edited(vec![start.clone()], fields)?.remove(0) {
            Change::Start { properties, .. } => Ok::<_, FieldError>(properties.into_iter().collect::<Vec<_>>()),
            other => panic!("another change: {other:?}"),
        };
        assert_eq!(sent(&[property("user"), more("")]), Ok(vec![]));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(sent(&[property("user"), more("day=1")]), Ok(vec![pair("day", "1"), pair("table", "user")]));
        assert_eq!(sent(&[property("x"), more("")]), Ok(vec![pair("table", "x")]));
        assert!(sent(&[more("nonsense")]).is_err());
    }

    #[test]
    fn a_job_run_takes_overrides() {
        let job = Change::StartJob { job: JobName::new("j"), overrides: JobOverrides::default() };
        let mut fields = fields(&job, None);
        fields[0].text = "4".into();
        fields[2].text = "flex".into();
        fields[4].text = "--day=2026-11-22 '--note=two words'".into();
        let Change::StartJob { overrides, .. } = edited(vec![job.clone()], &fields).expect("right").remove(0) else {
            panic!("another change")
        };
        assert_eq!((overrides.workers, overrides.flex, overrides.arguments.len()), (Some(4), Some(true), 2));
        // What is prefilled comes back as it was, with blanks, quotes and a secret that is not on the screen.
        let mut again = overrides.clone();
        again.arguments.insert("--db_password".into(), "hunter2".into());
        again.arguments.insert("--text".into(), "it's \"so\"".into());
        let again = Change::StartJob { job: JobName::new("j"), overrides: again };
        let prefilled = super::fields(&again, None);
        assert!(!prefilled.iter().any(|field| field.text.contains("hunter2")), "{prefilled:?}");
        assert_eq!(edited(vec![again.clone()], &prefilled), Ok(vec![again]));
        fields[0].text = "many".into();
        assert!(edited(vec![job], &fields).is_err_and(|why| why.to_string().contains("many")));
    }
}
