//! Expressions over a plan. What needs more rows than the plan has (subqueries, windows) is joined to the plan on the way, so
//! that every expression is over columns of it.

use super::group_scope::GroupScope;
use super::scope::{Env, Field, RelationPlan, dotted, find, no_column};
use super::{Planner, TypedExpr, internal};
use crate::error::{Code, Error, Position, Result};
use crate::functions;
use crate::syntax::ast::{Expr, ExprKind, Name, Window};
use crate::types::{Type, common};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::conditional_expressions::CaseBuilder;
use datafusion::logical_expr::{Expr as EngineExpr, LogicalPlan, LogicalPlanBuilder, lit};
use std::collections::HashMap;

/// The names of a lambda that is being read.
#[derive(Debug)]
pub(super) struct LambdaNames {
    pub(super) names: Vec<(Name, Type, String)>,
}

/// Reads expressions over a plan that may grow.
#[derive(Debug)]
pub(crate) struct Builder<'p, 'e> {
    pub(super) planner: &'p Planner<'p>,
    pub(super) env: Env<'e>,
    pub(super) plan: LogicalPlan,
    pub(crate) fields: Vec<Field>,
    pub(super) grouped: Option<GroupScope>,
    pub(super) lambdas: Vec<LambdaNames>,
    pub(super) windows: Vec<(Name, Window)>,
    pub(super) no_subqueries: bool,
    /// Why there can be no window function here, if so.
    pub(super) no_windows: Option<&'static str>,
    /// Where the SELECT stands.
    pub(super) select_position: Option<Position>,
    /// The rows of the query around that this one is planned for.
    pub(super) carry: Option<RelationPlan>,
    /// Types of the plan's columns that have no name.
    pub(super) known: HashMap<String, Type>,
}

impl<'p, 'e> Builder<'p, 'e> {
    pub(crate) fn new(planner: &'p Planner<'p>, env: Env<'e>, planned: RelationPlan) -> Self {
        Self {
            planner,
            env,
            plan: planned.plan,
            fields: planned.fields,
            grouped: None,
            lambdas: Vec::new(),
            windows: Vec::new(),
            no_subqueries: false,
            no_windows: None,
            select_position: None,
            carry: None,
            known: HashMap::new(),
        }
    }

    /// The plan as it is now, with its names.
    pub(super) fn planned(&self) -> RelationPlan {
        RelationPlan { plan: self.plan.clone(), fields: self.visible_fields() }
    }

    /// What can be named: of a grouped plan, the grouped columns.
    pub(super) fn visible_fields(&self) -> Vec<Field> {
        match &self.grouped {
            Some(grouped) => grouped.fields(),
            None => self.fields.clone(),
        }
    }

    pub(crate) fn facts(&self) -> std::sync::Arc<crate::session::Facts> {
        std::sync::Arc::clone(&self.planner.facts)
    }

    /// A column of the plan that has no name.
    pub(super) fn unnamed(&mut self, name: &str, ty: Type) -> TypedExpr {
        self.known.insert(name.to_owned(), ty.clone());
        TypedExpr { expr: super::column(name), ty }
    }

    pub(super) fn filter(&mut self, condition: TypedExpr) -> Result<()> {
        let plan = LogicalPlanBuilder::from(self.plan.clone()).filter(condition.expr);
        self.plan = plan.and_then(LogicalPlanBuilder::build).map_err(internal)?;
        Ok(())
    }

    pub(crate) fn finish_filter(mut self, condition: TypedExpr) -> Result<LogicalPlan> {
        self.filter(condition)?;
        Ok(self.plan)
    }

    pub(crate) fn condition(&mut self, expr: &Expr, clause: &'static str) -> Result<TypedExpr> {
        let windows = self.no_windows.replace(clause);
        if let Some(call) = super::aggregates::first_aggregate(expr).filter(|_| self.grouped.is_none()) {
            let message =
                format!("{clause} cannot contain aggregations, window functions or grouping operations: [{call}]");
            return Err(Error::at(expr.position, Code::ExpressionNotScalar, message));
        }
        if let Some((call, at)) = super::aggregates::first_window(expr) {
            let (at, what) = match clause {
                "HAVING clause" => (at, "window functions".to_owned()),
                _ => (expr.position, format!("aggregations, window functions or grouping operations: [{call}]")),
            };
            return Err(Error::at(at, Code::ExpressionNotScalar, format!("{clause} cannot contain {what}")));
        }
        let found = self.expression(expr).map_err(|error| super::tree::not_grouped(error, expr));
        self.no_windows = windows;
        let found = found?;
        match found.ty {
            Type::Boolean => Ok(found),
            Type::Unknown => Ok(functions::coerce(found, &Type::Boolean, &self.planner.facts)),
            other => {
                let clause = if clause == "JOIN clause" { "JOIN ON clause" } else { clause };
                let message = format!("{clause} must evaluate to a boolean: actual type {other}");
                Err(Error::at(expr.position, Code::TypeMismatch, message))
            }
        }
    }

    /// A value as another type, if it turns into that by itself.
    pub(crate) fn coerced(&self, value: TypedExpr, ty: &Type, position: Position) -> Result<TypedExpr> {
        if crate::types::turns_into(&value.ty, ty) {
            return Ok(functions::coerce(value, ty, &self.planner.facts));
        }
        Err(Error::at(position, Code::TypeMismatch, format!("Cannot turn {} into {ty}", value.ty)))
    }

    pub(crate) fn expression(&mut self, expr: &Expr) -> Result<TypedExpr> {
        if let Some(found) = self.grouped_value(expr)? {
            return Ok(found);
        }
        match &expr.kind {
            ExprKind::Identifier(name) => self.identifier(&[], name, expr),
            ExprKind::Column(column) => self.column(column, expr.position),
            ExprKind::Dereference(base, name) => self.dereference(base, name, expr),
            ExprKind::Null
            | ExprKind::Boolean(_)
            | ExprKind::Integer(_)
            | ExprKind::Decimal(_)
            | ExprKind::Double(_)
            | ExprKind::Text(_)
            | ExprKind::Binary(_)
            | ExprKind::Typed { .. }
            | ExprKind::Interval { .. } => super::literals::literal(expr, &self.planner.facts),
            ExprKind::Parameter(_) => Err(Error::at(
                expr.position,
                Code::InvalidParameterUsage,
                "Incorrect number of parameters: expected 1 but found 0",
            )),
            ExprKind::Not(value) => {
                let value = self.boolean(value, "Value of logical NOT expression must evaluate to a boolean")?;
                Ok(TypedExpr { expr: EngineExpr::Not(Box::new(value.expr)), ty: Type::Boolean })
            }
            ExprKind::And(terms) => self.logical(terms, true),
            ExprKind::Or(terms) => self.logical(terms, false),
            ExprKind::Comparison(op, a, b) => {
                let (a, b) = (self.expression(a)?, self.expression(b)?);
                self.compare(*op, a, b, expr.position)
            }
            ExprKind::Between { value, low, high } => self.between(value, low, high, expr.position),
            ExprKind::InList(value, list) => self.in_list(value, list),
            ExprKind::Like { value, pattern, escape } => self.like(value, pattern, escape.as_deref(), expr.position),
            ExprKind::IsNull(value) => {
                let value = self.expression(value)?;
                Ok(TypedExpr { expr: value.expr.is_null(), ty: Type::Boolean })
            }
            ExprKind::IsDistinctFrom(a, b) => {
                let (a, b) = (self.expression(a)?, self.expression(b)?);
                self.distinct(a, b, expr.position)
            }
            _ => self.other(expr),
        }
    }

    /// What is no name, literal or predicate.
    fn other(&mut self, expr: &Expr) -> Result<TypedExpr> {
        match &expr.kind {
            ExprKind::Row(items) => self.row(items),
            ExprKind::Array(items) => self.array(items, expr.position),
            ExprKind::Subscript(base, index) => self.subscript(base, index, expr.position),
            ExprKind::Negative(value) => self.negative(value, expr.position),
            ExprKind::Positive(value) => self.positive(value, expr.position),
            ExprKind::Arithmetic(op, a, b) => {
                let (a, b) = (self.expression(a)?, self.expression(b)?);
                self.arithmetic(*op, a, b, expr.position)
            }
            ExprKind::Concat(a, b) => self.call_named("concat", &[(**a).clone(), (**b).clone()], expr.position),
            ExprKind::AtTimeZone(value, zone) => self.at_time_zone(value, zone, expr.position),
            ExprKind::Call(call) => self.call(call, expr.position),
            ExprKind::Lambda(..) => {
                let message = "Lambda expression should always be used inside a function";
                Err(Error::at(expr.position, Code::TypeMismatch, message))
            }
            ExprKind::Subquery(query) => self.scalar_subquery(query, expr.position),
            ExprKind::Exists(query) => self.exists(query, expr.position),
            ExprKind::InQuery(value, query) => self.in_query(value, query, expr.position),
            ExprKind::Quantified { op, quantifier, value, query } => {
                self.quantified(*op, *quantifier, value, query, expr.position)
            }
            ExprKind::Case { operand, branches, otherwise } => {
                self.case(operand.as_deref(), branches, otherwise.as_deref(), expr.position)
            }
            ExprKind::Cast { value, ty, safe } => self.cast(value, ty, *safe, expr.position),
            ExprKind::Special(name, precision) => self.special(name, *precision, expr.position),
            ExprKind::Extract(field, value) => self.extract(field, value, expr.position),
            ExprKind::Grouping(columns) => self.grouping(columns, expr.position),
            ExprKind::Json(call) => self.json(call, expr.position),
            _ => Err(Error::unsupported(expr.position, super::tree::written(expr))),
        }
    }

    /// A column that a `*` stands for.
    fn column(&self, column: &str, position: Position) -> Result<TypedExpr> {
        let Some(field) = self.fields.iter().find(|field| field.column == *column) else {
            return Err(no_column(position, column));
        };
        let Some(grouped) = &self.grouped else { return Ok(field.typed()) };
        let relation = field.qualifier.last().map(String::as_str);
        let named: Vec<&str> = relation.into_iter().chain(field.name.as_deref()).collect();
        grouped
            .column(field, "", position)
            .map_err(|error| Error { message: format!("Column '{}' not in GROUP BY clause", named.join(".")), ..error })
    }

    pub(super) fn identifier(&mut self, qualifier: &[Name], name: &Name, expr: &Expr) -> Result<TypedExpr> {
        if qualifier.is_empty() {
            for lambda in self.lambdas.iter().rev() {
                if let Some((_, ty, column)) = lambda.names.iter().find(|(own, _, _)| own == name) {
                    return Ok(TypedExpr { expr: super::column(column), ty: ty.clone() });
                }
            }
        }
        match self.field(qualifier, name)? {
            Some(found) => Ok(found),
            None => Err(no_column(expr.position, &dotted(qualifier, name))),
        }
    }

    /// The column of a name, here or in a query around; while that is probed, a NULL of its type.
    fn field(&mut self, qualifier: &[Name], name: &Name) -> Result<Option<TypedExpr>> {
        if let Some(field) = find(&self.fields, qualifier, name)? {
            return match &self.grouped {
                Some(grouped) => {
                    let position = qualifier.first().unwrap_or(name).position;
                    grouped.column(&field, &dotted(qualifier, name).to_lowercase(), position).map(Some)
                }
                None => Ok(Some(field.typed())),
            };
        }
        let Some(outer) = self.env.outer else { return Ok(None) };
        let Some(field) = outer.find(qualifier, name)? else { return Ok(None) };
        Ok(Some(functions::null(&field.ty)))
    }

    /// `a.b`: a column of a relation, or a field of a row.
    fn dereference(&mut self, base: &Expr, name: &Name, expr: &Expr) -> Result<TypedExpr> {
        if let Some(qualifier) = super::tree::names(base) {
            if let Some(found) = self.field(&qualifier, name)? {
                return Ok(found);
            }
            // Nothing of the base can be a value: the whole name is unknown.
            let base_is_value = match qualifier.as_slice() {
                [single] => {
                    self.lambdas.iter().any(|lambda| lambda.names.iter().any(|(own, _, _)| own == single))
                        || self.field(&[], single)?.is_some()
                }
                [relation, column] => {
                    self.field(std::slice::from_ref(relation), column)?.is_some()
                        || self.field(&[], relation)?.is_some()
                }
                _ => true,
            };
            if !base_is_value {
                return Err(no_column(expr.position, &dotted(&qualifier, name)));
            }
        }
        let shown = super::tree::written(base);
        let base = self.expression(base)?;
        let Type::Row(fields) = &base.ty else {
            let message = format!("Expression {} is not of type ROW", shown);
            return Err(Error::at(expr.position, Code::TypeMismatch, message));
        };
        let mut found = fields.iter().enumerate().filter(|(_, (own, _))| own.as_ref().is_some_and(|own| name.is(own)));
        let Some((index, (_, ty))) = found.next() else {
            return Err(no_column(expr.position, &super::tree::written(expr)));
        };
        if found.next().is_some() {
            let message = format!("Ambiguous row field reference: {}", name.text);
            return Err(Error::at(expr.position, Code::InvalidColumnReference, message));
        }
        let ty = ty.clone();
        Ok(functions::field(base, index, ty, &self.planner.facts))
    }

    fn row(&mut self, items: &[Expr]) -> Result<TypedExpr> {
        let items = items.iter().map(|item| self.expression(item)).collect::<Result<Vec<_>>>()?;
        Ok(functions::row(items, &self.planner.facts))
    }

    fn array(&mut self, items: &[Expr], position: Position) -> Result<TypedExpr> {
        let items = items.iter().map(|item| self.expression(item)).collect::<Result<Vec<_>>>()?;
        let element = self.common_type(&items, position, "All ARRAY elements must be the same type")?;
        let items = items.into_iter().map(|item| functions::coerce(item, &element, &self.planner.facts)).collect();
        Ok(functions::array(items, element, &self.planner.facts))
    }

    pub(super) fn common_type(&self, values: &[TypedExpr], position: Position, otherwise: &str) -> Result<Type> {
        let mut ty = Type::Unknown;
        for value in values {
            ty = common(&ty, &value.ty)
                .ok_or_else(|| Error::at(position, Code::TypeMismatch, format!("{otherwise}: {ty}, {}", value.ty)))?;
        }
        Ok(ty)
    }

    pub(super) fn boolean(&mut self, expr: &Expr, otherwise: &str) -> Result<TypedExpr> {
        let value = self.expression(expr)?;
        match value.ty {
            Type::Boolean => Ok(value),
            Type::Unknown => Ok(functions::coerce(value, &Type::Boolean, &self.planner.facts)),
            other => Err(Error::at(expr.position, Code::TypeMismatch, format!("{otherwise} (actual: {other})"))),
        }
    }

    /// AND and OR. What may fail is not looked at where what stands before it has decided.
    fn logical(&mut self, terms: &[Expr], and: bool) -> Result<TypedExpr> {
        let otherwise = "Logical expression term must evaluate to a boolean";
        let mut found: Option<EngineExpr> = None;
        for term in terms {
            let term = self.boolean(term, otherwise)?.expr;
            found = Some(match found {
                None => term,
                Some(before) if !functions::may_fail(&term) => {
                    if and {
                        before.and(term)
                    } else {
                        before.or(term)
                    }
                }
                Some(before) => {
                    let decided = if and { before.clone().is_false() } else { before.clone().is_true() };
                    let both = if and { before.and(term) } else { before.or(term) };
                    CaseBuilder::new(None, vec![decided], vec![lit(!and)], Some(Box::new(both)))
                        .end()
                        .map_err(internal)?
                }
            });
        }
        Ok(TypedExpr { expr: found.unwrap_or(lit(and)), ty: Type::Boolean })
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        branches: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
        position: Position,
    ) -> Result<TypedExpr> {
        let operand = operand.map(|operand| self.expression(operand)).transpose()?;
        let mut conditions = Vec::new();
        let mut results = Vec::new();
        for (condition, result) in branches {
            let condition = match &operand {
                Some(operand) => {
                    let value = self.expression(condition)?;
                    self.compare(crate::syntax::ast::Comparison::Equal, operand.clone(), value, condition.position)?
                }
                None => self.boolean(condition, "CASE WHEN clause must evaluate to a boolean")?,
            };
            conditions.push(condition.expr);
            results.push(self.expression(result)?);
        }
        results.push(match otherwise {
            Some(otherwise) => self.expression(otherwise)?,
            None => functions::null(&Type::Unknown),
        });
        let ty = self.common_type(&results, position, "All CASE results must be the same type")?;
        self.chosen(conditions, results, ty)
    }

    /// The first result whose condition is true; the last one if none is.
    pub(super) fn chosen(&self, conditions: Vec<EngineExpr>, results: Vec<TypedExpr>, ty: Type) -> Result<TypedExpr> {
        let coerce = |value: TypedExpr| functions::coerce(value, &ty, &self.planner.facts).expr;
        let mut results: Vec<EngineExpr> = results.into_iter().map(coerce).collect();
        let last = results.pop().map(Box::new);
        let expr = CaseBuilder::new(None, conditions, results, last).end().map_err(internal)?;
        Ok(TypedExpr { expr, ty })
    }
}

/// A constant of the engine, if an expression is one.
pub(super) fn constant(expr: &EngineExpr) -> Option<&ScalarValue> {
    match expr {
        EngineExpr::Literal(value, _) => Some(value),
        EngineExpr::Alias(alias) => constant(&alias.expr),
        _ => None,
    }
}
