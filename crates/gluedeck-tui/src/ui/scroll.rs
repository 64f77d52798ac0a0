//! Scrolling: which rows of many a window shows so that the selected one is among them.

use super::text::thousands;
use std::cell::Cell;
use std::ops::Range;

/// Rows before the first frame has been drawn.
const UNSEEN: usize = 20;

/// The first visible row, which moves no more than it must, and the height of the window in the last frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scroll {
    pub top: usize,
    pub height: usize,
    /// All rows of the list; 0 as long as none is drawn.
    pub rows: usize,
}

impl Scroll {
    /// The window for a selection.
    #[must_use]
    pub fn showing(self, selected: usize, rows: usize, height: usize) -> Self {
        let height = height.max(1);
        let last = rows.saturating_sub(height);
        let top = if selected < self.top {
            selected
        } else if selected >= self.top + height {
            selected + 1 - height
        } else {
            self.top
        };
        Self { top: top.min(last), height, rows }
    }

    /// The same place, with nothing drawn there.
    #[must_use]
    pub fn emptied(self) -> Self {
        Self { rows: 0, ..self }
    }

    /// `13-24 of 64`: which rows are on the screen, if not all are.
    pub fn position(self) -> Option<String> {
        let end = (self.top + self.height).min(self.rows);
        (self.rows > self.height && self.height > 0).then(|| {
            format!("{}-{} of {}", thousands(self.top as u64 + 1), thousands(end as u64), thousands(self.rows as u64))
        })
    }

    /// The rows that the last frame had room for.
    pub fn page(self) -> usize {
        if self.height == 0 { UNSEEN } else { self.height }
    }
}

/// How far a text is scrolled. The frame says how far that can be, so that no key goes beyond what is shown.
#[derive(Debug, Clone, Default)]
pub struct TextScroll {
    top: usize,
    last_top: Cell<usize>,
    height: Cell<usize>,
}

impl TextScroll {
    /// Moves by lines.
    pub fn by(&mut self, step: isize) {
        self.top = self.top.saturating_add_signed(step).min(self.last_top.get());
    }

    /// The lines that the last frame had room for.
    pub fn page(&self) -> usize {
        Scroll { height: self.height.get(), ..Scroll::default() }.page()
    }

    /// `13-24 of 64`: which lines were on the screen in the last frame, if not all were.
    pub fn position(&self) -> Option<String> {
        let (last, height) = (self.last_top.get(), self.height.get());
        Scroll { top: self.top.min(last), height, rows: if last > 0 { last + height } else { 0 } }.position()
    }

    /// The lines to show, of a text of that many lines in a window of that height.
    pub fn window(&self, lines: usize, height: usize) -> Range<usize> {
        self.last_top.set(lines.saturating_sub(height));
        self.height.set(height);
        let top = self.top.min(self.last_top.get());
        top..(top + height).min(lines)
    }
}

/// Moves an index by a step, within `0..count`.
pub fn moved(index: usize, step: isize, count: usize) -> usize {
    index.saturating_add_signed(step).min(count.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_scrolls_back_at_once_from_its_end() {
        let mut scroll = TextScroll::default();
        assert_eq!(scroll.window(30, 10), 0..10);
        scroll.by(isize::MAX / 2);
        assert_eq!(scroll.window(30, 10), 20..30);
        scroll.by(-1);
        assert_eq!(scroll.window(30, 10), 19..29);
        assert_eq!(scroll.window(5, 10), 0..5);
    }

    proptest! {
        #[test]
        fn the_selected_row_is_visible(top in 0_usize..200, selected in 0_usize..100, height in 1_usize..40) {
            let window = Scroll { top, height, rows: 0 }.showing(selected, 100, height);
            prop_assert!(window.top <= selected && selected < window.top + height);
            prop_assert!(window.top + height <= 100 || window.top == 0);
        }
    }
}
