//! `gluedeck pipeline`: a pipeline's file, without an account.

use super::Exit;
use super::output::{self, Output};
use gluedeck_core::analysis::redact;
use gluedeck_core::analysis::words::counted;
use gluedeck_pipeline::file::Format;
use gluedeck_pipeline::{
    Change, Definitions, Difference, Environment, OutputFile, Pipeline, Problem, compare, definitions_of, placement,
    schema, stacks, synth,
};
use gluedeck_tui::ui::text::{clean, cut_middle};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::Path;

/// Why a file cannot be used.
pub(super) enum FileProblem {
    Unreadable(String),
    /// The file's name and everything that is wrong with it.
    Wrong(String, Vec<Problem>),
}

/// Reads a pipeline's file.
pub(super) fn read_file(path: &Path) -> Result<Pipeline, FileProblem> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| FileProblem::Unreadable(format!("cannot read {file}: {error}")))?;
    gluedeck_pipeline::read(&text, Format::of(path)).map_err(|problems| FileProblem::Wrong(file, problems))
}

/// Tells on stderr why a file cannot be used.
pub(super) fn report_problems(problem: &FileProblem) -> Exit {
    match problem {
        FileProblem::Unreadable(message) => {
            eprintln!("gluedeck: {message}");
            Exit::Usage
        }
        FileProblem::Wrong(file, problems) => {
            problems.iter().for_each(|problem| eprintln!("{}", clean(&format!("{file}:{problem}"))));
            eprintln!("gluedeck: {file}: {}", counted(problems.len(), "problem"));
            Exit::Failed
        }
    }
}

/// Reads a pipeline's file, and prints what is wrong with it, or how many records it has.
///
/// # Errors
/// If stdout cannot be written.
pub fn check_pipeline(path: &Path, output: Output) -> io::Result<Exit> {
    let file = path.display().to_string();
    let (records, problems) = match read_file(path) {
        Ok(pipeline) => (pipeline.records.len(), Vec::new()),
        Err(FileProblem::Wrong(_, problems)) => (0, problems),
        Err(unreadable) => return Ok(report_problems(&unreadable)),
    };
    match output {
        Output::Json => output::json(&Value::Array(problems.iter().map(|problem| as_json(&file, problem)).collect()))?,
        Output::Csv => output::csv(
            &["file", "line", "column", "record", "field", "message"],
            problems.iter().map(|problem| as_row(&file, problem)),
        )?,
        _ => problems.iter().try_for_each(|problem| output::line(&format!("{file}:{problem}")))?,
    }
    if problems.is_empty() {
        eprintln!("gluedeck: {file}: {}, nothing wrong", counted(records, "record"));
        return Ok(Exit::Done);
    }
    eprintln!("gluedeck: {file}: {}", counted(problems.len(), "problem"));
    Ok(Exit::Failed)
}

/// The environment of a file that is asked for; the only one if none is.
fn environment<'p>(pipeline: &'p Pipeline, named: Option<&str>) -> Result<&'p Environment, String> {
    let names = || pipeline.environments.iter().map(|known| known.name.as_str()).collect::<Vec<_>>().join(", ");
    match (named, &pipeline.environments[..]) {
        (None, [only]) => Ok(only),
        (None, _) => Err(format!("which environment? Add --env with one of {}", names())),
        (Some(name), _) => {
            pipeline.environment(name).ok_or_else(|| format!("there is no environment {name}: there are {}", names()))
        }
    }
}

/// Writes the templates, the programs and the script that deploys them.
///
/// # Errors
/// If a file or stdout cannot be written.
pub fn synth_pipeline(path: &Path, named: Option<&str>, out: &Path, output: Output) -> io::Result<Exit> {
    let pipeline = match read_file(path) {
        Ok(pipeline) => pipeline,
        Err(problem) => return Ok(report_problems(&problem)),
    };
    let environment = match environment(&pipeline, named) {
        Ok(environment) => environment,
        Err(why) => {
            eprintln!("gluedeck: {}: {why}", path.display());
            return Ok(Exit::Usage);
        }
    };
    let failed = |error: io::Error| io::Error::other(format!("{}: {error}", out.display()));
    let before = match read_templates(out) {
        Ok(before) => before,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(failed(error)),
    };
    let stacks = stacks(&pipeline, environment, &placement(&before));
    // What is deployed from a folder is only known from it, so nothing else may take its place.
    if let Some(other) = storage_stack(&before).filter(|storage| !stacks.iter().any(|stack| stack.name == *storage)) {
        eprintln!("gluedeck: {} has the templates of {}; name another folder", out.display(), clean(other));
        return Ok(Exit::Usage);
    }
    write_files(out, &synth(&pipeline, environment, &stacks)).map_err(failed)?;
    let rows: Vec<Vec<String>> = stacks
        .iter()
        .map(|stack| {
            let resources = stack.template["Resources"].as_object().map_or(0, |resources| resources.len());
            vec![stack.name.clone(), stack.file.clone(), resources.to_string()]
        })
        .collect();
    match output {
        Output::Json => output::json(&Value::Array(
            rows.iter()
                .map(|row| json!({ "stack": row[0], "template": row[1], "resources": row[2].parse::<u64>().ok() }))
                .collect(),
        ))?,
        Output::Csv => output::csv(&["stack", "template", "resources"], rows)?,
        _ => output::table(&["STACK", "TEMPLATE", "RESOURCES"], &[2], &rows)?,
    }
    eprintln!("gluedeck: {} deploys them; read it before you run it", out.join("deploy.sh").display());
    Ok(Exit::Done)
}

/// Writes the files into a folder, and removes the templates of an earlier time that are none of them.
fn write_files(out: &Path, files: &[OutputFile]) -> io::Result<()> {
    std::fs::create_dir_all(out.join("jobs"))?;
    for entry in std::fs::read_dir(out)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let ours = name.ends_with(".template.json") && ["compute-", "workflows-"].iter().any(|p| name.starts_with(p));
        if ours && !files.iter().any(|file| file.path == name) {
            std::fs::remove_file(out.join(name))?;
        }
    }
    for file in files {
        let path = out.join(&file.path);
        // An unchanged program keeps its time, so that it is not uploaded again.
        if std::fs::read_to_string(&path).ok().as_ref() != Some(&file.text) {
            std::fs::write(&path, &file.text)?;
        }
        if file.executable {
            make_executable(&path)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> io::Result<()> {
    Ok(())
}

/// What a file makes in an environment, or what the templates in a folder of `synth` make.
fn definitions(path: &Path, named: Option<&str>) -> Result<Definitions, Exit> {
    let usage = |message: String| {
        eprintln!("gluedeck: {}: {message}", path.display());
        Exit::Usage
    };
    if !path.is_dir() {
        let pipeline = read_file(path).map_err(|problem| report_problems(&problem))?;
        return environment(&pipeline, named).map(|environment| pipeline.definitions(environment)).map_err(usage);
    }
    let stacks = by_stack(read_templates(path).map_err(|error| usage(error.to_string()))?);
    if stacks.is_empty() {
        return Err(usage(
            "there is no template in this folder: expected one that `pipeline synth` has written".into(),
        ));
    }
    definitions_of(&stacks).map_err(|error| usage(error.to_string()))
}

/// The templates of a folder, each with its file's name.
fn read_templates(folder: &Path) -> io::Result<Vec<(String, Value)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.ends_with(TEMPLATE) {
            let template: Value = serde_json::from_str(&std::fs::read_to_string(&path)?)
                .map_err(|error| io::Error::other(format!("{name}: {error}")))?;
            found.push((name, template));
        }
    }
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(found)
}

/// The end of a template's name.
const TEMPLATE: &str = ".template.json";

/// The name of the storage stack, as the other templates have it.
fn storage_stack(templates: &[(String, Value)]) -> Option<&str> {
    templates.iter().find_map(|(_, template)| template.pointer("/Parameters/StorageStack/Default")?.as_str())
}

/// Templates by the names of their stacks, as the others' parameters have them; what exports before what imports.
fn by_stack(mut templates: Vec<(String, Value)>) -> Vec<(String, Value)> {
    let storage = storage_stack(&templates).map(str::to_owned);
    for (name, _) in &mut templates {
        *name = match (name.trim_end_matches(TEMPLATE), &storage) {
            ("storage", Some(storage)) => storage.clone(),
            (stack, _) => stack.to_owned(),
        };
    }
    templates.sort_by_key(|(_, template)| template.get("Outputs").is_none());
    templates
}

/// Prints how one file, or a folder of templates, differs from another.
///
/// # Errors
/// If stdout cannot be written.
pub fn diff_files(one: &Path, other: &Path, named: Option<&str>, output: Output) -> io::Result<Exit> {
    let read = definitions(one, named).and_then(|one| Ok((one, definitions(other, named)?)));
    let (one, other) = match read {
        Ok(read) => read,
        Err(exit) => return Ok(exit),
    };
    let differences = compare(&one, &other);
    print_differences(&differences, ["FIRST", "SECOND"], output)?;
    match differences.len() {
        0 => eprintln!("gluedeck: no difference in {}", counted(one.resources(), "resource")),
        more => eprintln!("gluedeck: {}", counted(more, "difference")),
    }
    Ok(if differences.is_empty() { Exit::Done } else { Exit::Failed })
}

/// Of a table's cell, in columns.
const MAX_CELL: usize = 60;

/// Prints differences; `sides` are the headings of the two values.
pub(super) fn print_differences(differences: &[Difference], sides: [&str; 2], output: Output) -> io::Result<()> {
    let differences: Vec<Difference> = differences.iter().map(redact::difference).collect();
    let row = |difference: &Difference| {
        let words = |one: &str, other: &str, third: &str| [one.to_owned(), other.to_owned(), third.to_owned()];
        let [attribute, file, account] = match &difference.change {
            Change::Missing => words("", "there", "missing"),
            Change::Extra => words("", "", "extra"),
            Change::Different { attribute, file, account } => words(attribute, file, account),
        };
        vec![difference.resource.word().to_owned(), difference.name.clone(), attribute, file, account]
    };
    let heading = ["KIND", "NAME", "ATTRIBUTE", sides[0], sides[1]];
    match output {
        Output::Json => output::json(&Value::Array(differences.iter().map(difference_json).collect())),
        Output::Csv => {
            output::csv(&heading.map(str::to_lowercase).each_ref().map(String::as_str), differences.iter().map(row))
        }
        _ if differences.is_empty() => Ok(()),
        // A mapping has thousands of characters; JSON and CSV have them all.
        _ => {
            let cut = |cells: Vec<String>| cells.iter().map(|cell| cut_middle(&clean(cell), MAX_CELL)).collect();
            output::table(&heading, &[], &differences.iter().map(row).map(cut).collect::<Vec<_>>())
        }
    }
}

fn difference_json(difference: &Difference) -> Value {
    let (kind, name, workflow) = (difference.resource.word(), &difference.name, &difference.workflow);
    match &difference.change {
        Change::Missing => json!({ "kind": kind, "name": name, "workflow": workflow, "change": "missing" }),
        Change::Extra => json!({ "kind": kind, "name": name, "workflow": workflow, "change": "extra" }),
        Change::Different { attribute, file, account } => json!({
            "kind": kind, "name": name, "workflow": workflow, "change": "different", "attribute": attribute,
            "file": file, "account": account,
        }),
    }
}

/// Prints the JSON Schema of a pipeline's file.
///
/// # Errors
/// If stdout cannot be written.
pub fn print_pipeline_schema() -> io::Result<Exit> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &schema())?;
    writeln!(out)?;
    Ok(Exit::Done)
}

fn as_json(file: &str, problem: &Problem) -> Value {
    json!({
        "file": file, "line": problem.at.line, "column": problem.at.column, "record": problem.record,
        "field": problem.field, "message": problem.message,
    })
}

fn as_row(file: &str, problem: &Problem) -> Vec<String> {
    let Problem { at, record, field, message } = problem;
    let (record, field) = (record.clone().unwrap_or_default(), field.clone().unwrap_or_default());
    vec![file.to_owned(), at.line.to_string(), at.column.to_string(), record, field, message.clone()]
}
