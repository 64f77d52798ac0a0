//! What a column holds: counts, extremes, the most frequent values.

use super::batch::Rows;
use std::collections::HashMap;

/// Different values that are counted one by one; with more, only how many rows there are is certain.
const MAX_DISTINCT: usize = 100_000;

/// A column's figures, of the rows that are shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Statistics {
    pub rows: usize,
    pub nulls: usize,
    /// Empty strings.
    pub empty: usize,
    /// Different values; none if there are more than were counted.
    pub distinct: Option<usize>,
    pub min: Option<String>,
    pub max: Option<String>,
    /// Of numbers only.
    pub sum: Option<f64>,
    pub mean: Option<f64>,
    pub median: Option<f64>,
    /// The most frequent values with their counts.
    pub top: Vec<(String, usize)>,
}

/// Counts a column over some rows.
pub fn of(rows: &Rows, order: impl Iterator<Item = usize>, column: usize) -> Statistics {
    let numeric = rows.columns.get(column).is_some_and(crate::domain::ResultColumn::is_number);
    let mut found = Statistics::default();
    let mut values: HashMap<&str, usize> = HashMap::new();
    let mut more = false;
    let mut numbers: Vec<f64> = Vec::new();
    let (mut min, mut max): (Option<&str>, Option<&str>) = (None, None);
    for row in order {
        found.rows += 1;
        let Some(cell) = rows.cell(row, column) else {
            found.nulls += 1;
            continue;
        };
        found.empty += usize::from(cell.is_empty());
        if let Some(count) = values.get_mut(cell) {
            *count += 1;
        } else if values.len() < MAX_DISTINCT {
            values.insert(cell, 1);
        } else {
            more = true;
        }
        if numeric {
            numbers.extend(cell.parse::<f64>().ok().filter(|number| number.is_finite()));
        } else {
            min = Some(min.map_or(cell, |min| min.min(cell)));
            max = Some(max.map_or(cell, |max| max.max(cell)));
        }
    }
    found.distinct = (!more).then_some(values.len());
    (found.min, found.max) = (min.map(str::to_owned), max.map(str::to_owned));
    if numeric && !numbers.is_empty() {
        numbers.sort_by(f64::total_cmp);
        let sum: f64 = numbers.iter().sum();
        let middle = numbers.len() / 2;
        let median = match numbers.len() % 2 {
            0 => f64::midpoint(numbers[middle - 1], numbers[middle]),
            _ => numbers[middle],
        };
        (found.sum, found.mean, found.median) = (Some(sum), Some(sum / numbers.len() as f64), Some(median));
        (found.min, found.max) = (numbers.first().map(ToString::to_string), numbers.last().map(ToString::to_string));
    }
    let mut top: Vec<(&str, usize)> = values.into_iter().collect();
    top.sort_by(|(a, m), (b, n)| n.cmp(m).then(a.cmp(b)));
    found.top = top.into_iter().take(10).map(|(value, count)| (value.to_owned(), count)).collect();
    found
}

#[cfg(test)]
mod tests {
    use super::super::Batch;
    use super::*;
    use crate::domain::ResultColumn;

    #[test]
    fn a_column_is_counted() {
        let mut rows = Rows::new(vec![ResultColumn { name: "n".into(), kind: "bigint".into() }]);
        let mut batch = Batch::new(1);
        for cell in [Some("3"), None, Some("1"), Some("10"), Some("3")] {
            batch.push([cell]);
        }
        rows.push(batch);
        let found = of(&rows, 0..rows.len(), 0);
        assert_eq!((found.rows, found.nulls, found.distinct), (5, 1, Some(3)));
        assert_eq!((found.min.as_deref(), found.max.as_deref()), (Some("1"), Some("10")));
        assert_eq!((found.sum, found.mean, found.median), (Some(17.0), Some(4.25), Some(3.0)));
        assert_eq!(found.top[0], ("3".to_owned(), 2));
    }
}
