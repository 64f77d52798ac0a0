//! The JSON functions of the SQL standard.

use super::TypedExpr;
use super::expressions::Builder;
use crate::error::{Code, Error, Position, Result};
use crate::functions::{self, json_standard as standard};
use crate::syntax::ast::{Expr, JsonAnswer, JsonCall, JsonPathCall, TypeName, Wrapper};
use crate::types::Type;

impl Builder<'_, '_> {
    pub(super) fn json(&mut self, call: &JsonCall, position: Position) -> Result<TypedExpr> {
        match call {
            JsonCall::Exists { call, on_error } => {
                let asked = self.json_path(call)?;
                let ask = standard::Ask::Exists { on_error: answer(on_error) };
                Ok(self.ask(asked, ask, None, Type::Boolean, position))
            }
            JsonCall::Value { call, returning, on_empty, on_error } => {
                let asked = self.json_path(call)?;
                let ty = self.json_type(returning.as_ref(), Type::VARCHAR)?;
                let mut defaults = Vec::new();
                for other in [on_empty, on_error] {
                    if let JsonAnswer::Default(value) = other {
                        let typed = self.expression(value)?;
                        defaults.push(self.coerced(typed, &ty, value.position)?);
                    } else {
                        defaults.push(functions::null(&ty));
                    }
                }
                let ask = standard::Ask::Value { on_empty: answer(on_empty), on_error: answer(on_error) };
                Ok(self.ask(asked, ask, Some(defaults), ty, position))
            }
            JsonCall::Query { call, returning, wrapper, omit_quotes, on_empty, on_error } => {
                let asked = self.json_path(call)?;
                let ty = self.json_type(returning.as_ref(), Type::VARCHAR)?;
                if *omit_quotes && *wrapper != Wrapper::Without {
                    let which = if *wrapper == Wrapper::Conditional { "CONDITIONAL" } else { "UNCONDITIONAL" };
                    let message = format!("OMIT QUOTES behavior specified with WITH {which} ARRAY WRAPPER behavior");
                    return Err(Error::at(position, Code::SyntaxError, message));
                }
                if !matches!(ty, Type::Varchar(_) | Type::Char(_) | Type::Varbinary) {
                    let message = format!("Cannot output JSON value as {ty} using formatting JSON");
                    return Err(Error::at(position, Code::TypeMismatch, message));
                }
                let ask = standard::Ask::Query {
                    wrapper: *wrapper,
                    omit_quotes: *omit_quotes,
                    on_empty: answer(on_empty),
                    on_error: answer(on_error),
                };
                Ok(self.ask(asked, ask, None, ty, position))
            }
            JsonCall::Object { .. } | JsonCall::Array { .. } => self.json_made(call, position),
        }
    }

    /// `json_object` and `json_array`.
    fn json_made(&mut self, call: &JsonCall, position: Position) -> Result<TypedExpr> {
        let mut values = Vec::new();
        let mut json = Vec::new();
        match call {
            JsonCall::Object { members, absent_on_null, unique_keys, returning } => {
                if *unique_keys && members.iter().any(|(_, _, is_json)| *is_json) {
                    let message = "WITH UNIQUE KEYS behavior is not supported for JSON_OBJECT function when input expression has FORMAT";
                    return Err(Error::at(position, Code::NotSupported, message));
                }
                for (name, value, is_json) in members {
                    let typed = self.expression(name)?;
                    if !typed.ty.is_text() {
                        let message = format!("Invalid type of JSON object key: {}", typed.ty);
                        return Err(Error::at(name.position, Code::TypeMismatch, message));
                    }
                    values.push(typed);
                    values.push(self.expression(value)?);
                    json.push(*is_json || is_json_call(value));
                }
                let ty = self.json_type(returning.as_ref(), Type::VARCHAR)?;
                let shape = standard::Shape { json, absent_on_null: *absent_on_null, unique_keys: *unique_keys };
                Ok(standard::object(values, shape, ty, &self.planner.facts))
            }
            JsonCall::Array { elements, absent_on_null, returning } => {
                for (value, is_json) in elements {
                    values.push(self.expression(value)?);
                    json.push(*is_json || is_json_call(value));
                }
                let ty = self.json_type(returning.as_ref(), Type::VARCHAR)?;
                let shape = standard::Shape { json, absent_on_null: *absent_on_null, unique_keys: false };
                Ok(standard::array(values, shape, ty, &self.planner.facts))
            }
            _ => self.json(call, position),
        }
    }

    fn ask(
        &self,
        (path, values): (standard::Path, Vec<TypedExpr>),
        ask: standard::Ask,
        defaults: Option<Vec<TypedExpr>>,
        ty: Type,
        _: Position,
    ) -> TypedExpr {
        standard::asked(path, values, ask, defaults.unwrap_or_default(), ty, &self.planner.facts)
    }

    /// The path of a call, and its input and what is passed to it.
    fn json_path(&mut self, call: &JsonPathCall) -> Result<(standard::Path, Vec<TypedExpr>)> {
        // A name without quotes is in capitals, as the standard has it.
        let own =
            |name: &crate::syntax::ast::Name| if name.quoted { name.text.clone() } else { name.text.to_uppercase() };
        let names = call.passing.iter().map(|(_, json, name)| (own(name), *json)).collect();
        let path = standard::Path::parse(&call.path, names).map_err(|error| Error {
            position: Some(call.path_position),
            code: Code::InvalidPath,
            ..error
        })?;
        let input = self.expression(&call.input)?;
        if !matches!(input.ty, Type::Varchar(_) | Type::Char(_) | Type::Varbinary | Type::Unknown | Type::Json) {
            let message = format!("Cannot read input of type {} as JSON using formatting JSON", input.ty);
            return Err(Error::at(call.input.position, Code::TypeMismatch, message));
        }
        let mut values = vec![input];
        for (value, _, _) in &call.passing {
            let typed = self.expression(value)?;
            if matches!(
                typed.ty,
                Type::Date | Type::Timestamp(_) | Type::TimestampTz(_) | Type::Time(_) | Type::TimeTz(_)
            ) {
                return Err(Error::unsupported(value.position, "dates and times passed to a JSON path"));
            }
            values.push(typed);
        }
        Ok((path, values))
    }

    fn json_type(&self, returning: Option<&TypeName>, default: Type) -> Result<Type> {
        match returning {
            None => Ok(default),
            Some(TypeName { ty: Some(ty), .. }) => Ok(ty.clone()),
            Some(name) => Err(Error::at(name.position, Code::TypeNotFound, format!("Unknown type: {}", name.text))),
        }
    }
}

/// What one of these functions made is JSON without being called so.
fn is_json_call(expr: &Expr) -> bool {
    use crate::syntax::ast::ExprKind;
    matches!(&expr.kind, ExprKind::Json(call) if matches!(**call, JsonCall::Object { .. } | JsonCall::Array { .. } | JsonCall::Query { .. }))
}

fn answer(answer: &JsonAnswer) -> standard::Answer {
    match answer {
        JsonAnswer::Null | JsonAnswer::Unknown => standard::Answer::Null,
        JsonAnswer::Error => standard::Answer::Error,
        JsonAnswer::True => standard::Answer::Bool(true),
        JsonAnswer::False => standard::Answer::Bool(false),
        JsonAnswer::EmptyArray => standard::Answer::Text("[]"),
        JsonAnswer::EmptyObject => standard::Answer::Text("{}"),
        JsonAnswer::Default(_) => standard::Answer::Default,
    }
}
