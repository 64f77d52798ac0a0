//! A one-line text input.

use super::text::typed;
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
        self.text.push_str(&typed(text));
    }

    fn edit(&mut self, edit: impl FnOnce(&mut String)) -> Typed {
        edit(&mut self.text);
        Typed::Changed
    }
}

/// The line in which a list's filter is typed. The filter applies while it is typed, and after Enter; Escape ends it.
#[derive(Debug, Clone, Default)]
pub struct FilterLine {
    input: LineInput,
    typing: bool,
}

impl FilterLine {
    /// A filter that is set and not being typed.
    pub fn of(text: String) -> Self {
        Self { input: LineInput { text }, typing: false }
    }

    /// From now on keys go into the line.
    pub fn open(&mut self) {
        self.typing = true;
    }

    /// Whether keys go into the line.
    pub fn is_typing(&self) -> bool {
        self.typing
    }

    /// Takes a key while the filter is typed, and returns whether it did.
    pub fn key(&mut self, key: Key) -> bool {
        if !self.typing {
            return false;
        }
        match self.input.key(key) {
            Typed::Accepted => self.typing = false,
            Typed::Left => *self = Self::default(),
            Typed::Changed | Typed::Ignored => {}
        }
        true
    }

    /// Takes pasted text while the filter is typed, and returns whether it did.
    pub fn paste(&mut self, text: &str) -> bool {
        if self.typing {
            self.input.paste(text);
        }
        self.typing
    }

    /// The text of the filter; empty without one.
    pub fn text(&self) -> &str {
        &self.input.text
    }
}
