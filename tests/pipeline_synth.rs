//! What a pipeline's file makes: definitions, templates, comparisons, and the way back.

use gluedeck_pipeline::file::Format;
use gluedeck_pipeline::{
    Change, Pipeline, Placement, compare, definitions_of, import, placement, stacks, synth, write, write_schedules,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::Command;

/// The record of the User table, as the pipeline's own configuration has it.
const USER: &str = include_str!("pipeline_files/user.json");

/// The file that the sandbox runs.
const EXAMPLE: &str = include_str!("../examples/pipeline.json");

fn read(text: &str) -> Pipeline {
    gluedeck_pipeline::read(text, Format::Json).expect("it is right")
}

/// The resources of all templates of an environment, by logical id: type and whole.
fn resources(pipeline: &Pipeline, environment: &str) -> Vec<(String, Value)> {
    let environment = pipeline.environment(environment).expect("an environment");
    let of = |template: &Value| template["Resources"].as_object().expect("resources").clone();
    stacks(pipeline, environment, &Placement::new()).iter().flat_map(|stack| of(&stack.template)).collect()
}

/// Triggers, jobs and crawlers: what a workflow is made of.
fn steps(resources: &[(String, Value)]) -> usize {
    let kinds = ["AWS::Glue::Trigger", "AWS::Glue::Job", "AWS::Glue::Crawler"];
    resources.iter().filter(|(_, resource)| kinds.iter().any(|kind| resource["Type"] == *kind)).count()
}

#[test]
fn a_record_makes_fourteen_resources_and_twenty_two_make_308() {
    let user = read(USER);
    assert_eq!(steps(&resources(&user, "dev")), 14);
    let all = read(EXAMPLE);
    for environment in ["dev", "stg", "prod"] {
        assert_eq!(steps(&resources(&all, environment)), 308, "{environment}");
    }
    let made = all.definitions(all.environment("dev").expect("dev"));
    assert_eq!((made.workflows.len(), made.databases.len(), made.resources()), (22, 4, 308));
    let first = &made.triggers["Run Job DynamoDB User Bronze"];
    assert_eq!(
        (first.schedule.as_deref(), first.workflow.as_deref()),
        (Some("cron(0 3 * * ? *)"), Some("User Workflow"))
    );
    let checked = &made.triggers["Run DQ Job DynamoDB User Bronze"];
    assert_eq!(checked.conditions[0].0.title(), "crawler DynamoDB User Bronze Crawler");
}

#[test]
fn the_same_file_makes_the_same_bytes() {
    let files = |text: &str| {
        let pipeline = read(text);
        let environment = pipeline.environment("prod").expect("prod");
        synth(&pipeline, environment, &stacks(&pipeline, environment, &Placement::new()))
    };
    assert_eq!(files(EXAMPLE), files(EXAMPLE));
    let paths: Vec<String> = files(EXAMPLE).into_iter().map(|file| file.path).collect();
    assert_eq!(
        paths,
        [
            "storage.template.json",
            "compute-1.template.json",
            "workflows-1.template.json",
            "jobs/bronze.py",
            "jobs/data_quality.py",
            "jobs/gold.py",
            "jobs/lake.py",
            "jobs/silver.py",
            "deploy.sh"
        ]
    );
}

/// Data stay when a stack goes, nothing is public, and everything is encrypted and tagged.
#[test]
fn buckets_are_retained_encrypted_and_closed() {
    let mut pipeline = read(EXAMPLE);
    pipeline.tags.insert("team".to_owned(), "data".to_owned());
    let made = resources(&pipeline, "dev");
    let buckets: Vec<_> = made.iter().filter(|(_, resource)| resource["Type"] == "AWS::S3::Bucket").collect();
    assert_eq!(buckets.len(), 7);
    for (name, bucket) in buckets {
        let properties = &bucket["Properties"];
        assert_eq!(
            (&bucket["DeletionPolicy"], &bucket["UpdateReplacePolicy"]),
            (&json!("RetainExceptOnCreate"), &json!("Retain")),
            "{name}"
        );
        let closed = properties["PublicAccessBlockConfiguration"].as_object().expect("closed");
        assert!(closed.len() == 4 && closed.values().all(|value| value == &json!(true)), "{name}");
        assert!(properties.get("BucketEncryption").is_some(), "{name}");
        assert!(
            properties["Tags"].as_array().expect("tags").contains(&json!({"Key": "team", "Value": "data"})),
            "{name}"
        );
    }
    let job = &made.iter().find(|(name, _)| name == "UserSilverJob").expect("a job").1["Properties"];
    assert_eq!(job["Tags"], json!({"pipeline": "tumble-dev", "team": "data"}));
}

/// A table stays in the stack in which the templates of before have it, wherever in the file it stands now.
#[test]
fn tables_stay_in_their_stacks() {
    let mut pipeline = read(EXAMPLE);
    let original = pipeline.records[0].clone();
    for number in 0..20 {
        let mut more = original.clone();
        (more.scope_id, more.job_name) = (format!("Copy {number}"), format!("DynamoDB Copy {number}"));
        pipeline.records.push(more);
    }
    let environment = pipeline.environment("dev").expect("dev").clone();
    let templates = |stacks: Vec<gluedeck_pipeline::Stack>| -> Vec<(String, Value)> {
        stacks.into_iter().map(|stack| (stack.file, stack.template)).collect()
    };
    let before = templates(stacks(&pipeline, &environment, &Placement::new()));
    // One of the first stack goes, and another comes first in the file.
    pipeline.records.remove(3);
    let mut new = original;
    (new.scope_id, new.job_name) = ("Voucher".to_owned(), "DynamoDB Voucher".to_owned());
    pipeline.records.insert(0, new);
    let after = templates(stacks(&pipeline, &environment, &placement(&before)));
    let keys = |templates: &[(String, Value)]| -> Vec<(String, String)> {
        let of = |(file, template): &(String, Value)| {
            let ids = template["Resources"].as_object().expect("resources").keys().cloned();
            ids.map(|id| (file.clone(), id)).collect::<Vec<_>>()
        };
        templates.iter().flat_map(of).collect()
    };
    let (before, after) = (keys(&before), keys(&after));
    let moved: Vec<_> = after.iter().filter(|key| !before.contains(key)).collect();
    assert!(moved.len() == 16 && moved.iter().all(|(_, id)| id.starts_with("Voucher")), "{moved:?}");
    assert!(moved.iter().all(|(file, _)| file.contains("-1.")), "there is room in the first again: {moved:?}");
    assert_eq!(before.iter().filter(|key| !after.contains(key)).count(), 16);
}

/// Stacks are split well before 500 resources, and a record that is added at the end changes no other.
#[test]
fn many_tables_are_spread_over_stacks() {
    let mut pipeline = read(EXAMPLE);
    let original = pipeline.records[0].clone();
    for number in 0..78 {
        let mut more = original.clone();
        more.scope_id = format!("Copy {number}");
        more.job_name = format!("DynamoDB Copy {number}");
        pipeline.records.push(more);
    }
    let environment = pipeline.environment("dev").expect("dev").clone();
    let all = stacks(&pipeline, &environment, &Placement::new());
    assert_eq!(all.len(), 1 + 4 + 4);
    for stack in &all {
        let count = stack.template["Resources"].as_object().expect("resources").len();
        assert!(count < 300, "{}: {count}", stack.name);
    }
    let ids: std::collections::BTreeSet<String> = resources(&pipeline, "dev").into_iter().map(|(id, _)| id).collect();
    // Each of the compute stacks has a role of its own.
    assert_eq!(ids.len(), 100 * 16 + 12 + 1 + 5, "no logical id is another's");
    let before = resources(&read(EXAMPLE), "dev");
    let after = resources(&pipeline, "dev");
    assert!(before.iter().all(|resource| after.contains(resource)), "the first 22 are as they were");
}

#[test]
fn templates_define_what_the_file_does() {
    let pipeline = read(EXAMPLE);
    for name in ["dev", "stg", "prod"] {
        let environment = pipeline.environment(name).expect("an environment");
        let templates: Vec<(String, Value)> = stacks(&pipeline, environment, &Placement::new())
            .into_iter()
            .map(|stack| (stack.name, stack.template))
            .collect();
        let found = definitions_of(&templates).expect("templates of ours");
        assert_eq!(compare(&pipeline.definitions(environment), &found), [], "{name}");
    }
}

#[test]
fn what_is_written_is_read_again() {
    let mut pipeline = read(EXAMPLE);
    pipeline.log_retention_days = Some(30);
    pipeline.defaults.workers = 5;
    pipeline.tags.insert("a \"b\"".to_owned(), "c".to_owned());
    pipeline.records[3].schedule = Some("cron(5 3 * * ? *)".to_owned());
    pipeline.records[4].max_empty_share = Some(0.25);
    assert_eq!(read(&write(&pipeline)), pipeline);
}

#[test]
fn an_account_is_read_back_as_the_records_that_made_it() {
    let mut pipeline = read(EXAMPLE);
    pipeline.records[2].timeout_minutes = Some(45);
    pipeline.records[5].schedule = Some("cron(30 4 * * ? *)".to_owned());
    let environment = pipeline.environment("stg").expect("stg").clone();
    let account = pipeline.definitions(&environment);
    let imported = import(&account, &environment.account, &environment.region);
    assert_eq!(imported.misfits, []);
    let again = imported.pipeline.definitions(&imported.pipeline.environments[0]);
    assert_eq!(compare(&again, &account), []);
    // An account has its workflows by name.
    let mut records = pipeline.records.clone();
    records.sort_by_key(|record| record.workflow());
    for (record, original) in imported.pipeline.records.iter().zip(&mut records) {
        (original.sandbox_items, original.sandbox_items_per_night) = (None, None);
        assert_eq!(record, original);
    }
}

/// What has not the form is told, with the reason, and the rest is imported all the same.
#[test]
fn what_does_not_fit_is_told() {
    let pipeline = read(EXAMPLE);
    let environment = pipeline.environment("dev").expect("dev").clone();
    let mut account = pipeline.definitions(&environment);
    account.jobs.remove("DynamoDB Order Gold DQ");
    account.triggers.get_mut("Run Job DynamoDB User Bronze").expect("a trigger").active = false;
    let mut other = account.jobs["DynamoDB User Bronze"].clone();
    other.name = "fx rates".to_owned();
    account.jobs.insert(other.name.clone(), other);
    let imported = import(&account, &environment.account, &environment.region);
    assert_eq!(imported.pipeline.records.len(), 21);
    let told: Vec<String> = imported.misfits.iter().map(|m| format!("{}: {}", m.name, m.reason)).collect();
    for wanted in [
        "Order Workflow: there is no job DynamoDB Order Gold DQ",
        "Run Job DynamoDB User Bronze: state is \"off\"; a record can only say \"on\"",
        "fx rates: no record makes it",
        "DynamoDB Order Silver: no record makes it",
    ] {
        assert!(told.iter().any(|line| line == wanted), "{wanted}: {told:#?}");
    }
}

#[test]
fn differences_are_told_with_both_values() {
    let pipeline = read(EXAMPLE);
    let environment = pipeline.environment("dev").expect("dev");
    let mut account = pipeline.definitions(environment);
    account.jobs.get_mut("DynamoDB User Silver").expect("a job").workers = 7;
    account.jobs.get_mut("DynamoDB User Silver").expect("a job").arguments.remove("--apply_mapping");
    account.workflows.remove("Order Workflow");
    let mut stray = account.jobs["DynamoDB User Gold"].clone();
    stray.name = "User backfill".to_owned();
    account.jobs.insert(stray.name.clone(), stray);
    let mut foreign = account.jobs["DynamoDB User Gold"].clone();
    (foreign.name, foreign.script) = ("fx rates".to_owned(), "s3://others/fx.py".to_owned());
    account.jobs.insert(foreign.name.clone(), foreign);
    let told: Vec<String> = pipeline
        .differences(environment, &account)
        .iter()
        .map(|difference| match &difference.change {
            Change::Missing => format!("{} missing", difference.name),
            Change::Extra => format!("{} extra", difference.name),
            Change::Different { attribute, file, account } => {
                format!("{} {attribute}: {} to {}", difference.name, file.len().min(3), account)
            }
        })
        .collect();
    assert_eq!(
        told,
        [
            "Order Workflow missing",
            "DynamoDB User Silver workers: 1 to 7",
            "DynamoDB User Silver argument --apply_mapping: 3 to ",
            "User backfill extra"
        ]
    );
}

#[test]
fn commands_write_templates_and_compare_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/pipeline.json");
    let run = |words: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_gluedeck")).arg("pipeline").args(words).output().expect("it runs");
        let (said, errors) = (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        );
        (output.status.code(), said, errors)
    };
    let out_text = out.to_str().expect("a name");
    let (code, _, errors) = run(&["synth", example, "--out", out_text]);
    assert!(code == Some(2) && errors.contains("which environment? Add --env with one of dev, stg, prod"), "{errors}");
    let (code, said, errors) = run(&["synth", example, "--env", "stg", "--out", out_text, "--output", "csv"]);
    assert_eq!(code, Some(0), "{errors}");
    assert!(said.contains("tumble-stg-compute-1,compute-1.template.json,182"), "{said}");
    // A template of an earlier time, with more tables, is gone.
    std::fs::write(out.join("compute-9.template.json"), "{}").expect("a file");
    run(&["synth", example, "--env", "stg", "--out", out_text]);
    assert!(!out.join("compute-9.template.json").exists());
    assert_eq!(run(&["diff", example, out_text, "--env", "stg"]).0, Some(0));
    // Another environment would take the place of what is deployed from this folder.
    let (code, _, errors) = run(&["synth", example, "--env", "dev", "--out", out_text]);
    assert!(code == Some(2) && errors.contains("has the templates of tumble-stg-storage"), "{errors}");
    assert_eq!(run(&["diff", example, out_text, "--env", "stg"]).0, Some(0));
    let (code, said, _) = run(&["diff", example, out_text, "--env", "dev", "--output", "json"]);
    let found: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(code, Some(1));
    assert!(
        found
            .as_array()
            .expect("a list")
            .iter()
            .any(|d| d["attribute"] == "schedule" && d["account"] == "cron(0 4 * * ? *)")
    );
    let script = std::fs::read_to_string(out.join("deploy.sh")).expect("a script");
    assert!(script.contains("--parameter-overrides 'Schedule=cron(0 4 * * ? *)'"), "{script}");
    assert!(
        !script.contains("put-retention-policy"),
        "Glue's own log groups are left alone unless the file says how long"
    );
}

/// A schedule is written into the record, and nothing else of the text changes: not its form, not its comments.
#[test]
fn schedules_are_written_without_touching_the_rest() {
    let new = BTreeMap::from([("Run Job Shop User Bronze".to_owned(), "cron(20 3 * * ? *)".to_owned())]);
    let mapping = "id:string:id:string";
    let fields = r#""jobName": "Shop User", "bucketFolder": "user", "tableName": "user", "dynamoTableName": "User""#;
    for (format, before, after) in [
        (
            Format::Json,
            format!(
                "[ // all\n  {{\n    \"scopeId\": \"User\", // the first\n    {fields},\n    \"applyMapping\": \"{mapping}\",\n  }},\n]\n"
            ),
            "\"scopeId\": \"User\", // the first\n    \"schedule\": \"cron(20 3 * * ? *)\",\n",
        ),
        (
            Format::Json,
            format!("[{{\"scopeId\": \"User\", {fields}, \"applyMapping\": \"{mapping}\"}}]"),
            "{\"scopeId\": \"User\", \"schedule\": \"cron(20 3 * * ? *)\", \"jobName\"",
        ),
        (
            Format::Json,
            format!(
                "[{{{fields}, \"schedule\": \"cron(0 3 * * ? *)\" /* early */, \"scopeId\": \"User\", \"applyMapping\": \"{mapping}\"}}]"
            ),
            "\"schedule\": \"cron(20 3 * * ? *)\" /* early */",
        ),
        (
            Format::Toml,
            format!(
                "[[records]]\nscopeId = 'User' # the first\njobName = 'Shop User'\nbucketFolder = 'user'\ntableName = 'user'\ndynamoTableName = 'User'\napplyMapping = '{mapping}'\n"
            ),
            "scopeId = 'User' # the first\nschedule = \"cron(20 3 * * ? *)\"\njobName",
        ),
        (
            Format::Toml,
            format!(
                "records = [{{ scopeId = 'User', jobName = 'Shop User', bucketFolder = 'user', tableName = 'user', dynamoTableName = 'User', applyMapping = '{mapping}' }}]\n"
            ),
            "{ scopeId = 'User', schedule = \"cron(20 3 * * ? *)\", jobName",
        ),
        (
            Format::Yaml,
            format!(
                "# all\n- scopeId: User # the first\n  jobName: Shop User\n  bucketFolder: user\n  tableName: user\n  dynamoTableName: User\n  applyMapping: {mapping}\n"
            ),
            "- scopeId: User # the first\n  schedule: \"cron(20 3 * * ? *)\"\n  jobName",
        ),
        (
            Format::Yaml,
            format!(
                "records: [{{scopeId: User, jobName: Shop User, bucketFolder: user, tableName: user, dynamoTableName: User, applyMapping: '{mapping}'}}]\n"
            ),
            "{scopeId: User, schedule: \"cron(20 3 * * ? *)\", jobName",
        ),
    ] {
        let patched = write_schedules(&before, format, &new).unwrap_or_else(|error| panic!("{error}: {before}"));
        assert!(patched.text.contains(after), "{}", patched.text);
        assert_eq!((patched.records, patched.unknown), (vec!["User".to_owned()], vec![]));
        let rest =
            |text: &str| text.lines().filter(|line| !line.contains("schedule")).map(str::to_owned).collect::<Vec<_>>();
        let kept = rest(&patched.text);
        assert!(
            rest(&before).iter().filter(|line| !line.contains("scopeId")).all(|line| kept.contains(line)),
            "{}",
            patched.text
        );
        // So it is where lines end as on Windows.
        let windows = |text: &str| text.replace('\n', "\r\n");
        let crlf = write_schedules(&windows(&before), format, &new).unwrap_or_else(|error| panic!("{error}: {before}"));
        assert_eq!(crlf.text, windows(&patched.text));
        // Written again it is the same.
        let again = write_schedules(&patched.text, format, &new).expect("it is right");
        assert_eq!((again.text, again.records.len()), (patched.text, 0));
    }
    let other = BTreeMap::from([("nightly".to_owned(), "cron(0 1 * * ? *)".to_owned())]);
    let patched = write_schedules(EXAMPLE, Format::Json, &other).expect("it is right");
    assert_eq!((patched.text.as_str(), patched.unknown), (EXAMPLE, vec!["nightly".to_owned()]));
}

/// Where one text stands for two records, one of them cannot be changed alone.
#[test]
fn a_form_that_cannot_be_patched_is_left_alone() {
    let shared = "x: &fields {bucketFolder: user}\n";
    let yaml = format!(
        "{shared}records:\n- {{scopeId: User, jobName: Shop User, bucketFolder: user, tableName: user, dynamoTableName: User, applyMapping: \"id:string:id:string\"}}\n"
    );
    let new = BTreeMap::from([("Run Job Shop User Bronze".to_owned(), "cron(20 3 * * ? *)".to_owned())]);
    assert!(write_schedules(&yaml, Format::Yaml, &new).is_err(), "the file has a field that there is not");
}
