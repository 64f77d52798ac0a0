//! Subqueries of expressions: joined to the plan, so that what they answer is a column of it.

use super::expressions::Builder;
use super::lateral::CorrelatedQuery;
use super::scope::{Field, RelationPlan};
use super::{TypedExpr, column, internal, project};
use crate::error::{Code, Error, Position, Result};
use crate::functions;
use crate::syntax::ast::{Comparison, Expr, Quantifier, Query};
use crate::types::{Type, common};
use datafusion::common::JoinType;
use datafusion::logical_expr::{Expr as EngineExpr, LogicalPlan, LogicalPlanBuilder, lit};

/// Whether a subquery answers one column of rows.
fn is_one_row(found: &CorrelatedQuery) -> bool {
    let mut own = found.planned.visible();
    own.next().is_some_and(|field| matches!(field.ty, Type::Row(_))) && own.next().is_none()
}

impl Builder<'_, '_> {
    fn planned_subquery(&mut self, query: &Query, position: Position) -> Result<CorrelatedQuery> {
        if !self.lambdas.is_empty() {
            return Err(Error::at(position, Code::NotSupported, "Lambda expression cannot contain subqueries"));
        }
        if self.no_subqueries {
            return Err(Error::unsupported(position, "a subquery here"));
        }
        let around = RelationPlan { plan: self.plan.clone(), fields: self.fields.clone() };
        let visible = self.visible_fields();
        let ungrouped = if self.grouped.is_some() { self.fields.clone() } else { Vec::new() };
        self.planner.correlated(&around, visible, ungrouped, query, &self.env)
    }

    /// The one column of a subquery.
    fn single(&self, found: &CorrelatedQuery, position: Position) -> Result<Field> {
        let mut own = found.planned.visible();
        match (own.next(), own.next()) {
            (Some(field), None) => Ok(field.clone()),
            _ => {
                let count = found.planned.visible().count();
                let message = format!("Multiple columns returned by subquery are not yet supported. Found {count}");
                Err(Error::at(position, Code::NotSupported, message))
            }
        }
    }

    /// Groups a subquery's rows by the rows around it, and joins the groups to the plan.
    fn attach_groups(&mut self, found: CorrelatedQuery, values: Vec<EngineExpr>) -> Result<()> {
        let planner = self.planner;
        let keys: Vec<Field> = found.planned.carried().cloned().collect();
        let group: Vec<EngineExpr> = keys
            .iter()
            .map(|field| functions::group_key(field.typed(), &planner.facts).alias(format!("k_{}", field.column)))
            .collect();
        let one_row = keys.is_empty();
        // Of keys that are not told apart plainly, one of the same stands for all.
        let mut all = values;
        for field in keys.iter().filter(|field| !field.ty.is_plainly_compared()) {
            all.push(functions::any(column(&field.column)).alias(&field.column));
        }
        let names: Vec<String> = all
            .iter()
            .filter_map(|value| match value {
                EngineExpr::Alias(alias) => Some(alias.name.clone()),
                _ => None,
            })
            .collect();
        let mut plan = LogicalPlanBuilder::from(found.planned.plan).aggregate(group, all);
        if one_row {
            plan = plan.and_then(|plan| plan.limit(0, Some(1)));
        }
        let plan = plan.and_then(LogicalPlanBuilder::build).map_err(internal)?;
        let mut columns: Vec<EngineExpr> = names.iter().map(|name| column(name)).collect();
        for field in keys.iter().filter(|field| field.ty.is_plainly_compared()) {
            columns.push(column(&format!("k_{}", field.column)).alias(&field.column));
        }
        let plan = project(plan, columns)?;
        if one_row {
            let joined = LogicalPlanBuilder::from(self.plan.clone()).cross_join(plan);
            self.plan = joined.and_then(LogicalPlanBuilder::build).map_err(internal)?;
            return Ok(());
        }
        let grouped = CorrelatedQuery { planned: RelationPlan { plan, fields: keys }, keys: found.keys };
        self.plan = self.planner.attach(self.plan.clone(), grouped, JoinType::Left)?;
        Ok(())
    }

    pub(super) fn scalar_subquery(&mut self, query: &Query, position: Position) -> Result<TypedExpr> {
        let found = self.planned_subquery(query, position)?;
        let fields: Vec<Field> = found.planned.visible().cloned().collect();
        let mut names = Vec::new();
        let mut values = Vec::new();
        for field in &fields {
            let name = self.planner.fresh();
            values.push(functions::only(field.typed(), &self.planner.facts).alias(&name));
            names.push((name, field.ty.clone(), field.name.clone()));
        }
        self.attach_groups(found, values)?;
        if let [(name, ty, _)] = names.as_slice() {
            return Ok(self.unnamed(name, ty.clone()));
        }
        // More columns are a row.
        let types = names.iter().map(|(_, ty, name)| (name.clone(), ty.clone())).collect();
        let parts: Vec<TypedExpr> = names.iter().map(|(name, ty, _)| self.unnamed(name, ty.clone())).collect();
        let row = functions::row(parts, &self.planner.facts);
        Ok(TypedExpr { ty: Type::Row(types), ..row })
    }

    pub(super) fn exists(&mut self, query: &Query, position: Position) -> Result<TypedExpr> {
        let found = self.planned_subquery(query, position)?;
        let name = self.planner.fresh();
        self.attach_groups(found, vec![functions::count_rows().alias(&name)])?;
        // A row around without rows inside has no count.
        let count = self.unnamed(&name, Type::Bigint).expr;
        Ok(TypedExpr { expr: functions::or_zero(count).gt(lit(0i64)), ty: Type::Boolean })
    }

    pub(super) fn in_query(&mut self, value: &Expr, query: &Query, position: Position) -> Result<TypedExpr> {
        let at = value.position;
        let value = self.expression(value)?;
        let found = self.planned_subquery(query, position)?;
        let (value, found) = self.matching(value, found, at)?;
        self.contains(value, found)
    }

    /// A value and a subquery's one column, of one type. A row is looked for among rows.
    fn matching(
        &self,
        value: TypedExpr,
        mut found: CorrelatedQuery,
        position: Position,
    ) -> Result<(TypedExpr, CorrelatedQuery)> {
        let mut field = match &value.ty {
            Type::Row(parts) if found.planned.visible().count() == parts.len() && !is_one_row(&found) => {
                let own: Vec<Field> = found.planned.visible().cloned().collect();
                let row = functions::row(own.iter().map(Field::typed).collect(), &self.planner.facts);
                self.with_column(&mut found, row)?
            }
            _ => self.single(&found, position)?,
        };
        let ty = common(&value.ty, &field.ty).ok_or_else(|| {
            let message = format!(
                "value and result of subquery must be of the same type for IN expression: {} vs {}",
                value.ty, field.ty
            );
            Error::at(position, Code::TypeMismatch, message)
        })?;
        if ty != field.ty {
            let value = functions::coerce(field.typed(), &ty, &self.planner.facts);
            field = self.with_column(&mut found, value)?;
        }
        found.planned.fields.retain(|other| other.level > 0 || other.column == field.column);
        Ok((functions::coerce(value, &ty, &self.planner.facts), found))
    }

    fn with_column(&self, found: &mut CorrelatedQuery, value: TypedExpr) -> Result<Field> {
        let field = Field::new(None, value.ty, self.planner.fresh());
        let mut columns: Vec<EngineExpr> =
            found.planned.plan.schema().columns().into_iter().map(EngineExpr::Column).collect();
        columns.push(value.expr.alias(&field.column));
        found.planned.plan = project(found.planned.plan.clone(), columns)?;
        found.planned.fields.retain(|other| other.level > 0);
        found.planned.fields.push(field.clone());
        Ok(field)
    }

    /// Whether a value is among a subquery's: true, false, or NULL where a NULL could be it.
    fn contains(&mut self, value: TypedExpr, found: CorrelatedQuery) -> Result<TypedExpr> {
        let planner = self.planner;
        let facts = &planner.facts;
        let Some(field) = found.planned.own().next().cloned() else {
            return Err(Error::of_value(Code::GenericInternalError, "a subquery without a column"));
        };
        let carried: Vec<Field> = found.planned.carried().cloned().collect();
        // How many rows there are, and how many are NULL, for each row around.
        let (rows, known) = (planner.fresh(), planner.fresh());
        let counts = vec![
            functions::count_rows().alias(&rows),
            functions::count_of(functions::whole(field.typed(), facts)).alias(&known),
        ];
        // The distinct values themselves, with the same keys.
        let marker = planner.fresh();
        let (left_key, right_key) = (planner.fresh(), planner.fresh());
        let values = self.distinct_values(&found.planned, &field, &carried, &right_key, &marker)?;
        let keys = found.keys.clone();
        self.attach_groups(found, counts)?;
        let mut columns: Vec<EngineExpr> = self.plan.schema().columns().into_iter().map(EngineExpr::Column).collect();
        columns.push(functions::comparable(value.clone(), facts).alias(&left_key));
        let left = project(self.plan.clone(), columns)?;
        self.plan = self.join_values(left, values, (&left_key, &right_key), &keys)?;
        for (name, ty) in [(&rows, Type::Bigint), (&known, Type::Bigint), (&marker, Type::Boolean)] {
            self.known.insert(name.clone(), ty);
        }
        let rows = functions::or_zero(column(&rows));
        let known = functions::or_zero(column(&known));
        let missing = functions::null(&Type::Boolean);
        let whole = functions::whole(value, facts);
        let boolean = |value: bool| functions::literal(crate::value::Value::Bool(value), &Type::Boolean);
        self.chosen(
            vec![rows.clone().eq(lit(0i64)), column(&marker).is_true(), whole.is_null(), known.lt(rows)],
            vec![boolean(false), boolean(true), missing.clone(), missing, boolean(false)],
            Type::Boolean,
        )
    }

    fn distinct_values(
        &self,
        planned: &RelationPlan,
        field: &Field,
        carried: &[Field],
        key: &str,
        marker: &str,
    ) -> Result<LogicalPlan> {
        let facts = &self.planner.facts;
        let mut columns = vec![functions::comparable(field.typed(), facts).alias(key)];
        columns.extend(carried.iter().map(|field| column(&field.column)));
        let plan = project(planned.plan.clone(), columns)?;
        let plan = LogicalPlanBuilder::from(plan).filter(column(key).is_not_null());
        let plan = plan.and_then(LogicalPlanBuilder::distinct).and_then(LogicalPlanBuilder::build).map_err(internal)?;
        let mut columns = vec![column(key), lit(true).alias(marker)];
        columns.extend(carried.iter().map(|field| column(&field.column).alias(format!("v_{}", field.column))));
        project(plan, columns)
    }

    fn join_values(
        &self,
        left: LogicalPlan,
        values: LogicalPlan,
        (left_key, right_key): (&str, &str),
        keys: &[(String, String)],
    ) -> Result<LogicalPlan> {
        if keys.is_empty() {
            let equal = column(left_key).eq(column(right_key));
            let joined = LogicalPlanBuilder::from(left).join_on(values, JoinType::Left, [equal]);
            return joined.and_then(LogicalPlanBuilder::build).map_err(internal);
        }
        // The values themselves are never NULL on the right.
        let mut same = vec![(left_key.to_owned(), right_key.to_owned())];
        same.extend(keys.iter().map(|(outer, inner)| (outer.clone(), format!("v_{inner}"))));
        super::join_same(left, values, JoinType::Left, &same)
    }

    pub(super) fn quantified(
        &mut self,
        op: Comparison,
        quantifier: Quantifier,
        value: &Expr,
        query: &Query,
        position: Position,
    ) -> Result<TypedExpr> {
        let at = value.position;
        let value = self.expression(value)?;
        let found = self.planned_subquery(query, position)?;
        let (value, found) = self.matching(value, found, at)?;
        match (op, quantifier) {
            (Comparison::Equal, Quantifier::Any) => return self.contains(value, found),
            (Comparison::NotEqual, Quantifier::All) => {
                let contained = self.contains(value, found)?;
                return Ok(TypedExpr { expr: EngineExpr::Not(Box::new(contained.expr)), ty: Type::Boolean });
            }
            _ => {}
        }
        let Some(field) = found.planned.own().next().cloned() else {
            return Err(Error::of_value(Code::GenericInternalError, "a subquery without a column"));
        };
        if !field.ty.is_orderable() {
            let message = format!("Type [{}] must be orderable in order to be used in quantified comparison", field.ty);
            return Err(Error::at(position, Code::TypeMismatch, message));
        }
        let facts = std::sync::Arc::clone(&self.planner.facts);
        let names: Vec<String> = (0..4).map(|_| self.planner.fresh()).collect();
        let values = vec![
            functions::count_rows().alias(&names[0]),
            functions::count_of(column(&field.column)).alias(&names[1]),
            functions::least(field.typed(), &facts).alias(&names[2]),
            functions::greatest(field.typed(), &facts).alias(&names[3]),
        ];
        self.attach_groups(found, values)?;
        let rows = functions::or_zero(self.unnamed(&names[0], Type::Bigint).expr);
        let known = functions::or_zero(self.unnamed(&names[1], Type::Bigint).expr);
        let low = self.unnamed(&names[2], field.ty.clone());
        let high = self.unnamed(&names[3], field.ty.clone());
        let all = quantifier == Quantifier::All;
        let decided = self.against_extremes(op, all, value, (low, high), position)?;
        let settled = if all { decided.expr.clone().is_false() } else { decided.expr.clone().is_true() };
        let boolean = |value: bool| functions::literal(crate::value::Value::Bool(value), &Type::Boolean);
        self.chosen(
            vec![rows.clone().eq(lit(0i64)), settled, known.lt(rows)],
            vec![boolean(all), boolean(!all), functions::null(&Type::Boolean), decided],
            Type::Boolean,
        )
    }

    /// A comparison with the least and the greatest of some values: the hardest decides ALL, the easiest ANY.
    fn against_extremes(
        &self,
        op: Comparison,
        all: bool,
        value: TypedExpr,
        (low, high): (TypedExpr, TypedExpr),
        position: Position,
    ) -> Result<TypedExpr> {
        let tests: Vec<TypedExpr> = match op {
            Comparison::Less | Comparison::LessOrEqual => vec![if all { low } else { high }],
            Comparison::Greater | Comparison::GreaterOrEqual => vec![if all { high } else { low }],
            Comparison::Equal | Comparison::NotEqual => vec![low, high],
        };
        let mut decided: Option<EngineExpr> = None;
        for test in tests {
            let test = self.compare(op, value.clone(), test, position)?.expr;
            decided = Some(match decided {
                None => test,
                Some(before) if all => before.and(test),
                Some(before) => before.or(test),
            });
        }
        Ok(TypedExpr { expr: decided.unwrap_or(lit(all)), ty: Type::Boolean })
    }
}
