//! Whether a statement changes something: tables, their data, or the catalog.

use super::token::{Token, TokenKind, tokens};

/// The words with which statements begin that only read.
const READS: [&str; 7] = ["select", "with", "values", "table", "show", "describe", "desc"];

/// The words with which statements begin that change something (Athena, "DDL statements", "DML statements").
const CHANGES: [&str; 15] = [
    "alter",
    "create",
    "deallocate",
    "delete",
    "drop",
    "execute",
    "insert",
    "merge",
    "msck",
    "optimize",
    "prepare",
    "unload",
    "update",
    "use",
    "vacuum",
];

/// What a statement does to the lake, in its own words, such as `DROP TABLE`; none if it only reads. Whatever is not known
/// to only read is taken for a change.
pub fn of(sql: &str) -> Option<String> {
    let words: Vec<Token<'_>> =
        tokens(sql).filter(|token| !matches!(token.kind, TokenKind::Blank | TokenKind::Comment)).collect();
    let mut rest = words.iter().skip_while(|token| token.text == "(").peekable();
    let first = rest.peek()?;
    if first.is("explain") {
        // It runs what it explains only with ANALYZE, and that takes whatever follows.
        let run = words.iter().take(3).any(|token| token.is("analyze"));
        let reads = !run || !words.iter().any(writes);
        return (!reads).then(|| "EXPLAIN ANALYZE".to_owned());
    }
    // No statement begins with anything but a word: Athena will say what is wrong with it.
    if !matches!(first.kind, TokenKind::Keyword | TokenKind::Name) || READS.iter().any(|word| first.is(word)) {
        return None;
    }
    let known = CHANGES.iter().any(|word| first.is(word));
    let named: Vec<String> = rest.take(2).map(|token| token.text.to_uppercase()).collect();
    let named = named.join(" ");
    Some(if known { named } else { format!("{named}, which is no statement known here") })
}

fn writes(token: &Token<'_>) -> bool {
    ["insert", "create", "drop", "delete", "update", "merge", "unload"].iter().any(|word| token.is(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reads_and_what_changes() {
        for reads in [
            "select 1",
            "-- drop\n ( (select 1)",
            "WITH a AS (select 1) select * from a",
            "show tables",
            "describe t",
            "explain drop table t",
            "explain analyze select 1",
            "values 1",
            "",
            "-- only a comment",
            "'select 1'",
            "1 + 1",
        ] {
            assert_eq!(of(reads), None, "{reads}");
        }
        for (changes, named) in [
            ("drop table t", "DROP TABLE"),
            ("/* x */ Insert into t select 1", "INSERT INTO"),
            ("create table t as select 1", "CREATE TABLE"),
            ("msck repair table t", "MSCK REPAIR"),
            ("unload (select 1) to 's3://b/'", "UNLOAD ("),
            ("execute p", "EXECUTE P"),
            ("selec 1", "SELEC 1, which is no statement known here"),
            ("explain analyze insert into t select 1", "EXPLAIN ANALYZE"),
        ] {
            assert_eq!(of(changes).as_deref(), Some(named), "{changes}");
        }
    }
}
