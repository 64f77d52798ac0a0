//! Aggregates that the engine has not, or has otherwise: the rows of a group are collected and reduced at the end.

use super::call::{Call, Site};
use crate::error::Result;
use crate::value::{Column, Value, array_of};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::concat;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature as EngineSignature, Volatility};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A sort key of an aggregate's own ORDER BY.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SortOrder {
    pub(crate) descending: bool,
    pub(crate) nulls_first: bool,
}

/// Reduces the rows of a group to one value. Each row has the aggregate's arguments.
pub(crate) type Reduce = fn(&Site, Vec<Vec<Value>>) -> Result<Value>;

/// An aggregate at a place of a statement.
#[derive(Debug, Clone)]
pub(crate) struct CollectingAggregate {
    pub(crate) site: Arc<Site>,
    pub(crate) reduce: Reduce,
    /// Whether rows with NULL in any argument do not count.
    pub(crate) skips_nulls: bool,
    pub(crate) distinct: bool,
    /// The last arguments are sort keys.
    pub(crate) order: Vec<SortOrder>,
    pub(crate) key: String,
    pub(crate) signature: EngineSignature,
}

impl CollectingAggregate {
    pub(crate) fn signature() -> EngineSignature {
        EngineSignature::variadic_any(Volatility::Immutable)
    }

    fn identity(&self) -> (&str, &[crate::types::Type], bool, &[SortOrder], &str) {
        (&self.site.name, &self.site.types, self.distinct, &self.order, &self.key)
    }

    /// What is left of the collected arguments.
    pub(crate) fn value(&self, columns: &[ArrayRef]) -> Result<Value> {
        let rows = columns.first().map_or(0, |column| column.len());
        let readers: Vec<Column<'_>> =
            columns.iter().zip(&self.site.types).map(|(column, ty)| Column::of(column.as_ref(), ty)).collect();
        let mut found: Vec<Vec<Value>> =
            (0..rows).map(|row| readers.iter().map(|reader| reader.value(row)).collect()).collect();
        let arguments = self.site.types.len() - self.order.len();
        if self.skips_nulls {
            found.retain(|row| row[..arguments].iter().all(|value| !value.is_null()));
        }
        if self.distinct {
            let mut seen = std::collections::HashSet::new();
            found.retain(|row| seen.insert(row[..arguments].to_vec()));
        }
        if !self.order.is_empty() {
            found.sort_by(|a, b| compare(&a[arguments..], &b[arguments..], &self.order));
            found.iter_mut().for_each(|row| row.truncate(arguments));
        }
        (self.reduce)(&self.site, found)
    }
}

/// Compares sort keys.
pub(crate) fn compare(a: &[Value], b: &[Value], order: &[SortOrder]) -> std::cmp::Ordering {
    use std::cmp::Ordering;
    for ((a, b), order) in a.iter().zip(b).zip(order) {
        let found = match (a.is_null(), b.is_null()) {
            (true, true) => Ordering::Equal,
            (true, false) => {
                if order.nulls_first {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
            (false, true) => {
                if order.nulls_first {
                    Ordering::Greater
                } else {
                    Ordering::Less
                }
            }
            _ if order.descending => b.cmp(a),
            _ => a.cmp(b),
        };
        if found != Ordering::Equal {
            return found;
        }
    }
    Ordering::Equal
}

/// Calls a lambda of an aggregate.
pub(crate) fn apply(site: &Site, argument: usize, values: Vec<Value>) -> Result<Value> {
    Call { site, values: &[], captured: &[] }.apply(argument, values)
}

impl PartialEq for CollectingAggregate {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for CollectingAggregate {}

impl Hash for CollectingAggregate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

impl AggregateUDFImpl for CollectingAggregate {
    fn name(&self) -> &str {
        &self.site.name
    }

    fn signature(&self) -> &EngineSignature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> EngineResult<DataType> {
        Ok(self.site.result.arrow())
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> EngineResult<Box<dyn Accumulator>> {
        let columns = self.site.types.iter().map(|_| Vec::new()).collect();
        Ok(Box::new(Collector { of: self.clone(), columns, bytes: 0 }))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> EngineResult<Vec<FieldRef>> {
        let field = |(index, ty): (usize, &crate::types::Type)| {
            let items = Arc::new(Field::new("item", ty.arrow(), true));
            Arc::new(Field::new(format!("{}[{index}]", args.name), DataType::List(items), true))
        };
        Ok(self.site.types.iter().enumerate().map(field).collect())
    }
}

#[derive(Debug)]
struct Collector {
    of: CollectingAggregate,
    /// For each argument the arrays that came.
    columns: Vec<Vec<ArrayRef>>,
    bytes: usize,
}

impl Collector {
    fn arrays(&self) -> EngineResult<Vec<ArrayRef>> {
        let joined = |(column, ty): (&Vec<ArrayRef>, &crate::types::Type)| {
            if column.is_empty() {
                return Ok(array_of(Vec::new(), ty)?);
            }
            let parts: Vec<&dyn Array> = column.iter().map(AsRef::as_ref).collect();
            Ok(concat(&parts)?)
        };
        self.columns.iter().zip(&self.of.site.types).map(joined).collect()
    }
}

impl Accumulator for Collector {
    fn update_batch(&mut self, values: &[ArrayRef]) -> EngineResult<()> {
        for (column, array) in self.columns.iter_mut().zip(values) {
            self.bytes += array.get_array_memory_size() / array.len().max(1) * array.len();
            column.push(Arc::clone(array));
        }
        Ok(())
    }

    fn evaluate(&mut self) -> EngineResult<ScalarValue> {
        let value = self.of.value(&self.arrays()?).map_err(DataFusionError::from)?;
        ScalarValue::try_from_array(&array_of(vec![value], &self.of.site.result)?, 0)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.bytes
    }

    fn state(&mut self) -> EngineResult<Vec<ScalarValue>> {
        let list = |array: ArrayRef| {
            let field = Arc::new(Field::new("item", array.data_type().clone(), true));
            let offsets = OffsetBuffer::from_lengths([array.len()]);
            Ok(ScalarValue::List(Arc::new(ListArray::try_new(field, offsets, array, None)?)))
        };
        self.arrays()?.into_iter().map(list).collect()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> EngineResult<()> {
        for (column, state) in self.columns.iter_mut().zip(states) {
            for list in state.as_list::<i32>().iter().flatten() {
                self.bytes += list.get_array_memory_size();
                column.push(list);
            }
        }
        Ok(())
    }

    /// A window's frame has moved on: its oldest rows leave it.
    fn retract_batch(&mut self, values: &[ArrayRef]) -> EngineResult<()> {
        for (column, gone) in self.columns.iter_mut().zip(values) {
            let mut left = gone.len();
            while left > 0 && !column.is_empty() {
                let first = column.remove(0);
                if first.len() > left {
                    column.insert(0, first.slice(left, first.len() - left));
                    left = 0;
                } else {
                    left -= first.len();
                }
            }
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }
}
