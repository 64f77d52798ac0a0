//! Functions of the language (its documentation: "Supported operations and functions").

use super::tree::{Period, Unit};
use super::value::Value;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use std::ops::RangeInclusive;

const KEYWORDS: [&str; 8] = ["as", "by", "and", "or", "not", "like", "in", "multi"];

/// Functions that the language has and that are not done here.
const NOT_DONE: [&str; 22] = [
    "jsonparse",
    "jsonstringify",
    "md5",
    "sha256",
    "split",
    "regexreplace",
    "urlencode",
    "urldecode",
    "base64encode",
    "base64decode",
    "hextoascii",
    "hextodec",
    "dectohex",
    "isvalidip",
    "isvalidipv4",
    "isvalidipv6",
    "isipinsubnet",
    "isipv4insubnet",
    "isipv6insubnet",
    "ipv4tonumber",
    "isprivateip",
    "ispublicip",
];

pub(super) fn is_keyword(name: &str) -> bool {
    KEYWORDS.iter().any(|word| name.eq_ignore_ascii_case(word))
}

pub(super) fn is_not_done(name: &str) -> bool {
    NOT_DONE.contains(&name)
}

pub(super) fn is_aggregate(name: &str) -> bool {
    matches!(
        name,
        "count"
            | "count_distinct"
            | "sum"
            | "avg"
            | "min"
            | "max"
            | "pct"
            | "stddev"
            | "earliest"
            | "latest"
            | "sortsfirst"
            | "sortslast"
    )
}

/// How many arguments a function takes; None if it is none.
pub(super) fn arity(name: &str) -> Option<RangeInclusive<usize>> {
    Some(match name {
        "count" => 0..=1,
        "now" => 0..=0,
        "count_distinct" | "sum" | "avg" | "min" | "max" | "stddev" | "earliest" | "latest" | "sortsfirst"
        | "sortslast" => 1..=1,
        "pct" => 2..=2,
        "bin" => 1..=1,
        "abs" | "ceil" | "floor" | "log" | "sqrt" | "tonumber" | "toint" | "tolong" | "todouble" => 1..=1,
        "round" => 1..=2,
        "greatest" | "least" | "concat" | "coalesce" => 1..=usize::MAX,
        "isnumeric" | "strlen" | "toupper" | "tolower" | "isempty" | "isblank" | "ispresent" | "frommillis"
        | "tomillis" => 1..=1,
        "trim" | "ltrim" | "rtrim" => 1..=2,
        "substr" => 2..=3,
        "replace" | "if" => 3..=3,
        "case" => 2..=usize::MAX,
        "strcontains" => 2..=3,
        "startswith" | "endswith" | "datefloor" | "dateceil" => 2..=2,
        _ => return None,
    })
}

/// What a function makes of values. The period of a function of time is its last argument.
pub(super) fn apply(name: &str, values: &[Value], period: Option<Period>, now: DateTime<Utc>) -> Value {
    let first = values.first().unwrap_or(&Value::Nothing);
    let number = |change: fn(f64) -> f64| {
        let made = first.number().map(change).filter(|number| number.is_finite());
        made.map_or(Value::Nothing, Value::Number)
    };
    match name {
        "abs" => number(f64::abs),
        "ceil" => number(f64::ceil),
        "floor" => number(f64::floor),
        "log" => number(f64::ln),
        "sqrt" => number(f64::sqrt),
        "tonumber" | "todouble" => number(|number| number),
        "toint" | "tolong" => match first {
            // A double does not hold every whole number.
            Value::Text(text) if text.trim().parse::<i64>().is_ok() => Value::Text(text.trim().to_owned()),
            _ => number(f64::trunc),
        },
        "round" => round(first, values.get(1)),
        "greatest" | "least" => extreme(values, name == "greatest"),
        "now" => Value::Number(now.timestamp() as f64),
        "frommillis" => first.number().map_or(Value::Nothing, |millis| Value::Time(millis as i64)),
        "tomillis" => match first {
            Value::Time(millis) => Value::Number(*millis as f64),
            _ => Value::Nothing,
        },
        "datefloor" | "dateceil" | "bin" => {
            let (Value::Time(at), Some(period)) = (first, period) else { return Value::Nothing };
            let floor = floor(*at, period);
            let up = name == "dateceil" && floor < *at;
            Value::Time(if up { after(floor, period) } else { floor })
        }
        "ispresent" => Value::of_truth(first.is_present()),
        "coalesce" => values.iter().find(|value| value.is_present()).cloned().unwrap_or(Value::Nothing),
        "case" => {
            let chosen = values.chunks_exact(2).find(|pair| pair[0].holds()).map(|pair| &pair[1]);
            let otherwise = values.last().filter(|_| values.len() % 2 == 1);
            chosen.or(otherwise).cloned().unwrap_or(Value::Nothing)
        }
        "isnumeric" => Value::of_truth(first.number().is_some()),
        "if" => values[if first.holds() { 1 } else { 2 }].clone(),
        "isempty" | "isblank" => {
            let text = first.text().unwrap_or_default();
            Value::of_truth(if name == "isempty" { text.is_empty() } else { text.trim().is_empty() })
        }
        "concat" => Value::Text(values.iter().filter_map(Value::text).collect()),
        _ => of_text(name, values),
    }
}

fn of_text(name: &str, values: &[Value]) -> Value {
    let texts: Option<Vec<String>> = values.iter().map(Value::text).collect();
    let Some(texts) = texts else { return Value::Nothing };
    let (text, second) = (texts[0].as_str(), texts.get(1).map(String::as_str));
    let set = |letter: char| second.map_or(letter.is_whitespace(), |set| set.contains(letter));
    match name {
        "strlen" => Value::Number(text.chars().count() as f64),
        "toupper" => Value::Text(text.to_uppercase()),
        "tolower" => Value::Text(text.to_lowercase()),
        "trim" => Value::Text(text.trim_matches(set).to_owned()),
        "ltrim" => Value::Text(text.trim_start_matches(set).to_owned()),
        "rtrim" => Value::Text(text.trim_end_matches(set).to_owned()),
        "replace" => Value::Text(text.replace(texts[1].as_str(), &texts[2])),
        "strcontains" => Value::of_truth(text.contains(texts[1].as_str())),
        "startswith" => Value::of_truth(text.starts_with(texts[1].as_str())),
        "endswith" => Value::of_truth(text.ends_with(texts[1].as_str())),
        "substr" => {
            let place = |value: &Value| value.number().filter(|number| *number >= 0.0).map(|number| number as usize);
            let Some(start) = place(&values[1]) else { return Value::Nothing };
            let length = values.get(2).map_or(Some(usize::MAX), place);
            length.map_or(Value::Nothing, |length| Value::Text(text.chars().skip(start).take(length).collect()))
        }
        _ => Value::Nothing,
    }
}

fn round(value: &Value, digits: Option<&Value>) -> Value {
    let scale = 10_f64.powi(digits.and_then(Value::number).unwrap_or(0.0) as i32);
    value.number().map_or(Value::Nothing, |number| Value::Number((number * scale).round() / scale))
}

fn extreme(values: &[Value], greatest: bool) -> Value {
    let numbers: Option<Vec<f64>> = values.iter().map(Value::number).collect();
    let most = |numbers: Vec<f64>| numbers.into_iter().reduce(if greatest { f64::max } else { f64::min });
    numbers.and_then(most).map_or(Value::Nothing, Value::Number)
}

/// The begin of the period that a moment is in, in UTC.
pub(super) fn floor(at: i64, period: Period) -> i64 {
    if let Some(millis) = period.millis() {
        return at.div_euclid(millis) * millis;
    }
    let months = months(period);
    let Some(date) = DateTime::from_timestamp_millis(at).map(|at| at.date_naive()) else { return at };
    let month = (i64::from(date.year()) * 12 + i64::from(date.month0())).div_euclid(months) * months;
    of_month(month)
}

fn after(floor: i64, period: Period) -> i64 {
    if let Some(millis) = period.millis() {
        return floor + millis;
    }
    let Some(date) = DateTime::from_timestamp_millis(floor).map(|at| at.date_naive()) else { return floor };
    of_month(i64::from(date.year()) * 12 + i64::from(date.month0()) + months(period))
}

fn months(period: Period) -> i64 {
    let of_one = match period.unit {
        Unit::Quarters => 3,
        Unit::Years => 12,
        _ => 1,
    };
    period.count.max(1) * of_one
}

/// The begin of a month that is counted from the year 0.
fn of_month(month: i64) -> i64 {
    let (year, month) = (month.div_euclid(12) as i32, month.rem_euclid(12) as u32 + 1);
    let date = NaiveDate::from_ymd_opt(year, month, 1).unwrap_or_default();
    date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis()
}
