//! Athena's dialect: what on-call people type, and the cases in which the engine alone would be silently wrong.

use super::{Rows, query, sdk};
use crate::support::World;
use aws_sdk_glue::error::ProvideErrorMetadata;

/// A world after a night, so that every table is there.
fn lake() -> World {
    let world = World::new();
    world.advance_to("03:45:00");
    world
}

/// The rows behind the header, cells joined by `|`, NULL as `∅`.
fn plain(rows: &Rows) -> Vec<String> {
    let cells =
        |row: &Vec<Option<String>>| row.iter().map(|cell| cell.as_deref().unwrap_or("∅")).collect::<Vec<_>>().join("|");
    rows.rows.iter().skip(1).map(cells).collect()
}

async fn answers(world: &World, sql: &str) -> Vec<String> {
    let rows = query(world, sql).await;
    assert_eq!(rows.state, "SUCCEEDED", "{sql}: {:?}", rows.reason);
    plain(&rows)
}

/// Functions of Athena SQL: those that the engine lacks or that differ in it.
#[tokio::test(flavor = "multi_thread")]
async fn trinos_functions_answer_as_in_athena() {
    let world = lake();
    let cases = [
        ("date_add('day', -1, date '2026-11-22')", "2026-11-21"),
        ("date_add('hour', 3, timestamp '2026-11-22 23:00:00')", "2026-11-23 02:00:00.000"),
        ("date_diff('day', date '2026-11-20', date '2026-11-22')", "2"),
        ("date_parse('2026-11-22 03:04:05', '%Y-%m-%d %H:%i:%s')", "2026-11-22 03:04:05.000"),
        ("date_format(timestamp '2026-11-22 03:04:05', '%Y-%m-%d %H:%i')", "2026-11-22 03:04"),
        ("format_datetime(timestamp '2026-11-22 03:04:05', 'yyyy/MM/dd HH:mm')", "2026/11/22 03:04"),
        ("from_iso8601_timestamp('2026-11-22T03:04:05Z')", "2026-11-22 03:04:05.000 UTC"),
        ("from_iso8601_date('2026-11-22')", "2026-11-22"),
        ("to_unixtime(timestamp '1970-01-01 00:01:00')", "60.0"),
        ("year(date '2026-11-22')", "2026"),
        ("day_of_week(date '2026-11-22')", "7"),
        ("date_trunc('month', timestamp '2026-11-22 03:04:05')", "2026-11-01 00:00:00.000"),
        ("json_extract_scalar('{\"a\":{\"b\":[1,2]}}', '$.a.b[1]')", "2"),
        ("json_extract('{\"a\":{\"b\":[1,2]}}', '$.a.b')", "[1,2]"),
        ("try(cast('x' as integer))", "∅"),
        ("try(1 / 0)", "∅"),
        ("try(date_parse('x', '%Y'))", "∅"),
        ("try_cast('7' as integer)", "7"),
        ("if(1 > 2, 'a', 'b')", "b"),
        ("coalesce(null, 'c')", "c"),
        ("contains(array[1, 2], 2)", "true"),
        ("cardinality(array[1, 2, 3])", "3"),
        ("element_at(array['a', 'b'], 2)", "b"),
        ("cardinality(sequence(1, 5))", "5"),
        ("cardinality(sequence(date '2026-11-01', date '2026-11-07'))", "7"),
        ("regexp_extract('jr_42 failed', 'jr_(\\d+)', 1)", "42"),
        ("regexp_like('DynamoDB User', 'User$')", "true"),
        ("regexp_replace('a1b2', '\\d', '')", "ab"),
        ("'it''s'", "it's"),
        ("split('a,b,c', ',')[2]", "b"),
        ("array_join(split('a,b', ','), '-')", "a-b"),
        ("split_part('a/b/c', '/', 2)", "b"),
        ("mod(7, 4)", "3"),
        ("7 / 2", "3"),
        ("cast(7 as double) / 2", "3.5"),
        ("lower('ABC') || 'd'", "abcd"),
        ("substr('abcdef', 2, 3)", "bcd"),
        ("strpos('abc', 'c')", "3"),
        ("length('häß')", "3"),
        ("round(2.567, 2)", "2.570"),
        ("cast(2.5 as integer)", "3"),
        ("extract(dow from date '2026-11-22')", "7"),
        ("concat('a', null) is null", "true"),
        ("concat('a', 'b', 'c')", "abc"),
        ("greatest(1, null) is null", "true"),
        ("greatest(1, 3, 2)", "3"),
        ("cast(timestamp '2026-11-22 03:04:05' as varchar)", "2026-11-22 03:04:05"),
        ("7 / 2.0", "3.5"),
        ("1e0 / 4", "0.25"),
        ("typeof(date '2026-11-22')", "date"),
        (
            "from_iso8601_timestamp('2026-11-22T03:00:00Z') at time zone 'America/New_York'",
            "2026-11-21 22:00:00.000 America/New_York",
        ),
        ("cardinality(transform(array[1, 2], x -> x + 1))", "2"),
        ("cardinality(filter(array[1, 2, 3], x -> x > 1))", "2"),
    ];
    for (expression, expected) in cases {
        assert_eq!(answers(&world, &format!("select {expression}")).await, [expected], "{expression}");
    }
}

/// The aggregates, joins and tables of an on-call night, on real rows.
#[tokio::test(flavor = "multi_thread")]
async fn on_call_questions_are_answered_from_the_lake() {
    let world = lake();
    let day = world.day();
    let one = async |sql: String| answers(&world, &sql).await.join(";");
    let missing = format!("from tumble_analytics_silver.user where as_of_date = date '{day}' and phone_number is null");
    assert_eq!(one(format!("select count(*) {missing}")).await, "31");
    assert_eq!(
        one(format!(
            "select count_if(phone_number is null), count(*), approx_distinct(id) > 1000 \
             from tumble_analytics_silver.user where as_of_date = date '{day}'"
        ))
        .await,
        "31|1204|true"
    );
    let newest = "select max(as_of_date), min(as_of_date) < max(as_of_date), arbitrary(user_type) is not null, \
                  max_by(id, created_at) is not null, approx_percentile(login_count, 0.5) >= 0 \
                  from tumble_analytics_silver.user";
    assert_eq!(one(newest.to_owned()).await, format!("{day}|true|true|true|true"));
    let failed = "select table_name, layer, column_name from data_quality.column_checks where not passed \
                  and as_of_date = (select max(as_of_date) from data_quality.column_checks)";
    assert_eq!(one(failed.to_owned()).await, "user|silver|phone_number");
    let catalogs = "select count(*) from \"AwsDataCatalog\".\"Tumble_Analytics_Gold\".\"User\"";
    assert_eq!(one(catalogs.to_owned()).await, one("select count(*) from user".to_owned()).await);
    let roles = "select count(*) > 0, count(role) > 0 from tumble_analytics_bronze.user u cross join unnest(u.roles) as t(role)";
    assert_eq!(one(roles.to_owned()).await, "true|true");
    let places = "select min(n), max(n) >= 1 from tumble_analytics_bronze.user cross join unnest(roles) with ordinality as t(role, n)";
    assert_eq!(one(places.to_owned()).await, "1|true");
    let path = format!("select distinct \"$path\" from tumble_analytics_silver.user where as_of_date = date '{day}'");
    assert_eq!(
        one(path).await,
        format!("s3://tumble-dev-analytics-silver/user/as_of_date={day}/part-00000.snappy.parquet")
    );
    assert_eq!(one("select count(*) from tumble_analytics_bronze.\"user$partitions\"".to_owned()).await, "15");
    let gold = query(&world, "select *, \"$path\" from user limit 1").await;
    let all = query(&world, "select * from user limit 1").await;
    assert_eq!(gold.rows[0].len(), all.rows[0].len() + 1, "the hidden column shows only where it is asked for");
    let columns = "select count(*) from information_schema.columns where table_schema = 'tumble_analytics_gold' and table_name = 'user'";
    assert_eq!(one(columns.to_owned()).await, all.rows[0].len().to_string());
    let tables = "select table_type from information_schema.tables where table_name = 'job_runs'";
    assert_eq!(one(tables.to_owned()).await, "BASE TABLE");
    let now = "select current_date, date_diff('minute', now(), current_timestamp)";
    assert_eq!(one(now.to_owned()).await, format!("{day}|0"), "now is the sandbox's");
    assert_eq!(
        one("select listagg(x, ',') within group (order by x) from (values ('b'), ('a')) as t(x)".into()).await,
        "a,b"
    );
    assert_eq!(
        one("select * from (values (1), (2), (3)) as t(n) order by n offset 1 rows fetch first 1 rows only".into())
            .await,
        "2"
    );
    assert_eq!(
        one("with recursive r(n) as (select 1 union all select n + 1 from r where n < 5) select sum(n) from r".into())
            .await,
        "15"
    );
    assert_eq!(one("select id from (select 'a' as id union all select null) order by id desc".into()).await, "a;∅");
    let fields = "select count(u.account.name) > 0, count(account.id) > 0 from tumble_analytics_bronze.user u";
    assert_eq!(one(fields.to_owned()).await, "true|true", "fields of a struct are read by a dot");
    let twice = query(&world, "select id, id, roles[1] from tumble_analytics_bronze.user limit 1").await;
    assert_eq!(twice.rows[0], [Some("id".into()), Some("id".into()), Some("_col2".into())]);
    let grouped = "select cast(as_of_date as varchar), count(*) > 0 from tumble_analytics_silver.user group by cast(as_of_date as varchar) order by 1 desc limit 1";
    assert_eq!(one(grouped.to_owned()).await, format!("{day}|true"));
    let sample = one("select count(*) from tumble_analytics_silver.order_item tablesample bernoulli (10)".into()).await;
    let whole = one("select count(*) from tumble_analytics_silver.order_item".into()).await;
    let (sample, whole): (u64, u64) = (sample.parse().expect("a number"), whole.parse().expect("a number"));
    assert!(sample < whole / 5 && sample > whole / 20, "{sample} of {whole}");
}

/// Statements that are no queries: their layout, and that they really change the catalog and the files.
#[tokio::test(flavor = "multi_thread")]
async fn ddl_and_writing_statements_really_happen() {
    let world = lake();
    let first = async |sql: &str| {
        let rows = query(&world, sql).await;
        assert_eq!(rows.state, "SUCCEEDED", "{sql}: {:?}", rows.reason);
        rows.rows.iter().map(|row| row[0].clone().unwrap_or_default()).collect::<Vec<_>>()
    };
    assert_eq!(first("show databases").await.len(), 4);
    assert_eq!(first("show tables in tumble_analytics_gold 'user*'").await, ["user", "user_role"]);
    assert!(first("show partitions tumble_analytics_silver.user").await.len() == 15);
    assert!(first("show columns in user").await.iter().any(|name| name.trim() == "phone_number"));
    let create = first("show create table tumble_analytics_silver.user").await.join("\n");
    assert!(create.contains("PARTITIONED BY") && create.contains("s3://tumble-dev-analytics-silver/user/"), "{create}");
    assert!(first("describe tumble_analytics_silver.user").await.iter().any(|line| line.starts_with("# Partition")));
    assert!(first("explain select count(*) from user").await.len() > 2);

    let created = query(&world, "create table tumble_analytics_gold.quiet with (format = 'PARQUET', partitioned_by = array['user_type']) as select id, user_type from user").await;
    assert_eq!((created.state.as_str(), created.rows.len()), ("SUCCEEDED", 0), "{:?}", created.reason);
    let whole = answers(&world, "select count(*) from user").await;
    assert_eq!(answers(&world, "select count(*) from quiet").await, whole);
    assert_eq!(
        answers(&world, "select count(distinct user_type) from user").await,
        answers(&world, "select count(*) from \"quiet$partitions\"").await
    );
    query(&world, "insert into quiet select 'new', 'ROBOT'").await;
    assert_eq!(answers(&world, "select id from quiet where user_type = 'ROBOT'").await, ["new"]);
    let again = query(&world, "create table quiet as select 1 as n").await;
    assert!(again.reason.is_some_and(|reason| reason.contains("TABLE_ALREADY_EXISTS")));

    query(&world, "create view robots as select id from quiet where user_type = 'ROBOT'").await;
    assert_eq!(answers(&world, "select r.id from robots r").await, ["new"]);
    assert_eq!(first("show views").await, ["robots"]);
    query(&world, "drop view robots").await;
    assert_eq!(query(&world, "select * from robots").await.state, "FAILED");
    query(&world, "drop table quiet").await;
    assert!(first("show tables").await.iter().all(|name| name != "quiet"));

    let unloaded =
        query(&world, "unload (select id from user) to 's3://tumble-dev-athena/unloaded/' with (format = 'JSON', compression = 'NONE')")
            .await;
    assert_eq!(unloaded.state, "SUCCEEDED", "{:?}", unloaded.reason);
    let files = std::fs::read_dir(world.bucket("tumble-dev-athena").join("unloaded")).expect("the folder");
    let lines: usize =
        files.map(|f| std::fs::read_to_string(f.expect("a file").path()).expect("text").lines().count()).sum();
    assert_eq!(vec![lines.to_string()], whole);
    let outside = query(&world, "unload (select 1 as n) to 's3://tumble-dev-athena/../../x/'").await;
    assert_eq!(outside.state, "FAILED", "no path leads out of the folder");

    query(&world, "prepare by_type from select count(*) from user where user_type = ?").await;
    let prepared = answers(&world, "execute by_type using 'ROBOT'").await;
    assert_eq!(prepared, ["0"]);
    let folder = world.bucket("tumble-dev-analytics-silver").join("user/as_of_date=2020-01-01");
    std::fs::create_dir_all(&folder).expect("a folder");
    assert_eq!(
        first("msck repair table tumble_analytics_silver.user").await,
        [
            "Partitions not in metastore:\ttumble_analytics_silver.user:as_of_date=2020-01-01",
            "Repair: Added partition to metastore tumble_analytics_silver.user:as_of_date=2020-01-01"
        ]
    );
    query(&world, "alter table tumble_analytics_silver.user add if not exists partition (as_of_date = '2020-01-02')")
        .await;
    assert_eq!(first("show partitions tumble_analytics_silver.user").await.len(), 17);
}

/// What a statement names is heeded, and a property that would be ignored is refused.
#[tokio::test(flavor = "multi_thread")]
async fn statements_do_all_that_they_say_or_are_refused() {
    let world = lake();
    for (sql, only) in [
        ("show databases like '*gold'", "tumble_analytics_gold"),
        ("show tblproperties user('classification')", "parquet"),
    ] {
        assert_eq!(query(&world, sql).await.rows, [[Some(only.to_owned())]], "{sql}");
    }
    let made = "create table data_quality.parts with (partitioned_by = array['d']) as \
                select 1 as a, cast(row('x') as row(s varchar)) as r, date '2026-01-01' as d";
    assert_eq!(query(&world, made).await.state, "SUCCEEDED");
    let more = "insert into data_quality.parts (d, a) values (date '2026-01-02', 2), (null, 3)";
    assert_eq!(query(&world, more).await.state, "SUCCEEDED");
    let rows = answers(&world, "select a, r.s, d from data_quality.parts order by a").await;
    assert_eq!(rows, ["1|x|2026-01-01", "2|∅|2026-01-02", "3|∅|∅"]);
    let hidden = "select count(*) from data_quality.parts where \"$path\" like 's3://%' and \"$file_size\" > 0";
    assert_eq!(answers(&world, hidden).await, ["3"]);
    let location = "s3://tumble-dev-athena/exports/text/";
    for (column, state) in [("a / (a - 3)", "FAILED"), ("a", "SUCCEEDED")] {
        // What fails leaves nothing behind, so the second may write there.
        let text =
            format!("unload (select {column} as a from data_quality.parts) to '{location}' with (format = 'TEXTFILE')");
        assert_eq!(query(&world, &text).await.state, state, "{column}");
    }
    for (sql, what) in [
        ("create table data_quality.ice with (table_type = 'ICEBERG') as select 1 as a", "tables of the type ICEBERG"),
        ("create table data_quality.b with (format = 'ORC') as select 1 as a", "files in the format ORC"),
        (
            "create table data_quality.b with (vacuum_max_snapshot_age_seconds = 1) as select 1 as a",
            "the property vacuum",
        ),
        ("unload (select array[1] as a) to 's3://tumble-dev-athena/n/' with (format = 'TEXTFILE')", "TEXTFILE"),
        ("explain (format json) select 1", "EXPLAIN of that format"),
        ("delete from user", "DELETE"),
        ("select * from user match_recognize (order by id pattern (a) define a as true)", "MATCH_RECOGNIZE"),
    ] {
        let refused = query(&world, sql).await;
        let reason = refused.reason.unwrap_or_default();
        assert!(
            reason.starts_with("NOT_SUPPORTED: ") && reason.contains("gluedeck does not do ") && reason.contains(what),
            "{sql}: {reason}"
        );
    }
    let refused = query(&world, "insert into data_quality.parts (a, d) values ('x', null)").await;
    assert!(refused.reason.is_some_and(|why| why.starts_with("TYPE_MISMATCH: line 1:1: Insert query has mismatched")));
}

/// Rows that are inserted are read again, wherever their partition lies; what fails leaves a folder that can be written to.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_is_read_and_what_fails_is_not_in_the_way() {
    let world = lake();
    let place = "s3://tumble-dev-athena/placed";
    let create = format!(
        "create external table data_quality.placed (a int) partitioned by (d date, r string) stored as parquet \
         location '{place}/table/'"
    );
    assert_eq!(query(&world, &create).await.state, "SUCCEEDED");
    let add = format!(
        "alter table data_quality.placed add partition (d = '2026-01-01', r = 'eu/x') location '{place}/elsewhere/'"
    );
    assert_eq!(query(&world, &add).await.state, "SUCCEEDED");
    let insert = "insert into data_quality.placed values (1, date '2026-01-01', 'eu/x'), (2, date '2026-01-02', 'us')";
    assert_eq!(query(&world, insert).await.state, "SUCCEEDED");
    let rows =
        answers(&world, "select a, d, r, \"$path\" like '%/elsewhere/%' from data_quality.placed order by a").await;
    assert_eq!(rows, ["1|2026-01-01|eu/x|true", "2|2026-01-02|us|false"]);
    let both = query(&world, "show partitions data_quality.placed").await.rows.concat();
    assert_eq!(both, ["d=2026-01-01/r=eu%2Fx", "d=2026-01-02/r=us"].map(|name| Some(name.to_owned())));
    for (divisor, state) in [("(n - 3)", "FAILED"), ("n", "SUCCEEDED")] {
        let made = format!(
            "create table data_quality.again with (external_location = '{place}/again/', partitioned_by = array['p']) \
             as select 12 / {divisor} as a, n % 2 as p from (values 1, 2, 3) t(n)"
        );
        let made = query(&world, &made).await;
        assert_eq!(made.state, state, "{:?}", made.reason);
    }
    assert_eq!(answers(&world, "select sum(a), count(distinct p) from data_quality.again").await, ["22|2"]);
}

/// What is not supported says so by name, and errors have Athena's codes.
#[tokio::test(flavor = "multi_thread")]
async fn failures_have_athenas_codes() {
    let world = lake();
    let cases = [
        ("select nope from user", "COLUMN_NOT_FOUND: line 1:8: Column 'nope'"),
        ("select 1 where 1 = '1'", "TYPE_MISMATCH"),
        (
            "select count(*) from tumble_analytics_silver.user where as_of_date = '2026-11-21'",
            "TYPE_MISMATCH: line 1:68: Cannot apply operator: date = varchar(10)",
        ),
        ("select date_add('hour', 1, date '2026-01-01')", "not a valid DATE field"),
        ("select user_type, count(*) from user", "EXPRESSION_NOT_AGGREGATE: line 1:8: 'user_type'"),
        ("select sum(id) from user", "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (varchar) for function sum"),
        ("select * from nowhere.user", "SCHEMA_NOT_FOUND"),
        ("select frobnicate(id) from user", "FUNCTION_NOT_FOUND"),
        ("select cast('x' as integer)", "INVALID_CAST_ARGUMENT"),
        ("select 1 / 0", "DIVISION_BY_ZERO"),
        ("select date_parse('x', '%Y')", "INVALID_FUNCTION_ARGUMENT"),
        ("select date_add('fortnight', 1, date '2026-11-22')", "INVALID_FUNCTION_ARGUMENT"),
        ("create external table x (id string) stored as rcfile location 's3://a/'", "NOT_SUPPORTED"),
        ("create external table nowhere.x (id string) location 's3://a/'", "Database does not exist: nowhere"),
        ("describe nope", "Table not found"),
    ];
    for (sql, code) in cases {
        let rows = query(&world, sql).await;
        assert_eq!(rows.state, "FAILED", "{sql}");
        let reason = rows.reason.unwrap_or_default();
        assert!(reason.contains(code) && !reason.contains("DataFusion"), "{sql}: {reason}");
    }
    let athena = aws_sdk_athena::Client::new(&sdk(&world));
    for (sql, message) in [
        ("execute nobody", "was not found"),
        ("select ?", "Incorrect number of parameters"),
        ("create role x", "line 1:8: mismatched input 'role'"),
    ] {
        let error = athena.start_query_execution().query_string(sql).send().await.expect_err(sql);
        assert!(error.message().is_some_and(|m| m.contains(message)), "{sql}: {:?}", error.message());
    }
}
