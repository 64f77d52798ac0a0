//! From the model to a frame.

use super::environments::Environments;
use super::model::Model;
use super::overlay_view;
use crate::flow::Context;
use crate::screens::View;
use crate::ui::text::{clean, wrap};
use crate::ui::{Glyphs, Role, Row, Scroll, chrome, glyphs};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, Paragraph};

/// Draws everything.
pub fn draw(frame: &mut Frame<'_>, model: &Model) {
    draw_among(frame, model, &[&model.context]);
}

/// Draws the environment that is on the screen.
pub fn draw_environments(frame: &mut Frame<'_>, environments: &Environments) {
    draw_among(frame, environments.model(), &environments.places());
}

/// Draws everything, with all places on the board.
fn draw_among(frame: &mut Frame<'_>, model: &Model, places: &[&Context]) {
    draw_screen(frame, model, places);
    if model.look.glyphs == Glyphs::Ascii {
        glyphs::to_ascii(frame.buffer_mut());
    }
}

fn draw_screen(frame: &mut Frame<'_>, model: &Model, places: &[&Context]) {
    let look = &model.look;
    model.hits.clear();
    frame.render_widget(Block::new().style(look.theme.style(Role::Text)), frame.area());
    let screen = frame.area();
    if screen.width < chrome::MIN_TERMINAL_SIZE.0 || screen.height < chrome::MIN_TERMINAL_SIZE.1 {
        return draw_too_small(frame, model);
    }
    let first = model.screen().first_hints(&model.context);
    let place = chrome::ChromeContext {
        route: &model.route,
        scope: model.scope(),
        keymap: &model.keymap,
        hits: &model.hits,
        first: &first,
    };
    let (body, line) = chrome::draw(frame, &model.context, look, place);
    let cells = line.width as usize;
    let view = View { context: &model.context, all: places, look, hits: &model.hits };
    let context_line = model.screen().draw(frame, body, view);
    if let Some(position) = model.screen().scroll().and_then(Scroll::position) {
        chrome::draw_position(frame, line, look, &position);
    }
    frame.render_widget(Paragraph::new(notice(model, cells).unwrap_or(context_line)), line);
    overlay_view::draw(frame, model);
}

/// What was said last takes the place of the context line for a few seconds.
fn notice(model: &Model, cells: usize) -> Option<Line<'static>> {
    // Not of a line that is being typed.
    let (text, _) = model.notice.as_ref().filter(|_| !model.is_typing())?;
    Some(Row::new(&model.look, cells).gap(1).text(Role::Warning, &clean(text)).line())
}

fn draw_too_small(frame: &mut Frame<'_>, model: &Model) {
    let area: Rect = frame.area();
    let (width, height) = chrome::MIN_TERMINAL_SIZE;
    let text = format!(
        "gluedeck needs {width}x{height} cells; this terminal has {}x{}. ctrl-c twice quits.",
        area.width, area.height
    );
    let lines: Vec<_> = wrap(&text, area.width as usize)
        .into_iter()
        .map(|part| Row::new(&model.look, area.width as usize).text(Role::Warning, &part).line())
        .collect();
    frame.render_widget(Paragraph::new(lines), area);
}
