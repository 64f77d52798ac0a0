//! The confirmation: where, what, at what cost; what can be edited before; and the two buttons. It has Cancel in focus
//! and takes no key that comes too early.

use crate::flow::form::{FieldKind, edited, typed, writes_file};
use crate::flow::{Code, Dialog, Key};
use crate::ui::input::LineInput;
use crate::ui::text;
use gluedeck_core::domain::policy::{Rule, phrase};
use std::time::Duration;

/// Keys that come sooner after a confirmation opened were meant for what was there before; only to cancel is never wrong.
const SETTLE: Duration = Duration::from_millis(350);

/// The dialog of a change before it is sent, with what is typed into it and where the focus is.
#[derive(Debug)]
pub struct Confirm {
    pub dialog: Dialog,
    pub focus: Focus,
    pub opened: Duration,
    /// Why the verb was not taken.
    pub complaint: Option<String>,
}

/// What has the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    Field(usize),
    Cancel,
    Verb,
}

/// What a key decided.
#[derive(Debug, PartialEq, Eq)]
pub enum Decision {
    Open,
    Cancelled,
    Confirmed,
}

impl Confirm {
    /// A confirmation that opens now. Where the policy allows the changes, the verb has the focus.
    pub fn new(dialog: Dialog, rule: Rule, opened: Duration) -> Self {
        let allowed = rule == Rule::Allow && !dialog.plan.changes.is_empty();
        let focus = if allowed { Focus::Verb } else { Focus::Cancel };
        Self { dialog, focus, opened, complaint: None }
    }

    /// Takes a key. Only enter on the verb confirms, and only once the dialog has stood for a moment.
    pub fn key(&mut self, key: Key, wall: Duration) -> Decision {
        let in_field = matches!(self.focus, Focus::Field(_));
        match key.code {
            Code::Escape => return Decision::Cancelled,
            Code::Char('c') if key.ctrl => return Decision::Cancelled,
            Code::Char('q') if !in_field => return Decision::Cancelled,
            _ if wall.saturating_sub(self.opened) < SETTLE => {}
            Code::Tab | Code::Down => self.focus = self.moved(1),
            Code::BackTab | Code::Up => self.focus = self.moved(-1),
            Code::Left | Code::Right if !in_field => {
                self.focus = if self.focus == Focus::Cancel { Focus::Verb } else { Focus::Cancel };
            }
            Code::Enter => return self.enter(),
            _ => {
                if let Focus::Field(n) = self.focus {
                    let field = &mut self.dialog.fields[n];
                    let mut input = LineInput { text: std::mem::take(&mut field.text) };
                    input.key(key);
                    field.text = input.text;
                    self.complaint = None;
                }
            }
        }
        Decision::Open
    }

    /// Takes pasted text as the text of a field; what confirms is typed, or nothing.
    pub fn paste(&mut self, pasted: &str) {
        if let Focus::Field(n) = self.focus
            && self.dialog.fields[n].kind != FieldKind::Phrase
        {
            self.dialog.fields[n].text.push_str(&text::typed(pasted));
        }
    }

    fn enter(&mut self) -> Decision {
        match self.focus {
            Focus::Field(_) => self.focus = self.moved(1),
            Focus::Cancel => return Decision::Cancelled,
            Focus::Verb => {
                let changes = &self.dialog.plan.changes;
                let wanted = phrase(changes);
                self.complaint = match (typed(&self.dialog.fields), edited(changes.clone(), &self.dialog.fields)) {
                    (Some(text), _) if text != wanted => Some(format!("type {wanted} first")),
                    (_, Err(why)) => Some(why.to_string()),
                    _ if let Err(why) = writes_file(&self.dialog.fields) => Some(why.to_string()),
                    _ => return Decision::Confirmed,
                };
            }
        }
        Decision::Open
    }

    /// Fields, Cancel, verb, and round again.
    fn moved(&self, step: isize) -> Focus {
        let fields = self.dialog.fields.len();
        let now = match self.focus {
            Focus::Field(n) => n,
            Focus::Cancel => fields,
            Focus::Verb => fields + 1,
        };
        match (now as isize + step).rem_euclid(fields as isize + 2) as usize {
            n if n < fields => Focus::Field(n),
            n if n == fields => Focus::Cancel,
            _ => Focus::Verb,
        }
    }
}
