//! The SQL screen and its results: what is run, shown, cancelled, found again; every kind of statement, by the object in S3
//! and page by page.

use crate::support::World;
use crate::support::story::Story;
use gluedeck_aws::store::{QueryLog, read_queries};
use gluedeck_core::analysis::rows::Rows;
use gluedeck_core::domain::{QueryContext, QueryExecution, QueryState};
use gluedeck_core::request::{QueryEvent, StartQuery};
use gluedeck_tui::flow::{Effect, Msg};
use gluedeck_tui::screens::athena::{Panel, Phase};

/// Many rows with every oddity of a cell, in an order that is always the same.
const MANY: &str = "select n, case n % 5 when 0 then cast(null as varchar) when 1 then '' when 2 then ' ' \
    when 3 then 'a \"b\", c' else 'x' || chr(10) || 'y' end as t, cast(n as double) / 8 as d \
    from (select a * 100 + b as n from unnest(sequence(0, 39)) t(a) cross join unnest(sequence(0, 99)) u(b)) order by n";

fn console() -> Story {
    let mut story = Story::new(World::at("05:00:00"), (140, 40));
    story.press("4");
    story.until("tumble_analytics_gold");
    story
}

/// Writes SQL into the editor and runs it.
fn run(story: &mut Story, sql: &str) {
    story.press("i ctrl-t");
    story.send(Msg::Paste(sql.to_owned()));
    story.press("ctrl-r");
}

/// The rows of a statement, without a screen.
fn rows(story: &mut Story, sql: &str, by_pages: bool) -> (QueryExecution, Rows, Option<i64>) {
    let query_context = QueryContext { database: Some("tumble_analytics_silver".into()), ..QueryContext::default() };
    let id = story.start_query(sql, query_context);
    let (mut execution, mut rows, mut changed) = (None, Rows::default(), None);
    for news in story.follow(id, by_pages) {
        match news {
            QueryEvent::Execution(new) => execution = Some(*new),
            QueryEvent::Columns { columns, updated } => (rows, changed) = (Rows::new(columns), updated),
            QueryEvent::Rows(batch) => rows.push(batch),
            QueryEvent::Retrying(fault) => panic!("{fault}"),
            QueryEvent::End => {}
        }
    }
    (execution.expect("an execution"), rows, changed)
}

fn cells(rows: &Rows, row: usize) -> Vec<Option<String>> {
    rows.row(row).map(|cell| cell.map(str::to_owned)).collect()
}

fn some(words: &[&str]) -> Vec<Option<String>> {
    words.iter().map(|word| Some((*word).to_owned())).collect()
}

#[test]
fn every_kind_of_statement_has_its_rows_and_no_more() {
    let mut story = Story::new(World::at("05:00:00"), (80, 24));
    let mut of = |sql: &str| rows(&mut story, sql, false).1;
    // A row that is equal to the names of the columns is a row.
    let same = of("select 'a' as a, 'b' as b");
    assert_eq!((same.len(), cells(&same, 0)), (1, some(&["a", "b"])));
    let none = of("select 'a' as a where false");
    assert_eq!((none.len(), none.columns.len()), (0, 1));
    let odd = of("select 1, 2 as x, 3 as x, cast(null as varchar) n, '' e, '  ' b");
    assert_eq!(cells(&odd, 0)[3..], [None, Some(String::new()), Some("  ".into())]);
    assert_eq!(odd.columns.len(), 6);
    assert!(!of("explain select 1").is_empty());
    let tables = of("show tables");
    assert_eq!((tables.len(), cells(&tables, 0)), (22, some(&["account"])), "the first table is no header");
    assert!(cells(&of("show functions"), 0)[0].as_deref() != Some("Function"), "this one has a header");
    let columns = of("describe user");
    assert_eq!(columns.columns.len(), 3);
    assert_eq!(cells(&columns, 0)[..2], some(&["id", "string"]), "its one cell is taken apart");
    assert!(cells(&of("show create table user"), 0)[0].as_deref().is_some_and(|text| text.starts_with("CREATE")));
    assert!(!of("show partitions user").is_empty());
    let (made, made_rows, _) = rows(&mut story, "create table data_quality.kept as select 1 as n, 'x' as t", false);
    assert_eq!((made.state, made_rows.len()), (QueryState::Succeeded, 0));
    let (_, added, count) = rows(&mut story, "insert into data_quality.kept select 2, 'y'", false);
    assert_eq!((added.len(), count), (0, Some(1)), "an INSERT has no rows, and says how many it has written");
    let (dropped, none, _) = rows(&mut story, "drop table data_quality.kept", false);
    assert_eq!((dropped.state, none.len()), (QueryState::Succeeded, 0));
    let (failed, nothing, _) = rows(&mut story, "select * from nowhere", false);
    assert_eq!((failed.state, nothing.len()), (QueryState::Failed, 0));
}

#[test]
fn the_object_and_the_pages_have_the_same_rows() {
    let mut story = Story::new(World::at("05:00:00"), (80, 24));
    let (_, by_object, _) = rows(&mut story, MANY, false);
    assert_eq!(story.world.calls("GetObject"), 1);
    assert_eq!(story.world.calls("GetQueryResults"), 1);
    let (_, by_pages, _) = rows(&mut story, MANY, true);
    assert_eq!((by_object.len(), by_pages.len()), (4_000, 4_000));
    for row in 0..4_000 {
        assert_eq!(cells(&by_object, row), cells(&by_pages, row), "row {row}");
    }
    assert_eq!(cells(&by_object, 3_999)[1].as_deref(), Some("x\ny"));
    // Where the object may not be read, the pages are.
    story.world.set_faults(r#"[{"service": "s3", "error": "AccessDenied", "status": 403}]"#);
    let (_, again, _) = rows(&mut story, MANY, false);
    assert_eq!(again.len(), 4_000);
}

#[test]
fn reading_that_fails_on_the_way_goes_on_where_it_stopped() {
    let mut story = console();
    story.world.set_faults(
        r#"[{"service": "s3", "error": "AccessDenied", "status": 403},
            {"operation": "GetQueryResults", "resource": "NextToken", "error": "ExpiredTokenException",
             "message": "The security token included in the request is expired", "times": 1}]"#,
    );
    run(&mut story, MANY);
    story.until("4,000 rows");
    let (_, rows) = story.model.screens.athena.tab().rows().expect("rows");
    let numbers: Vec<usize> = (0..4_000).filter_map(|row| rows.cell(row, 0)?.parse().ok()).collect();
    assert!(numbers.iter().copied().eq(0..4_000), "none is lost, none comes twice");
}

#[test]
fn statements_run_one_after_the_other_until_one_fails() {
    let mut story = console();
    let sql = "select 1 as first;\n-- a comment;\nselect 'x;y' as second;\nselect oops;\nselect 4 as fourth";
    story.press("i");
    story.send(Msg::Paste(sql.to_owned()));
    story.press("alt-r");
    story.until("The statement after it did not run");
    story.until("3/3");
    story.sees("COLUMN_NOT_FOUND");
    story.sees("Below: rows of the previous query.");
    story.sees("x;y");
    assert_eq!(story.world.calls("StartQueryExecution"), 3);
    // The cursor is at the end, so that the last statement is meant.
    story.press("ctrl-r");
    story.until("fourth");
    story.press("esc [ [");
    story.sees("second");
    // What is selected runs alone.
    story.press("i ctrl-t");
    story.send(Msg::Paste("select 7 as seven;\nselect 8 as eight".into()));
    story.press("ctrl-a ctrl-r");
    story.until("2/2");
    assert_eq!(story.world.calls("StartQueryExecution"), 6);
    story.press("esc");
    run(&mut story, "-- only a comment");
    story.sees("Only comments here");
}

#[test]
fn the_place_of_an_error_is_marked() {
    let mut story = console();
    run(&mut story, "select 1;\nselect a,\n  nope from user");
    story.until("COLUMN_NOT_FOUND");
    let tab = story.model.screens.athena.tab();
    let text = tab.editor.text();
    let at = tab.run().and_then(|run| run.error_place(&text)).expect("a place");
    assert!(text[at..].starts_with("a,") || text[at..].starts_with("nope"), "{}", &text[at..]);
    story.press("x");
    assert_eq!(story.model.screens.athena.tab().run().and_then(|run| run.error_place("select other")), None);
}

#[test]
fn parameters_are_asked_for_and_kept() {
    let mut story = console();
    run(&mut story, "select count(*) as n from user where as_of_date = :as_of_date and user_type <> :kind");
    story.sees(":as_of_date = ");
    assert_eq!(story.world.calls("StartQueryExecution"), 0);
    story.press("ctrl-u");
    story.types("2026-01-01\n");
    story.sees(":kind = ");
    story.types("it's\n");
    story.until("SUCCEEDED");
    let sent = story.model.screens.athena.tab().run().expect("a run").sql.clone();
    assert!(sent.contains("= DATE '2026-01-01' and user_type <> 'it''s'"), "{sent}");
    story.press("ctrl-r");
    story.sees("2026-01-01");
    story.press("esc");
    assert_eq!(story.world.calls("StartQueryExecution"), 1, "esc runs nothing");
}

#[test]
fn a_query_is_cancelled_once_and_only_if_it_is_to_be() {
    let mut story = console();
    story.world.set_faults(r#"[{"service": "athena", "operation": "RunQuery", "latency_ms": 600000}]"#);
    run(&mut story, "select 1");
    story.until("RUNNING");
    story.press("ctrl-x");
    story.press("ctrl-x");
    story.until("CANCELLED");
    assert_eq!(story.world.calls("StopQueryExecution"), 1);
    // Closing the tab cancels; what is to go on goes on.
    run(&mut story, "select 2");
    story.until("RUNNING");
    story.press("esc W");
    assert_eq!(story.world.calls("StopQueryExecution"), 2);
    run(&mut story, "select 3");
    story.until("RUNNING");
    story.press("esc K");
    story.until("keeps running after quit");
    story.send(Msg::Terminate);
    assert_eq!(story.world.calls("StopQueryExecution"), 2);
    assert!(matches!(story.effects.last(), Some(Effect::Quit(_))));
}

#[test]
fn a_tab_that_is_closed_while_its_query_starts_stops_it() {
    let mut story = console();
    story.world.set_faults(r#"[{"service": "athena", "operation": "RunQuery", "latency_ms": 600000}]"#);
    story.press("i ctrl-t");
    story.send(Msg::Paste("select 1".to_owned()));
    // The reply of the start comes after the tab is gone.
    let effects = story.holds("ctrl-r");
    story.press("esc W");
    assert_eq!(story.world.calls("StopQueryExecution"), 0);
    story.goes_on(effects);
    assert_eq!((story.world.calls("StartQueryExecution"), story.world.calls("StopQueryExecution")), (1, 1));
}

#[test]
fn what_changes_the_lake_is_asked_about() {
    let mut story = console();
    let before = story.world.calls("StartQueryExecution");
    run(&mut story, "drop table tumble_analytics_gold.user");
    story.sees("DROP TABLE");
    story.sees("Changes the data lake");
    story.wait(500);
    story.press("enter");
    assert_eq!(story.world.calls("StartQueryExecution"), before, "Cancel has the focus");
    run(&mut story, "create table data_quality.kept as select 1 as n");
    story.wait(500);
    story.press("tab enter");
    story.until("SUCCEEDED");
    assert_eq!(story.world.calls("StartQueryExecution"), before + 1);
}

#[test]
fn what_changes_the_lake_is_refused_where_calls_are_made() {
    let mut story = Story::with(World::at("05:00:00"), (140, 40), true);
    for changing in
        ["drop table t", "/* x */ insert into t select 1", "msck repair table t", "unload (select 1) to 's3://b/'"]
    {
        let start = StartQuery { number: 0, sql: changing.to_owned(), query_context: QueryContext::default() };
        let fault = story.perform(start).expect_err(changing);
        assert!(fault.message.contains("read-only"), "{fault}");
    }
    assert_eq!(story.world.calls("StartQueryExecution"), 0);
    let (read, ..) = rows(&mut story, "select 1", false);
    assert_eq!(read.state, QueryState::Succeeded);
}

#[test]
fn queries_of_others_are_stopped_only_when_asked() {
    let mut story = console();
    story.world.set_faults(r#"[{"service": "athena", "operation": "RunQuery", "latency_ms": 600000}]"#);
    story.start_query_elsewhere("select 'of somebody else' as s");
    story.press("H H");
    story.until("of somebody else");
    story.model.screens.athena.limits.stop_above = Some(-1);
    story.press("enter");
    story.until("RUNNING");
    story.wait(5_000);
    story.sees("RUNNING");
    assert_eq!(story.world.calls("StopQueryExecution"), 0, "what others run is not ours to limit");
    story.press("x");
    story.sees("Not started from here");
    story.wait(500);
    story.press("enter");
    assert_eq!(story.world.calls("StopQueryExecution"), 0, "Cancel has the focus");
    story.press("x");
    story.wait(500);
    story.press("tab enter");
    story.until("CANCELLED");
    assert_eq!(story.world.calls("StopQueryExecution"), 1);
}

#[test]
fn a_query_that_scans_too_much_is_cancelled() {
    let mut story = console();
    story.model.screens.athena.limits.stop_above = Some(-1);
    story.world.set_faults(r#"[{"service": "athena", "operation": "RunQuery", "latency_ms": 600000}]"#);
    run(&mut story, "select * from user");
    story.until("CANCELLED");
    story.sees("scanned more than");
    assert_eq!(story.world.calls("StopQueryExecution"), 1);
}

#[test]
fn what_may_cost_much_is_asked_about() {
    let mut story = console();
    story.press("c");
    story.until("tumble_analytics_bronze 22");
    story.press("esc");
    run(&mut story, "select id from tumble_analytics_bronze.user");
    story.until("SUCCEEDED");
    story.sees("user full scan: no filter on partition_0");
    story.sees("an earlier query scanned");
    let before = story.world.calls("StartQueryExecution");
    story.model.screens.athena.limits.ask_above = 10;
    run(&mut story, "select * from tumble_analytics_bronze.user");
    story.sees("May scan up to");
    story.sees("user full scan: no filter on partition_0");
    story.sees("columns of user in bronze");
    story.wait(500);
    story.press("enter");
    assert_eq!(story.world.calls("StartQueryExecution"), before, "Cancel has the focus");
    story.press("ctrl-r");
    story.wait(500);
    story.press("tab enter");
    story.until("SUCCEEDED");
}

#[test]
fn queries_of_a_console_that_is_gone_are_offered() {
    let mut story = console();
    story.world.set_faults(r#"[{"service": "athena", "operation": "RunQuery", "latency_ms": 600000}]"#);
    let id = story.start_query("select 'left over' as w", QueryContext::default());
    let past = read_queries(story.state.path());
    assert_eq!((past.len(), past[0].is_open()), (1, true), "it is on disk before anybody has seen it end");
    story.send(Msg::Orphans(past));
    story.sees("of an earlier session still running");
    story.press("H");
    story.sees("left over");
    story.press("enter");
    story.until("RUNNING");
    story.press("x");
    story.until("CANCELLED");
    assert_eq!(story.world.calls("StopQueryExecution"), 1);
    assert!(!read_queries(story.state.path())[0].is_open(), "{id}");
    // A line that was torn by a crash costs nothing but itself.
    let log = QueryLog::new(story.state.path(), "x", None, None);
    log.begin("select 2", &QueryContext::default()).expect("written");
    assert_eq!(read_queries(story.state.path()).len(), 2);
}

#[test]
fn results_of_the_accounts_history_open_without_a_new_query() {
    let mut story = console();
    run(&mut story, "select 'once' as w");
    story.until("once");
    story.press("esc t esc");
    let started = story.world.calls("StartQueryExecution");
    story.press("H H");
    story.sees("ALL USERS");
    story.sees("select 'once' as w");
    story.press("enter");
    story.until("SUCCEEDED");
    story.until("1 row");
    assert_eq!(story.world.calls("StartQueryExecution"), started);
    story.press("H /");
    story.types("nothing like it\n");
    story.misses("select 'once'");
}

#[test]
fn rows_are_sorted_filtered_and_arranged_here() {
    let mut story = console();
    run(&mut story, "select * from (values (10, 'b', null), (9, 'a', ''), (100, 'c', ' ')) t(n, name, note)");
    story.until("3 rows");
    story.press("esc s");
    let order = |story: &mut Story| {
        let (run, rows) = story.model.screens.athena.tab().rows().expect("rows");
        run.grid.order(rows).iter().filter_map(|row| rows.cell(*row as usize, 0).map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(order(&mut story), ["9", "10", "100"]);
    story.press("s");
    assert_eq!(order(&mut story), ["100", "10", "9"]);
    story.press("/");
    story.types("n<100 !name:a\n");
    assert_eq!(order(&mut story), ["10"]);
    story.sees("filter n<100 !name:a");
    story.press("esc s");
    assert_eq!(order(&mut story), ["10", "9", "100"]);
    story.sees("NULL");
    story.sees("''");
    story.sees("' '");
    story.press("l -");
    assert_eq!(story.model.screens.athena.tab().run().map(|run| run.grid.columns.len()), Some(2));
    story.sees("1 column hidden");
    story.press("+ enter");
    story.sees("row 1 of 3");
    story.press("esc b");
    story.sees("most frequent");
    story.press("esc h C");
    story.sees("BARS  n by name");
    story.press("C C");
    story.sees("HISTOGRAM");
    story.press("esc");
    story.press("y");
    assert!(story.effects.iter().any(|effect| *effect == Effect::Copy("10".into())));
    story.press(":");
    story.types("copy-as values\n");
    let copied = story.effects.iter().rev().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.clone()),
        _ => None,
    });
    assert_eq!(copied.as_deref(), Some("VALUES (10, 'b', NULL),\n       (9, 'a', ''),\n       (100, 'c', ' ')\n"));
}

#[cfg(feature = "local-sql")]
#[test]
fn sql_on_the_rows_that_are_here_sends_nothing() {
    let mut story = console();
    run(&mut story, MANY);
    story.until("4,000 rows");
    let started = story.world.calls("StartQueryExecution");
    story.press("esc \\ ctrl-u");
    story.types("select t is null as gone, count(*) as c from result group by 1 order by 1\n");
    story.until("on this machine in");
    story.sees("3,200");
    story.press("\\ ctrl-u");
    story.types("drop table result\n");
    story.until("on this machine");
    let phase = &story.model.screens.athena.tab().run().expect("a run").phase;
    assert!(matches!(phase, Phase::LocalFailed(_)), "{phase:?}");
    assert_eq!(story.world.calls("StartQueryExecution"), started);
}

#[test]
fn names_are_completed_from_the_catalog() {
    let mut story = console();
    story.press("i");
    story.until("draft saved");
    for _ in 0..8 {
        story.wait(300);
    }
    story.types("select u.");
    story.types(" from tumble_analytics_silver.user u");
    // Completion is offered as one types; a blank closes it.
    story.press("home");
    for _ in 0.."select u.".len() {
        story.press("right");
    }
    story.press("ctrl-space");
    story.sees("phone_number");
    story.types("phon");
    story.press("tab");
    assert_eq!(
        story.model.screens.athena.tab().editor.text(),
        "select u.phone_number from tumble_analytics_silver.user u"
    );
    let saved = story.effects.iter().rev().find_map(|effect| match effect {
        Effect::SaveDrafts(drafts) => Some(drafts.texts[0].clone()),
        _ => None,
    });
    assert_eq!(saved.as_deref(), Some("select u.phone_number from tumble_analytics_silver.user u"));
    story.press("alt-q");
    story.sees("phone_number");
    assert!(
        story.model.screens.athena.tab().editor.text().contains("\nfrom"),
        "{}",
        story.model.screens.athena.tab().editor.text()
    );
    story.press("ctrl-z");
}

#[test]
fn the_catalog_is_a_tree_that_previews_and_inserts() {
    let mut story = console();
    story.press("c");
    story.until("tumble_analytics_silver 22");
    story.press("/");
    story.types("phone_number\n");
    story.until("user");
    story.press("j");
    story.until("▸ user");
    while story
        .model
        .screens
        .athena
        .tree
        .table_of(&story.model.context)
        .is_none_or(|(database, _)| !database.contains("silver"))
    {
        story.press("j");
    }
    story.press("enter");
    story.until("phone_number string");
    story.until("partitions, newest");
    story.press("p");
    story.until("100 rows");
    let sql = story.model.screens.athena.tab().editor.text();
    assert!(sql.contains("where as_of_date = date '"), "{sql}");
    story.press("c i");
    assert!(
        story.model.screens.athena.tab().editor.text().ends_with("user"),
        "{}",
        story.model.screens.athena.tab().editor.text()
    );
}

#[test]
fn the_library_is_made_from_the_pipeline_and_its_queries_run() {
    let mut story = console();
    story.press("c");
    story.until("tumble_analytics_silver 22");
    story.until("data_quality 2");
    story.press("esc 1 /");
    story.types("User Workflow\n");
    story.press("a");
    story.sees("from tumble_analytics");
    story.press("esc L");
    let names: Vec<String> = {
        let athena = &story.model.screens.athena;
        athena.lists.library(&story.model.context, athena.about()).into_iter().map(|entry| entry.ready.name).collect()
    };
    for name in [
        "failed checks this week",
        "rows missing a field",
        "row counts by night",
        "freshness",
        "day-to-day change",
        "new columns",
    ] {
        assert!(names.iter().any(|known| known == name), "{name} is not in {names:?}");
    }
    let queries: Vec<String> = {
        let athena = &story.model.screens.athena;
        athena.lists.library(&story.model.context, athena.about()).into_iter().map(|entry| entry.ready.sql).collect()
    };
    let day = story.world.day();
    let mut failed = Vec::new();
    for sql in queries {
        let sql = sql.replace(":as_of_date", &format!("date '{day}'"));
        let (execution, rows, _) = rows(&mut story, &sql, false);
        if execution.state != QueryState::Succeeded || rows.columns.is_empty() {
            failed.push(format!("{:?}\n{sql}", execution.reason));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    story.press("enter");
    assert_eq!(story.model.screens.athena.panel, None::<Panel>);
    story.press("esc :");
    story.types("keep my checks\n");
    story.press("L");
    story.sees("my_checks");
}

#[test]
fn a_result_without_rows_and_names_that_are_none_are_shown() {
    let mut story = console();
    run(&mut story, "select 1 as \" \", 2 as a, 3 as a where false");
    story.until("0 rows");
    story.press("esc");
    story.sees("no rows");
    // The first has no name, so it has its place's.
    story.sees("_1");
    run(&mut story, "   ");
    story.sees("No SQL to run");
    run(&mut story, &format!("select {}", (0..1_500).map(|n| format!("{n} as c{n}")).collect::<Vec<_>>().join(", ")));
    story.until("1 row");
    story.press("esc G");
    for _ in 0..60 {
        story.press("l");
    }
    story.sees("c60");
    let long = "x".repeat(200_000);
    run(&mut story, &format!("select '{long}' as wide"));
    story.until("1 row");
    story.press("esc v");
    story.sees("wide (varchar)");
    story.press("esc");
    run(&mut story, &format!("select '{}'", "x".repeat(262_200)));
    story.until("262144");
}
