//! What a grouped plan has.

use super::TypedExpr;
use super::scope::Field;
use crate::error::{Code, Error, Position, Result};
use crate::syntax::ast::Expr;
use datafusion::logical_expr::Expr as EngineExpr;

/// What a grouped plan has.
#[derive(Debug)]
pub(super) struct GroupScope {
    /// The columns before it was grouped.
    pub(super) before: Vec<Field>,
    pub(super) keys: Vec<Key>,
    /// Aggregates, and what they became.
    pub(super) calls: Vec<(Expr, TypedExpr)>,
}

#[derive(Debug)]
pub(super) struct Key {
    /// With its names resolved.
    pub(super) expr: Expr,
    pub(super) value: TypedExpr,
    /// The column before grouping, if the key is one.
    pub(super) column: Option<String>,
    /// A column that is 1 in rows of sets without the key.
    pub(super) absent: Option<String>,
    pub(super) carried: Option<Field>,
}

impl GroupScope {
    /// The grouped columns under the names that they had.
    pub(super) fn fields(&self) -> Vec<Field> {
        let field = |field: &Field| {
            let key = self.keys.iter().find(|key| key.column.as_deref() == Some(&field.column))?;
            let EngineExpr::Column(own) = &key.value.expr else { return None };
            Some(Field { column: own.name.clone(), ..field.clone() })
        };
        self.before.iter().filter_map(field).collect()
    }

    pub(super) fn carried(&self) -> Vec<Field> {
        self.keys.iter().filter_map(|key| key.carried.clone()).collect()
    }

    pub(super) fn column(&self, field: &Field, shown: &str, position: Position) -> Result<TypedExpr> {
        let key = self.keys.iter().find(|key| key.column.as_deref() == Some(&field.column));
        key.map(|key| key.value.clone()).ok_or_else(|| {
            let message = format!("'{shown}' must be an aggregate expression or appear in GROUP BY clause");
            Error::at(position, Code::ExpressionNotAggregate, message)
        })
    }
}
