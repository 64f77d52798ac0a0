//! Patterns of names, as Hive and Glue take them.

use regex::Regex;

/// A pattern that must match a whole name, in any case: a regular expression in which a star that follows nothing that it
/// could repeat is any text (Athena's documentation: SHOW TABLES; awswrangler's `name_prefix`). None if it is none.
pub(crate) fn name_pattern(text: &str) -> Option<Regex> {
    let mut expression = String::new();
    for letter in text.chars() {
        if letter == '*' && !expression.ends_with(['.', ']', ')']) {
            expression.push('.');
        }
        expression.push(letter);
    }
    Regex::new(&format!("(?i)^(?:{expression})$")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_alternatives() {
        for (pattern, name, matches) in [
            ("user", "user", true),
            ("user", "user_role", false),
            ("user*", "user_role", true),
            ("user.*", "user_role", true),
            ("*role", "user_role", true),
            ("*er*ol*", "user_role", true),
            ("order|user*", "user_role", true),
            ("*x", "user_role", false),
            ("*", "anything", true),
            ("USER_[a-z]*", "user_role", true),
        ] {
            assert_eq!(name_pattern(pattern).expect(pattern).is_match(name), matches, "{pattern} {name}");
        }
        assert!(name_pattern("[").is_none());
    }
}
