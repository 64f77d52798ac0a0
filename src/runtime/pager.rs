//! Another program that takes the terminal for a while: the pager, or the editor.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

/// A text for another program.
#[derive(Debug)]
pub(super) enum Paging {
    /// `$PAGER` reads it.
    Pager(String),
    /// `$EDITOR` shows it.
    Editor(String),
    /// `$EDITOR` changes it.
    Sql(String),
}

/// Runs `$PAGER` on a text, or `$EDITOR` on a file of it; answers what went wrong, if something did, and what the text
/// has become.
pub(super) fn run(paging: &Paging) -> (Option<String>, Option<String>) {
    let (Paging::Pager(text) | Paging::Editor(text) | Paging::Sql(text)) = paging;
    let edit = !matches!(paging, Paging::Pager(_));
    let (variables, fallback): (&[&str], _) =
        if edit { (&["VISUAL", "EDITOR"], "vi") } else { (&["PAGER"], "less -R") };
    let set = variables.iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()));
    let program = set.unwrap_or_else(|| fallback.to_owned());
    let ending = if matches!(paging, Paging::Sql(_)) { "sql" } else { "log" };
    let done = match edit {
        true => in_editor(&program, text, ending),
        false => in_pager(&program, text).map(|status| (status, None)),
    };
    match done {
        Ok((status, edited)) if status.success() => (None, edited.filter(|_| ending == "sql")),
        // An editor that is left with an error means that the text is not to be taken.
        Ok((status, _)) => (Some(format!("{program} ended with {status}; edits ignored")), None),
        Err(error) => (Some(format!("Could not run {program}: {error}")), None),
    }
}

fn in_pager(program: &str, text: &str) -> io::Result<ExitStatus> {
    let mut child = shell(program, None).stdin(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A pager that is left early closes its end.
        let _ = stdin.write_all(text.as_bytes());
    }
    child.wait()
}

/// The file is the user's alone, and goes when the editor has been left.
fn in_editor(program: &str, text: &str, ending: &str) -> io::Result<(ExitStatus, Option<String>)> {
    let path = std::env::temp_dir().join(format!("gluedeck-{}.{ending}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all(text.as_bytes())?;
    let status = shell(program, Some(&path)).status();
    let edited = std::fs::read_to_string(&path).ok();
    let _ = std::fs::remove_file(&path);
    Ok((status?, edited))
}

/// The variables may hold arguments, which a shell takes apart.
fn shell(program: &str, path: Option<&Path>) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{program} \"$@\"")).arg("sh").args(path);
    command
}
