//! What the palette orders of the SQL screen.

use super::actions::{apply, go};
use super::model::Model;
use crate::flow::{Effect, Route};

/// What the palette orders of the SQL screen: a verb, and what stands behind it.
pub(super) fn order(model: &mut Model, verb: &str, argument: &str) -> Vec<Effect> {
    let known = model.context.databases.value().cloned().unwrap_or_default();
    let athena = &mut model.screens.athena;
    let done = match verb {
        "copy-as" => athena.copy_as(argument),
        "export" => Ok(athena.export(argument)),
        "database" if !known.is_empty() && !known.iter().any(|name| name == argument) => {
            Err(format!("unknown database {argument} (d lists databases)"))
        }
        "database" => {
            athena.place.database = Some(argument.to_owned());
            Ok(Vec::new())
        }
        "workgroup" => {
            athena.place.workgroup = Some(argument.to_owned());
            Ok(Vec::new())
        }
        "reuse" => reuse(argument).map(|minutes| {
            athena.place.reuse_minutes = minutes;
            Vec::new()
        }),
        _ => {
            let sql = athena.tab().editor.text();
            if sql.trim().is_empty() {
                Err("no SQL to save".to_owned())
            } else {
                let name = argument.to_owned();
                return vec![Effect::SaveQuery { name, sql }, Effect::ReadQueries];
            }
        }
    };
    match done {
        Ok(actions) => {
            let mut effects = go(model, Route::Athena);
            effects.extend(apply(model, actions));
            effects
        }
        Err(why) => {
            model.show_notice(why);
            Vec::new()
        }
    }
}

/// `off`, or minutes: `60`, `60m`.
fn reuse(text: &str) -> Result<Option<u32>, String> {
    if text == "off" {
        return Ok(None);
    }
    match text.trim_end_matches('m').parse() {
        Ok(minutes @ 1..=10_080) => Ok(Some(minutes)),
        _ => Err("reuse takes minutes, at most 10080, or off".to_owned()),
    }
}
