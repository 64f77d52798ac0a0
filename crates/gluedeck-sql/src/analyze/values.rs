//! VALUES.

use super::expressions::Builder;
use super::scope::{Env, Field, RelationPlan};
use super::{Planner, TypedExpr, column, internal, project};
use crate::error::{Code, Error, Position, Result};
use crate::functions;
use crate::syntax::ast::{Expr, ExprKind};
use crate::types::{Type, common};
use datafusion::logical_expr::{Expr as EngineExpr, LogicalPlanBuilder};
use std::rc::Rc;

impl Planner<'_> {
    pub(super) fn values(
        &self,
        rows: &[Expr],
        position: Position,
        env: &Env<'_>,
        carry: Option<&RelationPlan>,
    ) -> Result<RelationPlan> {
        let base = self.from(&[], env, carry)?;
        let carried: Vec<Field> = base.carried().cloned().collect();
        let mut planned_rows: Vec<(RelationPlan, Vec<TypedExpr>)> = Vec::new();
        for row in rows {
            let mut builder = Builder::new(self, env.clone(), base.clone());
            let items = builder.row_items(row)?;
            planned_rows.push((builder.planned(), items));
        }
        let types = common_types(&planned_rows, position)?;
        let width = types.len();
        let fields: Vec<Field> =
            types.iter().map(|ty| Field::new(None, ty.clone(), self.fresh())).chain(carried).collect();
        let exact = |items: Vec<TypedExpr>| -> Vec<EngineExpr> {
            items.into_iter().zip(&types).map(|(item, ty)| functions::coerce(item, ty, &self.facts).expr).collect()
        };
        if carry.is_none() && planned_rows.iter().all(|(planned, _)| planned.plan == base.plan) {
            let rows: Vec<Vec<EngineExpr>> = planned_rows.into_iter().map(|(_, items)| exact(items)).collect();
            return self.plain_values(rows, fields);
        }
        self.united_rows(planned_rows, fields, width, &exact)
    }

    /// Rows of constants.
    fn plain_values(&self, rows: Vec<Vec<EngineExpr>>, fields: Vec<Field>) -> Result<RelationPlan> {
        let schema = datafusion::common::DFSchema::from_unqualified_fields(
            fields
                .iter()
                .map(|field| datafusion::arrow::datatypes::Field::new(&field.column, field.ty.arrow(), true))
                .collect(),
            Default::default(),
        );
        let plan = LogicalPlanBuilder::values_with_schema(
            rows,
            &Rc::unwrap_or_clone(Rc::new(schema.map_err(internal)?)).into(),
        );
        let plan = plan.and_then(LogicalPlanBuilder::build).map_err(internal)?;
        // The engine calls them column1, column2 …
        let named = plan.schema().columns().into_iter().zip(&fields);
        let columns = named.map(|(own, field)| EngineExpr::Column(own).alias(&field.column)).collect();
        Ok(RelationPlan { plan: project(plan, columns)?, fields })
    }

    /// Rows that each have a plan of their own, for their subqueries.
    fn united_rows(
        &self,
        planned_rows: Vec<(RelationPlan, Vec<TypedExpr>)>,
        fields: Vec<Field>,
        width: usize,
        exact: &dyn Fn(Vec<TypedExpr>) -> Vec<EngineExpr>,
    ) -> Result<RelationPlan> {
        let mut whole: Option<datafusion::logical_expr::LogicalPlan> = None;
        for (planned, items) in planned_rows {
            let own = exact(items).into_iter().zip(&fields).map(|(expr, field)| expr.alias(&field.column));
            let along = fields[width..].iter().map(|field| column(&field.column));
            let plan = project(planned.plan, own.chain(along).collect())?;
            whole = Some(match whole {
                None => plan,
                Some(before) => {
                    let both = LogicalPlanBuilder::from(before).union(plan);
                    both.and_then(LogicalPlanBuilder::build).map_err(internal)?
                }
            });
        }
        match whole {
            Some(plan) => Ok(RelationPlan { plan, fields }),
            None => Err(Error::unsupported(Position::default(), "VALUES without rows")),
        }
    }
}

impl Builder<'_, '_> {
    /// The columns of a row.
    fn row_items(&mut self, row: &Expr) -> Result<Vec<TypedExpr>> {
        if let ExprKind::Row(items) = &row.kind {
            return items.iter().map(|item| self.expression(item)).collect();
        }
        let value = self.expression(row)?;
        // A value of a row type is a row of the table.
        let Type::Row(fields) = &value.ty else { return Ok(vec![value]) };
        let facts = self.facts();
        let types: Vec<Type> = fields.iter().map(|(_, ty)| ty.clone()).collect();
        let part = |(index, ty)| functions::field(value.clone(), index, ty, &facts);
        Ok(types.into_iter().enumerate().map(part).collect())
    }
}

/// The types that the columns of all rows turn into.
fn common_types(rows: &[(RelationPlan, Vec<TypedExpr>)], position: Position) -> Result<Vec<Type>> {
    let width = rows.first().map_or(0, |(_, items)| items.len());
    let mut types = vec![Type::Unknown; width];
    for (_, items) in rows {
        if items.len() != width {
            let message = format!("Values rows have mismatched sizes: {width} vs {}", items.len());
            return Err(Error::at(position, Code::TypeMismatch, message));
        }
        for (ty, item) in types.iter_mut().zip(items) {
            *ty = common(ty, &item.ty).ok_or_else(|| {
                let message = format!("Values rows have mismatched types: row({ty}) vs row({})", item.ty);
                Error::at(position, Code::TypeMismatch, message)
            })?;
        }
    }
    Ok(types)
}
