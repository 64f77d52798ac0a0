//! Queries: WITH, SELECT, VALUES, ORDER BY, OFFSET, LIMIT.

use super::aggregates;
use super::expressions::Builder;
use super::ordering::{ordinal, out_of_range};
use super::scope::{Cte, Ctes, Env, Field, NamedRelation, RelationPlan};
use super::{Planner, TypedExpr, canonical, column, internal, project, tree};
use crate::error::{Code, Error, Position, Result};
use crate::functions;
use crate::syntax::ast::{Body, Expr, ExprKind, Name, Query, Select, SelectItem, SortItem};
use crate::types::Type;
use datafusion::logical_expr::{Expr as EngineExpr, LogicalPlanBuilder};
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
                && !(with.recursive && super::references::names_itself(&cte.query))
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
            Some(NamedRelation::Query(cte)) if !(cte.recursive && super::references::names_itself(&cte.query)) => {
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
        let aggregated = aggregates::is_aggregated(select, &order);
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
                    tree::written(&sort.value)
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
}

impl Builder<'_, '_> {
    fn items(&mut self, items: &[SelectItem]) -> Result<Vec<Item>> {
        let mut found = Vec::new();
        for item in items {
            match item {
                SelectItem::Single { value, alias } => {
                    let typed = self.expression(value).map_err(|error| tree::not_grouped(error, value))?;
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

fn plain(position: Position) -> Query {
    let body = Body::Values(Vec::new(), position);
    Query { with: None, body, order_by: Vec::new(), offset: None, limit: None, position }
}
