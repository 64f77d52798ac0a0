//! Lambdas: compiled to expressions over their own names and over what they take from around them.

use super::expressions::{Builder, LambdaNames};
use super::{TypedExpr, internal};
use crate::error::{Code, Error, Position, Result};
use crate::functions::call::Lambda;
use crate::functions::pattern::Pattern;
use crate::functions::signature::Bindings;
use crate::syntax::ast::{Expr, Name};
use crate::types::Type;
use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::common::DFSchema;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::execution::context::ExecutionProps;
use datafusion::logical_expr::Expr as EngineExpr;
use datafusion::physical_expr::create_physical_expr;
use std::sync::Arc;

impl Builder<'_, '_> {
    /// Reads a lambda for a parameter; what it is of and what it gives become known to the signature.
    pub(super) fn lambda(
        &mut self,
        names: &[Name],
        body: &Expr,
        parameter: &Pattern,
        bindings: &mut Bindings,
        captured: &mut Vec<EngineExpr>,
        position: Position,
    ) -> Result<Lambda> {
        let Pattern::Function(types) = parameter else {
            return Err(Error::at(position, Code::TypeMismatch, "Unexpected lambda expression"));
        };
        let Some((result, parameters)) = types.split_last() else {
            return Err(Error::at(position, Code::TypeMismatch, "Unexpected lambda expression"));
        };
        let mut own = Vec::new();
        for (name, pattern) in names.iter().zip(parameters) {
            let ty = bindings.resolve(pattern).unwrap_or(Type::Unknown);
            own.push((name.clone(), ty, self.planner.fresh()));
        }
        let parameters: Vec<(Type, String)> = own.iter().map(|(_, ty, column)| (ty.clone(), column.clone())).collect();
        let aggregated =
            super::aggregates::first_aggregate(body).is_some() || super::aggregates::first_window(body).is_some();
        if aggregated {
            let message = "Lambda expression cannot contain aggregations, window functions or grouping operations";
            return Err(Error::at(position, Code::ExpressionNotScalar, message));
        }
        self.lambdas.push(LambdaNames { names: own });
        let windows = self.no_windows.replace("Lambda expression");
        let value = self.expression(body);
        self.no_windows = windows;
        self.lambdas.pop();
        let value = value?;
        if !bindings.unify(result, &value.ty, true) {
            let wanted = bindings.resolve(result).unwrap_or(Type::Unknown);
            let message = format!("Lambda must return {wanted}, not {}", value.ty);
            return Err(Error::at(position, Code::TypeMismatch, message));
        }
        let wanted = bindings.resolve(result).unwrap_or(value.ty.clone());
        let value = crate::functions::coerce(value, &wanted, &self.planner.facts);
        self.compiled(value, &parameters, captured)
    }

    /// An expression over some columns of its own, and over what else it names, which is captured.
    pub(crate) fn compiled(
        &self,
        value: TypedExpr,
        parameters: &[(Type, String)],
        captured: &mut Vec<EngineExpr>,
    ) -> Result<Lambda> {
        let mut around: Vec<(Type, String)> = Vec::new();
        value
            .expr
            .apply(|inner| {
                if let EngineExpr::Column(column) = inner {
                    let known = parameters.iter().chain(&around).any(|(_, name)| *name == column.name);
                    if !known {
                        around.push((self.type_of(&column.name), column.name.clone()));
                    }
                }
                Ok(TreeNodeRecursion::Continue)
            })
            .map_err(internal)?;
        let fields: Vec<Field> =
            parameters.iter().chain(&around).map(|(ty, name)| Field::new(name, ty.arrow(), true)).collect();
        let schema = Arc::new(Schema::new(fields));
        let named = DFSchema::try_from(Arc::clone(&schema)).map_err(internal)?;
        let context = Default::default();
        let body = create_physical_expr(&value.expr, &named, &ExecutionProps::new(), &context).map_err(internal)?;
        let first_capture = captured.len();
        captured.extend(around.iter().map(|(_, name)| super::column(name)));
        let names = parameters.iter().map(|(ty, _)| ty.clone()).collect();
        let captures = around.into_iter().map(|(ty, _)| ty).collect();
        Ok(Lambda { names, captures, result: value.ty, body, schema, first_capture })
    }

    /// The type of one of the plan's columns, or of a name of a lambda around.
    fn type_of(&self, column: &str) -> Type {
        let own = self.lambdas.iter().flat_map(|lambda| &lambda.names).find(|(_, _, name)| name == column);
        if let Some((_, ty, _)) = own {
            return ty.clone();
        }
        if let Some(field) = self.visible_fields().iter().chain(&self.fields).find(|field| field.column == column) {
            return field.ty.clone();
        }
        self.known.get(column).cloned().unwrap_or(Type::Unknown)
    }
}
