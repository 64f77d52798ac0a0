//! Athena's scalar functions that the engine lacks or means differently, row by row, over a few kinds of values.

mod json;
mod text;
mod time;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, Int64Array, ListBuilder, StringArray,
    StringBuilder, TimestampMillisecondArray,
};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Field, Float64Type, Int64Type, TimeUnit, TimestampMillisecondType,
};
use datafusion::common::plan_err;
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use datafusion::prelude::SessionContext;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// What a function takes or gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ValueType {
    Text,
    Integer,
    Double,
    Boolean,
    Date,
    /// Milliseconds, no zone.
    Timestamp,
    /// Milliseconds, UTC.
    Instant,
    /// A date stays a date, everything else becomes a timestamp.
    Temporal,
    Texts,
}

/// A value of one row. Temporal values are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq)]
enum Cell<'a> {
    Null,
    Text(Cow<'a, str>),
    Integer(i64),
    Double(f64),
    Boolean(bool),
    Millis(i64),
    /// Midnight of a date.
    Midnight(i64),
    Texts(Vec<String>),
}

/// Why a function refuses a value, in Athena's words.
#[derive(Debug, PartialEq, thiserror::Error)]
enum Refusal {
    #[error("NUMERIC_VALUE_OUT_OF_RANGE: the date is out of range")]
    OutOfRange,
    #[error("INVALID_FUNCTION_ARGUMENT: '{unit}' is not a valid {of} field")]
    Unit { unit: String, of: &'static str },
    #[error("INVALID_FUNCTION_ARGUMENT: Invalid format: \"{0}\"")]
    Format(String),
    #[error("INVALID_FUNCTION_ARGUMENT: %{0} not supported in date format string")]
    DateLetter(char),
    #[error("INVALID_FUNCTION_ARGUMENT: the date format string ends in %")]
    OpenPercent,
    #[error("INVALID_FUNCTION_ARGUMENT: the pattern has an open quote")]
    OpenQuote,
    #[error("INVALID_FUNCTION_ARGUMENT: Illegal pattern component: {0}")]
    PatternLetter(char),
    #[error("INVALID_FUNCTION_ARGUMENT: The delimiter may not be the empty string")]
    NoDelimiter,
    #[error("INVALID_FUNCTION_ARGUMENT: Limit must be positive")]
    Limit,
    #[error("INVALID_FUNCTION_ARGUMENT: Input string must be a single character string")]
    NotOneCharacter,
    #[error("INVALID_FUNCTION_ARGUMENT: Pattern has {groups} groups. Cannot access group {group}")]
    Group { groups: usize, group: i64 },
    #[error("INVALID_FUNCTION_ARGUMENT: {}", .0.to_string().replace('\n', " "))]
    Pattern(#[from] regex::Error),
    #[error("INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON: '{0}'")]
    NotJson(String),
    #[error("INVALID_FUNCTION_ARGUMENT: Invalid JSON path: '{0}'")]
    JsonPath(String),
}

type Body = fn(&[Cell<'_>]) -> Result<Cell<'static>, Refusal>;

/// A function: NULL in any argument gives NULL.
#[derive(Debug, Clone, Copy)]
struct Function {
    name: &'static str,
    arguments: &'static [ValueType],
    /// How many of the last arguments may be left out.
    optional: usize,
    gives: ValueType,
    body: Body,
}

const fn function(
    name: &'static str,
    arguments: &'static [ValueType],
    optional: usize,
    gives: ValueType,
    body: Body,
) -> Function {
    Function { name, arguments, optional, gives, body }
}

/// The prefix of a function's twin that answers NULL where the function refuses; `TRY(…)` is rewritten to it.
pub(super) const TRY: &str = "try_";

fn all() -> impl Iterator<Item = Function> {
    time::FUNCTIONS.iter().chain(text::FUNCTIONS).chain(json::FUNCTIONS).copied()
}

/// Whether `name` has a `TRY` twin.
pub(super) fn has_twin(name: &str) -> bool {
    all().any(|function| function.name == name)
}

/// The names of all functions that a query can call: the engine's, ours, and those that the dialect translates.
pub(super) fn names(dialects: impl Iterator<Item = &'static str>) -> Vec<String> {
    let context = SessionContext::new();
    register(&context);
    let state = context.state();
    let engine = state.scalar_functions().keys().chain(state.aggregate_functions().keys());
    let engine = engine.chain(state.window_functions().keys()).filter(|name| !name.starts_with(TRY)).cloned();
    engine.chain(dialects.map(str::to_owned)).collect::<BTreeSet<String>>().into_iter().collect()
}

/// Makes the functions known to a session.
pub(super) fn register(context: &SessionContext) {
    for function in all() {
        for tries in [false, true] {
            let name = if tries { format!("{TRY}{}", function.name) } else { function.name.to_owned() };
            let signature = Signature::user_defined(Volatility::Immutable);
            context.register_udf(ScalarUDF::from(RowFunction { name, function, tries, signature }));
        }
    }
}

#[derive(Debug)]
struct RowFunction {
    name: String,
    function: Function,
    tries: bool,
    signature: Signature,
}

// A function is its name: the tables hold every name once.
impl PartialEq for RowFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for RowFunction {}

impl Hash for RowFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for RowFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> EngineResult<Vec<DataType>> {
        let kinds = self.function.arguments;
        if given.len() > kinds.len() || given.len() + self.function.optional < kinds.len() {
            return plan_err!("Unexpected parameters for function {}: {} arguments", self.name, given.len());
        }
        Ok(kinds.iter().zip(given).map(|(kind, given)| kind.data_type(given)).collect())
    }

    fn return_type(&self, given: &[DataType]) -> EngineResult<DataType> {
        // A temporal result has the type of the temporal argument.
        let temporal = self.function.arguments.iter().position(|kind| *kind == ValueType::Temporal);
        let like = temporal.and_then(|index| given.get(index)).unwrap_or(&DataType::Null);
        Ok(self.function.gives.data_type(like))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> EngineResult<ColumnarValue> {
        let scalar = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if scalar { 1 } else { args.number_rows };
        let arrays: Vec<ArrayRef> = args.args.iter().map(|arg| arg.to_array(rows)).collect::<EngineResult<_>>()?;
        let mut cells = Vec::with_capacity(rows);
        for row in 0..rows {
            let given: Vec<Cell<'_>> = arrays.iter().map(|array| Cell::at(array, row)).collect();
            cells.push(if given.contains(&Cell::Null) {
                Cell::Null
            } else {
                match (self.function.body)(&given) {
                    Ok(cell) => cell,
                    Err(_) if self.tries => Cell::Null,
                    Err(why) => return Err(DataFusionError::Execution(why.to_string())),
                }
            });
        }
        let array = array(cells, args.return_field.data_type());
        if scalar {
            return Ok(ColumnarValue::Scalar(datafusion::common::ScalarValue::try_from_array(&array, 0)?));
        }
        Ok(ColumnarValue::Array(array))
    }
}

impl ValueType {
    fn data_type(self, given: &DataType) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Integer => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::Boolean => DataType::Boolean,
            Self::Date => DataType::Date32,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Millisecond, None),
            Self::Instant => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
            Self::Texts => DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))),
            Self::Temporal => match given {
                DataType::Date32 | DataType::Date64 => DataType::Date32,
                DataType::Timestamp(_, Some(_)) => Self::Instant.data_type(given),
                _ => Self::Timestamp.data_type(given),
            },
        }
    }
}

const DAY: i64 = 86_400_000;

impl<'a> Cell<'a> {
    fn at(array: &'a ArrayRef, row: usize) -> Self {
        if array.is_null(row) {
            return Self::Null;
        }
        match array.data_type() {
            DataType::Utf8 => Self::Text(Cow::Borrowed(array.as_string::<i32>().value(row))),
            DataType::Int64 => Self::Integer(array.as_primitive::<Int64Type>().value(row)),
            DataType::Float64 => Self::Double(array.as_primitive::<Float64Type>().value(row)),
            DataType::Boolean => Self::Boolean(array.as_boolean().value(row)),
            DataType::Date32 => Self::Midnight(i64::from(array.as_primitive::<Date32Type>().value(row)) * DAY),
            DataType::Timestamp(TimeUnit::Millisecond, _) => {
                Self::Millis(array.as_primitive::<TimestampMillisecondType>().value(row))
            }
            // The planner has cast to the kinds above.
            _ => Self::Null,
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    fn integer(&self) -> i64 {
        match self {
            Self::Integer(n) | Self::Millis(n) | Self::Midnight(n) => *n,
            _ => 0,
        }
    }

    fn double(&self) -> f64 {
        match self {
            Self::Double(n) => *n,
            _ => 0.0,
        }
    }
}

fn array(cells: Vec<Cell<'static>>, data_type: &DataType) -> ArrayRef {
    let integer = |cell: &Cell<'_>| (*cell != Cell::Null).then(|| cell.integer());
    match data_type {
        DataType::Int64 => Arc::new(cells.iter().map(integer).collect::<Int64Array>()),
        DataType::Float64 => {
            Arc::new(cells.iter().map(|c| (*c != Cell::Null).then(|| c.double())).collect::<Float64Array>())
        }
        DataType::Boolean => {
            let truths = cells.iter().map(|cell| match cell {
                Cell::Boolean(truth) => Some(*truth),
                _ => None,
            });
            Arc::new(truths.collect::<BooleanArray>())
        }
        DataType::Date32 => {
            let days = cells.iter().map(|c| integer(c).map(|millis| millis.div_euclid(DAY) as i32));
            Arc::new(days.collect::<Date32Array>())
        }
        DataType::Timestamp(_, zone) => {
            let millis: TimestampMillisecondArray = cells.iter().map(integer).collect();
            Arc::new(millis.with_timezone_opt(zone.clone()))
        }
        DataType::List(_) => {
            let mut lists = ListBuilder::new(StringBuilder::new());
            for cell in cells {
                match cell {
                    Cell::Texts(texts) => lists.append_value(texts.into_iter().map(Some)),
                    _ => lists.append_null(),
                }
            }
            Arc::new(lists.finish())
        }
        _ => {
            let texts = cells.into_iter().map(|cell| match cell {
                Cell::Text(text) => Some(text.into_owned()),
                _ => None,
            });
            Arc::new(texts.collect::<StringArray>())
        }
    }
}
