//! Text: regular expressions in Trino's manner, splitting, bytes.

use super::{Cell, Function, Refusal, ValueType, function};
use regex::Regex;
use std::borrow::Cow;
use std::cell::RefCell;

pub(super) const FUNCTIONS: &[Function] = &[
    function("regexp_extract", &[ValueType::Text, ValueType::Text, ValueType::Integer], 1, ValueType::Text, |row| {
        with_regex(row[1].text(), |regex| {
            let group = group(row.get(2), regex)?;
            let found = regex.captures(row[0].text()).and_then(|found| found.get(group));
            Ok(found.map_or(Cell::Null, |found| owned(found.as_str())))
        })
    }),
    function(
        "regexp_extract_all",
        &[ValueType::Text, ValueType::Text, ValueType::Integer],
        1,
        ValueType::Texts,
        |row| {
            with_regex(row[1].text(), |regex| {
                let group = group(row.get(2), regex)?;
                let all = regex.captures_iter(row[0].text());
                let texts = all.map(|found| found.get(group).map_or("", |found| found.as_str()).to_owned());
                Ok(Cell::Texts(texts.collect()))
            })
        },
    ),
    function("regexp_replace", &[ValueType::Text, ValueType::Text, ValueType::Text], 1, ValueType::Text, |row| {
        with_regex(row[1].text(), |regex| {
            let by = row.get(2).map_or("", Cell::text);
            Ok(Cell::Text(Cow::Owned(regex.replace_all(row[0].text(), by).into_owned())))
        })
    }),
    function("regexp_like", &[ValueType::Text, ValueType::Text], 0, ValueType::Boolean, |row| {
        with_regex(row[1].text(), |regex| Ok(Cell::Boolean(regex.is_match(row[0].text()))))
    }),
    function("regexp_count", &[ValueType::Text, ValueType::Text], 0, ValueType::Integer, |row| {
        with_regex(row[1].text(), |regex| Ok(Cell::Integer(regex.find_iter(row[0].text()).count() as i64)))
    }),
    function("regexp_split", &[ValueType::Text, ValueType::Text], 0, ValueType::Texts, |row| {
        with_regex(row[1].text(), |regex| Ok(Cell::Texts(regex.split(row[0].text()).map(str::to_owned).collect())))
    }),
    function("split", &[ValueType::Text, ValueType::Text, ValueType::Integer], 1, ValueType::Texts, |row| {
        let (text, at) = (row[0].text(), row[1].text());
        if at.is_empty() {
            return Err(Refusal::NoDelimiter);
        }
        Ok(Cell::Texts(match row.get(2) {
            None => text.split(at).map(str::to_owned).collect(),
            Some(limit) if limit.integer() > 0 => {
                text.splitn(limit.integer() as usize, at).map(str::to_owned).collect()
            }
            Some(_) => return Err(Refusal::Limit),
        }))
    }),
    function("codepoint", &[ValueType::Text], 0, ValueType::Integer, |row| {
        let mut letters = row[0].text().chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) => Ok(Cell::Integer(i64::from(u32::from(letter)))),
            _ => Err(Refusal::NotOneCharacter),
        }
    }),
];

fn owned(text: &str) -> Cell<'static> {
    Cell::Text(Cow::Owned(text.to_owned()))
}

fn group(cell: Option<&Cell<'_>>, regex: &Regex) -> Result<usize, Refusal> {
    let group = cell.map_or(0, Cell::integer);
    let groups = regex.captures_len() - 1;
    usize::try_from(group).ok().filter(|group| *group <= groups).ok_or(Refusal::Group { groups, group })
}

thread_local! {
    /// The pattern is the same for every row as a rule.
    static LAST: RefCell<Option<(String, Regex)>> = const { RefCell::new(None) };
}

fn with_regex(
    pattern: &str,
    then: impl FnOnce(&Regex) -> Result<Cell<'static>, Refusal>,
) -> Result<Cell<'static>, Refusal> {
    LAST.with_borrow_mut(|last| {
        if last.as_ref().is_none_or(|(known, _)| known != pattern) {
            let regex = Regex::new(pattern)?;
            *last = Some((pattern.to_owned(), regex));
        }
        match last {
            Some((_, regex)) => then(regex),
            None => Ok(Cell::Null),
        }
    })
}
