//! The rows of a query on their way into files.

use super::columns::{retyped, settled, stored_type};
use super::failure::Failure;
use super::frame::facts;
use super::job::Job;
use datafusion::arrow::array::{RecordBatch, new_null_array};
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use gluedeck_sql::{Error, Plan, Type};
use std::sync::Arc;

/// What a query answers, and how it is stored.
pub(super) struct Rows {
    pub(super) planned: Plan,
    pub(super) shape: Shape,
}

/// The columns of the files.
pub(super) struct Shape {
    schema: SchemaRef,
    /// The query's column for each of the files'; NULL where there is none.
    places: Vec<Option<usize>>,
}

impl Rows {
    /// The rows of a query, each column where it is.
    pub(super) fn of(job: &Job<'_>, planned: Plan) -> Result<Self, Failure> {
        let types: Vec<Type> = planned.columns.iter().map(|(_, ty)| ty.clone()).collect();
        let shape = Shape::new(planned.columns.iter().cloned(), (0..types.len()).map(Some).collect())?;
        Self::shaped(job, planned, &types, shape)
    }

    /// The rows of a query whose columns become these types.
    pub(super) fn shaped(job: &Job<'_>, planned: Plan, types: &[Type], shape: Shape) -> Result<Self, Failure> {
        let types: Vec<Type> = types.iter().map(settled).collect();
        let planned = planned.cast(&types, &Arc::new(facts(job))).map_err(|error| Failure::of_sql(&error))?;
        Ok(Self { planned, shape })
    }
}

impl Shape {
    /// Columns with these names and types.
    ///
    /// # Errors
    /// If a type is none that files of a table have.
    pub(super) fn new(
        columns: impl Iterator<Item = (String, Type)>,
        places: Vec<Option<usize>>,
    ) -> Result<Self, Failure> {
        let field = |(name, ty): (String, Type)| Ok(Field::new(&name, stored_type(&name, &ty)?, true));
        let fields: Vec<Field> =
            columns.map(field).collect::<Result<_, Error>>().map_err(|error| Failure::of_sql(&error))?;
        Ok(Self { schema: Arc::new(Schema::new(fields)), places })
    }

    /// A batch of the query as one of the files.
    pub(super) fn stored(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let columns = self.places.iter().zip(self.schema.fields()).map(|(place, field)| match place {
            Some(place) => retyped(batch.column(*place), field.data_type()),
            None => Ok(new_null_array(field.data_type(), batch.num_rows())),
        });
        RecordBatch::try_new(Arc::clone(&self.schema), columns.collect::<Result<_, _>>()?)
    }
}
