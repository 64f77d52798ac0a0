//! `gluedeck doctor`: what is wrong between here and the account, and how to mend it.

use super::Exit;
use super::output::{self, Output};
use gluedeck_aws::Gateway;
use gluedeck_aws::probe::{ACTIONS, Action, Finding, Part};
use gluedeck_core::domain::{Fault, FaultKind};
use gluedeck_core::request::GetAccount;
use gluedeck_tui::ui::Depth;
use serde_json::{Value, json};
use std::io;
use std::path::Path;

/// AWS refuses requests whose time is off by more than this many seconds (Signature Version 4).
const SKEW: i64 = 300;

/// What the terminal says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Terminal {
    pub is_terminal: bool,
    pub size: Option<(u16, u16)>,
    pub colors: Depth,
    pub unicode: bool,
    pub name: String,
}

/// One check.
#[derive(Debug, Clone, PartialEq)]
struct Check {
    name: String,
    verdict: Verdict,
    text: String,
    /// How to mend it, where something is wrong.
    mend: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    /// Something does less than it could.
    Warning,
    Bad,
    /// It was not, or could not be, found out.
    Unknown,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Warning => "warning",
            Self::Bad => "wrong",
            Self::Unknown => "unknown",
        }
    }
}

fn check(name: &str, verdict: Verdict, text: impl Into<String>, mend: impl Into<String>) -> Check {
    Check { name: name.to_owned(), verdict, text: text.into(), mend: mend.into() }
}

/// Checks everything and prints it. The exit code is 3 if the account cannot be reached or does not know the caller, 1 if
/// an action to look is not allowed or something else is wrong, 0 otherwise.
///
/// # Errors
/// If stdout cannot be written.
pub async fn doctor(
    gateway: &Gateway,
    complaints: &[String],
    terminal: &Terminal,
    state: Option<&Path>,
    output: Output,
) -> io::Result<Exit> {
    let mut checks = configuration(complaints);
    checks.push(folder(state));
    checks.push(on_terminal(terminal));
    checks.push(place(gateway));
    let identity = gateway.perform(GetAccount).await;
    let reached = reachability(gateway, &identity);
    let credentials = credentials(&identity);
    let unreached = reached.verdict == Verdict::Bad;
    let stranger = credentials.verdict == Verdict::Bad;
    checks.extend([reached, clock(gateway), credentials]);
    if unreached || stranger {
        let text = "not asked: nobody answers, or the caller is not known";
        checks.push(check("permissions", Verdict::Unknown, text, ""));
    } else {
        for action in &ACTIONS {
            let finding = gateway.probe(action).await;
            checks.push(permission(action, finding));
        }
    }
    print(&checks, output)?;
    Ok(match checks.iter().any(|check| check.verdict == Verdict::Bad) {
        _ if unreached || stranger => Exit::Unreachable,
        true => Exit::Failed,
        false => Exit::Done,
    })
}

fn configuration(complaints: &[String]) -> Vec<Check> {
    if complaints.is_empty() {
        return vec![check("configuration", Verdict::Good, "no error in the file, or no file", "")];
    }
    let wrong = |text: &String| check("configuration", Verdict::Bad, text, "Mend the line that is named.");
    complaints.iter().map(wrong).collect()
}

fn folder(state: Option<&Path>) -> Check {
    let Some(folder) = state else {
        let mend = "Set HOME, or XDG_STATE_HOME.";
        return check("state folder", Verdict::Bad, "the home folder is not known, so nothing can be changed", mend);
    };
    let probe = folder.join(".doctor");
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&probe, ""));
    let _ = std::fs::remove_file(&probe);
    match written {
        Ok(()) => check("state folder", Verdict::Good, folder.display().to_string(), ""),
        Err(error) => {
            let text = format!("{}: {error}; changes cannot be journalled, and so not be made", folder.display());
            check("state folder", Verdict::Bad, text, "Make it writable, or set XDG_STATE_HOME to a folder that is.")
        }
    }
}

fn on_terminal(terminal: &Terminal) -> Check {
    let Terminal { is_terminal, size, colors, unicode, name } = terminal;
    if !is_terminal {
        let text = "stdin or stdout is no terminal; the console needs one, commands do not";
        return check("terminal", Verdict::Warning, text, "");
    }
    let colors = match colors {
        Depth::True => "16 million colors",
        Depth::Indexed => "256 colors",
        Depth::Sixteen => "16 colors",
        Depth::None => "no color",
    };
    let letters = if *unicode { "Unicode" } else { "ASCII" };
    let size_text = size.map_or("size unknown".to_owned(), |(width, height)| format!("{width}x{height}"));
    let text = format!("{name}, {size_text}, {colors}, {letters}");
    match size {
        Some((width, height)) if *width < 80 || *height < 24 => check(
            "terminal",
            Verdict::Warning,
            text,
            "The screens are made for 80x24 and more; from 60x14 on they work.",
        ),
        _ => check("terminal", Verdict::Good, text, ""),
    }
}

fn place(gateway: &Gateway) -> Check {
    let endpoint = gateway.endpoint().map(|endpoint| format!(" at {endpoint}")).unwrap_or_default();
    let mode = if gateway.is_read_only() { ", read-only" } else { "" };
    match gateway.region() {
        Some(region) => check("place", Verdict::Good, format!("{region}{endpoint}{mode}"), ""),
        None => {
            let mend = "Give --region, set AWS_REGION, or add one to the profile or the environment.";
            check("place", Verdict::Bad, "no Region", mend)
        }
    }
}

fn reachability(gateway: &Gateway, identity: &Result<String, Fault>) -> Check {
    let host = gateway.endpoint().map_or("AWS".to_owned(), str::to_owned);
    match identity {
        Err(fault) if matches!(fault.kind, FaultKind::Unreachable | FaultKind::Garbled) => {
            let mend = match gateway.endpoint() {
                Some(_) => "Is something listening there? Check --endpoint-url, AWS_ENDPOINT_URL and AWS_CA_BUNDLE.",
                None => "Check the network, HTTPS_PROXY, and that the Region exists.",
            };
            check("reachability", Verdict::Bad, format!("{host}: {}", fault.message), mend)
        }
        Err(fault) if matches!(fault.kind, FaultKind::NoCredentials | FaultKind::Misconfigured) => {
            check("reachability", Verdict::Unknown, "nothing was sent", "")
        }
        _ => check("reachability", Verdict::Good, format!("{host} answers"), ""),
    }
}

fn clock(gateway: &Gateway) -> Check {
    match gateway.clock_skew() {
        None => check("clock", Verdict::Unknown, "no answer told a time", ""),
        Some(skew) if skew.abs() > SKEW => {
            let text =
                format!("this machine is {} s {} the server", skew.abs(), if skew > 0 { "behind" } else { "ahead of" });
            check("clock", Verdict::Bad, text, "Set the clock: AWS refuses requests that are off by five minutes.")
        }
        Some(skew) => check("clock", Verdict::Good, format!("within {} s of the server", skew.abs().max(1)), ""),
    }
}

fn credentials(identity: &Result<String, Fault>) -> Check {
    match identity {
        Ok(account) => check("credentials", Verdict::Good, format!("account {account}"), ""),
        Err(fault) if matches!(fault.kind, FaultKind::Unreachable | FaultKind::Garbled) => {
            check("credentials", Verdict::Unknown, "nobody answered", "")
        }
        // The call itself may be forbidden, which takes credentials that are known.
        Err(fault) if fault.kind == FaultKind::Denied && fault.message.starts_with("AccessDenied") => {
            check("credentials", Verdict::Warning, "known, but not allowed to ask for the account", fault.advice())
        }
        Err(fault) => check("credentials", Verdict::Bad, fault.to_string(), fault.advice()),
    }
}

fn permission(action: &Action, finding: Finding) -> Check {
    let (verdict, text, mend) = match finding {
        Finding::Allowed => (Verdict::Good, "allowed".to_owned(), String::new()),
        Finding::Unknown(why) => (Verdict::Unknown, why, String::new()),
        Finding::Denied(_) => {
            // Whoever only looks has no use for more.
            let verdict = if action.part == Part::Look { Verdict::Bad } else { Verdict::Warning };
            let policy = match action.part {
                Part::Look => "Look",
                Part::Query => "Query",
                Part::Change => "Change",
            };
            let mend = format!("Add {} to your IAM policy (see \"{policy}\" in docs/iam.md).", action.name);
            (verdict, format!("not allowed: {}", action.without), mend)
        }
    };
    check(action.name, verdict, text, mend)
}

fn print(checks: &[Check], output: Output) -> io::Result<()> {
    const HEADING: [&str; 4] = ["CHECK", "VERDICT", "WHAT", "HOW TO MEND IT"];
    let row = |check: &Check| {
        vec![check.name.clone(), check.verdict.word().to_owned(), check.text.clone(), check.mend.clone()]
    };
    let value = |check: &Check| -> Value {
        let mend = Some(&check.mend).filter(|mend| !mend.is_empty());
        json!({"check": check.name, "verdict": check.verdict.word(), "what": check.text, "mend": mend})
    };
    match output {
        Output::Json => output::json(&Value::Array(checks.iter().map(value).collect())),
        Output::Csv => output::csv(&HEADING, checks.iter().map(row)),
        _ => {
            let rows: Vec<Vec<String>> = checks.iter().map(row).collect();
            output::table(&HEADING, &[], &rows)
        }
    }
}
