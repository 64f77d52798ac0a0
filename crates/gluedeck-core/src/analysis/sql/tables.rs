//! The tables that a statement names, with what they are called in it.

use super::token::{Token, TokenKind, tokens};

/// A table in a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub database: Option<String>,
    pub table: String,
    pub alias: Option<String>,
}

/// The tables behind FROM, JOIN, INTO, TABLE and DESCRIBE, in the order in which they occur. Names of a WITH clause are
/// among them; no catalog knows those.
pub fn of(sql: &str) -> Vec<Named> {
    let words: Vec<Token<'_>> =
        tokens(sql).filter(|token| !matches!(token.kind, TokenKind::Blank | TokenKind::Comment)).collect();
    let mut found = Vec::new();
    let mut n = 0;
    while n < words.len() {
        let word = &words[n];
        n += 1;
        let opens = word.kind == TokenKind::Keyword
            && ["from", "join", "into", "table", "describe", "update"].iter().any(|opener| word.is(opener));
        if !opens {
            continue;
        }
        let list = word.is("from");
        while let Some((named, next)) = named(&words, n) {
            found.push(named);
            n = next;
            // `from a, b`
            if list && words.get(n).is_some_and(|token| token.text == ",") {
                n += 1;
            } else {
                break;
            }
        }
    }
    found
}

fn named(words: &[Token<'_>], at: usize) -> Option<(Named, usize)> {
    let mut parts = vec![name(words.get(at)?)?];
    let mut n = at + 1;
    while words.get(n).is_some_and(|token| token.text == ".") {
        let Some(part) = words.get(n + 1).and_then(name) else { break };
        parts.push(part);
        n += 2;
    }
    let table = parts.pop()?;
    if words.get(n).is_some_and(|token| token.is("as")) {
        n += 1;
    }
    let alias = words.get(n).filter(|token| matches!(token.kind, TokenKind::Name | TokenKind::Quoted)).and_then(name);
    n += usize::from(alias.is_some());
    Some((Named { database: parts.pop(), table, alias }, n))
}

/// What a word names, without its quotes; a catalog has lower case.
fn name(token: &Token<'_>) -> Option<String> {
    match token.kind {
        TokenKind::Name => Some(token.text.to_lowercase()),
        // Some keywords are names of tables too, such as `date`; behind FROM they are.
        TokenKind::Quoted => Some(token.text.trim_matches(['"', '`']).to_lowercase()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_their_aliases_are_found() {
        let named = |database: Option<&str>, table: &str, alias: Option<&str>| Named {
            database: database.map(str::to_owned),
            table: table.to_owned(),
            alias: alias.map(str::to_owned),
        };
        assert_eq!(
            of("select * from silver.User u join \"gold\".\"kpi\" as k on u.id = k.id, x where 1 = (select 2 from y)"),
            [named(Some("silver"), "user", Some("u")), named(Some("gold"), "kpi", Some("k")), named(None, "y", None),]
        );
        assert_eq!(of("from a, b.c d"), [named(None, "a", None), named(Some("b"), "c", Some("d"))]);
        assert_eq!(of("describe awsdatacatalog.s.t"), [named(Some("s"), "t", None)]);
        assert!(of("select 1 from (").is_empty());
    }
}
