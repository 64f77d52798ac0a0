//! `gluedeck doctor`: what is wrong between here and the account, and how to fix it.

use super::Exit;
use super::output::{self, Output};
use crate::logging;
use gluedeck_aws::Gateway;
use gluedeck_aws::probe::{ACTIONS, Action, Finding, Part};
use gluedeck_core::domain::{Fault, FaultKind};
use gluedeck_core::request::GetAccount;
use gluedeck_tui::ui::Depth;
use serde_json::{Value, json};
use std::io;
use std::path::{Path, PathBuf};
use tracing::level_filters::LevelFilter;

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

/// What the doctor is told of this machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Here {
    pub terminal: Terminal,
    /// Where journal, drafts and logs lie.
    pub state: Option<PathBuf>,
    pub log_level: LevelFilter,
}

/// One check.
#[derive(Debug, Clone, PartialEq)]
struct Check {
    name: String,
    verdict: Verdict,
    text: String,
    /// How to fix it, where something is wrong.
    fix: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Ok,
    /// Something does less than it could.
    Warning,
    Bad,
    /// It was not, or could not be, found out.
    Unknown,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Bad => "wrong",
            Self::Unknown => "unknown",
        }
    }
}

fn check(name: &str, verdict: Verdict, text: impl Into<String>, fix: impl Into<String>) -> Check {
    Check { name: name.to_owned(), verdict, text: text.into(), fix: fix.into() }
}

/// Checks everything and prints it. The exit code is 3 if the account cannot be reached or does not know the caller, 1 if
/// an action to look is not allowed or something else is wrong, 0 otherwise.
///
/// # Errors
/// If stdout cannot be written.
pub async fn doctor(gateway: &Gateway, complaints: &[String], here: &Here, output: Output) -> io::Result<Exit> {
    let mut checks = configuration(complaints);
    checks.push(folder(here.state.as_deref()));
    checks.extend(here.state.as_deref().map(|state| log(state, here.log_level)));
    checks.push(on_terminal(&here.terminal));
    checks.push(place(gateway));
    let identity = gateway.perform(GetAccount).await;
    let reached = reachability(gateway, &identity);
    let credentials = credentials(&identity);
    let unreached = reached.verdict == Verdict::Bad;
    let stranger = credentials.verdict == Verdict::Bad;
    checks.extend([reached, clock(gateway), credentials]);
    if unreached || stranger {
        let text = "not checked: no response, or unknown caller";
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
        return vec![check("configuration", Verdict::Ok, "no errors", "")];
    }
    let wrong = |text: &String| check("configuration", Verdict::Bad, text, "Fix the line named here.");
    complaints.iter().map(wrong).collect()
}

fn folder(state: Option<&Path>) -> Check {
    let Some(folder) = state else {
        let fix = "Set HOME, or XDG_STATE_HOME.";
        return check("state folder", Verdict::Bad, "home folder unknown, so changes are blocked", fix);
    };
    let probe = folder.join(".doctor");
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&probe, ""));
    let _ = std::fs::remove_file(&probe);
    match written {
        Ok(()) => check("state folder", Verdict::Ok, folder.display().to_string(), ""),
        Err(error) => {
            let text = format!("{}: {error}; no journal, so changes are blocked", folder.display());
            check("state folder", Verdict::Bad, text, "Make it writable, or set XDG_STATE_HOME to one that is.")
        }
    }
}

fn log(state: &Path, level: LevelFilter) -> Check {
    let folder = logging::folder(state);
    if level == LevelFilter::OFF {
        return check("log", Verdict::Ok, "off", "");
    }
    match logging::open(state) {
        Ok(_) => {
            let text = format!("{}, level {level}, one file a day for a week", folder.display());
            check("log", Verdict::Ok, text, "")
        }
        Err(error) => {
            let fix = "Make it writable, or use --log-level off.";
            check("log", Verdict::Warning, format!("{}: {error}; nothing is logged", folder.display()), fix)
        }
    }
}

fn on_terminal(terminal: &Terminal) -> Check {
    let Terminal { is_terminal, size, colors, unicode, name } = terminal;
    if !is_terminal {
        let text = "stdin or stdout is not a terminal; only the console needs one";
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
        Some((width, height)) if *width < 80 || *height < 24 => {
            check("terminal", Verdict::Warning, text, "Best at 80x24 or larger; works from 60x14.")
        }
        _ => check("terminal", Verdict::Ok, text, ""),
    }
}

fn place(gateway: &Gateway) -> Check {
    let endpoint = gateway.endpoint().map(|endpoint| format!(" at {endpoint}")).unwrap_or_default();
    let mode = if gateway.is_read_only() { ", read-only" } else { "" };
    match gateway.region() {
        Some(region) => check("place", Verdict::Ok, format!("{region}{endpoint}{mode}{}", through_proxies()), ""),
        None => {
            let fix = "Use --region, set AWS_REGION, or add one to the profile or the environment.";
            check("place", Verdict::Bad, "no Region", fix)
        }
    }
}

/// The proxies that the environment names, as calls take them.
fn through_proxies() -> String {
    let named: Vec<String> = gluedeck_aws::proxies().into_iter().map(|(name, url)| format!("{name} {url}")).collect();
    if named.is_empty() { String::new() } else { format!(", {}", named.join(", ")) }
}

fn reachability(gateway: &Gateway, identity: &Result<String, Fault>) -> Check {
    let host = gateway.endpoint().map_or("AWS".to_owned(), str::to_owned);
    match identity {
        Err(fault) if matches!(fault.kind, FaultKind::Unreachable | FaultKind::InvalidResponse) => {
            let fix = match gateway.endpoint() {
                Some(_) => "Is something listening there? Check --endpoint-url, AWS_ENDPOINT_URL and AWS_CA_BUNDLE.",
                None => "Check the network, HTTPS_PROXY, and that the Region exists.",
            };
            check("reachability", Verdict::Bad, format!("{host}: {}", fault.message), fix)
        }
        Err(fault) if matches!(fault.kind, FaultKind::NoCredentials | FaultKind::Misconfigured) => {
            check("reachability", Verdict::Unknown, "nothing was sent", "")
        }
        _ => check("reachability", Verdict::Ok, format!("{host} responds"), ""),
    }
}

fn clock(gateway: &Gateway) -> Check {
    match gateway.clock_skew() {
        None => check("clock", Verdict::Unknown, "no response with a time", ""),
        Some(skew) if skew.abs() > SKEW => {
            let text =
                format!("this machine is {} s {} the server", skew.abs(), if skew > 0 { "behind" } else { "ahead of" });
            check("clock", Verdict::Bad, text, "Set the clock: AWS rejects requests more than 5 minutes off.")
        }
        Some(skew) => check("clock", Verdict::Ok, format!("within {} s of the server", skew.abs().max(1)), ""),
    }
}

fn credentials(identity: &Result<String, Fault>) -> Check {
    match identity {
        Ok(account) => check("credentials", Verdict::Ok, format!("account {account}"), ""),
        Err(fault) if matches!(fault.kind, FaultKind::Unreachable | FaultKind::InvalidResponse) => {
            check("credentials", Verdict::Unknown, "no response", "")
        }
        // The call itself may be forbidden, which takes credentials that are known.
        Err(fault) if fault.kind == FaultKind::Denied && fault.message.starts_with("AccessDenied") => {
            check("credentials", Verdict::Warning, "valid, but not allowed to read the account ID", fault.advice())
        }
        Err(fault) => check("credentials", Verdict::Bad, fault.to_string(), fault.advice()),
    }
}

fn permission(action: &Action, finding: Finding) -> Check {
    let (verdict, text, fix) = match finding {
        Finding::Allowed => (Verdict::Ok, "allowed".to_owned(), String::new()),
        Finding::Unknown(why) => (Verdict::Unknown, why, String::new()),
        Finding::Denied(_) => {
            // Whoever only looks has no use for more.
            let verdict = if action.part == Part::Look { Verdict::Bad } else { Verdict::Warning };
            let policy = match action.part {
                Part::Look => "Look",
                Part::Query => "Query",
                Part::Change => "Change",
            };
            let fix = format!("Add {} to your IAM policy (see \"{policy}\" in docs/iam.md).", action.name);
            (verdict, format!("access denied: {}", action.without), fix)
        }
    };
    check(action.name, verdict, text, fix)
}

fn print(checks: &[Check], output: Output) -> io::Result<()> {
    const HEADING: [&str; 4] = ["CHECK", "VERDICT", "WHAT", "HOW TO FIX IT"];
    let row = |check: &Check| {
        vec![check.name.clone(), check.verdict.word().to_owned(), check.text.clone(), check.fix.clone()]
    };
    let value = |check: &Check| -> Value {
        let fix = Some(&check.fix).filter(|fix| !fix.is_empty());
        json!({"check": check.name, "verdict": check.verdict.word(), "what": check.text, "fix": fix})
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
