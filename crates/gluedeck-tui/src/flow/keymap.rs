//! Which keys do what: the table's, or the configuration's in their place.

use super::command::{Command, Entry, Scope, entries};
use super::key::Key;
use std::collections::BTreeMap;
use thiserror::Error;

/// The keys of every command.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Keymap {
    /// By the entry's name.
    own: BTreeMap<&'static str, Vec<Key>>,
}

/// Why the keys of a command, as configured, cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    #[error("unknown command")]
    UnknownCommand,
    #[error("invalid key {0}, use e.g. ctrl-r or f5")]
    InvalidKey(String),
    #[error("this command needs a key")]
    NeedsKey,
}

impl Keymap {
    /// The table's keys, with those of the configuration in place of some.
    ///
    /// # Errors
    /// What is wrong with each entry that cannot be taken: no such command, no such key, a key that is taken. The others
    /// hold.
    pub fn of(own: &BTreeMap<String, Vec<String>>) -> (Self, Vec<String>) {
        let (mut map, mut complaints) = (Self::default(), Vec::new());
        for (name, keys) in own {
            match map.read(name, keys) {
                Ok((entry, keys)) => {
                    map.own.insert(entry.name, keys);
                }
                Err(complaint) => complaints.push(format!("keys.{name}: {complaint}")),
            }
        }
        // Two commands that now have one key would hide one of them.
        for (name, other, key) in map.clashes() {
            map.own.remove(name);
            complaints.push(format!("keys.{name}: {key} is already used by {other}; default keys kept"));
        }
        (map, complaints)
    }

    fn read(&self, name: &str, keys: &[String]) -> Result<(&'static Entry, Vec<Key>), KeyError> {
        let entry = entries().find(|entry| entry.name == name).ok_or(KeyError::UnknownCommand)?;
        let read = |name: &String| Key::parse(name).ok_or_else(|| KeyError::InvalidKey(name.clone()));
        let keys: Vec<Key> = keys.iter().map(read).collect::<Result<_, _>>()?;
        if keys.is_empty() && matches!(entry.command, Command::Quit | Command::Close | Command::Back | Command::Help) {
            return Err(KeyError::NeedsKey);
        }
        Ok((entry, keys))
    }

    fn clashes(&self) -> Vec<(&'static str, &'static str, Key)> {
        let mut clashes = Vec::new();
        for entry in entries().filter(|entry| self.own.contains_key(entry.name)) {
            for key in self.keys(entry) {
                let same = |other: &&Entry| {
                    other.scope == entry.scope && other.name != entry.name && self.keys(other).contains(&key)
                };
                clashes.extend(entries().find(same).map(|other| (entry.name, other.name, key)));
            }
        }
        clashes
    }

    /// The keys of an entry.
    pub fn keys(&self, entry: &Entry) -> Vec<Key> {
        let own = self.own.get(entry.name).cloned();
        own.unwrap_or_else(|| entry.keys.iter().filter_map(|name| Key::parse(name)).collect())
    }

    /// The keys of an entry as they are named.
    pub fn names(&self, entry: &Entry) -> Vec<String> {
        self.keys(entry).iter().map(ToString::to_string).collect()
    }

    /// The command of a key in a scope. The scope's own keys win over the global ones; the editor has no global ones.
    pub fn command(&self, scope: Scope, key: Key) -> Option<Command> {
        let find = |scope: Scope| {
            let mut entries = entries().filter(|entry| entry.scope == scope);
            entries.find(|entry| self.has(entry, key)).map(|entry| entry.command)
        };
        find(scope).or_else(|| if scope == Scope::Editor { None } else { find(Scope::Global) })
    }

    fn has(&self, entry: &Entry, key: Key) -> bool {
        match self.own.get(entry.name) {
            Some(keys) => keys.contains(&key),
            None => entry.keys.iter().any(|name| Key::parse(name) == Some(key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(pairs: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
        pairs.iter().map(|(name, keys)| (name.to_string(), keys.iter().map(ToString::to_string).collect())).collect()
    }

    #[test]
    fn keys_of_the_configuration_take_the_place_of_the_tables() {
        let (map, complaints) = Keymap::of(&own(&[("rerun", &["f9", "ctrl-e"])]));
        assert_eq!(complaints, Vec::<String>::new());
        let command = |name: &str| map.command(Scope::Board, Key::parse(name).expect("a key"));
        assert_eq!((command("f9"), command("r")), (Some(Command::Rerun), None));
        assert_eq!(command("q"), Some(Command::Close), "what is not named stays");
    }

    #[test]
    fn what_cannot_be_taken_is_said_and_the_rest_holds() {
        let wrong =
            own(&[("rerun", &["x"]), ("fly", &["f"]), ("stop", &["ctrl-"]), ("quit", &[]), ("filter", &["f7"])]);
        let (map, complaints) = Keymap::of(&wrong);
        assert_eq!(complaints.len(), 4, "{complaints:?}");
        let command = |name: &str| map.command(Scope::Board, Key::parse(name).expect("a key"));
        assert_eq!((command("x"), command("r")), (Some(Command::Stop), Some(Command::Rerun)));
        assert_eq!(command("f7"), Some(Command::Filter));
    }
}
