//! The SQL editor: a text area for editing, painted here with highlighting.

use super::text::clean;
use super::{Look, Role, Row};
use crate::flow::{Code, Key};
use ratatui::style::Modifier;
use ratatui::text::Line;
use ratatui_textarea::{CursorMove, Input, Key as AreaKey, TextArea};

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

    /// Takes a key: text, movement, undo (ctrl-u) and redo (ctrl-r is taken by running). Answers whether the text changed.
    pub fn key(&mut self, key: Key) -> bool {
        let code = match key.code {
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
        let safe: Vec<String> = text.split('\n').map(clean).collect();
        self.area.insert_str(safe.join("\n"));
    }

    /// The lines that fit into `height` rows of `width` cells, with the cursor in sight.
    pub fn lines(&self, look: &Look, width: usize, height: usize, focused: bool) -> Vec<Line<'static>> {
        let cursor = self.area.cursor();
        let (row, column) = (cursor.0, cursor.1);
        let top = (row + 1).saturating_sub(height);
        let left = (column + 2).saturating_sub(width);
        let window = self.area.lines().iter().enumerate().skip(top).take(height);
        window
            .map(|(n, line)| {
                let at = (focused && n == row).then_some(column);
                paint(line, at, left, look, width)
            })
            .collect()
    }
}

fn paint(line: &str, cursor: Option<usize>, left: usize, look: &Look, width: usize) -> Line<'static> {
    let mut row = Row::new(look, width);
    let mut position = 0;
    for (role, token) in tokens(line) {
        for letter in token.chars() {
            let shown = clean(&letter.to_string());
            let style = look.theme.style(role);
            let style = if cursor == Some(position) { style.add_modifier(Modifier::REVERSED) } else { style };
            if position >= left {
                row.styled(style, &shown);
            }
            position += 1;
        }
    }
    if cursor == Some(position) {
        row.styled(look.theme.style(Role::Text).add_modifier(Modifier::REVERSED), " ");
    }
    row.line()
}

const KEYWORDS: [&str; 58] = [
    "all",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "between",
    "by",
    "case",
    "cast",
    "create",
    "cross",
    "date",
    "desc",
    "describe",
    "distinct",
    "else",
    "end",
    "except",
    "exists",
    "explain",
    "false",
    "fetch",
    "from",
    "full",
    "group",
    "having",
    "in",
    "inner",
    "insert",
    "intersect",
    "interval",
    "into",
    "is",
    "join",
    "left",
    "like",
    "limit",
    "not",
    "null",
    "offset",
    "on",
    "or",
    "order",
    "outer",
    "over",
    "partition",
    "right",
    "select",
    "show",
    "table",
    "tables",
    "then",
    "timestamp",
    "true",
    "union",
    "values",
    "when",
];
const MORE_KEYWORDS: [&str; 6] = ["where", "with", "using", "unnest", "view", "databases"];

/// Splits a line of SQL into pieces with the roles that color them.
fn tokens(line: &str) -> Vec<(Role, &str)> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let (role, len) = if rest.starts_with("--") {
            (Role::Dim, rest.len())
        } else if first == '\'' {
            (Role::SqlString, rest[1..].find('\'').map_or(rest.len(), |end| end + 2))
        } else if first.is_ascii_digit() {
            (Role::SqlNumber, length(rest, |c| c.is_ascii_digit() || c == '.'))
        } else if first.is_alphabetic() || first == '_' {
            let len = length(rest, |c| c.is_alphanumeric() || c == '_');
            let word = rest[..len].to_ascii_lowercase();
            let keyword = KEYWORDS.contains(&word.as_str()) || MORE_KEYWORDS.contains(&word.as_str());
            (if keyword { Role::SqlKeyword } else { Role::Text }, len)
        } else {
            (Role::Text, first.len_utf8())
        };
        let (token, more) = rest.split_at(len);
        found.push((role, token));
        rest = more;
    }
    found
}

fn length(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c: char| !belongs(c)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keywords_strings_numbers_and_comments_are_told_apart() {
        let line = "SELECT 'it' , x1, 12.5 -- why";
        let roles: Vec<_> = tokens(line).into_iter().filter(|(role, _)| *role != Role::Text).collect();
        assert_eq!(
            roles,
            [(Role::SqlKeyword, "SELECT"), (Role::SqlString, "'it'"), (Role::SqlNumber, "12.5"), (Role::Dim, "-- why")]
        );
    }

    #[test]
    fn a_paste_stays_text() {
        let mut editor = Editor::new("select 1");
        editor.paste("\r\n-- q\x1b[31m\r\nx");
        assert_eq!(editor.text(), "select 1\n-- q·[31m\nx");
    }

    proptest! {
        #[test]
        fn tokens_are_the_whole_line(line in any::<String>()) {
            let joined: String = tokens(&line).into_iter().map(|(_, token)| token).collect();
            prop_assert_eq!(joined, line);
        }
    }
}
