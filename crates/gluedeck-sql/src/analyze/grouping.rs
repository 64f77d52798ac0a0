//! GROUP BY: the plan of the groups, and what may be named after it.

use super::aggregates::{aggregates, first_aggregate};
use super::expressions::Builder;
use super::group_scope::{GroupScope, Key};
use super::ordering::{ordinal, out_of_range};
use super::scope::Field;
use super::{TypedExpr, canonical, column, internal, project, tree};
use crate::error::{Code, Error, Position, Result};
use crate::functions::{self, AggregateExpr};
use crate::syntax::ast::{Expr, ExprKind, GroupBy, GroupingElement, Select, SelectItem, SortItem};
use crate::types::Type;
use datafusion::logical_expr::{Expr as EngineExpr, LogicalPlanBuilder, lit};

impl Builder<'_, '_> {
    /// The value of an expression that is a key or an aggregate of the groups.
    pub(super) fn grouped_value(&self, expr: &Expr) -> Result<Option<TypedExpr>> {
        let Some(grouped) = &self.grouped else { return Ok(None) };
        if matches!(expr.kind, ExprKind::Integer(_) | ExprKind::Text(_) | ExprKind::Null | ExprKind::Boolean(_)) {
            return Ok(None);
        }
        let wanted = canonical::resolved(expr, &self.fields);
        if let Some(key) = grouped.keys.iter().find(|key| key.expr == wanted) {
            return Ok(Some(key.value.clone()));
        }
        Ok(grouped.calls.iter().find(|(call, _)| *call == wanted).map(|(_, value)| value.clone()))
    }

    /// Groups the plan.
    pub(super) fn group(&mut self, select: &Select, order: &[SortItem]) -> Result<()> {
        let sets = self.sets(select)?;
        let calls = aggregates(select, order)?;
        let mut columns: Vec<EngineExpr> = Vec::new();
        let mut keys: Vec<Key> = Vec::new();
        for expr in sets.iter().flatten() {
            let resolved = canonical::resolved(expr, &self.fields);
            if keys.iter().any(|key| key.expr == resolved) {
                continue;
            }
            if let Some(call) = first_aggregate(expr) {
                let message = format!(
                    "GROUP BY clause cannot contain aggregations, window functions or grouping operations: [{call}]"
                );
                return Err(Error::at(expr.position, Code::ExpressionNotScalar, message));
            }
            let value = self.expression(expr)?;
            if !value.ty.is_comparable() {
                let message = format!("{} is not comparable, and therefore cannot be used in GROUP BY", value.ty);
                return Err(Error::at(expr.position, Code::TypeMismatch, message));
            }
            let name = self.planner.fresh();
            columns.push(value.expr.clone().alias(&name));
            let own = match &value.expr {
                EngineExpr::Column(column) => Some(column.name.clone()),
                _ => None,
            };
            let value = TypedExpr { expr: column(&name), ty: value.ty };
            keys.push(Key { expr: resolved, value, column: own, absent: None, carried: None });
        }
        let mut aggregated: Vec<(Expr, AggregateExpr)> = Vec::new();
        for (call, position) in &calls {
            let expr = Expr { position: *position, kind: ExprKind::Call(Box::new(call.clone())) };
            let resolved = canonical::resolved(&expr, &self.fields);
            if !aggregated.iter().any(|(other, _)| *other == resolved) {
                let found = self.aggregate(call, functions::RowsOf::Group, *position)?;
                aggregated.push((resolved, found));
            }
        }
        let sets: Vec<Vec<Expr>> = sets
            .into_iter()
            .map(|set| set.iter().map(|expr| canonical::resolved(expr, &self.fields)).collect())
            .collect();
        self.aggregated_plan(columns, keys, aggregated, sets, select.group_by.is_some())
    }

    /// The sets of a GROUP BY, each a list of expressions.
    fn sets(&self, select: &Select) -> Result<Vec<Vec<Expr>>> {
        let Some(GroupBy { distinct, elements }) = &select.group_by else { return Ok(vec![Vec::new()]) };
        let numbered = |expr: &Expr| match ordinal(expr) {
            None => Ok(expr.clone()),
            Some(number) => match select.items.get(number.wrapping_sub(1)) {
                Some(SelectItem::Single { value, .. }) => Ok(value.clone()),
                _ => Err(out_of_range(number, expr.position, "GROUP BY")),
            },
        };
        let list = |exprs: &[Expr]| exprs.iter().map(numbered).collect::<Result<Vec<Expr>>>();
        let mut sets: Vec<Vec<Expr>> = vec![Vec::new()];
        for element in elements {
            let choices: Vec<Vec<Expr>> = match element {
                GroupingElement::Simple(exprs) => vec![list(exprs)?],
                GroupingElement::Sets(sets) => sets.iter().map(|set| list(set)).collect::<Result<_>>()?,
                GroupingElement::Rollup(parts) => {
                    let parts = parts.iter().map(|part| list(part)).collect::<Result<Vec<_>>>()?;
                    (0..=parts.len()).rev().map(|length| parts[..length].concat()).collect()
                }
                GroupingElement::Cube(parts) => {
                    let parts = parts.iter().map(|part| list(part)).collect::<Result<Vec<_>>>()?;
                    if parts.len() > 12 {
                        let message = "GROUP BY has more than 2048 grouping sets but can contain at most 2048";
                        return Err(Error::at(select.position, Code::TooManyArguments, message));
                    }
                    let chosen = |bits: usize| {
                        let has = |index: &usize| bits & (1 << (parts.len() - 1 - index)) != 0;
                        (0..parts.len()).filter(has).flat_map(|index| parts[index].clone()).collect()
                    };
                    (0..1usize << parts.len()).rev().map(chosen).collect()
                }
            };
            let combined =
                |set: &Vec<Expr>| choices.iter().map(|more| [set.as_slice(), more].concat()).collect::<Vec<_>>();
            sets = sets.iter().flat_map(combined).collect();
            if sets.len() > 2048 {
                let message = format!("GROUP BY has {} grouping sets but can contain at most 2048", sets.len());
                return Err(Error::at(select.position, Code::TooManyArguments, message));
            }
        }
        if *distinct {
            let mut unique: Vec<(Vec<Expr>, Vec<Expr>)> = Vec::new();
            for set in sets {
                let resolved: Vec<Expr> = set.iter().map(|expr| canonical::resolved(expr, &self.fields)).collect();
                if !unique.iter().any(|(other, _)| same_set(other, &resolved)) {
                    unique.push((resolved, set));
                }
            }
            sets = unique.into_iter().map(|(_, set)| set).collect();
        }
        Ok(sets)
    }

    fn aggregated_plan(
        &mut self,
        key_columns: Vec<EngineExpr>,
        mut keys: Vec<Key>,
        aggregated: Vec<(Expr, AggregateExpr)>,
        sets: Vec<Vec<Expr>>,
        grouped: bool,
    ) -> Result<()> {
        let planner = self.planner;
        let carried: Vec<Field> = self.fields.iter().filter(|field| field.level > 0).cloned().collect();
        let mut columns: Vec<EngineExpr> = self.plan.schema().columns().into_iter().map(EngineExpr::Column).collect();
        columns.extend(key_columns);
        let mut plan = project(self.plan.clone(), columns)?;
        // Without keys there is one row for each row of the query around, also where it has nothing to group.
        let marker = planner.fresh();
        let fill = !grouped && !carried.is_empty();
        if fill {
            plan = self.filled(plan, &carried, &marker)?;
        }
        let mut whole: Option<datafusion::logical_expr::LogicalPlan> = None;
        let several = sets.len() > 1;
        for key in keys.iter_mut().filter(|_| several) {
            key.absent = Some(planner.fresh());
        }
        let names: Vec<String> = aggregated.iter().map(|_| planner.fresh()).collect();
        for set in &sets {
            let columns = SetColumns { keys: &keys, carried: &carried, aggregated: &aggregated, names: &names };
            let part = self.set_plan(&plan, set, &columns, fill.then_some(marker.as_str()))?;
            whole = Some(match whole {
                None => part,
                Some(before) => {
                    let both = LogicalPlanBuilder::from(before).union(part);
                    both.and_then(LogicalPlanBuilder::build).map_err(internal)?
                }
            });
        }
        for field in &carried {
            let expr = Expr { position: Position::default(), kind: ExprKind::Null };
            let own = Some(field.column.clone());
            keys.push(Key { expr, value: field.typed(), column: own, absent: None, carried: Some(field.clone()) });
        }
        let mut calls = Vec::new();
        for ((expr, call), name) in aggregated.into_iter().zip(names) {
            calls.push((expr, self.unnamed(&name, call.ty)));
        }
        for key in &keys {
            if let EngineExpr::Column(own) = &key.value.expr {
                self.known.insert(own.name.clone(), key.value.ty.clone());
            }
        }
        self.plan = whole.unwrap_or(plan);
        self.grouped = Some(GroupScope { before: self.fields.clone(), keys, calls });
        Ok(())
    }

    /// The groups of one set of keys, with the columns that all sets have.
    fn set_plan(
        &self,
        plan: &datafusion::logical_expr::LogicalPlan,
        set: &[Expr],
        columns: &SetColumns<'_>,
        marker: Option<&str>,
    ) -> Result<datafusion::logical_expr::LogicalPlan> {
        let facts = &self.planner.facts;
        let mut group: Vec<EngineExpr> = Vec::new();
        let mut values: Vec<EngineExpr> = Vec::new();
        let mut output: Vec<EngineExpr> = Vec::new();
        let present = columns.keys.iter().filter(|key| set.contains(&key.expr)).map(|key| key.value.clone());
        for value in present.chain(columns.carried.iter().map(Field::typed)) {
            let name = column_name(&value);
            group.push(functions::group_key(value.clone(), facts).alias(format!("k_{name}")));
            if value.ty.is_plainly_compared() {
                output.push(column(&format!("k_{name}")).alias(&name));
            } else {
                values.push(functions::any(column(&name)).alias(format!("v_{name}")));
                output.push(column(&format!("v_{name}")).alias(&name));
            }
        }
        for key in columns.keys.iter().filter(|key| !set.contains(&key.expr)) {
            output.push(functions::null(&key.value.ty).expr.alias(column_name(&key.value)));
        }
        for key in columns.keys {
            if let Some(absent) = &key.absent {
                output.push(lit(i64::from(!set.contains(&key.expr))).alias(absent));
            }
        }
        for ((_, call), name) in columns.aggregated.iter().zip(columns.names) {
            let expr = match marker {
                Some(marker) => call.filtered(column(marker).is_not_null())?,
                None => call.expr()?,
            };
            values.push(expr.alias(name));
            output.push(call.finished(column(name), facts).alias(name));
        }
        let one_row = group.is_empty();
        if one_row && values.is_empty() {
            // A group of everything, of which nothing is asked.
            values.push(functions::count_rows().alias(self.planner.fresh()));
        }
        let mut built = LogicalPlanBuilder::from(plan.clone()).aggregate(group, values);
        if one_row {
            // The engine would push a filter that names no column below the aggregate, whose one row it cannot remove.
            built = built.and_then(|plan| plan.limit(0, Some(1)));
        }
        let built = built.and_then(LogicalPlanBuilder::build).map_err(internal)?;
        project(built, ordered(output, columns))
    }

    /// The rows of a plan beside each of the rows of the query around; the marker is NULL where there is none.
    fn filled(
        &self,
        plan: datafusion::logical_expr::LogicalPlan,
        carried: &[Field],
        marker: &str,
    ) -> Result<datafusion::logical_expr::LogicalPlan> {
        use datafusion::common::{Column, JoinType};
        let Some(around) = &self.carry else { return Ok(plan) };
        let around = self.planner.renamed(around)?;
        let old: Vec<Column> = around.fields.iter().map(|field| Column::new_unqualified(&field.column)).collect();
        let mut columns: Vec<EngineExpr> = plan.schema().columns().into_iter().map(EngineExpr::Column).collect();
        let hidden: Vec<String> = carried.iter().map(|_| self.planner.fresh()).collect();
        let is_carried = |expr: &EngineExpr| match expr {
            EngineExpr::Column(column) => carried.iter().position(|field| field.column == column.name),
            _ => None,
        };
        columns = columns
            .into_iter()
            .map(|expr| match is_carried(&expr) {
                Some(index) => expr.alias(&hidden[index]),
                None => expr,
            })
            .collect();
        columns.push(lit(true).alias(marker));
        let inner = project(plan, columns)?;
        let keys: Vec<(String, String)> = old.iter().map(|own| own.name.clone()).zip(hidden.clone()).collect();
        let joined = super::join_same(around.plan, inner, JoinType::Left, &keys)?;
        let kept = joined.schema().columns().into_iter().filter(|column| !hidden.contains(&column.name));
        let columns = kept.map(|own| match old.iter().position(|other| other.name == own.name) {
            Some(index) => EngineExpr::Column(own).alias(&carried[index].column),
            None => EngineExpr::Column(own),
        });
        project(joined, columns.collect())
    }

    /// `grouping(a, b)`: a bit for each column, 1 where the row's set has it not.
    pub(super) fn grouping(&self, columns: &[Expr], position: Position) -> Result<TypedExpr> {
        let Some(grouped) = &self.grouped else {
            let message =
                "A GROUPING() operation can only be used with a corresponding GROUPING SET/CUBE/ROLLUP/GROUP BY clause";
            return Err(Error::at(self.select_position.unwrap_or(position), Code::MissingGroupBy, message));
        };
        let mut bits = lit(0i64);
        for expr in columns {
            let wanted = canonical::resolved(expr, &self.fields);
            let Some(key) = grouped.keys.iter().find(|key| key.expr == wanted) else {
                let message = format!(
                    "The arguments to GROUPING() must be expressions referenced by the GROUP BY at the associated query level. Mismatch due to {}.",
                    tree::written(expr)
                );
                return Err(Error::at(position, Code::InvalidArguments, message));
            };
            let absent = key.absent.as_ref().map_or(lit(0i64), |absent| column(absent));
            bits = bits * lit(2i64) + absent;
        }
        let ty = if columns.len() <= 31 { Type::Integer } else { Type::Bigint };
        let bits = TypedExpr { expr: bits, ty: Type::Bigint };
        functions::cast(bits, &ty, false, &self.planner.facts)
            .ok_or_else(|| Error::at(position, Code::TypeMismatch, "GROUPING has too many arguments"))
    }
}

/// What the plans of all sets have.
struct SetColumns<'a> {
    keys: &'a [Key],
    carried: &'a [Field],
    aggregated: &'a [(Expr, AggregateExpr)],
    /// Of the aggregates.
    names: &'a [String],
}

fn column_name(value: &TypedExpr) -> String {
    match &value.expr {
        EngineExpr::Column(column) => column.name.clone(),
        _ => String::new(),
    }
}

/// The columns of one set's plan in the order that all sets have.
fn ordered(output: Vec<EngineExpr>, columns: &SetColumns<'_>) -> Vec<EngineExpr> {
    let names = columns
        .keys
        .iter()
        .map(|key| column_name(&key.value))
        .chain(columns.keys.iter().filter_map(|key| key.absent.clone()))
        .chain(columns.carried.iter().map(|field| field.column.clone()))
        .chain(columns.names.iter().cloned());
    let find = |name: String| {
        output.iter().find(|expr| matches!(expr, EngineExpr::Alias(alias) if alias.name == name)).cloned()
    };
    names.filter_map(find).collect()
}

fn same_set(a: &[Expr], b: &[Expr]) -> bool {
    a.iter().all(|expr| b.contains(expr)) && b.iter().all(|expr| a.contains(expr))
}
