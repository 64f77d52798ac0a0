//! Athena's functions in the engine's words: one line a function, written as SQL.

use super::error::DialectError;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::dialect::DuckDbDialect;
use datafusion::sql::sqlparser::parser::Parser;
use std::ops::ControlFlow;

/// Name, number of arguments, and what stands for it; `$1` is the first argument.
const TEMPLATES: &[(&str, usize, &str)] = &[
    ("year", 1, "CAST(date_part('year', $1) AS BIGINT)"),
    ("quarter", 1, "CAST(date_part('quarter', $1) AS BIGINT)"),
    ("month", 1, "CAST(date_part('month', $1) AS BIGINT)"),
    ("week", 1, "CAST(date_part('week', $1) AS BIGINT)"),
    ("week_of_year", 1, "CAST(date_part('week', $1) AS BIGINT)"),
    ("day", 1, "CAST(date_part('day', $1) AS BIGINT)"),
    ("day_of_month", 1, "CAST(date_part('day', $1) AS BIGINT)"),
    ("day_of_year", 1, "CAST(date_part('doy', $1) AS BIGINT)"),
    ("doy", 1, "CAST(date_part('doy', $1) AS BIGINT)"),
    ("dow", 1, "day_of_week($1)"),
    ("hour", 1, "CAST(date_part('hour', $1) AS BIGINT)"),
    ("minute", 1, "CAST(date_part('minute', $1) AS BIGINT)"),
    ("second", 1, "CAST(date_part('second', $1) AS BIGINT)"),
    ("millisecond", 1, "CAST(date_part('millisecond', $1) AS BIGINT) % 1000"),
    ("date", 1, "CAST($1 AS DATE)"),
    ("localtimestamp", 0, "CAST(now() AS TIMESTAMP(3))"),
    // The engine's own has nanoseconds, which end in 2262.
    ("now", 0, "arrow_cast(now(), 'Timestamp(Millisecond, Some(\"UTC\"))')"),
    ("current_timestamp", 0, "arrow_cast(now(), 'Timestamp(Millisecond, Some(\"UTC\"))')"),
    ("count_if", 1, "count(CASE WHEN $1 THEN 1 END)"),
    ("arbitrary", 1, "first_value($1) IGNORE NULLS"),
    ("any_value", 1, "first_value($1) IGNORE NULLS"),
    ("max_by", 2, "first_value($1 ORDER BY $2 DESC NULLS LAST)"),
    ("min_by", 2, "first_value($1 ORDER BY $2 ASC NULLS LAST)"),
    ("approx_percentile", 2, "approx_percentile_cont($1, $2)"),
    ("every", 1, "bool_and($1)"),
    ("if", 2, "CASE WHEN $1 THEN $2 END"),
    ("if", 3, "CASE WHEN $1 THEN $2 ELSE $3 END"),
    ("mod", 2, "(($1) % ($2))"),
    ("rand", 0, "random()"),
    ("ceiling", 1, "ceil($1)"),
    ("position", 2, "strpos($2, $1)"),
    ("contains", 2, "array_has($1, $2)"),
    ("sequence", 3, "generate_series($1, $2, $3)"),
    ("slice", 3, "array_slice($1, $2, ($2) + ($3) - 1)"),
    ("transform", 2, "array_transform($1, $2)"),
    ("filter", 2, "array_filter($1, $2)"),
    ("any_match", 2, "array_any_match($1, $2)"),
    ("array_join", 2, "array_to_string($1, $2)"),
    ("array_join", 3, "array_to_string($1, $2, $3)"),
    ("zip", 2, "arrays_zip($1, $2)"),
    ("to_utf8", 1, "CAST($1 AS BYTEA)"),
    ("from_utf8", 1, "CAST($1 AS VARCHAR)"),
    ("is_nan", 1, "isnan($1)"),
    ("truncate", 1, "trunc($1)"),
    ("typeof", 1, "arrow_typeof($1)"),
    ("with_timezone", 2, "($1) AT TIME ZONE $2"),
];

/// The engine's words for a call, or `None` where they are the same.
pub(super) fn translate(function: &Function) -> Result<Option<Expr>, DialectError> {
    let name = function.name.to_string().to_lowercase();
    let Some(arguments) = arguments(function) else { return Ok(None) };
    let texts: Vec<String> = arguments.iter().map(|argument| argument.to_string()).collect();
    let translated = match (name.as_str(), arguments.as_slice()) {
        ("try", [inner]) => return attempt((*inner).clone()).map(Some),
        // NULL in any part is NULL in Trino, and nothing in the engine.
        ("concat", [_, _, ..]) => expression(&texts.iter().map(|t| format!("({t})")).collect::<Vec<_>>().join(" || "))?,
        ("greatest" | "least", [_, _, ..]) => {
            let nulls: Vec<_> = texts.iter().map(|text| format!("({text}) IS NULL")).collect();
            expression(&format!("CASE WHEN {} THEN NULL ELSE {name}({}) END", nulls.join(" OR "), texts.join(", ")))?
        }
        ("listagg", [_] | [_, _]) => expression(&string_agg(function, &texts))?,
        ("sequence", [from, to]) => {
            // Over dates a step is one day unless it is given; the engine wants to be told.
            let step = if is_date(from) || is_date(to) { ", INTERVAL '1' DAY" } else { "" };
            expression(&format!("generate_series({}, {}{step})", texts[0], texts[1]))?
        }
        ("element_at", [_, key]) => expression(&match key {
            Expr::Value(value) if value.clone().into_string().is_some() => {
                format!("map_extract({}, {})[1]", texts[0], texts[1])
            }
            _ => format!("array_element({}, {})", texts[0], texts[1]),
        })?,
        (name, _) => {
            let Some((_, _, template)) = TEMPLATES.iter().find(|(n, count, _)| *n == name && *count == texts.len())
            else {
                return Ok(None);
            };
            expression(&substitute(template, &texts))?
        }
    };
    Ok(Some(keep_clauses(translated, function)))
}

/// FILTER and OVER of an aggregate stay with it.
fn keep_clauses(mut translated: Expr, function: &Function) -> Expr {
    if let Expr::Function(new) = &mut translated {
        new.filter.clone_from(&function.filter);
        new.over.clone_from(&function.over);
    }
    translated
}

fn string_agg(function: &Function, texts: &[String]) -> String {
    let separator = texts.get(1).map_or("''", String::as_str);
    let order: Vec<_> = function.within_group.iter().map(ToString::to_string).collect();
    let order = if order.is_empty() { String::new() } else { format!(" ORDER BY {}", order.join(", ")) };
    format!("string_agg({}, {separator}{order})", texts[0])
}

fn arguments(function: &Function) -> Option<Vec<&Expr>> {
    match &function.args {
        FunctionArguments::None => Some(Vec::new()),
        FunctionArguments::Subquery(_) => None,
        FunctionArguments::List(list) if list.duplicate_treatment.is_none() && list.clauses.is_empty() => {
            let plain = list.args.iter().map(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
                _ => None,
            });
            plain.collect()
        }
        FunctionArguments::List(_) => None,
    }
}

/// Whether the text of an expression shows that it is a date or a timestamp.
fn is_date(expr: &Expr) -> bool {
    let text = expr.to_string().to_lowercase();
    ["date", "timestamp", "now()"].iter().any(|word| text.contains(word))
}

fn substitute(template: &str, texts: &[String]) -> String {
    let mut parts = template.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let index = part.chars().next().and_then(|digit| digit.to_digit(10)).unwrap_or(1) as usize;
        text.push_str(texts.get(index - 1).map_or("NULL", String::as_str));
        text.push_str(part.get(1..).unwrap_or_default());
    }
    text
}

/// One expression of SQL text.
pub(super) fn expression(text: &str) -> Result<Expr, DialectError> {
    let parsed = Parser::new(&DuckDbDialect {}).try_with_sql(text).and_then(|mut parser| parser.parse_expr());
    parsed.map_err(|error| DialectError::NotSupported(format!("{text}: {error}")))
}

/// `TRY(x)`: whatever in it can refuse a value answers NULL instead.
fn attempt(mut expr: Expr) -> Result<Expr, DialectError> {
    struct Attempt;
    impl VisitorMut for Attempt {
        type Break = DialectError;

        fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<DialectError> {
            match expr {
                Expr::Cast { kind: kind @ (CastKind::Cast | CastKind::DoubleColon), .. } => *kind = CastKind::TryCast,
                Expr::BinaryOp { op: BinaryOperator::Divide | BinaryOperator::Modulo, right, .. } => {
                    match expression(&format!("nullif({right}, 0)")) {
                        Ok(safe) => **right = safe,
                        Err(error) => return ControlFlow::Break(error),
                    }
                }
                Expr::Function(function) => {
                    let name = function.name.to_string().to_lowercase();
                    if crate::athena::functions::has_twin(&name) {
                        let twin = format!("{}{name}", crate::athena::functions::TRY);
                        let Ok(Expr::Function(renamed)) = expression(&format!("{twin}()")) else {
                            return ControlFlow::Break(DialectError::NotSupported(format!("try({name})")));
                        };
                        function.name = renamed.name;
                    }
                }
                _ => {}
            }
            ControlFlow::Continue(())
        }
    }
    match expr.visit(&mut Attempt) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(Expr::Nested(Box::new(expr))),
    }
}
/// The names that are put in the engine's words.
pub(in crate::athena) fn names() -> impl Iterator<Item = &'static str> {
    TEMPLATES.iter().map(|(name, ..)| *name)
}
