//! Popups: a box in the middle of the screen, over what was there.

use super::Look;
use super::theme::Role;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Clear, Paragraph};

/// The area of a popup for content of a size, in the middle of `area` and inside it.
pub fn area(area: Rect, width: u16, height: u16) -> Rect {
    let width = width.saturating_add(4).min(area.width);
    let height = height.saturating_add(2).min(area.height);
    let x = area.x + (area.width - width) / 2;
    let y = area.y + (area.height - height) / 2;
    Rect { x, y, width, height }
}

/// Draws a popup with a title. `role` colors the border.
pub fn draw(frame: &mut Frame<'_>, area: Rect, look: &Look, title: &str, role: Role, lines: Vec<Line<'static>>) {
    draw_part(frame, area, look, title, (role, None), lines);
}

/// The same, with what of a longer list or text it shows.
pub fn draw_part(
    frame: &mut Frame<'_>,
    area: Rect,
    look: &Look,
    title: &str,
    (role, position): (Role, Option<String>),
    lines: Vec<Line<'static>>,
) {
    frame.render_widget(Clear, area);
    let border = if look.glyphs == super::Glyphs::Ascii { BorderType::Plain } else { BorderType::Rounded };
    let block = Block::bordered()
        .border_type(border)
        .border_style(look.theme.style(role))
        .title(format!(" {title} "))
        .title_style(look.theme.style(Role::Strong))
        .style(look.theme.style(Role::Text))
        .title_bottom(Line::from(position.map(|text| format!(" {text} ")).unwrap_or_default()).right_aligned())
        .padding(ratatui::widgets::Padding::horizontal(1));
    frame.render_widget(Paragraph::new(lines).block(block), area);
}
