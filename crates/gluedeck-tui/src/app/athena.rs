//! The palette's commands of the SQL screen.

use super::actions::{apply, go};
use super::model::Model;
use crate::flow::{Effect, Route};
use crate::screens::athena::CopyError;
use thiserror::Error;

/// A command of the palette on the SQL screen; each takes an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AthenaCommand {
    CopyAs,
    Export,
    Database,
    Workgroup,
    Reuse,
    Keep,
}

impl AthenaCommand {
    /// The command of a name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "copy-as" => Self::CopyAs,
            "export" => Self::Export,
            "database" => Self::Database,
            "workgroup" => Self::Workgroup,
            "reuse" => Self::Reuse,
            "keep" => Self::Keep,
            _ => return None,
        })
    }
}

/// Why a command of the SQL screen does nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
enum AthenaError {
    #[error(transparent)]
    Copy(#[from] CopyError),
    #[error("unknown database {0} (d lists databases)")]
    UnknownDatabase(String),
    #[error("no SQL to save")]
    NoSql,
    #[error("reuse takes minutes, at most 10080, or off")]
    Reuse,
}

/// Does a command of the SQL screen.
pub(super) fn run(model: &mut Model, command: AthenaCommand, argument: &str) -> Vec<Effect> {
    match effects(model, command, argument) {
        Ok(effects) => effects,
        Err(error) => {
            model.show_notice(error.to_string());
            Vec::new()
        }
    }
}

fn effects(model: &mut Model, command: AthenaCommand, argument: &str) -> Result<Vec<Effect>, AthenaError> {
    let athena = &mut model.screens.athena;
    let mut actions = Vec::new();
    match command {
        AthenaCommand::CopyAs => actions = athena.copy_as(argument)?,
        AthenaCommand::Export => actions = athena.export(argument),
        AthenaCommand::Database => {
            let known = model.context.databases.value();
            if known.is_some_and(|known| !known.is_empty() && !known.iter().any(|name| name == argument)) {
                return Err(AthenaError::UnknownDatabase(argument.to_owned()));
            }
            athena.query_context.database = Some(argument.to_owned());
        }
        AthenaCommand::Workgroup => athena.query_context.workgroup = Some(argument.to_owned()),
        AthenaCommand::Reuse => athena.query_context.reuse_minutes = reuse(argument)?,
        AthenaCommand::Keep => {
            let sql = athena.tab().editor.text();
            if sql.trim().is_empty() {
                return Err(AthenaError::NoSql);
            }
            return Ok(vec![Effect::SaveQuery { name: argument.to_owned(), sql }, Effect::ReadQueries]);
        }
    }
    let mut effects = go(model, Route::Athena);
    effects.extend(apply(model, actions));
    Ok(effects)
}

/// `off`, or minutes: `60`, `60m`.
fn reuse(text: &str) -> Result<Option<u32>, AthenaError> {
    if text == "off" {
        return Ok(None);
    }
    match text.trim_end_matches('m').parse() {
        Ok(minutes @ 1..=10_080) => Ok(Some(minutes)),
        _ => Err(AthenaError::Reuse),
    }
}
