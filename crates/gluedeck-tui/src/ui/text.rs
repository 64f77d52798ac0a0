//! Text from anywhere, made safe and fitted: no control or escape sequence reaches the terminal, widths are right.

use gluedeck_core::domain::query::scan_cost;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

pub use gluedeck_core::analysis::words::{counted, thousands};

/// The text on one line, without anything that a terminal would act on: control characters (C0, DEL, C1) become `·`,
/// tabs and line breaks spaces; marks that reverse or hide text, or are not seen (bidirectional controls, zero-width ones),
/// become their names, `<U+200B>`: two keys that differ must not look equal. What joins letters of a script or an emoji
/// stays.
pub fn clean(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut before = None;
    while let Some(letter) = letters.next() {
        match letter {
            '\t' => safe.push_str("    "),
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => safe.push(' '),
            letter if letter.is_ascii() => safe.push(if letter.is_control() { '·' } else { letter }),
            letter if letter.is_control() => safe.push('·'),
            '\u{200c}' | '\u{200d}' if joins(before, letters.peek().copied()) => safe.push(letter),
            letter if is_unseen(letter) => safe.push_str(&format!("<U+{:04X}>", u32::from(letter))),
            letter => safe.push(letter),
        }
        before = Some(letter);
    }
    safe
}

/// Text that comes into a field: on one line, without control characters and what is not seen.
pub fn typed(text: &str) -> String {
    clean(&text.chars().filter(|letter| !is_unseen(*letter)).collect::<String>())
}

fn is_unseen(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether a joiner has something to join: two emoji, or letters of a script that has some.
fn joins(before: Option<char>, behind: Option<char>) -> bool {
    let joined = |letter: Option<char>| letter.is_some_and(|letter| letter > '\u{24f}' && !is_unseen(letter));
    joined(before) && joined(behind)
}

/// The width in cells.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text in exactly `cells` cells: cut with `…`, or padded on the right.
pub fn fit(text: &str, cells: usize) -> String {
    let mut fitted = cut(text, cells);
    let missing = cells.saturating_sub(width(&fitted));
    fitted.extend(std::iter::repeat_n(' ', missing));
    fitted
}

/// The text in exactly `cells` cells, aligned to the right.
pub fn fit_right(text: &str, cells: usize) -> String {
    let fitted = cut(text, cells);
    let missing = cells.saturating_sub(width(&fitted));
    format!("{}{fitted}", " ".repeat(missing))
}

/// The text in at most `cells` cells, with `…` where something was cut off.
pub fn cut(text: &str, cells: usize) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    if cells == 0 {
        return String::new();
    }
    let mut kept = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let more = width(grapheme);
        if used + more > cells - 1 {
            break;
        }
        kept.push_str(grapheme);
        used += more;
    }
    kept.push('…');
    kept
}

/// The text in at most `cells` cells, with `…` in its middle where something was cut out: for names that differ at both
/// ends.
pub fn cut_middle(text: &str, cells: usize) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let tail = cells / 2;
    let from = skip(text, width(text).saturating_sub(tail));
    let head = cut(text, cells.saturating_sub(width(&from)));
    format!("{head}{from}")
}

/// The text from a cell on: what a view that is scrolled to the right shows. A wide character that is cut in half
/// leaves a blank.
pub fn skip(text: &str, cells: usize) -> String {
    let mut passed = 0;
    let mut rest = String::new();
    for grapheme in text.graphemes(true) {
        if passed >= cells {
            rest.push_str(grapheme);
        } else {
            passed += width(grapheme);
            if passed > cells {
                rest.push(' ');
            }
        }
    }
    rest
}

/// Breaks text at spaces into lines of at most `cells` cells; longer words are broken inside.
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    // At blanks only: a full stop stays with its word.
    for word in text.split_inclusive(' ') {
        if width(&line) + width(word.trim_end()) > cells && !line.is_empty() {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
        }
        if line.is_empty() && word.trim().is_empty() && !lines.is_empty() {
            continue;
        }
        if width(word.trim_end()) <= cells {
            line.push_str(word);
            continue;
        }
        for grapheme in word.graphemes(true) {
            if width(&line) + width(grapheme) > cells {
                lines.push(std::mem::take(&mut line));
            }
            line.push_str(grapheme);
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// `4.1 MB`: bytes in units of 1024.
pub fn bytes(count: i64) -> String {
    let mut value = count.max(0) as f64;
    for unit in ["B", "KB", "MB", "GB"] {
        if value < 1024.0 {
            return if unit == "B" { format!("{value:.0} {unit}") } else { format!("{value:.1} {unit}") };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TB")
}

/// `scanned 4.1 MB, about $0.00005`: what a query read and cost.
pub fn scan(scanned_bytes: i64) -> String {
    format!("scanned {}, about ${:.5}", bytes(scanned_bytes), scan_cost(scanned_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escape_sequences_do_not_survive() {
        assert_eq!(clean("a\x1b[31mred\x07\u{9b}0m\tb\r\nc\u{202e}d"), "a·[31mred··0m    b  c<U+202E>d");
        assert_eq!(typed("k\u{200b}ey\u{feff}\x07"), "key·");
        assert_ne!(clean("key\u{200b}"), clean("key"));
        assert_ne!(clean("a\u{200d}b"), clean("ab"));
        assert_eq!(clean("👩\u{200d}🔬"), "👩\u{200d}🔬");
        assert_eq!(width("👩\u{200d}🔬"), 2);
        assert_eq!(cut("ab👩\u{200d}🔬c", 4), "ab…");
    }

    #[test]
    fn wide_characters_are_cut_between_cells() {
        assert_eq!(fit("洗濯機", 5), "洗濯…");
        assert_eq!(fit("洗濯機", 4), "洗… ");
        assert_eq!(fit_right("7", 3), "  7");
        assert_eq!(skip("洗濯機", 3), " 機");
        assert_eq!(wrap("the drum is noisy", 9), ["the drum", "is noisy"]);
        assert_eq!(wrap("a minute.", 8), ["a", "minute."]);
        assert_eq!(cut_middle("DynamoDB AccountTransaction Bronze DQ", 20), "DynamoDB … Bronze DQ");
        assert_eq!(cut_middle("洗濯機洗濯機", 7), "洗… 機");
    }

    proptest! {
        #[test]
        fn clean_text_has_no_control_characters(text in any::<String>()) {
            prop_assert!(!clean(&text).chars().any(char::is_control));
        }

        #[test]
        fn fitted_text_has_exactly_the_width(text in any::<String>(), cells in 0_usize..60) {
            let text = clean(&text);
            prop_assert_eq!(width(&fit(&text, cells)), cells);
            prop_assert_eq!(width(&fit_right(&text, cells)), cells);
        }

        #[test]
        fn wrapped_lines_fit_and_lose_nothing_but_spaces(text in "[a-z 洗]{0,80}", cells in 2_usize..30) {
            let lines = wrap(&text, cells);
            prop_assert!(lines.iter().all(|line| width(line) <= cells));
            let bare = |text: &str| text.replace(' ', "");
            prop_assert_eq!(bare(&lines.concat()), bare(&text));
        }
    }
}
