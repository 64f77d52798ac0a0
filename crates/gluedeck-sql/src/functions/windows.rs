//! `lag`, `lead`, `nth_value` and `ntile`, whose numbers may be another one in each row. The engine's own take constants.

use crate::error::{Error, Result};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, UInt64Array};
use datafusion::arrow::compute::{interleave, take};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::error::Result as EngineResult;
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ByRow {
    /// Value, offset, and a default if there is one.
    Lag,
    /// As of `Lag`.
    Lead,
    /// Value and number, from 1.
    NthValue,
    /// The number of parts.
    Ntile,
}

impl ByRow {
    pub(crate) fn find(name: &str) -> Option<Self> {
        [Self::Lag, Self::Lead, Self::NthValue, Self::Ntile].into_iter().find(|function| function.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Lag => "lag",
            Self::Lead => "lead",
            Self::NthValue => "nth_value",
            Self::Ntile => "ntile",
        }
    }
}

/// The function for the engine.
pub(crate) fn by_row(function: ByRow) -> Arc<WindowUDF> {
    Arc::new(WindowUDF::new_from_impl(Udf { function }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Udf {
    function: ByRow,
}

impl WindowUDFImpl for Udf {
    fn name(&self) -> &'static str {
        self.function.name()
    }

    fn signature(&self) -> &Signature {
        static ANY: OnceLock<Signature> = OnceLock::new();
        ANY.get_or_init(|| Signature::variadic_any(Volatility::Immutable))
    }

    fn partition_evaluator(&self, args: PartitionEvaluatorArgs) -> EngineResult<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Partition { function: self.function, ignore_nulls: args.ignore_nulls(), row: 0 }))
    }

    fn field(&self, args: WindowUDFFieldArgs) -> EngineResult<FieldRef> {
        let ty = match self.function {
            ByRow::Ntile => DataType::Int64,
            _ => args.input_fields()[0].data_type().clone(),
        };
        Ok(Arc::new(Field::new(args.name(), ty, true)))
    }
}

#[derive(Debug)]
struct Partition {
    function: ByRow,
    ignore_nulls: bool,
    /// The row whose frame comes next.
    row: usize,
}

impl PartitionEvaluator for Partition {
    fn uses_window_frame(&self) -> bool {
        self.function == ByRow::NthValue
    }

    fn evaluate_all(&mut self, arguments: &[ArrayRef], rows: usize) -> EngineResult<ArrayRef> {
        match self.function {
            ByRow::Ntile => Ok(ntile(&arguments[0], rows)?),
            function => self.shifted(function, arguments, rows),
        }
    }

    fn evaluate(&mut self, arguments: &[ArrayRef], frame: &Range<usize>) -> EngineResult<ScalarValue> {
        let row = self.row;
        self.row += 1;
        let value = &arguments[0];
        let found = match number(&arguments[1], row) {
            None => None,
            Some(number) if number < 1 => return Err(Error::argument("Offset must be at least 1").into()),
            Some(number) => self.candidates(value, frame.clone()).nth(number as usize - 1),
        };
        match found {
            Some(found) => ScalarValue::try_from_array(value, found),
            None => ScalarValue::try_from(value.data_type()),
        }
    }
}

fn number(numbers: &ArrayRef, row: usize) -> Option<i64> {
    numbers.is_valid(row).then(|| numbers.as_primitive::<Int64Type>().value(row))
}

impl Partition {
    /// The rows of a range that count, in their order.
    fn candidates(&self, value: &ArrayRef, range: Range<usize>) -> impl DoubleEndedIterator<Item = usize> {
        let ignored = if self.ignore_nulls { value.logical_nulls() } else { None };
        range.filter(move |row| ignored.as_ref().is_none_or(|nulls| nulls.is_valid(*row)))
    }

    /// The row that a shift from `row` comes to, if it is in the partition.
    fn shift(&self, function: ByRow, value: &ArrayRef, row: usize, offset: usize) -> Option<usize> {
        let (behind, ahead) = (0..row, row + 1..value.len());
        match function {
            _ if offset == 0 => Some(row),
            ByRow::Lag if !self.ignore_nulls => row.checked_sub(offset),
            ByRow::Lag => self.candidates(value, behind).rev().nth(offset - 1),
            _ if !self.ignore_nulls => row.checked_add(offset).filter(|to| *to < value.len()),
            _ => self.candidates(value, ahead).nth(offset - 1),
        }
    }

    fn shifted(&self, function: ByRow, arguments: &[ArrayRef], rows: usize) -> EngineResult<ArrayRef> {
        let value = &arguments[0];
        // From the value, or from the default of the row.
        let mut sources: Vec<Option<(usize, usize)>> = Vec::with_capacity(rows);
        for row in 0..rows {
            sources.push(match number(&arguments[1], row) {
                None => None,
                Some(offset) if offset < 0 => return Err(Error::argument("Offset must be at least 0").into()),
                Some(offset) => match self.shift(function, value, row, offset as usize) {
                    Some(to) => Some((0, to)),
                    None => arguments.get(2).map(|_| (1, row)),
                },
            });
        }
        let Some(default) = arguments.get(2) else {
            let rows: UInt64Array = sources.iter().map(|source| source.map(|(_, row)| row as u64)).collect();
            return Ok(take(value, &rows, None)?);
        };
        let nothing = datafusion::arrow::array::new_null_array(value.data_type(), 1);
        let sources: Vec<(usize, usize)> = sources.into_iter().map(|source| source.unwrap_or((2, 0))).collect();
        Ok(interleave(&[value.as_ref(), default.as_ref(), nothing.as_ref()], &sources)?)
    }
}

/// The part of each row; the first parts are the longer ones.
fn ntile(parts: &ArrayRef, rows: usize) -> Result<ArrayRef> {
    let total = rows as i64;
    let mut found = Vec::with_capacity(rows);
    for row in 0..total {
        let Some(parts) = number(parts, row as usize) else {
            found.push(None);
            continue;
        };
        if parts <= 0 {
            return Err(Error::argument("Buckets must be greater than 0"));
        }
        let (length, longer) = (total / parts, total % parts);
        let part = match row {
            _ if length == 0 => row,
            row if row < (length + 1) * longer => row / (length + 1),
            row => (row - longer) / length,
        };
        found.push(Some(part + 1));
    }
    Ok(Arc::new(Int64Array::from(found)))
}
