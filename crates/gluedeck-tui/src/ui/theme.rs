//! THE roles, and themes that style them: `[palette]` and `[roles]` in a TOML file, with inheritance.

use super::color::{self, Depth};
use gluedeck_core::analysis::layers::Layer;
use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::str::FromStr;
use thiserror::Error;

macro_rules! roles {
    ($($role:ident = $name:literal),+ $(,)?) => {
        /// What a style is for. A color never carries meaning alone: a glyph or a word goes with it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Role { $($role),+ }

        impl Role {
            /// All roles with their names in theme files.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$role, $name)),+];
        }
    };
}

roles! {
    Text = "text",
    Dim = "dim",
    Strong = "strong",
    Line = "line",
    Selection = "selection",
    Tab = "tab",
    Key = "key",
    Good = "good",
    Bad = "bad",
    Warning = "warning",
    Running = "running",
    Off = "off",
    Changed = "changed",
    Bronze = "bronze",
    Silver = "silver",
    Gold = "gold",
    Badge = "badge",
    BadgeSandbox = "badge-sandbox",
    BadgeProduction = "badge-production",
    Mode = "mode",
    Match = "match",
    SourceA = "source-a",
    SourceB = "source-b",
    SqlKeyword = "sql-keyword",
    SqlString = "sql-string",
    SqlNumber = "sql-number",
    Null = "null",
    Button = "button",
    ButtonFocus = "button-focus",
}

impl Role {
    /// The color of a layer.
    pub fn of_layer(layer: Layer) -> Self {
        match layer {
            Layer::Bronze => Self::Bronze,
            Layer::Silver => Self::Silver,
            Layer::Gold => Self::Gold,
        }
    }
}

/// A theme: a style for every role.
#[derive(Debug, Clone)]
pub struct Theme {
    pub name: String,
    styles: Vec<Style>,
}

/// The themes that come with the program.
const BUILT_IN: [(&str, &str); 10] = [
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("high-contrast", include_str!("../../themes/high-contrast.toml")),
    ("color-blind", include_str!("../../themes/color-blind.toml")),
    ("sixteen", include_str!("../../themes/sixteen.toml")),
    ("catppuccin", include_str!("../../themes/catppuccin.toml")),
    ("dracula", include_str!("../../themes/dracula.toml")),
    ("gruvbox", include_str!("../../themes/gruvbox.toml")),
    ("nord", include_str!("../../themes/nord.toml")),
    ("solarized-light", include_str!("../../themes/solarized-light.toml")),
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ThemeFile {
    name: String,
    inherits: Option<String>,
    #[serde(default)]
    palette: BTreeMap<String, String>,
    #[serde(default)]
    roles: BTreeMap<String, RoleStyle>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleStyle {
    fg: Option<String>,
    bg: Option<String>,
    #[serde(default)]
    bold: bool,
    #[serde(default)]
    dim: bool,
    #[serde(default)]
    italic: bool,
    #[serde(default)]
    underline: bool,
    #[serde(default)]
    reverse: bool,
}

/// Why a theme cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ThemeError {
    #[error("unknown theme {name}; themes: {}", Theme::built_in().collect::<Vec<_>>().join(", "))]
    Unknown { name: String },
    /// Of the file; lines are counted from 1.
    #[error("line {line}: {message}")]
    Syntax { line: usize, message: String },
    #[error("roles.{0}: unknown role")]
    UnknownRole(String),
    #[error("roles.{role}: {value} is neither a color nor in the palette")]
    Color { role: String, value: String },
    #[error("inherits: unknown theme {0}")]
    UnknownParent(String),
    #[error("inherits: {0} inherits from itself")]
    Circle(String),
}

impl Theme {
    /// The names of the built-in themes.
    pub fn built_in() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// A built-in theme.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn named(name: &str, depth: Depth) -> Result<Self, ThemeError> {
        match BUILT_IN.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => Self::parse(text, depth),
            None => Err(ThemeError::Unknown { name: name.to_owned() }),
        }
    }

    /// A theme without any style.
    pub fn plain() -> Self {
        Self { name: "plain".to_owned(), styles: Vec::new() }
    }

    /// A theme from the text of a file.
    ///
    /// # Errors
    /// Where in the file what is wrong: line and column, an unknown role, an unknown color, a circle of inheritance.
    pub fn parse(text: &str, depth: Depth) -> Result<Self, ThemeError> {
        let mut palette = BTreeMap::new();
        let mut roles = BTreeMap::new();
        let name = collect(text, &mut palette, &mut roles, 0)?;
        let mut styles = vec![Style::new(); Role::ALL.len()];
        for (role, style) in &roles {
            let known = Role::ALL.iter().position(|(_, known)| known == role);
            let index = known.ok_or_else(|| ThemeError::UnknownRole(role.clone()))?;
            styles[index] = resolve(role, style, &palette)?;
        }
        let styles = reduce(styles, depth);
        Ok(Self { name, styles })
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }
}

/// The styles with colors that the terminal has. A role that stood out by its background and would not any more is
/// reversed: a selection must be seen without color too. One that would have the background's color gets a near one.
fn reduce(styles: Vec<Style>, depth: Depth) -> Vec<Style> {
    let full = styles.get(Role::Text as usize).copied().unwrap_or_default();
    let base = color::reduce(full, depth);
    let reduced = styles.into_iter().map(|style| {
        let fewer = color::reduce(style, depth);
        let stood_out = style.bg.is_some() && style.bg != full.bg;
        let on_base = fewer.bg.is_none() || fewer.bg == base.bg;
        if stood_out && fewer.bg == base.bg {
            Style { bg: None, ..fewer }.add_modifier(Modifier::REVERSED)
        } else if depth == Depth::Sixteen && on_base && fewer.fg.is_some() && fewer.fg == base.bg {
            // A thin line must not vanish in the background.
            Style { fg: Some(if base.bg == Some(Color::Black) { Color::DarkGray } else { Color::Gray }), ..fewer }
        } else {
            fewer
        }
    });
    reduced.collect()
}

fn collect(
    text: &str,
    palette: &mut BTreeMap<String, String>,
    roles: &mut BTreeMap<String, RoleStyle>,
    depth: usize,
) -> Result<String, ThemeError> {
    let file: ThemeFile = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        ThemeError::Syntax { line, message: error.message().to_owned() }
    })?;
    if let Some(parent) = &file.inherits {
        let known = BUILT_IN.iter().find(|(name, _)| name == parent);
        let (_, parent_text) = known.ok_or_else(|| ThemeError::UnknownParent(parent.clone()))?;
        if depth > BUILT_IN.len() {
            return Err(ThemeError::Circle(parent.clone()));
        }
        collect(parent_text, palette, roles, depth + 1)?;
    }
    palette.extend(file.palette);
    roles.extend(file.roles);
    Ok(file.name)
}

fn resolve(role: &str, style: &RoleStyle, palette: &BTreeMap<String, String>) -> Result<Style, ThemeError> {
    let color = |name: &Option<String>| -> Result<Option<Color>, ThemeError> {
        let Some(name) = name else { return Ok(None) };
        let value = palette.get(name).unwrap_or(name);
        let color = Color::from_str(value);
        color.map(Some).map_err(|_| ThemeError::Color { role: role.to_owned(), value: value.clone() })
    };
    let mut resolved = Style { fg: color(&style.fg)?, bg: color(&style.bg)?, ..Style::new() };
    let modifiers = [
        (style.bold, Modifier::BOLD),
        (style.dim, Modifier::DIM),
        (style.italic, Modifier::ITALIC),
        (style.underline, Modifier::UNDERLINED),
        (style.reverse, Modifier::REVERSED),
    ];
    for (on, modifier) in modifiers {
        if on {
            resolved = resolved.add_modifier(modifier);
        }
    }
    Ok(resolved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_themes_style_every_role() {
        for (name, text) in BUILT_IN {
            let theme = Theme::parse(text, Depth::True).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(theme.name, name);
            for (role, role_name) in Role::ALL {
                // The terminal's own colors are no style.
                if name == "sixteen" && *role == Role::Text {
                    continue;
                }
                assert_ne!(theme.style(*role), Style::new(), "{name} does not style {role_name}");
            }
        }
    }

    #[test]
    fn what_is_selected_is_seen_with_few_colors_and_with_none() {
        for name in ["dark", "light"] {
            for depth in [Depth::Indexed, Depth::Sixteen, Depth::None] {
                let theme = Theme::named(name, depth).expect("a theme");
                for role in [Role::Selection, Role::Tab, Role::ButtonFocus] {
                    let style = theme.style(role);
                    let reversed = style.add_modifier.contains(Modifier::REVERSED);
                    assert!(reversed || style.bg != theme.style(Role::Text).bg, "{name} {depth:?} {role:?}");
                }
                let (line, base) = (theme.style(Role::Line), theme.style(Role::Text));
                assert!(depth == Depth::None || line.fg != base.bg, "{name} {depth:?}: the lines are seen");
                let (button, focus) = (theme.style(Role::Button), theme.style(Role::ButtonFocus));
                assert_ne!(button, focus, "{name} {depth:?}: the focus is seen");
            }
        }
    }

    #[test]
    fn a_theme_inherits_and_changes_what_it_wants() {
        let theme =
            Theme::parse("name = 'mine'\ninherits = 'dark'\n[palette]\nred = '#010203'", Depth::True).expect("a theme");
        assert_eq!(theme.style(Role::Bad).fg, Some(Color::Rgb(1, 2, 3)));
        assert_eq!(theme.style(Role::Good), Theme::named("dark", Depth::True).expect("dark").style(Role::Good));
    }

    #[test]
    fn an_error_says_where_and_what() {
        let error = |text: &str| Theme::parse(text, Depth::True).expect_err("an error").to_string();
        assert!(
            error("name = 'x'\n[roles]\ngood = { fg = }").contains("line 3"),
            "{}",
            error("name = 'x'\n[roles]\ngood = { fg = }")
        );
        assert!(error("name = 'x'\n[roles]\nsparkle = { fg = 'red' }").contains("roles.sparkle"));
        assert!(error("name = 'x'\n[roles]\ngood = { fg = 'reddish' }").contains("reddish"));
        assert!(error("name = 'x'\ninherits = 'nobody'").contains("nobody"));
    }
}
