//! How the rows of a result are looked at: which row and cell, which columns in which order and width, sorted, filtered.

use crate::flow::{Action, Effect};
use crate::ui::Scroll;
use crate::ui::scroll::moved;
use crate::ui::text::{clean, width};
use gluedeck_core::analysis::rows::Rows;
use gluedeck_core::analysis::rows::arrange::{Arranged, Arrangement, Condition, Question};
use gluedeck_core::analysis::rows::show::{self, Shown};
use std::cell::Cell;

/// A column is at first at most this wide.
const MAX_COLUMN_WIDTH: usize = 40;
/// Rows by which the widths are measured: those of the first page.
const MEASURED: usize = 1_000;

/// The state of a table of rows.
#[derive(Debug, Default)]
pub struct Grid {
    /// The selected row, among those that are shown.
    pub row: usize,
    /// The selected column, by its place on the screen.
    pub column: usize,
    pub scroll: Cell<Scroll>,
    /// The first column on the screen behind those that are pinned.
    pub first: Cell<usize>,
    /// The columns in the order in which they are shown, by number.
    pub columns: Vec<usize>,
    /// So many of them stay at the left.
    pub pinned: usize,
    /// By number.
    widths: Vec<usize>,
    pub arrangement: Arrangement,
    /// Rows by number, if they are sorted or filtered.
    arranged: Option<Arranged>,
    /// The question that is under way.
    asked: Option<u64>,
    questions: u64,
}

impl Grid {
    /// Measures the columns, once: so no width changes while one reads.
    pub fn measure(&mut self, rows: &Rows) {
        if !self.widths.is_empty() {
            return;
        }
        self.columns = (0..rows.columns.len()).collect();
        let measured = rows.len().min(MEASURED);
        let of = |n: usize| {
            let column = &rows.columns[n];
            let cell = |row: usize| match show::cell(column, rows.cell(row, n), MAX_COLUMN_WIDTH + 1) {
                Shown::Value(text) | Shown::Sign(text) => width(&clean(&text)),
            };
            (0..measured).map(cell).max().unwrap_or(0).max(width(&clean(&column.name)) + 2).clamp(4, MAX_COLUMN_WIDTH)
        };
        self.widths = (0..rows.columns.len()).map(of).collect();
    }

    /// Makes room for numbers that are longer than those of the first rows, so that none is cut; text is cut anyway.
    pub fn make_room(&mut self, rows: &Rows) {
        let Some(batch) = rows.batches().last() else { return };
        let numbers = rows.columns.iter().enumerate().filter(|(_, column)| column.is_number());
        for (n, column) in numbers {
            let longest = (0..batch.len()).filter_map(|row| batch.cell(row, n)).max_by_key(|cell| cell.len());
            let Shown::Value(text) = show::cell(column, longest, MAX_COLUMN_WIDTH + 1) else { continue };
            if let Some(known) = self.widths.get_mut(n) {
                *known = (*known).max(width(&clean(&text)).min(MAX_COLUMN_WIDTH));
            }
        }
    }

    /// The width of a column, by number.
    pub fn width(&self, column: usize) -> usize {
        self.widths.get(column).copied().unwrap_or(8)
    }

    /// The number of rows that are shown.
    pub fn len(&self, rows: &Rows) -> usize {
        self.arranged.as_ref().map_or(rows.len(), |arranged| arranged.order.len())
    }

    /// The number of the row at a place.
    pub fn row_at(&self, place: usize) -> Option<usize> {
        match &self.arranged {
            Some(arranged) => arranged.order.get(place).map(|row| *row as usize),
            None => Some(place),
        }
    }

    /// The rows that are shown, by number, in their order.
    pub fn order(&self, rows: &Rows) -> Vec<u32> {
        match &self.arranged {
            Some(arranged) => arranged.order.clone(),
            None => (0..rows.len() as u32).collect(),
        }
    }

    /// The number of the selected column.
    pub fn selected_column(&self) -> Option<usize> {
        self.columns.get(self.column).copied()
    }

    /// Moves the selected row.
    pub fn down(&mut self, step: isize, rows: &Rows) {
        self.row = moved(self.row, step, self.len(rows));
    }

    /// Moves the selected column.
    pub fn right(&mut self, step: isize) {
        self.column = moved(self.column, step, self.columns.len());
    }

    /// Sorts by the selected column: upwards, downwards, not at all.
    pub fn sort(&mut self, number: u64, rows: Option<&Rows>) -> Vec<Action> {
        let Some(column) = self.selected_column() else { return Vec::new() };
        self.arrangement.sort = match self.arrangement.sort {
            Some((sorted, false)) if sorted == column => Some((column, true)),
            Some((sorted, true)) if sorted == column => None,
            _ => Some((column, false)),
        };
        self.arrange(number, rows)
    }

    /// Shows only rows that meet the conditions.
    pub fn filter(&mut self, conditions: Vec<Condition>, number: u64, rows: Option<&Rows>) -> Vec<Action> {
        self.arrangement.filter = conditions;
        self.row = 0;
        self.arrange(number, rows)
    }

    /// Whether rows are sorted or held back.
    pub fn is_arranged(&self) -> bool {
        self.arrangement != Arrangement::default()
    }

    /// Whether the order on the screen is that of fewer rows than there are, or of an earlier arrangement.
    pub fn is_behind(&self, rows: &Rows) -> bool {
        self.asked.is_some() || self.arranged.as_ref().is_some_and(|arranged| arranged.of < rows.len())
    }

    fn arrange(&mut self, number: u64, rows: Option<&Rows>) -> Vec<Action> {
        self.questions += 1;
        if !self.is_arranged() {
            (self.arranged, self.asked) = (None, None);
            return Vec::new();
        }
        let Some(rows) = rows else { return Vec::new() };
        self.asked = Some(self.questions);
        let question = Question { number: self.questions, rows: rows.clone(), arrangement: self.arrangement.clone() };
        vec![Action::Do(Effect::Arrange { run: number, question: Box::new(question) })]
    }

    /// More rows have come: they are put in their places too, one question at a time.
    pub fn rearrange(&mut self, number: u64, rows: Option<&Rows>) -> Vec<Action> {
        if self.is_arranged() && self.asked.is_none() { self.arrange(number, rows) } else { Vec::new() }
    }

    /// The answer to a question; a late one is dropped.
    pub fn arranged(&mut self, answer: Arranged, number: u64, rows: Option<&Rows>) -> Vec<Action> {
        if self.asked != Some(answer.number) {
            return Vec::new();
        }
        self.asked = None;
        let count = answer.order.len();
        let behind = rows.is_some_and(|rows| answer.of < rows.len());
        self.arranged = Some(answer);
        self.row = self.row.min(count.saturating_sub(1));
        if behind { self.arrange(number, rows) } else { Vec::new() }
    }

    /// Hides the selected column.
    pub fn hide(&mut self) -> bool {
        if self.columns.len() < 2 {
            return false;
        }
        self.columns.remove(self.column);
        self.pinned -= usize::from(self.column < self.pinned);
        self.column = self.column.min(self.columns.len() - 1);
        true
    }

    /// Shows all columns again, in their own order.
    pub fn show_all(&mut self, rows: &Rows) {
        self.columns = (0..rows.columns.len()).collect();
        self.pinned = 0;
    }

    /// Pins the columns up to the selected one at the left, or none.
    pub fn pin(&mut self) {
        self.pinned = if self.pinned == self.column + 1 { 0 } else { self.column + 1 };
        self.first.set(self.pinned);
    }

    /// Moves the selected column.
    pub fn carry(&mut self, step: isize) {
        let to = moved(self.column, step, self.columns.len());
        if to != self.column {
            self.columns.swap(self.column, to);
            self.column = to;
        }
    }

    /// Makes the selected column wider or narrower.
    pub fn resize(&mut self, step: isize) {
        if let Some(width) = self.selected_column().and_then(|column| self.widths.get_mut(column)) {
            *width = width.saturating_add_signed(step).clamp(4, 400);
        }
    }
}
