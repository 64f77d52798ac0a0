//! The lines of the board: pipelines, and where there are several kinds of them, a heading for each kind.

use super::Shown;
use crate::flow::Context;
use gluedeck_core::analysis::{Outcome, outcome};
use gluedeck_core::domain::{PipelineId, PipelineKind};
use std::collections::BTreeSet;

/// A line of the list.
#[derive(Debug, Clone, Copy)]
pub enum BoardLine<'c> {
    Group(Group),
    Pipeline(Shown<'c>),
}

/// The heading of a group, with what there is in it: of what the filter lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    pub kind: PipelineKind,
    pub count: usize,
    pub failed: usize,
    pub running: usize,
    pub folded: bool,
}

/// What a line is, whatever becomes of its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineId {
    Group(PipelineKind),
    Pipeline(PipelineId),
}

impl<'c> BoardLine<'c> {
    /// What it is.
    pub fn id(&self) -> LineId {
        match self {
            Self::Group(group) => LineId::Group(group.kind),
            Self::Pipeline(row) => LineId::Pipeline(row.workflow.id.clone()),
        }
    }

    /// Whether it is the line of this id.
    pub fn is(&self, id: &LineId) -> bool {
        match (self, id) {
            (Self::Group(group), LineId::Group(kind)) => group.kind == *kind,
            (Self::Pipeline(row), LineId::Pipeline(id)) => row.workflow.id == *id,
            _ => false,
        }
    }

    /// The pipeline, if it is no heading.
    pub fn row(&self) -> Option<Shown<'c>> {
        match self {
            Self::Group(_) => None,
            Self::Pipeline(row) => Some(*row),
        }
    }

    /// The group that it belongs to.
    pub fn kind(&self) -> PipelineKind {
        match self {
            Self::Group(group) => group.kind,
            Self::Pipeline(row) => row.workflow.id.kind(),
        }
    }
}

/// Whether there is more than one kind of pipelines.
pub(super) fn is_grouped(contexts: &[&Context]) -> bool {
    let mut kinds = contexts.iter().flat_map(|context| context.pipelines()).map(|pipeline| pipeline.id.kind());
    let first = kinds.next();
    kinds.any(|kind| Some(kind) != first)
}

/// Rows under the headings of their groups; those of a folded group are left out. The order within a group stays.
pub(super) fn arrange<'c>(rows: Vec<Shown<'c>>, folded: &BTreeSet<PipelineKind>) -> Vec<BoardLine<'c>> {
    let mut lines = Vec::with_capacity(rows.len() + PipelineKind::ALL.len());
    for kind in PipelineKind::ALL {
        let of_kind = || rows.iter().filter(|row| row.workflow.id.kind() == kind);
        let outcomes = |wanted: Outcome| of_kind().filter(|row| outcome::of_pipeline(row.workflow) == wanted).count();
        let (count, is_folded) = (of_kind().count(), folded.contains(&kind));
        if count == 0 {
            continue;
        }
        lines.push(BoardLine::Group(Group {
            kind,
            count,
            failed: outcomes(Outcome::Failed),
            running: outcomes(Outcome::Running),
            folded: is_folded,
        }));
        lines.extend(of_kind().filter(|_| !is_folded).copied().map(BoardLine::Pipeline));
    }
    lines
}
