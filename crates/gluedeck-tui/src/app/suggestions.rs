//! What can be typed into the palette: commands by their names, and what they take.

use super::athena::AthenaCommand;
use super::model::Model;
use super::palette::Suggestion;
use crate::flow::Route;
use crate::flow::command::{Command, Scope, entries};
use crate::flow::effect::MfaCode;
use crate::flow::regions::{REGIONS, is_region};
use crate::screens::board::SortKey;
use crate::screens::timeline;
use gluedeck_core::analysis::filter::score;
use gluedeck_core::domain::PipelineKind;
use thiserror::Error;

/// What a line of the palette says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum PaletteCommand {
    Command(Command),
    Theme(String),
    Environment(String),
    Profile(String),
    Region(String),
    Sort(SortKey, bool),
    Filter(String),
    /// The pipelines of a kind.
    Kind(PipelineKind),
    Open(String),
    Save(String),
    Day(String),
    /// A time in the log.
    At(String),
    /// A log group, and what its streams' names begin with.
    LogGroup(String, String),
    /// An alert, or the name of something that failed.
    Triage(String),
    /// The report of the incident, without values of the data.
    Incident,
    /// The code that the profile's role needs.
    Mfa(MfaCode),
    /// Something of the SQL screen.
    Athena(AthenaCommand, String),
}

/// Why a line of the palette is no command.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum PaletteError {
    #[error("{verb} needs {what}")]
    Needs { verb: String, what: String },
    #[error("{0} takes no argument")]
    NoArgument(String),
    #[error("{command} only works in {scope}")]
    Elsewhere { command: String, scope: &'static str },
    #[error("unknown command \"{command}\"{place} (: and tab list them)")]
    Unknown { command: String, place: &'static str },
}

/// Commands that take something, with what they do.
const VERBS: [(&str, &str); 25] = [
    ("open", "open a workflow by its name"),
    ("workflows", "show only the workflows"),
    ("triggers", "show only the chains of triggers outside of workflows"),
    ("jobs", "show only the jobs outside of workflows"),
    ("crawlers", "show only the crawlers outside of workflows"),
    ("filter", "show only the workflows that match"),
    ("sort", "sort the workflows by a column, or add reverse"),
    ("theme", "use a theme"),
    ("env", "switch to a configured environment"),
    ("profile", "switch to a profile of the AWS configuration"),
    ("region", "go to another Region"),
    ("night", "show the night of a date on the timeline"),
    ("save", "save this view as text, json or svg"),
    ("group", "open a log group, and what its streams' names begin with"),
    ("at", "go to a time in the log: 03:04, 03:04:05, +5m or -30s from here"),
    ("copy-as", "copy the result as markdown, csv, json, jsonl, values; or its column, row, id"),
    ("export", "export the result by file extension: csv, json, jsonl, md, sql, parquet"),
    ("database", "run queries in a database"),
    ("workgroup", "run queries in a workgroup"),
    ("reuse", "reuse results of the same query up to this many minutes old; or off"),
    ("keep", "save the SQL to the library under a name"),
    ("triage", "investigate an alert, or the last failure of a workflow, job or crawler"),
    ("incident", "write the incident report as Markdown; `incident redact` leaves out data values"),
    ("mfa", "give the code that the profile's role needs (mfa_serial)"),
    ("why", "why the selected workflow is in this state"),
];

/// What can be typed next, the best first.
pub(super) fn suggestions(model: &Model, text: &str) -> Vec<Suggestion> {
    let text = text.trim_start();
    match text.split_once(' ') {
        Some((verb, argument)) => arguments(model, verb, argument.trim_start()),
        None => verbs(model, text),
    }
}

fn verbs(model: &Model, text: &str) -> Vec<Suggestion> {
    let scope = model.scope();
    // The editor has letters for text, so that there the commands of its screen are meant.
    let here = |entry: &&crate::flow::command::Entry| {
        entry.scope == scope || (entry.scope == Scope::Global && entry.command != Command::Palette)
    };
    let commands = entries().filter(here).map(|entry| Suggestion {
        line: entry.name.to_owned(),
        help: entry.help.to_owned(),
        keys: model.keymap.names(entry).join(" "),
    });
    let known = |name: &str| entries().filter(here).any(|entry| entry.name == name);
    let verbs = VERBS.iter().filter(|(name, _)| *name != "why" && !known(name)).map(|(name, help)| Suggestion {
        // A blank where something follows.
        line: if kind_named(name).is_some() { (*name).to_owned() } else { format!("{name} ") },
        help: (*help).to_owned(),
        keys: String::new(),
    });
    ranked(commands.chain(verbs), text)
}

fn ranked(all: impl Iterator<Item = Suggestion>, text: &str) -> Vec<Suggestion> {
    let scored = |suggestion: Suggestion| {
        let name = suggestion.line.rsplit(' ').next().filter(|last| !last.is_empty()).unwrap_or(&suggestion.line);
        let begins = name.to_lowercase().starts_with(&text.to_lowercase());
        let points = if text.is_empty() { Some(0) } else { score(text, &suggestion.line) };
        points.map(|points| ((!begins, u16::MAX - points), suggestion))
    };
    let mut found: Vec<((bool, u16), Suggestion)> = all.filter_map(scored).collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, suggestion)| suggestion).collect()
}

fn arguments(model: &Model, verb: &str, text: &str) -> Vec<Suggestion> {
    let plain = |words: Vec<String>| -> Vec<Suggestion> {
        let of = |word: String| Suggestion { line: format!("{verb} {word}"), help: String::new(), keys: String::new() };
        let begins = |word: &String| text.is_empty() || score(text, word).is_some();
        let mut words: Vec<String> = words.into_iter().filter(begins).collect();
        words.sort_by_key(|word| !word.to_lowercase().starts_with(&text.to_lowercase()));
        words.into_iter().map(of).collect()
    };
    match verb {
        "theme" => plain(model.themes.iter().map(|theme| theme.name.clone()).collect()),
        "env" => plain(model.environments.clone()),
        "profile" => plain(model.profiles.clone()),
        "region" => plain(REGIONS.iter().map(|name| (*name).to_owned()).collect()),
        "sort" => plain(SortKey::ALL.iter().flat_map(|(_, w)| [(*w).to_owned(), format!("{w} reverse")]).collect()),
        "incident" => plain(vec!["redact".to_owned()]),
        "open" | "triage" => {
            plain(model.context.pipelines().iter().map(|workflow| workflow.short_name().to_owned()).collect())
        }
        "save" => plain(["text", "json", "svg"].map(str::to_owned).to_vec()),
        "copy-as" => {
            plain(["markdown", "csv", "json", "jsonl", "values", "column", "row", "id"].map(str::to_owned).to_vec())
        }
        "database" => plain(model.context.databases.value().cloned().unwrap_or_default()),
        "reuse" => plain(["60", "1440", "off"].map(str::to_owned).to_vec()),
        "group" => plain(log_groups(model)),
        "night" => plain(timeline::days(&model.context).iter().rev().map(ToString::to_string).collect()),
        _ => Vec::new(),
    }
}

/// The groups of the open log, then those that Glue writes to.
fn log_groups(model: &Model) -> Vec<String> {
    let open = model.screens.logs.open.iter().flat_map(|open| &open.streams).map(|stream| stream.source.group.as_str());
    let usual = ["output", "error", "logs-v2"].map(|group| format!("/aws-glue/jobs/{group}"));
    let mut groups: Vec<String> = Vec::new();
    for group in open.map(str::to_owned).chain(usual).chain(["/aws-glue/crawlers".to_owned()]) {
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    groups
}

/// Reads a line.
///
/// # Errors
/// If it is no command, or none that works here.
pub(super) fn parse(model: &Model, line: &str) -> Result<PaletteCommand, PaletteError> {
    let (verb, argument) = line.split_once(' ').map_or((line, ""), |(verb, argument)| (verb, argument.trim()));
    if let Some(command) = AthenaCommand::named(verb).filter(|_| !argument.is_empty()) {
        return Ok(PaletteCommand::Athena(command, argument.to_owned()));
    }
    let scope = model.scope();
    let entry = entries().find(|entry| entry.name == verb && (entry.scope == scope || entry.scope == Scope::Global));
    let needs = |what: &str| PaletteError::Needs { verb: verb.to_owned(), what: what.to_owned() };
    match (verb, argument) {
        ("sort", argument) if !argument.is_empty() => {
            let (word, reverse) =
                argument.split_once(' ').map_or((argument, false), |(w, rest)| (w, rest == "reverse"));
            let key = SortKey::ALL.iter().find(|(_, known)| *known == word).map(|(key, _)| *key);
            let words: Vec<&str> = SortKey::ALL.iter().map(|(_, word)| *word).collect();
            key.map(|key| PaletteCommand::Sort(key, reverse))
                .ok_or_else(|| needs(&format!("one of {}", words.join(", "))))
        }
        ("theme", argument) if !argument.is_empty() => Ok(PaletteCommand::Theme(argument.to_owned())),
        ("env", argument) if !argument.is_empty() => Ok(PaletteCommand::Environment(argument.to_owned())),
        ("profile", argument) if !argument.is_empty() => Ok(PaletteCommand::Profile(argument.to_owned())),
        ("region", argument) if is_region(argument) => Ok(PaletteCommand::Region(argument.to_owned())),
        ("region", argument) if !argument.is_empty() => Err(needs("the name of a Region, such as eu-west-1")),
        ("open", argument) if !argument.is_empty() => Ok(PaletteCommand::Open(argument.to_owned())),
        ("save", argument) if !argument.is_empty() => Ok(PaletteCommand::Save(argument.to_owned())),
        ("night", argument) if !argument.is_empty() => Ok(PaletteCommand::Day(argument.to_owned())),
        ("mfa", argument) if !argument.is_empty() => Ok(PaletteCommand::Mfa(MfaCode(argument.to_owned()))),
        ("group", argument) if !argument.is_empty() => {
            let (group, prefix) = argument.split_once(' ').unwrap_or((argument, ""));
            Ok(PaletteCommand::LogGroup(group.to_owned(), prefix.trim().to_owned()))
        }
        ("at", argument) if !argument.is_empty() => Ok(PaletteCommand::At(argument.to_owned())),
        ("triage", argument) if !argument.is_empty() => Ok(PaletteCommand::Triage(argument.to_owned())),
        ("incident", "") => Ok(PaletteCommand::Command(Command::Incident)),
        ("incident", "redact") => Ok(PaletteCommand::Incident),
        ("filter", argument) if !argument.is_empty() => Ok(PaletteCommand::Filter(argument.to_owned())),
        (name, "") if kind_named(name).is_some() => {
            kind_named(name).map(PaletteCommand::Kind).ok_or_else(|| unknown(model, verb))
        }
        (_, "") => match entry {
            Some(entry) => Ok(PaletteCommand::Command(entry.command)),
            None if VERBS.iter().any(|(known, _)| *known == verb) => Err(needs("an argument; tab completes")),
            None => Err(unknown(model, verb)),
        },
        _ if entry.is_some() => Err(PaletteError::NoArgument(verb.to_owned())),
        _ => Err(unknown(model, verb)),
    }
}

/// The kind of pipelines of a word, as other consoles name their resources.
fn kind_named(word: &str) -> Option<PipelineKind> {
    Some(match word {
        "workflows" => PipelineKind::Workflow,
        "triggers" => PipelineKind::Chain,
        "jobs" => PipelineKind::Job,
        "crawlers" => PipelineKind::Crawler,
        _ => return None,
    })
}

fn unknown(model: &Model, verb: &str) -> PaletteError {
    let command = verb.to_owned();
    let elsewhere = entries().find(|entry| entry.name == verb);
    match elsewhere {
        Some(entry) => PaletteError::Elsewhere { command, scope: entry.scope.title() },
        None => {
            let place = if model.route == Route::Board { "" } else { " on this screen" };
            PaletteError::Unknown { command, place }
        }
    }
}
