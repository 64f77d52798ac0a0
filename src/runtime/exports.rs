//! Keeping rows in a file: those that are here, or the whole result, read again from the server.

use crate::export::{Export, Format};
use gluedeck_aws::{Follow, Gateway};
use gluedeck_core::analysis::rows::{Batch, Rows};
use gluedeck_core::domain::QueryId;
use gluedeck_core::request::QueryEvent;
use gluedeck_tui::ui::text::thousands;
use std::path::Path;

/// What is to be kept.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) rows: Rows,
    /// Rows by number, if not all, or not in their own order.
    pub(super) order: Option<Vec<u32>>,
    /// The execution whose result is read again, because not all of it is here.
    pub(super) whole: Option<QueryId>,
}

/// Writes the file; `report` is told how far it is.
pub(super) async fn export(gateway: &Gateway, wanted: Wanted, report: impl Fn(String) + Send + 'static) {
    let name = wanted.name.clone();
    let written = match wanted.whole.clone() {
        Some(id) if wanted.order.is_none() => read_again(gateway, &wanted, id, &report).await,
        _ => {
            let (told, kept) = (name.clone(), tokio::task::spawn_blocking(move || write(&wanted)).await);
            kept.unwrap_or_else(|_| Err(format!("writing {told} was interrupted")))
        }
    };
    report(match written {
        Ok(1) => format!("1 row saved as {name} in the working directory"),
        Ok(rows) => {
            format!("{} rows saved as {name} in the working directory", thousands(rows as u64))
        }
        Err(why) => format!("{name} not saved: {why}"),
    });
}

fn write(wanted: &Wanted) -> Result<usize, String> {
    let path = Path::new(&wanted.name);
    let text = |error: std::io::Error| error.to_string();
    let mut export = Export::create(path, Format::of(path)?, &wanted.rows.columns).map_err(text)?;
    match &wanted.order {
        None => {
            for batch in wanted.rows.batches() {
                export.push(batch).map_err(text)?;
            }
        }
        Some(order) => {
            for part in order.chunks(8_192) {
                let mut batch = Batch::new(wanted.rows.columns.len());
                part.iter().for_each(|row| batch.push(wanted.rows.row(*row as usize)));
                export.push(&batch).map_err(text)?;
            }
        }
    }
    export.finish().map_err(text)
}

async fn read_again(
    gateway: &Gateway,
    wanted: &Wanted,
    id: QueryId,
    report: &impl Fn(String),
) -> Result<usize, String> {
    let path = Path::new(&wanted.name);
    let format = Format::of(path)?;
    let text = |error: std::io::Error| error.to_string();
    let mut follow = Follow::new(id, false);
    let (mut export, mut rows, mut told) = (None, 0_usize, 0_usize);
    loop {
        match gateway.follow(&mut follow).await.map_err(|fault| fault.to_string())? {
            QueryEvent::Columns { columns, .. } => export = Some(Export::create(path, format, &columns).map_err(text)?),
            QueryEvent::Rows(batch) => {
                rows += batch.len();
                if let Some(export) = &mut export {
                    // A batch is written in a few milliseconds.
                    tokio::task::block_in_place(|| export.push(&batch)).map_err(text)?;
                }
                if rows >= told + 500_000 {
                    told = rows;
                    report(format!("{} rows written to {} …", thousands(rows as u64), wanted.name));
                }
            }
            QueryEvent::Retrying(fault) => report(format!("{}: {fault}; retrying", wanted.name)),
            QueryEvent::Execution(_) => {}
            QueryEvent::End => {
                let export = export.ok_or_else(|| "the query has no rows".to_owned())?;
                return tokio::task::block_in_place(|| export.finish()).map_err(text);
            }
        }
    }
}
