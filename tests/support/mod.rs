//! What the tests share: a sandbox whose clock stands until it is told to go on.

pub(crate) mod story;

use gluedeck_sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// The first night of every test that is not about dates: what a world holds follows from its date, so that a test that
/// expects a figure expects it of one date.
pub(crate) const DAY: &str = "2026-11-25";

/// A sandbox with the clock paused at 02:59:30 of [`DAY`], or at another time of it.
#[derive(Clone)]
pub(crate) struct World {
    sandbox: Arc<Sandbox>,
    pub(crate) lake: Arc<tempfile::TempDir>,
}

/// The morning after the night, as long as a story looks at it.
static MORNING: Mutex<Option<(Weak<Sandbox>, Weak<tempfile::TempDir>)>> = Mutex::new(None);

impl World {
    pub(crate) fn new() -> Self {
        Self::at("02:59:30")
    }

    pub(crate) fn at(time: &str) -> Self {
        Self::with(time, 1)
    }

    pub(crate) fn with(time: &str, seed: u64) -> Self {
        Self::of(time, seed, "night")
    }

    /// A scenario's night.
    pub(crate) fn scenario(name: &str) -> Self {
        Self::of("02:59:30", 1, name)
    }

    /// The morning after the night, shared with other stories: only for those that change nothing there, set no faults and
    /// count no calls.
    pub(crate) fn shared_morning() -> Self {
        let mut shared = MORNING.lock().unwrap_or_else(PoisonError::into_inner);
        let held = shared.as_ref().and_then(|(sandbox, lake)| sandbox.upgrade().zip(lake.upgrade()));
        if let Some((sandbox, lake)) = held {
            return Self { sandbox, lake };
        }
        let world = Self::scenario("night");
        world.advance_to("05:00:00");
        *shared = Some((Arc::downgrade(&world.sandbox), Arc::downgrade(&world.lake)));
        world
    }

    /// A calm night of another pipeline, whose file is given.
    pub(crate) fn of_pipeline(text: &str) -> Self {
        Self::start("02:59:30", 1, "calm", Some(text))
    }

    fn of(time: &str, seed: u64, scenario: &str) -> Self {
        Self::start(time, seed, scenario, None)
    }

    fn start(time: &str, seed: u64, scenario: &str, pipeline: Option<&str>) -> Self {
        let lake = tempfile::tempdir().expect("a folder");
        let pipeline = pipeline.map(|text| {
            let file = lake.path().join("pipeline.json");
            std::fs::write(&file, text).expect("a file");
            file
        });
        let at = format!("{DAY}T{time}Z").parse().expect("a time");
        // So slow that nothing happens by itself before the clock is paused.
        let dir = Some(lake.path().to_path_buf());
        let scenario = scenario.to_owned();
        let options = Options { at, seed, speed: 1e-3, dir, scenario, pipeline, ..Options::default() };
        let sandbox = Sandbox::start(&options).expect("a sandbox");
        let world = Self { sandbox: Arc::new(sandbox), lake: Arc::new(lake) };
        world.post(&json!({ "paused": true, "speed": 60.0 }));
        world
    }

    pub(crate) fn url(&self) -> String {
        self.sandbox.url()
    }

    /// Lets everything happen until a time of the day on which the sandbox started.
    pub(crate) fn advance_to(&self, time: &str) {
        let day = self.day();
        self.post(&json!({ "now": format!("{day}T{time}Z") }));
    }

    /// Lets everything happen for some minutes.
    pub(crate) fn advance_minutes(&self, minutes: i64) {
        let now: chrono::DateTime<chrono::Utc> = self.now().parse().expect("a time");
        self.post(&json!({ "now": (now + chrono::TimeDelta::minutes(minutes)).to_rfc3339() }));
    }

    /// Lets everything happen for some seconds.
    pub(crate) fn advance_seconds(&self, seconds: i64) {
        let now: chrono::DateTime<chrono::Utc> = self.now().parse().expect("a time");
        self.post(&json!({ "now": (now + chrono::TimeDelta::seconds(seconds)).to_rfc3339() }));
    }

    /// Puts fault rules in force.
    pub(crate) fn set_faults(&self, rules: &str) {
        assert_eq!(http(&self.url(), "POST", "/_sandbox/faults", rules).0, 200);
    }

    /// Puts another pipeline's file in force; what is answered, if it is refused.
    pub(crate) fn set_pipeline(&self, text: &str) -> Result<(), String> {
        match http(&self.url(), "POST", "/_sandbox/pipeline", text) {
            (200, _) => Ok(()),
            (_, refused) => Err(refused),
        }
    }

    /// Deletes a job, as somebody else would.
    pub(crate) fn delete_job(&self, name: &str) {
        let headers = [("x-amz-target", "AWSGlue.DeleteJob"), ("content-type", "application/x-amz-json-1.1")];
        let headers: Vec<(&str, &str)> = headers.into_iter().chain([("authorization", SIGNATURE)]).collect();
        let body = json!({ "JobName": name }).to_string();
        assert_eq!(http_with(&self.url(), "POST", "/", &headers, body.as_bytes()).0, 200);
    }

    /// The simulated time, RFC 3339.
    pub(crate) fn now(&self) -> String {
        self.get("/_sandbox/clock")["now"].as_str().expect("a time").to_owned()
    }

    /// The simulated day.
    pub(crate) fn day(&self) -> String {
        self.now()[..10].to_owned()
    }

    /// Calls of an operation so far.
    pub(crate) fn calls(&self, operation: &str) -> u64 {
        self.get("/_sandbox/calls")[operation].as_u64().unwrap_or(0)
    }

    /// The folder that stands for a bucket.
    pub(crate) fn bucket(&self, name: &str) -> PathBuf {
        self.lake.path().join("s3").join(name)
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        serde_json::from_str(&http(&self.url(), "GET", path, "").1).expect("JSON")
    }

    pub(crate) fn post(&self, body: &Value) -> (u16, String) {
        http(&self.url(), "POST", "/_sandbox/clock", &body.to_string())
    }
}

/// Who calls where nothing else is said: anybody, in us-east-1.
const SIGNATURE: &str =
    "AWS4-HMAC-SHA256 Credential=AKIATEST/20261122/us-east-1/test/aws4_request, SignedHeaders=host, Signature=0";

/// A plain HTTP exchange: status and body.
pub(crate) fn http(url: &str, method: &str, path: &str, body: &str) -> (u16, String) {
    http_with(url, method, path, &[], body.as_bytes())
}

/// A plain HTTP exchange with headers and a body of any bytes.
pub(crate) fn http_with(url: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, String) {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("a connection");
    let signed = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let own = (!signed).then_some(("Authorization", SIGNATURE));
    let headers: String =
        headers.iter().copied().chain(own).map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    let mut sender = stream.try_clone().expect("the same connection");
    let mut answer = Vec::new();
    // A server may answer, and close, before it has read all: what is sent and what is read do not wait for each other.
    std::thread::scope(|scope| {
        scope.spawn(move || sender.write_all(head.as_bytes()).and_then(|()| sender.write_all(body)));
        let _ = stream.read_to_end(&mut answer);
    });
    let answer = String::from_utf8(answer).expect("text");
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default();
    (status, body)
}
