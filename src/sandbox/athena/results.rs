//! Results: everything is text, NULL is absent, types have Athena's names.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, StringViewArray};
use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResultColumn {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) precision: i64,
    pub(crate) scale: i64,
}

/// A whole result. A cell is `None` where it is NULL.
#[derive(Debug, Clone, Default)]
pub(crate) struct ResultSet {
    pub(crate) columns: Vec<ResultColumn>,
    pub(crate) rows: Vec<Vec<Option<String>>>,
}

impl ResultSet {
    /// One column of text, as SHOW statements answer.
    pub(crate) fn single(name: &str, values: impl IntoIterator<Item = String>) -> Self {
        let column = ResultColumn { name: name.to_owned(), kind: "string".into(), precision: 0, scale: 0 };
        Self { columns: vec![column], rows: values.into_iter().map(|value| vec![Some(value)]).collect() }
    }

    pub(super) fn of_schema(schema: &Schema) -> Self {
        let columns = schema.fields().iter().map(|field| {
            let (precision, scale) = measures(field.data_type());
            ResultColumn { name: field.name().clone(), kind: athena_type(field.data_type()), precision, scale }
        });
        Self { columns: columns.collect(), rows: Vec::new() }
    }

    /// Adds a batch's rows.
    ///
    /// # Errors
    /// If a column has a type that has no text form.
    pub(super) fn extend(&mut self, batch: &RecordBatch) -> Result<(), String> {
        let texts: Result<Vec<_>, _> = batch.columns().iter().map(texts).collect();
        let mut texts: Vec<_> = texts?.into_iter().map(Vec::into_iter).collect();
        for _ in 0..batch.num_rows() {
            self.rows.push(texts.iter_mut().map(|column| column.next().flatten()).collect());
        }
        Ok(())
    }

    /// The result object of a DML statement: every value quoted, NULL an empty field.
    pub(super) fn to_csv(&self) -> String {
        let quote = |value: &str| format!("\"{}\"", value.replace('"', "\"\""));
        let mut text = self.columns.iter().map(|c| quote(&c.name)).collect::<Vec<_>>().join(",") + "\n";
        for row in &self.rows {
            let cells = row.iter().map(|cell| cell.as_deref().map(quote).unwrap_or_default());
            text += &(cells.collect::<Vec<_>>().join(",") + "\n");
        }
        text
    }

    /// The result object of a utility statement: no header, tabs.
    pub(super) fn to_text(&self) -> String {
        let line = |row: &Vec<Option<String>>| {
            row.iter().map(|c| c.as_deref().unwrap_or_default()).collect::<Vec<_>>().join("\t") + "\n"
        };
        self.rows.iter().map(line).collect()
    }
}

fn texts(array: &ArrayRef) -> Result<Vec<Option<String>>, String> {
    if let Some(text) = array.as_any().downcast_ref::<StringArray>() {
        return Ok(text.iter().map(|value| value.map(str::to_owned)).collect());
    }
    if let Some(text) = array.as_any().downcast_ref::<StringViewArray>() {
        return Ok(text.iter().map(|value| value.map(str::to_owned)).collect());
    }
    if array.data_type() == &DataType::Null {
        // Such an array has no validity of its own: every value is NULL.
        return Ok(vec![None; array.len()]);
    }
    if array.data_type() == &DataType::Boolean {
        return Ok(array.as_boolean().iter().map(|value| value.map(|truth| truth.to_string())).collect());
    }
    let options = FormatOptions::default().with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.3f"));
    let formatter = ArrayFormatter::try_new(array.as_ref(), &options).map_err(|error| error.to_string())?;
    Ok((0..array.len()).map(|row| array.is_valid(row).then(|| formatter.value(row).to_string())).collect())
}

/// `ColumnInfo.Type`: the engine's lower-case name.
pub(super) fn athena_type(data_type: &DataType) -> String {
    let name = match data_type {
        DataType::Boolean => "boolean",
        DataType::Int8 | DataType::UInt8 => "tinyint",
        DataType::Int16 | DataType::UInt16 => "smallint",
        DataType::Int32 | DataType::UInt32 => "integer",
        DataType::Int64 | DataType::UInt64 => "bigint",
        DataType::Float16 | DataType::Float32 => "float",
        DataType::Float64 => "double",
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => {
            "decimal"
        }
        DataType::Date32 | DataType::Date64 => "date",
        DataType::Timestamp(_, None) => "timestamp",
        DataType::Timestamp(_, Some(_)) => "timestamp with time zone",
        DataType::Time32(_) | DataType::Time64(_) => "time",
        DataType::Interval(_) | DataType::Duration(_) => "interval day to second",
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => "array",
        DataType::Struct(_) => "row",
        DataType::Map(..) => "map",
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "varbinary",
        DataType::Null => "unknown",
        _ => "varchar",
    };
    name.to_owned()
}

fn measures(data_type: &DataType) -> (i64, i64) {
    match data_type {
        DataType::Decimal128(precision, scale) | DataType::Decimal256(precision, scale) => {
            (i64::from(*precision), i64::from(*scale))
        }
        DataType::Int32 => (10, 0),
        DataType::Int64 | DataType::UInt64 => (19, 0),
        DataType::Float64 => (17, 0),
        DataType::Timestamp(..) => (3, 0),
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => (i64::from(i32::MAX), 0),
        _ => (0, 0),
    }
}
