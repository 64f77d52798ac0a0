//! A chart of columns with a limit: what is, filled; what would be, as a line.

use super::{Look, Role, Row};
use ratatui::text::Line;

/// The values of a chart, a column each.
#[derive(Debug, Clone, Copy)]
pub struct Chart<'c> {
    /// Filled from below.
    pub filled: &'c [f64],
    /// Drawn as a line where it is above what is filled.
    pub line: &'c [f64],
    pub limit: f64,
}

impl Chart<'_> {
    /// The rows of the chart, from the top; each begins with its value, which ends at column `at`.
    pub fn rows(&self, look: &Look, height: usize, at: usize, width: usize) -> Vec<Line<'static>> {
        let most = self.filled.iter().chain(self.line).copied().fold(self.limit, f64::max).max(1.0);
        let step = most / height.max(1) as f64;
        (0..height)
            .rev()
            .map(|level| {
                let (low, high) = (level as f64 * step, (level + 1) as f64 * step);
                let mut row = Row::new(look, width);
                let limit_here = low < self.limit && self.limit <= high + f64::EPSILON;
                let label = if limit_here { format!("{} limit", self.limit) } else { format!("{high:.0}") };
                let role = if limit_here { Role::Strong } else { Role::Dim };
                row.right(role, &label, at.saturating_sub(1)).gap(1);
                self.level(&mut row, look, (low, high), limit_here);
                row.line()
            })
            .collect()
    }

    fn level(&self, row: &mut Row<'_>, look: &Look, (low, high): (f64, f64), limit_here: bool) {
        let (mut run, mut role) = (String::new(), Role::Text);
        for column in 0..self.filled.len().max(self.line.len()) {
            let value = self.filled.get(column).copied().unwrap_or(0.0);
            let line = self.line.get(column).copied().unwrap_or(0.0);
            let eighths = (((value - low) / (high - low)).clamp(0.0, 1.0) * 8.0).ceil() as usize;
            let line_here = low < line && line <= high && line > value;
            let (glyph, next) = match eighths {
                0 if line_here && line > self.limit => (look.glyphs.pick("╌", "~"), Role::Bad),
                0 if line_here => (look.glyphs.pick("╌", "~"), Role::Dim),
                0 if limit_here => (look.glyphs.pick("·", "."), Role::Line),
                0 => (" ", Role::Text),
                _ if value > self.limit => (look.glyphs.bar(eighths), Role::Bad),
                _ => (look.glyphs.bar(eighths), Role::Good),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::{Depth, Glyphs, Theme};

    #[test]
    fn what_is_and_what_would_be_are_told_apart() {
        let look =
            Look { theme: Theme::named("dark", Depth::True).expect("dark"), glyphs: Glyphs::Ascii, depth: Depth::True };
        let chart = Chart { filled: &[50.0, 100.0, 0.0], line: &[150.0, 0.0, 40.0], limit: 100.0 };
        let rows: Vec<String> =
            chart.rows(&look, 3, 10, 20).iter().map(|row| row.to_string().trim_end().to_owned()).collect();
        assert_eq!(rows, ["      150 ~", "100 limit .#.", "       50 ##~"]);
    }
}
