//! Scrolling: which rows of many a window shows so that the selected one is among them.

/// The first visible row. It moves no more than it must.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scroll {
    pub top: usize,
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
        Self { top: top.min(last) }
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

    proptest! {
        #[test]
        fn the_selected_row_is_visible(top in 0_usize..200, selected in 0_usize..100, height in 1_usize..40) {
            let window = Scroll { top }.showing(selected, 100, height);
            prop_assert!(window.top <= selected && selected < window.top + height);
            prop_assert!(window.top + height <= 100 || window.top == 0);
        }
    }
}
