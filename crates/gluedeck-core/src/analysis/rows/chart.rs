//! A quick chart of a result: a bar a value, a line over the rows, or how values are spread.

use super::batch::Rows;
use std::collections::{HashMap, HashSet};

/// The kinds of chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChartKind {
    /// The numbers of a column against the names of another: a bar a row.
    Bars,
    /// The numbers of a column in the order of the rows.
    Line,
    /// How often values of a range occur.
    Histogram,
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct ChartData {
    pub kind: ChartKind,
    /// What the bars or points are called, and how high they are.
    pub points: Vec<(String, f64)>,
    /// Rows that were left out because they have no number.
    pub without: usize,
    /// Rows that stand for one point, if there were too many.
    pub rows_a_point: usize,
}

/// The column of numbers and the column of names that a chart of this column wants: the column itself and the first that
/// is no number; or, if it is no number, the first column of numbers and the column itself.
pub fn axes(rows: &Rows, column: usize) -> Option<(usize, Option<usize>)> {
    let columns = &rows.columns;
    let number = columns.get(column)?.is_number();
    let named = |wanted: bool| columns.iter().position(|column| column.is_number() == wanted);
    if number { Some((column, named(false))) } else { named(true).map(|values| (values, Some(column))) }
}

/// The data of a chart of at most `most` points.
pub fn data(rows: &Rows, order: &[u32], kind: ChartKind, column: usize, most: usize) -> Option<ChartData> {
    let most = most.max(1);
    if counts_values(rows, order, kind, column) {
        return Some(frequencies(rows, order, kind, column, most));
    }
    let (values, names) = axes(rows, column)?;
    let number = |row: u32| rows.cell(row as usize, values).and_then(|cell| cell.parse::<f64>().ok());
    let name = |row: u32| names.and_then(|names| rows.cell(row as usize, names)).unwrap_or_default().to_owned();
    let points: Vec<(u32, f64)> =
        order.iter().filter_map(|row| Some((*row, number(*row).filter(|n| n.is_finite())?))).collect();
    let without = order.len() - points.len();
    if kind == ChartKind::Histogram {
        return Some(ChartData { kind, points: histogram(&points, most.min(24)), without, rows_a_point: 1 });
    }
    // Bars are cut off; a line is made coarser, since its course is what one looks at.
    let step = if kind == ChartKind::Line { points.len().div_ceil(most).max(1) } else { 1 };
    let mean = |part: &[(u32, f64)]| part.iter().map(|(_, value)| value).sum::<f64>() / part.len() as f64;
    let points = points.chunks(step).take(most).map(|part| (name(part[0].0), mean(part))).collect();
    Some(ChartData { kind, points, without, rows_a_point: step })
}

/// Whether a chart counts the values of its column: of text, unless each value stands once beside a number of its own.
pub fn counts_values(rows: &Rows, order: &[u32], kind: ChartKind, column: usize) -> bool {
    let is_text = rows.columns.get(column).is_some_and(|column| !column.is_number());
    match kind {
        ChartKind::Line => false,
        ChartKind::Histogram => is_text,
        ChartKind::Bars => {
            let mut seen = HashSet::new();
            let mut values = order.iter().map(|row| rows.cell(*row as usize, column));
            is_text && (axes(rows, column).is_none() || values.any(|value| !seen.insert(value)))
        }
    }
}

fn frequencies(rows: &Rows, order: &[u32], kind: ChartKind, column: usize, most: usize) -> ChartData {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut without = 0;
    for row in order {
        match rows.cell(*row as usize, column) {
            Some(cell) => *counts.entry(cell).or_default() += 1,
            None => without += 1,
        }
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by(|(a, m), (b, n)| n.cmp(m).then(a.cmp(b)));
    let points = counts.into_iter().take(most).map(|(value, count)| (value.to_owned(), count as f64)).collect();
    ChartData { kind, points, without, rows_a_point: 1 }
}

fn histogram(points: &[(u32, f64)], bins: usize) -> Vec<(String, f64)> {
    let values = || points.iter().map(|(_, value)| *value);
    let (min, max) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    if points.is_empty() {
        return Vec::new();
    }
    let width = ((max - min) / bins as f64).max(f64::MIN_POSITIVE);
    let mut counts = vec![0_usize; bins];
    for value in values() {
        counts[(((value - min) / width) as usize).min(bins - 1)] += 1;
    }
    let label = |n: usize| trimmed(min + width * n as f64);
    counts.iter().enumerate().map(|(n, count)| (label(n), *count as f64)).collect()
}

/// A number with few digits.
pub fn trimmed(value: f64) -> String {
    let text = if value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") };
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::super::Batch;
    use super::*;
    use crate::domain::ResultColumn;

    fn rows() -> Rows {
        let column = |name: &str, kind: &str| ResultColumn { name: name.into(), kind: kind.into() };
        let mut rows = Rows::new(vec![column("status", "varchar"), column("n", "bigint")]);
        let mut batch = Batch::new(2);
        for (status, n) in [("a", Some("10")), ("b", None), ("a", Some("20")), ("c", Some("30"))] {
            batch.push([Some(status), n]);
        }
        rows.push(batch);
        rows
    }

    #[test]
    fn bars_lines_and_frequencies() {
        let rows = rows();
        let order = [0, 1, 2, 3];
        let counts = data(&rows, &order, ChartKind::Bars, 0, 10).expect("counts");
        assert_eq!(counts.points, [("a".into(), 2.0), ("b".into(), 1.0), ("c".into(), 1.0)], "values that repeat");
        let bars = data(&rows, &[0, 1, 3], ChartKind::Bars, 0, 10).expect("bars");
        assert_eq!(bars.points, [("a".into(), 10.0), ("c".into(), 30.0)], "each value once");
        let bars = data(&rows, &order, ChartKind::Bars, 1, 10).expect("bars");
        assert_eq!(bars.points, [("a".into(), 10.0), ("a".into(), 20.0), ("c".into(), 30.0)]);
        assert_eq!(bars.without, 1);
        let line = data(&rows, &order, ChartKind::Line, 1, 2).expect("a line");
        assert_eq!(line.points, [("a".into(), 15.0), ("c".into(), 30.0)]);
        let often = data(&rows, &order, ChartKind::Histogram, 0, 2).expect("counts");
        assert_eq!(often.points, [("a".into(), 2.0), ("b".into(), 1.0)]);
        let spread = data(&rows, &order, ChartKind::Histogram, 1, 2).expect("a histogram");
        assert_eq!(spread.points, [("10".into(), 1.0), ("20".into(), 2.0)]);
    }
}
