//! Text over the screen: a resource as the service describes it, a run's properties.

use crate::flow::Load;
use crate::ui::scroll::TextScroll;

/// A text, when it has come.
#[derive(Debug)]
pub struct TextPage {
    pub title: String,
    /// What a file with it is called, without its ending.
    pub name: String,
    pub text: Load<String>,
    pub scroll: TextScroll,
}

impl TextPage {
    /// A page whose text is on its way.
    pub fn asked(title: String, name: String) -> Self {
        Self { title, name, text: Load::Loading, scroll: TextScroll::default() }
    }
}
