//! The sandbox's endpoint: any body for any operation is answered, and never with an internal error.

#![no_main]

use chrono::{TimeZone, Utc};
use gluedeck_sandbox::{Options, Sandbox, StartTime};
use std::cell::RefCell;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::OnceLock;

/// Operations by their targets. Live tail is none: it answers with a stream without end.
const TARGETS: [&str; 34] = [
    "AWSGlue.ListWorkflows",
    "AWSGlue.BatchGetWorkflows",
    "AWSGlue.GetWorkflow",
    "AWSGlue.GetWorkflowRuns",
    "AWSGlue.GetWorkflowRun",
    "AWSGlue.GetWorkflowRunProperties",
    "AWSGlue.StartWorkflowRun",
    "AWSGlue.ResumeWorkflowRun",
    "AWSGlue.StopWorkflowRun",
    "AWSGlue.GetTriggers",
    "AWSGlue.UpdateTrigger",
    "AWSGlue.StartTrigger",
    "AWSGlue.CreateTrigger",
    "AWSGlue.CreateJob",
    "AWSGlue.CreateCrawler",
    "AWSGlue.CreateWorkflow",
    "AWSGlue.GetJobs",
    "AWSGlue.GetJobRuns",
    "AWSGlue.StartJobRun",
    "AWSGlue.BatchStopJobRun",
    "AWSGlue.ListCrawls",
    "AWSGlue.GetTables",
    "AWSGlue.GetPartitions",
    "Logs_20140328.DescribeLogStreams",
    "Logs_20140328.GetLogEvents",
    "Logs_20140328.FilterLogEvents",
    "Logs_20140328.DescribeLogGroups",
    "AmazonAthena.StartQueryExecution",
    "AmazonAthena.GetQueryExecution",
    "AmazonAthena.GetQueryResults",
    "AmazonAthena.BatchGetQueryExecution",
    "AmazonAthena.ListWorkGroups",
    "AmazonAthena.CreateNamedQuery",
    "ServiceQuotasV20190624.GetServiceQuota",
];

fn address() -> &'static str {
    static SANDBOX: OnceLock<(Sandbox, String)> = OnceLock::new();
    let (_, address) = SANDBOX.get_or_init(|| {
        let at = Utc.with_ymd_and_hms(2026, 11, 25, 5, 0, 0).single().expect("a time");
        // Few workflows: the whole log of a fortnight is read for some requests.
        let options = Options { speed: 1.0, at: StartTime::Moment(at), workflows: Some(2), ..Options::default() };
        let sandbox = Sandbox::start(&options).expect("a sandbox");
        let address = sandbox.url().trim_start_matches("http://").to_owned();
        (sandbox, address)
    });
    address
}

thread_local! {
    static CONNECTION: RefCell<Option<BufReader<TcpStream>>> = const { RefCell::new(None) };
}

/// The status of the answer.
fn send(connection: &mut BufReader<TcpStream>, target: &str, body: &[u8]) -> std::io::Result<u16> {
    let credential =
        "AWS4-HMAC-SHA256 Credential=x/20261125/us-east-1/glue/aws4_request, SignedHeaders=host, Signature=0";
    let head = format!(
        "POST / HTTP/1.1\r\nHost: sandbox\r\nX-Amz-Target: {target}\r\nAuthorization: {credential}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    connection.get_mut().write_all(&[head.as_bytes(), body].concat())?;
    let (mut status, mut length) = (0, 0);
    for n in 0.. {
        let mut line = String::new();
        if connection.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end().to_lowercase();
        if n == 0 {
            status = line.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
        }
        if let Some(text) = line.strip_prefix("content-length: ") {
            length = text.parse().unwrap_or(0);
        }
        if line.is_empty() {
            break;
        }
    }
    connection.read_exact(&mut vec![0; length])?;
    Ok(status)
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [operation, body @ ..] = data else { return };
    let target = TARGETS[usize::from(*operation) % TARGETS.len()];
    CONNECTION.with_borrow_mut(|open| {
        let mut connection =
            open.take().unwrap_or_else(|| BufReader::new(TcpStream::connect(address()).expect("a connection")));
        let status = send(&mut connection, target, body).expect("an answer");
        assert!((200..500).contains(&status), "{target} answers {status}");
        *open = Some(connection);
    });
});
