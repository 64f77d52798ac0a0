//! The terminal: taken and given back, on every way out.

use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::style::Print;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use gluedeck_tui::ui::Depth;
use gluedeck_tui::ui::text::{clean, cut};
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::{Frame, Terminal};
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Stdout, Write, stdout};
use std::time::Duration;
use terminal_colorsaurus::{QueryOptions, ThemeMode, theme_mode};

/// The screen while the console has it. Dropping it gives the terminal back, and so does a panic.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    mouse: bool,
}

/// Buttons and wheel, with positions beyond column 223; not motion, of which there would be much and no use.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";
/// How long the terminal may take to tell its background.
const BACKGROUND: Duration = Duration::from_millis(300);

impl Screen {
    /// Takes the terminal.
    pub(super) fn open(mouse: bool) -> io::Result<Self> {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let _ = restore();
            before(panic);
        }));
        take()?;
        let mut screen = Self { terminal: Terminal::new(CrosstermBackend::new(stdout()))?, mouse };
        screen.take_mouse(mouse)?;
        Ok(screen)
    }

    /// Takes the mouse, or leaves it to the terminal.
    pub(super) fn take_mouse(&mut self, taken: bool) -> io::Result<()> {
        self.mouse = taken;
        execute!(stdout(), Print(if taken { MOUSE_ON } else { MOUSE_OFF }))
    }

    /// The bell, and the terminal's own notice: OSC 9, or OSC 777 where that is the one that is known.
    pub(super) fn notify(&mut self, text: &str) {
        let text = cut(&clean(text).replace(';', ","), 200);
        let term = std::env::var("TERM").unwrap_or_default();
        let notice = match term.starts_with("rxvt") || term.starts_with("foot") {
            true => format!("\x07\x1b]777;notify;gluedeck;{text}\x1b\\"),
            false => format!("\x07\x1b]9;{text}\x1b\\"),
        };
        // A terminal that knows neither rings its bell.
        let _ = execute!(stdout(), Print(notice));
    }

    /// Width and height in cells.
    pub(super) fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Draws a frame, in one piece on terminals that can.
    pub(super) fn draw(&mut self, paint: impl FnOnce(&mut Frame<'_>)) -> io::Result<Buffer> {
        queue!(stdout(), BeginSynchronizedUpdate)?;
        let drawn = self.terminal.draw(paint)?.buffer.clone();
        execute!(stdout(), EndSynchronizedUpdate)?;
        Ok(drawn)
    }

    /// Puts text on the terminal's clipboard (OSC 52), which works over SSH too.
    pub(super) fn copy(&mut self, text: &str) {
        // A terminal that refuses says nothing, so there is nothing to report.
        let _ = execute!(stdout(), CopyToClipboard::to_clipboard_from(text));
    }

    /// Leaves the terminal to another program, and takes it again.
    pub(super) fn leave_to<T>(&mut self, run: impl FnOnce() -> T) -> io::Result<T> {
        restore()?;
        let done = run();
        self.come_back()?;
        Ok(done)
    }

    /// Gives the terminal back to the shell until the console is resumed.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        restore()?;
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
        self.come_back()
    }

    fn come_back(&mut self) -> io::Result<()> {
        take()?;
        self.forget()?;
        self.take_mouse(self.mouse)
    }

    /// Clears the terminal, and draws everything with the next frame.
    pub(super) fn forget(&mut self) -> io::Result<()> {
        // Not `clear`, which asks the terminal for its cursor, and the answer would go to the reader of keys.
        execute!(stdout(), Clear(ClearType::All))?;
        self.terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = restore();
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)
}

fn restore() -> io::Result<()> {
    execute!(
        stdout(),
        EndSynchronizedUpdate,
        Print(MOUSE_OFF),
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    )?;
    stdout().flush()?;
    disable_raw_mode()
}

/// Why the console cannot be drawn on a terminal of this name (`TERM`); none if it can.
pub fn cannot_draw(term: &str) -> Option<String> {
    let term = match term {
        "" => "TERM is not set".to_owned(),
        "dumb" => format!("TERM={term}"),
        _ => return None,
    };
    let next = "set it to what the terminal is, such as xterm-256color, or use a command (gluedeck --help lists them)";
    Some(format!("the console cannot be drawn on this terminal ({term}): {next}"))
}

/// Asks on the terminal for the code of an MFA device, whatever stdout is; none if nobody types there.
pub(super) fn ask_mfa_code(serial: &str) -> Option<String> {
    if !io::stdin().is_terminal() {
        return None;
    }
    let mut terminal = File::options().read(true).write(true).open("/dev/tty").ok()?;
    write!(terminal, "MFA code for {}: ", clean(serial)).ok()?;
    let mut line = String::new();
    BufReader::new(terminal).read_line(&mut line).ok()?;
    Some(line.trim().to_owned())
}

/// Width and height in cells, if there is a terminal.
pub fn terminal_size() -> Option<(u16, u16)> {
    crossterm::terminal::size().ok()
}

/// How many colors the terminal shows, by what it says of itself. NO_COLOR wins (no-color.org).
pub fn color_depth(variable: impl Fn(&str) -> Option<String>) -> Depth {
    let has = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    let term = variable("TERM").unwrap_or_default();
    let colorless = ["dumb", "vt1", "vt2", "vt3", "vt4", "vt5"].iter().any(|known| term.starts_with(known));
    if has("NO_COLOR") || colorless {
        Depth::None
    } else if variable("COLORTERM").is_some_and(|value| value == "truecolor" || value == "24bit")
        || term.ends_with("-direct")
    {
        Depth::True
    } else if term.contains("256color") {
        Depth::Indexed
    } else {
        Depth::Sixteen
    }
}

/// Whether the terminal's background is light: by COLORFGBG, else by asking it. One that does not say is dark.
pub fn is_light(variable: impl Fn(&str) -> Option<String>) -> bool {
    let told = variable("COLORFGBG").and_then(|value| value.rsplit(';').next()?.parse::<u8>().ok());
    if let Some(background) = told {
        return background == 7 || background >= 9;
    }
    let mut options = QueryOptions::default();
    options.timeout = BACKGROUND;
    theme_mode(options).is_ok_and(|mode| mode == ThemeMode::Light)
}

/// Whether the locale says that the terminal shows more than ASCII.
pub fn speaks_unicode(variable: impl Fn(&str) -> Option<String>) -> bool {
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
    // No locale at all says nothing; a terminal that is not up to UTF-8 is rare.
    locale.is_none_or(|locale| {
        let locale = locale.to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn the_terminal_is_believed() {
        assert_eq!(color_depth(of(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")])), Depth::True);
        assert_eq!(color_depth(of(&[("TERM", "xterm-256color")])), Depth::Indexed);
        assert_eq!(color_depth(of(&[("TERM", "xterm")])), Depth::Sixteen);
        assert_eq!(color_depth(of(&[("COLORTERM", "truecolor"), ("NO_COLOR", "1")])), Depth::None);
        assert_eq!(color_depth(of(&[("TERM", "vt220")])), Depth::None);
        assert!(is_light(of(&[("COLORFGBG", "0;15")])) && !is_light(of(&[("COLORFGBG", "15;0")])));
        assert!(speaks_unicode(of(&[("LANG", "C.UTF-8")])));
        assert!(!speaks_unicode(of(&[("LANG", "C.UTF-8"), ("LC_ALL", "C")])));
    }
}
