//! The tree of a query.

use regex::Regex;

/// A query.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(super) commands: Vec<Command>,
}

#[derive(Debug, Clone)]
pub(super) enum Command {
    Fields(Vec<Item>),
    Display(Vec<Item>),
    Filter(Expr),
    /// Names, and whether each goes down.
    Sort(Vec<(String, bool)>),
    Limit(usize),
    Dedup(Vec<String>),
    Stats {
        items: Vec<Item>,
        by: Vec<Item>,
    },
    Parse(Parse),
}

/// An expression and what it is called.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) expr: Expr,
    pub(super) name: String,
}

#[derive(Debug, Clone)]
pub(super) struct Parse {
    pub(super) field: Expr,
    pub(super) regex: Regex,
    /// What the groups are called.
    pub(super) names: Vec<String>,
    /// Whether every match makes a row.
    pub(super) multi: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Expr {
    Number(f64),
    Text(String),
    Field(String),
    Period(Period),
    Star,
    Call(String, Vec<Expr>),
    Negative(Box<Expr>),
    Binary(char, Box<Expr>, Box<Expr>),
    Compare(&'static str, Box<Expr>, Box<Expr>),
    Like(Box<Expr>, Regex),
    Contains(Box<Expr>, Box<Expr>),
    In(Box<Expr>, Vec<Expr>),
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
}

/// So many of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) count: i64,
    pub(super) unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Milliseconds,
    Seconds,
    Minutes,
    Hours,
    Days,
    Weeks,
    Months,
    Quarters,
    Years,
}

impl Period {
    /// `5m`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.find(|letter: char| !letter.is_ascii_digit())?;
        let (count, word) = (text[..digits].parse().ok()?, text[digits..].trim().to_lowercase());
        let singular = if word.len() > 2 { word.trim_end_matches('s') } else { &word };
        let unit = match singular {
            "ms" | "msec" | "millisecond" => Unit::Milliseconds,
            "s" | "sec" | "second" => Unit::Seconds,
            "m" | "min" | "minute" => Unit::Minutes,
            "h" | "hr" | "hour" => Unit::Hours,
            "d" | "day" => Unit::Days,
            "w" | "week" => Unit::Weeks,
            "mo" | "mon" | "month" => Unit::Months,
            "q" | "qtr" | "quarter" => Unit::Quarters,
            "y" | "yr" | "year" => Unit::Years,
            _ => return None,
        };
        (count > 0).then_some(Self { count, unit })
    }

    /// Milliseconds, with the count cut off where the language does; None if the unit has no fixed length.
    pub(super) fn millis(self) -> Option<i64> {
        let (most, of_one) = match self.unit {
            Unit::Milliseconds => (1_000, 1),
            Unit::Seconds => (60, 1_000),
            Unit::Minutes => (60, 60_000),
            Unit::Hours => (24, 3_600_000),
            Unit::Days => (i64::from(u16::MAX), 86_400_000),
            Unit::Weeks => (i64::from(u16::MAX), 604_800_000),
            Unit::Months | Unit::Quarters | Unit::Years => return None,
        };
        Some(self.count.min(most) * of_one)
    }
}
