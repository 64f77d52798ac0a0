//! The statements that are no queries: SHOW, DESCRIBE, DDL, and what wraps a query (CTAS, INSERT, UNLOAD, PREPARE).

use super::{NewPartition, Parsed, Properties, TableName, over, table_name};
use datafusion::sql::sqlparser::ast::Expr;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Location, Token};

type Maybe = Result<Option<Parsed>, ParserError>;

/// The statement, if it is one of these; a parser that has moved otherwise.
pub(super) fn parse(parser: &mut Parser<'_>, sql: &str) -> Maybe {
    match word(parser).as_str() {
        "show" => show(parser),
        "describe" | "desc" => describe(parser),
        "msck" => {
            words(parser, &["repair", "table"])?;
            table(parser).map(|table| Some(Parsed::Repair(table)))
        }
        "alter" => alter(parser),
        "drop" => drop_statement(parser),
        "create" => create(parser, sql),
        "insert" => {
            words(parser, &["into"])?;
            let table = table(parser)?;
            let query = parser.parse_query()?;
            end(parser)?;
            Ok(Some(over(query, |query| Parsed::Insert { table, query })))
        }
        "unload" => unload(parser),
        "prepare" => {
            let name = parser.parse_identifier()?.value;
            words(parser, &["from"])?;
            Ok(Some(Parsed::Prepare { name, sql: rest(parser, sql) }))
        }
        "execute" => {
            let name = parser.parse_identifier()?.value;
            let parameters = match keyword(parser, "using") {
                true => parser.parse_comma_separated(Parser::parse_expr)?,
                false => Vec::new(),
            };
            end(parser)?;
            let parameters = parameters.iter().map(Expr::to_string).collect();
            Ok(Some(Parsed::Execute { name, parameters }))
        }
        "deallocate" => {
            words(parser, &["prepare"])?;
            Ok(Some(Parsed::Deallocate(parser.parse_identifier()?.value)))
        }
        _ => Ok(None),
    }
}

fn show(parser: &mut Parser<'_>) -> Maybe {
    let parsed = match word(parser).as_str() {
        "databases" | "schemas" => {
            // A LIKE pattern narrows four names; Athena takes it, so does this.
            while parser.next_token().token != Token::EOF {}
            Parsed::ShowDatabases
        }
        "tables" => {
            let database = database(parser)?;
            Parsed::ShowTables(database, pattern(parser))
        }
        "functions" => Parsed::ShowFunctions(pattern(parser)),
        "views" => Parsed::ShowViews(database(parser)?),
        "columns" => {
            if !keyword(parser, "in") {
                words(parser, &["from"])?;
            }
            let mut table = table(parser)?;
            if let Some(database) = database(parser)? {
                table.database = Some(database);
            }
            Parsed::ShowColumns(table)
        }
        "partitions" => Parsed::ShowPartitions(table(parser)?),
        "tblproperties" => Parsed::ShowProperties(table(parser)?),
        "create" => match word(parser).as_str() {
            "view" => Parsed::ShowCreateView(table(parser)?),
            _ => Parsed::ShowCreateTable(table(parser)?),
        },
        other => Parsed::Unsupported(format!("SHOW_{}", other.to_uppercase())),
    };
    Ok(Some(parsed))
}

fn describe(parser: &mut Parser<'_>) -> Maybe {
    while keyword(parser, "formatted") || keyword(parser, "extended") {}
    let table = table(parser)?;
    end(parser)?;
    Ok(Some(Parsed::Describe(table)))
}

fn alter(parser: &mut Parser<'_>) -> Maybe {
    words(parser, &["table"])?;
    let table = table(parser)?;
    if !keyword(parser, "add") {
        return Ok(Some(Parsed::Unsupported(format!("ALTER_TABLE_{}", word(parser).to_uppercase()))));
    }
    let if_not_exists = keyword(parser, "if");
    if if_not_exists {
        words(parser, &["not", "exists"])?;
    }
    let mut partitions: Vec<NewPartition> = Vec::new();
    while keyword(parser, "partition") {
        parser.expect_token(&Token::LParen)?;
        parser.parse_identifier()?;
        parser.expect_token(&Token::Eq)?;
        let value = text(&parser.parse_expr()?);
        parser.expect_token(&Token::RParen)?;
        let location = if keyword(parser, "location") { Some(parser.parse_literal_string()?) } else { None };
        partitions.push((value, location));
    }
    if partitions.is_empty() {
        return Ok(Some(Parsed::Unsupported(format!("ALTER_TABLE_ADD_{}", word(parser).to_uppercase()))));
    }
    end(parser)?;
    Ok(Some(Parsed::AddPartitions { table, if_not_exists, partitions }))
}

fn drop_statement(parser: &mut Parser<'_>) -> Maybe {
    let view = match word(parser).as_str() {
        "table" => false,
        "view" => true,
        other => return Ok(Some(Parsed::Unsupported(format!("DROP_{}", other.to_uppercase())))),
    };
    let if_exists = keyword(parser, "if");
    if if_exists {
        words(parser, &["exists"])?;
    }
    let table = table(parser)?;
    end(parser)?;
    Ok(Some(Parsed::DropTable { table, if_exists, view }))
}

fn create(parser: &mut Parser<'_>, sql: &str) -> Maybe {
    let or_replace = keyword(parser, "or");
    if or_replace {
        words(parser, &["replace"])?;
    }
    match word(parser).as_str() {
        "view" => {
            let view = table(parser)?;
            words(parser, &["as"])?;
            Ok(Some(Parsed::CreateView { view, or_replace, sql: rest(parser, sql) }))
        }
        "table" => {
            let if_not_exists = keyword(parser, "if");
            if if_not_exists {
                words(parser, &["not", "exists"])?;
            }
            let table = table(parser)?;
            let properties = if keyword(parser, "with") { properties(parser)? } else { Properties::new() };
            if !keyword(parser, "as") {
                return Ok(Some(Parsed::Unsupported("CREATE_TABLE".to_owned())));
            }
            let query = parser.parse_query()?;
            end(parser)?;
            Ok(Some(over(query, |query| Parsed::CreateTableAs { table, if_not_exists, properties, query })))
        }
        other => Ok(Some(Parsed::Unsupported(format!("CREATE_{}", other.to_uppercase())))),
    }
}

fn unload(parser: &mut Parser<'_>) -> Maybe {
    parser.expect_token(&Token::LParen)?;
    let query = parser.parse_query()?;
    parser.expect_token(&Token::RParen)?;
    words(parser, &["to"])?;
    let location = parser.parse_literal_string()?;
    let properties = if keyword(parser, "with") { properties(parser)? } else { Properties::new() };
    end(parser)?;
    Ok(Some(over(query, |query| Parsed::Unload { location, properties, query })))
}

/// `(name = 'value', names = ARRAY['a', 'b'])`.
fn properties(parser: &mut Parser<'_>) -> Result<Properties, ParserError> {
    parser.expect_token(&Token::LParen)?;
    let pairs = parser.parse_comma_separated(|parser| {
        let name = parser.parse_identifier()?.value.to_lowercase();
        parser.expect_token(&Token::Eq)?;
        let value = match parser.parse_expr()? {
            Expr::Array(array) => array.elem.iter().map(text).collect::<Vec<_>>().join(","),
            value => text(&value),
        };
        Ok((name, value))
    })?;
    parser.expect_token(&Token::RParen)?;
    Ok(pairs.into_iter().collect())
}

/// A literal without its quotes.
fn text(value: &Expr) -> String {
    match value {
        Expr::Value(value) => match value.clone().into_string() {
            Some(text) => text,
            None => value.to_string(),
        },
        // date '2026-11-22'
        Expr::TypedString(typed) => typed.value.clone().into_string().unwrap_or_default(),
        other => other.to_string(),
    }
}

fn table(parser: &mut Parser<'_>) -> Result<TableName, ParserError> {
    Ok(table_name(&parser.parse_object_name(false)?))
}

/// `IN database` or `FROM database`, if it is there.
fn database(parser: &mut Parser<'_>) -> Result<Option<String>, ParserError> {
    if keyword(parser, "in") || keyword(parser, "from") {
        return Ok(Some(parser.parse_identifier()?.value.to_lowercase()));
    }
    Ok(None)
}

/// `'user*|order*'`, with or without LIKE.
fn pattern(parser: &mut Parser<'_>) -> Option<String> {
    keyword(parser, "like");
    parser.parse_literal_string().ok()
}

/// The next word in lower case, whatever it is.
fn word(parser: &mut Parser<'_>) -> String {
    parser.next_token().token.to_string().to_lowercase()
}

/// Takes the word if it is the next one.
fn keyword(parser: &mut Parser<'_>, expected: &str) -> bool {
    let found = parser.peek_token().token.to_string().eq_ignore_ascii_case(expected);
    if found {
        parser.next_token();
    }
    found
}

fn words(parser: &mut Parser<'_>, expected: &[&str]) -> Result<(), ParserError> {
    for expected in expected {
        if !keyword(parser, expected) {
            return parser.expected(&expected.to_uppercase(), parser.peek_token());
        }
    }
    Ok(())
}

fn end(parser: &mut Parser<'_>) -> Result<(), ParserError> {
    if parser.peek_token().token == Token::EOF {
        return Ok(());
    }
    parser.expected("end of statement", parser.peek_token())
}

/// The text from the next token to the end.
fn rest(parser: &mut Parser<'_>, sql: &str) -> String {
    let Location { line, column } = parser.peek_token().span.start;
    let lines = sql.split_inclusive('\n').skip(line.saturating_sub(1) as usize);
    let text: String = lines.collect();
    let text: String = text.chars().skip(column.saturating_sub(1) as usize).collect();
    text.trim().trim_end_matches(';').trim_end().to_owned()
}
