//! What lies over the screen: help, errors, the confirmation, the palette, choices, texts, evidence.

use super::confirm::Confirm;
use super::palette::Palette;
use super::text_page::TextPage;
use crate::ui::Theme;
use crate::ui::scroll::TextScroll;
use gluedeck_core::domain::PipelineId;

/// What lies over the screen.
#[derive(Debug)]
pub enum Overlay {
    Help(TextScroll),
    Errors(TextScroll),
    Confirm(Box<Confirm>),
    Palette(Palette),
    /// The themes; `before` comes back if none is taken.
    Themes {
        selected: usize,
        before: Box<Theme>,
    },
    Environments(usize),
    /// Who holds how many DPUs, and who waits for some.
    Capacity(usize),
    /// How the account differs from the pipeline's file.
    Drift(usize),
    Text(TextPage),
    /// Why a workflow is in its state.
    Why {
        workflow: PipelineId,
        selected: usize,
    },
}
