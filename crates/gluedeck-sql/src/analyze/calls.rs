//! Calls of functions.

use super::TypedExpr;
use super::expressions::{Builder, constant};
use crate::error::{Code, Error, Position, Result};
use crate::functions::call::Lambda;
use crate::functions::signature::Argument;
use crate::functions::{self, AggregateExpr, Function, Implementation, RowsOf};
use crate::syntax::ast::{Call, Comparison, Expr, ExprKind, Over, Overflow};
use crate::types::Type;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr as EngineExpr;

impl Builder<'_, '_> {
    pub(super) fn call(&mut self, call: &Call, position: Position) -> Result<TypedExpr> {
        let name = call.name.dotted();
        if let Some(over) = &call.over {
            return self.window_call(call, over, position);
        }
        if let Some(special) = self.special_call(&name, call, position)? {
            return Ok(special);
        }
        let function = self.function(&name, position)?;
        if matches!(function.implementation, Implementation::Window) {
            let message = format!("Window function {name} requires an OVER clause");
            return Err(Error::at(position, Code::MissingOver, message));
        }
        if function.is_aggregate() {
            let clause = self.no_windows.unwrap_or("Expression");
            let message =
                format!("{clause} cannot contain aggregations, window functions or grouping operations: [{name}]");
            return Err(Error::at(position, Code::ExpressionNotScalar, message));
        }
        for (used, what) in [
            (call.distinct, "DISTINCT"),
            (!call.order_by.is_empty(), "ORDER BY"),
            (call.filter.is_some(), "FILTER"),
            (call.star, "*"),
        ] {
            if used {
                let message = match what {
                    "FILTER" | "ORDER BY" => format!("{what} is only valid for aggregation functions: {name}"),
                    _ => format!("{what} is not supported for non-aggregation functions"),
                };
                return Err(Error::at(position, Code::FunctionNotAggregate, message));
            }
        }
        self.call_named(&name, &call.arguments, position)
    }

    fn function(&self, name: &str, position: Position) -> Result<&'static Function> {
        let function = functions::find(name);
        let function = function
            .ok_or_else(|| Error::at(position, Code::FunctionNotFound, format!("Function '{name}' not registered")))?;
        if matches!(function.implementation, Implementation::None) {
            return Err(Error::unsupported(position, format!("the function {name}")));
        }
        Ok(function)
    }

    /// A call with nothing but arguments.
    pub(super) fn call_named(&mut self, name: &str, arguments: &[Expr], position: Position) -> Result<TypedExpr> {
        let function = self.function(name, position)?;
        let mut given: Vec<Option<TypedExpr>> = Vec::new();
        for argument in arguments {
            given.push(match &argument.kind {
                ExprKind::Lambda(..) => None,
                _ => Some(self.expression(argument)?),
            });
        }
        let chosen = self.choose(function, &given, arguments, position)?;
        let mut bindings = chosen.1;
        let signature = chosen.0;
        let (lambdas, captured) = self.lambdas_of(arguments, signature, &mut bindings)?;
        let values = self.as_wanted(given, signature, &bindings);
        let result = bindings.resolve(&signature.result).unwrap_or(Type::Unknown);
        let key =
            format!("{:?}", arguments.iter().filter(|a| matches!(a.kind, ExprKind::Lambda(..))).collect::<Vec<_>>());
        Ok(functions::scalar(function, values, lambdas, captured, result, key, &self.planner.facts))
    }

    /// The lambdas among the arguments, and what they take from around them. One that gives a wider type than its signature
    /// had bound is read again with that.
    fn lambdas_of(
        &mut self,
        arguments: &[Expr],
        signature: &functions::signature::Signature,
        bindings: &mut functions::signature::Bindings,
    ) -> Result<(Vec<Option<Lambda>>, Vec<EngineExpr>)> {
        loop {
            let before = bindings.clone();
            let mut lambdas = Vec::new();
            let mut captured: Vec<EngineExpr> = Vec::new();
            for (index, argument) in arguments.iter().enumerate() {
                lambdas.push(match (&argument.kind, signature.parameter(index)) {
                    (ExprKind::Lambda(names, body), Some(parameter)) => {
                        Some(self.lambda(names, body, parameter, bindings, &mut captured, argument.position)?)
                    }
                    _ => None,
                });
            }
            if lambdas.iter().all(Option::is_none) || *bindings == before {
                return Ok((lambdas, captured));
            }
        }
    }

    /// A call of a function with arguments that are known.
    pub(super) fn call_typed(&mut self, name: &str, values: Vec<TypedExpr>, position: Position) -> Result<TypedExpr> {
        let function = self.function(name, position)?;
        let given: Vec<Option<TypedExpr>> = values.into_iter().map(Some).collect();
        let (signature, bindings) = self.choose(function, &given, &[], position)?;
        let values = self.as_wanted(given, signature, &bindings);
        let result = bindings.resolve(&signature.result).unwrap_or(Type::Unknown);
        let lambdas = values.iter().map(|_| None).collect();
        Ok(functions::scalar(function, values, lambdas, Vec::new(), result, String::new(), &self.planner.facts))
    }

    /// The signature that fits the arguments best.
    pub(super) fn choose(
        &self,
        function: &'static Function,
        given: &[Option<TypedExpr>],
        arguments: &[Expr],
        position: Position,
    ) -> Result<(&'static functions::signature::Signature, functions::signature::Bindings)> {
        let known: Vec<Argument> = given
            .iter()
            .enumerate()
            .map(|(index, value)| match (value, arguments.get(index).map(|argument| &argument.kind)) {
                (Some(value), _) => Argument::Typed(value.ty.clone()),
                (None, Some(ExprKind::Lambda(names, _))) => Argument::Lambda(names.len()),
                (None, _) => Argument::Lambda(0),
            })
            .collect();
        for (index, argument) in known.iter().enumerate() {
            // A lambda of another number of names than all signatures want.
            let Argument::Lambda(count) = argument else { continue };
            let wanted: Vec<usize> = function
                .signatures
                .iter()
                .filter_map(|signature| match signature.parameter(index) {
                    Some(functions::pattern::Pattern::Function(types)) => Some(types.len() - 1),
                    _ => None,
                })
                .collect();
            if let Some(first) = wanted.first().filter(|_| !wanted.contains(count)) {
                let message = format!("Expected a lambda that takes {first} argument(s) but got {count}");
                return Err(Error::at(arguments[index].position, Code::InvalidParameterUsage, message));
            }
        }
        functions::choose(function, &known).ok_or_else(|| {
            let types: Vec<String> = given
                .iter()
                .map(|value| value.as_ref().map_or("function".to_owned(), |value| value.ty.to_string()))
                .collect();
            let name = function.name;
            let mut expected: Vec<&str> =
                function.texts.iter().map(|text| text.split(" -> ").next().unwrap_or(text)).collect();
            expected.sort_unstable();
            let message = format!(
                "Unexpected parameters ({}) for function {name}. Expected: {}",
                types.join(", "),
                expected.join(", ")
            );
            Error::at(position, Code::FunctionNotFound, message)
        })
    }

    /// What looks like a function and is evaluated otherwise.
    fn special_call(&mut self, name: &str, call: &Call, position: Position) -> Result<Option<TypedExpr>> {
        let arguments = &call.arguments;
        let facts = std::sync::Arc::clone(&self.planner.facts);
        let wrong_count = |name: &str| {
            Error::at(position, Code::InvalidArguments, format!("Invalid number of arguments for '{name}' function"))
        };
        Ok(Some(match name {
            "if" => self.if_call(arguments, position)?,
            "coalesce" => {
                if arguments.len() < 2 {
                    return Err(Error::at(
                        position,
                        Code::InvalidArguments,
                        "The 'coalesce' function must have at least two arguments",
                    ));
                }
                let values = arguments.iter().map(|argument| self.expression(argument)).collect::<Result<Vec<_>>>()?;
                let ty = self.common_type(&values, position, "All COALESCE operands must be the same type")?;
                let values: Vec<TypedExpr> =
                    values.into_iter().map(|value| functions::coerce(value, &ty, &facts)).collect();
                let known = values[..values.len() - 1].iter().map(|value| value.expr.clone().is_not_null()).collect();
                self.chosen(known, values, ty)?
            }
            "nullif" => {
                let [a, b] = arguments.as_slice() else { return Err(wrong_count("nullif")) };
                let (a, b) = (self.expression(a)?, self.expression(b)?);
                if crate::types::common(&a.ty, &b.ty).is_none() {
                    let message = format!("Types are not comparable with NULLIF: {} vs {}", a.ty, b.ty);
                    return Err(Error::at(position, Code::TypeMismatch, message));
                }
                let equal = self.compare(Comparison::Equal, a.clone(), b, position)?;
                let ty = a.ty.clone();
                self.chosen(vec![equal.expr], vec![functions::null(&ty), a], ty)?
            }
            "try" => {
                let [value] = arguments.as_slice() else { return Err(wrong_count("try")) };
                let value = self.expression(value)?;
                let (ty, key, mut captured) = (value.ty.clone(), value.expr.to_string(), Vec::new());
                let lambda = self.compiled(value, &[], &mut captured)?;
                functions::try_value(lambda, captured, ty, key, &self.facts())
            }
            "format" => self.format_call(arguments, position)?,
            "typeof" => {
                let [value] = arguments.as_slice() else { return Err(wrong_count("typeof")) };
                let value = self.expression(value)?;
                functions::literal(crate::value::Value::text(value.ty.to_string()), &Type::VARCHAR)
            }
            _ => return Ok(None),
        }))
    }

    /// `if(condition, a, b)`.
    fn if_call(&mut self, arguments: &[Expr], position: Position) -> Result<TypedExpr> {
        let (2 | 3) = arguments.len() else {
            let message = "Invalid number of arguments for 'if' function";
            return Err(Error::at(position, Code::InvalidArguments, message));
        };
        let condition = self.boolean(&arguments[0], "IF condition must evaluate to a boolean")?;
        let mut results = vec![self.expression(&arguments[1])?];
        results.push(match arguments.get(2) {
            Some(otherwise) => self.expression(otherwise)?,
            None => functions::null(&Type::Unknown),
        });
        if crate::types::common(&results[0].ty, &results[1].ty).is_none() {
            let (a, b) = (&results[0].ty, &results[1].ty);
            let message = format!("Result types for IF must be the same: {a} vs {b}");
            return Err(Error::at(position, Code::TypeMismatch, message));
        }
        let ty = self.common_type(&results, position, "Result types for IF must be the same")?;
        self.chosen(vec![condition.expr], results, ty)
    }

    /// Java's `format`, whose arguments may each be of another type.
    fn format_call(&mut self, arguments: &[Expr], position: Position) -> Result<TypedExpr> {
        if arguments.len() < 2 {
            let message = "The 'format' function must have at least two arguments";
            return Err(Error::at(position, Code::InvalidArguments, message));
        }
        let values = arguments.iter().map(|argument| self.expression(argument)).collect::<Result<Vec<_>>>()?;
        if !matches!(values[0].ty, Type::Varchar(_) | Type::Unknown) {
            let message = format!(
                "Unexpected parameters ({}, …) for function format. Expected: format(varchar, T)",
                values[0].ty
            );
            return Err(Error::at(position, Code::FunctionNotFound, message));
        }
        if let Some(value) =
            values.iter().find(|value| matches!(value.ty, Type::Array(_) | Type::Map(..) | Type::Row(_)))
        {
            let message = format!("Type not supported for formatting: {}", value.ty);
            return Err(Error::at(position, Code::NotSupported, message));
        }
        let function = self.function("format", position)?;
        let lambdas = values.iter().map(|_| None).collect();
        Ok(functions::scalar(function, values, lambdas, Vec::new(), Type::VARCHAR, String::new(), &self.facts()))
    }

    /// The arguments, lambdas left out, as the types that a signature wants.
    fn as_wanted(
        &self,
        given: Vec<Option<TypedExpr>>,
        signature: &functions::signature::Signature,
        bindings: &functions::signature::Bindings,
    ) -> Vec<TypedExpr> {
        let mut values = Vec::new();
        for (index, value) in given.into_iter().enumerate() {
            let Some(value) = value else { continue };
            let wanted = signature.parameter(index).and_then(|parameter| bindings.resolve(parameter));
            values.push(match wanted {
                Some(wanted) => functions::coerce(value, &wanted, &self.planner.facts),
                None => value,
            });
        }
        values
    }

    /// The arguments of an aggregate; `listagg`'s clauses are arguments, too.
    fn aggregate_arguments(&mut self, call: &Call, name: &str, position: Position) -> Result<Vec<Expr>> {
        let mut arguments = call.arguments.clone();
        if name == "listagg" {
            if let Some(first) = call.arguments.first() {
                let ty = self.expression(first)?.ty;
                if !matches!(ty, Type::Varchar(_) | Type::Unknown) {
                    let shown = super::tree::written(first);
                    let message = format!("Expected expression of varchar, but '{shown}' has {ty} type");
                    return Err(Error::at(first.position, Code::TypeMismatch, message));
                }
            }
            arguments.extend(overflow_arguments(call, position));
        }
        Ok(arguments)
    }

    /// The sort keys of an aggregate's own ORDER BY: the value, whether descending, whether NULLs come first.
    fn aggregate_order(&mut self, call: &Call) -> Result<Vec<(TypedExpr, bool, bool)>> {
        let mut order = Vec::new();
        for item in &call.order_by {
            let key = self.expression(&item.value)?;
            if !key.ty.is_orderable() {
                let message = format!("ORDER BY can only be applied to orderable types (actual: {})", key.ty);
                return Err(Error::at(item.value.position, Code::TypeMismatch, message));
            }
            order.push((key, item.descending, item.nulls_first.unwrap_or(false)));
        }
        Ok(order)
    }

    /// An aggregate over the rows of a group.
    pub(super) fn aggregate(&mut self, call: &Call, rows: RowsOf, position: Position) -> Result<AggregateExpr> {
        let name = call.name.dotted();
        let function = self.function(&name, position)?;
        let filter = match &call.filter {
            Some(filter) => Some(self.condition(filter, "FILTER clause")?.expr),
            None => None,
        };
        if call.star {
            if name != "count" {
                return Err(Error::at(
                    position,
                    Code::FunctionNotFound,
                    format!("Unexpected parameters () for function {name}"),
                ));
            }
            return Ok(AggregateExpr::count_all(filter));
        }
        let arguments = self.aggregate_arguments(call, &name, position)?;
        let given: Vec<Option<TypedExpr>> = arguments
            .iter()
            .map(|argument| match &argument.kind {
                ExprKind::Lambda(..) => Ok(None),
                _ => self.expression(argument).map(Some),
            })
            .collect::<Result<_>>()?;
        let (signature, mut bindings) = self.choose(function, &given, &arguments, position)?;
        let (lambdas, captured) = self.lambdas_of(&arguments, signature, &mut bindings)?;
        if !captured.is_empty() {
            return Err(Error::unsupported(position, "lambdas of aggregates that name columns"));
        }
        let values = self.as_wanted(given, signature, &bindings);
        for item in call.order_by.iter().filter(|_| call.distinct && name != "listagg") {
            if !call.arguments.contains(&item.value) {
                let message = "For aggregate function with DISTINCT, ORDER BY expressions must appear in arguments";
                return Err(Error::at(item.value.position, Code::ExpressionNotInDistinct, message));
            }
        }
        if call.distinct
            && let Some(value) = values.iter().find(|value| !value.ty.is_comparable())
        {
            let message = format!("DISTINCT can only be applied to comparable types (actual: {})", value.ty);
            return Err(Error::at(position, Code::TypeMismatch, message));
        }
        let order = self.aggregate_order(call)?;
        let result = bindings.resolve(&signature.result).unwrap_or(Type::Unknown);
        let key =
            format!("{:?}", arguments.iter().filter(|a| matches!(a.kind, ExprKind::Lambda(..))).collect::<Vec<_>>());
        functions::aggregate(
            function,
            functions::AggregateCall { values, lambdas, result, distinct: call.distinct, filter, order, key, rows },
            &self.planner.facts,
        )
        .map_err(|error| Error { position: error.position.or(Some(position)), ..error })
    }

    /// The number of a constant expression: of frames and of `ntile`.
    pub(super) fn constant_number(&mut self, expr: &Expr) -> Result<Option<i64>> {
        let value = self.expression(expr)?;
        Ok(match constant(&value.expr) {
            Some(ScalarValue::Int8(value)) => value.map(i64::from),
            Some(ScalarValue::Int16(value)) => value.map(i64::from),
            Some(ScalarValue::Int32(value)) => value.map(i64::from),
            Some(ScalarValue::Int64(value)) => *value,
            _ => None,
        })
    }

    pub(super) fn window_call(&mut self, call: &Call, over: &Over, position: Position) -> Result<TypedExpr> {
        if let Some(clause) = self.no_windows {
            let message = format!(
                "{clause} cannot contain aggregations, window functions or grouping operations: [{}]",
                call.name.dotted()
            );
            return Err(Error::at(position, Code::ExpressionNotScalar, message));
        }
        let name = call.name.dotted();
        let function = self.function(&name, position)?;
        if !function.is_aggregate() && !matches!(function.implementation, Implementation::Window) {
            return Err(Error::at(position, Code::FunctionNotWindow, format!("Not a window function: {name}")));
        }
        self.windowed(call, function, over, position)
    }
}

/// What `listagg`'s own words say, as the arguments that the function has for them.
fn overflow_arguments(call: &Call, position: Position) -> Vec<Expr> {
    let at = |kind: ExprKind| Expr { position, kind };
    let mut arguments = Vec::new();
    if call.arguments.len() < 2 {
        arguments.push(at(ExprKind::Text(String::new())));
    }
    let (error, filler, count) = match &call.overflow {
        Some(Overflow::Truncate { filler, with_count }) => (false, filler.clone(), *with_count),
        _ => (true, "...".to_owned(), true),
    };
    arguments.push(at(ExprKind::Boolean(error)));
    arguments.push(at(ExprKind::Text(filler)));
    arguments.push(at(ExprKind::Boolean(count)));
    arguments
}
