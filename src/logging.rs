//! Diagnostics: what was asked, how long it took and what failed, in a file of the state folder. Never on the screen.

use gluedeck_core::analysis::redact;
use std::io;
use std::path::{Path, PathBuf};
use tracing::level_filters::LevelFilter;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// A day's file each; older ones are removed.
const MAX_FILES: usize = 7;

/// Where the files lie: `gluedeck.YYYY-MM-DD.log`, by UTC.
pub fn folder(state: &Path) -> PathBuf {
    state.join("logs")
}

/// The file of today, to which lines are added.
///
/// # Errors
/// If the folder or the file cannot be made.
pub(crate) fn open(state: &Path) -> io::Result<RollingFileAppender> {
    // Without the folder, the appender complains on stderr that it cannot look for old files.
    std::fs::create_dir_all(folder(state))?;
    RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("gluedeck")
        .filename_suffix("log")
        .max_log_files(MAX_FILES)
        .build(folder(state))
        .map_err(io::Error::other)
}

/// Logs to a file from here on. Only what gluedeck itself says: the SDK's own lines may have signatures in them.
///
/// # Errors
/// If the folder or the file cannot be made.
pub fn start(state: &Path, level: LevelFilter) -> io::Result<()> {
    if level == LevelFilter::OFF {
        return Ok(());
    }
    let file = std::sync::Mutex::new(open(state)?);
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(file);
    let own = Targets::new().with_target("gluedeck", level);
    // A second start in one process keeps the first.
    let _ = tracing_subscriber::registry().with(own).with(lines).try_init();
    log_panics();
    Ok(())
}

fn log_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!(panic = ?redact::secrets(&panic.to_string()), "panicked");
        before(panic);
    }));
}
