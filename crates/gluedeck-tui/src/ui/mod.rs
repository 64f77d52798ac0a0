//! The reusable pieces of the screen: themes, text that is safe to show, glyphs, rows, inputs, popups.

pub mod boxes;
pub mod chart;
pub mod chrome;
pub mod color;
pub mod editor;
pub mod gantt;
pub mod glyphs;
pub mod graph;
pub mod grid;
pub mod hits;
pub mod input;
pub mod lanes;
pub mod popup;
pub mod row;
pub mod scroll;
pub mod selection;
pub mod svg;
pub mod text;
pub mod theme;

pub use color::Depth;
pub use editor::Editor;
pub use glyphs::Glyphs;
pub use hits::{Hit, Hits};
pub use input::{FilterLine, LineInput};
pub use row::Row;
pub use scroll::Scroll;
pub use selection::Selection;
pub use theme::{Role, Theme, ThemeError};

/// What a screen is drawn on.
pub use ratatui::{Frame, layout::Rect, text::Line};

/// How things look: the theme, the glyphs, and the colors that the terminal has. Views take it with what they draw.
#[derive(Debug, Clone)]
pub struct Look {
    pub theme: Theme,
    pub glyphs: Glyphs,
    pub depth: Depth,
}

impl Look {
    /// The style of a text on the background of the selection.
    pub fn selected(&self, role: Role) -> ratatui::style::Style {
        let (style, selection) = (self.theme.style(role), self.theme.style(Role::Selection));
        match selection.add_modifier.contains(ratatui::style::Modifier::REVERSED) {
            // Reversed, every color would be a block of its own.
            true => ratatui::style::Style { fg: None, bg: None, ..style }.patch(selection),
            false => style.patch(ratatui::style::Style { fg: None, ..selection }),
        }
    }
}
