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
        match shape {
            Shape::Rest => Some(self),
            Shape::Frame { indented } if self.traceback || indented => Some(Self { traceback: true, indented, ..self }),
            Shape::Link => Some(Self { linked: true, traceback: false, ..self }),
            Shape::Traceback if self.linked => Some(Self { traceback: true, linked: false, indented: false }),
            Shape::Exception if self.traceback => Some(Self { traceback: false, ..self }),
            // The source of a frame, or some more of it.
            Shape::Loose if self.traceback && !self.indented => Some(self),
            // Of an indented traceback the first line that is not ends it, whatever the exception is called.
            Shape::Loose if self.traceback => Some(Self { traceback: false, ..self }),
            Shape::Traceback | Shape::Exception | Shape::Loose | Shape::Start | Shape::Header | Shape::Frame { .. } => {
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_traceback_that_is_linked_belongs_to_the_one_before() {
        let indented = Shape::Frame { indented: true };
        let shapes = [indented, Shape::Exception, Shape::Link, Shape::Traceback, indented, Shape::Exception];
        let chained = shapes.into_iter().try_fold(Open::begin(Shape::Traceback), Open::with);
        let chained = chained.expect("one record");
        assert_eq!(chained.with(Shape::Traceback), None, "the next is one of its own");
    }
}
