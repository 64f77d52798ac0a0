//! What every screen is.

use crate::flow::{Action, Command, Context, Key, Route, Scope, Slot};
use crate::ui::{Frame, Hits, Line, Look, Rect, Scroll};
use gluedeck_core::domain::{Pipeline, PipelineId};

/// What a screen is drawn with.
#[derive(Debug, Clone, Copy)]
pub struct View<'v> {
    /// The environment that the user is in.
    pub context: &'v Context,
    /// The environments that are shown together.
    pub all: &'v [&'v Context],
    pub look: &'v Look,
    /// What is drawn where, for clicks.
    pub hits: &'v Hits,
}

/// A screen: its state, what it does with keys, and how it is drawn. Only `draw` and `scope` have to be written for a
/// screen that shows something.
pub trait Screen {
    /// Where its keys are looked up.
    fn scope(&self) -> Scope;

    /// Draws it, and returns the line below it.
    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: View<'_>) -> Line<'static>;

    /// The commands that fit what is selected: they come first in the line of keys.
    fn first_hints(&self, context: &Context) -> Vec<Command> {
        let _ = context;
        Vec::new()
    }

    /// Which rows of its list are on the screen.
    fn scroll(&self) -> Option<Scroll> {
        None
    }

    /// Carries out a command.
    fn update(&mut self, command: Command, context: &Context) -> Vec<Action> {
        let _ = (command, context);
        Vec::new()
    }

    /// It is on the screen from now on.
    fn enter(&mut self, route: &Route, context: &Context) -> Vec<Action> {
        let _ = (route, context);
        Vec::new()
    }

    /// What is to be read by now, while it is on the screen. `free` tells whether nothing is under way in a slot.
    fn due(&mut self, context: &Context, free: &dyn Fn(&Slot) -> bool) -> Vec<Action> {
        let _ = (context, free);
        Vec::new()
    }

    /// Everything is to be read again.
    fn refresh(&mut self) {}

    /// Closes what was opened last, or removes what hides rows; none if there is nothing like that.
    fn back(&mut self, context: &Context) -> Option<Vec<Action>> {
        let _ = context;
        None
    }

    /// Whether a line is being typed in place of the line below the screen.
    fn is_typing(&self) -> bool {
        false
    }

    /// Takes a key before it is looked up as a command; none if it is not for this.
    fn intercept(&mut self, key: Key, context: &Context) -> Option<Vec<Action>> {
        let _ = (key, context);
        None
    }

    /// Takes a key that is no command, as text.
    fn text_key(&mut self, key: Key, context: &Context) -> Vec<Action> {
        let _ = (key, context);
        Vec::new()
    }

    /// Takes pasted text; none if it takes no text now.
    fn paste(&mut self, text: &str) -> Option<Vec<Action>> {
        let _ = text;
        None
    }

    /// Selects the row that was clicked on, counted from the first that is shown; true if it was selected before.
    fn click(&mut self, line: usize, context: &Context) -> bool {
        let _ = (line, context);
        false
    }

    /// Whether something on it moves by itself, so that time has to be told more often.
    fn is_animated(&self, context: &Context) -> bool {
        let _ = context;
        false
    }

    /// The workflow that it is about, which is then read first.
    fn about(&self) -> Option<&PipelineId> {
        None
    }

    /// The workflows that it lists, for saving it as JSON.
    fn pipelines(&self, context: &Context) -> Option<Vec<Pipeline>> {
        let _ = context;
        None
    }
}
