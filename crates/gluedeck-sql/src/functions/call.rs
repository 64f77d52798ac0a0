//! A call of a function at work: its types, what the session knows, its lambdas; and the engine's face of it.

use crate::error::{Error, Result};
use crate::session::Facts;
use crate::types::Type;
use crate::value::{Column, Value, array_of};
use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature as EngineSignature, TypeSignature, Volatility,
};
use datafusion::physical_expr::PhysicalExpr;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A lambda, compiled: an expression over its names and then over what it takes from around it.
#[derive(Debug, Clone)]
pub(crate) struct Lambda {
    pub(crate) names: Vec<Type>,
    pub(crate) captures: Vec<Type>,
    pub(crate) result: Type,
    pub(crate) body: Arc<dyn PhysicalExpr>,
    pub(crate) schema: SchemaRef,
    /// Where what it takes from around it begins among the call's captured values.
    pub(crate) first_capture: usize,
}

impl Lambda {
    /// What the lambda answers for each of these rows of arguments.
    fn apply(&self, rows: &[Vec<Value>], captured: &[Value]) -> Result<Vec<Value>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let column = |index: usize, ty: &Type| {
            let values = rows.iter().map(|row| row[index].clone()).collect();
            array_of(values, ty)
        };
        let failed = |error: datafusion::arrow::error::ArrowError| Error::from_engine(&error.into());
        let mut columns = Vec::new();
        for (index, ty) in self.names.iter().enumerate() {
            columns.push(column(index, ty).map_err(failed)?);
        }
        for (index, ty) in self.captures.iter().enumerate() {
            let value = captured[self.first_capture + index].clone();
            columns.push(array_of(vec![value; rows.len()], ty).map_err(failed)?);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options).map_err(failed)?;
        let found = self.body.evaluate(&batch).and_then(|found| found.into_array(rows.len()));
        let found = found.map_err(|error| Error::from_engine(&error))?;
        let found = Column::of(found.as_ref(), &self.result);
        Ok((0..rows.len()).map(|row| found.value(row)).collect())
    }
}

/// What is known of a call before it is made.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub(crate) name: String,
    pub(crate) types: Vec<Type>,
    pub(crate) result: Type,
    pub(crate) facts: Arc<Facts>,
    /// By argument.
    pub(crate) lambdas: Vec<Option<Lambda>>,
}

/// A call with the values of one row.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) site: &'a Site,
    pub(crate) values: &'a [Value],
    pub(crate) captured: &'a [Value],
}

impl Call<'_> {
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn get(&self, index: usize) -> &Value {
        self.values.get(index).unwrap_or(&Value::Null)
    }

    pub(crate) fn text(&self, index: usize) -> &str {
        self.get(index).as_text()
    }

    pub(crate) fn int(&self, index: usize) -> i64 {
        self.get(index).as_int()
    }

    pub(crate) fn double(&self, index: usize) -> f64 {
        self.get(index).as_double()
    }

    pub(crate) fn array(&self, index: usize) -> &[Value] {
        self.get(index).as_array()
    }

    pub(crate) fn ty(&self, index: usize) -> &Type {
        self.site.types.get(index).unwrap_or(&Type::Unknown)
    }

    pub(crate) fn result(&self) -> &Type {
        &self.site.result
    }

    /// Applies the lambda that is an argument to rows of values.
    pub(crate) fn each(&self, argument: usize, rows: &[Vec<Value>]) -> Result<Vec<Value>> {
        match self.site.lambdas.get(argument) {
            Some(Some(lambda)) => lambda.apply(rows, self.captured),
            _ => Err(Error::argument("not a lambda")),
        }
    }

    pub(crate) fn apply(&self, argument: usize, values: Vec<Value>) -> Result<Value> {
        Ok(self.each(argument, &[values])?.pop().unwrap_or(Value::Null))
    }
}

/// A function of one row.
pub(crate) type Body = fn(&Call<'_>) -> Result<Value>;

/// Computes an array from the arguments' arrays and the number of rows.
type ArrayWork = dyn Fn(&[ArrayRef], usize) -> EngineResult<ArrayRef> + Send + Sync;

/// How a kernel computes.
#[derive(Clone)]
pub(crate) enum Work {
    /// Row by row; with whether any NULL among the arguments makes NULL.
    Rows { body: Body, strict: bool },
    /// Whole arrays at once.
    Arrays(Arc<ArrayWork>),
}

/// The engine's face of a call: one function for each place of a statement, with all types settled.
#[derive(Clone)]
pub(crate) struct Kernel {
    pub(crate) site: Site,
    pub(crate) work: Work,
    /// What makes two calls of one name different, besides their types.
    pub(crate) key: String,
    pub(crate) signature: EngineSignature,
    result: DataType,
}

impl Kernel {
    pub(crate) fn new(site: Site, work: Work, key: String, volatile: bool) -> Self {
        let volatility = if volatile { Volatility::Volatile } else { Volatility::Immutable };
        let result = site.result.arrow();
        let signature = EngineSignature::one_of(vec![TypeSignature::Nullary, TypeSignature::VariadicAny], volatility);
        Self { site, work, key, signature, result }
    }

    fn identity(&self) -> (&str, &[Type], &Type, &str) {
        (&self.site.name, &self.site.types, &self.site.result, &self.key)
    }

    fn rows(&self, body: Body, strict: bool, arguments: &[ArrayRef], rows: usize) -> EngineResult<ArrayRef> {
        let given = self.site.lambdas.iter().filter(|lambda| lambda.is_none()).count();
        let mut types = self.site.types.clone();
        for lambda in self.site.lambdas.iter().flatten() {
            types.extend(lambda.captures.iter().cloned());
        }
        // Lambdas have no array of their own.
        let plain: Vec<usize> = (0..self.site.types.len()).filter(|i| self.site.lambdas[*i].is_none()).collect();
        let columns: Vec<Column<'_>> = arguments
            .iter()
            .enumerate()
            .map(|(index, array)| {
                let ty = plain.get(index).copied().unwrap_or(self.site.types.len() + index.saturating_sub(given));
                Column::of(array.as_ref(), &types[ty])
            })
            .collect();
        let mut found = Vec::with_capacity(rows);
        let mut values = vec![Value::Null; self.site.types.len()];
        let mut captured = Vec::new();
        for row in 0..rows {
            for (index, argument) in plain.iter().enumerate() {
                values[*argument] = columns[index].value(row);
            }
            captured.clear();
            captured.extend(columns.iter().skip(plain.len()).map(|column| column.value(row)));
            if strict && plain.iter().any(|index| values[*index].is_null()) {
                found.push(Value::Null);
                continue;
            }
            let call = Call { site: &self.site, values: &values, captured: &captured };
            found.push(body(&call).map_err(DataFusionError::from)?);
        }
        Ok(array_of(found, &self.site.result)?)
    }
}

impl PartialEq for Kernel {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for Kernel {}

impl Hash for Kernel {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

impl fmt::Debug for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kernel").field("name", &self.site.name).field("types", &self.site.types).finish()
    }
}

impl ScalarUDFImpl for Kernel {
    fn name(&self) -> &str {
        &self.site.name
    }

    fn signature(&self) -> &EngineSignature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> EngineResult<DataType> {
        Ok(self.result.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> EngineResult<ColumnarValue> {
        let constant = args.args.iter().all(|value| matches!(value, ColumnarValue::Scalar(_)))
            && self.signature.volatility == Volatility::Immutable;
        let rows = if constant { 1 } else { args.number_rows };
        let arrays = args.args.into_iter().map(|value| value.into_array(rows)).collect::<EngineResult<Vec<_>>>()?;
        let found = match &self.work {
            Work::Rows { body, strict } => self.rows(*body, *strict, &arrays, rows)?,
            Work::Arrays(work) => work(&arrays, rows)?,
        };
        if constant {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&found, 0)?));
        }
        Ok(ColumnarValue::Array(found))
    }
}
