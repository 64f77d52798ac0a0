//! A browser, if there is one where the user sits.

/// Opens an address. Over SSH a browser would open on a machine that nobody looks at: there the copied address must do.
pub(super) fn open(address: &str) {
    let has = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let display = cfg!(target_os = "macos") || has("DISPLAY") || has("WAYLAND_DISPLAY");
    if display && !has("SSH_CONNECTION") && !has("SSH_TTY") {
        // The address has been copied too, so there is nothing to report.
        let _ = open::that_detached(address);
    }
}
