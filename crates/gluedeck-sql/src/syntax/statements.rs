//! Statements: queries, what wraps a query (CTAS, INSERT, UNLOAD, CREATE VIEW, PREPARE), and the values for `?`.

use super::parser::Parser;
use super::statement::Statement;
use super::table_ast::{Properties, TableName};
use super::token::{Token, tokens};
use crate::error::{Code, Error, Position, Result};
use gluedeck_core::analysis::sql::depth;

/// Statements of Athena that are not done here, by the words that they begin with.
const NOT_DONE: [&str; 7] = ["EXPLAIN ANALYZE", "ALTER VIEW", "DELETE", "MERGE", "OPTIMIZE", "UPDATE", "VACUUM"];

/// Reads one statement.
///
/// # Errors
/// Why the service makes no execution of the statement.
pub(crate) fn statement(sql: &str) -> Result<Statement> {
    let message = |text: String| Error::of_value(Code::SyntaxError, text);
    if depth::depth(sql) > depth::MAX_DEPTH {
        let position = Position { line: 1, column: 1 };
        let text = "statement is too large (stack overflow while parsing)";
        return Err(Error::at(position, Code::SyntaxError, text));
    }
    let mut parser = Parser::new(sql)?;
    while parser.symbol(";") {}
    if parser.at_end() {
        return Err(message("Queries of this type are not supported: the statement is empty".into()));
    }
    let mut parser = Parser::new(sql)?;
    let statement = match parser.statement() {
        // The service takes it, so it is no fault of the statement.
        Err(error) if error.code == Code::NotSupported => return Ok(Statement::Refused(error)),
        other => other?,
    };
    if parser.at_symbol(";") {
        while parser.symbol(";") {}
        if !parser.at_end() {
            return Err(message(format!("Only one sql statement is allowed. Got: {sql}")));
        }
    }
    parser.expect_end()?;
    Ok(statement)
}

/// Puts values in place of the `?` of a statement.
///
/// # Errors
/// If there are fewer or more values than places.
pub(crate) fn fill(sql: &str, parameters: &[String]) -> Result<String> {
    let tokens = tokens(sql)?;
    let places: Vec<_> = tokens.iter().filter(|token| token.token == Token::Parameter).collect();
    if places.len() != parameters.len() {
        let (expected, found) = (places.len(), parameters.len());
        let text = format!("Incorrect number of parameters: expected {expected} but found {found}");
        return Err(Error::at(Position { line: 1, column: 1 }, Code::InvalidParameterUsage, text));
    }
    let mut filled = String::new();
    let mut from = 0;
    for (place, value) in places.iter().zip(parameters) {
        filled.push_str(&sql[from..place.start]);
        filled.push_str(value);
        from = place.end;
    }
    filled.push_str(&sql[from..]);
    Ok(filled)
}

impl Parser<'_> {
    fn statement(&mut self) -> Result<Statement> {
        for words in NOT_DONE {
            let first: Vec<&str> = words.split(' ').collect();
            if self.looks_like(&first) {
                self.skip_to_end();
                return Ok(Statement::Unsupported(words));
            }
        }
        if self.at_query() {
            return Ok(Statement::Query(self.query()?));
        }
        if self.word("EXPLAIN") {
            return self.explain();
        }
        if self.word("CREATE") {
            return self.create();
        }
        if self.word("INSERT") {
            return self.insert();
        }
        if self.word("UNLOAD") {
            return self.unload();
        }
        if self.word("PREPARE") {
            let name = self.name()?.lower();
            self.expect_word("FROM")?;
            return Ok(Statement::Prepare { name, sql: self.rest() });
        }
        if self.word("EXECUTE") {
            return self.execute();
        }
        if self.word("DEALLOCATE") {
            self.expect_word("PREPARE")?;
            return Ok(Statement::Deallocate(self.name()?.lower()));
        }
        self.hive_statement()
    }

    /// Whether a query begins here.
    fn at_query(&mut self) -> bool {
        ["SELECT", "WITH", "VALUES", "TABLE"].into_iter().any(|word| self.at_word(word)) || self.at_symbol("(")
    }

    fn explain(&mut self) -> Result<Statement> {
        if self.symbol("(") {
            let options = self.list(|parser| {
                let option = parser.name()?.lower();
                let value = parser.name()?.lower();
                Ok((option, value))
            })?;
            self.expect_symbol(")")?;
            let plain = |(option, value): &(String, String)| {
                matches!((option.as_str(), value.as_str()), ("format", "text") | ("type", "logical" | "distributed"))
            };
            if !options.iter().all(plain) {
                self.skip_to_end();
                return Ok(Statement::Unsupported("EXPLAIN of that format or type"));
            }
        }
        if !self.at_query() {
            let here = self.mismatched();
            let not_done = ["CREATE", "INSERT", "UNLOAD", "DELETE", "UPDATE", "MERGE"];
            if not_done.into_iter().any(|word| self.at_word(word)) {
                self.skip_to_end();
                return Ok(Statement::Unsupported("EXPLAIN of a statement that writes"));
            }
            return Err(here);
        }
        Ok(Statement::Explain(self.query()?))
    }

    fn create(&mut self) -> Result<Statement> {
        if self.word("DATABASE") || self.word("SCHEMA") {
            return self.new_database();
        }
        if self.words(&["EXTERNAL", "TABLE"]) {
            return self.new_table();
        }
        let or_replace = self.words(&["OR", "REPLACE"]);
        if self.word("VIEW") {
            let view = self.table_name()?;
            self.expect_word("AS")?;
            let start = self.offset();
            self.query()?;
            let sql = self.source(start).to_owned();
            return Ok(Statement::CreateView { view, or_replace, sql });
        }
        self.expect_word("TABLE")?;
        let if_not_exists = self.words(&["IF", "NOT", "EXISTS"]);
        // The names of a table with columns are Hive's, those of CTAS are Trino's.
        let mark = self.mark();
        self.hive_table()?;
        if self.at_symbol("(") || self.at_word("LIKE") {
            self.skip_to_end();
            return Ok(Statement::Unsupported("CREATE TABLE"));
        }
        self.back(mark);
        let table = self.table_name()?;
        let properties = if self.word("WITH") { self.properties()? } else { Properties::new() };
        self.expect_word("AS")?;
        let query = self.query()?;
        let with_data = !self.words(&["WITH", "NO", "DATA"]);
        if with_data {
            self.words(&["WITH", "DATA"]);
        }
        Ok(Statement::CreateTableAs { table, if_not_exists, properties, query, with_data })
    }

    fn insert(&mut self) -> Result<Statement> {
        self.expect_word("INTO")?;
        let table = self.table_name()?;
        let columns = match self.at_symbol("(") && !self.is_query_after(1) {
            true => Some(self.names()?.iter().map(super::ast::Name::lower).collect()),
            false => None,
        };
        Ok(Statement::Insert { table, columns, query: self.query()? })
    }

    fn unload(&mut self) -> Result<Statement> {
        self.expect_symbol("(")?;
        let query = self.query()?;
        self.expect_symbol(")")?;
        self.expect_word("TO")?;
        let location = self.text()?;
        let properties = if self.word("WITH") { self.properties()? } else { Properties::new() };
        Ok(Statement::Unload { location, properties, query })
    }

    fn execute(&mut self) -> Result<Statement> {
        let name = self.name()?.lower();
        let parameters = match self.word("USING") {
            true => self.list(Self::expression_text)?,
            false => Vec::new(),
        };
        Ok(Statement::Execute { name, parameters })
    }

    /// `(name = 'value', names = ARRAY['a', 'b'])`.
    fn properties(&mut self) -> Result<Properties> {
        self.expect_symbol("(")?;
        let pairs = self.list(|parser| {
            let name = parser.name()?.lower();
            parser.expect_symbol("=")?;
            Ok((name, parser.property_value()?))
        })?;
        self.expect_symbol(")")?;
        Ok(pairs.into_iter().collect())
    }

    fn property_value(&mut self) -> Result<String> {
        if self.words(&["ARRAY", "["]) {
            let values = if self.at_symbol("]") { Vec::new() } else { self.list(Self::literal_text)? };
            self.expect_symbol("]")?;
            return Ok(values.join(","));
        }
        self.literal_text()
    }

    /// A literal without its quotes; of anything else, its source.
    pub(super) fn literal_text(&mut self) -> Result<String> {
        if self.at_text() {
            return self.text();
        }
        // date '2026-11-22'
        if matches!(self.ahead(1), Token::Text(_)) {
            self.advance();
            return self.text();
        }
        self.expression_text()
    }

    fn expression_text(&mut self) -> Result<String> {
        let start = self.offset();
        self.expression()?;
        Ok(self.source(start).to_owned())
    }

    pub(super) fn table_name(&mut self) -> Result<TableName> {
        let name = self.qualified_name()?;
        let parts = name.0.iter().map(super::ast::Name::lower).collect();
        self.table_of(parts, name.position())
    }

    /// Catalog, of which there is one, database and name.
    pub(super) fn table_of(&self, mut parts: Vec<String>, position: Position) -> Result<TableName> {
        let name = parts.pop().unwrap_or_default();
        let database = parts.pop();
        match parts.as_slice() {
            [] => Ok(TableName { database, name }),
            [catalog] if catalog == crate::analyze::CATALOG => Ok(TableName { database, name }),
            [catalog] => Err(Error::at(position, Code::CatalogNotFound, format!("Catalog '{catalog}' does not exist"))),
            _ => Err(Error::at(position, Code::SyntaxError, "Too many dots in table name")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_replace_question_marks_and_not_in_text() {
        let filled = fill("select '?' , ? from t where d = ?", &["1".into(), "date '2026-11-22'".into()]);
        assert_eq!(filled.as_deref(), Ok("select '?' , 1 from t where d = date '2026-11-22'"));
        let error = fill("select ?", &[]).expect_err("too few");
        assert_eq!(error.to_string(), "line 1:1: Incorrect number of parameters: expected 1 but found 0");
        assert!(fill("select 1", &["1".into()]).is_err());
    }

    #[test]
    fn a_statement_that_is_none_says_where() {
        let error = |sql: &str| statement(sql).expect_err(sql).to_string();
        assert!(
            error("selec 1").starts_with("line 1:1: mismatched input 'selec'. Expecting: "),
            "{}",
            error("selec 1")
        );
        assert!(error("select 1\n from (").starts_with("line 2:"));
        assert!(error("select\n 1,\u{a0}2").starts_with("line 2:4: mismatched input '\u{a0}'. Expecting: "));
        assert!(statement("select '\u{a0}' -- \u{a0}").is_ok());
        assert!(error(" ;; ").contains("empty"));
        assert!(error("select 1; select 2").starts_with("Only one sql statement is allowed"));
        assert!(statement("select 1;").is_ok());
        assert!(error(&format!("select {}1{}", "(".repeat(5_000), ")".repeat(5_000))).contains("too large"));
        assert!(error(&format!("select 1{}", " + 1".repeat(100_000))).contains("too large"));
    }

    #[test]
    fn statements_around_a_query() {
        let ctas =
            "create table a.b with (format = 'PARQUET', partitioned_by = array['d', 'e']) as select 1 as n, 2 as d";
        let parsed = statement(ctas).expect("a statement");
        assert!(matches!(parsed, Statement::CreateTableAs { properties, .. } if properties["partitioned_by"] == "d,e"));
        let view = statement("create or replace view v as select 1 as n ;").expect("a view");
        assert!(matches!(view, Statement::CreateView { sql, or_replace: true, .. } if sql == "select 1 as n"));
        let insert = statement("insert into t (b, a) select 1, 2").expect("an insert");
        assert!(matches!(insert, Statement::Insert { columns: Some(columns), .. } if columns == ["b", "a"]));
        assert!(matches!(statement("insert into t (select 1)"), Ok(Statement::Insert { columns: None, .. })));
        let unload = "unload (select 1 as n) to 's3://b/x/' with (format='PARQUET')";
        assert!(matches!(statement(unload), Ok(Statement::Unload { location, .. }) if location == "s3://b/x/"));
        let execute = statement("execute q using 1 + 1, 'a'").expect("an execution");
        assert!(matches!(execute, Statement::Execute { parameters, .. } if parameters == ["1 + 1", "'a'"]));
        assert!(matches!(statement("update t set a = 1"), Ok(Statement::Unsupported("UPDATE"))));
        assert!(statement("explain").is_err());
        assert!(matches!(statement("select * from t match_recognize (pattern (a))"), Ok(Statement::Refused(_))));
    }
}
