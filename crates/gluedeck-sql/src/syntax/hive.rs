//! The statements that Athena reads with Hive's grammar: SHOW, DESCRIBE, and DDL, with names in back-quotes.

use super::parser::Parser;
use super::statement::Statement;
use super::table_ast::{NewDatabase, Properties, TableName};
use super::token::Token;
use crate::error::Result;

impl Parser<'_> {
    pub(super) fn hive_statement(&mut self) -> Result<Statement> {
        if self.word("SHOW") {
            return self.show();
        }
        if self.word("DESCRIBE") || self.word("DESC") {
            while self.word("FORMATTED") || self.word("EXTENDED") {}
            return Ok(Statement::Describe(self.hive_table()?));
        }
        if self.word("MSCK") {
            self.expect_word("REPAIR")?;
            self.expect_word("TABLE")?;
            return Ok(Statement::Repair(self.hive_table()?));
        }
        if self.word("ALTER") {
            return self.alter();
        }
        if self.word("DROP") {
            return self.drop_statement();
        }
        Err(self.mismatched())
    }

    fn show(&mut self) -> Result<Statement> {
        if self.word("DATABASES") || self.word("SCHEMAS") {
            return Ok(Statement::ShowDatabases(self.pattern()?));
        }
        if self.word("TABLES") {
            return Ok(Statement::ShowTables { database: self.database()?, pattern: self.pattern()? });
        }
        if self.word("FUNCTIONS") {
            return Ok(Statement::ShowFunctions(self.pattern()?));
        }
        if self.word("VIEWS") {
            return Ok(Statement::ShowViews { database: self.database()?, pattern: self.pattern()? });
        }
        if self.word("COLUMNS") {
            if !self.word("IN") {
                self.expect_word("FROM")?;
            }
            let mut table = self.hive_table()?;
            table.database = self.database()?.or(table.database);
            return Ok(Statement::ShowColumns(table));
        }
        if self.word("PARTITIONS") {
            return Ok(Statement::ShowPartitions(self.hive_table()?));
        }
        if self.word("TBLPROPERTIES") {
            let table = self.hive_table()?;
            let property = match self.symbol("(") {
                true => {
                    let name = self.text()?;
                    self.expect_symbol(")")?;
                    Some(name)
                }
                false => None,
            };
            return Ok(Statement::ShowProperties { table, property });
        }
        self.expect_word("CREATE")?;
        if self.word("VIEW") {
            return Ok(Statement::ShowCreateView(self.table_name()?));
        }
        self.expect_word("TABLE")?;
        Ok(Statement::ShowCreateTable(self.hive_table()?))
    }

    /// After CREATE DATABASE or CREATE SCHEMA.
    pub(super) fn new_database(&mut self) -> Result<Statement> {
        let if_not_exists = self.words(&["IF", "NOT", "EXISTS"]);
        let name = self.hive_name()?;
        let comment = if self.word("COMMENT") { Some(self.hive_text()?) } else { None };
        let location = if self.word("LOCATION") { Some(self.hive_text()?) } else { None };
        let with = self.words(&["WITH", "DBPROPERTIES"]);
        let properties = if with { self.hive_properties()? } else { Properties::new() };
        Ok(Statement::CreateDatabase(NewDatabase { name, if_not_exists, comment, location, properties }))
    }

    fn alter(&mut self) -> Result<Statement> {
        if self.word("DATABASE") || self.word("SCHEMA") {
            let name = self.hive_name()?;
            self.expect_word("SET")?;
            self.expect_word("DBPROPERTIES")?;
            return Ok(Statement::AlterDatabase { name, properties: self.hive_properties()? });
        }
        self.alter_table()
    }

    fn drop_statement(&mut self) -> Result<Statement> {
        if self.word("DATABASE") || self.word("SCHEMA") {
            let if_exists = self.words(&["IF", "EXISTS"]);
            let name = self.hive_name()?;
            let cascade = self.word("CASCADE");
            if !cascade {
                self.word("RESTRICT");
            }
            return Ok(Statement::DropDatabase { name, if_exists, cascade });
        }
        let view = self.word("VIEW");
        if !view {
            self.expect_word("TABLE")?;
        }
        let if_exists = self.words(&["IF", "EXISTS"]);
        // Athena gives DROP VIEW to Trino, and the rest to Hive (its documentation of reserved words).
        let table = if view { self.table_name()? } else { self.hive_table()? };
        Ok(Statement::DropTable { table, if_exists, view })
    }

    pub(super) fn hive_table(&mut self) -> Result<TableName> {
        let position = self.position();
        let mut parts = vec![self.hive_name()?];
        while self.symbol(".") {
            parts.push(self.hive_name()?);
        }
        self.table_of(parts, position)
    }

    /// A name of Hive: a word, or anything in back-quotes. Double quotes are taken, too, which Athena takes in some
    /// statements and not in others.
    pub(super) fn hive_name(&mut self) -> Result<String> {
        match self.token().clone() {
            Token::Word(name) | Token::Backquoted(name) | Token::Quoted(name) | Token::DigitWord(name) => {
                self.advance();
                Ok(name.to_lowercase())
            }
            _ => Err(self.wanted("identifier")),
        }
    }

    /// A text of Hive: in single or double quotes, with backslashes that escape.
    pub(super) fn hive_text(&mut self) -> Result<String> {
        if let Token::Quoted(text) = self.token().clone() {
            self.advance();
            return Ok(unescaped(&text));
        }
        self.text().map(|text| unescaped(&text))
    }

    /// `IN database` or `FROM database`, if it is there.
    fn database(&mut self) -> Result<Option<String>> {
        if self.word("IN") || self.word("FROM") {
            return self.hive_name().map(Some);
        }
        Ok(None)
    }

    /// `'user*|order*'`, with or without LIKE.
    fn pattern(&mut self) -> Result<Option<String>> {
        if self.word("LIKE") || self.at_text() {
            return self.text().map(Some);
        }
        Ok(None)
    }
}

/// What Hive makes of the backslashes of a text: `\t`, `\001`, `\u0001`.
fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let coded = |from: usize, digits: usize, radix: u32| {
            let code = rest.get(from..from + digits).filter(|code| code.chars().all(|c| c.is_digit(radix)))?;
            Some((char::from_u32(u32::from_str_radix(code, radix).ok()?)?, from + digits))
        };
        let octal = coded(0, 3, 8).filter(|_| rest.starts_with(['0', '1']));
        let unicode = if rest.starts_with('u') { coded(1, 4, 16) } else { None };
        let (letter, taken) = match (octal.or(unicode), rest.chars().next()) {
            (Some(found), _) => found,
            (None, Some('n')) => ('\n', 1),
            (None, Some('r')) => ('\r', 1),
            (None, Some('t')) => ('\t', 1),
            (None, Some('b')) => ('\u{8}', 1),
            (None, Some('0')) => ('\0', 1),
            (None, Some('Z')) => ('\u{1a}', 1),
            // A pattern that is matched later keeps its backslash.
            (None, Some('%' | '_')) | (None, None) => ('\\', 0),
            (None, Some(other)) => (other, other.len_utf8()),
        };
        plain.push(letter);
        rest = &rest[taken..];
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::super::statements::statement;
    use super::*;

    #[test]
    fn backslashes_of_hive() {
        for (written, read) in [
            (r"\t", "\t"),
            (r"\001", "\u{1}"),
            (r"\u0001x", "\u{1}x"),
            (r"\\", r"\"),
            (r"\\d+", r"\d+"),
            (r"a\'b", "a'b"),
            (r"\%", r"\%"),
            (r"\", r"\"),
            ("plain é", "plain é"),
            (r"\é", "é"),
        ] {
            assert_eq!(unescaped(written), read, "{written}");
        }
    }

    #[test]
    fn statements_that_are_no_queries() {
        let named =
            |database: Option<&str>, name: &str| TableName { database: database.map(str::to_owned), name: name.into() };
        assert!(matches!(statement("SHOW DATABASES"), Ok(Statement::ShowDatabases(None))));
        assert!(
            matches!(statement("show schemas like '*gold';"), Ok(Statement::ShowDatabases(Some(p))) if p == "*gold")
        );
        let tables = statement("show tables in `Data_Quality` 'user*'").expect("tables");
        assert!(
            matches!(tables, Statement::ShowTables { database: Some(db), pattern: Some(p) } if db == "data_quality" && p == "user*")
        );
        let (quality, user) = (named(Some("data_quality"), "job_runs"), named(None, "user"));
        assert!(
            matches!(statement("describe data_quality.job_runs"), Ok(Statement::Describe(table)) if table == quality)
        );
        assert!(matches!(statement("show partitions User"), Ok(Statement::ShowPartitions(table)) if table == user));
        let columns = statement("show columns from user in data_quality").expect("columns");
        assert!(matches!(columns, Statement::ShowColumns(table) if table.database.is_some()));
        assert!(matches!(statement("msck repair table `user`"), Ok(Statement::Repair(table)) if table == user));
        let drop = statement("drop table if exists x").expect("a drop");
        assert!(matches!(drop, Statement::DropTable { if_exists: true, view: false, .. }));
        let one = statement("show tblproperties t('x')").expect("a property");
        assert!(matches!(one, Statement::ShowProperties { property: Some(name), .. } if name == "x"));
        let database =
            statement("create schema if not exists `a_b` comment 'x' location 's3://b/' with dbproperties ('k'='v')");
        assert!(
            matches!(database, Ok(Statement::CreateDatabase(new)) if new.name == "a_b" && new.properties["k"] == "v")
        );
        let dropped = statement("drop database if exists x cascade");
        assert!(matches!(dropped, Ok(Statement::DropDatabase { if_exists: true, cascade: true, .. })));
        let altered = statement("alter database x set dbproperties ('a' = 'b')");
        assert!(matches!(altered, Ok(Statement::AlterDatabase { .. })));
        assert!(statement("show tables in").is_err());
        assert!(statement("create role x").is_err());
    }
}
