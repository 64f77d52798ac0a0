//! Another program that takes the terminal for a while: the pager, or the editor.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

/// Runs `$PAGER` on a text, or `$EDITOR` on a file of it; answers what went wrong, if something did.
pub(super) fn run(text: &str, edit: bool) -> Option<String> {
    let (variables, fallback): (&[&str], _) =
        if edit { (&["VISUAL", "EDITOR"], "vi") } else { (&["PAGER"], "less -R") };
    let set = variables.iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()));
    let program = set.unwrap_or_else(|| fallback.to_owned());
    let done = if edit { in_editor(&program, text) } else { in_pager(&program, text) };
    match done {
        Ok(status) if status.success() => None,
        Ok(status) => Some(format!("{program} ended with {status}")),
        Err(error) => Some(format!("{program} cannot be run: {error}")),
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
fn in_editor(program: &str, text: &str) -> io::Result<ExitStatus> {
    let path = std::env::temp_dir().join(format!("gluedeck-{}.log", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all(text.as_bytes())?;
    let status = shell(program, Some(&path)).status();
    let _ = std::fs::remove_file(&path);
    status
}

/// The variables may hold arguments, which a shell takes apart.
fn shell(program: &str, path: Option<&Path>) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{program} \"$@\"")).arg("sh").args(path);
    command
}
