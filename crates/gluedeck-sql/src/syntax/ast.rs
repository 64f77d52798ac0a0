//! The tree of a statement. Positions are where Trino puts its errors.

pub use super::query_ast::*;

use crate::error::Position;
use crate::types::Type;

/// A name as written, and where. Names are compared without regard to case (Trino, Athena).
#[derive(Debug, Clone)]
pub struct Name {
    pub text: String,
    pub quoted: bool,
    pub position: Position,
}

impl Name {
    /// In lower case, as the catalog has it.
    pub fn lower(&self) -> String {
        self.text.to_lowercase()
    }

    pub(crate) fn is(&self, other: &str) -> bool {
        self.text.eq_ignore_ascii_case(other) || self.text.to_lowercase() == other.to_lowercase()
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.is(&other.text)
    }
}

/// `catalog.database.table` and the like; never empty.
#[derive(Debug, Clone, PartialEq)]
pub struct QualifiedName(pub Vec<Name>);

impl QualifiedName {
    pub fn position(&self) -> Position {
        self.0.first().map(|name| name.position).unwrap_or_default()
    }

    /// The last part, in lower case.
    pub fn last(&self) -> String {
        self.0.last().map(Name::lower).unwrap_or_default()
    }

    /// All parts in lower case, joined by dots.
    pub fn dotted(&self) -> String {
        self.0.iter().map(Name::lower).collect::<Vec<_>>().join(".")
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub position: Position,
    pub kind: ExprKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulus,
}

impl Arithmetic {
    pub fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulus => "%",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantifier {
    All,
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IntervalField {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    Null,
    Boolean(bool),
    /// Digits.
    Integer(String),
    Decimal(String),
    Double(String),
    Text(String),
    Binary(Vec<u8>),
    /// `DATE '2026-01-31'`: a type and a text.
    Typed {
        type_name: String,
        ty: Option<Type>,
        text: String,
    },
    Interval {
        negative: bool,
        text: String,
        from: IntervalField,
        to: Option<IntervalField>,
    },
    /// `?`, counted from 0.
    Parameter(usize),
    Identifier(Name),
    /// A column of the plan, which no statement can write: what a `*` stands for.
    Column(String),
    Dereference(Box<Expr>, Name),
    Row(Vec<Expr>),
    Array(Vec<Expr>),
    Subscript(Box<Expr>, Box<Expr>),
    Negative(Box<Expr>),
    Positive(Box<Expr>),
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    Concat(Box<Expr>, Box<Expr>),
    AtTimeZone(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Comparison(Comparison, Box<Expr>, Box<Expr>),
    Quantified {
        op: Comparison,
        quantifier: Quantifier,
        value: Box<Expr>,
        query: Box<Query>,
    },
    Between {
        value: Box<Expr>,
        low: Box<Expr>,
        high: Box<Expr>,
    },
    InList(Box<Expr>, Vec<Expr>),
    InQuery(Box<Expr>, Box<Query>),
    Like {
        value: Box<Expr>,
        pattern: Box<Expr>,
        escape: Option<Box<Expr>>,
    },
    IsNull(Box<Expr>),
    IsDistinctFrom(Box<Expr>, Box<Expr>),
    Call(Box<Call>),
    Lambda(Vec<Name>, Box<Expr>),
    Subquery(Box<Query>),
    Exists(Box<Query>),
    Case {
        operand: Option<Box<Expr>>,
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    Cast {
        value: Box<Expr>,
        ty: TypeName,
        safe: bool,
    },
    /// `current_timestamp(3)` and the others that are written without brackets: in lower case, with a precision.
    Special(&'static str, Option<u8>),
    Extract(Name, Box<Expr>),
    Grouping(Vec<Expr>),
    Json(Box<JsonCall>),
}

/// A type where it is written; `None` if there is no such type.
#[derive(Debug, Clone)]
pub struct TypeName {
    pub text: String,
    pub ty: Option<Type>,
    pub position: Position,
}

impl PartialEq for TypeName {
    fn eq(&self, other: &Self) -> bool {
        self.text.eq_ignore_ascii_case(&other.text)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub name: QualifiedName,
    pub distinct: bool,
    pub arguments: Vec<Expr>,
    /// `count(*)`.
    pub star: bool,
    pub order_by: Vec<SortItem>,
    pub filter: Option<Expr>,
    pub ignore_nulls: bool,
    pub over: Option<Over>,
    /// `listagg(… ON OVERFLOW …)`.
    pub overflow: Option<Overflow>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Overflow {
    Error,
    Truncate { filler: String, with_count: bool },
}

#[derive(Debug, Clone, PartialEq)]
pub enum Over {
    Named(Name),
    Window(Box<Window>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    pub position: Position,
    pub base: Option<Name>,
    pub partition_by: Vec<Expr>,
    pub order_by: Vec<SortItem>,
    pub order_position: Position,
    pub frame: Option<Frame>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameUnit {
    Rows,
    Range,
    Groups,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    pub position: Position,
    pub unit: FrameUnit,
    pub start: Bound,
    pub end: Bound,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Bound {
    UnboundedPreceding,
    Preceding(Expr),
    CurrentRow,
    Following(Expr),
    UnboundedFollowing,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SortItem {
    pub value: Expr,
    pub descending: bool,
    /// `NULLS FIRST` or `NULLS LAST`, if written.
    pub nulls_first: Option<bool>,
}

/// What a JSON function of the SQL standard answers when there is nothing or when something is wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum JsonAnswer {
    Null,
    Error,
    True,
    False,
    Unknown,
    EmptyArray,
    EmptyObject,
    Default(Expr),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapper {
    Without,
    Conditional,
    Unconditional,
}

#[derive(Debug, Clone, PartialEq)]
pub struct JsonPathCall {
    pub input: Expr,
    pub format_json: bool,
    pub path: String,
    pub path_position: Position,
    /// `PASSING value AS name`; with whether it is JSON text.
    pub passing: Vec<(Expr, bool, Name)>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum JsonCall {
    Exists {
        call: JsonPathCall,
        on_error: JsonAnswer,
    },
    Value {
        call: JsonPathCall,
        returning: Option<TypeName>,
        on_empty: JsonAnswer,
        on_error: JsonAnswer,
    },
    Query {
        call: JsonPathCall,
        returning: Option<TypeName>,
        wrapper: Wrapper,
        omit_quotes: bool,
        on_empty: JsonAnswer,
        on_error: JsonAnswer,
    },
    /// Names and values; the flag says that the value is JSON text.
    Object {
        members: Vec<(Expr, Expr, bool)>,
        absent_on_null: bool,
        unique_keys: bool,
        returning: Option<TypeName>,
    },
    Array {
        elements: Vec<(Expr, bool)>,
        absent_on_null: bool,
        returning: Option<TypeName>,
    },
}
