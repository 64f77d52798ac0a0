//! DDL that changes the catalog only: databases, external tables, partitions, views. Messages are Hive's, as Athena passes
//! them on (measured: docs/aws-facts.md, "Texts of DDL").

use super::alter::{alter_table, column, named_differently, touch};
use super::failure::{Failure, ddl_failed};
use super::frame::plan;
use super::job::{Job, Outcome};
use super::results::ResultSet;
use super::show::find;
use super::write::named_once;
use crate::catalog::{CatalogTable, Column, Format, Storage, VIEW, classes, view_text};
use gluedeck_sql::{NewDatabase, NewTable, Properties, RowFormat, Statement, StoredAs, TableName};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;

/// Runs a statement that changes the catalog.
pub(super) async fn execute(job: &Job<'_>, statement: &Statement) -> Result<Outcome, Failure> {
    match statement {
        Statement::CreateDatabase(new) => create_database(job, new)?,
        Statement::AlterDatabase { name, properties } => describe_database(job, name, properties)?,
        Statement::DropDatabase { name, if_exists, cascade } => drop_database(job, name, *if_exists, *cascade)?,
        Statement::CreateTable(new) => create_table(job, new)?,
        Statement::AlterTable { table, change } => alter_table(job, table, change)?,
        Statement::DropTable { table, if_exists, view } => drop_table(job, table, *if_exists, *view)?,
        Statement::CreateView { view, or_replace, sql } => create_view(job, view, *or_replace, sql)?,
        // PREPARE and DEALLOCATE are the service's own; the engine has nothing to do for them.
        _ => {}
    }
    // Clients look for the object of a result, though it has nothing in it.
    let object = &job.location.object;
    let folder = object.parent().unwrap_or(object);
    fs::create_dir_all(folder).and_then(|()| fs::write(object, "")).map_err(Failure::system)?;
    Ok(Outcome::of(ResultSet::empty()))
}

fn create_database(job: &Job<'_>, new: &NewDatabase) -> Result<(), Failure> {
    let mut described = Map::new();
    described.extend(new.comment.as_ref().map(|text| ("Description".to_owned(), json!(text))));
    described.extend(new.location.as_ref().map(|text| ("LocationUri".to_owned(), json!(text))));
    if !new.properties.is_empty() {
        described.insert("Parameters".to_owned(), json!(new.properties));
    }
    match job.lake.change_catalog(|catalog| catalog.create_database(&new.name, described, job.now)) {
        false if !new.if_not_exists => Err(ddl_failed(1006, &format!("Database {} already exists", new.name))),
        _ => Ok(()),
    }
}

fn describe_database(job: &Job<'_>, name: &str, properties: &Properties) -> Result<(), Failure> {
    job.lake.change_catalog(|catalog| {
        let database = catalog.databases.get_mut(name).ok_or_else(|| Failure::no_database(name))?;
        let known = database.described.entry("Parameters").or_insert_with(|| json!({}));
        for (property, value) in properties {
            known[property] = json!(value);
        }
        Ok(())
    })
}

fn drop_database(job: &Job<'_>, name: &str, if_exists: bool, cascade: bool) -> Result<(), Failure> {
    job.lake.change_catalog(|catalog| match catalog.databases.get(name) {
        None if if_exists => Ok(()),
        None => Err(Failure::no_database(name)),
        Some(database) if !cascade && !database.tables.is_empty() => {
            let why =
                format!("InvalidOperationException(message:Database {name} is not empty. One or more tables exist.)");
            Err(ddl_failed(1006, &why))
        }
        Some(_) => {
            catalog.databases.remove(name);
            Ok(())
        }
    })
}

fn create_table(job: &Job<'_>, new: &NewTable) -> Result<(), Failure> {
    let database = new.table.database.as_deref().unwrap_or(job.database);
    let name = &new.table.name;
    let mut table = CatalogTable::external(name, storage(new)?, job.now);
    table.partition_keys = new.partition_keys.iter().map(column).collect();
    named_differently(table.all_columns().map(|column| column.name.as_str()), new.columns.len())?;
    table.parameters = new.properties.clone();
    table.parameters.insert("EXTERNAL".to_owned(), "TRUE".to_owned());
    // Athena keeps one blank of any white space.
    let comment = new.comment.as_ref().map(|comment| comment.split_whitespace().collect::<Vec<_>>().join(" "));
    table.parameters.extend(comment.map(|comment| ("comment".to_owned(), comment)));
    touch(&mut table, job);
    table.others = Map::from_iter([("Owner".to_owned(), json!("hadoop")), ("Retention".to_owned(), json!(0))]);
    job.lake.change_catalog(|catalog| {
        let known = catalog.databases.get_mut(database).ok_or_else(|| Failure::no_database(database))?;
        if known.tables.contains_key(name) {
            let why = format!("AlreadyExistsException(message:Table {name} already exist)");
            return if new.if_not_exists { Ok(()) } else { Err(ddl_failed(1006, &why)) };
        }
        known.tables.insert(name.clone(), table);
        Ok(())
    })
}

/// The storage descriptor of a new table.
fn storage(new: &NewTable) -> Result<Storage, Failure> {
    let location = new.location.as_deref().unwrap_or_default().trim_end_matches('/').to_owned();
    let columns = new.columns.iter().map(column).collect();
    let mut storage = Storage::new(Format::Text, columns, location);
    match &new.stored_as {
        None => {}
        Some(StoredAs::Format(word)) => {
            let (library, (input, output)) = classes(word).ok_or_else(|| {
                Failure::user(1200, format!("NOT_SUPPORTED: gluedeck does not do tables that are STORED AS {word}"))
            })?;
            (storage.input_format, storage.output_format) = (input.to_owned(), output.to_owned());
            library.clone_into(&mut storage.serde.library);
        }
        Some(StoredAs::Classes { input, output }) => {
            (storage.input_format, storage.output_format) = (input.clone(), output.clone());
        }
    }
    match &new.row_format {
        None => {}
        Some(RowFormat::Delimited(delimiters)) => {
            storage.serde.parameters.extend(delimiters.clone());
            if let Some(delimiter) = delimiters.get("field.delim") {
                storage.serde.parameters.insert("serialization.format".to_owned(), delimiter.clone());
            }
        }
        Some(RowFormat::Serde { class, properties }) => {
            storage.serde.library.clone_from(class);
            // As Athena does it for this SerDe alone (PyAthena's tests).
            if class == "org.openx.data.jsonserde.JsonSerDe" && new.stored_as.is_none() {
                "org.apache.hadoop.hive.ql.io.IgnoreKeyTextOutputFormat".clone_into(&mut storage.output_format);
            }
            storage.serde.parameters.extend(properties.clone());
        }
    }
    if let Some((columns, count)) = &new.buckets {
        storage.others.insert("BucketColumns".to_owned(), json!(columns));
        storage.others.insert("NumberOfBuckets".to_owned(), json!(count));
    }
    Ok(storage)
}

fn drop_table(job: &Job<'_>, named: &TableName, if_exists: bool, view: bool) -> Result<(), Failure> {
    let table = match find(job, named) {
        Err(_) if if_exists => return Ok(()),
        other => other?,
    };
    if table.is_view() != view {
        let kind = if view { "a table" } else { "a view" };
        return Err(Failure::user(1006, format!("{} is {kind}", table.name)));
    }
    let database = named.database.as_deref().unwrap_or(job.database);
    job.lake.change_catalog(|catalog| {
        catalog.databases.get_mut(database).and_then(|database| database.tables.remove(&named.name));
    });
    Ok(())
}

fn create_view(job: &Job<'_>, view: &TableName, or_replace: bool, sql: &str) -> Result<(), Failure> {
    let database = view.database.as_deref().unwrap_or(job.database);
    if !job.lake.catalog().databases.contains_key(database) {
        return Err(Failure::no_schema(database));
    }
    let query = gluedeck_sql::parse_query(sql).map_err(|error| Failure::user(1006, error.to_string()))?;
    let planned = plan(job, &query)?;
    named_once(&planned)?;
    // What no table could store is text to the catalog; the view's rows have their own type.
    let hive = |ty: &gluedeck_sql::Type| ty.hive_name().unwrap_or_else(|| "string".to_owned());
    let columns = planned.columns.iter().map(|(name, ty)| Column::new(name, hive(ty))).collect();
    let others = Map::from_iter([
        ("Compressed".to_owned(), json!(false)),
        ("NumberOfBuckets".to_owned(), json!(0)),
        ("SortColumns".to_owned(), json!([])),
        ("StoredAsSubDirectories".to_owned(), json!(false)),
    ]);
    let mut table = CatalogTable::external(&view.name, Storage { columns, others, ..Storage::default() }, job.now);
    table.table_type = Some(VIEW.to_owned());
    table.view_original_text = Some(view_text(sql, database, &planned.columns));
    table.others.insert("ViewExpandedText".to_owned(), Value::from("/* Presto View */"));
    table.parameters =
        BTreeMap::from([("presto_view", "true"), ("comment", "Presto View")].map(|(k, v)| (k.into(), v.into())));
    job.lake.change_catalog(|catalog| {
        let tables = &mut catalog.databases.get_mut(database).ok_or_else(|| Failure::no_schema(database))?.tables;
        match tables.get_mut(&view.name) {
            None => _ = tables.insert(view.name.clone(), table),
            Some(known) if or_replace && known.is_view() => known.replace(table, true, job.now),
            Some(_) => {
                return Err(Failure::user(1006, format!("View already exists: '{database}.{}'", view.name)));
            }
        }
        Ok(())
    })
}
