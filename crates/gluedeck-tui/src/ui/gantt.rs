//! Bars over time: an axis with its times, and rows of pieces.

use super::color::Depth;
use super::{Glyphs, Look, Role, Row};
use chrono::TimeDelta;
use gluedeck_core::domain::Time;
use ratatui::text::Line;

/// Which seconds the cells of a bar stand for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// The moment of the first cell.
    pub origin: Time,
    pub seconds_per_cell: f64,
    pub cells: usize,
}

/// A piece of a bar, in seconds from the origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BarPiece {
    pub from: f64,
    pub to: f64,
    pub role: Role,
}

/// Steps between the times of an axis, in seconds.
const TICKS: [i64; 11] = [60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200];

impl Scale {
    /// A scale on which so many seconds fit.
    pub fn fitting(origin: Time, seconds: f64, cells: usize) -> Self {
        Self { origin, seconds_per_cell: (seconds / cells.max(1) as f64).max(1.0), cells }
    }

    /// A scale on which just so many seconds fill the cells.
    pub fn fitting_exactly(origin: Time, seconds: f64, cells: usize) -> Self {
        Self { origin, seconds_per_cell: (seconds / cells.max(1) as f64).max(0.05), cells }
    }

    /// The seconds in the middle of a cell.
    pub fn middle(&self, cell: usize) -> f64 {
        (cell as f64 + 0.5) * self.seconds_per_cell
    }

    /// The times of the axis, from column `at` on.
    pub fn axis(&self, look: &Look, at: usize, width: usize) -> Line<'static> {
        let mut row = Row::new(look, width);
        row.to(at);
        let room = |tick: i64| tick as f64 / self.seconds_per_cell >= 9.0;
        let tick = TICKS.into_iter().find(|tick| room(*tick)).unwrap_or(86_400);
        let into = self.origin.timestamp().rem_euclid(tick);
        let mut second = if into == 0 { 0 } else { tick - into };
        while ((second as f64 / self.seconds_per_cell) as usize) + 5 <= self.cells {
            let cell = (second as f64 / self.seconds_per_cell) as usize;
            let time = self.origin + TimeDelta::seconds(second);
            row.to(at + cell).text(Role::Dim, &time.format("%H:%M").to_string());
            second += tick;
        }
        row.line()
    }

    /// Adds a bar to a row: a cell shows the piece that holds its middle; before the first piece, dots.
    pub fn bar(&self, row: &mut Row<'_>, look: &Look, pieces: &[BarPiece]) {
        self.bar_with_now(row, look, pieces, f64::NAN);
    }

    /// The same, with a line at `now`, in seconds from the origin, where no piece is.
    pub fn bar_with_now(&self, row: &mut Row<'_>, look: &Look, pieces: &[BarPiece], now: f64) {
        let first = pieces.iter().map(|piece| piece.from).fold(f64::INFINITY, f64::min);
        let last = pieces.iter().map(|piece| piece.to).fold(0.0, f64::max);
        let (mut run, mut role) = (String::new(), Role::Line);
        for cell in 0..self.cells {
            let second = self.middle(cell);
            let (low, high) = (second - self.seconds_per_cell / 2.0, second + self.seconds_per_cell / 2.0);
            let marks = |piece: &&BarPiece| piece.role == Role::Bad && low <= piece.from && piece.from < high;
            let found = pieces.iter().rfind(|piece| piece.from <= second && second < piece.to);
            let found = pieces.iter().find(marks).or(found);
            // A start within a cell shows in it, however short.
            let begins = low <= first && first < high;
            let found = found.or_else(|| pieces.iter().find(|piece| begins && piece.from <= first));
            let (glyph, next) = match found {
                Some(piece) => (glyph(look, piece.role), piece.role),
                None if low <= now && now < high => (look.glyphs.pick("┊", ":"), Role::Key),
                None if second < first => (look.glyphs.pick("·", "."), Role::Line),
                None if second < last => (look.glyphs.pick("─", "-"), Role::Line),
                None => (" ", Role::Text),
            };
            if next != role {
                row.text(role, &run);
                run.clear();
                role = next;
            }
            run.push_str(glyph);
        }
        row.text(role, &run);
    }
}

/// Where colors cannot tell the layers apart, the glyph does.
fn glyph(look: &Look, role: Role) -> &'static str {
    let colored = look.depth != Depth::None;
    match (look.glyphs, role) {
        (Glyphs::Ascii, Role::Bronze) => "b",
        (Glyphs::Ascii, Role::Silver) => "s",
        (Glyphs::Ascii, Role::Gold) => "g",
        (Glyphs::Ascii, Role::Bad) => "X",
        (Glyphs::Ascii, Role::Line) => "-",
        (Glyphs::Ascii, _) => "=",
        (_, Role::Bad) => "✖",
        (_, Role::Line) => "─",
        (Glyphs::Unicode, _) if colored => "█",
        (_, Role::Bronze) => "▓",
        (_, Role::Silver) => "▒",
        (_, Role::Gold) => "░",
        _ => "█",
    }
}
