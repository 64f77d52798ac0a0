//! What replies change of the SQL screen and the catalog, and what the palette orders there.

use super::actions::{apply, go};
use super::model::Model;
use super::replies::pick;
use crate::flow::{Effect, Reply, Route, Slot};
use gluedeck_core::domain::Fault;

/// Takes a value that belongs there.
pub(super) fn value(model: &mut Model, slot: Slot, result: Result<Reply, Fault>) {
    let now = model.context.now();
    match slot {
        Slot::Tables(database) => {
            let tables = pick(result, |reply| match reply {
                Reply::Tables(tables) => Some(tables),
                _ => None,
            });
            model.context.catalog.take(&database, tables, now);
        }
        Slot::Partitions(database, table) => {
            let partitions = pick(result, |reply| match reply {
                Reply::Partitions(partitions) => Some(partitions),
                _ => None,
            });
            model.context.catalog.partitions.entry((database, table)).or_default().take(partitions, now);
        }
        Slot::Workgroups => {
            let groups = pick(result, |reply| match reply {
                Reply::Workgroups(groups) => Some(groups),
                _ => None,
            });
            model.athena.lists.workgroups.take(groups, now);
        }
        Slot::NamedQueries => {
            let named = pick(result, |reply| match reply {
                Reply::NamedQueries(named) => Some(named),
                _ => None,
            });
            model.athena.lists.named.take(named, now);
        }
        Slot::QueryHistory => {
            let page = pick(result, |reply| match reply {
                Reply::QueryHistory { executions, next } => Some((executions, next)),
                _ => None,
            });
            model.athena.lists.take_history(page, now);
        }
        Slot::Orphans => {
            if let Ok(Reply::Executions(executions)) = result {
                let open = executions.iter().filter(|execution| !execution.state.is_final()).count();
                model.athena.lists.orphans = executions;
                if open > 0 {
                    let what = if open == 1 { "A query" } else { "Queries" };
                    model.say(format!(
                        "{what} of an earlier console still run: 4 and H show them, to attach or to stop"
                    ));
                }
            }
        }
        _ => {}
    }
}

/// What the palette orders of the SQL screen: a verb, and what stands behind it.
pub(super) fn order(model: &mut Model, verb: &str, argument: &str) -> Vec<Effect> {
    let known = model.context.databases.value().cloned().unwrap_or_default();
    let athena = &mut model.athena;
    let done = match verb {
        "copy-as" => athena.copy_as(argument),
        "export" => Ok(athena.export(argument)),
        "database" if !known.is_empty() && !known.iter().any(|name| name == argument) => {
            Err(format!("there is no database {argument}; d lists what there is"))
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
                Err("there is no SQL to keep".to_owned())
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
            model.say(why);
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
