//! A tab: a text with statements, and the runs that it has begun.

use super::run::Run;
use crate::ui::Editor;
use gluedeck_core::analysis::rows::Rows;
use std::collections::VecDeque;

/// Runs that a tab remembers; the rows of older ones are let go.
const MAX_RUNS: usize = 12;
/// Bytes of rows that a tab holds beside those of the run that is shown.
const MAX_BYTES: usize = 512 << 20;

/// A statement that is to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub sql: String,
    /// Where it stands in the text, if nothing was filled in.
    pub offset: Option<usize>,
}

/// A tab of the SQL screen: its editor, and what its statements came to.
#[derive(Debug, Default)]
pub struct Tab {
    pub editor: Editor,
    pub runs: Vec<Run>,
    /// The run whose result is shown.
    pub shown: usize,
    /// Statements that follow when the one that runs has succeeded.
    pub queue: VecDeque<Statement>,
}

impl Tab {
    /// A tab with a text.
    pub fn with(text: &str) -> Self {
        Self { editor: Editor::new(text), ..Self::default() }
    }

    /// The run that is shown.
    pub fn run(&self) -> Option<&Run> {
        self.runs.get(self.shown)
    }

    pub fn run_mut(&mut self) -> Option<&mut Run> {
        self.runs.get_mut(self.shown)
    }

    /// The rows that are shown: those of the run that is shown, or, where it has none, of the last before it that has.
    pub fn rows(&self) -> Option<(&Run, &Rows)> {
        let shown = self.runs.get(..=self.shown)?;
        shown.iter().rev().find_map(|run| Some((run, run.rows.as_ref()?)))
    }

    /// The run whose rows are shown.
    pub fn run_with_rows(&mut self) -> Option<&mut Run> {
        let number = self.rows()?.0.number;
        self.runs.iter_mut().find(|run| run.number == number)
    }

    /// Adds a run, and shows it.
    pub fn push(&mut self, run: Run) {
        self.runs.push(run);
        self.shown = self.runs.len() - 1;
        let closed = |runs: &[Run]| runs.iter().position(|run| !run.is_open());
        while self.runs.len() > MAX_RUNS {
            let Some(oldest) = closed(&self.runs) else { break };
            self.forget(oldest);
        }
        let held = |runs: &[Run]| runs.iter().filter_map(|run| run.rows.as_ref()).map(Rows::bytes).sum::<usize>();
        while held(&self.runs) > MAX_BYTES && self.runs.len() > 2 {
            let Some(oldest) = closed(&self.runs[..self.runs.len() - 2]) else { break };
            self.forget(oldest);
        }
    }

    fn forget(&mut self, n: usize) {
        self.runs.remove(n);
        self.shown -= usize::from(self.shown >= n && self.shown > 0);
    }
}
