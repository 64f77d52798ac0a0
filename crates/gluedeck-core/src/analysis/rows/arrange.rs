//! Sorting and filtering rows by number: off the key path, since a million of them take a part of a second.

use super::batch::Rows;
use crate::analysis::expression::{ExpressionError, compile};
use crate::domain::ResultColumn;
use regex::Regex;
use std::cmp::Ordering;

/// How rows are to be shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Arrangement {
    /// The column, and whether the greatest comes first. NULL is last either way.
    pub sort: Option<(usize, bool)>,
    /// Every condition must hold.
    pub filter: Vec<Condition>,
}

/// An arrangement of rows to be worked out.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Tells the answer's question.
    pub number: u64,
    pub rows: Rows,
    pub arrangement: Arrangement,
}

/// The rows that are shown, in their order, by number.
#[derive(Debug, Clone, PartialEq)]
pub struct Arranged {
    pub number: u64,
    /// How many rows were looked at: more may have come since.
    pub of: usize,
    pub order: Vec<u32>,
}

/// A condition on a row.
#[derive(Debug, Clone)]
pub struct Condition {
    /// As it was typed.
    pub text: String,
    /// Any column if none.
    column: Option<usize>,
    test: Test,
    inverse: bool,
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

#[derive(Debug, Clone)]
enum Test {
    Null,
    Contains(Regex),
    /// Compares as numbers if both are some, else as text.
    Compare(&'static [Ordering], String),
}

const COMPARISONS: [(&str, &[Ordering], bool); 6] = [
    (">=", &[Ordering::Greater, Ordering::Equal], false),
    ("<=", &[Ordering::Less, Ordering::Equal], false),
    ("!=", &[Ordering::Equal], true),
    (">", &[Ordering::Greater], false),
    ("<", &[Ordering::Less], false),
    ("=", &[Ordering::Equal], false),
];

/// Reads conditions, blanks between them: `text` that a cell holds, `column:text`, `column=value`, `column>5`,
/// `column:null`; `!` in front inverts.
///
/// # Errors
/// If a regular expression is none.
pub fn conditions(text: &str, columns: &[ResultColumn]) -> Result<Vec<Condition>, ExpressionError> {
    text.split_whitespace().map(|word| condition(word, columns)).collect()
}

fn condition(word: &str, columns: &[ResultColumn]) -> Result<Condition, ExpressionError> {
    let (inverse, bare) = word.strip_prefix('!').map_or((false, word), |rest| (true, rest));
    let column = |name: &str| columns.iter().position(|column| column.name.eq_ignore_ascii_case(name));
    let made = |column, test, not: bool| Condition { text: word.to_owned(), column, test, inverse: inverse != not };
    for (sign, orders, not) in COMPARISONS {
        if let Some((name, value)) = bare.split_once(sign)
            && let Some(found) = column(name)
        {
            return Ok(made(Some(found), Test::Compare(orders, value.to_owned()), not));
        }
    }
    if let Some((name, value)) = bare.split_once(':')
        && let Some(found) = column(name)
    {
        let test = if value.eq_ignore_ascii_case("null") { Test::Null } else { Test::Contains(compile(value, true)?) };
        return Ok(made(Some(found), test, false));
    }
    Ok(made(None, Test::Contains(compile(bare, true)?), false))
}

impl Condition {
    fn holds(&self, rows: &Rows, row: usize) -> bool {
        let found = match self.column {
            Some(column) => self.test.holds(rows.cell(row, column)),
            None => (0..rows.columns.len()).any(|column| self.test.holds(rows.cell(row, column))),
        };
        found != self.inverse
    }
}

impl Test {
    fn holds(&self, cell: Option<&str>) -> bool {
        match (self, cell) {
            (Self::Null, cell) => cell.is_none(),
            (_, None) => false,
            (Self::Contains(expression), Some(cell)) => expression.is_match(cell),
            (Self::Compare(orders, value), Some(cell)) => orders.contains(&compare(cell, value)),
        }
    }
}

/// As numbers if both are some, else as text: dates and timestamps of the engine order as text.
fn compare(a: &str, b: &str) -> Ordering {
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => a.cmp(b),
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

impl Question {
    /// Works it out.
    pub fn answer(&self) -> Arranged {
        let rows = &self.rows;
        let filter = &self.arrangement.filter;
        let passes = |row: &u32| filter.iter().all(|condition| condition.holds(rows, *row as usize));
        let mut order: Vec<u32> = (0..rows.len() as u32).filter(passes).collect();
        if let Some((column, reverse)) = self.arrangement.sort {
            sort(&mut order, rows, column, reverse);
        }
        Arranged { number: self.number, of: rows.len(), order }
    }
}

fn sort(order: &mut Vec<u32>, rows: &Rows, column: usize, reverse: bool) {
    let numeric = rows.columns.get(column).is_some_and(ResultColumn::is_number);
    let turn = |ordering: Ordering| if reverse { ordering.reverse() } else { ordering };
    if numeric {
        let key = |row: u32| rows.cell(row as usize, column).map(|cell| number(cell).unwrap_or(f64::NAN));
        let mut keyed: Vec<(Option<f64>, u32)> = order.iter().map(|row| (key(*row), *row)).collect();
        keyed.sort_by(|(a, m), (b, n)| {
            let values = match (a, b) {
                (Some(a), Some(b)) => turn(a.total_cmp(b)),
                (a, b) => b.is_some().cmp(&a.is_some()),
            };
            // Equal ones stay as they came.
            values.then(m.cmp(n))
        });
        *order = keyed.into_iter().map(|(_, row)| row).collect();
        return;
    }
    let mut keyed: Vec<(Option<&str>, u32)> =
        order.iter().map(|row| (rows.cell(*row as usize, column), *row)).collect();
    keyed.sort_by(|(a, m), (b, n)| {
        let values = match (a, b) {
            (Some(a), Some(b)) => turn(a.cmp(b)),
            (a, b) => b.is_some().cmp(&a.is_some()),
        };
        values.then(m.cmp(n))
    });
    *order = keyed.into_iter().map(|(_, row)| row).collect();
}

#[cfg(test)]
mod tests {
    use super::super::Batch;
    use super::*;

    fn rows() -> Rows {
        let kind = |name: &str, kind: &str| ResultColumn { name: name.into(), kind: kind.into() };
        let mut rows = Rows::new(vec![kind("status", "varchar"), kind("n", "bigint")]);
        let mut batch = Batch::new(2);
        for (status, n) in
            [(Some("PAID"), Some("10")), (None, Some("9")), (Some("open"), None), (Some(""), Some("100"))]
        {
            batch.push([status, n]);
        }
        rows.push(batch);
        rows
    }

    fn order(sort: Option<(usize, bool)>, filter: &str) -> Vec<u32> {
        let rows = rows();
        let filter = conditions(filter, &rows.columns).expect("conditions");
        Question { number: 1, rows, arrangement: Arrangement { sort, filter } }.answer().order
    }

    #[test]
    fn numbers_sort_as_numbers_and_null_is_last() {
        assert_eq!(order(Some((1, false)), ""), [1, 0, 3, 2]);
        assert_eq!(order(Some((1, true)), ""), [3, 0, 1, 2]);
        assert_eq!(order(Some((0, false)), ""), [3, 0, 2, 1]);
    }

    #[test]
    fn conditions_hold_together() {
        assert_eq!(order(None, "paid"), [0]);
        assert_eq!(order(None, "status:null"), [1]);
        assert_eq!(order(None, "!status:null n>9"), [0, 3]);
        assert_eq!(order(None, "n!=10"), [1, 2, 3]);
        assert_eq!(order(None, "status="), [3]);
        assert!(conditions("status:(", &rows().columns).is_err());
    }
}
