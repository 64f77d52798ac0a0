//! Formats of files, which a table's SerDe says (Athena's documentation: "Choose a SerDe for your data").

const PARQUET_SERDE: &str = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe";
const TEXT_SERDE: &str = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe";
/// The JSON SerDe that CREATE TABLE AS writes tables for.
pub(crate) const JSON_SERDE: &str = "org.apache.hive.hcatalog.data.JsonSerDe";
const TEXT_CLASSES: (&str, &str) =
    ("org.apache.hadoop.mapred.TextInputFormat", "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat");

/// A format whose files are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Parquet,
    /// Delimited text, without quotes.
    Text,
    /// Delimited text with quotes.
    Csv,
    /// JSON objects, one a line.
    Json,
    /// Lines taken apart by a pattern.
    Regex,
}

impl Format {
    /// The format of the files, by the SerDe's library; its name if it is none that is read here.
    pub(crate) fn of(library: &str) -> Result<Self, &str> {
        Ok(match library {
            PARQUET_SERDE => Self::Parquet,
            TEXT_SERDE => Self::Text,
            "org.apache.hadoop.hive.serde2.OpenCSVSerde" => Self::Csv,
            "org.openx.data.jsonserde.JsonSerDe" | JSON_SERDE | "org.apache.hadoop.hive.serde2.JsonSerDe" => Self::Json,
            "org.apache.hadoop.hive.serde2.RegexSerDe" | "com.amazonaws.athena.serde.RegexSerDe" => Self::Regex,
            other => return Err(other),
        })
    }

    /// SerDe, input and output format of tables that Athena makes.
    pub(super) fn classes(self) -> (&'static str, (&'static str, &'static str)) {
        let word = match self {
            Self::Parquet => "PARQUET",
            Self::Json => "JSONFILE",
            Self::Text | Self::Csv | Self::Regex => "TEXTFILE",
        };
        classes(word).unwrap_or((TEXT_SERDE, TEXT_CLASSES))
    }
}

/// SerDe, input and output format of STORED AS.
pub(crate) fn classes(stored_as: &str) -> Option<(&'static str, (&'static str, &'static str))> {
    Some(match stored_as {
        "PARQUET" => (
            PARQUET_SERDE,
            (
                "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
                "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
            ),
        ),
        "TEXTFILE" => (TEXT_SERDE, TEXT_CLASSES),
        "JSONFILE" => (JSON_SERDE, TEXT_CLASSES),
        "ORC" => (
            "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
            ("org.apache.hadoop.hive.ql.io.orc.OrcInputFormat", "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat"),
        ),
        "AVRO" => (
            "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
            (
                "org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat",
                "org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat",
            ),
        ),
        _ => return None,
    })
}
