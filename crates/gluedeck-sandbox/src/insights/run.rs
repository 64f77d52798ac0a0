//! Carrying a query out on events.

use super::evaluate::{Scope, evaluate, natural};
use super::row::{Event, Row};
use super::stats::Group;
use super::tree::{Command, Expr, Item, Parse, Query};
use super::value::Value;
use chrono::{DateTime, Utc};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Rows without a limit (CloudWatch Logs Insights' documentation: "limit").
const DEFAULT_LIMIT: usize = 10_000;

/// Fields and values of a row of the answer, and what leads to its event.
pub(crate) type AnswerRow = (Vec<(String, String)>, Option<String>);

/// The values that rows have in common, and the rows.
type Grouped<'r> = (Vec<Value>, Vec<&'r Row>);

/// What a query answers.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) rows: Vec<AnswerRow>,
    /// Events that passed the filters.
    pub(crate) matched: usize,
}

/// Whether a row passes the filters that the query begins with, so that the others need not be kept.
pub(crate) fn passes(query: &Query, row: &Row, now: DateTime<Utc>) -> bool {
    let first = query.commands.iter().map_while(|command| match command {
        Command::Filter(condition) => Some(condition),
        _ => None,
    });
    first.into_iter().all(|condition| evaluate(condition, row, now).holds())
}

/// Carries a query out. The events come newest first, and stay so unless they are sorted.
pub(crate) fn run(query: &Query, events: Vec<Row>, limit: Option<usize>, now: DateTime<Utc>) -> Found {
    let mut rows = events;
    let mut matched = rows.len();
    let (mut shown, mut display, mut grouped) = (Vec::<String>::new(), None, false);
    let mut most = limit.unwrap_or(DEFAULT_LIMIT);
    for command in &query.commands {
        match command {
            Command::Fields(items) | Command::Display(items) => {
                make(&mut rows, items, now);
                let names: Vec<String> = items.iter().map(|item| item.name.clone()).collect();
                match command {
                    Command::Display(_) => display = Some(names),
                    _ => shown.extend(names),
                }
            }
            Command::Filter(condition) => {
                rows.retain(|row| evaluate(condition, row, now).holds());
                if !grouped {
                    matched = rows.len();
                }
            }
            Command::Sort(keys) => rows.sort_by(|a, b| in_order(keys, a, b)),
            Command::Limit(limit) => {
                most = *limit;
                rows.truncate(most);
            }
            Command::Dedup(names) => dedup(&mut rows, names),
            Command::Parse(parse) => {
                rows = parsed(rows, parse, now);
                if !shown.is_empty() {
                    shown.extend(parse.names.iter().cloned());
                }
            }
            Command::Stats { items, by } => {
                rows = stats(&rows, items, by, now);
                shown = by.iter().chain(items).map(|item| item.name.clone()).collect();
                (display, grouped) = (None, true);
            }
        }
    }
    rows.truncate(most);
    let names =
        display.unwrap_or(if shown.is_empty() { vec!["@timestamp".to_owned(), "@message".to_owned()] } else { shown });
    let mut once = BTreeSet::new();
    let names: Vec<String> = names.into_iter().filter(|name| once.insert(name.clone())).collect();
    let cells = |row: Row| {
        let cells = names.iter().filter_map(|name| Some((name.clone(), row.field(name).text()?)));
        (cells.collect(), row.event().map(Event::pointer))
    };
    Found { rows: rows.into_iter().map(cells).collect(), matched }
}

/// Adds what the items make.
fn make(rows: &mut [Row], items: &[Item], now: DateTime<Utc>) {
    for row in rows {
        for item in items {
            if !matches!(&item.expr, Expr::Field(name) if *name == item.name) {
                let value = evaluate(&item.expr, row, now);
                row.made.insert(item.name.clone(), value);
            }
        }
    }
}

fn in_order(keys: &[(String, bool)], a: &Row, b: &Row) -> Ordering {
    let by_key = keys.iter().map(|(name, down)| {
        let ordering = natural(&a.field(name), &b.field(name));
        if *down { ordering.reverse() } else { ordering }
    });
    by_key.fold(Ordering::Equal, Ordering::then)
}

/// Keeps the first row of each combination of values. Rows in which one is missing stay.
fn dedup(rows: &mut Vec<Row>, names: &[String]) {
    let mut known = BTreeSet::new();
    rows.retain(|row| {
        let values: Option<Vec<String>> = names.iter().map(|name| row.field(name).text()).collect();
        values.is_none_or(|values| known.insert(values))
    });
}

fn parsed(rows: Vec<Row>, parse: &Parse, now: DateTime<Utc>) -> Vec<Row> {
    let mut made = Vec::new();
    for mut row in rows {
        let text = evaluate(&parse.field, &row, now).text().unwrap_or_default();
        let of_names = parse.regex.capture_names().flatten().count() > 0;
        let read = |captures: &regex::Captures<'_>| -> Vec<(String, String)> {
            let group = |(place, name): (usize, &String)| {
                let found = if of_names { captures.name(name) } else { captures.get(place + 1) };
                found.map(|found| (name.clone(), found.as_str().to_owned()))
            };
            parse.names.iter().enumerate().filter_map(group).collect()
        };
        if parse.multi {
            let matches: Vec<Vec<(String, String)>> =
                parse.regex.captures_iter(&text).map(|found| read(&found)).collect();
            for values in &matches {
                let mut copy = row.clone();
                copy.made.extend(values.iter().map(|(name, value)| (name.clone(), Value::Text(value.clone()))));
                made.push(copy);
            }
            if !matches.is_empty() {
                continue;
            }
        } else if let Some(found) = parse.regex.captures(&text) {
            row.made.extend(read(&found).into_iter().map(|(name, value)| (name, Value::Text(value))));
        }
        made.push(row);
    }
    made
}

fn stats(rows: &[Row], items: &[Item], by: &[Item], now: DateTime<Utc>) -> Vec<Row> {
    let mut groups: BTreeMap<Vec<Option<String>>, Grouped<'_>> = BTreeMap::new();
    for row in rows {
        let keys: Vec<Value> = by.iter().map(|item| evaluate(&item.expr, row, now)).collect();
        let texts = keys.iter().map(Value::text).collect();
        groups.entry(texts).or_insert_with(|| (keys, Vec::new())).1.push(row);
    }
    if by.is_empty() && groups.is_empty() {
        groups.insert(Vec::new(), (Vec::new(), Vec::new()));
    }
    let group = |(keys, rows): Grouped<'_>| {
        let group = Group { rows, now };
        let mut row = Row::default();
        row.made.extend(by.iter().map(|item| item.name.clone()).zip(keys));
        for item in items {
            let value = match item.expr.aggregates() {
                true => evaluate(&item.expr, &group, now),
                false => Value::Nothing,
            };
            row.made.insert(item.name.clone(), value);
        }
        row
    };
    groups.into_values().map(group).collect()
}
