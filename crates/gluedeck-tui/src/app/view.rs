//! From the model to a frame.

use super::deck::Deck;
use super::model::Model;
use super::overlay;
use crate::flow::{Context, Route};
use crate::screens::{activity, athena, board, logs, quality, stagger, timeline, triage, workflow};
use crate::ui::text::{clean, wrap};
use crate::ui::{Role, Row, chrome};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, Paragraph};

/// Draws everything.
pub fn draw(frame: &mut Frame<'_>, model: &Model) {
    draw_among(frame, model, &[&model.context]);
}

/// Draws the environment that is on the screen.
pub fn draw_deck(frame: &mut Frame<'_>, deck: &Deck) {
    draw_among(frame, deck.model(), &deck.places());
}

/// Draws everything, with all places on the board.
fn draw_among(frame: &mut Frame<'_>, model: &Model, places: &[&Context]) {
    let look = &model.look;
    model.hits.clear();
    frame.render_widget(Block::new().style(look.theme.style(Role::Text)), frame.area());
    let screen = frame.area();
    if screen.width < chrome::LEAST.0 || screen.height < chrome::LEAST.1 {
        return draw_too_small(frame, model);
    }
    let place = chrome::Place { route: &model.route, scope: model.scope(), keymap: &model.keymap, hits: &model.hits };
    let (body, line) = chrome::draw(frame, &model.context, look, place);
    let cells = line.width as usize;
    let context_line = draw_route(frame, body, model, places, cells);
    frame.render_widget(Paragraph::new(notice(model, cells).unwrap_or(context_line)), line);
    overlay::draw(frame, model);
}

/// Draws the screen that one is on; answers the line under it.
fn draw_route(frame: &mut Frame<'_>, body: Rect, model: &Model, places: &[&Context], cells: usize) -> Line<'static> {
    let (context, look) = (&model.context, &model.look);
    match &model.route {
        Route::Board => {
            let places = board::view::Places { here: context, all: places, watched: &model.watched };
            board::view::draw(frame, body, &model.board, places, look, &model.hits);
            board::view::context_line(&model.board, context, look, cells)
        }
        Route::Workflow(name) => match context.workflow(name) {
            Some(found) => {
                let opened = model.workflow.opened(found);
                workflow::view::draw(frame, body, &model.workflow, &opened, context, look);
                workflow::view::context_line(&model.workflow, &opened, look, cells)
            }
            None => {
                let text = format!("{name} is not in this account and Region any more. esc goes back.");
                frame.render_widget(
                    Paragraph::new(Row::new(look, cells).gap(2).text(Role::Warning, &clean(&text)).line()),
                    body,
                );
                Line::default()
            }
        },
        Route::Timeline => {
            timeline::view::draw(frame, body, &model.timeline, context, look, &model.hits);
            timeline::view::context_line(&model.timeline, context, look, cells)
        }
        Route::Logs => {
            logs::view::draw(frame, body, &model.logs, context, look, &model.hits);
            logs::view::context_line(&model.logs, look, cells)
        }
        Route::Athena => {
            athena::view::draw(frame, body, &model.athena, context, look);
            athena::view::context_line(&model.athena, context, look, cells)
        }
        Route::Stagger => {
            let rollout = model.rollout.as_ref().map(|running| &running.rollout);
            stagger::view::draw(frame, body, &model.stagger, context, rollout, look);
            stagger::view::context_line(&model.stagger, look, cells)
        }
        Route::Quality => {
            quality::view::draw(frame, body, &model.quality, context, look, &model.hits);
            quality::view::context_line(&model.quality, context, look, cells)
        }
        Route::Triage => {
            triage::view::draw(frame, body, &model.triage, context, look, &model.hits);
            triage::view::context_line(&model.triage, context, look, cells)
        }
        Route::Activity => {
            activity::view::draw(frame, body, &model.activity, look);
            activity::view::context_line(&model.activity, look, cells)
        }
    }
}

/// What was said last takes the place of the context line for a few seconds.
fn notice(model: &Model, cells: usize) -> Option<Line<'static>> {
    // Not of a line that is being typed.
    let (text, _) = model.notice.as_ref().filter(|_| !model.is_typing())?;
    Some(Row::new(&model.look, cells).gap(1).text(Role::Warning, &clean(text)).line())
}

fn draw_too_small(frame: &mut Frame<'_>, model: &Model) {
    let area: Rect = frame.area();
    let (width, height) = chrome::LEAST;
    let text =
        format!("gluedeck needs {width}x{height} cells; this terminal has {}x{}. q quits.", area.width, area.height);
    let lines: Vec<_> = wrap(&text, area.width as usize)
        .into_iter()
        .map(|part| Row::new(&model.look, area.width as usize).text(Role::Warning, &part).line())
        .collect();
    frame.render_widget(Paragraph::new(lines), area);
}
