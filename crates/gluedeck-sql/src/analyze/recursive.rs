//! WITH RECURSIVE: a first query and a step that reads the rows of the step before.

use super::expressions::Builder;
use super::references::{in_body, references};
use super::scope::{Cte, Env, Field, NamedRelation, RelationPlan, WorkTable};
use super::{Planner, column, internal, project};
use crate::error::{Code, Error, Result};
use crate::functions;
use crate::syntax::ast::{Body, Select, SelectItem, SetOperation};
use datafusion::catalog::cte_worktable::CteWorkTable;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{LogicalPlanBuilder, lit};
use std::rc::Rc;
use std::sync::Arc;

/// How many steps a recursive query may take (Trino's `max_recursion_depth`).
const MAX_STEPS: i64 = 10;

impl Planner<'_> {
    pub(super) fn recursive(&self, cte: &Cte, env: &Env<'_>) -> Result<RelationPlan> {
        let named = &cte.query;
        let position = named.name.position;
        let Some(columns) = &named.columns else {
            let message = "missing column aliases in recursive WITH query";
            return Err(Error::at(position, Code::MissingColumnAliases, message));
        };
        let (Body::Set { operation: SetOperation::Union, all, left, right, .. }, None) =
            (&named.query.body, &named.query.with)
        else {
            let at = references(&named.query, &named.name).first().copied().unwrap_or(position);
            return Err(Error::at(
                at,
                Code::InvalidRecursiveReference,
                "recursive reference not allowed in this context",
            ));
        };
        if let Some(at) = in_body(left, &named.name).first() {
            let message = "WITH table name is referenced in the base relation of recursion";
            return Err(Error::at(*at, Code::InvalidRecursiveReference, message));
        }
        if let Some(at) = in_body(right, &named.name).get(1) {
            let message = "multiple recursive references in the step relation of recursion";
            return Err(Error::at(*at, Code::InvalidRecursiveReference, message));
        }
        let first = self.body(left, env, None)?;
        let first = super::relations::with_columns(first, &named.name, columns)?;
        let own: Vec<Field> = first.visible().cloned().collect();
        let depth = self.fresh();
        let name = format!("recursion_{depth}");
        let base_fields: Vec<Field> = own.iter().map(|field| Field { column: self.fresh(), ..field.clone() }).collect();
        let mut base: Vec<_> =
            own.iter().zip(&base_fields).map(|(old, new)| column(&old.column).alias(&new.column)).collect();
        base.push(lit(0i64).alias(&depth));
        let base = project(first.plan, base)?;
        let schema = Arc::new(base.schema().as_arrow().clone());
        let table = CteWorkTable::new(&name, schema);
        let scan = LogicalPlanBuilder::scan(name.as_str(), provider_as_source(Arc::new(table)), None);
        let scan = scan.and_then(LogicalPlanBuilder::build).map_err(internal)?;
        let mut known: Vec<NamedRelation> = env.ctes.iter().cloned().collect();
        let fields = base_fields
            .iter()
            .map(|field| (field.name.clone().unwrap_or_default(), field.ty.clone(), field.column.clone()))
            .chain([(format!("\0{depth}"), crate::types::Type::Bigint, depth.clone())])
            .collect();
        known.push(NamedRelation::Work(Rc::new(WorkTable { name: cte.name.clone(), plan: scan, fields })));
        let inner = Env { ctes: Rc::new(known), ..env.clone() };
        let step = self.recursive_step(right, &inner, &base_fields, &depth)?;
        let plan = LogicalPlanBuilder::from(base).to_recursive_query(name, step, false);
        let plan = plan.and_then(LogicalPlanBuilder::build).map_err(internal)?;
        let mut found = self.renamed(&RelationPlan { plan, fields: base_fields })?;
        if !all {
            // Trino removes doubles only at the end.
            found.plan = self.distinct_rows(found.plan, &found.fields)?;
        }
        Ok(found)
    }

    fn recursive_step(
        &self,
        body: &Body,
        env: &Env<'_>,
        base: &[Field],
        depth: &str,
    ) -> Result<datafusion::logical_expr::LogicalPlan> {
        let Body::Select(select) = body else {
            return Err(Error::unsupported(Default::default(), "a recursive step that is no SELECT"));
        };
        // The step's own number goes along as one more column.
        let source = self.from(&select.from, env, None)?;
        let number =
            source.fields.iter().find(|field| field.name.as_deref().is_some_and(|name| name.starts_with('\0')));
        let Some(number) = number.cloned() else {
            return Err(Error::unsupported(select.position, "a recursive step that reads its rows in a subquery"));
        };
        if select.group_by.is_some() || select.distinct || select.having.is_some() {
            return Err(Error::unsupported(select.position, "a recursive step that groups"));
        }
        let mut builder = Builder::new(self, env.clone(), source);
        builder.fields.retain(|field| field.column != number.column);
        if let Some(filter) = &select.filter {
            let condition = builder.condition(filter, "WHERE clause")?;
            builder.filter(condition)?;
        }
        let select = super::canonical::expanded(select, &builder)?;
        let items = step_items(&select, &mut builder)?;
        if items.len() != base.len() {
            let message = format!(
                "base and step relations of recursion have different number of fields: {}, {}",
                base.len(),
                items.len()
            );
            return Err(Error::at(select.position, Code::TypeMismatch, message));
        }
        let mut columns = Vec::new();
        for (item, field) in items.into_iter().zip(base) {
            if !crate::types::turns_into(&item.ty, &field.ty) {
                let message = format!(
                    "recursion step relation output type ({}) is not coercible to recursion base relation output type ({}) at column {}",
                    item.ty,
                    field.ty,
                    columns.len() + 1
                );
                return Err(Error::at(select.position, Code::TypeMismatch, message));
            }
            columns.push(functions::coerce(item, &field.ty, &self.facts).expr.alias(&field.column));
        }
        columns.push(functions::next_step(column(&number.column), MAX_STEPS, &self.facts).alias(depth));
        project(builder.plan, columns)
    }

    pub(super) fn work_table(&self, table: &WorkTable) -> Result<RelationPlan> {
        let fields: Vec<Field> =
            table.fields.iter().map(|(name, ty, _)| Field::new(Some(name.clone()), ty.clone(), self.fresh())).collect();
        let old = table.plan.schema().columns();
        let columns = old
            .into_iter()
            .zip(&fields)
            .map(|(own, field)| datafusion::logical_expr::Expr::Column(own).alias(&field.column));
        let plan = project(table.plan.clone(), columns.collect())?;
        let mut fields = fields;
        if let Some(last) = fields.last_mut() {
            last.hidden = true;
        }
        Ok(RelationPlan { plan, fields })
    }
}

/// The columns of a step.
fn step_items(select: &Select, builder: &mut Builder<'_, '_>) -> Result<Vec<super::TypedExpr>> {
    let item = |item: &SelectItem| match item {
        SelectItem::Single { value, .. } => builder.expression(value),
        SelectItem::All { position, .. } => {
            Err(Error::unsupported(*position, "the fields of a row in a recursive step"))
        }
    };
    select.items.iter().map(item).collect()
}
