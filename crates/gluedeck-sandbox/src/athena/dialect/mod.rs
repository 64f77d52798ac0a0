//! Athena's SQL on the engine's parser: what a statement is, and what has to be rewritten before the engine sees it.

mod depth;
mod error;
mod factor;
mod functions;
mod rewrite;
mod unnest;
mod utility;

pub(super) use functions::names as function_names;

pub(crate) use self::error::DialectError;

use datafusion::sql::sqlparser::ast::{ObjectName, ObjectNamePart, Query, Statement};
use datafusion::sql::sqlparser::dialect::{Dialect, DuckDbDialect, GenericDialect};
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer, Whitespace};
use std::collections::BTreeMap;

pub(super) use rewrite::expand_views;

/// A table by name, and by database if that was named. All in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableName {
    pub(crate) database: Option<String>,
    pub(crate) name: String,
}

/// The `WITH (…)` properties of CTAS and UNLOAD: name to text, or to the texts of an array joined by commas.
pub(crate) type Properties = BTreeMap<String, String>;

/// A SELECT (or VALUES, or EXPLAIN of one), rewritten for the engine.
#[derive(Debug, Clone)]
pub(crate) struct Select {
    pub(crate) statement: Box<Statement>,
    /// Whether it asks for the hidden column `"$path"`.
    pub(crate) path: bool,
}

/// One partition of ALTER TABLE … ADD PARTITION: its value and, if given, its location.
pub(crate) type NewPartition = (String, Option<String>);

/// A statement that parsed.
#[derive(Debug, Clone)]
pub(crate) enum Parsed {
    Query(Select),
    Explain(Select),
    ShowDatabases,
    /// With a pattern for their names.
    ShowFunctions(Option<String>),
    ShowTables(Option<String>, Option<String>),
    ShowViews(Option<String>),
    ShowColumns(TableName),
    ShowPartitions(TableName),
    ShowCreateTable(TableName),
    ShowCreateView(TableName),
    ShowProperties(TableName),
    Describe(TableName),
    Repair(TableName),
    AddPartitions {
        table: TableName,
        if_not_exists: bool,
        partitions: Vec<NewPartition>,
    },
    DropTable {
        table: TableName,
        if_exists: bool,
        view: bool,
    },
    CreateView {
        view: TableName,
        or_replace: bool,
        sql: String,
    },
    CreateTableAs {
        table: TableName,
        if_not_exists: bool,
        properties: Properties,
        query: Select,
    },
    Insert {
        table: TableName,
        query: Select,
    },
    Unload {
        location: String,
        properties: Properties,
        query: Select,
    },
    Prepare {
        name: String,
        sql: String,
    },
    Execute {
        name: String,
        parameters: Vec<String>,
    },
    Deallocate(String),
    /// Parses, but the sandbox does not do it: the words it begins with.
    Unsupported(String),
    /// Parses, but holds something that the sandbox does not do: the message.
    Refused(DialectError),
}

impl Parsed {
    /// `StatementType`: DML, DDL or UTILITY. DML answers with a header row, and with CSV.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Query(_) | Self::Explain(_) => "DML",
            Self::CreateTableAs { .. } | Self::Insert { .. } | Self::Unload { .. } | Self::Execute { .. } => "DML",
            Self::Repair(_) | Self::AddPartitions { .. } | Self::DropTable { .. } | Self::CreateView { .. } => "DDL",
            Self::Prepare { .. } | Self::Deallocate(_) | Self::Unsupported(_) | Self::Refused(_) => "DDL",
            _ => "UTILITY",
        }
    }

    /// Whether the first row of the results is the columns' names: of DML, and of SHOW FUNCTIONS (docs/aws-facts.md:
    /// Header row).
    pub(crate) fn has_header(&self) -> bool {
        self.kind() == "DML" || matches!(self, Self::ShowFunctions(_))
    }

    /// Whether the statement changes the catalog or writes files other than its result.
    pub(crate) fn writes(&self) -> bool {
        !matches!(self, Self::Query(_) | Self::Explain(_)) && self.kind() != "UTILITY"
    }

    /// `SubstatementType`.
    pub(crate) fn word(&self) -> &str {
        match self {
            Self::Query(_) => "SELECT",
            Self::Explain(_) => "EXPLAIN",
            Self::ShowDatabases => "SHOW_DATABASES",
            Self::ShowFunctions(_) => "SHOW_FUNCTIONS",
            Self::ShowTables(..) => "SHOW_TABLES",
            Self::ShowViews(_) => "SHOW_VIEWS",
            Self::ShowColumns(_) => "SHOW_COLUMNS",
            Self::ShowPartitions(_) => "SHOW_PARTITIONS",
            Self::ShowCreateTable(_) => "SHOW_CREATE_TABLE",
            Self::ShowCreateView(_) => "SHOW_CREATE_VIEW",
            Self::ShowProperties(_) => "SHOW_TBLPROPERTIES",
            Self::Describe(_) => "DESCRIBE_TABLE",
            Self::Repair(_) => "MSCK_REPAIR_TABLE",
            Self::AddPartitions { .. } => "ALTER_TABLE_ADD_PARTITION",
            Self::DropTable { view: false, .. } => "DROP_TABLE",
            Self::DropTable { .. } => "DROP_VIEW",
            Self::CreateView { .. } => "CREATE_VIEW",
            Self::CreateTableAs { .. } => "CREATE_TABLE_AS_SELECT",
            Self::Insert { .. } => "INSERT_INTO",
            Self::Unload { .. } => "UNLOAD",
            Self::Prepare { .. } => "PREPARE",
            Self::Execute { .. } => "EXECUTE",
            Self::Deallocate(_) => "DEALLOCATE_PREPARE",
            Self::Unsupported(words) => words,
            Self::Refused(_) => "UNKNOWN",
        }
    }
}

/// Parses one statement.
///
/// # Errors
/// The message of Athena's MALFORMED_QUERY refusal, `line L:C: …`.
pub(crate) fn parse(sql: &str) -> Result<Parsed, DialectError> {
    let dialect = dialect(sql);
    let refused = |error: &dyn std::fmt::Display| malformed(sql, &error.to_string());
    let mut tokens = tokens(sql).map_err(|error| refused(&error))?;
    while tokens
        .last()
        .is_some_and(|token| token.token == Token::SemiColon || matches!(token.token, Token::Whitespace(_)))
    {
        tokens.pop();
    }
    if tokens.iter().all(|token| matches!(token.token, Token::Whitespace(_))) {
        return Err(DialectError::Empty);
    }
    if let Some(error) = foreign_blank(sql, &tokens) {
        return Err(error);
    }
    if depth::depth(&tokens) > depth::MAX_DEPTH {
        return Err(DialectError::TooLarge);
    }
    let mut parser =
        Parser::new(dialect).with_recursion_limit(depth::MAX_DEPTH).with_tokens_with_locations(tokens.clone());
    if let Some(parsed) = utility::parse(&mut parser, sql).map_err(|error| refused(&error))? {
        return Ok(parsed);
    }
    let mut parser = Parser::new(dialect).with_recursion_limit(depth::MAX_DEPTH).with_tokens_with_locations(tokens);
    let mut statements = parser.parse_statements().map_err(|error| refused(&error))?;
    if statements.len() > 1 {
        return Err(DialectError::Several(sql.to_owned()));
    }
    Ok(classify(statements.pop().ok_or(DialectError::Empty)?))
}

/// Puts the values in place of the `?` of a prepared statement or of a query with execution parameters.
///
/// # Errors
/// If there are fewer or more values than places.
pub(crate) fn fill(sql: &str, parameters: &[String]) -> Result<String, DialectError> {
    // As they are written: a quote within quotes must stay two of them.
    let raw = Tokenizer::new(dialect(sql), sql).with_unescape(false).tokenize_with_location();
    let tokens = raw.map_err(|error| malformed(sql, &error.to_string()))?;
    let places = tokens.iter().filter(|token| matches!(&token.token, Token::Placeholder(_))).count();
    if places != parameters.len() {
        return Err(DialectError::Parameters { expected: places, found: parameters.len() });
    }
    let mut values = parameters.iter();
    let text = tokens.iter().map(|token| match &token.token {
        Token::Placeholder(_) => values.next().cloned().unwrap_or_default(),
        other => other.to_string(),
    });
    Ok(text.collect())
}

/// Where a word first stands in a statement, as `line L:C: `; empty where it does not.
pub(super) fn position(sql: &str, word: &str) -> String {
    let Ok(tokens) = tokens(sql) else { return String::new() };
    let found = tokens.iter().find(|token| match &token.token {
        Token::Word(found) => found.value.eq_ignore_ascii_case(word),
        _ => false,
    });
    found.map(|t| format!("line {}:{}: ", t.span.start.line, t.span.start.column)).unwrap_or_default()
}

/// A blank that this parser takes and Trino's grammar does not: no-break spaces and the like, from a chat or a document.
fn foreign_blank(sql: &str, tokens: &[TokenWithSpan]) -> Option<DialectError> {
    if sql.is_ascii() {
        return None;
    }
    let lines: Vec<&str> = sql.split('\n').collect();
    tokens.iter().filter(|token| token.token == Token::Whitespace(Whitespace::Space)).find_map(|token| {
        let place = token.span.start;
        let (line, column) = (usize::try_from(place.line).ok()?, usize::try_from(place.column).ok()?);
        let letter = lines.get(line.checked_sub(1)?)?.chars().nth(column.checked_sub(1)?)?;
        let text = format!("line {line}:{column}: mismatched input '{letter}'");
        (!letter.is_ascii()).then_some(DialectError::Malformed(text))
    })
}

fn tokens(sql: &str) -> Result<Vec<TokenWithSpan>, impl std::fmt::Display + use<>> {
    Tokenizer::new(dialect(sql), sql).tokenize_with_location()
}

/// Only one of the parser's dialects with Athena's quotes knows lambdas, and it knows less of the rest.
fn dialect(sql: &str) -> &'static dyn Dialect {
    if sql.contains("->") { &DuckDbDialect {} } else { &GenericDialect {} }
}

fn classify(statement: Statement) -> Parsed {
    match statement {
        Statement::Query(query) => over(query, Parsed::Query),
        Statement::Explain { statement, .. } => match *statement {
            Statement::Query(query) => over(query, Parsed::Explain),
            _ => Parsed::Unsupported("EXPLAIN".to_owned()),
        },
        other => {
            let text = other.to_string();
            Parsed::Unsupported(text.split_whitespace().take(2).collect::<Vec<_>>().join("_").to_uppercase())
        }
    }
}

/// A statement over a query, unless the query cannot be put in the engine's words.
fn over(query: Box<Query>, statement: impl FnOnce(Select) -> Parsed) -> Parsed {
    match rewrite::select(Statement::Query(query)) {
        Ok(select) => statement(select),
        Err(error) => Parsed::Refused(error),
    }
}

/// Catalog (ignored: there is one), database and name of a table.
pub(super) fn table_name(name: &ObjectName) -> TableName {
    let mut parts: Vec<String> = name.0.iter().map(part).collect();
    let name = parts.pop().unwrap_or_default();
    TableName { database: parts.pop(), name }
}

fn part(part: &ObjectNamePart) -> String {
    part.as_ident().map(|ident| ident.value.to_lowercase()).unwrap_or_default()
}

/// From the parser's `sql parser error: … at Line: 1, Column: 8` to Athena's `line 1:8: …`.
fn malformed(sql: &str, error: &str) -> DialectError {
    let text = error.trim_start_matches("sql parser error: ");
    let Some((what, place)) = text.rsplit_once(" at Line: ") else {
        // The parser gives no place where it wanted more: that is the end.
        let last = sql.lines().last().unwrap_or_default().chars().count() + 1;
        let line = sql.lines().count().max(1);
        return DialectError::Malformed(format!("line {line}:{last}: mismatched input '<EOF>'. {text}"));
    };
    let place = place.replace(", Column: ", ":");
    DialectError::Malformed(format!("line {place}: mismatched input. {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(sql: &str) -> String {
        match parse(sql).expect(sql) {
            Parsed::Query(select) => select.statement.to_string(),
            other => panic!("not a query: {other:?}"),
        }
    }

    #[test]
    fn expressions_without_a_name_are_named_by_position() {
        assert_eq!(
            rewritten("select id, count(*), 7/2 as x, 1 from \"User\" group by id"),
            "SELECT id, count(*) AS _col1, 7 / 2 AS x, 1 AS _col3 FROM \"user\" GROUP BY id"
        );
    }

    #[test]
    fn blanks_that_trino_does_not_know_are_refused() {
        let error = parse("select\n 1,\u{a0}2").expect_err("malformed").to_string();
        assert_eq!(error, "line 2:4: mismatched input '\u{a0}'");
        assert!(parse("select '\u{a0}' -- \u{a0}").is_ok());
    }

    #[test]
    fn a_statement_that_does_not_parse_says_where() {
        let error = parse("selec 1").expect_err("malformed").to_string();
        assert!(error.starts_with("line 1:1: mismatched input"), "{error}");
        let error = parse("select 1\n from (").expect_err("malformed").to_string();
        assert!(error.starts_with("line 2:"), "{error}");
        assert!(parse("").is_err());
        assert!(parse(" ;; ").is_err());
        assert!(parse("select 1; select 2").is_err());
        assert!(parse("select 1;").is_ok());
    }

    #[test]
    fn functions_are_put_in_the_engines_words() {
        let cases = [
            ("count_if(a > 1)", "count(CASE WHEN a > 1 THEN 1 END)"),
            ("max_by(id, amount)", "first_value(id ORDER BY amount DESC NULLS LAST)"),
            ("if(a, 1, 2)", "CASE WHEN a THEN 1 ELSE 2 END"),
            ("try(cast(a as int) / b)", "(TRY_CAST(a AS INT) / nullif(b, 0))"),
            ("try(date_parse(a, '%Y'))", "(try_date_parse(a, '%Y'))"),
            ("contains(tags, 'x')", "array_has(tags, 'x')"),
            ("year(created_at)", "CAST(date_part('year', created_at) AS BIGINT)"),
        ];
        for (athena, engine) in cases {
            let sql = rewritten(&format!("select {athena} as x from t"));
            assert_eq!(sql.replace(' ', ""), format!("SELECT {engine} AS x FROM t").replace(' ', ""), "{athena}");
        }
        let sql = rewritten("select listagg(id, ',') within group (order by id) x from t");
        assert_eq!(sql, "SELECT string_agg(id, ',' ORDER BY id) AS x FROM t");
        let sql = rewritten("select transform(tags, t -> upper(t)) x from t");
        assert!(sql.contains("array_transform(tags, t -> upper(t))"), "{sql}");
    }

    #[test]
    fn parameters_replace_question_marks_and_not_in_text() {
        let filled = fill("select '?' , ? from t where d = ?", &["1".into(), "date '2026-11-22'".into()]);
        assert_eq!(filled.as_deref(), Ok("select '?' , 1 from t where d = date '2026-11-22'"));
        assert!(fill("select ?", &[]).is_err());
        assert!(fill("select 1", &["1".into()]).is_err());
    }

    #[test]
    fn statements_that_are_no_queries_are_told_apart() {
        let named =
            |database: Option<&str>, name: &str| TableName { database: database.map(str::to_owned), name: name.into() };
        assert!(matches!(parse("SHOW DATABASES"), Ok(Parsed::ShowDatabases)));
        assert!(matches!(parse("show schemas;"), Ok(Parsed::ShowDatabases)));
        assert!(
            matches!(parse("show tables in Data_Quality"), Ok(Parsed::ShowTables(Some(db), None)) if db == "data_quality")
        );
        assert!(matches!(parse("show tables 'user*'"), Ok(Parsed::ShowTables(None, Some(like))) if like == "user*"));
        let (quality, user) = (named(Some("data_quality"), "job_runs"), named(None, "user"));
        assert!(matches!(parse("describe data_quality.job_runs"), Ok(Parsed::Describe(table)) if table == quality));
        assert!(matches!(parse("show partitions User"), Ok(Parsed::ShowPartitions(table)) if table == user));
        assert!(
            matches!(parse("show columns from user in data_quality"), Ok(Parsed::ShowColumns(t)) if t.database.is_some())
        );
        assert!(matches!(parse("msck repair table `user`"), Ok(Parsed::Repair(table)) if table == user));
        assert!(matches!(parse("drop table if exists x"), Ok(Parsed::DropTable { if_exists: true, view: false, .. })));
        assert!(
            matches!(parse("create or replace view v as select 1 as n"), Ok(Parsed::CreateView { sql, .. }) if sql == "select 1 as n")
        );
        let ctas =
            parse("create table a.b with (format = 'PARQUET', partitioned_by = array['d']) as select 1 as n, 2 as d");
        assert!(matches!(ctas, Ok(Parsed::CreateTableAs { properties, .. }) if properties["partitioned_by"] == "d"));
        assert!(matches!(
            parse("unload (select 1 as n) to 's3://b/x/' with (format='PARQUET')"),
            Ok(Parsed::Unload { .. })
        ));
        assert!(
            matches!(parse("alter table user add if not exists partition (as_of_date = '2026-11-22') location 's3://b/x'"), Ok(Parsed::AddPartitions { partitions, .. }) if partitions.len() == 1)
        );
        assert!(
            matches!(parse("execute q using 1, 'a'"), Ok(Parsed::Execute { parameters, .. }) if parameters == ["1", "'a'"])
        );
        assert!(matches!(parse("create role x"), Ok(Parsed::Unsupported(_))));
    }
}
