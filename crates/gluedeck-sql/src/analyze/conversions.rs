//! Casts, zones, parts of moments, and what the session knows.

use super::TypedExpr;
use super::expressions::Builder;
use crate::error::{Code, Error, Position, Result};
use crate::functions;
use crate::syntax::ast::{Expr, Name};
use crate::types::Type;

impl Builder<'_, '_> {
    pub(super) fn cast(
        &mut self,
        value: &Expr,
        ty: &crate::syntax::ast::TypeName,
        safe: bool,
        position: Position,
    ) -> Result<TypedExpr> {
        let value = self.expression(value)?;
        let Some(target) = &ty.ty else {
            return Err(no_type(ty, position));
        };
        let from = value.ty.clone();
        functions::cast(value, target, safe, &self.planner.facts)
            .ok_or_else(|| Error::at(position, Code::TypeMismatch, format!("Cannot cast {from} to {target}")))
    }

    pub(super) fn at_time_zone(&mut self, value: &Expr, zone: &Expr, position: Position) -> Result<TypedExpr> {
        let value_position = value.position;
        let (value, zone) = (self.expression(value)?, self.expression(zone)?);
        let facts = self.facts();
        let value = match value.ty {
            Type::Timestamp(precision) => functions::coerce(value, &Type::TimestampTz(precision), &facts),
            Type::Time(precision) => functions::coerce(value, &Type::TimeTz(precision), &facts),
            Type::Date => functions::coerce(value, &Type::TimestampTz(0), &facts),
            Type::TimestampTz(_) | Type::TimeTz(_) => value,
            Type::Unknown => return Ok(functions::null(&Type::TimestampTz(3))),
            ref other => {
                let message =
                    format!("Type of value must be a time or timestamp with or without time zone (actual {other})");
                return Err(Error::at(value_position, Code::TypeMismatch, message));
            }
        };
        if !matches!(zone.ty, Type::Varchar(_) | Type::IntervalDay) {
            return Err(Error::at(position, Code::TypeMismatch, format!("Cannot use {} as a time zone", zone.ty)));
        }
        Ok(functions::at_time_zone(value, zone, &facts))
    }

    pub(super) fn extract(&mut self, field: &Name, value: &Expr, position: Position) -> Result<TypedExpr> {
        let name = match field.lower().as_str() {
            "year" => "year",
            "quarter" => "quarter",
            "month" => "month",
            "week" => "week",
            "day" => "day",
            "day_of_month" => "day_of_month",
            "day_of_week" | "dow" => "day_of_week",
            "day_of_year" | "doy" => "day_of_year",
            "year_of_week" | "yow" => "year_of_week",
            "hour" => "hour",
            "minute" => "minute",
            "second" => "second",
            "timezone_minute" => "timezone_minute",
            "timezone_hour" => "timezone_hour",
            _ => {
                let message = format!("Invalid EXTRACT field: {}", field.text);
                return Err(Error::at(position, Code::SyntaxError, message));
            }
        };
        let expr = value;
        let value = self.expression(expr)?;
        if !value.ty.is_temporal() {
            let message =
                format!("Type of argument to extract must be DATE, TIME, TIMESTAMP, or INTERVAL (actual {})", value.ty);
            return Err(Error::at(expr.position, Code::TypeMismatch, message));
        }
        let of_day = matches!(name, "hour" | "minute" | "second");
        let of_zone = name.starts_with("timezone");
        let has = match value.ty {
            Type::Date => !of_day && !of_zone,
            Type::Time(_) => of_day,
            Type::TimeTz(_) => of_day || of_zone,
            Type::Timestamp(_) => !of_zone,
            Type::IntervalDay => of_day || name == "day" || name == "day_of_month",
            Type::IntervalYear => name == "year" || name == "month",
            _ => true,
        };
        if !has {
            let message = format!("Cannot extract {} from {}", field.text.to_uppercase(), value.ty);
            return Err(Error::at(expr.position, Code::TypeMismatch, message));
        }
        self.call_typed(name, vec![value], position)
    }

    pub(super) fn special(&mut self, name: &str, precision: Option<u8>, position: Position) -> Result<TypedExpr> {
        if let Some(precision) = precision.filter(|precision| *precision > 12) {
            let message = format!("{} precision must be in range [0, 12]: {precision}", name.to_uppercase());
            return Err(Error::at(position, Code::InvalidLiteral, message));
        }
        super::literals::special(name, precision.unwrap_or(3), &self.planner.facts)
            .ok_or_else(|| Error::unsupported(position, name))
    }
}

/// The error that there is no such type, or no decimal of that size.
pub(super) fn no_type(ty: &crate::syntax::ast::TypeName, position: Position) -> Error {
    let lower = ty.text.to_lowercase().replace(' ', "");
    let numbers = lower.strip_prefix("decimal(").and_then(|rest| rest.strip_suffix(')'));
    let mut numbers = numbers.into_iter().flat_map(|numbers| numbers.split(',')).map(str::parse::<u32>);
    if let Some(Ok(precision)) = numbers.next() {
        let scale = numbers.next().and_then(std::result::Result::ok).unwrap_or(0);
        let message = if !(1..=38).contains(&precision) {
            format!("DECIMAL precision must be in range [1, 38]: {precision}")
        } else {
            format!("DECIMAL scale must be in range [0, precision ({precision})]: {scale}")
        };
        return Error::at(position, Code::InvalidFunctionArgument, message);
    }
    Error::at(position, Code::TypeNotFound, format!("Unknown type: {}", ty.text))
}
