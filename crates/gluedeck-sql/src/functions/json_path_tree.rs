//! A JSON path as a tree.

use super::json_text::Json;

/// A path that was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PathTree {
    pub(super) lax: bool,
    pub(super) root: Step,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    Context,
    Current,
    Last,
    Variable(String),
    Literal(Json),
    /// A member by name, or all members.
    Member(Box<Step>, Option<String>),
    Descendants(Box<Step>, String),
    /// Elements by index, or by indexes from and to; none is all of them.
    Elements(Box<Step>, Vec<(Step, Option<Step>)>),
    Filter(Box<Step>, Box<Test>),
    Method(Box<Step>, Method),
    Negative(Box<Step>, bool),
    Binary(char, Box<Step>, Box<Step>),
    /// A predicate as a value.
    Test(Box<Test>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Method {
    Type,
    Size,
    Double,
    Ceiling,
    Floor,
    Abs,
    KeyValue,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    Compare(&'static str, Step, Step),
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
    Not(Box<Test>),
    Exists(Step),
    IsUnknown(Box<Test>),
    StartsWith(Step, Step),
}

/// What a path meets that it cannot go on with: in strict mode, or of the wrong type.
#[derive(Debug)]
pub(super) struct PathError(pub(super) String);
