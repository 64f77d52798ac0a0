//! Window functions: a column more for the plan.

use super::expressions::Builder;
use super::{TypedExpr, internal};
use crate::error::{Code, Error, Position, Result};
use crate::functions::{self, Function, Implementation, RowsOf};
use crate::syntax::ast::{Call, Expr, Name, Over, Window};
use crate::types::Type;
use datafusion::logical_expr::expr::{NullTreatment, WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{Expr as EngineExpr, LogicalPlanBuilder, SortExpr, WindowFrame, lit};

/// What a call over a window cannot have.
fn check_call(call: &Call, position: Position) -> Result<()> {
    let name = call.name.dotted();
    let refuse = |code: Code, message: &str| Err(Error::at(position, code, message));
    if call.distinct {
        return refuse(Code::NotSupported, "DISTINCT in window function parameters not yet supported: ");
    }
    if !call.order_by.is_empty() {
        return refuse(Code::NotSupported, "Window function with ORDER BY is not supported");
    }
    if call.filter.is_some() {
        return refuse(Code::NotSupported, "FILTER is not yet supported for window functions");
    }
    let takes_nulls = ["lag", "lead", "first_value", "last_value", "nth_value"];
    if call.ignore_nulls && !takes_nulls.contains(&name.as_str()) {
        return refuse(Code::InvalidWindowFrame, &format!("Cannot specify null treatment clause for {name} function"));
    }
    Ok(())
}

pub(super) fn check_named(windows: &[(Name, Window)]) -> Result<()> {
    for (index, (name, _)) in windows.iter().enumerate() {
        if windows[..index].iter().any(|(other, _)| other == name) {
            let message = format!("WINDOW name '{}' specified more than once", name.text);
            return Err(Error::at(name.position, Code::DuplicateWindowName, message));
        }
    }
    Ok(())
}

impl Builder<'_, '_> {
    pub(super) fn windowed(
        &mut self,
        call: &Call,
        function: &'static Function,
        over: &Over,
        position: Position,
    ) -> Result<TypedExpr> {
        check_call(call, position)?;
        let nested = |expr: &Expr, place: &str| match super::aggregates::first_window(expr) {
            Some((_, at)) => {
                let message = format!("Cannot nest window functions inside window {place}");
                Err(Error::at(at, Code::NestedWindow, message))
            }
            None => Ok(()),
        };
        for argument in &call.arguments {
            nested(argument, "function arguments")?;
        }
        let window = self.window(over)?;
        for expr in window.partition_by.iter().chain(window.order_by.iter().map(|item| &item.value)) {
            nested(expr, "specification")?;
        }
        let partition_by = self.partition(&window)?;
        let (order, order_types) = self.window_order(&window)?;
        let frame = self.frame(&window, &order_types)?;
        let name = self.planner.fresh();
        if matches!(function.implementation, Implementation::Window) {
            let (definition, arguments, result) = self.window_function(call, &window, position)?;
            let null_treatment = call.ignore_nulls.then_some(NullTreatment::IgnoreNulls);
            let expr = window_expr(definition, arguments, (partition_by, order, frame), null_treatment, None);
            self.add_window(expr.alias(&name))?;
            let raw = super::column(&name);
            let value = if result == Type::Bigint { functions::to_bigint(raw) } else { raw };
            self.known.insert(name, result.clone());
            return Ok(TypedExpr { expr: value, ty: result });
        }
        let rows = if frame.start_bound.is_unbounded() { RowsOf::GrowingFrame } else { RowsOf::SlidingFrame };
        let aggregated = self.aggregate(call, rows, position)?;
        let (definition, arguments, filter) = aggregated.window()?;
        let expr = window_expr(definition, arguments, (partition_by, order, frame), None, filter);
        self.add_window(expr.alias(&name))?;
        let value = aggregated.finished(super::column(&name), &self.planner.facts);
        self.known.insert(name, aggregated.ty.clone());
        // What was computed may be another type than what it finishes as.
        let named = self.planner.fresh();
        let mut columns: Vec<EngineExpr> = self.plan.schema().columns().into_iter().map(EngineExpr::Column).collect();
        columns.push(value.alias(&named));
        self.plan = super::project(self.plan.clone(), columns)?;
        Ok(self.unnamed(&named, aggregated.ty))
    }

    /// What a window is partitioned by.
    fn partition(&mut self, window: &Window) -> Result<Vec<EngineExpr>> {
        let mut found = Vec::new();
        for expr in &window.partition_by {
            let value = self.expression(expr)?;
            if !value.ty.is_comparable() {
                let message = format!(
                    "{} is not comparable, and therefore cannot be used in window function PARTITION BY",
                    value.ty
                );
                return Err(Error::at(expr.position, Code::TypeMismatch, message));
            }
            found.push(functions::group_key(value, &self.planner.facts));
        }
        Ok(self.with_carried(found))
    }

    /// What a window is ordered by, with the types of the keys.
    fn window_order(&mut self, window: &Window) -> Result<(Vec<SortExpr>, Vec<Type>)> {
        let (mut order, mut types) = (Vec::new(), Vec::new());
        for item in &window.order_by {
            let key = self.expression(&item.value)?;
            if !key.ty.is_orderable() {
                let message =
                    format!("{} is not orderable, and therefore cannot be used in window function ORDER BY", key.ty);
                return Err(Error::at(item.value.position, Code::TypeMismatch, message));
            }
            let key = self.frame_key(key, window.frame.as_ref())?;
            types.push(key.ty.clone());
            order.push(self.planner.sort_key(key, item));
        }
        Ok((order, types))
    }

    fn with_carried(&self, mut partition_by: Vec<EngineExpr>) -> Vec<EngineExpr> {
        let carried = match &self.grouped {
            Some(grouped) => grouped.carried(),
            None => self.fields.iter().filter(|field| field.level > 0).cloned().collect(),
        };
        partition_by.extend(carried.iter().map(|field| functions::group_key(field.typed(), &self.planner.facts)));
        partition_by
    }

    fn add_window(&mut self, expr: EngineExpr) -> Result<()> {
        let plan = LogicalPlanBuilder::from(self.plan.clone()).window([expr]).and_then(LogicalPlanBuilder::build);
        self.plan = plan.map_err(internal)?;
        Ok(())
    }

    /// A window with what it takes from a named one.
    fn window(&self, over: &Over) -> Result<Window> {
        let named = |name: &Name| {
            let found = self.windows.iter().find(|(own, _)| own == name).map(|(_, window)| window.clone());
            found.ok_or_else(|| {
                let message = format!("Cannot resolve WINDOW name {}", name.text);
                Error::at(name.position, Code::InvalidWindowReference, message)
            })
        };
        let mut window = match over {
            Over::Named(name) => named(name)?,
            Over::Window(window) => (**window).clone(),
        };
        while let Some(base) = window.base.take() {
            let base = named(&base)?;
            let refuse = |at: Position, what: &str| Err(Error::at(at, Code::InvalidWindowReference, what));
            if let Some(expr) = window.partition_by.first() {
                let message = "WINDOW specification with named WINDOW reference cannot specify PARTITION BY";
                return refuse(expr.position, message);
            }
            if !window.order_by.is_empty() && !base.order_by.is_empty() {
                let message = "Cannot specify ORDER BY if referenced named WINDOW specifies ORDER BY";
                return refuse(window.order_position, message);
            }
            if base.frame.is_some() {
                return refuse(window.position, "Cannot reference named WINDOW containing frame specification");
            }
            let order_by = if window.order_by.is_empty() { base.order_by } else { window.order_by };
            window = Window { base: base.base, partition_by: base.partition_by, order_by, ..window };
        }
        Ok(window)
    }

    fn window_function(
        &mut self,
        call: &Call,
        window: &Window,
        position: Position,
    ) -> Result<(datafusion::logical_expr::WindowFunctionDefinition, Vec<EngineExpr>, Type)> {
        let name = call.name.dotted();
        let ranked = matches!(
            name.as_str(),
            "rank" | "dense_rank" | "percent_rank" | "cume_dist" | "ntile" | "lag" | "lead" | "row_number"
        );
        if ranked && window.frame.is_some() && name != "row_number" {
            let message = format!("Cannot specify window frame for {name} function");
            let at = window.frame.as_ref().map_or(position, |frame| frame.position);
            return Err(Error::at(at, Code::InvalidWindowFrame, message));
        }
        if matches!(name.as_str(), "lag" | "lead") && window.order_by.is_empty() {
            let message = format!("{name} function requires an ORDER BY window clause");
            return Err(Error::at(window.position, Code::MissingOrderBy, message));
        }
        self.window_value(call, &name, position)
    }

    /// A window function, its arguments and its type.
    fn window_value(
        &mut self,
        call: &Call,
        name: &str,
        position: Position,
    ) -> Result<(datafusion::logical_expr::WindowFunctionDefinition, Vec<EngineExpr>, Type)> {
        use datafusion::functions_window::{cume_dist, nth_value, rank, row_number};
        let given = call.arguments.iter().map(|argument| self.expression(argument)).collect::<Result<Vec<_>>>()?;
        let function = functions::find(name);
        let known: Vec<Option<TypedExpr>> = given.iter().cloned().map(Some).collect();
        let (signature, bindings) = match function {
            Some(function) => self.choose(function, &known, &call.arguments, position)?,
            None => return Err(Error::unsupported(position, name)),
        };
        let result = bindings.resolve(&signature.result).unwrap_or(Type::Unknown);
        if let Some(function) = functions::ByRow::find(name) {
            return Ok((functions::by_row(function).into(), self.by_row_arguments(function, given, &result), result));
        }
        let first = given.into_iter().next().map(|value| functions::coerce(value, &result, &self.planner.facts).expr);
        let first = first.unwrap_or(lit(1));
        Ok(match name {
            "row_number" => (row_number::row_number_udwf().into(), Vec::new(), Type::Bigint),
            "rank" => (rank::rank_udwf().into(), Vec::new(), Type::Bigint),
            "dense_rank" => (rank::dense_rank_udwf().into(), Vec::new(), Type::Bigint),
            "percent_rank" => (rank::percent_rank_udwf().into(), Vec::new(), Type::Double),
            "cume_dist" => (cume_dist::cume_dist_udwf().into(), Vec::new(), Type::Double),
            "first_value" => (nth_value::first_value_udwf().into(), vec![first], result),
            "last_value" => (nth_value::last_value_udwf().into(), vec![first], result),
            _ => return Err(Error::unsupported(position, name)),
        })
    }

    /// Value, number and default as the function takes them.
    fn by_row_arguments(&self, function: functions::ByRow, given: Vec<TypedExpr>, result: &Type) -> Vec<EngineExpr> {
        let number = usize::from(function != functions::ByRow::Ntile);
        let typed = given.into_iter().enumerate().map(|(index, value)| {
            let ty = if index == number { &Type::Bigint } else { result };
            functions::coerce(value, ty, &self.planner.facts).expr
        });
        let mut arguments: Vec<EngineExpr> = typed.collect();
        if arguments.len() == number {
            arguments.push(lit(1_i64));
        }
        arguments
    }
}

fn window_expr(
    fun: datafusion::logical_expr::WindowFunctionDefinition,
    args: Vec<EngineExpr>,
    (partition_by, order_by, window_frame): (Vec<EngineExpr>, Vec<SortExpr>, WindowFrame),
    null_treatment: Option<NullTreatment>,
    filter: Option<EngineExpr>,
) -> EngineExpr {
    let filter = filter.map(Box::new);
    let params =
        WindowFunctionParams { args, partition_by, order_by, window_frame, filter, null_treatment, distinct: false };
    EngineExpr::from(WindowFunction { fun, params })
}
