//! The tree of a query.

use super::ast::{Expr, Name, QualifiedName, SortItem, Window};
use crate::error::Position;

#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub with: Option<With>,
    pub body: Body,
    pub order_by: Vec<SortItem>,
    pub offset: Option<Count>,
    pub limit: Option<Limit>,
    pub position: Position,
}

#[derive(Debug, Clone, PartialEq)]
pub struct With {
    pub recursive: bool,
    pub queries: Vec<NamedQuery>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct NamedQuery {
    pub name: Name,
    pub columns: Option<Vec<Name>>,
    pub query: Query,
}

/// A number of rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Count {
    Number(u64),
    Parameter(usize),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// `None` is LIMIT ALL.
    pub count: Option<Count>,
    pub with_ties: bool,
    /// FETCH FIRST, which must take a row at the least.
    pub fetch: bool,
    pub position: Position,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    Select(Box<Select>),
    Values(Vec<Expr>, Position),
    Table(QualifiedName),
    Query(Box<Query>),
    Set { operation: SetOperation, all: bool, left: Box<Body>, right: Box<Body>, position: Position },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetOperation {
    Union,
    Intersect,
    Except,
}

impl SetOperation {
    pub fn word(self) -> &'static str {
        match self {
            Self::Union => "UNION",
            Self::Intersect => "INTERSECT",
            Self::Except => "EXCEPT",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Select {
    pub position: Position,
    pub distinct: bool,
    pub items: Vec<SelectItem>,
    pub from: Vec<Relation>,
    pub filter: Option<Expr>,
    pub group_by: Option<GroupBy>,
    pub having: Option<Expr>,
    pub windows: Vec<(Name, Window)>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum SelectItem {
    Single {
        value: Expr,
        alias: Option<Name>,
    },
    /// `*`, or `t.*` and the fields of a row, with names for its columns.
    All {
        of: Option<Expr>,
        columns: Option<Vec<Name>>,
        position: Position,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct GroupBy {
    pub distinct: bool,
    pub elements: Vec<GroupingElement>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum GroupingElement {
    Simple(Vec<Expr>),
    Rollup(Vec<Vec<Expr>>),
    Cube(Vec<Vec<Expr>>),
    Sets(Vec<Vec<Expr>>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Relation {
    pub position: Position,
    pub kind: RelationKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    Cross,
    Inner,
    Left,
    Right,
    Full,
}

#[derive(Debug, Clone, PartialEq)]
pub enum JoinCondition {
    None,
    On(Expr),
    Using(Vec<Name>),
    Natural,
}

#[derive(Debug, Clone, PartialEq)]
pub enum RelationKind {
    Table {
        name: QualifiedName,
        as_of: Option<AsOf>,
    },
    Subquery(Box<Query>),
    Lateral(Box<Query>),
    Unnest {
        values: Vec<Expr>,
        ordinality: bool,
    },
    /// `TABLE(function(…))`.
    Function {
        name: QualifiedName,
        arguments: Vec<(Option<Name>, Expr)>,
    },
    Join {
        kind: JoinKind,
        left: Box<Relation>,
        right: Box<Relation>,
        condition: JoinCondition,
    },
    Aliased {
        relation: Box<Relation>,
        alias: Name,
        columns: Option<Vec<Name>>,
    },
    Sampled {
        relation: Box<Relation>,
        bernoulli: bool,
        percentage: Box<Expr>,
    },
}

/// `FOR TIMESTAMP AS OF …` and `FOR VERSION AS OF …`.
#[derive(Debug, Clone, PartialEq)]
pub struct AsOf {
    pub version: bool,
    pub value: Box<Expr>,
}
