//! What SHOW CREATE TABLE and DESCRIBE say of a table of Hive, in the layout that Hive's DDL task has (measured:
//! docs/aws-facts.md, "Texts of DDL").

use crate::catalog::{CatalogTable, Column, Format};
use std::collections::BTreeMap;

/// The parameters of a SerDe that ROW FORMAT DELIMITED says, in its order.
const DELIMITED: [(&str, &str); 5] = [
    ("field.delim", "FIELDS TERMINATED BY"),
    ("colelction.delim", "COLLECTION ITEMS TERMINATED BY"),
    ("mapkey.delim", "MAP KEYS TERMINATED BY"),
    ("line.delim", "LINES TERMINATED BY"),
    ("serialization.null.format", "NULL DEFINED AS"),
];

/// The lines of SHOW CREATE TABLE. The name is as the statement has it.
pub(super) fn create_table(name: &str, table: &CatalogTable) -> Vec<String> {
    let storage = &table.storage;
    let mut text =
        format!("CREATE EXTERNAL TABLE `{name}`(\n{})\n", columns(&storage.columns, deserializer_comment(table)));
    if let Some(comment) = table.parameters.get("comment") {
        text += &format!("COMMENT '{}'\n", comment_text(comment));
    }
    if !table.partition_keys.is_empty() {
        text += &format!("PARTITIONED BY ( \n{})\n", columns(&table.partition_keys, None));
    }
    let buckets =
        storage.others.get("BucketColumns").and_then(|columns| columns.as_array()).filter(|list| !list.is_empty());
    if let Some(buckets) = buckets {
        let names: Vec<String> = buckets.iter().filter_map(|name| Some(format!("  {}", name.as_str()?))).collect();
        let count = storage.others.get("NumberOfBuckets").and_then(serde_json::Value::as_i64).unwrap_or_default();
        text += &format!("CLUSTERED BY ( \n{}) \nINTO {count} BUCKETS\n", names.join(", \n"));
    }
    let mut parameters = storage.serde.parameters.clone();
    parameters.remove("serialization.format");
    let said: Vec<(&str, String)> =
        DELIMITED.iter().filter_map(|(name, words)| Some((*words, parameters.remove(*name)?))).collect();
    if said.is_empty() {
        text += &format!("ROW FORMAT SERDE \n  '{}' \n", escaped(&storage.serde.library));
    } else {
        text += "ROW FORMAT DELIMITED \n";
        for (words, value) in said {
            text += &format!("  {words} '{}' \n", escaped(&value));
        }
    }
    if !parameters.is_empty() {
        text += &format!("WITH SERDEPROPERTIES ( \n{}) \n", properties(&parameters));
    }
    text += &format!(
        "STORED AS INPUTFORMAT \n  '{}' \nOUTPUTFORMAT \n  '{}'\nLOCATION\n  '{}'\nTBLPROPERTIES (\n{})",
        escaped(&storage.input_format),
        escaped(&storage.output_format),
        storage.location,
        properties(&shown_properties(table))
    );
    text.lines().map(str::to_owned).collect()
}

/// Properties that are not said otherwise.
fn shown_properties(table: &CatalogTable) -> BTreeMap<String, String> {
    let hidden = ["EXTERNAL", "comment", "SORTBUCKETCOLSPREFIX"];
    table
        .parameters
        .iter()
        .filter(|(name, _)| !hidden.contains(&name.as_str()))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect()
}

/// What stands in the place of comments where the columns are the SerDe's to know.
pub(super) fn deserializer_comment(table: &CatalogTable) -> Option<&'static str> {
    match table.storage.format() {
        Ok(Format::Csv | Format::Json) => Some("from deserializer"),
        Ok(Format::Regex) => Some(""),
        _ => None,
    }
}

fn columns(columns: &[Column], fixed: Option<&str>) -> String {
    let line = |column: &Column| {
        let comment = fixed.or(column.comment.as_deref());
        let comment = comment.map(|comment| format!(" COMMENT '{}'", comment_text(comment))).unwrap_or_default();
        format!("  `{}` {}{comment}", column.name.to_lowercase(), column.ty)
    };
    columns.iter().map(line).collect::<Vec<_>>().join(", \n")
}

fn properties(properties: &BTreeMap<String, String>) -> String {
    let line = |(name, value): (&String, &String)| format!("  '{}'='{}'", escaped(name), escaped(value));
    properties.iter().map(line).collect::<Vec<_>>().join(", \n")
}

fn comment_text(text: &str) -> String {
    text.replace('\'', "\\'").replace(';', "\\;")
}

/// As Java's escapes, and quotes and semicolons besides.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '"' | '\\' | '\'' | ';' => escaped.extend(['\\', letter]),
            '\t' => escaped += "\\t",
            '\n' => escaped += "\\n",
            '\r' => escaped += "\\r",
            ' '..='~' => escaped.push(letter),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    escaped += &format!("\\u{unit:04X}");
                }
            }
        }
    }
    escaped
}

/// The rows of DESCRIBE: three cells of twenty letters in one.
pub(super) fn describe(table: &CatalogTable) -> Vec<String> {
    let line = |column: &Column, fixed: Option<&str>| {
        let comment = fixed.or(column.comment.as_deref()).unwrap_or_default();
        let comment = comment.split('\t').next().unwrap_or_default();
        format!("{:<20}\t{:<20}\t{comment:<20}", column.name.to_lowercase(), column.ty)
    };
    let fixed = deserializer_comment(table);
    let mut lines: Vec<String> = table.storage.columns.iter().map(|column| line(column, fixed)).collect();
    let keys = || table.partition_keys.iter().map(|key| line(key, None));
    lines.extend(keys());
    if !table.partition_keys.is_empty() {
        let blank = || "\t \t ".to_owned();
        lines.extend([blank(), "# Partition Information\t \t ".to_owned()]);
        lines.push(format!("{:<22}\t{:<20}\t{:<20}", "# col_name", "data_type", "comment"));
        lines.push(blank());
        lines.extend(keys());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Storage;
    use chrono::DateTime;

    #[test]
    fn a_table_as_it_was_created() {
        let storage = Storage::new(
            Format::Text,
            vec![Column::new("id", "int"), Column::new("b", "string")],
            "s3://b/t".to_owned(),
        );
        let mut table = CatalogTable::external("t", storage, DateTime::UNIX_EPOCH);
        table.storage.columns[0].comment = Some("it's".to_owned());
        table.storage.serde.parameters.insert("field.delim".to_owned(), "\t".to_owned());
        table.partition_keys = vec![Column::new("d", "date"), Column::new("e", "string")];
        for (name, value) in [("EXTERNAL", "TRUE"), ("skip.header.line.count", "1"), ("note", "ü;")] {
            table.parameters.insert(name.to_owned(), value.to_owned());
        }
        let expected = "CREATE EXTERNAL TABLE `db.t`(
  `id` int COMMENT 'it\\'s', 
  `b` string)
PARTITIONED BY ( 
  `d` date, 
  `e` string)
ROW FORMAT DELIMITED 
  FIELDS TERMINATED BY '\\t' 
STORED AS INPUTFORMAT 
  'org.apache.hadoop.mapred.TextInputFormat' 
OUTPUTFORMAT 
  'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION
  's3://b/t'
TBLPROPERTIES (
  'note'='\\u00FC\\;', 
  'skip.header.line.count'='1')";
        assert_eq!(create_table("db.t", &table).join("\n"), expected);
        let described = describe(&table);
        assert_eq!(described[0], "id                  \tint                 \tit's                ");
        assert_eq!(described.len(), 4 + 4 + 2);
    }
}
