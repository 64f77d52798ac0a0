//! Commands that are the same on every screen; the others go to the screen that the user is on.

use super::actions::{apply, back, go};
use super::confirmed::leave;
use super::model::Model;
use super::overlay::Overlay;
use super::palette::Palette;
use super::reading;
use super::reports::write_incident;
use crate::flow::effect::Destination;
use crate::flow::{Command, Effect, Route};
use crate::ui::scroll::TextScroll;

/// Looks into the alerts of a text, if it has any. Nothing is started by it.
pub(super) fn look_into(model: &mut Model, text: &str) -> Vec<Effect> {
    match model.screens.triage.look_into_text(text, &model.context) {
        Ok(actions) => {
            model.overlay = None;
            let mut effects = go(model, Route::Triage);
            effects.extend(apply(model, actions));
            effects
        }
        Err(why) => {
            model.show_notice(why.to_string());
            Vec::new()
        }
    }
}

/// Does what a command asks for: here what is the same on every screen, the rest on the screen that is open.
pub(super) fn carry_out(model: &mut Model, command: Command) -> Vec<Effect> {
    match command {
        Command::Help => model.overlay = Some(Overlay::Help(TextScroll::default())),
        Command::Errors => model.overlay = Some(Overlay::Errors(TextScroll::default())),
        Command::Everywhere => return vec![Effect::Environment(Destination::Everywhere)],
        Command::Mouse => {
            model.mouse = !model.mouse;
            model.show_notice(match model.mouse {
                true => "Mouse on: click and wheel work here; shift selects text",
                false => "Mouse off: the terminal selects text",
            });
            return vec![Effect::Mouse(model.mouse)];
        }
        Command::Palette => model.overlay = Some(Overlay::Palette(Palette::default())),
        Command::SaveView => model.overlay = Some(Overlay::Palette(Palette::with("save "))),
        Command::Themes => choose_theme(model),
        Command::Environments => choose_environment(model),
        Command::Capacity => model.overlay = Some(Overlay::Capacity(0)),
        Command::Drift => model.overlay = Some(Overlay::Drift(0)),
        Command::Quit => return leave(model),
        Command::Close if model.route == Route::Board => return leave(model),
        Command::Close => return back(model),
        Command::Incident => return write_incident(model, true),
        Command::Refresh => {
            model.screen_mut().0.refresh();
            let actions = reading::now(model);
            return apply(model, actions);
        }
        Command::Back => return back(model),
        Command::Go(tab) => return go(model, tab.into()),
        command => {
            let (screen, context) = model.screen_mut();
            let actions = screen.update(command, context);
            return apply(model, actions);
        }
    }
    Vec::new()
}

/// Opens the list of themes.
fn choose_theme(model: &mut Model) {
    let selected = model.themes.iter().position(|theme| theme.name == model.look.theme.name).unwrap_or(0);
    let before = Box::new(model.look.theme.clone());
    model.overlay = Some(Overlay::Themes { selected, before });
}

/// Opens the list of places to go to.
fn choose_environment(model: &mut Model) {
    let own = &model.context.session.environment;
    let selected = model.environments.iter().position(|name| name == own).unwrap_or(0);
    model.overlay = Some(Overlay::Environments(selected));
}
