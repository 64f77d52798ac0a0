//! Painting a card.

use super::{OpenAlert, TriageState};
use crate::flow::Context;
use crate::ui::text::{clean, counted, cut, wrap};
use crate::ui::{Look, Role, Row};
use gluedeck_core::analysis::reason::{Severity, duration};
use gluedeck_core::analysis::triage::{Card, CardLine, JumpTarget, Section};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// Cells before the text of a line, and before that of a heading.
const INDENT: usize = 3;
const HEADING: usize = 9;

/// Draws the card.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    opened: &OpenAlert,
    state: &TriageState,
    context: &Context,
    look: &Look,
) {
    let cells = area.width as usize;
    let mut above = vec![match &opened.card {
        Ok(card) => title_line(card, context, look, cells),
        Err(why) => Row::new(look, cells).gap(1).text(Role::Warning, &clean(&why.to_string())).line(),
    }];
    above.extend(elsewhere_line(opened, look, cells));
    above.extend(note_line(opened, state, look, cells));
    if opened.card.is_err() && context.pipelines_read_at.is_some() {
        above.extend(unknown_lines(opened, look, cells));
    }
    above.push(Line::default());
    // Where the card is longer than the screen, what to do is said first.
    let parts: Vec<Vec<Line<'static>>> =
        opened.lines.iter().enumerate().map(|(n, line)| card_lines(line, n == opened.line, look, cells)).collect();
    let long = parts.iter().map(Vec::len).sum::<usize>();
    if above.len() + long > area.height as usize
        && let Ok(card) = &opened.card
    {
        above.insert(above.len() - 1, do_line(card, look, cells));
    }
    let height = (above.len() as u16).min(area.height);
    let [head, body] = Layout::vertical([Constraint::Length(height), Constraint::Min(0)]).areas(area);
    frame.render_widget(Paragraph::new(above), head);
    let mut painted: Vec<Line<'static>> = Vec::new();
    let mut selected = (0, 0);
    let roomy = long + 8 < body.height as usize;
    for (n, (line, part)) in opened.lines.iter().zip(parts).enumerate() {
        if roomy && n > 0 && line.section.is_some() {
            painted.push(Line::default());
        }
        let begin = painted.len();
        painted.extend(part);
        if n == opened.line {
            selected = (begin, painted.len() - 1);
        }
    }
    let height = body.height as usize;
    let scroll = opened.scroll.get().showing(selected.1, painted.len(), height);
    let scroll = scroll.showing(selected.0, painted.len(), height);
    opened.scroll.set(scroll);
    let window: Vec<Line<'static>> = painted.into_iter().skip(scroll.top).take(height).collect();
    frame.render_widget(Paragraph::new(window), body);
}

/// What failed, when, and where.
fn title_line(card: &Card, context: &Context, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    row.gap(1).text(Role::Bad, look.glyphs.pick("✖", "X")).gap(1);
    row.text(Role::Bad, &clean(card.target.name())).text(Role::Dim, &format!("  {}", clean(&card.state)));
    if let Some(at) = card.at {
        let age = (context.now() - at).num_seconds();
        let when = match age {
            // An alert may be dated next year.
            ..0 => format!(" {}Z (in the future)", at.format("%-d %b %Y %H:%M")),
            _ => format!(" {}Z, {} ago", at.format("%-d %b %H:%M:%S"), duration(age)),
        };
        row.text(Role::Dim, &when);
    }
    if let Some(name) = &card.workflow {
        row.text(Role::Dim, " · ").text(Role::Strong, &clean(name.as_str()));
    }
    row.text(Role::Dim, &format!(" · {}", clean(&card.step)));
    if let Some(attempt) = card.attempt {
        row.text(Role::Dim, &format!(" · attempt {attempt}"));
    }
    if let Some(run) = &card.run
        && row.left() > 16
    {
        row.text(Role::Dim, &format!(" · {}", clean(&cut(run.as_str(), 12))));
    }
    row.line()
}

/// What to do, in a line.
fn do_line(card: &Card, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    row.gap(1).cell(Role::Good, Section::NextStep.title(), HEADING - 1).text(Role::Strong, &clean(&card.proposal.what));
    if card.proposal.act.words().is_some() {
        row.text(Role::Dim, " · ").text(Role::Key, "r");
    }
    row.line()
}

/// That the alert is of another account or Region, and what to do about it.
fn elsewhere_line(opened: &OpenAlert, look: &Look, cells: usize) -> Option<Line<'static>> {
    let elsewhere = opened.elsewhere.as_ref()?;
    let mut row = Row::new(look, cells);
    row.gap(1).text(Role::Warning, &clean(&format!("! The alert is {}. ", elsewhere.text)));
    Some(match (&elsewhere.environment, &elsewhere.region) {
        (Some(name), _) => row.text(Role::Key, "e").text(Role::Text, &clean(&format!(" open in {name}"))).line(),
        (None, Some(region)) => row.text(Role::Text, &clean(&format!("Use gluedeck --region {region}"))).line(),
        (None, None) => row.text(Role::Text, "No matching environment configured").line(),
    })
}

/// What somebody has said of it.
fn note_line(opened: &OpenAlert, state: &TriageState, look: &Look, cells: usize) -> Option<Line<'static>> {
    let run = opened.card.as_ref().ok()?.run.as_ref()?;
    let note = state.note_on(run.as_str())?;
    let said = if note.note.is_empty() { String::new() } else { format!(": {}", note.note) };
    let text = format!("acknowledged by {} at {}Z{said}", note.by, note.at.format("%-d %b %H:%M"));
    let mut row = Row::new(look, cells);
    row.gap(1).text(Role::Key, look.glyphs.pick("◇", "o")).gap(1);
    Some(row.text(Role::Text, &clean(&text)).line())
}

/// What the alert itself says, where nothing here fits it.
fn unknown_lines(opened: &OpenAlert, look: &Look, cells: usize) -> Vec<Line<'static>> {
    let alert = &opened.investigation.alert;
    let mut lines = vec![Line::default()];
    let mut say = |label: &str, text: Option<&str>| {
        for (n, part) in
            wrap(&clean(text.unwrap_or_default()), cells.saturating_sub(14)).into_iter().take(6).enumerate()
        {
            let label = if n == 0 { label } else { "" };
            lines.push(Row::new(look, cells).gap(1).cell(Role::Dim, label, 11).text(Role::Text, &part).line());
        }
    };
    say("name", alert.name.as_deref());
    say("state", alert.state.as_deref());
    say("run", alert.run.as_deref());
    say("time", alert.at.map(|at| at.format("%Y-%m-%d %H:%M:%SZ").to_string()).as_deref());
    say("account", alert.account.as_deref());
    say("Region", alert.region.as_deref());
    say("message", alert.message.as_deref());
    if alert.broken {
        say("", Some("The alert was truncated or mangled; this is what could be parsed."));
    }
    lines
}

fn role_of(section: Section) -> Role {
    match section {
        Section::Cause => Role::Warning,
        Section::Log => Role::Key,
        Section::Checks => Role::Silver,
        Section::Impact => Role::Gold,
        Section::History => Role::Mode,
        Section::NextStep => Role::Good,
    }
}

fn card_lines(line: &CardLine, selected: bool, look: &Look, cells: usize) -> Vec<Line<'static>> {
    let text_role = match line.severity {
        _ if line.section.is_none()
            && line.jump == Some(JumpTarget::ProposedAction)
            && line.text.starts_with("r  ") =>
        {
            Role::Key
        }
        Severity::Bad => Role::Bad,
        Severity::Warning => Role::Warning,
        Severity::Plain if line.section == Some(Section::NextStep) => Role::Strong,
        Severity::Plain if line.section.is_some() => Role::Text,
        Severity::Plain => Role::Dim,
    };
    let indent = if line.section.is_some() { HEADING } else { INDENT };
    // The indentation of code stays; `wrap` would take it away.
    let leading = line.text.len() - line.text.trim_start().len();
    let leading = leading.min(cells / 4);
    let parts = wrap(&clean(line.text.trim_start()), cells.saturating_sub(indent + leading + 2));
    let parts = if parts.is_empty() { vec![String::new()] } else { parts };
    let painted = parts.iter().enumerate().map(|(n, part)| {
        let mut row = Row::new(look, cells);
        row.gap(1);
        match line.section.filter(|_| n == 0) {
            Some(section) => row.cell(role_of(section), section.title(), HEADING - 1),
            None => row.gap(indent - 1 + leading),
        };
        row.text(text_role, part);
        if selected { row.selected() } else { row.line() }
    });
    painted.collect()
}

/// The line under the card: how it was made, and what is still read.
pub(super) fn context_line(
    opened: &OpenAlert,
    state: &TriageState,
    context: &Context,
    look: &Look,
    cells: usize,
) -> Line<'static> {
    let mut row = Row::new(look, cells);
    row.gap(1);
    if state.cards.len() > 1 {
        let at = state.at.map_or(1, |at| at + 1);
        row.text(Role::Strong, &format!("{at} of {}", counted(state.cards.len(), "alert")))
            .text(Role::Dim, " (n next) · ");
    }
    if context.pipelines_read_at.is_none() {
        return row.text(Role::Warning, "waiting for workflows to load").line();
    }
    match opened.done {
        None => {
            let reading = opened.investigation.reading().join(", ");
            row.text(Role::Running, &format!("{} loading {reading}", look.glyphs.pick("…", "...")));
        }
        Some(done) => {
            let took = done.saturating_sub(opened.since).as_secs_f64();
            row.text(Role::Dim, &format!("loaded in {took:.1} s · jump to evidence: "));
            row.text(Role::Key, "enter");
        }
    }
    if let Some(read_errors) = opened.investigation.read_errors.first() {
        row.text(Role::Warning, &clean(&format!(" · not loaded: {read_errors}")));
    }
    row.line()
}
