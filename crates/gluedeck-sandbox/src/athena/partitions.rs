//! Which folders of a table a query reads: of the partitions that the catalog has or the table's properties project, those
//! whose values pass the query's filters.

use super::file_columns::type_of;
use crate::catalog::{CatalogTable, MAX_VALUES, NO_VALUE, Projection};
use chrono::{DateTime, Utc};
use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::catalog::Session;
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use gluedeck_sql::{Code, Error, Type, Value, array, plain_value};
use std::sync::Arc;

/// A folder with files, and the values of the partition that it is.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    pub(super) keys: Arc<[ScalarValue]>,
    /// `s3://bucket/key`.
    pub(super) location: String,
}

#[derive(Debug)]
pub(super) struct Partitions {
    keys: Vec<(String, Type)>,
    found: Found,
}

#[derive(Debug)]
enum Found {
    /// The values of each, and where it lies.
    Listed(Vec<(Vec<String>, String)>),
    Projected(Box<Projection>, DateTime<Utc>),
}

impl Partitions {
    pub(super) fn of(table: &CatalogTable, now: DateTime<Utc>) -> Result<Self, Error> {
        let keys = table.partition_keys.iter().map(|key| Ok((key.name.to_lowercase(), type_of(key)?)));
        let invalid = |text: String| Error::of_value(Code::HiveInvalidMetadata, text);
        let found = match Projection::of(table).map_err(invalid)? {
            Some(projection) => Found::Projected(Box::new(projection), now),
            None if table.partition_keys.is_empty() => {
                Found::Listed(vec![(Vec::new(), table.storage.location.clone())])
            }
            None => {
                let listed = table.partitions.iter();
                Found::Listed(listed.map(|(values, partition)| (values.clone(), partition.location.clone())).collect())
            }
        };
        Ok(Self { keys: keys.collect::<Result<_, Error>>()?, found })
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.keys.iter().position(|(key, _)| key == name)
    }

    /// Whether a filter is about the partitions' values alone, so that it says which folders are read.
    pub(super) fn prunes(&self, filter: &Expr) -> bool {
        let reaches_out = |expr: &Expr| -> EngineResult<bool> {
            Ok(matches!(
                expr,
                Expr::ScalarSubquery(_) | Expr::InSubquery(_) | Expr::Exists(_) | Expr::OuterReferenceColumn(..)
            ))
        };
        !self.keys.is_empty()
            && !filter.is_volatile()
            && filter.exists(reaches_out).is_ok_and(|reaches_out| !reaches_out)
            && filter.column_refs().into_iter().all(|column| self.place(&column.name).is_some())
    }

    /// The folders whose partitions pass all filters.
    pub(super) fn folders(&self, state: &dyn Session, filters: &[Expr]) -> EngineResult<Vec<Folder>> {
        let filters: Vec<&Expr> = filters.iter().filter(|filter| self.prunes(filter)).collect();
        let listed = match &self.found {
            Found::Listed(listed) => listed.clone(),
            Found::Projected(projection, now) => {
                let values = self.projected(state, &filters, projection, *now)?;
                values.into_iter().map(|values| (projection.location(&values), values)).map(|(l, v)| (v, l)).collect()
            }
        };
        if self.keys.is_empty() {
            return Ok(listed.into_iter().map(|(_, location)| Folder { keys: Arc::default(), location }).collect());
        }
        let places: Vec<usize> = (0..self.keys.len()).collect();
        let rows: Vec<&[String]> = listed.iter().map(|(values, _)| values.as_slice()).collect();
        let columns = self.columns(&places, &rows)?;
        let passes = self.passing(state, &filters, &places, &columns, rows.len())?;
        let folder = |(row, (_, location)): (usize, &(Vec<String>, String))| {
            let keys = columns.iter().map(|column| ScalarValue::try_from_array(column, row));
            Ok(Folder { keys: keys.collect::<EngineResult<_>>()?, location: location.clone() })
        };
        listed.iter().enumerate().filter(|(row, _)| passes[*row]).map(folder).collect()
    }

    /// The values that the table's properties say and the filters let pass, key by key.
    fn projected(
        &self,
        state: &dyn Session,
        filters: &[&Expr],
        projection: &Projection,
        now: DateTime<Utc>,
    ) -> EngineResult<Vec<Vec<String>>> {
        let invalid = |text: String| Error::of_value(Code::HiveInvalidMetadata, text);
        let mut rows: Vec<Vec<String>> = vec![Vec::new()];
        for (place, (name, _)) in self.keys.iter().enumerate() {
            let own = |filter: &&&Expr| filter.column_refs().into_iter().all(|column| column.name == *name);
            let own: Vec<&Expr> = filters.iter().filter(own).copied().collect();
            let values = match projection.values(place, now).map_err(invalid)? {
                Some(values) => values,
                None => own.iter().find_map(|filter| said(filter, name)).ok_or_else(|| {
                    let text = format!(
                        "For the injected projected partition column {name}, the WHERE clause must contain only static \
                         equality conditions, and at least one such condition must be present."
                    );
                    Error::of_value(Code::ConstraintViolation, text)
                })?,
            };
            let alone: Vec<[String; 1]> = values.into_iter().map(|value| [value]).collect();
            let alone: Vec<&[String]> = alone.iter().map(|value| value.as_slice()).collect();
            let columns = self.columns(&[place], &alone)?;
            let passes = self.passing(state, &own, &[place], &columns, alone.len())?;
            let values: Vec<&String> =
                alone.iter().zip(passes).filter(|(_, passes)| *passes).map(|(v, _)| &v[0]).collect();
            if rows.len().saturating_mul(values.len()) > MAX_VALUES {
                let text = format!("gluedeck does not project more than {MAX_VALUES} partitions in one query");
                return Err(Error::of_value(Code::NotSupported, text).into());
            }
            let longer = rows.iter().flat_map(|row| {
                values.iter().map(|value| row.iter().cloned().chain([(*value).clone()]).collect::<Vec<String>>())
            });
            rows = longer.collect();
        }
        Ok(rows)
    }

    /// The values of keys, typed. A row has one value a key, or of this key alone.
    fn columns(&self, places: &[usize], rows: &[&[String]]) -> EngineResult<Vec<ArrayRef>> {
        let column = |(at, place): (usize, &usize)| {
            let (name, ty) = &self.keys[*place];
            let value = |row: &&[String]| -> Result<Value, Error> {
                let text = row.get(at).map_or(NO_VALUE, String::as_str);
                if text == NO_VALUE {
                    return Ok(Value::Null);
                }
                plain_value(text, ty).ok_or_else(|| {
                    let word = ty.to_string().to_uppercase();
                    let text = format!("Invalid partition value '{text}' for {word} partition key: {name}");
                    Error::of_value(Code::HiveInvalidPartitionValue, text)
                })
            };
            let values: Vec<Value> = rows.iter().map(value).collect::<Result<_, _>>()?;
            Ok(array(values, ty)?)
        };
        places.iter().enumerate().map(column).collect()
    }

    /// Which of the rows pass the filters.
    fn passing(
        &self,
        state: &dyn Session,
        filters: &[&Expr],
        places: &[usize],
        columns: &[ArrayRef],
        rows: usize,
    ) -> EngineResult<Vec<bool>> {
        let mut passes = vec![true; rows];
        if filters.is_empty() || rows == 0 {
            return Ok(passes);
        }
        let field = |place: &usize| Field::new(&self.keys[*place].0, self.keys[*place].1.arrow(), true);
        let schema = Arc::new(Schema::new(places.iter().map(field).collect::<Vec<_>>()));
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns.to_vec())?;
        let schema = DFSchema::try_from(schema)?;
        for filter in filters {
            let filter = state.create_physical_expr((*filter).clone(), &schema)?;
            let answer = filter.evaluate(&batch)?.into_array(rows)?;
            let answer = datafusion::arrow::array::AsArray::as_boolean_opt(&answer)
                .ok_or_else(|| DataFusionError::Plan("a filter is no boolean".into()))?;
            passes.iter_mut().zip(answer).for_each(|(passes, answer)| *passes &= answer == Some(true));
        }
        Ok(passes)
    }
}

/// The values that a filter says that a column must have one of: `a = 'x'`, `a IN ('x', 'y')`.
fn said(filter: &Expr, name: &str) -> Option<Vec<String>> {
    let text = |expr: &Expr| match expr {
        Expr::Literal(value, _) if !value.is_null() => Some(value.to_string()),
        _ => None,
    };
    let is_key = |expr: &Expr| matches!(expr, Expr::Column(column) if column.name == name);
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) if is_key(left) => Some(vec![text(right)?]),
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) if is_key(right) => Some(vec![text(left)?]),
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            Some([said(left, name)?, said(right, name)?].concat())
        }
        Expr::InList(list) if is_key(&list.expr) && !list.negated => list.list.iter().map(text).collect(),
        _ => None,
    }
}
