//! A row of styled text that is built from the left, and knows how much room is left.

use super::Look;
use super::text;
use super::theme::Role;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

/// A line under construction.
#[derive(Debug)]
pub struct Row<'a> {
    look: &'a Look,
    spans: Vec<Span<'static>>,
    used: usize,
    width: usize,
    /// Whether there was more than there is room for.
    dropped: bool,
}

impl<'a> Row<'a> {
    /// A row of `width` cells.
    pub fn new(look: &'a Look, width: usize) -> Self {
        Self { look, spans: Vec::new(), used: 0, width, dropped: false }
    }

    /// Cells that are left.
    pub fn left(&self) -> usize {
        self.width.saturating_sub(self.used)
    }

    /// Adds text, cut to what is left. The text must be clean.
    pub fn text(&mut self, role: Role, value: &str) -> &mut Self {
        self.styled(self.look.theme.style(role), value)
    }

    /// Adds text in exactly `cells` cells.
    pub fn cell(&mut self, role: Role, value: &str, cells: usize) -> &mut Self {
        self.text(role, &text::fit(value, cells))
    }

    /// Adds text in exactly `cells` cells, aligned to the right.
    pub fn right(&mut self, role: Role, value: &str, cells: usize) -> &mut Self {
        self.text(role, &text::fit_right(value, cells))
    }

    /// Adds blanks.
    pub fn gap(&mut self, cells: usize) -> &mut Self {
        self.text(Role::Text, &" ".repeat(cells.min(self.left())))
    }

    /// Adds blanks up to a column; nothing if the row is already there.
    pub fn to(&mut self, column: usize) -> &mut Self {
        self.gap(column.saturating_sub(self.used))
    }

    /// Adds text in a style of its own.
    pub fn styled(&mut self, style: Style, value: &str) -> &mut Self {
        self.dropped |= self.left() == 0 && !value.trim().is_empty();
        let value = text::cut(value, self.left());
        self.used += text::width(&value);
        // The background is the row's, unless the style brings one.
        let base = self.look.theme.style(Role::Text);
        let style = if style.bg == base.bg { Style { bg: None, ..style } } else { style };
        self.spans.push(Span::styled(value, style));
        self
    }

    /// The finished line. What was left out altogether is told by its last cell.
    pub fn line(&mut self) -> Line<'static> {
        if std::mem::take(&mut self.dropped)
            && let Some(last) = self.spans.iter_mut().rfind(|span| !span.content.is_empty())
            && !last.content.ends_with('…')
        {
            last.content = text::cut(&format!("{}…", last.content), text::width(&last.content)).into();
        }
        Line::from(std::mem::take(&mut self.spans))
    }

    /// The finished line on the background of the selection, over the whole width.
    pub fn selected(&mut self) -> Line<'static> {
        self.gap(self.left());
        let style = self.look.theme.style(Role::Selection);
        if style.add_modifier.contains(Modifier::REVERSED) {
            // Reversed, every color would be a block of its own.
            for span in &mut self.spans {
                span.style = Style { fg: None, bg: None, ..span.style };
            }
        }
        self.line().style(style)
    }
}
