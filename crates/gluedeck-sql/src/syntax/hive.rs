//! The statements that Athena reads with Hive's grammar: SHOW, DESCRIBE, and DDL, with names in back-quotes.

use super::parser::Parser;
use super::statement::{NewPartition, Statement, TableName};
use super::token::Token;
use crate::error::Result;

/// What ALTER TABLE does in Athena and is not done here.
const ALTER_NOT_DONE: [(&str, &str); 9] = [
    ("ADD", "ALTER TABLE ADD COLUMNS"),
    ("DROP", "ALTER TABLE DROP"),
    ("RENAME", "ALTER TABLE RENAME"),
    ("REPLACE", "ALTER TABLE REPLACE COLUMNS"),
    ("SET", "ALTER TABLE SET"),
    ("UNSET", "ALTER TABLE UNSET TBLPROPERTIES"),
    ("CHANGE", "ALTER TABLE CHANGE COLUMN"),
    ("PARTITION", "ALTER TABLE PARTITION"),
    ("EXECUTE", "ALTER TABLE EXECUTE"),
];

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

    fn alter(&mut self) -> Result<Statement> {
        self.expect_word("TABLE")?;
        let table = self.hive_table()?;
        let adds = self.looks_like(&["ADD", "PARTITION"]) || self.looks_like(&["ADD", "IF"]);
        if !adds {
            for (word, words) in ALTER_NOT_DONE {
                if self.at_word(word) {
                    self.skip_to_end();
                    return Ok(Statement::Unsupported(words));
                }
            }
        }
        self.expect_word("ADD")?;
        let if_not_exists = self.words(&["IF", "NOT", "EXISTS"]);
        let mut partitions = vec![self.partition()?];
        while self.at_word("PARTITION") {
            partitions.push(self.partition()?);
        }
        Ok(Statement::AddPartitions { table, if_not_exists, partitions })
    }

    fn partition(&mut self) -> Result<NewPartition> {
        self.expect_word("PARTITION")?;
        self.expect_symbol("(")?;
        self.hive_name()?;
        self.expect_symbol("=")?;
        let value = self.literal_text()?;
        self.expect_symbol(")")?;
        let location = if self.word("LOCATION") { Some(self.text()?) } else { None };
        Ok((value, location))
    }

    fn drop_statement(&mut self) -> Result<Statement> {
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
    fn hive_name(&mut self) -> Result<String> {
        match self.token().clone() {
            Token::Word(name) | Token::Backquoted(name) | Token::Quoted(name) | Token::DigitWord(name) => {
                self.advance();
                Ok(name.to_lowercase())
            }
            _ => Err(self.wanted("identifier")),
        }
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

#[cfg(test)]
mod tests {
    use super::super::statements::statement;
    use super::*;

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
        let add = "alter table user add if not exists partition (as_of_date = '2026-11-22') location 's3://b/x'";
        let add = statement(add).expect("an addition");
        assert!(matches!(add, Statement::AddPartitions { partitions, .. } if partitions[0].0 == "2026-11-22"));
        let one = statement("show tblproperties t('x')").expect("a property");
        assert!(matches!(one, Statement::ShowProperties { property: Some(name), .. } if name == "x"));
        assert!(statement("show tables in").is_err());
        assert!(statement("create role x").is_err());
    }
}
