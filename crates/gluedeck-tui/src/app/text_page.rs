//! Text over the screen: a resource as the service describes it, a run's properties.

use crate::flow::Load;
use crate::ui::scroll::moved;

/// A text, when it has come.
#[derive(Debug)]
pub struct TextPage {
    pub title: String,
    /// What a file with it is called, without its ending.
    pub name: String,
    pub text: Load<String>,
    pub top: usize,
}

impl TextPage {
    /// A page whose text is on its way.
    pub fn asked(title: String, name: String) -> Self {
        Self { title, name, text: Load::Loading, top: 0 }
    }

    /// Moves by lines.
    pub fn scroll(&mut self, step: isize) {
        let lines = self.text.value().map_or(0, |text| text.lines().count());
        self.top = moved(self.top, step, lines);
    }
}
