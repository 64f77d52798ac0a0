//! Operators: which types they take, and what they are of the engine's or of our own functions.

use super::TypedExpr;
use super::expressions::{Builder, constant};
use crate::error::{Code, Error, Position, Result};
use crate::functions;
use crate::syntax::ast::{Arithmetic, Comparison, Expr};
use crate::types::{Type, common};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::Like;
use datafusion::logical_expr::{Expr as EngineExpr, Operator, binary_expr};

impl Builder<'_, '_> {
    pub(super) fn compare(&self, op: Comparison, a: TypedExpr, b: TypedExpr, position: Position) -> Result<TypedExpr> {
        let mismatch = || {
            let sign = if op == Comparison::NotEqual { "=" } else { op.sign() };
            let message = format!("Cannot apply operator: {} {sign} {}", a.ty, b.ty);
            Error::at(position, Code::TypeMismatch, message)
        };
        let ty = common(&a.ty, &b.ty).ok_or_else(mismatch)?;
        let equality = matches!(op, Comparison::Equal | Comparison::NotEqual);
        if !(if equality { ty.is_comparable() } else { ty.is_orderable() }) {
            return Err(mismatch());
        }
        let facts = &self.planner.facts;
        let (a, b) = (functions::coerce(a, &ty, facts), functions::coerce(b, &ty, facts));
        if ty.is_plainly_compared() {
            return Ok(TypedExpr { expr: binary_expr(a.expr, engine_operator(op), b.expr), ty: Type::Boolean });
        }
        if matches!(ty, Type::TimestampTz(_) | Type::TimeTz(_)) {
            let (a, b) = (functions::comparable(a, facts), functions::comparable(b, facts));
            return Ok(TypedExpr { expr: binary_expr(a, engine_operator(op), b), ty: Type::Boolean });
        }
        Ok(functions::comparison(op, a, b, facts))
    }

    pub(super) fn distinct(&self, a: TypedExpr, b: TypedExpr, position: Position) -> Result<TypedExpr> {
        let ty = common(&a.ty, &b.ty).filter(Type::is_comparable).ok_or_else(|| {
            let message = format!("Cannot check if {} is distinct from {}", a.ty, b.ty);
            Error::at(position, Code::TypeMismatch, message)
        })?;
        let facts = &self.planner.facts;
        let (a, b) = (functions::coerce(a, &ty, facts), functions::coerce(b, &ty, facts));
        if ty.is_plainly_compared() {
            return Ok(TypedExpr { expr: binary_expr(a.expr, Operator::IsDistinctFrom, b.expr), ty: Type::Boolean });
        }
        Ok(functions::distinct(a, b, facts))
    }

    pub(super) fn between(&mut self, value: &Expr, low: &Expr, high: &Expr, position: Position) -> Result<TypedExpr> {
        let (value, low, high) = (self.expression(value)?, self.expression(low)?, self.expression(high)?);
        let ty = common(&value.ty, &low.ty).and_then(|ty| common(&ty, &high.ty)).filter(Type::is_orderable);
        let Some(ty) = ty else {
            let message = format!("Cannot check if {} is BETWEEN {} and {}", value.ty, low.ty, high.ty);
            return Err(Error::at(position, Code::TypeMismatch, message));
        };
        let facts = &self.planner.facts;
        let value = functions::coerce(value, &ty, facts);
        let (low, high) = (functions::coerce(low, &ty, facts), functions::coerce(high, &ty, facts));
        let from = self.compare(Comparison::GreaterOrEqual, value.clone(), low, position)?;
        let to = self.compare(Comparison::LessOrEqual, value, high, position)?;
        Ok(TypedExpr { expr: from.expr.and(to.expr), ty: Type::Boolean })
    }

    pub(super) fn in_list(&mut self, value: &Expr, list: &[Expr]) -> Result<TypedExpr> {
        let position = value.position;
        let value = self.expression(value)?;
        let items = list.iter().map(|item| self.expression(item)).collect::<Result<Vec<_>>>()?;
        let mut all = vec![value.clone()];
        all.extend(items.iter().cloned());
        let ty = self.common_type(&all, position, "IN value and list items must be the same type")?;
        let facts = &self.planner.facts;
        let value = functions::coerce(value, &ty, facts);
        let items: Vec<TypedExpr> = items.into_iter().map(|item| functions::coerce(item, &ty, facts)).collect();
        if ty.is_plainly_compared() && items.iter().all(|item| constant(&item.expr).is_some()) {
            let items = items.into_iter().map(|item| item.expr).collect();
            return Ok(TypedExpr { expr: value.expr.in_list(items, false), ty: Type::Boolean });
        }
        let mut found: Option<EngineExpr> = None;
        for item in items {
            let equal = self.compare(Comparison::Equal, value.clone(), item, position)?.expr;
            found = Some(match found {
                Some(before) => before.or(equal),
                None => equal,
            });
        }
        Ok(TypedExpr { expr: found.unwrap_or(datafusion::logical_expr::lit(false)), ty: Type::Boolean })
    }

    pub(super) fn like(
        &mut self,
        value: &Expr,
        pattern: &Expr,
        escape: Option<&Expr>,
        position: Position,
    ) -> Result<TypedExpr> {
        let typed = self.expression(value)?;
        if !typed.ty.is_text() && typed.ty != Type::Unknown {
            let message = format!("Left side of LIKE expression must evaluate to a varchar (actual: {})", typed.ty);
            return Err(Error::at(value.position, Code::TypeMismatch, message));
        }
        let wanted = self.expression(pattern)?;
        if !matches!(wanted.ty, Type::Varchar(_) | Type::Unknown) {
            let message = format!("Pattern for LIKE expression must evaluate to a varchar (actual: {})", wanted.ty);
            return Err(Error::at(pattern.position, Code::TypeMismatch, message));
        }
        let mut arguments = vec![typed, wanted];
        if let Some(escape) = escape {
            let typed = self.expression(escape)?;
            if !matches!(typed.ty, Type::Varchar(_) | Type::Unknown) {
                let message = format!("Escape for LIKE expression must evaluate to a varchar (actual: {})", typed.ty);
                return Err(Error::at(escape.position, Code::TypeMismatch, message));
            }
            arguments.push(typed);
        }
        let _ = position;
        // A constant pattern without the engine's own escape is the engine's LIKE.
        let plain = escape.is_none() && arguments[0].ty != Type::Unknown && !matches!(arguments[0].ty, Type::Char(_));
        let pattern_is_plain = match constant(&arguments[1].expr) {
            Some(ScalarValue::Utf8(Some(pattern))) => !pattern.contains('\\'),
            _ => false,
        };
        if plain && pattern_is_plain {
            let pattern = Box::new(arguments.remove(1).expr);
            let value = Box::new(arguments.remove(0).expr);
            return Ok(TypedExpr {
                expr: EngineExpr::Like(Like::new(false, value, pattern, None, false)),
                ty: Type::Boolean,
            });
        }
        Ok(functions::like(arguments, &self.planner.facts))
    }

    pub(super) fn negative(&mut self, value: &Expr, position: Position) -> Result<TypedExpr> {
        let value = self.expression(value)?;
        let fits = value.ty.is_numeric() || matches!(value.ty, Type::IntervalDay | Type::IntervalYear | Type::Unknown);
        if !fits {
            return Err(Error::at(position, Code::TypeMismatch, format!("Cannot negate {}", value.ty)));
        }
        Ok(functions::negative(value, &self.planner.facts))
    }

    pub(super) fn positive(&mut self, value: &Expr, position: Position) -> Result<TypedExpr> {
        let value = self.expression(value)?;
        if !value.ty.is_numeric() {
            let message = format!("Unary '+' operator cannot by applied to {} type", value.ty);
            return Err(Error::at(position, Code::TypeMismatch, message));
        }
        Ok(value)
    }

    pub(super) fn arithmetic(
        &self,
        op: Arithmetic,
        a: TypedExpr,
        b: TypedExpr,
        position: Position,
    ) -> Result<TypedExpr> {
        let message = format!("Cannot apply operator: {} {} {}", a.ty, op.sign(), b.ty);
        functions::arithmetic(op, a, b, &self.planner.facts)
            .map_err(|error| Error { position: Some(position), ..error })?
            .ok_or_else(|| Error::at(position, Code::TypeMismatch, message))
    }

    pub(super) fn subscript(&mut self, base: &Expr, index: &Expr, position: Position) -> Result<TypedExpr> {
        let typed = self.expression(base)?;
        match typed.ty.clone() {
            Type::Row(fields) => {
                let crate::syntax::ast::ExprKind::Integer(digits) = &index.kind else {
                    let message = "Subscript expression on ROW requires a constant index";
                    return Err(Error::at(index.position, Code::ExpressionNotScalar, message));
                };
                let number: i64 = digits.parse().unwrap_or(i64::MAX);
                let message = |text: String| Error::at(index.position, Code::InvalidFunctionArgument, text);
                if number <= 0 {
                    return Err(message("Invalid subscript index: ".to_owned() + digits + ". ROW indices start at 1"));
                }
                match fields.get(number as usize - 1) {
                    Some((_, ty)) => Ok(functions::field(typed, number as usize - 1, ty.clone(), &self.planner.facts)),
                    None => {
                        let last = fields.len();
                        Err(message(format!("Subscript index out of bounds: {number}, max value is {last}")))
                    }
                }
            }
            Type::Array(_) | Type::Map(..) => {
                let index = self.expression(index)?;
                let message = format!("Cannot use {} for subscript of {}", index.ty, typed.ty);
                functions::subscript(typed, index, &self.planner.facts)
                    .ok_or_else(|| Error::at(position, Code::TypeMismatch, message))
            }
            other => {
                let index = self.expression(index)?;
                let message = format!("Cannot use subscript operator on {other} with {}", index.ty);
                Err(Error::at(position, Code::TypeMismatch, message))
            }
        }
    }
}

pub(super) fn engine_operator(op: Comparison) -> Operator {
    match op {
        Comparison::Equal => Operator::Eq,
        Comparison::NotEqual => Operator::NotEq,
        Comparison::Less => Operator::Lt,
        Comparison::LessOrEqual => Operator::LtEq,
        Comparison::Greater => Operator::Gt,
        Comparison::GreaterOrEqual => Operator::GtEq,
    }
}
