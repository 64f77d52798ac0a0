//! What may have been meant by a name that the engine does not know.

use super::complete::quoted;
use super::functions;
use super::tables;
use crate::domain::{Database, Table};
use regex::Regex;
use std::sync::LazyLock;

static UNKNOWN: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)(?P<kind>Column|Table|Schema|Function) '(?P<name>[^']{1,300})' (?:cannot be resolved|does not exist|not registered)";
    Regex::new(pattern).expect("a valid pattern")
});

/// The known name that is nearest to the one that an error's message does not know; none if none is near. `database` is the
/// one that the statement ran in.
pub fn did_you_mean(message: &str, sql: &str, database: Option<&str>, catalog: &[Database]) -> Option<String> {
    let found = UNKNOWN.captures(message)?;
    let unknown = found["name"].to_lowercase();
    let last = unknown.rsplit('.').next().unwrap_or(&unknown).trim_matches('"').to_owned();
    let in_database = |name: Option<&str>| catalog.iter().find(|known| Some(known.name.as_str()) == name);
    match found["kind"].to_lowercase().as_str() {
        "column" => {
            let named = tables::of(sql);
            let table = |named: &tables::Named| -> Option<&Table> {
                let database = in_database(named.database.as_deref().or(database))?;
                database.tables.iter().find(|table| table.name == named.table)
            };
            let columns =
                named.iter().filter_map(table).flat_map(Table::all_columns).map(|column| column.name.as_str());
            nearest(&last, columns).map(quoted)
        }
        "table" => {
            let of = unknown.rsplit('.').nth(1).or(database);
            let tables = in_database(of).into_iter().flat_map(|database| &database.tables);
            let here = nearest(&last, tables.map(|table| table.name.as_str())).map(quoted);
            // The same name in another database is the more likely one than another name.
            let elsewhere = || {
                let other = |database: &&Database| Some(database.name.as_str()) != of;
                let has = |database: &&Database| other(database) && database.tables.iter().any(|t| t.name == last);
                let database = catalog.iter().find(has)?;
                Some(format!("{}.{}", quoted(&database.name), quoted(&last)))
            };
            elsewhere().or(here)
        }
        "schema" => nearest(&last, catalog.iter().map(|database| database.name.as_str())).map(quoted),
        _ => nearest(&last, functions::all().iter().map(|function| function.name)).map(str::to_owned),
    }
}

/// The name with the fewest letters to change: at most a third of them.
fn nearest<'n>(unknown: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let most = unknown.chars().count() / 3;
    let near = names.map(|name| (strsim::damerau_levenshtein(unknown, &name.to_lowercase()), name));
    near.filter(|(changes, _)| *changes > 0 && *changes <= most).min().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Column;

    fn catalog() -> Vec<Database> {
        let column = |name: &str| Column { name: name.into(), kind: "string".into() };
        let table = |name: &str, columns: &[&str]| Table {
            name: name.into(),
            columns: columns.iter().map(|name| column(name)).collect(),
            partition_keys: Vec::new(),
            location: None,
            updated_on: None,
            kind: None,
            records: None,
            bytes: None,
        };
        vec![
            Database { name: "silver".into(), tables: vec![table("user", &["email", "phone_number"])] },
            Database { name: "gold".into(), tables: vec![table("order_item", &["status"]), table("order", &[])] },
        ]
    }

    fn meant(message: &str, sql: &str) -> Option<String> {
        did_you_mean(message, sql, Some("gold"), &catalog())
    }

    #[test]
    fn the_nearest_known_name_is_offered() {
        let column =
            "COLUMN_NOT_FOUND: line 1:8: Column 'phone_numbr' cannot be resolved or requester is not authorized";
        assert_eq!(meant(column, "select phone_numbr from silver.user").as_deref(), Some("phone_number"));
        assert_eq!(meant("Column 'xyz' cannot be resolved", "select xyz from silver.user"), None);
        let table = "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.gold.ordr_item' does not exist";
        assert_eq!(meant(table, "select 1 from ordr_item").as_deref(), Some("order_item"));
        assert_eq!(meant("Table 'awsdatacatalog.gold.user' does not exist", "").as_deref(), Some("silver.user"));
        assert_eq!(meant("Schema 'silvr' does not exist", "").as_deref(), Some("silver"));
        assert_eq!(meant("Function 'coalese' not registered", "").as_deref(), Some("coalesce"));
        assert_eq!(meant("line 1:1: mismatched input", ""), None);
    }
}
