//! The expression of GetPartitions: conditions on the partition keys, in the part of SQL that Glue documents (Glue service
//! model, GetPartitions: `Expression`).

use super::partition::NO_VALUE;
use super::table::Column;
use chrono::{NaiveDate, NaiveDateTime};
use gluedeck_sql::Type;
use gluedeck_sql::ast::{Comparison, Expr, ExprKind};
use std::cmp::Ordering;

/// Digits after the point that decimals are compared with.
const SCALE: usize = 18;

/// A condition on the values of a partition.
#[derive(Debug)]
pub(crate) struct Expression {
    test: Test,
    kinds: Vec<Option<Compared>>,
}

/// How the values of a key are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compared {
    Text,
    Whole,
    Decimal,
    Date,
    Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Operand {
    Text(String),
    /// A decimal without the point, days, or nanoseconds since 1970.
    Number(i128),
}

/// The first member is the key's place.
#[derive(Debug)]
enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    Compare(usize, Comparison, Operand),
    Between(usize, Operand, Operand),
    In(usize, Vec<Operand>),
    Like(usize, Vec<Piece>),
    IsNull(usize),
}

/// A part of a LIKE pattern.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Letter(char),
    One,
    Many,
}

impl Expression {
    /// Reads an expression on the keys of a table.
    ///
    /// # Errors
    /// What is wrong with it: it is none, or of a column that is no key, or of a key whose type Glue does not compare.
    pub(crate) fn parse(text: &str, keys: &[Column]) -> Result<Self, String> {
        let tree = gluedeck_sql::parse_expression(text)
            .map_err(|error| format!("Unsupported expression '{text}': {error}"))?;
        let kinds = keys.iter().map(compared).collect();
        Ok(Self { test: Reader { keys }.test(&tree)?, kinds })
    }

    /// Whether a partition with these values is wanted.
    ///
    /// # Errors
    /// If a value is none of its key's type.
    pub(crate) fn is_met_by(&self, values: &[String]) -> Result<bool, String> {
        self.holds(&self.test, values).map(|held| held == Some(true))
    }

    /// NULL where a value is missing.
    fn holds(&self, test: &Test, values: &[String]) -> Result<Option<bool>, String> {
        let text = |key: &usize| values.get(*key).filter(|text| *text != NO_VALUE);
        let value = |key: &usize| match (text(key), self.kinds[*key]) {
            (Some(text), Some(kind)) => operand(kind, text).map(Some),
            _ => Ok(None),
        };
        let each = |tests: &[Test]| tests.iter().map(|test| self.holds(test, values)).collect::<Result<Vec<_>, _>>();
        Ok(match test {
            Test::All(tests) => together(&each(tests)?, false),
            Test::Any(tests) => together(&each(tests)?, true),
            Test::Not(test) => self.holds(test, values)?.map(|held| !held),
            Test::Compare(key, comparison, other) => value(key)?.map(|value| compares(value.cmp(other), *comparison)),
            Test::Between(key, low, high) => value(key)?.map(|value| *low <= value && value <= *high),
            Test::In(key, others) => value(key)?.map(|value| others.contains(&value)),
            Test::Like(key, pattern) => text(key).map(|text| like(pattern, text)),
            Test::IsNull(key) => Some(text(key).is_none()),
        })
    }
}

/// Whether one decides it, or else all do.
fn together(held: &[Option<bool>], decides: bool) -> Option<bool> {
    if held.contains(&Some(decides)) {
        return Some(decides);
    }
    if held.contains(&None) { None } else { Some(!decides) }
}

/// None of types that Glue does not compare.
fn compared(key: &Column) -> Option<Compared> {
    Some(match key.sql_type()? {
        Type::Varchar(_) | Type::Char(_) => Compared::Text,
        Type::Tinyint | Type::Smallint | Type::Integer | Type::Bigint => Compared::Whole,
        Type::Decimal(..) => Compared::Decimal,
        Type::Date => Compared::Date,
        Type::Timestamp(_) => Compared::Timestamp,
        _ => return None,
    })
}

fn compares(ordering: Ordering, comparison: Comparison) -> bool {
    match comparison {
        Comparison::Equal => ordering.is_eq(),
        Comparison::NotEqual => ordering.is_ne(),
        Comparison::Less => ordering.is_lt(),
        Comparison::LessOrEqual => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::GreaterOrEqual => ordering.is_ge(),
    }
}

fn operand(kind: Compared, text: &str) -> Result<Operand, String> {
    let plain = text.trim();
    let number = match kind {
        Compared::Text => return Ok(Operand::Text(text.to_owned())),
        Compared::Whole => plain.parse::<i64>().ok().map(i128::from),
        Compared::Decimal => number(plain),
        Compared::Date => {
            plain.parse::<NaiveDate>().ok().map(|date| i128::from((date - NaiveDate::default()).num_days()))
        }
        Compared::Timestamp => NaiveDateTime::parse_from_str(plain, "%Y-%m-%d %H:%M:%S%.f")
            .ok()
            .and_then(|at| at.and_utc().timestamp_nanos_opt())
            .map(i128::from),
    };
    let word = match kind {
        Compared::Text | Compared::Whole => "an integer",
        Compared::Decimal => "a decimal",
        Compared::Date => "a date",
        Compared::Timestamp => "a timestamp",
    };
    number.map(Operand::Number).ok_or_else(|| format!("{plain} is not {word}"))
}

/// `-12.50` as a whole number of the smallest part.
fn number(text: &str) -> Option<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > SCALE || !plain(whole) || !plain(part) {
        return None;
    }
    format!("{whole}{part:0<SCALE$}").parse::<i128>().ok().map(|number| sign * number)
}

fn like(pattern: &[Piece], text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    // Which ends of the pattern so far the text so far may have reached.
    let mut reached = vec![false; letters.len() + 1];
    reached[0] = true;
    for piece in pattern {
        let mut next = vec![false; letters.len() + 1];
        for at in 0..=letters.len() {
            next[at] = match piece {
                Piece::Many => reached[at] || (at > 0 && next[at - 1]),
                Piece::One => at > 0 && reached[at - 1],
                Piece::Letter(letter) => at > 0 && reached[at - 1] && letters[at - 1] == *letter,
            };
        }
        reached = next;
    }
    reached.last() == Some(&true)
}

struct Reader<'a> {
    keys: &'a [Column],
}

impl Reader<'_> {
    fn test(&self, expr: &Expr) -> Result<Test, String> {
        Ok(match &expr.kind {
            ExprKind::And(parts) => Test::All(parts.iter().map(|part| self.test(part)).collect::<Result<_, _>>()?),
            ExprKind::Or(parts) => Test::Any(parts.iter().map(|part| self.test(part)).collect::<Result<_, _>>()?),
            ExprKind::Not(inner) => Test::Not(Box::new(self.test(inner)?)),
            ExprKind::Comparison(comparison, left, right) => match self.key(left) {
                Ok(key) => Test::Compare(key, *comparison, self.operand(key, right)?),
                Err(_) if matches!(right.kind, ExprKind::Identifier(_)) => {
                    let key = self.key(right)?;
                    Test::Compare(key, turned(*comparison), self.operand(key, left)?)
                }
                Err(error) => return Err(error),
            },
            ExprKind::Between { value, low, high } => {
                let key = self.key(value)?;
                Test::Between(key, self.operand(key, low)?, self.operand(key, high)?)
            }
            ExprKind::InList(value, others) => {
                let key = self.key(value)?;
                Test::In(key, others.iter().map(|other| self.operand(key, other)).collect::<Result<_, _>>()?)
            }
            ExprKind::Like { value, pattern, escape: None } => match &pattern.kind {
                ExprKind::Text(pattern) => {
                    let key = self.key(value)?;
                    if compared(&self.keys[key]) != Some(Compared::Text) {
                        let word = match compared(&self.keys[key]) {
                            Some(Compared::Date) => "Date",
                            Some(Compared::Decimal) => "Decimal",
                            Some(Compared::Timestamp) => "Timestamp",
                            _ => "Integral",
                        };
                        return Err(format!("{word} data type doesn't support operation 'LIKE'"));
                    }
                    Test::Like(key, pieces(pattern))
                }
                _ => return Err("Unsupported expression: the pattern of LIKE is no string".to_owned()),
            },
            ExprKind::IsNull(value) => Test::IsNull(self.key(value)?),
            _ => return Err("Unsupported expression: it is no condition on partition keys".to_owned()),
        })
    }

    fn key(&self, expr: &Expr) -> Result<usize, String> {
        let ExprKind::Identifier(name) = &expr.kind else {
            return Err("Unsupported expression: a partition key is compared with a value only".to_owned());
        };
        let name = name.lower();
        let place = self.keys.iter().position(|key| key.name.to_lowercase() == name);
        let place = place.ok_or_else(|| format!("Unknown partition key: {name}"))?;
        let ty = &self.keys[place].ty;
        compared(&self.keys[place]).map(|_| place).ok_or_else(|| format!("Unknown type : '{ty}'"))
    }

    fn operand(&self, key: usize, expr: &Expr) -> Result<Operand, String> {
        let text = match &expr.kind {
            ExprKind::Integer(text) | ExprKind::Decimal(text) | ExprKind::Text(text) => text.clone(),
            ExprKind::Typed { text, .. } => text.clone(),
            ExprKind::Negative(inner) => match &inner.kind {
                ExprKind::Integer(text) | ExprKind::Decimal(text) => format!("-{text}"),
                _ => return Err("Unsupported expression: a partition key is compared with a value only".to_owned()),
            },
            _ => return Err("Unsupported expression: a partition key is compared with a value only".to_owned()),
        };
        compared(&self.keys[key])
            .map_or_else(|| Err(format!("Unknown type : '{}'", self.keys[key].ty)), |kind| operand(kind, &text))
    }
}

/// What says the same with the sides exchanged.
fn turned(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}

fn pieces(pattern: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        pieces.push(match letter {
            '%' => Piece::Many,
            '_' => Piece::One,
            '\\' => Piece::Letter(letters.next().unwrap_or('\\')),
            letter => Piece::Letter(letter),
        });
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> [Column; 4] {
        [
            Column::new("day", "date"),
            Column::new("region", "string"),
            Column::new("n", "int"),
            Column::new("d", "decimal(10,2)"),
        ]
    }

    #[test]
    fn conditions_that_hold_and_do_not() {
        let values = ["2026-11-22", "eu-west", "9", "-1.50"].map(str::to_owned);
        for (text, met) in [
            ("day = '2026-11-22'", true),
            ("day >= date '2026-11-01' and day < '2026-12-01'", true),
            ("region <> 'eu-west'", false),
            ("REGION != 'us'", true),
            ("n > 10", false),
            ("n < 10", true),
            ("10 > n", true),
            ("n = '9'", true),
            ("n in (1, 9)", true),
            ("n not in (1, 9)", false),
            ("n between 5 and 9", true),
            ("not (n = 9 or region = 'x')", false),
            ("region like 'eu%'", true),
            ("region like '_u-w%t'", true),
            ("region like 'u%'", false),
            ("d < -1.4 and d = -1.5", true),
            ("region is null", false),
            ("region is not null", true),
        ] {
            let expression = Expression::parse(text, &keys()).expect(text);
            assert_eq!(expression.is_met_by(&values), Ok(met), "{text}");
        }
        let missing = [NO_VALUE, "x", "1", "1"].map(str::to_owned);
        for (text, met) in [("day = '2026-11-22'", false), ("day <> '2026-11-22'", false), ("day is null", true)] {
            assert_eq!(Expression::parse(text, &keys()).expect(text).is_met_by(&missing), Ok(met), "{text}");
        }
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for text in
            ["", "nonsense", "day = ", "unknown = 1", "n = 'x'", "n = region", "1 = 1", "n + 1 = 2", "day = '1'; drop"]
        {
            assert!(Expression::parse(text, &keys()).is_err(), "{text}");
        }
        assert!(Expression::parse("b = true", &[Column::new("b", "boolean")]).is_err());
    }
}
