//! The text of a view of Athena: `/* Presto View: … */` around JSON in Base64, as Trino's Hive connector keeps it
//! (`io.trino.plugin.hive.ViewReaderUtil`).

use data_encoding::BASE64;
use gluedeck_sql::Type;
use serde_json::{Value, json};

const START: &str = "/* Presto View: ";
const END: &str = " */";

/// What the catalog keeps of a view.
pub(crate) fn view_text(sql: &str, database: &str, columns: &[(String, Type)]) -> String {
    let columns: Vec<Value> =
        columns.iter().map(|(name, ty)| json!({ "name": name, "type": ty.to_string() })).collect();
    let view = json!({ "originalSql": sql, "catalog": "awsdatacatalog", "schema": database, "columns": columns });
    format!("{START}{}{END}", BASE64.encode(view.to_string().as_bytes()))
}

/// The SQL of such a text; None of any other.
pub(super) fn view_sql(text: &str) -> Option<String> {
    let coded = text.trim().strip_prefix(START.trim_end())?.strip_suffix(END.trim_start())?.trim();
    let view: Value = serde_json::from_slice(&BASE64.decode(coded.as_bytes()).ok()?).ok()?;
    view.get("originalSql")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_read_as_it_was_written() {
        let text = view_text("select 'ü' as \"a\"", "gold", &[("a".to_owned(), Type::VARCHAR)]);
        assert_eq!(view_sql(&text).as_deref(), Some("select 'ü' as \"a\""));
        for other in ["", "select 1", "/* Presto View */", "/* Presto View: !! */", "/* Presto View: e30= */"] {
            assert_eq!(view_sql(other), None, "{other}");
        }
    }
}
