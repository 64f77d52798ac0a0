//! The palette: a line in which a command is typed.

use crate::flow::{Code, Key};
use crate::ui::LineInput;
use crate::ui::input::Typed;
use crate::ui::scroll::moved;

/// What is being typed.
#[derive(Debug, Default)]
pub struct Palette {
    pub input: LineInput,
    /// The selected one of the suggestions.
    pub selected: usize,
}

/// A way to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What the line becomes.
    pub line: String,
    /// What it does, in words.
    pub help: String,
    /// The keys that do the same.
    pub keys: String,
}

/// What a key does to the palette.
#[derive(Debug, PartialEq)]
pub enum Pressed {
    Open,
    Closed,
    /// The line is to be carried out.
    Run(String),
}

impl Palette {
    /// A palette that begins with a text.
    pub fn with(text: &str) -> Self {
        Self { input: LineInput { text: text.to_owned() }, selected: 0 }
    }

    /// Takes a key.
    pub fn key(&mut self, key: Key, suggestions: &[Suggestion]) -> Pressed {
        match key.code {
            Code::Down | Code::BackTab => self.selected = moved(self.selected, 1, suggestions.len()),
            Code::Up => self.selected = moved(self.selected, -1, suggestions.len()),
            Code::Tab => {
                if let Some(suggestion) = suggestions.get(self.selected) {
                    self.input.text = suggestion.line.clone();
                    self.selected = 0;
                }
            }
            Code::Char('c') if key.ctrl => return Pressed::Closed,
            _ => match self.input.key(key) {
                Typed::Accepted => return Pressed::Run(self.line(suggestions)),
                Typed::Left => return Pressed::Closed,
                Typed::Changed => self.selected = 0,
                Typed::Ignored => {}
            },
        }
        Pressed::Open
    }

    /// What enter carries out: the line if it says something, else the selected suggestion.
    fn line(&self, suggestions: &[Suggestion]) -> String {
        let typed = self.input.text.trim();
        let chosen = suggestions.get(self.selected);
        let exact = suggestions.iter().any(|suggestion| suggestion.line.trim() == typed);
        match chosen {
            Some(chosen) if self.selected > 0 || !exact => chosen.line.trim().to_owned(),
            _ => typed.to_owned(),
        }
    }
}
