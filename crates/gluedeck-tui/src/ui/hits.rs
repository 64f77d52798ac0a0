//! Hits: what the last frame has drawn where, so that a click finds it.

use crate::flow::{Command, Tab};
use ratatui::layout::Rect;
use std::cell::RefCell;

/// What a click means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// The tab of this number.
    Tab(Tab),
    /// A line of the screen's list, counted from the first that is shown.
    Row(usize),
    /// A hint at the bottom.
    Hint(Command),
}

/// The areas of a frame. Painting fills it, so it has a cell of its own.
#[derive(Debug, Default)]
pub struct Hits {
    areas: RefCell<Vec<(Rect, Hit)>>,
}

impl Hits {
    /// A new frame begins.
    pub fn clear(&self) {
        self.areas.borrow_mut().clear();
    }

    /// An area and what it is.
    pub fn add(&self, area: Rect, hit: Hit) {
        self.areas.borrow_mut().push((area, hit));
    }

    /// The lines of a list.
    pub fn rows(&self, area: Rect, count: usize, hit: impl Fn(usize) -> Hit) {
        for n in 0..count.min(area.height as usize) {
            self.add(Rect { y: area.y + n as u16, height: 1, ..area }, hit(n));
        }
    }

    /// What lies at a position.
    pub fn at(&self, column: u16, row: u16) -> Option<Hit> {
        let areas = self.areas.borrow();
        areas.iter().rfind(|(area, _)| area.contains((column, row).into())).map(|(_, hit)| *hit)
    }
}
