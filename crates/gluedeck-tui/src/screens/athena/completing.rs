//! The list of completions at the cursor.

use crate::flow::Context;
use crate::ui::Editor;
use crate::ui::scroll::moved;
use gluedeck_core::analysis::sql::complete::{Completion, complete};

/// What is offered.
#[derive(Debug, Default)]
pub(super) struct Completing {
    pub completion: Completion,
    pub selected: usize,
}

impl Completing {
    /// What is offered at the cursor; nothing if nothing fits. Unasked, only a word that has begun is completed, or what
    /// stands behind a dot.
    pub(super) fn at(editor: &Editor, database: Option<&str>, context: &Context, asked: bool) -> Option<Self> {
        let (text, cursor) = (editor.text(), editor.cursor());
        let before = text[..cursor].chars().next_back();
        let begun = before.is_some_and(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '"'));
        if !asked && !begun {
            return None;
        }
        let completion = complete(&text, cursor, database, &context.catalog.databases);
        (!completion.items.is_empty()).then_some(Self { completion, selected: 0 })
    }

    /// Selects another one.
    pub(super) fn go(&mut self, step: isize) {
        self.selected = moved(self.selected, step, self.completion.items.len());
    }

    /// Puts the selected one into the text.
    pub(super) fn accept(&self, editor: &mut Editor) {
        if let Some(item) = self.completion.items.get(self.selected) {
            editor.replace(self.completion.from..editor.cursor(), &item.text);
        }
    }
}
