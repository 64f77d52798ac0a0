//! Which lines belong together: the lines of a stack trace or of a traceback, as events of their own or in one event.

use super::line::Shape;

/// The record that is open at the end of a stream, as far as its shape goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Open {
    /// A traceback whose last line has not come.
    traceback: bool,
    /// Python has written that another traceback belongs to it.
    linked: bool,
    /// The frames of the traceback are indented, as Python writes them; older Glue takes that away.
    indented: bool,
}

impl Open {
    /// The record that a line begins.
    pub(super) fn begin(shape: Shape) -> Self {
        match shape {
            Shape::Traceback | Shape::Header => Self { traceback: true, ..Self::default() },
            // The head of the traceback is cut off.
            Shape::Frame { indented } => Self { traceback: true, indented, linked: false },
            _ => Self::default(),
        }
    }

    /// The record with a further line; none if the line begins one of its own.
    #[must_use]
    pub(super) fn with(self, shape: Shape) -> Option<Self> {
        let rest = self;
        match shape {
            Shape::Rest => Some(rest),
            Shape::Frame { indented } if self.traceback || indented => Some(Self { traceback: true, indented, ..self }),
            Shape::Link => Some(Self { linked: true, traceback: false, ..rest }),
            Shape::Traceback if self.linked => Some(Self { traceback: true, indented: false, ..rest }),
            Shape::Exception if self.traceback => Some(Self { traceback: false, ..rest }),
            // The source of a frame, or some more of it.
            Shape::Loose if self.traceback && !self.indented => Some(rest),
            // Of an indented traceback the first line that is not ends it, whatever the exception is called.
            Shape::Loose if self.traceback => Some(Self { traceback: false, ..rest }),
            Shape::Traceback | Shape::Exception | Shape::Loose | Shape::Start | Shape::Header | Shape::Frame { .. } => {
                None
            }
        }
    }
}
