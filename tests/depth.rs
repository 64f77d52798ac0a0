//! Text that goes deep, or on for ever, ends nothing: the deepest statement that is taken is answered, what is deeper gets an
//! error by name, and everything else that reads text comes back.

use crate::contract::sdk;
use crate::support::World;
use aws_sdk_athena::types::QueryExecutionState;
use gluedeck_core::analysis::filter::Filter as BoardFilter;
use gluedeck_core::analysis::log::{Cause, Filter, line};
use gluedeck_core::analysis::rows::Rows;
use gluedeck_core::analysis::sql::{self, advice, changes, complete, statements, tables};
use gluedeck_core::analysis::triage::alerts;

/// A statement of a kind that is so deep.
fn statement(kind: &str, depth: usize) -> String {
    let half = depth / 2;
    match kind {
        "sum" => format!("select {}1", "1+".repeat(depth)),
        "and" => format!("select {}true", "true and ".repeat(depth)),
        "or" => format!("select {}true", "false or ".repeat(depth)),
        "union" => vec!["select 1"; depth / 2].join(" union all "),
        "case" => format!("select {}1{}", "case when true then ".repeat(half), " end".repeat(half)),
        "brackets" => format!("select {}1{}", "(".repeat(half), ")".repeat(half)),
        "functions" => format!("select {}'a'{}", "lower(".repeat(half), ")".repeat(half)),
        "queries" => {
            format!("select * from {}(select 1) t{}", "(select * from ".repeat(half / 2), ") t".repeat(half / 2))
        }
        _ => format!("select {}'b'", "'a' || ".repeat(depth)),
    }
}

/// A quarter of the longest statement of Athena and of the longest event of CloudWatch Logs.
const MAX_BYTES: usize = 65_536;

const KINDS: [&str; 9] = ["sum", "and", "or", "union", "case", "brackets", "functions", "queries", "concat"];

/// The real client against the sandbox.
#[tokio::test(flavor = "multi_thread")]
async fn no_statement_ends_the_sandbox() {
    let world = World::at("05:00:00");
    let athena = aws_sdk_athena::Client::new(&sdk(&world));
    let ask = async |sql: String| {
        let started = athena.start_query_execution().query_string(sql).send().await;
        let id = match started {
            Ok(started) => started.query_execution_id.expect("an id"),
            Err(error) => return Err(error.into_service_error().to_string()),
        };
        loop {
            let answer = athena.get_query_execution().query_execution_id(&id).send().await.expect("an answer");
            let status = answer.query_execution.expect("an execution").status.expect("a status");
            match status.state().expect("a state") {
                QueryExecutionState::Succeeded => return Ok(()),
                QueryExecutionState::Failed | QueryExecutionState::Cancelled => {
                    return Err(status.state_change_reason.unwrap_or_default());
                }
                _ => tokio::task::yield_now().await,
            }
        }
    };
    for kind in KINDS {
        for depth in [300, 20_000] {
            let said = ask(statement(kind, depth)).await;
            match depth {
                300 => assert_eq!(said, Ok(()), "{kind} {depth}"),
                _ => assert!(said.as_ref().is_err_and(|why| why.contains("too large")), "{kind} {depth}: {said:?}"),
            }
        }
    }
    assert_eq!(ask("select 1".to_owned()).await, Ok(()), "it goes on");
}

#[test]
fn nothing_that_reads_text_runs_out_of_stack() {
    let deep = 50_000;
    let mut texts: Vec<String> = KINDS.iter().map(|kind| statement(kind, deep)).collect();
    texts.extend([
        "{\"a\":".repeat(deep),
        "[".repeat(deep),
        format!("{{\"detail\":{}", "\"{\\\"".repeat(deep)),
        "<a>&lt;".repeat(deep),
        "Traceback (most recent call last):\n".repeat(deep),
        "Caused by: a.B: ".repeat(deep),
        "ERROR [".repeat(deep),
        "!(".repeat(deep),
        "/*".repeat(deep),
    ]);
    for text in &mut texts {
        text.truncate(MAX_BYTES);
        let text: &str = text;
        let _ = alerts(text);
        let _ = Filter::parse(text);
        let _ = BoardFilter::parse(text);
        let _ = (line::level(text), line::shape(text));
        let _ = Cause::of(text);
        let _ = complete::complete(text, text.len(), None, &[]);
        let _ = (tables::of(text), changes::of(text));
        let _ = (advice::of(text, None, &[]), statements::all(text).len(), sql::depth::depth(text));
        let _ = sql::formatted(text);
    }
}

#[cfg(feature = "local-sql")]
#[test]
fn sql_on_rows_that_are_here_says_what_is_too_deep() {
    let runtime = tokio::runtime::Builder::new_multi_thread().thread_stack_size(32 << 20).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let ask = |sql: String| {
        let asked = runtime.spawn(async move { gluedeck_localsql::query(&sql, Rows::default()).await });
        runtime.block_on(asked).expect("it ends")
    };
    for kind in KINDS {
        let said = ask(statement(kind, 20_000)).expect_err("too deep").to_string();
        assert!(said.contains("levels of brackets and operators"), "{kind}: {said}");
        // Whether or not the engine takes it.
        let _ = ask(statement(kind, 300));
    }
    assert!(ask("select 1".to_owned()).is_ok());
}
