//! What a query may cost, before it runs: whole tables read for want of a partition filter, all columns of bronze.

use super::tables;
use super::token::{TokenKind, tokens};
use crate::analysis::words::counted;
use crate::domain::query::scan_cost;
use crate::domain::{Database, Table};

/// What is to be said before a statement is sent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Advice {
    /// What makes it dear.
    pub warnings: Vec<String>,
    /// Bytes that it reads at the most: all columns of all partitions, by what the crawler has counted. None if a table is
    /// not known, or was not counted.
    pub most_bytes: Option<i64>,
}

impl Advice {
    /// US dollars at the most, at the list price.
    pub fn most_cost(&self) -> Option<f64> {
        self.most_bytes.map(scan_cost)
    }
}

/// Looks at a statement; `database` is the one that it runs in.
pub fn of(sql: &str, database: Option<&str>, catalog: &[Database]) -> Advice {
    let mut advice = Advice::default();
    let words: Vec<_> =
        tokens(sql).filter(|token| !matches!(token.kind, TokenKind::Blank | TokenKind::Comment)).collect();
    let first = words.first().map(|token| token.text.to_lowercase()).unwrap_or_default();
    if !["select", "with", "insert", "create", "unload", "("].contains(&first.as_str()) {
        return advice;
    }
    let everything = words.windows(2).any(|two| two[0].is("select") && two[1].text == "*");
    // Only what stands behind WHERE or ON filters.
    let filters: Vec<String> = words
        .iter()
        .skip_while(|token| !token.is("where") && !token.is("on"))
        .filter(|token| matches!(token.kind, TokenKind::Name | TokenKind::Quoted))
        .map(|token| token.text.trim_matches('"').to_lowercase())
        .collect();
    let (mut bytes, mut known) = (0_i64, true);
    let mut seen = Vec::new();
    let named = tables::of(sql);
    for named in &named {
        let place = named.database.as_deref().or(database);
        let Some(table) = place.and_then(|place| find(catalog, place, &named.table)) else {
            known = false;
            continue;
        };
        if seen.contains(&(place, &table.name)) {
            continue;
        }
        seen.push((place, &table.name));
        match table.bytes {
            Some(of_table) => bytes = bytes.saturating_add(of_table),
            None => known = false,
        }
        let keys: Vec<&str> = table.partition_keys.iter().map(|key| key.name.as_str()).collect();
        if !keys.is_empty() && !keys.iter().any(|key| filters.iter().any(|word| word == key)) {
            advice.warnings.push(format!("{} full scan: no filter on {}", table.name, keys.join(", ")));
        }
        if everything && place.is_some_and(|place| place.contains("bronze")) {
            advice.warnings.push(format!("all {} of {} in bronze", counted(table.columns.len(), "column"), table.name));
        }
    }
    advice.most_bytes = (known && !seen.is_empty()).then_some(bytes);
    advice
}

fn find<'c>(catalog: &'c [Database], database: &str, table: &str) -> Option<&'c Table> {
    let database = catalog.iter().find(|known| known.name.eq_ignore_ascii_case(database))?;
    database.tables.iter().find(|known| known.name.eq_ignore_ascii_case(table))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Column;

    fn catalog() -> Vec<Database> {
        let column = |name: &str| Column { name: name.into(), kind: "string".into() };
        let table = Table {
            name: "user".into(),
            columns: vec![column("id"), column("email")],
            partition_keys: vec![column("as_of_date")],
            location: None,
            updated_on: None,
            kind: None,
            records: None,
            bytes: Some(1 << 40),
        };
        vec![Database { name: "x_bronze".into(), tables: vec![table] }]
    }

    #[test]
    fn a_missing_partition_filter_is_said() {
        let of = |sql: &str| of(sql, Some("x_bronze"), &catalog());
        let dear = of("select * from user where id = 'as_of_date'");
        assert_eq!(dear.warnings, ["user full scan: no filter on as_of_date", "all 2 columns of user in bronze"]);
        assert_eq!((dear.most_bytes, dear.most_cost()), (Some(1 << 40), Some(5.0)));
        assert!(of("select id from x_bronze.user u where u.as_of_date = current_date").warnings.is_empty());
        assert!(of("select as_of_date, count(*) from user group by 1").warnings.len() == 1, "a group is no filter");
        assert_eq!(of("show tables"), Advice::default());
        assert_eq!(of("select 1 from other").most_bytes, None);
    }
}
