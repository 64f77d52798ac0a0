//! A one-line text input.

use super::text::clean;
use crate::flow::{Code, Key};

/// Text that is being typed, with the cursor at its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineInput {
    pub text: String,
}

/// What a key did to an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    Changed,
    Accepted,
    Left,
    Ignored,
}

impl LineInput {
    /// Takes a key.
    pub fn key(&mut self, key: Key) -> Typed {
        match key.code {
            Code::Enter => Typed::Accepted,
            Code::Escape => Typed::Left,
            Code::Backspace => self.edit(|text| {
                text.pop();
            }),
            Code::Char('u') if key.ctrl => self.edit(String::clear),
            Code::Char('w') if key.ctrl => self.edit(|text| {
                let kept = text.trim_end().rfind(' ').map_or(0, |space| space + 1);
                text.truncate(kept);
            }),
            _ => match key.typed() {
                Some(letter) => self.edit(|text| text.push(letter)),
                None => Typed::Ignored,
            },
        }
    }

    /// Takes pasted text as text: line breaks become spaces.
    pub fn paste(&mut self, text: &str) {
        self.text.push_str(&clean(text));
    }

    fn edit(&mut self, edit: impl FnOnce(&mut String)) -> Typed {
        edit(&mut self.text);
        Typed::Changed
    }
}
