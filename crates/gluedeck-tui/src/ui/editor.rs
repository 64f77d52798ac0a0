//! The SQL editor: a text area for editing, painted here with highlighting, selection, brackets, and the place of an error.

use super::text::{clean, typed};
use super::{Look, Role, Row};
use crate::flow::{Code, Key};
use gluedeck_core::analysis::sql::{TokenKind, tokens};
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui_textarea::{CursorMove, Input, Key as AreaKey, TextArea};
use std::ops::Range;

/// Texts longer than this are edited without colors: Athena takes 262,144 bytes.
const COLORED: usize = 300_000;

/// SQL that is being written.
#[derive(Debug)]
pub struct Editor {
    area: TextArea<'static>,
}

impl Default for Editor {
    fn default() -> Self {
        Self::new("")
    }
}

impl Editor {
    /// An editor with a text, the cursor at its end.
    pub fn new(text: &str) -> Self {
        let mut area = TextArea::new(text.split('\n').map(str::to_owned).collect());
        area.set_max_histories(500);
        area.move_cursor(CursorMove::Bottom);
        area.move_cursor(CursorMove::End);
        Self { area }
    }

    /// The whole text.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Whether there is nothing but blanks.
    pub fn is_blank(&self) -> bool {
        self.area.lines().iter().all(|line| line.trim().is_empty())
    }

    /// The cursor's place in the text, in bytes.
    pub fn cursor(&self) -> usize {
        let cursor = self.area.cursor();
        self.byte((cursor.0, cursor.1))
    }

    /// Puts the cursor at a byte of the text.
    pub fn go_to(&mut self, byte: usize) {
        let mut rest = byte;
        for (row, line) in self.area.lines().iter().enumerate() {
            if rest <= line.len() {
                let column = line.char_indices().take_while(|(at, _)| *at < rest).count();
                return self.area.move_cursor(CursorMove::Jump(row as u16, column as u16));
            }
            rest -= line.len() + 1;
        }
        self.area.move_cursor(CursorMove::Bottom);
        self.area.move_cursor(CursorMove::End);
    }

    /// What is selected, in bytes.
    pub fn selection(&self) -> Option<Range<usize>> {
        let (from, to) = self.area.selection_range()?;
        let range = self.byte(from)..self.byte(to);
        (!range.is_empty()).then_some(range)
    }

    /// Puts a text in the place of a part of it; the cursor stands behind. It can be undone.
    pub fn replace(&mut self, range: Range<usize>, text: &str) {
        self.area.cancel_selection();
        self.go_to(range.start);
        if !range.is_empty() {
            self.area.start_selection();
            self.go_to(range.end);
        }
        self.area.insert_str(text);
    }

    /// Puts a text in the place of what is selected, or at the cursor.
    pub fn replace_selection(&mut self, text: &str) {
        self.area.insert_str(text);
    }

    /// Puts another text in the place of the whole. It can be undone.
    pub fn set_text(&mut self, text: &str) {
        self.area.select_all();
        self.area.insert_str(text);
    }

    fn byte(&self, (row, column): (usize, usize)) -> usize {
        let lines = self.area.lines();
        let before: usize = lines.iter().take(row).map(|line| line.len() + 1).sum();
        let line = lines.get(row).map_or("", String::as_str);
        before + line.char_indices().nth(column).map_or(line.len(), |(at, _)| at)
    }

    /// Takes a key: text, movement, selection with shift, undo (alt-z) and redo (alt-y); ctrl-z
    /// suspends the program. Answers whether the text changed.
    pub fn key(&mut self, key: Key) -> bool {
        let code = match key.code {
            Code::Char('z') if key.alt => return self.area.undo(),
            Code::Char('y') if key.alt => return self.area.redo(),
            Code::Char('a') if key.ctrl => {
                self.area.select_all();
                return false;
            }
            Code::Char(letter) => AreaKey::Char(letter),
            Code::Enter => AreaKey::Enter,
            Code::Backspace => AreaKey::Backspace,
            Code::Delete => AreaKey::Delete,
            Code::Up => AreaKey::Up,
            Code::Down => AreaKey::Down,
            Code::Left => AreaKey::Left,
            Code::Right => AreaKey::Right,
            Code::Home => AreaKey::Home,
            Code::End => AreaKey::End,
            Code::PageUp => AreaKey::PageUp,
            Code::PageDown => AreaKey::PageDown,
            Code::Tab | Code::BackTab | Code::Escape | Code::Function(_) => return false,
        };
        self.area.input(Input { key: code, ctrl: key.ctrl, alt: key.alt, shift: key.shift })
    }

    /// Takes pasted text as text.
    pub fn paste(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let safe: Vec<String> = text.split('\n').map(typed).collect();
        self.area.insert_str(safe.join("\n"));
    }

    /// Where the cursor is drawn within a window of this size: cells from its top left.
    pub fn cursor_cell(&self, width: usize, height: usize) -> (usize, usize) {
        let cursor = self.area.cursor();
        let (top, left) = self.corner(width, height);
        let line = self.area.lines().get(cursor.0).map_or("", String::as_str);
        let before: String = line.chars().take(cursor.1).skip(left).collect();
        (super::text::width(&clean(&before)), cursor.0 - top)
    }

    /// The first line and letter that are shown.
    fn corner(&self, width: usize, height: usize) -> (usize, usize) {
        let cursor = self.area.cursor();
        ((cursor.0 + 1).saturating_sub(height), (cursor.1 + 2).saturating_sub(width))
    }

    /// The lines that fit into `height` rows of `width` cells, with the cursor in sight. `error`: the byte that an error
    /// points at.
    pub fn lines(
        &self,
        look: &Look,
        (width, height): (usize, usize),
        focused: bool,
        error: Option<usize>,
    ) -> Vec<Line<'static>> {
        let (top, mut left) = self.corner(width, height);
        if !focused {
            // One who reads begins at the beginning of the lines.
            left = 0;
        }
        let text = self.text();
        let cursor = focused.then(|| self.cursor());
        let marks = Marks {
            cursor,
            selection: self.selection().unwrap_or(0..0),
            brackets: cursor.and_then(|cursor| brackets(&text, cursor)),
            error,
        };
        let shown: Vec<(usize, &String)> = self.area.lines().iter().enumerate().skip(top).take(height).collect();
        let first: usize = self.area.lines().iter().take(top).map(|line| line.len() + 1).sum();
        let len: usize = shown.iter().map(|(_, line)| line.len() + 1).sum();
        let roles = roles(&text, first..(first + len).min(text.len()));
        let mut from = first;
        let mut lines = Vec::new();
        for (_, line) in shown {
            lines.push(marks.paint(line, from, left, &roles, look, width));
            from += line.len() + 1;
        }
        lines
    }
}

/// The parts of a window of the text with their colors.
fn roles(text: &str, window: Range<usize>) -> Vec<(usize, Role)> {
    if text.len() > COLORED {
        return Vec::new();
    }
    let role = |kind| match kind {
        TokenKind::Keyword => Role::SqlKeyword,
        TokenKind::String => Role::SqlString,
        TokenKind::Number => Role::SqlNumber,
        TokenKind::Comment => Role::Dim,
        TokenKind::Parameter => Role::Key,
        _ => Role::Text,
    };
    let within = tokens(text).skip_while(|token| token.to() <= window.start);
    within.take_while(|token| token.from < window.end).map(|token| (token.to(), role(token.kind))).collect()
}

/// What is marked in the text, in bytes.
struct Marks {
    cursor: Option<usize>,
    selection: Range<usize>,
    brackets: Option<(usize, usize)>,
    error: Option<usize>,
}

impl Marks {
    fn style(&self, byte: usize, role: Role, look: &Look) -> Style {
        let mut style = look.theme.style(role);
        if self.selection.contains(&byte) {
            style = style.patch(look.theme.style(Role::Selection));
        }
        if self.brackets.is_some_and(|(a, b)| byte == a || byte == b) {
            style = style.patch(look.theme.style(Role::Key)).add_modifier(Modifier::BOLD | Modifier::UNDERLINED);
        }
        if self.error == Some(byte) {
            style = style.patch(look.theme.style(Role::Bad)).add_modifier(Modifier::BOLD | Modifier::UNDERLINED);
        }
        if self.cursor == Some(byte) { style.add_modifier(Modifier::REVERSED) } else { style }
    }

    fn paint(
        &self,
        line: &str,
        from: usize,
        left: usize,
        roles: &[(usize, Role)],
        look: &Look,
        width: usize,
    ) -> Line<'static> {
        let mut row = Row::new(look, width);
        let (mut run, mut last) = (String::new(), None);
        for (at, letter) in line.char_indices().skip(left) {
            let byte = from + at;
            let n = roles.partition_point(|(to, _)| *to <= byte);
            let style = self.style(byte, roles.get(n).map_or(Role::Text, |(_, role)| *role), look);
            // Letters of one style stay together, and with them a letter and the marks that combine with it.
            if last.is_some_and(|last| last != style) {
                row.styled(last.unwrap_or_default(), &clean(&std::mem::take(&mut run)));
            }
            last = Some(style);
            run.push(letter);
        }
        row.styled(last.unwrap_or_default(), &clean(&run));
        let end = from + line.len();
        if self.cursor == Some(end) || self.error == Some(end) {
            row.styled(self.style(end, Role::Text, look), " ");
        }
        row.line()
    }
}

/// The bracket at the cursor, or before it, and the one that belongs to it: brackets in strings and comments are none.
fn brackets(text: &str, cursor: usize) -> Option<(usize, usize)> {
    if text.len() > COLORED {
        return None;
    }
    let signs: Vec<(usize, char)> = tokens(text)
        .filter(|token| token.kind == TokenKind::Sign)
        .filter_map(|token| Some((token.from, token.text.chars().next().filter(|sign| "()[]".contains(*sign))?)))
        .collect();
    let here = |at: usize| signs.iter().position(|(place, _)| *place == at);
    let n = here(cursor).or_else(|| here(cursor.checked_sub(1)?))?;
    let (opens, closes) = if "()".contains(signs[n].1) { ('(', ')') } else { ('[', ']') };
    let forward = signs[n].1 == opens;
    let mut depth = 0_i32;
    let ahead: Box<dyn Iterator<Item = &(usize, char)>> =
        if forward { Box::new(signs[n..].iter()) } else { Box::new(signs[..=n].iter().rev()) };
    for (place, sign) in ahead {
        depth += i32::from(*sign == opens) - i32::from(*sign == closes);
        if depth == 0 && (*sign == opens || *sign == closes) {
            return Some((signs[n].0, *place));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_paste_stays_text() {
        let mut editor = Editor::new("select 1");
        editor.paste("\r\n-- q\x1b[31m\r\nx");
        assert_eq!(editor.text(), "select 1\n-- q·[31m\nx");
    }

    #[test]
    fn places_are_bytes_of_the_text() {
        let mut editor = Editor::new("sel 洗\n  from");
        assert_eq!(editor.cursor(), editor.text().len());
        editor.go_to(7);
        assert_eq!(editor.cursor(), 7);
        editor.replace(4..7, "濯機");
        assert_eq!((editor.text().as_str(), editor.cursor()), ("sel 濯機\n  from", 10));
        editor.set_text("a");
        assert_eq!(editor.text(), "a");
        assert!(editor.key(Key { alt: true, ..Key::plain(Code::Char('z')) }));
        assert!(editor.text().contains('濯') || editor.text().is_empty(), "undone: {:?}", editor.text());
    }

    #[test]
    fn brackets_belong_together() {
        let sql = "f(a[1], ')', (b))";
        assert_eq!(brackets(sql, 1), Some((1, 16)));
        assert_eq!(brackets(sql, 17), Some((16, 1)));
        assert_eq!(brackets(sql, 3), Some((3, 5)));
        assert_eq!(brackets("((", 0), None);
    }

    proptest! {
        #[test]
        fn every_place_is_found_again(text in "[a-z洗\n ]{0,40}", at in 0_usize..60) {
            let mut editor = Editor::new(&text);
            let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            editor.go_to(at);
            prop_assert_eq!(editor.cursor(), at);
        }
    }
}
