//! Queries: WITH, SELECT, VALUES, ORDER BY, OFFSET, LIMIT.

use super::expressions::Builder;
use super::scope::{Cte, Ctes, Env, Field, NamedRelation, RelationPlan};
use super::{Planner, TypedExpr, canonical, column, grouping, internal, project};
use crate::error::{Code, Error, Position, Result};
use crate::functions;
use crate::syntax::ast::{Body, Count, Expr, ExprKind, Limit, Name, Query, Select, SelectItem, SortItem};
use crate::types::{Type, common};
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::{Expr as EngineExpr, ExprFunctionExt, LogicalPlanBuilder, SortExpr, lit};
use std::rc::Rc;

/// An expression of a SELECT, or a column of a `*`.
struct Item {
    value: TypedExpr,
    name: Option<String>,
    /// How it was written; columns of a `*` were not.
    expr: Option<Expr>,
    alias: Option<Name>,
}

impl Planner<'_> {
    /// Plans a query. With `carry`, for each of its rows, whose columns come along at the end.
    pub(crate) fn query(&self, query: &Query, env: &Env<'_>, carry: Option<&RelationPlan>) -> Result<RelationPlan> {
        let inner = match &query.with {
            None => env.clone(),
            Some(with) => {
                let mut ctes: Vec<NamedRelation> = env.ctes.iter().cloned().collect();
                let first = ctes.len();
                for named in &with.queries {
                    if ctes[first..].iter().any(|known| named.name.is(known.name())) {
                        let message = format!("WITH query name '{}' specified more than once", named.name.text);
                        return Err(Error::at(named.name.position, Code::DuplicateNamedQuery, message));
                    }
                    let before: Ctes = Rc::new(ctes.clone());
                    let cte = Cte { name: named.name.lower(), query: named.clone(), recursive: with.recursive, before };
                    ctes.push(NamedRelation::Query(Rc::new(cte)));
                }
                let inner = Env { ctes: Rc::new(ctes), ..env.clone() };
                self.check_unused(&inner, first, with)?;
                inner
            }
        };
        match &query.body {
            Body::Select(select) => self.select(select, query, &inner, carry),
            body => {
                let planned = self.body(body, &inner, carry)?;
                self.ordered(planned, query, &inner)
            }
        }
    }

    /// A query of a WITH that nothing names must be right, too.
    fn check_unused(&self, env: &Env<'_>, first: usize, with: &crate::syntax::ast::With) -> Result<()> {
        for known in &env.ctes[first..] {
            if let NamedRelation::Query(cte) = known
                && !(with.recursive && super::recursive::names_itself(&cte.query))
            {
                let before = Env { ctes: Ctes::clone(&cte.before), ..env.clone() };
                let planned = self.query(&cte.query.query, &before, None)?;
                if let Some(columns) = &cte.query.columns {
                    super::relations::with_columns(planned, &cte.query.name, columns)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn body(&self, body: &Body, env: &Env<'_>, carry: Option<&RelationPlan>) -> Result<RelationPlan> {
        match body {
            Body::Select(select) => {
                let plain = plain(select.position);
                self.select(select, &plain, env, carry)
            }
            Body::Query(query) => self.query(query, env, carry),
            Body::Values(rows, position) => self.values(rows, *position, env, carry),
            Body::Table(name) => {
                let position = name.position();
                let kind = crate::syntax::ast::RelationKind::Table { name: name.clone(), as_of: None };
                let relation = crate::syntax::ast::Relation { position, kind };
                let carried = match carry {
                    Some(carry) => Some(self.renamed(carry)?),
                    None => None,
                };
                let probe: Vec<Field> = carried.iter().flat_map(|planned| planned.fields.clone()).collect();
                if !probe.is_empty() && self.names_outer(&relation, env, &probe)? {
                    return self.correlated_table(name, env, carried);
                }
                let table = self.alone(&relation, env)?;
                match carried {
                    None => Ok(table),
                    Some(before) => self.cross(before, table),
                }
            }
            Body::Set { operation, all, left, right, position } => {
                self.set_operation(*operation, *all, (left, right), *position, env, carry)
            }
        }
    }

    /// A query of a WITH that names columns of a query around it.
    fn correlated_table(
        &self,
        name: &crate::syntax::ast::QualifiedName,
        env: &Env<'_>,
        carried: Option<RelationPlan>,
    ) -> Result<RelationPlan> {
        let known = env.ctes.iter().rev().find(|known| name.0.last().is_some_and(|last| last.is(known.name())));
        match known {
            Some(NamedRelation::Query(cte)) if !(cte.recursive && super::recursive::names_itself(&cte.query)) => {
                let inner = Env { ctes: Ctes::clone(&cte.before), ..env.clone() };
                let planned = self.query(&cte.query.query, &inner, carried.as_ref())?;
                match &cte.query.columns {
                    Some(columns) => super::relations::with_columns(planned, &cte.query.name, columns),
                    None => super::relations::aliased(planned, &cte.query.name, None, name.position()),
                }
            }
            _ => Err(Error::unsupported(name.position(), "a correlated recursive query")),
        }
    }

    fn values(
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
            let items = match &row.kind {
                ExprKind::Row(items) => {
                    items.iter().map(|item| builder.expression(item)).collect::<Result<Vec<_>>>()?
                }
                _ => {
                    let value = builder.expression(row)?;
                    match &value.ty {
                        // A value of a row type is a row of the table.
                        Type::Row(fields) => {
                            let fields: Vec<Type> = fields.iter().map(|(_, ty)| ty.clone()).collect();
                            let part = |(index, ty)| functions::field(value.clone(), index, ty, &self.facts);
                            fields.into_iter().enumerate().map(part).collect()
                        }
                        _ => vec![value],
                    }
                }
            };
            planned_rows.push((builder.planned(), items));
        }
        let width = planned_rows[0].1.len();
        let mut types = vec![Type::Unknown; width];
        for (_, items) in &planned_rows {
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
        let fields: Vec<Field> =
            types.iter().map(|ty| Field::new(None, ty.clone(), self.fresh())).chain(carried).collect();
        let exact = |items: Vec<TypedExpr>| -> Vec<EngineExpr> {
            items.into_iter().zip(&types).map(|(item, ty)| functions::coerce(item, ty, &self.facts).expr).collect()
        };
        if carry.is_none() && planned_rows.iter().all(|(planned, _)| planned.plan == base.plan) {
            let rows: Vec<Vec<EngineExpr>> = planned_rows.into_iter().map(|(_, items)| exact(items)).collect();
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
            return Ok(RelationPlan { plan: project(plan, columns)?, fields });
        }
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

    fn select(
        &self,
        select: &Select,
        query: &Query,
        env: &Env<'_>,
        carry: Option<&RelationPlan>,
    ) -> Result<RelationPlan> {
        let source = self.from(&select.from, env, carry)?;
        let mut builder = Builder::new(self, env.clone(), source);
        builder.carry = carry.cloned();
        builder.select_position = Some(select.position);
        if let Some(filter) = &select.filter {
            let condition = builder.condition(filter, "WHERE clause")?;
            builder.filter(condition)?;
        }
        builder.windows = select.windows.clone();
        super::windows::check_named(&builder.windows)?;
        let aliases = aliases(select);
        let order: Vec<SortItem> =
            query.order_by.iter().map(|item| canonical::with_aliases(item, &aliases)).collect::<Result<_>>()?;
        let aggregated = grouping::is_aggregated(select, &order);
        let select = &canonical::expanded(select, &builder)?;
        if aggregated {
            builder.group(select, &order)?;
        }
        if let Some(having) = &select.having {
            let condition = builder.condition(having, "HAVING clause")?;
            builder.filter(condition)?;
        }
        let items = builder.items(&select.items)?;
        self.finish(select, builder, items, &order, query)
    }

    /// Projects, removes doubles, orders and cuts.
    fn finish(
        &self,
        select: &Select,
        mut builder: Builder<'_, '_>,
        items: Vec<Item>,
        order: &[SortItem],
        query: &Query,
    ) -> Result<RelationPlan> {
        let mut fields: Vec<Field> = Vec::new();
        let mut columns: Vec<EngineExpr> = Vec::new();
        for item in &items {
            let field = Field::new(item.name.clone(), item.value.ty.clone(), self.fresh());
            columns.push(item.value.expr.clone().alias(&field.column));
            fields.push(field);
        }
        let mut keys: Vec<(TypedExpr, &SortItem)> = Vec::new();
        for sort in order {
            let index = sort_index(sort, &items, select.distinct, &builder)?;
            let key = match index {
                Some(index) => fields[index].typed(),
                None if select.distinct => {
                    let message = "For SELECT DISTINCT, ORDER BY expressions must appear in select list";
                    return Err(Error::at(select.position, Code::ExpressionNotInDistinct, message));
                }
                None => {
                    let value = builder.expression(&sort.value)?;
                    let name = self.fresh();
                    columns.push(value.expr.alias(&name));
                    TypedExpr { expr: column(&name), ty: value.ty }
                }
            };
            if !key.ty.is_orderable() {
                let message = format!(
                    "Type {} is not orderable, and therefore cannot be used in ORDER BY: {}",
                    key.ty,
                    canonical::written(&sort.value)
                );
                return Err(Error::at(sort.value.position, Code::TypeMismatch, message));
            }
            keys.push((key, sort));
        }
        let carried: Vec<Field> = match &builder.grouped {
            Some(grouped) => grouped.carried(),
            None => builder.fields.iter().filter(|field| field.level > 0).cloned().collect(),
        };
        columns.extend(carried.iter().map(|field| column(&field.column)));
        fields.extend(carried);
        let mut plan = project(builder.plan, columns)?;
        if select.distinct {
            if let Some(field) = fields.iter().find(|field| field.level == 0 && !field.ty.is_comparable()) {
                let message = format!("DISTINCT can only be applied to comparable types (actual: {})", field.ty);
                return Err(Error::at(select.position, Code::TypeMismatch, message));
            }
            plan = self.distinct_rows(plan, &fields)?;
        }
        let keys = keys.into_iter().map(|(key, sort)| self.sort_key(key, sort)).collect();
        self.cut(RelationPlan { plan, fields }, keys, query)
    }

    /// Rows without doubles, where a column of instants counts as one for all zones.
    pub(super) fn distinct_rows(
        &self,
        plan: datafusion::logical_expr::LogicalPlan,
        fields: &[Field],
    ) -> Result<datafusion::logical_expr::LogicalPlan> {
        if fields.iter().all(|field| field.ty.is_plainly_compared() || field.ty.is_float()) {
            return LogicalPlanBuilder::from(plan).distinct().and_then(LogicalPlanBuilder::build).map_err(internal);
        }
        let keys: Vec<EngineExpr> = fields
            .iter()
            .map(|field| functions::group_key(field.typed(), &self.facts).alias(format!("k_{}", field.column)))
            .collect();
        let values =
            fields.iter().map(|field| functions::any(column(&field.column)).alias(&field.column)).collect::<Vec<_>>();
        let plan = LogicalPlanBuilder::from(plan).aggregate(keys, values).and_then(LogicalPlanBuilder::build);
        project(plan.map_err(internal)?, fields.iter().map(|field| column(&field.column)).collect())
    }

    pub(super) fn sort_key(&self, key: TypedExpr, sort: &SortItem) -> SortExpr {
        let nulls_first = sort.nulls_first.unwrap_or(false);
        functions::sortable(key, &self.facts).sort(!sort.descending, nulls_first)
    }

    /// ORDER BY over the columns of a query's answer, which is no SELECT.
    fn ordered(&self, planned: RelationPlan, query: &Query, env: &Env<'_>) -> Result<RelationPlan> {
        let own: Vec<Field> = planned.visible().cloned().collect();
        let carried: Vec<Field> = planned.carried().cloned().collect();
        let mut columns: Vec<EngineExpr> = own.iter().chain(&carried).map(|field| column(&field.column)).collect();
        let mut builder = Builder::new(self, env.clone(), planned);
        let mut keys = Vec::new();
        for sort in &query.order_by {
            let key = match ordinal(&sort.value) {
                Some(number) => own
                    .get(number.wrapping_sub(1))
                    .map(Field::typed)
                    .ok_or_else(|| out_of_range(number, sort.value.position, "ORDER BY"))?,
                None => {
                    let value = builder.expression(&sort.value)?;
                    let name = self.fresh();
                    columns.push(value.expr.alias(&name));
                    TypedExpr { expr: column(&name), ty: value.ty }
                }
            };
            keys.push(self.sort_key(key, sort));
        }
        let plan = if keys.is_empty() { builder.plan } else { project(builder.plan, columns)? };
        let fields = own.into_iter().chain(carried).collect();
        self.cut(RelationPlan { plan, fields }, keys, query)
    }

    /// Orders rows and cuts them, for each of the rows that were given along.
    fn cut(&self, planned: RelationPlan, keys: Vec<SortExpr>, query: &Query) -> Result<RelationPlan> {
        let RelationPlan { plan, fields } = planned;
        let offset = query.offset.as_ref().map(number).transpose()?.unwrap_or(0);
        let limit = match &query.limit {
            Some(Limit { count: Some(count), .. }) => Some(number(count)?),
            _ => None,
        };
        let ties = query.limit.as_ref().filter(|limit| limit.with_ties);
        if let Some(limit) = ties.filter(|_| keys.is_empty()) {
            let message = "FETCH FIRST WITH TIES clause requires ORDER BY";
            return Err(Error::at(limit.position, Code::MissingOrderBy, message));
        }
        if let Some(limit) = query.limit.as_ref().filter(|own| own.fetch && limit == Some(0)) {
            let message = "FETCH FIRST row count must be positive (actual value: 0)";
            return Err(Error::at(limit.position, Code::InvalidLimitClause, message));
        }
        let exact: Vec<EngineExpr> = fields.iter().map(|field| column(&field.column)).collect();
        let carried: Vec<EngineExpr> =
            fields.iter().filter(|field| field.level > 0).map(|field| column(&field.column)).collect();
        if offset == 0 && limit.is_none() {
            // Only the answer's order can be seen.
            let plan = if keys.is_empty() { plan } else { self.sorted(plan, keys)? };
            return Ok(RelationPlan { plan: project(plan, exact)?, fields });
        }
        if carried.is_empty() && ties.is_none() {
            let plan = if keys.is_empty() { plan } else { self.sorted(plan, keys)? };
            let plan = LogicalPlanBuilder::from(plan).limit(offset as usize, limit.map(|limit| limit as usize));
            let plan = plan.and_then(LogicalPlanBuilder::build).map_err(internal)?;
            return Ok(RelationPlan { plan: project(plan, exact)?, fields });
        }
        self.cut_by_number(RelationPlan { plan, fields }, (keys, carried), (offset, limit), ties.is_some())
    }

    fn cut_by_number(
        &self,
        planned: RelationPlan,
        (keys, carried): (Vec<SortExpr>, Vec<EngineExpr>),
        (offset, limit): (u64, Option<u64>),
        ties: bool,
    ) -> Result<RelationPlan> {
        let RelationPlan { mut plan, fields } = planned;
        let exact: Vec<EngineExpr> = fields.iter().map(|field| column(&field.column)).collect();
        let mut kept = lit(true);
        let udwf = |rank: bool| {
            if rank {
                datafusion::functions_window::rank::rank_udwf()
            } else {
                datafusion::functions_window::row_number::row_number_udwf()
            }
        };
        let numbers = [(false, offset > 0 || !ties), (true, ties)];
        for (rank, _) in numbers.into_iter().filter(|(_, wanted)| *wanted) {
            let name = self.fresh();
            let window = EngineExpr::from(WindowFunction::new(udwf(rank), Vec::new()))
                .partition_by(carried.clone())
                .order_by(keys.clone())
                .build()
                .map_err(internal)?
                .alias(&name);
            let built = LogicalPlanBuilder::from(plan).window([window]).and_then(LogicalPlanBuilder::build);
            plan = built.map_err(internal)?;
            let number = functions::to_bigint(column(&name));
            if !rank {
                kept = kept.and(number.clone().gt(lit(offset as i64)));
            }
            if let Some(limit) = limit.filter(|_| rank == ties) {
                kept = kept.and(number.lt_eq(lit((offset + limit) as i64)));
            }
        }
        let built = LogicalPlanBuilder::from(plan).filter(kept).and_then(LogicalPlanBuilder::build);
        plan = built.map_err(internal)?;
        if carried.is_empty() {
            plan = self.sorted(plan, keys)?;
        }
        Ok(RelationPlan { plan: project(plan, exact)?, fields })
    }

    fn sorted(
        &self,
        plan: datafusion::logical_expr::LogicalPlan,
        keys: Vec<SortExpr>,
    ) -> Result<datafusion::logical_expr::LogicalPlan> {
        LogicalPlanBuilder::from(plan).sort(keys).and_then(LogicalPlanBuilder::build).map_err(internal)
    }
}

impl Builder<'_, '_> {
    fn items(&mut self, items: &[SelectItem]) -> Result<Vec<Item>> {
        let mut found = Vec::new();
        for item in items {
            match item {
                SelectItem::Single { value, alias } => {
                    let typed = self.expression(value).map_err(|error| canonical::not_grouped(error, value))?;
                    let name = alias.as_ref().or_else(|| own_name(value)).map(Name::lower);
                    found.push(Item { value: typed, name, expr: Some(value.clone()), alias: alias.clone() });
                }
                SelectItem::All { of: Some(of), columns, position } => {
                    found.extend(self.row_fields(of, columns.as_deref(), *position)?);
                }
                // Written out before grouping.
                SelectItem::All { of: None, position, .. } => {
                    return Err(Error::at(
                        *position,
                        Code::ColumnNotFound,
                        "SELECT * not allowed in queries without FROM clause",
                    ));
                }
            }
        }
        Ok(found)
    }

    /// `value.*` of a row.
    fn row_fields(&mut self, of: &Expr, columns: Option<&[Name]>, position: Position) -> Result<Vec<Item>> {
        let value = self.expression(of)?;
        let Type::Row(fields) = value.ty.clone() else {
            let message = format!("expected type of expression is row, but was {}", value.ty);
            return Err(Error::at(position, Code::TypeMismatch, message));
        };
        if let Some(columns) = columns.filter(|columns| columns.len() != fields.len()) {
            let message =
                format!("Column alias list has {} entries but relation has {} columns", columns.len(), fields.len());
            return Err(Error::at(position, Code::MismatchedColumnAliases, message));
        }
        let item = |(index, (name, ty)): (usize, (Option<String>, Type))| {
            let name = columns.map(|columns| columns[index].lower()).or(name);
            let value = functions::field(value.clone(), index, ty, &self.planner.facts);
            Item { value, name, expr: None, alias: None }
        };
        Ok(fields.into_iter().enumerate().map(item).collect())
    }
}

/// The name that a column has from what it is.
fn own_name(expr: &Expr) -> Option<&Name> {
    match &expr.kind {
        ExprKind::Identifier(name) | ExprKind::Dereference(_, name) => Some(name),
        _ => None,
    }
}

fn aliases(select: &Select) -> Vec<(Name, Expr)> {
    let alias = |item: &SelectItem| match item {
        SelectItem::Single { value, alias: Some(alias) } => Some((alias.clone(), value.clone())),
        _ => None,
    };
    select.items.iter().filter_map(alias).collect()
}

/// The item that a sort key is, by number or by being the same.
fn sort_index(sort: &SortItem, items: &[Item], distinct: bool, builder: &Builder<'_, '_>) -> Result<Option<usize>> {
    if let Some(number) = ordinal(&sort.value) {
        if number == 0 || number > items.len() {
            return Err(out_of_range(number, sort.value.position, "ORDER BY"));
        }
        return Ok(Some(number - 1));
    }
    let wanted = canonical::resolved(&sort.value, &builder.fields);
    let same = |item: &Item| {
        item.expr.as_ref().is_some_and(|expr| canonical::resolved(expr, &builder.fields) == wanted)
            || (item.expr.is_none()
                && distinct
                && matches!(&wanted.kind, ExprKind::Column(name) if matches!(&item.value.expr, EngineExpr::Column(column) if column.name == *name)))
    };
    let _ = items.iter().map(|item| &item.alias);
    Ok(items.iter().position(same))
}

/// The number of an item, if an expression is one.
pub(super) fn ordinal(expr: &Expr) -> Option<usize> {
    match &expr.kind {
        ExprKind::Integer(digits) => digits.parse().ok(),
        _ => None,
    }
}

pub(super) fn out_of_range(number: usize, position: Position, clause: &str) -> Error {
    let message = format!("{clause} position {number} is not in select list");
    Error::at(position, Code::InvalidColumnReference, message)
}

fn number(count: &Count) -> Result<u64> {
    match count {
        Count::Number(number) => Ok(*number),
        Count::Parameter(_) => {
            let message = "Incorrect number of parameters: expected 1 but found 0";
            Err(Error::at(Position::default(), Code::InvalidParameterUsage, message))
        }
    }
}

fn plain(position: Position) -> Query {
    let body = Body::Values(Vec::new(), position);
    Query { with: None, body, order_by: Vec::new(), offset: None, limit: None, position }
}
