//! Dates and times: arithmetic by unit, and the two pattern languages, MySQL's and Joda's.

use super::{Cell, Function, Refusal, ValueType, function};
use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use std::borrow::Cow;

pub(super) const FUNCTIONS: &[Function] = &[
    function("date_add", &[ValueType::Text, ValueType::Integer, ValueType::Temporal], 0, ValueType::Temporal, date_add),
    function(
        "date_diff",
        &[ValueType::Text, ValueType::Timestamp, ValueType::Timestamp],
        0,
        ValueType::Integer,
        date_diff,
    ),
    // The engine's own counts in nanoseconds, and so ends in 2262.
    function("date_trunc", &[ValueType::Text, ValueType::Temporal], 0, ValueType::Temporal, date_trunc),
    function("date_parse", &[ValueType::Text, ValueType::Text], 0, ValueType::Timestamp, |row| parse(row, mysql)),
    function("date_format", &[ValueType::Timestamp, ValueType::Text], 0, ValueType::Text, |row| format(row, mysql)),
    function("parse_datetime", &[ValueType::Text, ValueType::Text], 0, ValueType::Instant, |row| parse(row, joda)),
    function("format_datetime", &[ValueType::Timestamp, ValueType::Text], 0, ValueType::Text, |row| format(row, joda)),
    function("from_iso8601_timestamp", &[ValueType::Text], 0, ValueType::Instant, from_iso8601_timestamp),
    function("from_iso8601_date", &[ValueType::Text], 0, ValueType::Date, from_iso8601_date),
    function("to_iso8601", &[ValueType::Temporal], 0, ValueType::Text, to_iso8601),
    function("from_unixtime", &[ValueType::Double], 0, ValueType::Instant, |row| {
        Ok(Cell::Millis((row[0].double() * 1_000.0).round() as i64))
    }),
    function("to_unixtime", &[ValueType::Timestamp], 0, ValueType::Double, |row| {
        Ok(Cell::Double(row[0].integer() as f64 / 1_000.0))
    }),
    function("day_of_week", &[ValueType::Timestamp], 0, ValueType::Integer, |row| {
        Ok(Cell::Integer(i64::from(moment(&row[0])?.weekday().number_from_monday())))
    }),
    function("last_day_of_month", &[ValueType::Timestamp], 0, ValueType::Date, |row| {
        let date = moment(&row[0])?.date();
        let next = date.with_day(1).and_then(|first| first.checked_add_months(Months::new(1)));
        let last = next.and_then(|next| next.pred_opt()).ok_or(Refusal::OutOfRange)?;
        Ok(millis(last.and_time(NaiveTime::MIN)))
    }),
];

fn moment(cell: &Cell<'_>) -> Result<NaiveDateTime, Refusal> {
    DateTime::<Utc>::from_timestamp_millis(cell.integer()).map(|at| at.naive_utc()).ok_or(Refusal::OutOfRange)
}

fn millis(at: NaiveDateTime) -> Cell<'static> {
    Cell::Millis(at.and_utc().timestamp_millis())
}

fn unknown_unit(unit: &str) -> Refusal {
    Refusal::Unit { unit: unit.to_owned(), of: "TIMESTAMP" }
}

/// Milliseconds of a unit of fixed length.
fn fixed(unit: &str) -> Option<i64> {
    Some(match unit {
        "millisecond" => 1,
        "second" => 1_000,
        "minute" => 60_000,
        "hour" => 3_600_000,
        "day" => 86_400_000,
        "week" => 604_800_000,
        _ => return None,
    })
}

/// Months of a unit that has no fixed length.
fn months(unit: &str) -> Option<i64> {
    Some(match unit {
        "month" => 1,
        "quarter" => 3,
        "year" => 12,
        _ => return None,
    })
}

fn date_add(row: &[Cell<'_>]) -> Result<Cell<'static>, Refusal> {
    let (unit, count, at) = (row[0].text().to_lowercase(), row[1].integer(), moment(&row[2])?);
    if matches!((&row[2], unit.as_str()), (Cell::Midnight(_), "millisecond" | "second" | "minute" | "hour")) {
        return Err(Refusal::Unit { unit, of: "DATE" });
    }
    if let Some(length) = fixed(&unit) {
        let span = count.checked_mul(length).map(TimeDelta::milliseconds);
        return span.and_then(|span| at.checked_add_signed(span)).map(millis).ok_or(Refusal::OutOfRange);
    }
    let count = months(&unit).ok_or_else(|| unknown_unit(&unit))?.checked_mul(count).ok_or(Refusal::OutOfRange)?;
    let span = Months::new(u32::try_from(count.unsigned_abs()).map_err(|_| Refusal::OutOfRange)?);
    let moved = if count < 0 { at.checked_sub_months(span) } else { at.checked_add_months(span) };
    moved.map(millis).ok_or(Refusal::OutOfRange)
}

/// Whole units from the first to the second.
fn date_diff(row: &[Cell<'_>]) -> Result<Cell<'static>, Refusal> {
    let (unit, from, to) = (row[0].text().to_lowercase(), row[1].integer(), row[2].integer());
    if let Some(length) = fixed(&unit) {
        return Ok(Cell::Integer((to - from) / length));
    }
    let length = months(&unit).ok_or_else(|| unknown_unit(&unit))?;
    let (from, to) = (moment(&row[1])?, moment(&row[2])?);
    let between = |a: NaiveDateTime, b: NaiveDateTime| {
        let count = i64::from(b.year() - a.year()) * 12 + i64::from(b.month()) - i64::from(a.month());
        let short = (b.day(), b.time()) < (a.day(), a.time());
        // The last day of a month completes it, however short the month is.
        let whole_month = b.date().succ_opt().is_some_and(|next| next.day() == 1) && b.time() >= a.time();
        count - i64::from(short && !whole_month)
    };
    Ok(Cell::Integer(if from <= to { between(from, to) / length } else { -(between(to, from) / length) }))
}

/// The beginning of a unit.
fn date_trunc(row: &[Cell<'_>]) -> Result<Cell<'static>, Refusal> {
    let (unit, at) = (row[0].text().to_lowercase(), moment(&row[1])?);
    let date = at.date();
    if matches!((&row[1], unit.as_str()), (Cell::Midnight(_), "millisecond" | "second" | "minute" | "hour")) {
        return Err(Refusal::Unit { unit, of: "DATE" });
    }
    let days = match unit.as_str() {
        "millisecond" | "second" | "minute" | "hour" => {
            let length = fixed(&unit).unwrap_or(1);
            return Ok(Cell::Millis(row[1].integer().div_euclid(length) * length));
        }
        "day" => 0,
        "week" => date.weekday().num_days_from_monday(),
        "month" => date.day0(),
        "quarter" => {
            let first = date.with_day(1).and_then(|first| first.with_month0(date.month0() / 3 * 3));
            return first.map(|first| millis(first.and_time(NaiveTime::MIN))).ok_or(Refusal::OutOfRange);
        }
        "year" => date.ordinal0(),
        _ => return Err(unknown_unit(&unit)),
    };
    let first = date.checked_sub_days(chrono::Days::new(days.into()));
    first.map(|first| millis(first.and_time(NaiveTime::MIN))).ok_or(Refusal::OutOfRange)
}

fn from_iso8601_timestamp(row: &[Cell<'_>]) -> Result<Cell<'static>, Refusal> {
    let text = row[0].text().trim();
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(Cell::Millis(at.timestamp_millis()));
    }
    let patterns = ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z", "%Y-%m-%dT%H:%M%:z"];
    if let Some(at) = patterns.iter().find_map(|pattern| DateTime::parse_from_str(text, pattern).ok()) {
        return Ok(Cell::Millis(at.timestamp_millis()));
    }
    let local = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
    let at = local.iter().find_map(|pattern| NaiveDateTime::parse_from_str(text, pattern).ok());
    let at = at.or_else(|| Some(text.parse::<NaiveDate>().ok()?.and_time(NaiveTime::MIN)));
    at.map(millis).ok_or_else(|| Refusal::Format(text.to_owned()))
}

fn from_iso8601_date(row: &[Cell<'_>]) -> Result<Cell<'static>, Refusal> {
    let text = row[0].text().trim();
    let date = text.parse::<NaiveDate>();
    date.map(|date| millis(date.and_time(NaiveTime::MIN))).map_err(|_| Refusal::Format(text.to_owned()))
}

fn to_iso8601(row: &[Cell<'_>]) -> Result<Cell<'static>, Refusal> {
    let at = moment(&row[0])?;
    let text = if at.time() == NaiveTime::MIN { at.format("%Y-%m-%d") } else { at.format("%Y-%m-%dT%H:%M:%S%.3f") };
    Ok(Cell::Text(Cow::Owned(text.to_string())))
}

/// Formats by a pattern that `translate` turns into chrono's.
fn format(row: &[Cell<'_>], translate: fn(&str) -> Result<String, Refusal>) -> Result<Cell<'static>, Refusal> {
    let at = moment(&row[0])?;
    let pattern = translate(row[1].text())?;
    Ok(Cell::Text(Cow::Owned(at.and_utc().format(&pattern).to_string())))
}

/// Parses by such a pattern. What the pattern does not name is 1970-01-01 00:00.
fn parse(row: &[Cell<'_>], translate: fn(&str) -> Result<String, Refusal>) -> Result<Cell<'static>, Refusal> {
    let (text, given) = (row[0].text(), row[1].text());
    let pattern = translate(given)?;
    let invalid = || Refusal::Format(text.to_owned());
    let mut parsed = chrono::format::Parsed::new();
    chrono::format::parse(&mut parsed, text, chrono::format::StrftimeItems::new(&pattern)).map_err(|_| invalid())?;
    let epoch = NaiveDate::default();
    let date = parsed.to_naive_date().ok().or_else(|| {
        let year = parsed.year().unwrap_or(epoch.year());
        NaiveDate::from_ymd_opt(year, parsed.month().unwrap_or(1), parsed.day().unwrap_or(1))
    });
    let time = parsed.to_naive_time().ok().or_else(|| {
        let hour = parsed.hour_div_12().unwrap_or(0) * 12 + parsed.hour_mod_12().unwrap_or(0);
        NaiveTime::from_hms_opt(hour, parsed.minute().unwrap_or(0), parsed.second().unwrap_or(0))
    });
    let at = date.zip(time).map(|(date, time)| date.and_time(time)).ok_or_else(invalid)?;
    let offset = TimeDelta::seconds(i64::from(parsed.offset().unwrap_or(0)));
    Ok(millis(at - offset))
}

/// MySQL's pattern letters, as `date_format` and `date_parse` take them.
fn mysql(pattern: &str) -> Result<String, Refusal> {
    let mut out = String::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            out.push(letter);
            continue;
        }
        let literal;
        out.push_str(match letters.next() {
            Some('Y') => "%Y",
            Some('y') => "%y",
            Some('m') => "%m",
            Some('c') => "%-m",
            Some('d') => "%d",
            Some('e') => "%-d",
            Some('H') => "%H",
            Some('k') => "%-H",
            Some('h' | 'I') => "%I",
            Some('l') => "%-I",
            Some('i') => "%M",
            Some('s' | 'S') => "%S",
            Some('f') => "%6f",
            Some('p') => "%p",
            Some('M') => "%B",
            Some('b') => "%b",
            Some('W') => "%A",
            Some('a') => "%a",
            Some('j') => "%j",
            Some('T') => "%H:%M:%S",
            Some('r') => "%I:%M:%S %p",
            Some('v') => "%V",
            Some('x') => "%G",
            Some('%') => "%%",
            Some(letter @ ('D' | 'U' | 'u' | 'V' | 'w' | 'X')) => {
                return Err(Refusal::DateLetter(letter));
            }
            Some(other) => {
                literal = other.to_string();
                &literal
            }
            None => return Err(Refusal::OpenPercent),
        });
    }
    Ok(out)
}

/// Joda's pattern letter, the longest run of it that this is for, and chrono's directive.
const JODA: &[(char, usize, &str)] = &[
    ('y', 1, "%Y"),
    ('y', 2, "%y"),
    ('y', 9, "%Y"),
    ('Y', 1, "%Y"),
    ('Y', 2, "%y"),
    ('Y', 9, "%Y"),
    ('u', 9, "%Y"),
    ('x', 9, "%G"),
    ('w', 9, "%V"),
    ('e', 9, "%u"),
    ('M', 1, "%-m"),
    ('M', 2, "%m"),
    ('M', 3, "%b"),
    ('M', 9, "%B"),
    ('d', 1, "%-d"),
    ('d', 9, "%d"),
    ('D', 9, "%j"),
    ('E', 3, "%a"),
    ('E', 9, "%A"),
    ('H', 1, "%-H"),
    ('H', 9, "%H"),
    ('h', 1, "%-I"),
    ('h', 9, "%I"),
    ('m', 1, "%-M"),
    ('m', 9, "%M"),
    ('s', 1, "%-S"),
    ('s', 9, "%S"),
    ('S', 3, "%3f"),
    ('S', 6, "%6f"),
    ('S', 9, "%9f"),
    ('a', 9, "%p"),
    ('Z', 1, "%z"),
    ('Z', 9, "%:z"),
    ('z', 9, "UTC"),
];

/// Joda's pattern letters, as `format_datetime` and `parse_datetime` take them.
fn joda(pattern: &str) -> Result<String, Refusal> {
    let letters: Vec<char> = pattern.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    while at < letters.len() {
        let letter = letters[at];
        let run = letters[at..].iter().take_while(|other| **other == letter).count();
        if letter == '\'' {
            if run >= 2 {
                out.push('\'');
                at += 2;
                continue;
            }
            let end = letters[at + 1..].iter().position(|other| *other == '\'');
            let end = end.ok_or(Refusal::OpenQuote)?;
            out.extend(
                letters[at + 1..at + 1 + end].iter().map(|c| if *c == '%' { "%%".into() } else { c.to_string() }),
            );
            at += end + 2;
            continue;
        }
        match JODA.iter().find(|(known, longest, _)| *known == letter && run <= *longest) {
            Some((_, _, directive)) => out.push_str(directive),
            None if letter.is_ascii_alphabetic() => {
                return Err(Refusal::PatternLetter(letter));
            }
            None => out.push_str(&if letter == '%' { "%%".repeat(run) } else { letter.to_string().repeat(run) }),
        }
        at += run;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Cell<'_> {
        Cell::Text(Cow::Borrowed(text))
    }

    fn at(text: &str) -> Cell<'static> {
        let at = DateTime::parse_from_rfc3339(text).expect("a time");
        Cell::Millis(at.timestamp_millis())
    }

    #[test]
    fn units_without_a_fixed_length_count_as_trino_counts_them() {
        let add = |unit, n, from| date_add(&[text(unit), Cell::Integer(n), at(from)]);
        assert_eq!(add("month", 1, "2026-01-31T03:00:00Z"), Ok(at("2026-02-28T03:00:00Z")));
        assert_eq!(add("year", -1, "2024-02-29T00:00:00Z"), Ok(at("2023-02-28T00:00:00Z")));
        assert_eq!(add("hour", -4, "2026-01-01T03:00:00Z"), Ok(at("2025-12-31T23:00:00Z")));
        assert!(add("fortnight", 1, "2026-01-01T03:00:00Z").is_err());
        assert!(add("year", i64::MAX, "2026-01-01T03:00:00Z").is_err());
        let diff = |unit, from, to| date_diff(&[text(unit), at(from), at(to)]);
        assert_eq!(diff("month", "2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z"), Ok(Cell::Integer(1)));
        assert_eq!(diff("month", "2026-01-15T00:00:00Z", "2026-02-14T23:59:59Z"), Ok(Cell::Integer(0)));
        assert_eq!(diff("day", "2026-11-22T00:00:00Z", "2026-11-20T12:00:00Z"), Ok(Cell::Integer(-1)));
        assert_eq!(diff("year", "2026-11-22T00:00:00Z", "2024-11-23T00:00:00Z"), Ok(Cell::Integer(-1)));
    }

    #[test]
    fn both_pattern_languages_read_what_they_write() {
        let moment = at("2026-11-22T03:04:05.250Z");
        for pattern in ["%Y-%m-%d %H:%i:%s.%f", "%d.%c.%y %h:%i:%s.%f %p", "%b %e %Y %T.%f"] {
            let written = format(&[moment.clone(), text(pattern)], mysql).expect("written");
            assert_eq!(parse(&[written, text(pattern)], mysql), Ok(moment.clone()), "{pattern}");
        }
        let written = format(&[moment.clone(), text("EEEE, d MMMM yyyy 'at' HH:mm:ss.SSS")], joda);
        assert_eq!(written, Ok(text("Sunday, 22 November 2026 at 03:04:05.250")));
        let read = parse(&[text("2026-11-22 05:04:05.250 +02:00"), text("yyyy-MM-dd HH:mm:ss.SSS ZZ")], joda);
        assert_eq!(read, Ok(moment));
        assert_eq!(parse(&[text("2026-11"), text("%Y-%m")], mysql), Ok(at("2026-11-01T00:00:00Z")));
        assert!(parse(&[text("yesterday"), text("%Y-%m-%d")], mysql).is_err());
    }
}
