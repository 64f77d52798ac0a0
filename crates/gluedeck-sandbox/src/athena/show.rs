//! SHOW and DESCRIBE.

use super::failure::{Failure, ddl_failed};
use super::job::{Job, Outcome};
use super::results::{ResultColumn, lines_result};
use super::table_text::{create_table, describe};
use crate::catalog::{CatalogTable, folder_name, name_pattern};
use gluedeck_sql::{LinePattern, Statement, TableName};

/// Runs a statement that only tells.
pub(super) fn execute(job: &Job<'_>, statement: &Statement) -> Result<Outcome, Failure> {
    let (name, lines) = match statement {
        Statement::ShowDatabases(pattern) => ("database_name", databases(job, pattern.as_deref())?),
        Statement::ShowFunctions(like) => {
            let names = gluedeck_sql::function_names().into_iter();
            ("Function", names.filter(|name| fits(like.as_ref(), name)).map(str::to_owned).collect())
        }
        Statement::ShowTables { database, pattern } => {
            ("tab_name", tables(job, database.as_deref(), |t| fits(pattern.as_ref(), &t.name))?)
        }
        Statement::ShowViews { database, pattern } => {
            let wanted = |t: &CatalogTable| t.is_view() && fits(pattern.as_ref(), &t.name);
            ("views", tables(job, database.as_deref(), wanted)?)
        }
        other => of_table(job, other)?,
    };
    let mut result = lines_result(name, lines, false, &job.location).map_err(Failure::system)?;
    // More columns are announced, and every row has one cell with all parts (measured on Athena).
    let names: &[&str] = match statement {
        Statement::Describe(_) => &["col_name", "data_type", "comment"],
        Statement::ShowProperties { .. } => &["prpt_name", "prpt_value"],
        _ => return Ok(Outcome::of(result)),
    };
    let column = |name: &&str| ResultColumn { name: (*name).to_owned(), ..result.columns[0].clone() };
    result.columns = names.iter().map(column).collect();
    Ok(Outcome::of(result))
}

/// What a statement tells of one table: the column's name, and the lines.
fn of_table(job: &Job<'_>, statement: &Statement) -> Result<(&'static str, Vec<String>), Failure> {
    Ok(match statement {
        Statement::ShowColumns(table) => {
            let table = find(job, table)?;
            let name =
                |name: &str| if table.is_view() { name.to_lowercase() } else { format!("{:<20}", name.to_lowercase()) };
            ("field", table.all_columns().map(|column| name(&column.name)).collect())
        }
        Statement::ShowPartitions(named) => {
            let table = find(job, named)?;
            if table.partition_keys.is_empty() {
                return Err(ddl_failed(1003, &format!("Table {} is not a partitioned table", table.name)));
            }
            let folder = |values: &Vec<String>| folder_name(&table.partition_keys, values);
            ("partition", table.partitions.keys().map(folder).collect())
        }
        Statement::ShowCreateTable(named) => {
            let table = find(job, named)?;
            let name = match &named.database {
                Some(database) => format!("{database}.{}", named.name),
                None => named.name.clone(),
            };
            let lines = match table.view_sql() {
                Some(_) => vec![format!("CREATE VIEW `{name}` AS /* Presto View */")],
                None => create_table(&name, &table),
            };
            ("createtab_stmt", lines)
        }
        Statement::ShowCreateView(named) => {
            let table = find(job, named)?;
            let not_one = || Failure::user(1006, format!("{} is not a view", table.name));
            let sql = table.view_sql().ok_or_else(not_one)?;
            let database = named.database.as_deref().unwrap_or(job.database);
            let mut lines = vec![format!("CREATE VIEW {database}.{} AS", named.name)];
            lines.extend(sql.lines().map(str::to_owned));
            ("create view", lines)
        }
        Statement::ShowProperties { table, property } => {
            ("prpt_name", properties(&find(job, table)?, property.as_ref()))
        }
        Statement::Describe(table) => {
            let table = find(job, table)?;
            let typed = |column: &crate::catalog::Column| {
                let ty = column.sql_type().map_or_else(|| column.ty.clone(), |ty| ty.to_string());
                format!("{}\t{ty}", column.name)
            };
            let lines = match table.is_view() {
                true => table.all_columns().map(typed).collect(),
                false => describe(&table),
            };
            ("col_name", lines)
        }
        other => return Err(Failure::system(format!("{} tells nothing", other.word()))),
    })
}

/// Names of databases. The pattern is one of Java that must match the whole name; a star that nothing is before is any text.
fn databases(job: &Job<'_>, pattern: Option<&str>) -> Result<Vec<String>, Failure> {
    let names: Vec<String> = job.lake.catalog().databases.keys().cloned().collect();
    let Some(pattern) = pattern else { return Ok(names) };
    let any = pattern.strip_prefix('*').map(|rest| format!(".*{rest}"));
    let matched = LinePattern::new(any.as_deref().unwrap_or(pattern)).map_err(|error| {
        let text =
            format!("Unable to get databases: java.util.regex.PatternSyntaxException: {}\n{pattern}", error.message);
        ddl_failed(1006, &format!("MetaException(message:{text})"))
    })?;
    Ok(names.into_iter().filter(|name| matched.groups(name).is_some()).collect())
}

fn tables(
    job: &Job<'_>,
    database: Option<&str>,
    wanted: impl Fn(&CatalogTable) -> bool,
) -> Result<Vec<String>, Failure> {
    let database = database.unwrap_or(job.database);
    let catalog = job.lake.catalog();
    let database = catalog.databases.get(database).ok_or_else(|| Failure::no_database(database))?;
    Ok(database.tables.values().filter(|table| wanted(table)).map(|table| table.name.clone()).collect())
}

/// The properties of a table, or the value of one.
fn properties(table: &CatalogTable, property: Option<&String>) -> Vec<String> {
    match property {
        None => table.parameters.iter().map(|(name, value)| format!("{name}\t{value}")).collect(),
        Some(wanted) => match table.parameters.get(wanted) {
            Some(value) => vec![value.clone()],
            None => vec![format!("Table {} does not have property: {wanted}", table.name)],
        },
    }
}

/// Whether a name is as wanted; no pattern wants all, and one that is none wants nothing.
fn fits(pattern: Option<&String>, name: &str) -> bool {
    pattern.is_none_or(|pattern| name_pattern(pattern).is_some_and(|pattern| pattern.is_match(name)))
}

/// A table by the name that a statement of Hive has for it.
pub(super) fn find(job: &Job<'_>, named: &TableName) -> Result<CatalogTable, Failure> {
    let database = named.database.as_deref().unwrap_or(job.database);
    let found = job.lake.catalog().table(database, &named.name).cloned();
    found.ok_or_else(|| Failure::no_table(database, &named.name))
}
