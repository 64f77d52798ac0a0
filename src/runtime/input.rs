//! From the terminal's events to messages. A burst faster than fingers is a paste, bracketed or not.

use crossterm::event::{
    Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use futures::StreamExt;
use gluedeck_tui::flow::{Code, Key, Msg};
use std::io;
use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver};
use tokio::sync::oneshot;

/// What the terminal tells.
pub(super) type Input = Event;

/// This many characters at once were not typed.
const BURST: usize = 5;

/// Reads the terminal's events on a thread of its own: of a terminal that has gone, crossterm reads the end over and over
/// without giving the thread back, and on one of the runtime's threads no signal would be heard and no timer would fire.
#[derive(Debug)]
pub(super) struct Listener {
    stop: oneshot::Sender<()>,
    ended: oneshot::Receiver<()>,
}

impl Listener {
    /// Stops reading, and waits until that is so.
    pub(super) async fn end(self) {
        drop(self.stop);
        // Answered by the end of the thread, which never comes if the terminal has gone; then nobody else reads it either.
        let _ = tokio::time::timeout(Duration::from_secs(1), self.ended).await;
    }
}

/// The terminal's events, until nobody listens any more. The channel is bounded: a flood of input waits in the terminal.
///
/// # Errors
/// If the system gives no thread.
pub(super) fn listen() -> io::Result<(Receiver<Event>, Listener)> {
    let (sender, receiver) = mpsc::channel(1_024);
    let (stop, stopped) = oneshot::channel::<()>();
    let (end, ended) = oneshot::channel();
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    std::thread::Builder::new().name("terminal".into()).spawn(move || {
        runtime.block_on(async {
            let mut events = EventStream::new();
            let read = async {
                while let Some(Ok(event)) = events.next().await {
                    if sender.send(event).await.is_err() {
                        return;
                    }
                }
            };
            tokio::select! {
                _ = stopped => {}
                () = read => {}
            }
        });
        let _ = end.send(());
    })?;
    Ok((receiver, Listener { stop, ended }))
}

/// Takes everything that is ready, and what follows a burst's beginning at once.
pub(super) async fn drain(keys: &mut Receiver<Event>, first: Event) -> Vec<Event> {
    let mut events = vec![first];
    // A terminal may deliver a paste in parts; a hand does not type two keys within two milliseconds.
    while let Ok(Some(event)) = tokio::time::timeout(Duration::from_millis(2), keys.recv()).await {
        events.push(event);
        if events.len() >= 100_000 {
            break;
        }
    }
    events
}

/// Whether the user wants the shell back for a while (ctrl-z). The key is for this alone, and taken out.
pub(super) fn suspends(events: &mut Vec<Event>) -> bool {
    let count = events.len();
    events.retain(|event| {
        !matches!(event, Event::Key(KeyEvent { code: KeyCode::Char('z'), modifiers, kind: KeyEventKind::Press, .. })
            if modifiers.contains(KeyModifiers::CONTROL))
    });
    events.len() < count
}

/// The messages of the events. If pasted text itself contains the mark of a paste's end, the terminal's reader reports the
/// rest as keys: they are appended to the paste.
pub(super) fn messages(events: Vec<Event>) -> Vec<Msg> {
    let mut messages = Vec::new();
    let mut run: Vec<Key> = Vec::new();
    for event in events {
        match event {
            Event::Key(event) if matches!(messages.last(), Some(Msg::Paste(_))) && run.is_empty() => {
                if let (Some(Msg::Paste(text)), Some(letter)) =
                    (messages.last_mut(), key(event).as_ref().and_then(as_text))
                {
                    text.push(letter);
                }
            }
            Event::Key(event) if event.kind != KeyEventKind::Release => run.extend(key(event)),
            Event::Paste(text) => {
                flush(&mut run, &mut messages);
                messages.push(Msg::Paste(text));
            }
            Event::Resize(width, height) => {
                flush(&mut run, &mut messages);
                messages.push(Msg::Resize { width, height });
            }
            Event::Mouse(mouse) => {
                flush(&mut run, &mut messages);
                messages.extend(click(mouse));
            }
            _ => {}
        }
    }
    flush(&mut run, &mut messages);
    messages
}

fn click(mouse: MouseEvent) -> Option<Msg> {
    match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => Some(Msg::Click { column: mouse.column, row: mouse.row }),
        MouseEventKind::ScrollDown => Some(Msg::Wheel { down: true }),
        MouseEventKind::ScrollUp => Some(Msg::Wheel { down: false }),
        _ => None,
    }
}

/// Keys that came together: typed one by one, or a paste if they are many characters. The same key over and over is a
/// key that is held down.
fn flush(run: &mut Vec<Key>, messages: &mut Vec<Msg>) {
    let typed: Option<String> = run.iter().map(as_text).collect();
    let held = run.windows(2).all(|pair| pair[0] == pair[1]);
    match typed {
        Some(text) if text.chars().count() >= BURST && !held => messages.push(Msg::Paste(text)),
        _ => messages.extend(run.iter().map(|key| Msg::Key(*key))),
    }
    run.clear();
}

/// The character that a key would put into a text; `None` for keys that are no text.
fn as_text(key: &Key) -> Option<char> {
    match key.code {
        Code::Enter => Some('\n'),
        Code::Tab => Some('\t'),
        // A terminal without bracketed paste sends a line feed as ctrl-j.
        Code::Char('j') if key.ctrl => Some('\n'),
        _ => key.typed(),
    }
}

fn key(event: KeyEvent) -> Option<Key> {
    let code = match event.code {
        KeyCode::Char(letter) => Code::Char(letter),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Escape,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        KeyCode::F(number) => Code::Function(number),
        _ => return None,
    };
    let held = |modifier| event.modifiers.contains(modifier);
    // A character and a back-tab say themselves that shift was held.
    let shift = held(KeyModifiers::SHIFT) && !matches!(code, Code::Char(_) | Code::BackTab);
    Some(Key { code, ctrl: held(KeyModifiers::CONTROL), alt: held(KeyModifiers::ALT), shift })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(letter: char) -> Event {
        Event::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE))
    }

    #[test]
    fn a_burst_is_a_paste_and_typing_is_keys() {
        let burst: Vec<_> =
            "start\n".chars().map(|c| if c == '\n' { Event::Key(KeyCode::Enter.into()) } else { press(c) }).collect();
        assert_eq!(messages(burst), [Msg::Paste("start\n".into())]);
        assert_eq!(messages(vec![press('j'), press('k')]).len(), 2);
        let torn = vec![Event::Paste("a".into()), press('s'), Event::Key(KeyCode::Enter.into()), press('y')];
        assert_eq!(messages(torn), [Msg::Paste("as\ny".into())], "what is behind the mark of an end is pasted too");
        let held = vec![press('j'); 9];
        assert_eq!(messages(held).len(), 9, "a key that is held down is no paste");
    }
}
