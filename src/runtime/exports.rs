//! Keeping rows in a file: those that are here, or the whole result, read again from the server.

use crate::export::{Export, ExportError, Format};
use gluedeck_aws::{Follow, Gateway};
use gluedeck_core::analysis::rows::{Batch, Rows};
use gluedeck_core::analysis::words::counted;
use gluedeck_core::domain::QueryId;
use gluedeck_core::request::QueryEvent;
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
            let written = tokio::task::spawn_blocking(move || write(&wanted)).await;
            written.unwrap_or(Err(ExportError::Interrupted))
        }
    };
    report(match written {
        Ok(1) => format!("1 row saved as {name} in the working directory"),
        Ok(rows) => {
            format!("{} saved as {name} in the working directory", counted(rows, "row"))
        }
        Err(why) => format!("{name} not saved: {why}"),
    });
}

fn write(wanted: &Wanted) -> Result<usize, ExportError> {
    let path = Path::new(&wanted.name);
    let mut export = Export::create(path, Format::of(path)?, &wanted.rows.columns)?;
    match &wanted.order {
        None => {
            for batch in wanted.rows.batches() {
                export.push(batch)?;
            }
        }
        Some(order) => {
            for part in order.chunks(8_192) {
                let mut batch = Batch::new(wanted.rows.columns.len());
                part.iter().for_each(|row| batch.push(wanted.rows.row(*row as usize)));
                export.push(&batch)?;
            }
        }
    }
    Ok(export.finish()?)
}

async fn read_again(
    gateway: &Gateway,
    wanted: &Wanted,
    id: QueryId,
    report: &impl Fn(String),
) -> Result<usize, ExportError> {
    let path = Path::new(&wanted.name);
    let format = Format::of(path)?;
    let mut follow = Follow::new(id, false);
    let (mut export, mut rows, mut told) = (None, 0_usize, 0_usize);
    loop {
        match gateway.follow(&mut follow).await? {
            QueryEvent::Columns { columns, .. } => export = Some(Export::create(path, format, &columns)?),
            QueryEvent::Rows(batch) => {
                rows += batch.len();
                if let Some(export) = &mut export {
                    // A batch is written in a few milliseconds.
                    tokio::task::block_in_place(|| export.push(&batch))?;
                }
                if rows >= told + 500_000 {
                    told = rows;
                    report(format!("{} written to {} …", counted(rows, "row"), wanted.name));
                }
            }
            QueryEvent::Retrying(fault) => report(format!("{}: {fault}; retrying", wanted.name)),
            QueryEvent::Execution(_) => {}
            QueryEvent::End => {
                let export = export.ok_or(ExportError::NoRows)?;
                return Ok(tokio::task::block_in_place(|| export.finish())?);
            }
        }
    }
}
