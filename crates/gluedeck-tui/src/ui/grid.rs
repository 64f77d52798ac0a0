//! A drawing of lines and texts on a grid of cells, of which a window is shown.

use super::text::{skip, width};
use super::{Glyphs, Look, Role, Row};
use ratatui::text::Line;
use std::collections::BTreeMap;

const UP: u8 = 1;
const DOWN: u8 = 2;
const LEFT: u8 = 4;
const RIGHT: u8 = 8;

/// Lines and texts; a text covers the lines under it.
#[derive(Debug, Default)]
pub struct Grid {
    lines: Vec<BTreeMap<usize, (u8, Role)>>,
    texts: Vec<BTreeMap<usize, (String, Role, bool)>>,
}

/// Place and size of a rectangle, in cells.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
}

impl Grid {
    /// A grid of that many rows.
    pub fn new(height: usize) -> Self {
        Self { lines: vec![BTreeMap::new(); height], texts: vec![BTreeMap::new(); height] }
    }

    /// How many rows it has.
    pub fn height(&self) -> usize {
        self.lines.len()
    }

    /// Puts a clean text at a place; on the background of the selection if it is selected.
    pub fn text(&mut self, x: usize, y: usize, text: &str, role: Role, selected: bool) {
        self.texts[y].insert(x, (text.to_owned(), role, selected));
    }

    fn add(&mut self, x: usize, y: usize, bits: u8, role: Role) {
        let cell = self.lines[y].entry(x).or_insert((0, role));
        *cell = (cell.0 | bits, if matches!(role, Role::Line | Role::Dim) { cell.1 } else { role });
    }

    /// From the middle of one cell to the middle of another.
    pub fn horizontal(&mut self, from: usize, to: usize, y: usize, role: Role) {
        for x in from..=to {
            self.add(x, y, if x > from { LEFT } else { 0 } | if x < to { RIGHT } else { 0 }, role);
        }
    }

    /// From the middle of one cell to the middle of another, whichever is above.
    pub fn vertical(&mut self, x: usize, from: usize, to: usize, role: Role) {
        let (top, bottom) = (from.min(to), from.max(to));
        for y in top..=bottom {
            self.add(x, y, if y > top { UP } else { 0 } | if y < bottom { DOWN } else { 0 }, role);
        }
    }

    /// A rectangle.
    pub fn frame(&mut self, frame: Frame, role: Role) {
        let (right, bottom) = (frame.x + frame.width - 1, frame.y + frame.height - 1);
        for y in [frame.y, bottom] {
            self.horizontal(frame.x, right, y, role);
        }
        for x in [frame.x, right] {
            self.vertical(x, frame.y, bottom, role);
        }
    }

    /// The rows in a range, from a column on.
    pub fn window(&self, rows: std::ops::Range<usize>, left: usize, look: &Look, cells: usize) -> Vec<Line<'static>> {
        let lines = self.lines.iter().zip(&self.texts).skip(rows.start).take(rows.len());
        lines.map(|(lines, texts)| window_of(lines, texts, left, look, cells)).collect()
    }
}

fn window_of(
    lines: &BTreeMap<usize, (u8, Role)>,
    texts: &BTreeMap<usize, (String, Role, bool)>,
    left: usize,
    look: &Look,
    cells: usize,
) -> Line<'static> {
    let mut row = Row::new(look, cells);
    let mut x = 0;
    let end = lines.keys().chain(texts.keys()).max().map_or(0, |last| last + 1).min(left + cells);
    while x < end {
        if let Some((text, role, selected)) = texts.get(&x) {
            let shown = skip(text, left.saturating_sub(x));
            match selected {
                true => row.styled(look.selected(*role), &shown),
                false => row.text(*role, &shown),
            };
            x += width(text).max(1);
        } else {
            if x >= left {
                let (bits, role) = lines.get(&x).copied().unwrap_or((0, Role::Line));
                row.text(role, sign(bits, look.glyphs));
            }
            x += 1;
        }
    }
    row.line()
}

fn sign(bits: u8, glyphs: Glyphs) -> &'static str {
    let (unicode, ascii) = match bits {
        0 => (" ", " "),
        b if b & (UP | DOWN) == 0 => ("─", "-"),
        b if b & (LEFT | RIGHT) == 0 => ("│", "|"),
        b if b == DOWN | RIGHT => ("╭", "+"),
        b if b == DOWN | LEFT => ("╮", "+"),
        b if b == UP | RIGHT => ("╰", "+"),
        b if b == UP | LEFT => ("╯", "+"),
        b if b == UP | DOWN | RIGHT => ("├", "+"),
        b if b == UP | DOWN | LEFT => ("┤", "+"),
        b if b == LEFT | RIGHT | DOWN => ("┬", "+"),
        b if b == LEFT | RIGHT | UP => ("┴", "+"),
        _ => ("┼", "+"),
    };
    glyphs.pick(unicode, ascii)
}
