//! Glyphs for states: one cell wide each, with an ASCII twin for terminals and fonts that need it.

use super::theme::Role;
use gluedeck_core::analysis::{CellState, Outcome};
use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthStr;

/// The glyph set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Glyphs {
    #[default]
    Unicode,
    Ascii,
}

impl Glyphs {
    /// A cell's glyph and role.
    pub fn cell(self, state: &CellState) -> (&'static str, Role) {
        let (unicode, ascii, role) = match state {
            CellState::Waiting | CellState::NotReached => ("·", ".", Role::Dim),
            CellState::Off => ("⊘", "-", Role::Off),
            CellState::Held => ("◌", "o", Role::Warning),
            CellState::Starting => ("▷", ">", Role::Running),
            CellState::Running => ("▶", ">", Role::Running),
            CellState::Stopping => ("◇", "s", Role::Warning),
            CellState::Succeeded => ("✔", "+", Role::Good),
            CellState::Failed => ("✖", "X", Role::Bad),
            CellState::TimedOut => ("⊗", "T", Role::Bad),
            CellState::Stopped => ("■", "S", Role::Warning),
            CellState::Unknown => ("?", "?", Role::Dim),
        };
        (self.pick(unicode, ascii), role)
    }

    /// An outcome's glyph and role.
    pub fn outcome(self, outcome: Outcome) -> (&'static str, Role) {
        let (unicode, ascii, role) = match outcome {
            Outcome::Failed => ("✖", "X", Role::Bad),
            Outcome::Running => ("▶", ">", Role::Running),
            Outcome::Succeeded => ("✔", "+", Role::Good),
            Outcome::Stopped => ("■", "S", Role::Warning),
            Outcome::Partial => ("◐", "%", Role::Warning),
            Outcome::NeverRan => ("○", "o", Role::Dim),
            Outcome::Unknown => ("?", "?", Role::Warning),
        };
        (self.pick(unicode, ascii), role)
    }

    /// The glyph of a workflow whose schedule is off.
    /// Something differs from the pipeline's file.
    pub fn drift(self) -> &'static str {
        self.pick("≠", "=")
    }

    pub fn off(self) -> &'static str {
        self.pick("⊘", "-")
    }

    /// The sign of what is marked or chosen.
    pub fn mark(self) -> &'static str {
        self.pick("●", "*")
    }

    /// A bar of `level` out of 8.
    pub fn bar(self, level: usize) -> &'static str {
        const UNICODE: [&str; 9] = ["·", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
        const ASCII: [&str; 9] = [".", "_", "_", "-", "-", "=", "=", "#", "#"];
        let level = level.min(8);
        self.pick(UNICODE[level], ASCII[level])
    }

    /// One of two twins.
    pub fn pick(self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self == Self::Ascii { ascii } else { unicode }
    }
}

/// Puts ASCII in place of everything else on a frame, cell for cell, for terminals and locales that have nothing more:
/// frames, marks and dots by what looks like them, text from elsewhere by `?`.
pub fn to_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if cell.symbol().is_ascii() {
            continue;
        }
        let symbol = cell.symbol();
        let wide = symbol.width() > 1;
        let twin = match symbol {
            "·" => ".",
            "…" => "~",
            "—" | "–" | "─" | "━" | "╌" | "┄" | "▁" => "-",
            "│" | "┃" | "▏" | "▌" | "▐" | "╎" => "|",
            "┌" | "┐" | "└" | "┘" | "├" | "┤" | "┬" | "┴" | "┼" | "╭" | "╮" | "╰" | "╯" => {
                "+"
            }
            "×" => "x",
            "‹" | "◀" | "←" | "◂" => "<",
            "›" | "▶" | "▷" | "→" | "▸" => ">",
            "↑" | "▲" => "^",
            "↓" | "▼" | "▾" => "v",
            "█" | "▇" | "▆" | "▅" | "▄" | "▃" | "▂" | "▀" | "■" => "#",
            "✔" => "+",
            "✖" => "X",
            "≥" => ">",
            "≤" => "<",
            "±" => "~",
            _ if wide => "??",
            _ => "?",
        };
        cell.set_symbol(twin);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn every_glyph_is_one_cell_wide() {
        let states = [
            CellState::Waiting,
            CellState::Off,
            CellState::Held,
            CellState::Starting,
            CellState::Running,
            CellState::Stopping,
            CellState::Succeeded,
            CellState::Failed,
            CellState::TimedOut,
            CellState::Stopped,
        ];
        for set in [Glyphs::Unicode, Glyphs::Ascii] {
            for state in &states {
                assert_eq!(set.cell(state).0.width(), 1, "{state:?}");
            }
            for level in 0..=8 {
                assert_eq!(set.bar(level).width(), 1);
            }
            assert!(set == Glyphs::Unicode || states.iter().all(|state| set.cell(state).0.is_ascii()));
        }
    }
}
