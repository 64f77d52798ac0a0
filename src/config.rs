//! Configuration: `gluedeck/config.toml` under the XDG folder, and how it merges with environment and flags.

use crate::ui::{Depth, Glyphs, Look, Theme};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

/// The file. Flags win over it, and it wins over what is built in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// A built-in theme, or a file's name in `themes/` beside this file.
    pub theme: Option<String>,
    /// Refuse every change.
    #[serde(default)]
    pub read_only: bool,
    /// The name of the environment in the header; by default the profile's.
    pub environment: Option<String>,
}

/// Reads the file of a folder. No file is an empty one.
///
/// # Errors
/// Line, column and what was expected, if the file cannot be understood; the defaults then hold.
pub fn read(folder: Option<&Path>) -> (Config, Option<String>) {
    let Some(path) = folder.map(|folder| folder.join("config.toml")) else { return (Config::default(), None) };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return (Config::default(), None),
        Err(error) => return (Config::default(), Some(format!("{}: {error}", path.display()))),
    };
    match toml::from_str(&text) {
        Ok(config) => (config, None),
        Err(error) => {
            let place = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            let line = place.map(|line| format!(" line {line}")).unwrap_or_default();
            (Config::default(), Some(format!("{}{line}: {}; the defaults are used", path.display(), error.message())))
        }
    }
}

/// How things look: a named theme, by default the dark one. A theme that cannot be used is said, and the dark one taken.
pub fn look(name: Option<&str>, folder: Option<&Path>, depth: Depth, glyphs: Glyphs) -> (Look, Option<String>) {
    let name = name.unwrap_or("dark");
    let (theme, complaint) = match theme(name, folder, depth) {
        Ok(theme) => (theme, None),
        Err(error) => {
            let fallback = Theme::named("dark", depth).unwrap_or_else(|_| Theme::plain());
            (fallback, Some(format!("theme {name}: {error}; the dark theme is used")))
        }
    };
    (Look { theme, glyphs, depth }, complaint)
}

fn theme(name: &str, folder: Option<&Path>, depth: Depth) -> Result<Theme, String> {
    let own: Option<PathBuf> = match name.ends_with(".toml") {
        true => Some(PathBuf::from(name)),
        false => folder.map(|folder| folder.join("themes").join(format!("{name}.toml"))),
    };
    match own.as_deref().map(fs::read_to_string) {
        Some(Ok(text)) => Theme::parse(&text, depth),
        Some(Err(error)) if name.ends_with(".toml") => Err(error.to_string()),
        _ => Theme::named(name, depth),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_in_the_file_is_said_and_the_defaults_hold() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("config.toml"), "theme = 'light'\nread_onyl = true\n").expect("written");
        let (config, complaint) = read(Some(folder.path()));
        assert_eq!(config, Config::default());
        let complaint = complaint.expect("a complaint");
        assert!(complaint.contains("line 2") && complaint.contains("read_onyl"), "{complaint}");
    }

    #[test]
    fn a_theme_with_an_error_is_said_and_the_dark_one_is_used() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("themes")).expect("made");
        fs::write(folder.path().join("themes/mine.toml"), "name = 'mine'\n[roles]\ngood = { fg = 'grün' }")
            .expect("written");
        let (look, complaint) = look(Some("mine"), Some(folder.path()), Depth::True, Glyphs::Unicode);
        assert_eq!(look.theme.name, "dark");
        assert!(complaint.expect("a complaint").contains("grün"));
    }
}
