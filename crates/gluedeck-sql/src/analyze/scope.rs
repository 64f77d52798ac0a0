//! Which names mean what where.

use super::{TypedExpr, column};
use crate::error::{Code, Error, Position, Result};
use crate::syntax::ast::{Name, NamedQuery};
use crate::types::Type;
use datafusion::logical_expr::LogicalPlan;
use std::cell::RefCell;
use std::rc::Rc;

/// A column that can be named.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// The relation's name, its parts in lower case; empty if it has none.
    pub(crate) qualifier: Vec<String>,
    /// As written; `None` if it cannot be named.
    pub(crate) name: Option<String>,
    pub(crate) ty: Type,
    /// The engine's column.
    pub(crate) column: String,
    pub(crate) hidden: bool,
    /// 0 is the query's own; further out, of a query around it, whose values come along.
    pub(crate) level: usize,
}

impl Field {
    pub(crate) fn new(name: Option<String>, ty: Type, column: String) -> Self {
        Self { qualifier: Vec::new(), name, ty, column, hidden: false, level: 0 }
    }

    pub(crate) fn typed(&self) -> TypedExpr {
        TypedExpr { expr: column(&self.column), ty: self.ty.clone() }
    }

    fn is_named(&self, qualifier: &[Name], name: &Name) -> bool {
        let named = self.name.as_ref().is_some_and(|own| name.is(own));
        named && qualifier.len() <= self.qualifier.len() && {
            let tail = &self.qualifier[self.qualifier.len() - qualifier.len()..];
            tail.iter().zip(qualifier).all(|(own, given)| given.is(own))
        }
    }
}

/// A plan with names for its columns.
#[derive(Debug, Clone)]
pub(crate) struct RelationPlan {
    pub(crate) plan: LogicalPlan,
    pub(crate) fields: Vec<Field>,
}

impl RelationPlan {
    /// The columns that a query around it gave along.
    pub(crate) fn carried(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.level > 0)
    }

    pub(crate) fn own(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.level == 0)
    }

    /// What `*` stands for.
    pub(crate) fn visible(&self) -> impl Iterator<Item = &Field> {
        self.own().filter(|field| !field.hidden)
    }
}

/// A query of a WITH, where it was written.
#[derive(Debug)]
pub(crate) struct Cte {
    pub(crate) name: String,
    pub(crate) query: NamedQuery,
    pub(crate) recursive: bool,
    /// What it can see itself.
    pub(crate) before: Ctes,
}

/// The rows of a step of a recursive query, which its next step reads.
#[derive(Debug)]
pub(crate) struct WorkTable {
    pub(crate) name: String,
    pub(crate) plan: LogicalPlan,
    pub(crate) fields: Vec<(String, Type, String)>,
}

#[derive(Debug, Clone)]
pub(crate) enum NamedRelation {
    Query(Rc<Cte>),
    Work(Rc<WorkTable>),
}

impl NamedRelation {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Query(cte) => &cte.name,
            Self::Work(table) => &table.name,
        }
    }
}

/// The named queries that can be seen, innermost last.
pub(crate) type Ctes = Rc<Vec<NamedRelation>>;

/// Where a query stands: what it can name besides what it reads itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Env<'e> {
    pub(crate) ctes: Ctes,
    pub(crate) outer: Option<&'e Outer<'e>>,
    /// The database of names without one, if it is another than the session's: inside a view.
    pub(crate) database: Option<Rc<str>>,
}

/// The columns of a query around another, while it is found out which of them the other names.
#[derive(Debug)]
pub(crate) struct Outer<'e> {
    pub(crate) fields: Vec<Field>,
    pub(crate) parent: Option<&'e Outer<'e>>,
    /// Columns of a grouped query that are no keys: they cannot be named.
    pub(crate) ungrouped: Vec<Field>,
    pub(crate) used: RefCell<Vec<Field>>,
}

impl Outer<'_> {
    /// A field of a query around, which is noted as used.
    pub(crate) fn find(&self, qualifier: &[Name], name: &Name) -> Result<Option<Field>> {
        if let Some(field) = find(&self.fields, qualifier, name)? {
            let mut used = self.used.borrow_mut();
            if !used.iter().any(|other| other.column == field.column) {
                used.push(field.clone());
            }
            return Ok(Some(field));
        }
        if find(&self.ungrouped, qualifier, name)?.is_some() {
            let position = qualifier.first().unwrap_or(name).position;
            let message = format!("Subquery uses '{}' which must appear in GROUP BY clause", dotted(qualifier, name));
            return Err(Error::at(position, Code::ExpressionNotAggregate, message));
        }
        match self.parent {
            Some(parent) => parent.find(qualifier, name),
            None => Ok(None),
        }
    }
}

/// The field of a name, the nearest first.
///
/// # Errors
/// If two fields of one level have the name.
pub(crate) fn find(fields: &[Field], qualifier: &[Name], name: &Name) -> Result<Option<Field>> {
    let deepest = fields.iter().map(|field| field.level).max().unwrap_or_default();
    for level in 0..=deepest {
        let mut matching = fields.iter().filter(|field| field.level == level && field.is_named(qualifier, name));
        if let Some(first) = matching.next() {
            if matching.next().is_some() {
                let position = qualifier.first().unwrap_or(name).position;
                return Err(Error::at(
                    position,
                    Code::AmbiguousName,
                    format!("Column '{}' is ambiguous", dotted(qualifier, name)),
                ));
            }
            return Ok(Some(first.clone()));
        }
    }
    Ok(None)
}

pub(crate) fn dotted(qualifier: &[Name], name: &Name) -> String {
    qualifier.iter().chain([name]).map(|part| part.text.clone()).collect::<Vec<_>>().join(".")
}

/// The error that no column has a name, in Athena's words.
pub(crate) fn no_column(position: Position, name: &str) -> Error {
    let message =
        format!("Column '{name}' cannot be resolved or requester is not authorized to access requested resources");
    Error::at(position, Code::ColumnNotFound, message)
}
