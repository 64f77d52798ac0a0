//! How a line becomes cells, and a cell a value: LazySimpleSerDe, OpenCSVSerDe, the JSON SerDes, RegexSerDe (Athena's
//! documentation of each).

use super::file_columns::FileColumn;
use crate::catalog::{CatalogTable, Format, JSON_SERDE};
use gluedeck_sql::{Code, Error, LinePattern, Type, Value, plain_value};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A format of lines, with what the table says of it.
#[derive(Debug)]
pub(super) struct TextFormat {
    kind: SerDe,
    /// Lines at the begin of a file that are no rows.
    pub(super) header_lines: usize,
}

#[derive(Debug)]
enum SerDe {
    /// The delimiters from the outermost level on.
    Delimited {
        delimiters: Vec<char>,
        escape: Option<char>,
        null: String,
    },
    Quoted {
        separator: u8,
        quote: u8,
        escape: u8,
    },
    Json {
        ignores_malformed: bool,
        strict: bool,
        keys: BTreeMap<String, String>,
    },
    Pattern(LinePattern),
}

/// What a line holds.
#[derive(Debug)]
pub(super) enum Cells {
    /// NULL in every column.
    Nothing,
    /// By place.
    Texts(Vec<Option<String>>),
    /// By name.
    Members(serde_json::Map<String, Json>),
}

/// Hive's delimiters of the levels of nested values.
const LEVELS: [char; 8] = ['\u{1}', '\u{2}', '\u{3}', '\u{4}', '\u{5}', '\u{6}', '\u{7}', '\u{8}'];

impl TextFormat {
    /// The format of a table whose files are text.
    ///
    /// # Errors
    /// If the table says of it what is wrong or not done.
    pub(super) fn of(table: &CatalogTable, format: Format) -> Result<Self, Error> {
        let parameters = &table.storage.serde.parameters;
        let given = |name: &str| parameters.get(name).map(String::as_str);
        let of_table = |name: &str| table.parameters.get(name).or_else(|| parameters.get(name)).map(String::as_str);
        let count = |name: &str| of_table(name).map_or(Ok(0), |text| text.trim().parse::<usize>());
        let header_lines = count("skip.header.line.count").map_err(|_| {
            Error::of_value(Code::HiveInvalidMetadata, "Invalid value for skip.header.line.count property".to_owned())
        })?;
        if count("skip.footer.line.count") != Ok(0) {
            return Err(Error::of_value(Code::NotSupported, "gluedeck does not do skip.footer.line.count"));
        }
        if let Some(coding) = given("serialization.encoding").filter(|coding| !coding.eq_ignore_ascii_case("utf-8")) {
            let text = format!("gluedeck does not read files of the encoding {coding}");
            return Err(Error::of_value(Code::NotSupported, text));
        }
        let kind = match format {
            Format::Csv => {
                let byte =
                    |name: &str, otherwise: u8| given(name).and_then(|text| text.bytes().next()).unwrap_or(otherwise);
                SerDe::Quoted {
                    separator: byte("separatorChar", b','),
                    quote: byte("quoteChar", b'"'),
                    escape: byte("escapeChar", b'\\'),
                }
            }
            Format::Json => SerDe::Json {
                ignores_malformed: given("ignore.malformed.json").is_some_and(|text| text.eq_ignore_ascii_case("true")),
                strict: table.storage.serde.library == JSON_SERDE,
                keys: json_keys(parameters),
            },
            Format::Regex => {
                let pattern = given("input.regex").ok_or_else(|| {
                    Error::of_value(
                        Code::HiveInvalidMetadata,
                        "This table does not have serde property \"input.regex\"!",
                    )
                })?;
                SerDe::Pattern(LinePattern::new(pattern)?)
            }
            Format::Text | Format::Parquet => {
                let delimiter = |name: &str| given(name).and_then(delimiter_of);
                let mut delimiters = LEVELS.to_vec();
                let named = [
                    delimiter("field.delim").or_else(|| delimiter("serialization.format")),
                    delimiter("colelction.delim").or_else(|| delimiter("collection.delim")),
                    delimiter("mapkey.delim"),
                ];
                for (level, named) in delimiters.iter_mut().zip(named) {
                    *level = named.unwrap_or(*level);
                }
                let null = given("serialization.null.format").unwrap_or("\\N").to_owned();
                SerDe::Delimited { delimiters, escape: delimiter("escape.delim"), null }
            }
        };
        Ok(Self { kind, header_lines })
    }

    /// Takes a line apart.
    pub(super) fn cells(&self, line: &str) -> Result<Cells, Error> {
        Ok(match &self.kind {
            SerDe::Delimited { delimiters, escape, .. } => {
                Cells::Texts(split(line, delimiters[0], *escape).into_iter().map(Some).collect())
            }
            SerDe::Quoted { separator, quote, escape } => {
                let mut reader = csv::ReaderBuilder::new()
                    .has_headers(false)
                    .flexible(true)
                    .delimiter(*separator)
                    .quote(*quote)
                    .escape(Some(*escape))
                    .buffer_capacity(line.len().max(1))
                    .from_reader(line.as_bytes());
                let mut record = csv::StringRecord::new();
                let read = reader.read_record(&mut record);
                read.map_err(|error| Error::of_value(Code::HiveBadData, format!("Error parsing line: {error}")))?;
                // A line without anything is one empty cell.
                let cells: Vec<Option<String>> = record.iter().map(|cell| Some(cell.to_owned())).collect();
                Cells::Texts(if cells.is_empty() { vec![Some(String::new())] } else { cells })
            }
            SerDe::Json { ignores_malformed, .. } => match serde_json::from_str::<Json>(line) {
                Ok(Json::Object(members)) => Cells::Members(members),
                _ if line.trim().is_empty() || *ignores_malformed => Cells::Nothing,
                Ok(_) => return Err(malformed("A JSONObject text must begin with '{'")),
                Err(error) => return Err(malformed(&error.to_string())),
            },
            SerDe::Pattern(pattern) => pattern.groups(line).map_or(Cells::Nothing, Cells::Texts),
        })
    }

    /// The value of a column.
    pub(super) fn value(&self, cells: &Cells, column: &FileColumn) -> Result<Value, Error> {
        let text = match cells {
            Cells::Nothing => return Ok(Value::Null),
            Cells::Members(members) => return self.member(members, column),
            Cells::Texts(texts) => match texts.get(column.place) {
                Some(Some(text)) => text,
                _ => return Ok(Value::Null),
            },
        };
        match &self.kind {
            SerDe::Delimited { delimiters, escape, null } => {
                Ok(delimited(text, &column.ty, &delimiters[1..], *escape, null))
            }
            SerDe::Quoted { .. } => quoted(text, column),
            _ => Ok(plain_value(text, &column.ty).unwrap_or(Value::Null)),
        }
    }

    fn member(&self, members: &serde_json::Map<String, Json>, column: &FileColumn) -> Result<Value, Error> {
        let SerDe::Json { strict, keys, .. } = &self.kind else { return Ok(Value::Null) };
        let name = keys.get(&column.name).unwrap_or(&column.name);
        let Some(found) = member(members, name) else { return Ok(Value::Null) };
        of_json(found, &column.ty, *strict).ok_or_else(|| {
            let text = format!("Error parsing JSON value {found} for column {} of the type {}", column.name, column.ty);
            Error::of_value(Code::HiveBadData, text)
        })
    }
}

fn malformed(why: &str) -> Error {
    Error::of_value(Code::HiveCursorError, format!("Row is not a valid JSON Object - JSONException: {why}"))
}

/// A delimiter: a letter, or its number.
fn delimiter_of(text: &str) -> Option<char> {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) if letter.is_ascii_digit() => char::from_u32(letter.to_digit(10)?),
        (Some(letter), None) => Some(letter),
        (None, _) => None,
        _ => text.parse::<u8>().ok().map(char::from).or_else(|| text.chars().next()),
    }
}

/// Keys of the members by the names of the columns, where they are others: `mapping.COLUMN` of the OpenX SerDe.
fn json_keys(parameters: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mapped =
        parameters.iter().filter_map(|(name, key)| Some((name.strip_prefix("mapping.")?.to_lowercase(), key.clone())));
    mapped.collect()
}

/// A member by its name: as it is written, or else in other cases.
fn member<'a>(members: &'a serde_json::Map<String, Json>, name: &str) -> Option<&'a Json> {
    members.get(name).or_else(|| members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// Takes a text apart at a delimiter that is not escaped.
fn split(text: &str, delimiter: char, escape: Option<char>) -> Vec<String> {
    let Some(escape) = escape else { return text.split(delimiter).map(str::to_owned).collect() };
    let (mut parts, mut part) = (Vec::new(), String::new());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == escape {
            part.push(letter);
            part.extend(letters.next());
        } else if letter == delimiter {
            parts.push(std::mem::take(&mut part));
        } else {
            part.push(letter);
        }
    }
    parts.push(part);
    parts
}

fn unescaped(text: &str, escape: Option<char>) -> String {
    let Some(escape) = escape else { return text.to_owned() };
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == escape { plain.extend(letters.next()) } else { plain.push(letter) }
    }
    plain
}

/// A value of LazySimpleSerDe. What is none of its type is NULL.
fn delimited(text: &str, ty: &Type, delimiters: &[char], escape: Option<char>, null: &str) -> Value {
    if text == null {
        return Value::Null;
    }
    let [delimiter, deeper @ ..] = delimiters else { return Value::Null };
    let parts = || if text.is_empty() { Vec::new() } else { split(text, *delimiter, escape) };
    match ty {
        Type::Array(element) => {
            Value::Array(parts().iter().map(|part| delimited(part, element, deeper, escape, null)).collect())
        }
        Type::Row(fields) => {
            let parts = parts();
            let field = |(index, (_, ty)): (usize, &(Option<String>, Type))| {
                parts.get(index).map_or(Value::Null, |part| delimited(part, ty, deeper, escape, null))
            };
            Value::Row(fields.iter().enumerate().map(field).collect())
        }
        Type::Map(key_type, value_type) => {
            let [between, deeper @ ..] = deeper else { return Value::Null };
            let mut entries: Vec<(Value, Value)> = Vec::new();
            for part in parts() {
                let both = split(&part, *between, escape);
                let key = delimited(&both[0], key_type, deeper, escape, null);
                let value = both.get(1).map_or(Value::Null, |text| delimited(text, value_type, deeper, escape, null));
                if !matches!(key, Value::Null) && !entries.iter().any(|(known, _)| *known == key) {
                    entries.push((key, value));
                }
            }
            Value::Map(entries)
        }
        _ => plain_value(&unescaped(text, escape), ty).unwrap_or(Value::Null),
    }
}

/// A value of OpenCSVSerDe: dates are days, moments milliseconds since 1970, and what is no number is an error (Athena's
/// documentation: "Open CSV SerDe for processing CSV").
fn quoted(text: &str, column: &FileColumn) -> Result<Value, Error> {
    let read = match &column.ty {
        Type::Date => text.parse::<i64>().ok().map(Value::Int),
        Type::Timestamp(_) => text.parse::<i64>().ok().map(|millis| Value::Big(i128::from(millis) * 1_000_000_000)),
        Type::Varchar(_) | Type::Char(_) => plain_value(text, &column.ty),
        ty => plain_value(text.trim(), ty),
    };
    read.ok_or_else(|| {
        let text =
            format!("Error parsing field value '{text}' for field {}: For input string: \"{text}\"", column.place);
        Error::of_value(Code::HiveBadData, text)
    })
}

/// A value of JSON; None if it is none of the type. The OpenX SerDe takes texts for numbers, too.
fn of_json(found: &Json, ty: &Type, strict: bool) -> Option<Value> {
    match (found, ty) {
        (Json::Null, _) => Some(Value::Null),
        (Json::Array(items), Type::Array(element)) => {
            items.iter().map(|item| of_json(item, element, strict)).collect::<Option<_>>().map(Value::Array)
        }
        (Json::Object(members), Type::Map(key_type, value_type)) => {
            let entry = |(key, value): (&String, &Json)| {
                Some((plain_value(key, key_type)?, of_json(value, value_type, strict)?))
            };
            members.iter().map(entry).collect::<Option<_>>().map(Value::Map)
        }
        (Json::Object(members), Type::Row(fields)) => {
            let field = |(name, ty): &(Option<String>, Type)| match member(members, name.as_deref().unwrap_or_default())
            {
                Some(found) => of_json(found, ty, strict),
                None => Some(Value::Null),
            };
            fields.iter().map(field).collect::<Option<_>>().map(Value::Row)
        }
        (Json::String(text), ty) => plain_value(text, ty),
        // Whatever it is, as text.
        (other, Type::Varchar(_) | Type::Char(_)) => plain_value(&other.to_string(), ty),
        (Json::Bool(truth), Type::Boolean) => Some(Value::Bool(*truth)),
        (Json::Number(number), ty) => {
            let text = number.to_string();
            plain_value(&text, ty).or_else(|| match ty {
                // A number with a part is cut off where a whole one is wanted.
                Type::Tinyint | Type::Smallint | Type::Integer | Type::Bigint if !strict => {
                    plain_value(&format!("{:.0}", number.as_f64()?.trunc()), ty)
                }
                _ => None,
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Column, Storage};
    use chrono::DateTime;
    use gluedeck_sql::text;

    fn table(format: Format, parameters: &[(&str, &str)]) -> CatalogTable {
        let storage = Storage::new(format, vec![Column::new("a", "string")], "s3://b/t/".to_owned());
        let mut table = CatalogTable::external("t", storage, DateTime::UNIX_EPOCH);
        table.storage.serde.parameters = parameters.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        table
    }

    /// The values of a line as texts, of columns with these types.
    fn read(table: &CatalogTable, format: Format, line: &str, types: &[&str]) -> Result<Vec<Option<String>>, Error> {
        let format = TextFormat::of(table, format)?;
        let cells = format.cells(line)?;
        let value = |(place, ty): (usize, &&str)| {
            let name = char::from(b'a' + place as u8).to_string();
            let column = FileColumn { name, place, ty: Type::of_hive(ty).expect("a type") };
            format.value(&cells, &column).map(|value| text(&value, &column.ty))
        };
        types.iter().enumerate().map(value).collect()
    }

    fn some(texts: &[&str]) -> Vec<Option<String>> {
        texts.iter().map(|text| (*text != "-").then(|| (*text).to_owned())).collect()
    }

    #[test]
    fn delimited_text() {
        let tabs = table(Format::Text, &[("field.delim", "\t"), ("escape.delim", "\\")]);
        let of = |line: &str, types: &[&str]| read(&tabs, Format::Text, line, types).expect("no error");
        assert_eq!(of("1\tx\t\\N", &["int", "string", "string"]), some(&["1", "x", "-"]));
        assert_eq!(of("one\t\ttrue", &["int", "string", "boolean"]), some(&["-", "", "true"]), "no number is NULL");
        assert_eq!(of("a\\\tb\tc", &["string", "string"]), some(&["a\tb", "c"]));
        assert_eq!(of("1", &["int", "string"]), some(&["1", "-"]), "too few cells");
        assert_eq!(
            of("2026-11-22\t2026-11-22 03:00:00.5", &["date", "timestamp"]),
            some(&["2026-11-22", "2026-11-22 03:00:00.500"])
        );
        let nested = table(Format::Text, &[("field.delim", "|"), ("colelction.delim", ";"), ("mapkey.delim", ":")]);
        let types = ["array<int>", "map<string,int>", "struct<x:int,y:string>"];
        let row = read(&nested, Format::Text, "1;2|a:1;b:2|7;z", &types).expect("no error");
        assert_eq!(row, some(&["[1, 2]", "{a=1, b=2}", "{x=7, y=z}"]));
    }

    #[test]
    fn quoted_text() {
        let csv = table(Format::Csv, &[]);
        let of = |line: &str, types: &[&str]| read(&csv, Format::Csv, line, types);
        assert_eq!(of("1,\"a, \"\"b\"\"\",", &["int", "string", "string"]), Ok(some(&["1", "a, \"b\"", ""])));
        assert_eq!(
            of("20000,1795316400250", &["date", "timestamp"]),
            Ok(some(&["2024-10-04", "2026-11-22 03:00:00.250"]))
        );
        let error = of("x", &["int"]).expect_err("no number");
        assert_eq!((error.code, error.message.contains("For input string: \"x\"")), (Code::HiveBadData, true));
        assert!(of("", &["int"]).is_err());
    }

    #[test]
    fn json_objects() {
        let json = table(Format::Json, &[("mapping.b", "B-Key")]);
        let types = ["int", "string", "array<double>", "struct<x:int>", "decimal(5,2)"];
        let line = r#"{"A": "7", "B-Key": {"n": 1}, "c": [1, 2.5], "d": {"X": 3}, "e": 1.5, "f": 1}"#;
        let row = read(&json, Format::Json, line, &types).expect("no error");
        assert_eq!(row, some(&["7", "{\"n\":1}", "[1.0, 2.5]", "{x=3}", "1.50"]));
        assert_eq!(read(&json, Format::Json, "{}", &types).expect("no error"), vec![None; 5]);
        assert_eq!(read(&json, Format::Json, "[1]", &types).expect_err("no object").code, Code::HiveCursorError);
        assert_eq!(read(&json, Format::Json, r#"{"a": [1]}"#, &types).expect_err("no number").code, Code::HiveBadData);
        let lenient = table(Format::Json, &[("ignore.malformed.json", "true")]);
        assert_eq!(read(&lenient, Format::Json, "broken", &types).expect("no error"), vec![None; 5]);
    }

    #[test]
    fn patterns() {
        let regex = table(Format::Regex, &[("input.regex", r"^(\S+) (\d+)$")]);
        assert_eq!(read(&regex, Format::Regex, "host 200", &["string", "int"]), Ok(some(&["host", "200"])));
        assert_eq!(read(&regex, Format::Regex, "broken", &["string", "int"]), Ok(vec![None; 2]));
        assert!(read(&table(Format::Regex, &[]), Format::Regex, "x", &["string"]).is_err());
    }
}
