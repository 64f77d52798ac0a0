//! Networks and credentials as they are: a proxy with a name and a password, tokens that have expired, roles that are not
//! given, a clock that is wrong.

use crate::support::World;
use crate::terminal::{KEYS, PROGRAM};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

/// The first lines of requests, with their proxy authorization.
type Requests = Mutex<Vec<(String, Option<String>)>>;

/// A proxy for plain HTTP: it hands every request on to the sandbox, and keeps their first lines and their authorization.
struct Proxy {
    address: String,
    seen: Arc<Requests>,
}

impl Proxy {
    fn before(world: &World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let seen: Arc<Requests> = Arc::default();
        let (target, kept) = (world.url().trim_start_matches("http://").to_owned(), Arc::clone(&seen));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (target, kept) = (target.clone(), Arc::clone(&kept));
                std::thread::spawn(move || hand_on(client, &target, &kept));
            }
        });
        Self { address, seen }
    }
}

/// Hands one request on, with a connection of its own, and closes.
fn hand_on(client: TcpStream, target: &str, kept: &Requests) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let (mut headers, mut length, mut authorization) = (Vec::new(), 0, None);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let (name, value) = line.trim_end().split_once(':').unwrap_or((line.trim_end(), ""));
        match name.to_ascii_lowercase().as_str() {
            "" => break,
            "host" | "connection" => continue,
            "content-length" => length = value.trim().parse().ok()?,
            "proxy-authorization" => {
                authorization = Some(value.trim().to_owned());
                continue;
            }
            _ => {}
        }
        headers.push(line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    kept.lock().expect("the requests").push((first.trim_end().to_owned(), authorization));
    // `POST http://glue.example/ HTTP/1.1`
    let path = first.split(' ').nth(1)?.splitn(4, '/').nth(3).unwrap_or_default().to_owned();
    let method = first.split(' ').next()?;
    let mut server = TcpStream::connect(target).ok()?;
    let head = format!("{method} /{path} HTTP/1.1\r\nhost: {target}\r\nconnection: close\r\n{}\r\n", headers.concat());
    server.write_all(head.as_bytes()).ok()?;
    server.write_all(&body).ok()?;
    let mut client = client;
    std::io::copy(&mut server, &mut client).ok()?;
    Some(())
}

fn run(proxy: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    let home = tempfile::tempdir().expect("a folder");
    command.args(arguments).env_clear().envs(KEYS).env("HOME", home.path()).envs(proxy.iter().copied());
    command.stdin(Stdio::null()).output().expect("the program")
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn calls_go_through_the_proxy_of_the_environment() {
    let world = World::at("05:00:00");
    let proxy = Proxy::before(&world);
    let url = format!("http://me:s3cret@{}", proxy.address);
    let listed = run(&[("HTTP_PROXY", &url)], &["--endpoint-url", "http://glue.example", "workflows"]);
    assert!(listed.status.code() == Some(0) && text(&listed).contains("User Workflow"), "{}", text(&listed));
    let seen = proxy.seen.lock().expect("the requests").clone();
    assert!(
        !seen.is_empty() && seen.iter().all(|(first, _)| first.starts_with("POST http://glue.example/ ")),
        "{seen:?}"
    );
    // `me:s3cret`
    assert!(seen.iter().all(|(_, name)| name.as_deref() == Some("Basic bWU6czNjcmV0")), "{seen:?}");
    let doctor = run(&[("HTTP_PROXY", &url)], &["--endpoint-url", "http://glue.example", "doctor"]);
    assert!(text(&doctor).contains(&format!("HTTP_PROXY http://{}", proxy.address)), "{}", text(&doctor));
    assert!(!text(&doctor).contains("s3cret"), "{}", text(&doctor));
}

#[test]
fn what_needs_no_proxy_goes_without_one() {
    let world = World::at("05:00:00");
    // Nothing listens there.
    let dead = [("HTTP_PROXY", "http://me:s3cret@127.0.0.1:1"), ("HTTPS_PROXY", "http://me:s3cret@127.0.0.1:1")];
    let local = run(&dead, &["--endpoint-url", &world.url(), "workflows"]);
    assert_eq!(local.status.code(), Some(0), "{}", text(&local));
    let through = run(&dead, &["--endpoint-url", "http://glue.example", "workflows"]);
    assert!(through.status.code() == Some(3) && !text(&through).contains("s3cret"), "{}", text(&through));
    let direct = [("HTTP_PROXY", "http://127.0.0.1:1"), ("NO_PROXY", "glue.invalid")];
    let named = run(&direct, &["--endpoint-url", "http://glue.invalid", "workflows"]);
    let said = text(&named);
    assert!(named.status.code() == Some(3) && !said.contains("refused"), "by its name, not by the proxy: {said}");
}

/// What only a person can fix ends a command at once, with exit code 3 and with what fixes it.
#[test]
fn expired_credentials_end_a_command() {
    let world = World::at("05:00:00");
    let url = world.url();
    for (operation, arguments) in [
        ("GetQueryExecution", vec!["query", "select 1"]),
        ("BatchGetWorkflows", vec!["start", "Coupon", "--yes", "--wait"]),
        ("GetLogEvents", vec!["logs", "DynamoDB Coupon Gold", "--follow"]),
        ("BatchGetWorkflows", vec!["triage", "Coupon"]),
    ] {
        world.set_faults(&format!(
            r#"[{{"operation": "{operation}", "error": "ExpiredTokenException", "message": "The security token included in the request is expired"}}]"#
        ));
        let all: Vec<&str> = ["--endpoint-url", &url].into_iter().chain(arguments.iter().copied()).collect();
        let ended = run(&[], &all);
        assert!(
            ended.status.code() == Some(3) && text(&ended).contains("aws sso login"),
            "{arguments:?}: {:?} {}",
            ended.status.code(),
            text(&ended)
        );
    }
}

#[test]
fn a_wrong_clock_is_not_a_missing_permission() {
    let world = World::at("05:00:00");
    world.set_faults(
        r#"[{"error": "InvalidSignatureException", "message": "Signature expired: 20261130T010000Z is now earlier than 20261130T015500Z (20261130T020000Z - 5 min.)"}]"#,
    );
    let ended = run(&[], &["--endpoint-url", &world.url(), "workflows"]);
    let said = text(&ended);
    assert!(
        ended.status.code() == Some(3) && said.contains("clock wrong") && said.contains("Set this machine's clock"),
        "{said}"
    );
    assert!(!said.contains("IAM"), "{said}");
}

/// With the files of a profile, and none of the variables with keys.
fn with_profile(config: &str, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(home.path().join(".aws")).expect("a folder");
    std::fs::write(home.path().join(".aws/config"), config).expect("written");
    let mut command = Command::new(PROGRAM);
    command.args(arguments).env_clear().env("HOME", home.path()).env("AWS_EC2_METADATA_DISABLED", "true");
    command.envs(variables.iter().copied()).stdin(Stdio::null()).output().expect("the program")
}

#[test]
fn a_process_that_gives_no_credentials_is_named() {
    let world = World::at("05:00:00");
    let config =
        "[profile p]\nregion = us-east-1\ncredential_process = /bin/sh -c 'echo vault is sealed >&2; exit 7'\n";
    let ended = with_profile(config, &[], &["--profile", "p", "--endpoint-url", &world.url(), "workflows"]);
    let said = text(&ended);
    assert!(ended.status.code() == Some(3) && said.contains("credentials failed"), "{said}");
    assert!(said.contains("vault is sealed") && !said.contains("aws sso login"), "{said}");
}

#[test]
fn a_role_that_is_not_given_says_who_refused_it() {
    let world = World::at("05:00:00");
    world.set_faults(
        r#"[{"operation": "AssumeRole", "error": "AccessDenied", "message": "User: arn:aws:iam::1:user/me is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::2:role/ops"}]"#,
    );
    let config = "[profile base]\nregion = us-east-1\naws_access_key_id = AKIABASE\naws_secret_access_key = x\n\n\
                  [profile p]\nregion = us-east-1\nrole_arn = arn:aws:iam::222222222222:role/ops\nsource_profile = base\n\
                  ";
    let url = world.url();
    let ended = with_profile(config, &[("AWS_ENDPOINT_URL", &url)], &["--profile", "p", "workflows"]);
    let said = text(&ended);
    assert!(ended.status.code() == Some(3) && said.contains("credentials failed"), "{said}");
    assert!(said.contains("sts:AssumeRole on resource: arn:aws:iam::2:role/ops"), "{said}");
}

pub(crate) const WITH_MFA: &str = "[profile base]\nregion = us-east-1\naws_access_key_id = AKIABASE\naws_secret_access_key = x\n\n\
     [profile p]\nregion = us-east-1\nrole_arn = arn:aws:iam::222222222222:role/ops\nsource_profile = base\n\
     mfa_serial = arn:aws:iam::111111111111:mfa/me\n";

/// Without a terminal nobody can be asked: it ends at once, and says what is needed.
#[test]
fn a_code_that_nobody_can_be_asked_for_is_told() {
    let world = World::at("05:00:00");
    let url = world.url();
    let arguments = ["--profile", "p", "workflows"];
    let ended = with_profile(WITH_MFA, &[("AWS_ENDPOINT_URL", &url)], &arguments);
    let said = text(&ended);
    assert_eq!(ended.status.code(), Some(3), "{said}");
    assert!(said.contains("MFA code needed for arn:aws:iam::111111111111:mfa/me") && said.contains(":mfa"), "{said}");
    assert_eq!(world.calls("AssumeRole"), 0);
}

/// A server that answers every operation by what a function says, and counts.
struct Answers {
    url: String,
    calls: Arc<Mutex<Vec<String>>>,
}

impl Answers {
    fn of(answer: fn(&str) -> Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let calls: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&calls);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || give(&client, answer, &kept));
            }
        });
        Self { url, calls }
    }

    fn count(&self, operation: &str) -> usize {
        self.calls.lock().expect("the calls").iter().filter(|call| *call == operation).count()
    }
}

/// Answers one request with JSON, and closes.
fn give(client: &TcpStream, answer: fn(&str) -> Option<&'static str>, kept: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let (mut length, mut operation) = (0, String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let (name, value) = line.trim_end().split_once(':').unwrap_or((line.trim_end(), ""));
        match name.to_ascii_lowercase().as_str() {
            "" => break,
            "content-length" => length = value.trim().parse().ok()?,
            "x-amz-target" => operation = value.rsplit('.').next().unwrap_or_default().to_owned(),
            _ => {}
        }
    }
    reader.read_exact(&mut vec![0; length]).ok()?;
    let unknown = r#"{"__type":"UnknownOperationException","message":"not here"}"#;
    let (status, body) = answer(&operation).map_or(("400 Bad Request", unknown), |body| ("200 OK", body));
    kept.lock().expect("the calls").push(operation);
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let mut client = client;
    client.write_all(head.as_bytes()).ok()?;
    client.write_all(body.as_bytes()).ok()
}

/// A 200 without the list that must be there is no empty account.
#[test]
fn an_answer_without_its_list_is_no_empty_account() {
    let server = Answers::of(|operation| (operation == "ListWorkflows").then_some("{}"));
    let ended = run(&[], &["--endpoint-url", &server.url, "--region", "us-east-1", "workflows"]);
    let said = text(&ended);
    assert!(ended.status.code() == Some(1) && said.contains("invalid response"), "{said}");
    assert!(said.contains("without Workflows"), "{said}");
}

/// A server that hands out the same token again has no further page: it is not asked for ever.
#[test]
fn a_token_that_comes_again_ends_every_list() {
    let server = Answers::of(|operation| match operation {
        "ListWorkflows" => Some(r#"{"Workflows":["A"],"NextToken":"again"}"#),
        "BatchGetWorkflows" => Some(r#"{"Workflows":[{"Name":"A"}],"MissingWorkflows":[]}"#),
        "FilterLogEvents" => Some(r#"{"events":[],"nextToken":"again"}"#),
        "DescribeLogStreams" => Some(r#"{"logStreams":[],"nextToken":"again"}"#),
        "GetDatabases" => Some(r#"{"DatabaseList":[{"Name":"d"}],"NextToken":"again"}"#),
        _ => None,
    });
    let run = |arguments: &[&str]| {
        let all: Vec<&str> = ["--endpoint-url", &server.url, "--region", "us-east-1"]
            .into_iter()
            .chain(arguments.iter().copied())
            .collect();
        run(&[], &all)
    };
    let listed = run(&["workflows", "--output", "csv"]);
    assert_eq!(listed.status.code(), Some(0), "{}", text(&listed));
    assert_eq!(server.count("ListWorkflows"), 2, "{}", text(&listed));
    let read = run(&["logs", "--group", "/aws-glue/jobs/error"]);
    assert!(read.status.code().is_some(), "{}", text(&read));
    assert!(server.count("FilterLogEvents") <= 2, "{}", server.count("FilterLogEvents"));
}

/// What other tools' users reported: a key from a file, with the line break at its end; a variable that is set and empty.
#[test]
fn keys_with_a_line_break_and_an_empty_region_are_said_or_survived() {
    let world = World::at("05:00:00");
    let run = |name: &str, value: &str| {
        let mut command = Command::new(PROGRAM);
        command.args(["workflows", "--endpoint-url", &world.url()]);
        let keys = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_REGION", "us-east-1")];
        command.envs(keys).env("AWS_CONFIG_FILE", "/dev/null").env(name, value).output().expect("it runs")
    };
    let broken = run("AWS_ACCESS_KEY_ID", "a\n");
    let said = String::from_utf8_lossy(&broken.stderr).into_owned();
    assert_eq!(broken.status.code(), Some(2), "{said}");
    assert!(said.contains("AWS_ACCESS_KEY_ID has a line break"), "{said}");
    let empty = run("AWS_REGION", "");
    let said = String::from_utf8_lossy(&empty.stderr).into_owned();
    assert!(said.contains("no Region: give --region"), "{said}");
}
