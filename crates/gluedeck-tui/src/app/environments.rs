//! The environments of the configuration, each with a model of its own, of which one is on the screen; or all
//! are on one board, and then one is in the environment of the row that is selected.

use super::model::Model;
use super::update::update;
use crate::flow::effect::Destination;
use crate::flow::regions::is_region;
use crate::flow::{Context, Effect, Key, Msg, Route, Slot};
use crate::ui::scroll::moved;
use gluedeck_core::analysis::stagger::driver::Driver;
use gluedeck_core::analysis::triage::Environment;

/// All environments. Effects are of the environment of that number.
#[derive(Debug)]
pub struct Environments {
    pub models: Vec<Model>,
    /// The one that is on the screen.
    pub at: usize,
    /// Whether all are on the board.
    pub everywhere: bool,
}

impl Environments {
    /// A set of models, of which one is on the screen.
    pub fn new(mut models: Vec<Model>, at: usize) -> Self {
        let names: Vec<String> = models.iter().map(|model| model.context.session.environment.clone()).collect();
        let known: Vec<Environment> =
            models.iter().flat_map(|model| model.screens.triage.environments.clone()).collect();
        for model in &mut models {
            model.environments.clone_from(&names);
            model.screens.triage.environments.clone_from(&known);
        }
        Self { models, at, everywhere: false }
    }

    /// The model that is on the screen.
    pub fn model(&self) -> &Model {
        &self.models[self.at]
    }

    /// The environments that are active: the one on the screen, those that change something, or all.
    pub fn active(&self) -> Vec<usize> {
        (0..self.models.len()).filter(|n| self.everywhere || *n == self.at || self.models[*n].is_busy()).collect()
    }

    /// Something happened to the user's side: keys, paste, mouse, size.
    pub fn update(&mut self, msg: Msg) -> Vec<(usize, Effect)> {
        if let Msg::Resize { width, height } = msg {
            for model in &mut self.models {
                model.context.size = (width, height);
            }
        }
        if let Msg::Click { column, row } = msg {
            self.follow_click(column, row);
        }
        let at = self.at;
        let effects = match msg {
            Msg::Key(key) if self.moves(key) => Vec::new(),
            msg => update(&mut self.models[at], msg),
        };
        self.sort_out(at, effects)
    }

    /// Something happened to an environment: time, a reply, a file.
    pub fn update_one(&mut self, environment: usize, msg: Msg) -> Vec<(usize, Effect)> {
        let Some(model) = self.models.get_mut(environment) else { return Vec::new() };
        let effects = update(model, msg);
        self.sort_out(environment, effects)
    }

    /// Effects that are the set's own are done here.
    fn sort_out(&mut self, environment: usize, effects: Vec<Effect>) -> Vec<(usize, Effect)> {
        let mut rest = Vec::new();
        for effect in effects {
            match effect {
                Effect::Environment(Destination::WithAlert { name, text }) => {
                    self.go(Destination::Named(name));
                    rest.extend(self.update(Msg::Paste(text)));
                }
                // One that is not there yet is the shell's to open.
                Effect::Environment(destination @ (Destination::Profile(_) | Destination::Region(_))) => {
                    match self.named(&self.name_of(&destination)) {
                        Some(to) if self.has_region(to) => self.arrive(to),
                        _ => rest.push((environment, Effect::Environment(destination))),
                    }
                }
                Effect::Environment(destination) => self.go(destination),
                // What is told of another environment says which.
                Effect::Notify(text) if environment != self.at => {
                    let name = self.models[environment].context.session.environment.clone();
                    let text = format!("{name}: {text}");
                    self.models[self.at].show_notice(text.clone());
                    rest.push((environment, Effect::Notify(text)));
                }
                effect => rest.push((environment, effect)),
            }
        }
        rest
    }

    /// The environment of this name.
    fn named(&self, name: &str) -> Option<usize> {
        self.models.iter().position(|model| model.context.session.environment == name)
    }

    /// What the environment of a profile is called, or the one on the screen in another Region.
    pub fn name_of(&self, destination: &Destination) -> String {
        let own = self.model().context.session.environment.as_str();
        match destination {
            // It gets the Region that it lacks, and stays what it is.
            Destination::Region(_) if !self.has_region(self.at) => own.to_owned(),
            Destination::Region(region) => {
                let base = own.rsplit_once(' ').filter(|(_, last)| is_region(last)).map_or(own, |(base, _)| base);
                format!("{base} {region}")
            }
            Destination::Profile(name) | Destination::Named(name) | Destination::WithAlert { name, .. } => name.clone(),
            Destination::Everywhere => own.to_owned(),
        }
    }

    fn has_region(&self, environment: usize) -> bool {
        self.models[environment].context.session.region.is_some()
    }

    /// Adds an environment and goes there, or puts it in the place of one of that name. Its number.
    pub fn open(&mut self, model: Model) -> usize {
        let to = match self.named(&model.context.session.environment) {
            Some(known) => {
                self.models[known] = model;
                known
            }
            None => {
                self.models.push(model);
                self.models.len() - 1
            }
        };
        let fresh = Self::new(std::mem::take(&mut self.models), self.at);
        self.models = fresh.models;
        self.arrive(to);
        to
    }

    fn arrive(&mut self, to: usize) {
        if to != self.at {
            self.switch(to);
        }
        let session = &self.models[to].context.session;
        let region = session.region.as_deref().map(|region| format!(", {region}")).unwrap_or_default();
        let text = format!("Switched to {}{region}", session.environment);
        self.models[to].show_notice(text);
    }

    fn go(&mut self, destination: Destination) {
        match destination {
            // The shell opens them.
            Destination::Profile(_) | Destination::Region(_) => {}
            Destination::Everywhere if self.models.len() < 2 => {
                self.models[self.at].show_notice("No other environment configured: add [environments.NAME]");
            }
            Destination::Everywhere => {
                self.everywhere = !self.everywhere;
                let text = match self.everywhere {
                    true => "All environments; commands act in the environment of the selected row",
                    false => "This environment only",
                };
                self.models[self.at].show_notice(text);
            }
            Destination::Named(name) | Destination::WithAlert { name, .. } => {
                let found = self.named(&name);
                if let Some(to) = found.filter(|to| *to != self.at) {
                    self.switch(to);
                    self.models[to].show_notice(format!("Switched to {name}"));
                }
            }
        }
    }

    /// Goes to an environment. How things look, and what is seen of the board, goes along; everything else stays as it was
    /// left there.
    fn switch(&mut self, to: usize) {
        let from = std::mem::replace(&mut self.at, to);
        let board = std::mem::take(&mut self.models[from].screens.board);
        let (look, mouse, wall) =
            (self.models[from].look.clone(), self.models[from].mouse, self.models[from].context.moment.wall);
        let model = &mut self.models[to];
        (model.screens.board, model.look, model.mouse) = (board, look, mouse);
        model.screens.board.marked.clear();
        model.context.moment.wall = wall;
        model.overlay = None;
    }

    /// The contexts of all places on the board, in the order of the configuration.
    pub(super) fn places(&self) -> Vec<&Context> {
        match self.everywhere && self.model().route == Route::Board {
            true => self.models.iter().map(|model| &model.context).collect(),
            false => vec![&self.model().context],
        }
    }

    /// With all on one board a key that moves the selection moves it over all rows; true if it was such a key.
    fn moves(&mut self, key: Key) -> bool {
        let model = self.model();
        let on_board = self.everywhere && model.route == Route::Board && model.overlay.is_none();
        if !on_board || model.screens.board.filter.is_typing() {
            return false;
        }
        let page = model.screens.board.page();
        let Some(step) = model.keymap.command(model.scope(), key).and_then(|command| command.step(page)) else {
            return false;
        };
        let places = self.places();
        let lines = model.screens.board.lines_of(&places);
        let to = moved(model.screens.board.index(&lines, &model.context), step, lines.len());
        self.select(to);
        true
    }

    fn follow_click(&mut self, column: u16, row: u16) {
        let model = self.model();
        if !self.everywhere || model.route != Route::Board || model.overlay.is_some() {
            return;
        }
        let Some(crate::ui::Hit::Row(line)) = model.hits.at(column, row) else { return };
        let top = model.screens.board.top();
        self.select(top + line);
        // The row is selected; the model would take it for one of its own.
        self.models[self.at].hits.clear();
    }

    /// Selects the row of this number, and goes to its environment.
    fn select(&mut self, index: usize) {
        let places = self.places();
        let lines = self.model().screens.board.lines_of(&places);
        let Some(line) = lines.get(index) else { return };
        let id = line.id();
        let place = line.row().map(|row| row.context);
        let of = |model: &Model| place.is_some_and(|place| std::ptr::eq(&model.context, place));
        let to = self.models.iter().position(of).unwrap_or(self.at);
        if to != self.at {
            let marked = self.models[self.at].screens.board.marked.len();
            self.switch(to);
            if marked > 0 {
                self.models[to].show_notice(format!("{marked} marks in the other environment cleared"));
            }
        }
        self.models[to].screens.board.select(id);
    }

    /// Whether something on the screen moves by itself.
    pub fn is_animated(&self) -> bool {
        self.active().into_iter().any(|n| self.models[n].is_animated())
    }
}

impl Model {
    /// Whether something that was begun goes on although another environment is on the screen.
    fn is_busy(&self) -> bool {
        self.slots.contains_key(&Slot::Change)
            || !self.changes.is_empty()
            || self.screens.athena.is_running()
            || !self.followed.is_empty()
            || self.context.rollout.as_ref().is_some_and(Driver::is_active)
    }
}
