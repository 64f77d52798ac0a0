//! Failures that somebody has seen, and their notes: a line of JSON each.

use super::append;
use gluedeck_core::domain::Acknowledged;
use std::fs;
use std::io;
use std::path::Path;

const FILE: &str = "acknowledged.jsonl";

/// Writes it down.
///
/// # Errors
/// If the line is not on disk.
pub fn acknowledge(folder: &Path, note: &Acknowledged) -> io::Result<()> {
    let line = serde_json::to_value(note).map_err(io::Error::other)?;
    append(&folder.join(FILE), &line)
}

/// What has been acknowledged, the newest word on each failure. No file is an empty one; a line that is not whole is passed
/// over.
pub fn read_acknowledged(folder: &Path) -> Vec<Acknowledged> {
    let text = fs::read_to_string(folder.join(FILE)).unwrap_or_default();
    let mut all: Vec<Acknowledged> = Vec::new();
    for note in text.lines().filter_map(|line| serde_json::from_str::<Acknowledged>(line).ok()) {
        all.retain(|known| known.key != note.key);
        all.push(note);
    }
    all.retain(|note| !note.undone);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_word_counts_and_a_torn_line_costs_itself() {
        let folder = tempfile::tempdir().expect("a folder");
        let note = |key: &str, note: &str, undone| Acknowledged {
            key: key.into(),
            note: note.into(),
            at: "2026-11-22T03:20:00Z".parse().expect("a time"),
            by: "ann".into(),
            undone,
        };
        assert_eq!(read_acknowledged(folder.path()), []);
        for note in [note("a", "first", false), note("b", "", false), note("a", "second", false), note("b", "", true)] {
            acknowledge(folder.path(), &note).expect("written");
        }
        let path = folder.path().join(FILE);
        let torn = fs::read_to_string(&path).expect("text") + "{\"key\": \"c";
        fs::write(&path, torn).expect("written");
        assert_eq!(read_acknowledged(folder.path()), [note("a", "second", false)]);
    }
}
