//! Where in the SQL an error of the engine is: `line 3:14: Column 'x' cannot be resolved`.

use regex::Regex;
use std::sync::LazyLock;

static LINE_COLUMN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\bline (\d{1,6}):(\d{1,6})\b").expect("a valid pattern"));

/// The byte of the statement that an error's message points at. Lines count from 1; columns too, in letters (Trino).
pub fn of_error(message: &str, sql: &str) -> Option<usize> {
    let found = LINE_COLUMN.captures(message)?;
    let number = |n: usize| found.get(n)?.as_str().parse::<usize>().ok();
    let (line, column) = (number(1)?.checked_sub(1)?, number(2)?.saturating_sub(1));
    let before: usize = sql.split_inclusive('\n').take(line).map(str::len).sum();
    let text = sql.split('\n').nth(line)?;
    let within = text.char_indices().nth(column).map_or(text.len(), |(byte, _)| byte);
    Some(before + within)
}

/// The line of a text that a byte is in, and the letters before it in that line.
pub fn line_at(text: &str, at: usize) -> (&str, usize) {
    let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let begin = text[..at].rfind('\n').map_or(0, |before| before + 1);
    let end = text[at..].find('\n').map_or(text.len(), |behind| at + behind);
    (&text[begin..end], text[begin..at].chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_found_in_letters() {
        let sql = "select a\n  , '洗', b from t";
        assert_eq!(of_error("COLUMN_NOT_FOUND: line 1:8: Column 'a' cannot be resolved", sql), Some(7));
        let at = of_error("line 2:10: Column 'b'", sql).expect("a place");
        assert_eq!(&sql[at..at + 1], "b");
        assert_eq!(line_at(sql, at), ("  , '洗', b from t", 9));
        assert_eq!(line_at("", 5), ("", 0));
        assert_eq!(of_error("line 9:1: x", sql), None);
        assert_eq!(of_error("line 0:1: x", sql), None);
        assert_eq!(of_error("no place", sql), None);
        assert_eq!(of_error("line 1:999: x", sql), Some(8));
    }
}
