//! Names of partitions' folders: `key=value/key=value`, coded as Hive does (`org.apache.hadoop.hive.common.FileUtils`).

use super::table::Column;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// The value of rows whose key is NULL.
pub(crate) const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

const CODED: AsciiSet = CONTROLS
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'\'')
    .add(b'*')
    .add(b'/')
    .add(b':')
    .add(b'=')
    .add(b'?')
    .add(b'\\')
    .add(b'{')
    .add(b'[')
    .add(b']')
    .add(b'^');

/// The folder of a partition, below its table's.
pub(crate) fn folder_name(keys: &[Column], values: &[String]) -> String {
    // Hive codes only these bytes, and leaves letters of other alphabets as they are.
    let coded = |text: &str| -> String {
        let pieces = text.chars().map(|letter| match letter.is_ascii() {
            true => utf8_percent_encode(letter.encode_utf8(&mut [0; 4]), &CODED).to_string(),
            false => letter.to_string(),
        });
        pieces.collect()
    };
    let parts = keys.iter().zip(values).map(|(key, value)| format!("{}={}", coded(&key.name), coded(value)));
    parts.collect::<Vec<_>>().join("/")
}

/// The values of a folder's name; None if it is none of a partition with these keys.
pub(crate) fn folder_values(keys: &[Column], folder: &str) -> Option<Vec<String>> {
    let parts: Vec<&str> = folder.split('/').collect();
    if parts.len() != keys.len() {
        return None;
    }
    let plain = |text: &str| percent_decode_str(text).decode_utf8().ok().map(|text| text.into_owned());
    let values = parts.into_iter().zip(keys).map(|(part, key)| {
        let (name, value) = part.split_once('=')?;
        plain(name)?.eq_ignore_ascii_case(&key.name).then(|| plain(value))?
    });
    values.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_values() {
        let keys = [Column::new("day", "date"), Column::new("at", "string")];
        let values = ["2026-11-22".to_owned(), "10:30/a=b ü%".to_owned()];
        let folder = folder_name(&keys, &values);
        assert_eq!(folder, "day=2026-11-22/at=10%3A30%2Fa%3Db ü%25");
        assert_eq!(folder_values(&keys, &folder).as_deref(), Some(&values[..]));
        for other in ["day=1", "day=1/at=2/x=3", "at=1/day=2", "2026-11-22/b"] {
            assert_eq!(folder_values(&keys, other), None, "{other}");
        }
    }
}
