//! Partition projection: partitions that the table's properties say, in place of those that the catalog has (Athena's
//! documentation: "Use partition projection with Amazon Athena").

use super::partition::folder_name;
use super::table::{CatalogTable, Column};
use chrono::format::{Parsed, StrftimeItems};
use chrono::{DateTime, Days, Months, NaiveDateTime, TimeDelta, Utc};

/// Values that a key may have.
pub(crate) const MAX_VALUES: usize = 1_000_000;

/// How the partitions of a table are found.
#[derive(Debug, Clone)]
pub(crate) struct Projection {
    keys: Vec<Column>,
    kinds: Vec<Projected>,
    location: String,
    template: Option<String>,
}

/// How the values of a key are found.
#[derive(Debug, Clone)]
enum Projected {
    Enumerated(Vec<String>),
    Whole {
        from: i64,
        to: i64,
        interval: i64,
        digits: usize,
    },
    Date {
        from: String,
        to: String,
        format: String,
        interval: u32,
        unit: Unit,
    },
    /// The query must say them.
    Injected,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Years,
    Months,
    Weeks,
    Days,
    Hours,
    Minutes,
    Seconds,
}

impl Projection {
    /// The projection of a table; None if it has none.
    ///
    /// # Errors
    /// What is wrong with the table's properties.
    pub(crate) fn of(table: &CatalogTable) -> Result<Option<Self>, String> {
        let property = |name: &str| table.parameters.get(name).map(|text| text.trim());
        if !property("projection.enabled").is_some_and(|text| text.eq_ignore_ascii_case("true"))
            || table.partition_keys.is_empty()
        {
            return Ok(None);
        }
        let kinds = table.partition_keys.iter().map(|key| {
            let of_key = |name: &str| property(&format!("projection.{}.{name}", key.name));
            Projected::of(&key.name, of_key)
                .map_err(|why| format!("Table {} is configured for partition projection, but {why}", table.name))
        });
        Ok(Some(Self {
            kinds: kinds.collect::<Result<_, _>>()?,
            keys: table.partition_keys.clone(),
            location: table.storage.location.trim_end_matches('/').to_owned(),
            template: property("storage.location.template").map(str::to_owned),
        }))
    }

    /// The values that a key may have; None if the query must say them.
    ///
    /// # Errors
    /// If the range is none, or has too many values.
    pub(crate) fn values(&self, key: usize, now: DateTime<Utc>) -> Result<Option<Vec<String>>, String> {
        match &self.kinds[key] {
            Projected::Enumerated(values) => Ok(Some(values.clone())),
            Projected::Whole { from, to, interval, digits } => {
                if (to - from) / interval >= MAX_VALUES as i64 {
                    return Err(too_many(&self.keys[key].name));
                }
                let steps = (0..).map_while(|step| Some(from + step * interval).filter(|value| value <= to));
                Ok(Some(steps.map(|value| format!("{value:0digits$}")).collect()))
            }
            Projected::Date { from, to, format, interval, unit } => {
                let wrong = |text: &str| format!("the range of {} has no moment {text}", self.keys[key].name);
                let moment = |text: &str| moment(text, format, now).ok_or_else(|| wrong(text));
                let (from, to) = (moment(from)?, moment(to)?);
                let mut values = Vec::new();
                for step in 0.. {
                    let Some(at) = unit.after(from, step * interval).filter(|at| *at <= to) else { break };
                    values.push(at.format(format).to_string());
                    if values.len() > MAX_VALUES {
                        return Err(too_many(&self.keys[key].name));
                    }
                }
                values.dedup();
                Ok(Some(values))
            }
            Projected::Injected => Ok(None),
        }
    }

    /// Where a partition lies, `s3://…/`.
    pub(crate) fn location(&self, values: &[String]) -> String {
        match &self.template {
            None => format!("{}/{}/", self.location, folder_name(&self.keys, values)),
            Some(template) => {
                let filled = self.keys.iter().zip(values);
                filled.fold(template.clone(), |text, (key, value)| text.replace(&format!("${{{}}}", key.name), value))
            }
        }
    }
}

fn too_many(key: &str) -> String {
    format!("gluedeck does not project more than {MAX_VALUES} values, as {key} has")
}

impl Projected {
    /// Reads the properties of a key, by the ends of their names.
    fn of<'a>(key: &str, property: impl Fn(&str) -> Option<&'a str>) -> Result<Self, String> {
        let missing = |name: &str| format!("projection.{key}.{name} is missing");
        let required = |name: &str| property(name).ok_or_else(|| missing(name));
        let wrong = |name: &str| format!("projection.{key}.{name} is not valid");
        let interval = property("interval").map(|text| text.parse::<u32>().ok().filter(|interval| *interval > 0));
        let interval = match interval {
            None => None,
            Some(None) => return Err(wrong("interval")),
            Some(given) => given,
        };
        let ends = || required("range")?.split_once(',').ok_or_else(|| wrong("range"));
        match required("type")?.to_lowercase().as_str() {
            "enum" => {
                Ok(Self::Enumerated(required("values")?.split(',').map(|value| value.trim().to_owned()).collect()))
            }
            "integer" => {
                let (from, to) = ends()?;
                let number = |text: &str| text.trim().parse::<i64>().map_err(|_| wrong("range"));
                let digits = property("digits").map_or(Ok(0), str::parse).map_err(|_| wrong("digits"))?;
                let (from, to) = (number(from)?, number(to)?);
                if to < from || to.checked_sub(from).is_none() {
                    return Err(wrong("range"));
                }
                Ok(Self::Whole { from, to, interval: i64::from(interval.unwrap_or(1)), digits })
            }
            "date" => {
                let ((from, to), written) = (ends()?, required("format")?);
                let format = strftime(written).ok_or_else(|| wrong("format"))?;
                let unit = match property("interval.unit") {
                    Some(word) => Some(Unit::named(word).ok_or_else(|| wrong("interval.unit"))?),
                    None => None,
                };
                let coarsest = Unit::of_format(written);
                let unit = unit.or(coarsest).ok_or_else(|| missing("interval.unit"))?;
                if interval.is_none() && coarsest.is_none() {
                    return Err(missing("interval"));
                }
                let (from, to) = (from.trim().to_owned(), to.trim().to_owned());
                Ok(Self::Date { from, to, format, interval: interval.unwrap_or(1), unit })
            }
            "injected" => Ok(Self::Injected),
            _ => Err(wrong("type")),
        }
    }
}

impl Unit {
    fn named(word: &str) -> Option<Self> {
        let word = word.to_ascii_uppercase();
        Some(match word.strip_suffix('S').unwrap_or(&word) {
            "YEAR" => Self::Years,
            "MONTH" => Self::Months,
            "WEEK" => Self::Weeks,
            "DAY" => Self::Days,
            "HOUR" => Self::Hours,
            "MINUTE" => Self::Minutes,
            "SECOND" => Self::Seconds,
            _ => return None,
        })
    }

    /// The unit of a format that ends with days or months, for which none need be given.
    fn of_format(format: &str) -> Option<Self> {
        let has = |letter: char| format.contains(letter);
        if has('H') || has('m') || has('s') {
            None
        } else if has('d') {
            Some(Self::Days)
        } else {
            has('M').then_some(Self::Months)
        }
    }

    fn after(self, from: NaiveDateTime, count: u32) -> Option<NaiveDateTime> {
        match self {
            Self::Years => from.checked_add_months(Months::new(count.checked_mul(12)?)),
            Self::Months => from.checked_add_months(Months::new(count)),
            Self::Weeks => from.checked_add_days(Days::new(u64::from(count) * 7)),
            Self::Days => from.checked_add_days(Days::new(u64::from(count))),
            Self::Hours => from.checked_add_signed(TimeDelta::hours(i64::from(count))),
            Self::Minutes => from.checked_add_signed(TimeDelta::minutes(i64::from(count))),
            Self::Seconds => from.checked_add_signed(TimeDelta::seconds(i64::from(count))),
        }
    }

    fn before(self, from: NaiveDateTime, count: u32) -> Option<NaiveDateTime> {
        match self {
            Self::Years => from.checked_sub_months(Months::new(count.checked_mul(12)?)),
            Self::Months => from.checked_sub_months(Months::new(count)),
            Self::Weeks => from.checked_sub_days(Days::new(u64::from(count) * 7)),
            Self::Days => from.checked_sub_days(Days::new(u64::from(count))),
            Self::Hours => from.checked_sub_signed(TimeDelta::hours(i64::from(count))),
            Self::Minutes => from.checked_sub_signed(TimeDelta::minutes(i64::from(count))),
            Self::Seconds => from.checked_sub_signed(TimeDelta::seconds(i64::from(count))),
        }
    }
}

/// An end of a range: `NOW`, `NOW-3YEARS`, or a moment in the format.
fn moment(text: &str, format: &str, now: DateTime<Utc>) -> Option<NaiveDateTime> {
    let now = now.naive_utc();
    let upper = text.to_ascii_uppercase();
    if let Some(rest) = upper.strip_prefix("NOW") {
        let rest: String = rest.split_whitespace().collect();
        if rest.is_empty() {
            return Some(now);
        }
        let (sign, rest) = rest.split_at_checked(1)?;
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (count, unit) = (rest[..digits].parse().ok()?, Unit::named(&rest[digits..])?);
        return match sign {
            "+" => unit.after(now, count),
            "-" => unit.before(now, count),
            _ => None,
        };
    }
    let mut parsed = Parsed::new();
    chrono::format::parse(&mut parsed, text, StrftimeItems::new(format)).ok()?;
    // What the format does not have is the first of its kind.
    if parsed.month().is_none() {
        parsed.set_month(1).ok()?;
    }
    if parsed.day().is_none() {
        parsed.set_day(1).ok()?;
    }
    if parsed.hour_div_12().is_none() {
        parsed.set_hour(0).ok()?;
    }
    if parsed.minute().is_none() {
        parsed.set_minute(0).ok()?;
    }
    parsed.to_naive_datetime_with_offset(0).ok()
}

/// Java's pattern of dates as chrono's; None if it has a letter that is not known here.
fn strftime(pattern: &str) -> Option<String> {
    let mut format = String::new();
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        if let Some(quoted) = rest.strip_prefix('\'') {
            let (text, after) = quoted.split_once('\'')?;
            format.push_str(&if text.is_empty() { "'".to_owned() } else { text.replace('%', "%%") });
            rest = after;
            continue;
        }
        let run = rest.chars().take_while(|other| *other == letter).count();
        let (part, taken) = match (letter, run) {
            ('y' | 'u', 4) => ("%Y", 4),
            ('y' | 'u', 2) => ("%y", 2),
            ('M', 2) => ("%m", 2),
            ('M', 1) => ("%-m", 1),
            ('d', 2) => ("%d", 2),
            ('d', 1) => ("%-d", 1),
            ('H', 2) => ("%H", 2),
            ('H', 1) => ("%-H", 1),
            ('m', 2) => ("%M", 2),
            ('s', 2) => ("%S", 2),
            ('%', _) => ("%%", 1),
            (other, _) if other.is_ascii_alphabetic() => return None,
            (other, _) => {
                format.push(other);
                rest = &rest[other.len_utf8()..];
                continue;
            }
        };
        format.push_str(part);
        rest = &rest[taken..];
    }
    Some(format)
}

#[cfg(test)]
mod tests {
    use super::super::format::Format;
    use super::super::table::Storage;
    use super::*;

    fn table(keys: &[(&str, &str)], properties: &[(&str, &str)]) -> CatalogTable {
        let storage = Storage::new(Format::Parquet, Vec::new(), "s3://bucket/t/".to_owned());
        let mut table = CatalogTable::external("t", storage, DateTime::UNIX_EPOCH);
        table.partition_keys = keys.iter().map(|(name, ty)| Column::new(name, *ty)).collect();
        table.parameters = properties.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        table.parameters.insert("projection.enabled".to_owned(), "true".to_owned());
        table
    }

    fn values(kind: &[(&str, &str)]) -> Result<Option<Vec<String>>, String> {
        let properties: Vec<_> = kind.iter().map(|(name, value)| (format!("projection.k.{name}"), *value)).collect();
        let properties: Vec<_> = properties.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let now = DateTime::parse_from_rfc3339("2026-03-31T10:20:30Z").expect("a time").to_utc();
        Projection::of(&table(&[("k", "string")], &properties))?.expect("a projection").values(0, now)
    }

    #[test]
    fn values_of_every_kind() {
        let of = |kind: &[(&str, &str)]| values(kind).expect("values").expect("no injected ones").join(" ");
        assert_eq!(of(&[("type", "enum"), ("values", "a, b,c")]), "a b c");
        assert_eq!(of(&[("type", "integer"), ("range", "8,11"), ("digits", "2")]), "08 09 10 11");
        assert_eq!(of(&[("type", "integer"), ("range", "0,10"), ("interval", "5")]), "0 5 10");
        let date = [("type", "date"), ("format", "yyyy-MM-dd")];
        assert_eq!(
            of(&[&date[..], &[("range", "2026-02-27,2026-03-01")]].concat()),
            "2026-02-27 2026-02-28 2026-03-01"
        );
        assert_eq!(
            of(&[&date[..], &[("range", "NOW-1MONTHS,NOW"), ("interval", "4"), ("interval.unit", "WEEKS")]].concat()),
            "2026-02-28 2026-03-28"
        );
        assert_eq!(of(&[("type", "date"), ("format", "yyyy/MM"), ("range", "2026/01,NOW")]), "2026/01 2026/02 2026/03");
        let hours = [
            ("type", "date"),
            ("format", "yyyy-MM-dd'T'HH"),
            ("range", "2026-01-01T22,2026-01-02T01"),
            ("interval", "1"),
            ("interval.unit", "HOURS"),
        ];
        assert_eq!(of(&hours), "2026-01-01T22 2026-01-01T23 2026-01-02T00 2026-01-02T01");
        assert_eq!(values(&[("type", "injected")]), Ok(None));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for kind in [
            &[][..],
            &[("type", "other")],
            &[("type", "enum")],
            &[("type", "integer"), ("range", "9,1")],
            &[("type", "integer"), ("range", "1")],
            &[("type", "integer"), ("range", "0,9"), ("interval", "0")],
            &[("type", "integer"), ("range", "0,9999999999")],
            &[("type", "date"), ("range", "a,b"), ("format", "yyyy-MM-dd")],
            &[("type", "date"), ("range", "2026-01-01,NOW")],
            &[("type", "date"), ("range", "2026-01-01,NOW"), ("format", "yyyy-MM-dd-QQQ")],
            &[("type", "date"), ("range", "NOW-1DAYS,NOW"), ("format", "yyyy-MM-dd-HH")],
        ] {
            assert!(values(kind).is_err(), "{kind:?}");
        }
    }

    #[test]
    fn where_partitions_lie() {
        let kind = [("projection.a.type", "enum"), ("projection.a.values", "x"), ("projection.b.type", "injected")];
        let keys = [("a", "string"), ("b", "string")];
        let values = ["x".to_owned(), "1:2".to_owned()];
        let projection =
            |properties: &[(&str, &str)]| Projection::of(&table(&keys, properties)).expect("valid").expect("one");
        assert_eq!(projection(&kind).location(&values), "s3://bucket/t/a=x/b=1%3A2/");
        let template = [&kind[..], &[("storage.location.template", "s3://other/${b}/in/${a}/")]].concat();
        assert_eq!(projection(&template).location(&values), "s3://other/1:2/in/x/");
    }
}
