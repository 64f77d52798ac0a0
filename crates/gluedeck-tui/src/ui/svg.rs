//! A screen as an SVG picture, or as plain text.

use super::color;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

const CELL: (f64, f64) = (8.4, 18.0);
const MARGIN: f64 = 10.0;

/// The buffer as SVG. `back` and `front` are the colors of cells that have none.
pub fn svg(buffer: &Buffer, back: &str, front: &str) -> String {
    let (columns, rows) = (buffer.area.width as usize, buffer.area.height as usize);
    let (width, height) = (columns as f64 * CELL.0 + 2.0 * MARGIN, rows as f64 * CELL.1 + 2.0 * MARGIN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" shape-rendering=\"crispEdges\" fill=\"{back}\"/>\n"
    );
    for (y, row) in buffer.content().chunks(columns).enumerate() {
        let mut x = 0;
        while x < columns {
            let same = |cell: &Cell| cell.fg == row[x].fg && cell.bg == row[x].bg && cell.modifier == row[x].modifier;
            let length = row[x..].iter().take_while(|cell| same(cell)).count();
            run(&mut out, &row[x..x + length], (x, y), (back, front));
            x += length;
        }
    }
    out + "</svg>\n"
}

/// The buffer as text, a line a row.
pub fn text(buffer: &Buffer) -> String {
    let rows = buffer.content().chunks(buffer.area.width.max(1) as usize);
    let rows = rows.map(|row| row.iter().map(Cell::symbol).collect::<String>().trim_end().to_owned());
    rows.collect::<Vec<_>>().join("\n") + "\n"
}

fn run(out: &mut String, cells: &[Cell], (x, y): (usize, usize), (back, front): (&str, &str)) {
    let first = &cells[0];
    let reverse = first.modifier.contains(Modifier::REVERSED);
    let (fg, bg) = (color(first.fg, front), color(first.bg, back));
    let (fg, bg) = if reverse { (bg, fg) } else { (fg, bg) };
    let (left, top) = (MARGIN + x as f64 * CELL.0, MARGIN + y as f64 * CELL.1);
    let width = cells.len() as f64 * CELL.0;
    if bg != back {
        *out += &format!(
            "<rect shape-rendering=\"crispEdges\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{}\" fill=\"{bg}\"/>\n",
            CELL.1
        );
    }
    // A wide character takes the next cell too, which is blank.
    let mut behind = 0;
    let mut text = String::new();
    for cell in cells {
        if behind == 0 {
            text.push_str(cell.symbol());
            behind = cell.symbol().width().saturating_sub(1);
        } else {
            behind -= 1;
        }
    }
    let trimmed = text.trim_end();
    if trimmed.trim().is_empty() {
        return;
    }
    let indent = trimmed.chars().take_while(|c| *c == ' ').count();
    let shown = trimmed.trim_start();
    let count = shown.width() as f64;
    let weight = if first.modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
    *out += &format!(
        "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"{fg}\"{weight} textLength=\"{:.1}\" lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\">{}</text>\n",
        left + indent as f64 * CELL.0,
        top + CELL.1 * 0.75,
        count * CELL.0,
        shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    );
}

fn color(named: Color, default: &str) -> String {
    match named {
        Color::Reset => default.to_owned(),
        other => color::rgb(other).map_or_else(|| default.to_owned(), |(r, g, b)| format!("#{r:02x}{g:02x}{b:02x}")),
    }
}
