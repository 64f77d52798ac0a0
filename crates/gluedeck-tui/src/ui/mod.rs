//! The reusable pieces of the screen: themes, text that is safe to show, glyphs, rows, inputs, popups.

pub mod chart;
pub mod chrome;
pub mod color;
pub mod editor;
pub mod gantt;
pub mod glyphs;
pub mod graph;
pub mod hits;
pub mod input;
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
