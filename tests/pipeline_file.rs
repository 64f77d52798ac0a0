//! A pipeline's file: what is taken, and what each mistake is told as.

use gluedeck_pipeline::file::Format;
use gluedeck_pipeline::{Layer, schema};
use serde_json::{Value, json};
use std::process::Command;

/// The record of the User table, as the pipeline's own configuration has it.
const USER: &str = include_str!("pipeline_files/user.json");

fn problems(text: &str, format: Format) -> Vec<String> {
    let problems = gluedeck_pipeline::read(text, format).expect_err(text);
    problems.iter().map(ToString::to_string).collect()
}

/// A record that is right, with other values of some fields; `null` takes one out.
fn record(changed: &Value) -> Value {
    let mut record = json!({
        "scopeId": "User", "jobName": "DynamoDB User", "bucketFolder": "user", "tableName": "user",
        "dynamoTableName": "User", "columnsToRemove": "roles", "silverKpiFields": "id,as_of_date",
        "applyMapping": "id:string:id:string-createdAt:string:created_at:timestamp",
    });
    let fields = record.as_object_mut().expect("an object");
    for (field, value) in changed.as_object().expect("an object") {
        match value {
            Value::Null => _ = fields.remove(field),
            value => _ = fields.insert(field.clone(), value.clone()),
        }
    }
    record
}

#[test]
fn the_record_of_the_user_table_is_taken_as_it_stands() {
    let pipeline = gluedeck_pipeline::read(USER, Format::Json).expect("it is right");
    let [user] = &pipeline.records[..] else { panic!("{} records", pipeline.records.len()) };
    assert_eq!(user.workflow(), "User Workflow");
    assert_eq!(user.quality_job(Layer::Silver), "DynamoDB User Silver DQ");
    assert_eq!(user.crawler(), "DynamoDB User Bronze Crawler");
    assert_eq!(user.columns_to_remove, ["roles", "machineTransactions", "account"]);
    assert_eq!(user.data_types[0], ("shouldReceiveNotification".to_owned(), "bool".to_owned()));
    assert_eq!((user.mappings.len(), user.mappings[2].target.as_str()), (19, "first_name"));
    assert_eq!(user.layer(Layer::Gold).kpi_fields, ["id", "as_of_date", "email", "is_active"]);
    let stg = pipeline.environment("stg").expect("it is there without being named");
    assert_eq!((stg.region.as_str(), stg.schedule.as_str()), ("us-west-2", "cron(0 4 * * ? *)"));
    assert_eq!(pipeline.bucket(stg, "scripts"), "tumble-stg-gluescript-job");
}

#[test]
fn json_with_comments_toml_and_yaml_say_the_same() {
    let mapping = "id:string:id:string-createdAt:string:created_at:timestamp";
    let json = format!(
        r#"{{ // A comment.
        "project": "shop", "logRetentionDays": 30, "tags": {{"team": "data"}}, "defaults": {{"workers": 4}},
        "environments": {{"dev": {{"account": "111122223333", "region": "eu-west-1", "buckets": {{"athena": "results-1"}}}}}},
        "records": [{{"scopeId": "User", "jobName": "Shop User", "bucketFolder": "user", "tableName": "user",
            "dynamoTableName": "User", "bronzeWorkers": 3, "maxEmptyShare": 0.25, "glueVersion": "5.0",
            "applyMapping": "{mapping}",}}],
        }}"#
    );
    let toml = format!(
        r#"# A comment.
        project = "shop"
        logRetentionDays = 30
        tags.team = "data"
        defaults = {{ workers = 4 }}
        [environments.dev]
        account = "111122223333"
        region = "eu-west-1"
        buckets.athena = "results-1"
        [[records]]
        scopeId = "User"
        jobName = "Shop User"
        bucketFolder = "user"
        tableName = "user"
        dynamoTableName = "User"
        bronzeWorkers = 3
        maxEmptyShare = 0.25
        glueVersion = "5.0"
        applyMapping = "{mapping}"
        "#
    );
    let yaml = format!(
        "# A comment.\nproject: shop\nlogRetentionDays: 30\ntags: {{team: data}}\ndefaults:\n  workers: 4\nenvironments:\n  dev:\n    \
         account: '111122223333'\n    region: eu-west-1\n    buckets: {{athena: results-1}}\nrecords:\n  - scopeId: &name User\n    \
         jobName: Shop User\n    bucketFolder: user\n    tableName: user\n    dynamoTableName: *name\n    bronzeWorkers: 3\n    \
         maxEmptyShare: 0.25\n    glueVersion: \"5.0\"\n    applyMapping: {mapping}\n"
    );
    let read =
        |text: &str, format| gluedeck_pipeline::read(text, format).unwrap_or_else(|why| panic!("{why:?}\n{text}"));
    let pipeline = read(&json, Format::Json);
    assert_eq!(pipeline, read(&toml, Format::Toml));
    assert_eq!(pipeline, read(&yaml, Format::Yaml));
    assert_eq!((pipeline.records[0].layer(Layer::Bronze).workers, pipeline.defaults.workers), (Some(3), 4));
    assert_eq!(pipeline.bucket(&pipeline.environments[0], "athena"), "results-1");
}

#[test]
fn each_mistake_is_told_with_its_place_and_what_is_expected() {
    let one = |changed: Value| problems(&json!([record(&changed)]).to_string(), Format::Json).join("\n");
    let text = |value: &str| json!(value);
    for (field, value, message) in [
        ("scopeId", Value::Null, "field scopeId: missing: expected 1 to 100 letters"),
        ("bronzeWorkers", json!(1), "expected a whole number from 2 to 299, found 1"),
        ("bronzeWorkers", text("4"), "expected a whole number from 2 to 299, found text"),
        ("goldWorkerType", text("G.3X"), "expected a worker type, as in G.1X, found \"G.3X\""),
        ("tableName", text("UserTable"), "expected lower-case letters, digits and underscores"),
        ("bucketFolder", text("/user/"), "expected a folder without a slash at either end"),
        ("bronzeWorker", json!(4), "there is no such field; did you mean bronzeWorkers?"),
        ("colour", text("red"), "there is no such field (`gluedeck pipeline schema` lists them)"),
        ("schedule", text("0 3 * * *"), "expected a schedule, as in cron(0 3 * * ? *)"),
        ("schedule", text("cron(0 3 * * * *)"), "Exactly one of day-of-month and day-of-week must be ?"),
        ("glueVersion", json!(5.0), "found a number: write \"5.0\""),
        ("maxEmptyShare", json!(1.5), "expected a number from 0 to 1, found 1.5"),
        ("tags", json!({"team": 1}), "and team is a number"),
        ("dataTypes", text("isActive:flag"), "flag is no type: expected string, boolean"),
        ("applyMapping", text("id:string:id"), "expected source:type:target:type separated by hyphens"),
        ("applyMapping", text("my-id:string:id:string"), "expected source:type:target:type separated by hyphens"),
        ("applyMapping", text("roles:string:roles:string"), "it maps roles, which columnsToRemove names"),
        ("applyMapping", text("id:string:ID:string"), "ID is no column: expected lower-case letters"),
        (
            "applyMapping",
            text("id:string:id:string-x:string:id:int"),
            "id is made twice, by id:string:id:string before",
        ),
        ("applyMapping", text("id:string:id:varbinary"), "varbinary is no type"),
        (
            "applyMapping",
            text("id:boolean:id:timestamp"),
            "boolean cannot be cast to timestamp: expected string, boolean",
        ),
        ("silverKpiFields", text("id,phone"), "no mapping makes phone: expected a target of applyMapping"),
        ("goldKpiFields", text("createdAt"), "no mapping makes createdAt; did you mean created_at?"),
    ] {
        let said = one(json!({ field: value }));
        assert!(said.contains(message), "{field}: {said}");
        assert!(said.contains(&format!("field {field}: ")), "{field}: {said}");
    }
    for (text, format, message) in [
        ("[{]", Format::Json, "1:3: this is no JSON: "),
        ("project = ", Format::Toml, "this is no TOML: "),
        ("a: [1,\n", Format::Yaml, "this is no YAML: "),
        ("[]", Format::Json, "1:1: there are no records: expected at least one"),
        ("\"records\"", Format::Json, "expected a list of records, or a map with the field records, found text"),
        ("{\"project\": \"a\", \"project\": \"b\", \"records\": []}", Format::Json, "1:18: field project: given twice"),
    ] {
        let said = problems(text, format).join("\n");
        assert!(said.contains(message), "{text}: {said}");
    }
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_file() {
    let text = "[\n  {\"scopeId\": \"A\", \"jobName\": \"D A\", \"bucketFolder\": \"a\", \"tableName\": \"a\",\n   \
                \"dynamoTableName\": \"Aaa\", \"applyMapping\": \"id:string:id:string-n:map:n:int\", \"goldWorkers\": 0},\n  \
                {\"scopeId\": \"B\", \"jobName\": \"D A\", \"bucketFolder\": \"b\", \"tableName\": \"A\",\n   \
                \"dynamoTableName\": \"Bbb\", \"applyMapping\": \"id:string:id:string\", \"silverKpiFields\": \"id, nö\"},\n  7\n]";
    let said = problems(text, Format::Json);
    let places: Vec<&str> = said.iter().map(|line| line.split(": ").next().expect("a place")).collect();
    assert_eq!(places, ["3:67", "3:96", "4:32", "4:72", "5:93", "6:3"], "{said:#?}");
    assert!(said[0].contains("map cannot be cast to int: expected string or the same"), "{said:#?}");
    assert!(said[2].contains("record B, field jobName: record A has the same"), "{said:#?}");
    assert!(said[5].contains("record #3: expected a map of fields, found a number"), "{said:#?}");
}

#[test]
fn names_of_resources_do_not_collide() {
    let records = json!([
        record(&json!({})),
        record(
            &json!({ "scopeId": "Other", "jobName": "DynamoDB User Silver DQ", "bucketFolder": "o", "tableName": "o", "dynamoTableName": "Other" })
        ),
        record(
            &json!({ "scopeId": "Third", "jobName": "DynamoDB User Bronze", "bucketFolder": "t", "tableName": "t", "dynamoTableName": "Third" })
        ),
    ]);
    assert!(gluedeck_pipeline::read(&records.to_string(), Format::Json).is_ok(), "their jobs have other names");
    let bad = json!({ "environments": { "dev": { "account": "1", "region": "us-east-1", "schedule": "cron(0/2 * * * ? *)" } }, "records": [record(&json!({}))] });
    let said = problems(&bad.to_string(), Format::Json).join("\n");
    assert!(said.contains("field environments.dev.account: expected the 12 digits of an AWS account"), "{said}");
    assert!(
        said.contains("field environments.dev.schedule: Schedule must not be faster than every 5 minutes"),
        "{said}"
    );
}

/// A schema's answer, for the few words that ours has.
fn fits(schema: &Value, root: &Value, value: &Value) -> bool {
    if let Some(path) = schema["$ref"].as_str() {
        let target = root.pointer(path.trim_start_matches('#')).expect("it is there");
        return fits(target, root, value);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        return any.iter().any(|schema| fits(schema, root, value));
    }
    let number = |word: &str| schema[word].as_f64();
    let kind = match schema["type"].as_str().expect("a type") {
        "string" => value.is_string(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        "array" => value.is_array(),
        _ => value.is_object(),
    };
    let pattern = |text: &str| {
        schema["pattern"].as_str().is_none_or(|pattern| regex::Regex::new(pattern).expect("a pattern").is_match(text))
    };
    let inside = |value: f64| {
        number("minimum").is_none_or(|least| value >= least) && number("maximum").is_none_or(|most| value <= most)
    };
    let short = |text: &str| number("maxLength").is_none_or(|most| text.chars().count() as f64 <= most);
    let of = |name: &str| match schema["properties"].get(name) {
        Some(property) => Some(property),
        None => schema.get("additionalProperties").filter(|more| more.is_object()),
    };
    kind && value.as_str().is_none_or(|text| pattern(text) && short(text))
        && value.as_f64().is_none_or(inside)
        && value.as_array().is_none_or(|list| list.iter().all(|value| fits(&schema["items"], root, value)))
        && value.as_object().is_none_or(|map| {
            let given = map.iter().all(|(name, value)| of(name).is_some_and(|schema| fits(schema, root, value)));
            let required = schema["required"].as_array().into_iter().flatten();
            given && required.into_iter().all(|name| map.contains_key(name.as_str().expect("a name")))
        })
}

/// Every pattern of a schema.
fn patterns(schema: &Value) -> Vec<&str> {
    let inner = match schema {
        Value::Object(map) => map.values().flat_map(patterns).collect(),
        Value::Array(list) => list.iter().flat_map(patterns).collect(),
        _ => Vec::new(),
    };
    schema.get("pattern").and_then(Value::as_str).into_iter().chain(inner).collect()
}

#[test]
fn every_pattern_of_the_fields_compiles() {
    let schema = schema();
    let patterns = patterns(&schema);
    assert!(patterns.len() > 30, "{}", patterns.len());
    for pattern in patterns {
        assert!(regex::Regex::new(pattern).is_ok(), "{pattern}");
    }
}

#[test]
fn the_schema_takes_what_the_reader_takes() {
    let schema = schema();
    let user: Value = serde_json::from_str(USER).expect("JSON");
    assert!(fits(&schema, &schema, &user));
    let values = [
        json!("x"),
        json!(""),
        json!("G.1X"),
        json!("a,b"),
        json!("id:string:id:string"),
        json!("cron(0 3 * * ? *)"),
        json!("5.0"),
        json!(0),
        json!(1),
        json!(2),
        json!(3.5),
        json!(0.5),
        json!(300),
        json!(20_000),
        json!({}),
        json!({"a": "b"}),
        json!({"a": 1}),
        json!([]),
        json!(true),
    ];
    let fields: Vec<String> =
        schema["$defs"]["records"]["items"]["properties"].as_object().expect("fields").keys().cloned().collect();
    assert_eq!(fields.len(), 35);
    let (mut taken, mut refused) = (0, 0);
    for field in fields.iter().map(String::as_str).chain(["unknown"]) {
        for value in &values {
            let file = json!([record(&json!({ field: value }))]);
            let said = gluedeck_pipeline::read(&file.to_string(), Format::Json).err().unwrap_or_default();
            // What the check finds wrong is beyond a schema.
            let form =
                |message: &str| message.starts_with("expected ") || message.starts_with("there is no such field");
            let wrong = said.iter().any(|problem| form(&problem.message));
            assert_eq!(fits(&schema, &schema, &file), !wrong, "{field} = {value}: {said:?}");
            if wrong { refused += 1 } else { taken += 1 }
        }
    }
    assert!(taken > 40 && refused > 300, "{taken} taken, {refused} refused");
}

#[test]
fn the_command_checks_a_file_and_prints_the_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = env!("CARGO_BIN_EXE_gluedeck");
    let run = |arguments: &[&str]| {
        Command::new(program).current_dir(&folder).env("HOME", folder.path()).args(arguments).output().expect("it runs")
    };
    std::fs::write(folder.path().join("user.json"), USER).expect("written");
    let good = run(&["pipeline", "check", "user.json"]);
    assert_eq!((good.status.code(), good.stdout.len()), (Some(0), 0));
    assert_eq!(String::from_utf8_lossy(&good.stderr), "gluedeck: user.json: 1 record, nothing wrong\n");
    std::fs::write(folder.path().join("bad.json"), json!([record(&json!({ "goldWorkers": 1 }))]).to_string())
        .expect("written");
    let bad = run(&["pipeline", "check", "bad.json"]);
    assert_eq!(bad.status.code(), Some(1));
    let said = String::from_utf8_lossy(&bad.stdout).into_owned();
    assert!(said.starts_with("bad.json:1:") && said.contains("record User, field goldWorkers: "), "{said}");
    let problems: Value =
        serde_json::from_slice(&run(&["pipeline", "check", "bad.json", "--output", "json"]).stdout).expect("JSON");
    assert_eq!((&problems[0]["field"], &problems[0]["line"]), (&json!("goldWorkers"), &json!(1)));
    assert_eq!(run(&["pipeline", "check", "none.json"]).status.code(), Some(2));
    let printed: Value = serde_json::from_slice(&run(&["pipeline", "schema"]).stdout).expect("JSON");
    assert_eq!(printed, schema());
}

/// A file with settings, one record, and what is told of it.
fn told_of(settings: &str, record: &Value) -> String {
    let text = format!("{{{settings}\"records\": [{record}]}}");
    problems(&text, Format::Json).join("\n")
}

#[test]
fn settings_that_cannot_be_deployed_are_told() {
    let right = record(&json!({}));
    let here = r#""account": "111122223333", "region": "us-east-1""#;
    for (settings, told) in [
        (
            format!(r#""environments": {{"dev": {{{here}}}, "stg": {{{here}}}}}, "#),
            "field environments.stg.region: account 111122223333 in us-east-1 is dev already",
        ),
        (
            format!(r#""environments": {{"dev": {{{here}}}, "dev": {{{here}}}}}, "#),
            "field environments.dev: given twice",
        ),
        (
            format!(r#""environments": {{"dev": {{{here}, "buckets": {{"gold": "lake", "silver": "lake"}}}}}}, "#),
            "lake is the bucket of silver already",
        ),
        (r#""logRetentionDays": 31, "#.to_owned(), "field logRetentionDays: expected one of 1, 3, 5,"),
        (r#""tags": {"aws:x": "y"}, "#.to_owned(), "and aws:x begins with aws:"),
        (r#""tags": {"a": "y", "a": "z"}, "#.to_owned(), "and a is given twice"),
        (r#""tags": {"pipeline": "y"}, "#.to_owned(), "pipeline is the tag that every resource has"),
        (r#""project": null, "#.to_owned(), "field project: expected"),
    ] {
        let found = told_of(&settings, &right);
        assert!(found.contains(told), "{settings}: {found}");
    }
    let text = format!("\u{feff}[{right}]");
    assert!(problems(&text, Format::Json)[0].contains("byte order mark"));
}

#[test]
fn what_a_job_cannot_do_is_told() {
    let with = |field: &str, value: &str| record(&json!({ field: value }));
    for (record, told) in [
        (
            with("applyMapping", "id:string:id:string-a:map:a:map"),
            "a would be a map, whose fields nothing says: expected string",
        ),
        (with("silverKpiFields", "id,type"), "no mapping makes type"),
        (with("bronzeWorkerType", "G.025X"), "expected a worker type"),
        (with("dataTypes", "a:text"), "text is no type: expected string, boolean, number, list or map"),
    ] {
        let found = told_of("", &record);
        assert!(found.contains(told), "{record}: {found}");
    }
    let mut inner = record(&json!({ "bucketFolder": "user/roles" }));
    for field in ["scopeId", "jobName", "tableName", "dynamoTableName"] {
        inner[field] = json!(format!("{}x", inner[field].as_str().expect("text")));
    }
    let found = problems(&json!([record(&json!({})), inner]).to_string(), Format::Json).join("\n");
    assert!(found.contains("it lies in the folder of record User, whose gold job overwrites it"), "{found}");
}
