//! The statements that write files: CREATE TABLE AS, INSERT INTO, UNLOAD.

use super::buckets::{Buckets, is_hashed};
use super::catalog::ensure;
use super::columns::{settled, stored_type};
use super::failure::Failure;
use super::file_columns::type_of;
use super::frame::plan;
use super::job::{Job, Outcome};
use super::results::ResultSet;
use super::rows::{Rows, Shape};
use super::sink::{FileFormat, Sink, Written};
use crate::catalog::{CatalogTable, Column, Format, JSON_SERDE, Storage};
use crate::lake::Codec;
use gluedeck_sql::ast::Query;
use gluedeck_sql::{Code, Error, Plan, Properties, Statement, TableName, Type};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// Runs one of the writing statements.
pub(super) async fn execute(job: &Job<'_>, statement: &Statement) -> Result<Outcome, Failure> {
    match statement {
        Statement::CreateTableAs { .. } => {
            let place = format!("{}{}", own_folder(job), job.id);
            create_table(job, statement).await.map_err(|failure| {
                failure.then(&format!(
                "You may need to manually clean the data at location '{place}' before retrying. Athena will not delete \
                 data in your account."
            ))
            })
        }
        Statement::Insert { table, columns, query } => insert(job, table, columns.as_deref(), query).await,
        Statement::Unload { location, properties, query } => unload(job, location, properties, query).await,
        _ => Err(Failure::system("not a writing statement")),
    }
}

async fn create_table(job: &Job<'_>, statement: &Statement) -> Result<Outcome, Failure> {
    let Statement::CreateTableAs { table: named, if_not_exists, properties, query, with_data } = statement else {
        return Err(Failure::system("not a CREATE TABLE AS"));
    };
    let database = named.database.as_deref().unwrap_or(job.database);
    if !job.lake.catalog().databases.contains_key(database) {
        return Err(Failure::user(1301, format!("Database {database} not found. Please check your query")));
    }
    let exists = || {
        let name = format!("awsdatacatalog.{database}.{}", named.name);
        let message = format!("TABLE_ALREADY_EXISTS: line 1:1: Destination table '{name}' already exists");
        Failure::user(1110, message)
    };
    if job.lake.catalog().table(database, &named.name).is_some() {
        return if *if_not_exists { Ok(Outcome::of(ResultSet::empty())) } else { Err(exists()) };
    }
    let new = NewFiles::of(properties)?;
    let planned = plan(job, query)?;
    named_once(&planned)?;
    let mut columns = stored_columns(&planned)?;
    let keys = last_columns(&mut columns, &new.keys)?;
    let default = format!("{}{}/", own_folder(job), job.id);
    let location = properties.get("external_location").unwrap_or(&default);
    let (path, location) = empty_folder(job, location).await?;
    let sink = Sink {
        format: new.format.clone(),
        keys: keys.clone(),
        buckets: new.buckets(&columns)?,
        known: BTreeMap::new(),
        folder: path,
        location: location.clone(),
    };
    let written = match with_data {
        true => sink.write(job, Rows::of(job, planned)?).await?,
        false => Written::default(),
    };
    let mut table = CatalogTable::external(&named.name, new.storage(columns, format!("{location}/")), job.now);
    table.partition_keys = keys;
    table.partitions.clone_from(&written.partitions);
    table.parameters = new.parameters(job.id);
    job.lake.change_catalog(|catalog| match catalog.databases.get_mut(database) {
        None => Err(Failure::no_schema(database)),
        // Somebody was faster while the rows were written.
        Some(known) if known.tables.contains_key(&named.name) => Err(exists()),
        Some(known) => {
            known.tables.insert(named.name.clone(), table);
            Ok(())
        }
    })?;
    Ok(Outcome { result: ResultSet::of_rows(), ..outcome(job, &written)? })
}

/// Takes the keys away from the columns, which they must be the last of.
fn last_columns(columns: &mut Vec<Column>, names: &[String]) -> Result<Vec<Column>, Failure> {
    let rest = columns.len().checked_sub(names.len()).filter(|rest| *rest > 0);
    match rest.filter(|rest| columns[*rest..].iter().map(|column| &column.name).eq(names)) {
        Some(rest) => Ok(columns.split_off(rest)),
        None => {
            let why = "Partition keys must be the last columns in the table, in the same order";
            Err(Failure::user(1103, format!("INVALID_TABLE_PROPERTY: {why}")))
        }
    }
}

/// Where Athena keeps what it writes for itself.
fn own_folder(job: &Job<'_>) -> String {
    let folder = job.location.object.parent().and_then(|folder| job.lake.url(folder)).unwrap_or_default();
    format!("{}/", folder.trim_end_matches('/'))
}

/// The files of a new table, as its properties want them.
struct NewFiles {
    format: FileFormat,
    keys: Vec<String>,
    /// Columns and their number, if rows are spread.
    buckets: Option<(Vec<String>, u32)>,
}

impl NewFiles {
    fn of(properties: &Properties) -> Result<Self, Failure> {
        only(
            properties,
            &[
                "format",
                "external_location",
                "partitioned_by",
                "write_compression",
                "parquet_compression",
                "field_delimiter",
                "is_external",
                "bucketed_by",
                "bucket_count",
            ],
        )?;
        let list = |name: &str| names(properties.get(name).map(String::as_str).unwrap_or_default());
        let keys = list("partitioned_by");
        let columns = list("bucketed_by");
        let count = properties.get("bucket_count").map(|text| text.parse::<u32>().ok().filter(|count| *count > 0));
        let buckets = match (columns.is_empty(), count) {
            (true, None) => None,
            (false, Some(Some(count))) => Some((columns, count)),
            _ => {
                let message = "INVALID_TABLE_PROPERTY: 'bucketed_by' and 'bucket_count' must be specified together, and \
                               the count must be greater than zero";
                return Err(Failure::user(1103, message));
            }
        };
        let word = properties.get("format").map_or_else(|| "PARQUET".to_owned(), |word| word.to_uppercase());
        let codec = properties.get("write_compression").or_else(|| properties.get("parquet_compression"));
        let format =
            file_format(&word, codec.map(String::as_str), properties.get("field_delimiter").map(String::as_str))?;
        Ok(Self { format, keys, buckets })
    }

    fn storage(&self, columns: Vec<Column>, location: String) -> Storage {
        let (format, delimiter) = match &self.format {
            FileFormat::Parquet(_) => (Format::Parquet, None),
            FileFormat::Json { .. } => (Format::Json, None),
            FileFormat::Text { delimiter, .. } => (Format::Text, Some(*delimiter).filter(|delimiter| *delimiter != 1)),
        };
        let mut storage = Storage::new(format, columns, location);
        storage.serde.parameters = delimiter
            .map(|delimiter| ("field.delim".to_owned(), char::from(delimiter).to_string()))
            .into_iter()
            .collect();
        if let Some((columns, count)) = &self.buckets {
            storage.others.insert("BucketColumns".to_owned(), json!(columns));
            storage.others.insert("NumberOfBuckets".to_owned(), json!(count));
        }
        storage
    }

    /// How rows with these columns are spread.
    fn buckets(&self, columns: &[Column]) -> Result<Option<Buckets>, Failure> {
        let Some((names, count)) = &self.buckets else { return Ok(None) };
        let ty = |name: &String| {
            let column = columns.iter().find(|column| column.name == *name).ok_or_else(|| {
                Failure::user(1103, format!("INVALID_TABLE_PROPERTY: Bucketing columns [{name}] not present in schema"))
            })?;
            let ty = type_of(column).map_err(|error| Failure::of_sql(&error))?;
            if is_hashed(&ty) { Ok(ty) } else { Err(not_done(&format!("buckets by columns of the type {ty}"))) }
        };
        let types = names.iter().map(ty).collect::<Result<_, Failure>>()?;
        Ok(Some(Buckets { columns: names.clone(), types, count: *count }))
    }

    /// The parameters that Athena gives a table (measured: docs/aws-facts.md, "Texts of DDL").
    fn parameters(&self, id: &str) -> BTreeMap<String, String> {
        let gzip = |on: bool| if on { "GZIP" } else { "NONE" };
        let compression = match &self.format {
            FileFormat::Parquet(codec) => ("parquet.compression", codec.word()),
            FileFormat::Text { gzip: on, .. } | FileFormat::Json { gzip: on } => ("write.compression", gzip(*on)),
        };
        let all = [
            ("EXTERNAL", "TRUE"),
            ("auto.purge", "false"),
            ("has_encrypted_data", "false"),
            ("numFiles", "-1"),
            ("totalSize", "-1"),
            ("transactional", "false"),
            ("trino_query_id", id),
            compression,
        ];
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }
}

/// Names with commas between them, in small letters.
fn names(list: &str) -> Vec<String> {
    list.split(',').map(|name| name.trim().to_lowercase()).filter(|name| !name.is_empty()).collect()
}

/// A format and its compression by their words.
fn file_format(word: &str, codec: Option<&str>, delimiter: Option<&str>) -> Result<FileFormat, Failure> {
    let codec = codec.map_or_else(|| "GZIP".to_owned(), str::to_uppercase);
    let unknown = || not_done(&format!("the compression {codec} of files in the format {word}"));
    let gzip = match codec.as_str() {
        "GZIP" => Some(true),
        "NONE" | "UNCOMPRESSED" => Some(false),
        _ => None,
    };
    Ok(match word {
        "PARQUET" => FileFormat::Parquet(match codec.as_str() {
            "GZIP" => Codec::Gzip,
            "SNAPPY" => Codec::Snappy,
            "ZSTD" => Codec::Zstd,
            "NONE" | "UNCOMPRESSED" => Codec::None,
            _ => return Err(unknown()),
        }),
        "JSON" => FileFormat::Json { gzip: gzip.ok_or_else(unknown)? },
        "TEXTFILE" => FileFormat::Text {
            delimiter: delimiter.and_then(|text| text.bytes().next()).unwrap_or(1),
            null: "\\N".to_owned(),
            gzip: gzip.ok_or_else(unknown)?,
        },
        _ => return Err(not_done(&format!("writing files in the format {word}"))),
    })
}

/// Every column of a new table needs a name of its own.
pub(super) fn named_once(planned: &Plan) -> Result<(), Failure> {
    let names: Vec<&str> = planned.columns.iter().map(|(name, _)| name.as_str()).collect();
    for (index, name) in names.iter().enumerate() {
        let error = if planned.unnamed.contains(&index) {
            Error::of_value(
                Code::MissingColumnName,
                format!("line 1:1: Column name not specified at position {}", index + 1),
            )
        } else if names[..index].contains(name) {
            Error::of_value(
                Code::DuplicateColumnName,
                format!("line 1:1: Column name '{name}' specified more than once"),
            )
        } else {
            continue;
        };
        return Err(Failure { kind: 1006, ..Failure::of_sql(&error) });
    }
    Ok(())
}

/// Columns of the catalog for what a query answers.
fn stored_columns(planned: &Plan) -> Result<Vec<Column>, Failure> {
    let stored = |(name, ty): &(String, Type)| {
        stored_type(name, ty)?;
        let hive = ty
            .hive_name()
            .ok_or_else(|| Error::of_value(Code::NotSupported, format!("Unsupported Hive type: {ty}")))?;
        Ok(Column::new(name, hive))
    };
    let columns: Result<Vec<_>, Error> = planned.columns.iter().map(stored).collect();
    columns.map_err(|error| Failure {
        kind: if error.code == Code::NotSupported { 1200 } else { 1006 },
        ..Failure::of_sql(&error)
    })
}

/// Refuses properties that would be ignored.
fn only(properties: &Properties, known: &[&str]) -> Result<(), Failure> {
    if let Some(table_type) = properties.get("table_type").filter(|kind| !kind.eq_ignore_ascii_case("hive")) {
        return Err(not_done(&format!("tables of the type {table_type}")));
    }
    match properties.keys().find(|name| !known.contains(&name.as_str()) && *name != "table_type") {
        None => Ok(()),
        Some(name) => Err(not_done(&format!("the property {name} here"))),
    }
}

fn not_done(what: &str) -> Failure {
    Failure::user(1200, format!("NOT_SUPPORTED: gluedeck does not do {what}"))
}

async fn insert(job: &Job<'_>, named: &TableName, given: Option<&[String]>, query: &Query) -> Result<Outcome, Failure> {
    let database = named.database.as_deref().unwrap_or(job.database);
    let table = job.lake.catalog().table(database, &named.name).cloned();
    let table = table.ok_or_else(|| {
        let name = format!("awsdatacatalog.{database}.{}", named.name);
        Failure::user(1301, format!("TABLE_NOT_FOUND: line 1:1: Table '{name}' does not exist"))
    })?;
    if table.is_view() {
        return Err(Failure::user(1200, "NOT_SUPPORTED: line 1:1: Inserting into views is not supported"));
    }
    let format = written_format(&table)?;
    let (bucket, folder) =
        job.lake.locate(&table.storage.location).map_err(|why| Failure::user(1006, why.to_string()))?;
    ensure(&job.lake, &bucket, &folder).await;
    let targets: Vec<Column> = table.all_columns().cloned().collect();
    let planned = plan(job, query)?;
    let (types, shape) = insert_shape(&targets, given, &planned)?;
    let rows = Rows::shaped(job, planned, &types, shape)?;
    let location = table.storage.location.trim_end_matches('/').to_owned();
    let folder = job.lake.path(&bucket, folder.trim_end_matches('/'));
    // Rows of a partition that is there go to where it lies.
    let mut known = BTreeMap::new();
    for (values, partition) in &table.partitions {
        if let Ok((bucket, key)) = job.lake.locate(&partition.location) {
            known.insert(values.clone(), job.lake.path(&bucket, key.trim_end_matches('/')));
        }
    }
    let sink = Sink { format, keys: table.partition_keys.clone(), buckets: None, known, folder, location };
    let written = sink.write(job, rows).await?;
    job.lake.change_catalog(|catalog| {
        let Some(known) = catalog.table_mut(database, &named.name) else { return };
        for (values, partition) in &written.partitions {
            known.partitions.entry(values.clone()).or_insert_with(|| partition.clone());
        }
    });
    outcome(job, &written)
}

/// The format of what INSERT adds to a table.
fn written_format(table: &CatalogTable) -> Result<FileFormat, Failure> {
    let serde = &table.storage.serde;
    let refused = || not_done(&format!("INSERT INTO tables of the SerDe {}", serde.library));
    if table.storage.others.get("BucketColumns").and_then(|list| list.as_array()).is_some_and(|list| !list.is_empty()) {
        return Err(Failure::user(1200, "NOT_SUPPORTED: Cannot write to bucketed tables"));
    }
    let property = |name: &str| table.parameters.get(name).map(String::as_str);
    let codec = property("write.compression").or_else(|| property("parquet.compression"));
    let parameter = |name: &str| serde.parameters.get(name).map(String::as_str);
    match table.storage.format().map_err(|_| refused())? {
        Format::Parquet => file_format("PARQUET", codec, None),
        Format::Json if serde.library == JSON_SERDE => file_format("JSON", codec, None),
        Format::Text if parameter("escape.delim").is_none() => {
            let FileFormat::Text { delimiter, gzip, .. } = file_format("TEXTFILE", codec, parameter("field.delim"))?
            else {
                return Err(refused());
            };
            if table.storage.columns.iter().any(|column| column.ty.contains('<')) {
                return Err(not_done("INSERT INTO text files of arrays, maps and rows"));
            }
            let null = parameter("serialization.null.format").unwrap_or("\\N").to_owned();
            Ok(FileFormat::Text { delimiter, null, gzip })
        }
        _ => Err(refused()),
    }
}

/// What the columns of the query become, and which of them each column of the table takes, if any.
fn insert_shape(targets: &[Column], given: Option<&[String]>, planned: &Plan) -> Result<(Vec<Type>, Shape), Failure> {
    let refused = |code: Code, text: String| Err(Failure::of_sql(&Error::of_value(code, text)));
    let all: Vec<String> = targets.iter().map(|column| column.name.to_lowercase()).collect();
    let named = given.unwrap_or(&all);
    if let Some(name) = named.iter().find(|name| !all.contains(name)) {
        let text = format!("line 1:1: Insert column name does not exist in target table: {name}");
        return refused(Code::ColumnNotFound, text).map_err(|failure| Failure { kind: 1006, ..failure });
    }
    let types = targets.iter().map(|target| type_of(target).map_err(|error| Failure::of_sql(&error)));
    let types: Vec<Type> = types.collect::<Result<_, _>>()?;
    let listed = |types: &[Type]| types.iter().map(Type::to_string).collect::<Vec<_>>().join(", ");
    let wanted: Vec<Type> = named
        .iter()
        .filter_map(|name| all.iter().position(|known| known == name))
        .map(|at| types[at].clone())
        .collect();
    let found: Vec<Type> = planned.columns.iter().map(|(_, ty)| ty.clone()).collect();
    let fits = |(from, to): (&Type, &Type)| gluedeck_sql::is_assignable(&settled(from), &settled(to));
    if wanted.len() != found.len() || !found.iter().zip(&wanted).all(fits) {
        let (wanted, found) = (listed(&wanted), listed(&found));
        let text = format!("line 1:1: Insert query has mismatched column types: Table: [{wanted}], Query: [{found}]");
        return refused(Code::TypeMismatch, text);
    }
    let places = all.iter().map(|name| named.iter().position(|given| given == name));
    let shape =
        Shape::new(targets.iter().zip(&types).map(|(target, ty)| (target.name.clone(), ty.clone())), places.collect())?;
    Ok((wanted, shape))
}

async fn unload(job: &Job<'_>, location: &str, properties: &Properties, query: &Query) -> Result<Outcome, Failure> {
    only(properties, &["format", "compression", "field_delimiter", "partitioned_by"])?;
    let word = properties.get("format").map_or_else(|| "PARQUET".to_owned(), |word| word.to_uppercase());
    let codec = properties.get("compression").map(String::as_str);
    let format = file_format(&word, codec, properties.get("field_delimiter").map(String::as_str))?;
    let planned = plan(job, query)?;
    named_once(&planned)?;
    let mut columns = stored_columns(&planned)?;
    if matches!(format, FileFormat::Text { .. }) && columns.iter().any(|column| column.ty.contains('<')) {
        return Err(not_done("UNLOAD of arrays, maps and rows in the format TEXTFILE"));
    }
    let names = names(properties.get("partitioned_by").map(String::as_str).unwrap_or_default());
    let keys = last_columns(&mut columns, &names)?;
    let rows = Rows::of(job, planned)?;
    let (folder, location) = empty_folder(job, location).await?;
    outcome(
        job,
        &Sink { format, keys, buckets: None, known: BTreeMap::new(), folder, location }.write(job, rows).await?,
    )
}

/// Where a statement may write: a folder of the lake with nothing in it, and its `s3://…` without a slash at its end.
async fn empty_folder(job: &Job<'_>, location: &str) -> Result<(PathBuf, String), Failure> {
    let (bucket, key) = job.lake.locate(location).map_err(|why| Failure::user(1006, why.to_string()))?;
    let folder = key.trim_end_matches('/').to_owned();
    let path = job.lake.path(&bucket, &folder);
    ensure(&job.lake, &bucket, &folder).await;
    // Folders in which nothing lies are none to S3.
    if !job.lake.objects.keys(&bucket, &format!("{folder}/")).is_empty() {
        let message =
            format!("HIVE_PATH_ALREADY_EXISTS: Target directory for table already exists: s3://{bucket}/{folder}");
        return Err(Failure::user(1006, message));
    }
    fs::create_dir_all(&path).map_err(Failure::system)?;
    Ok((path, format!("s3://{bucket}/{folder}")))
}

/// Writes the manifest, one URL a line, beside the result object.
fn outcome(job: &Job<'_>, written: &Written) -> Result<Outcome, Failure> {
    let lines: String = written.files.iter().filter_map(|path| Some(format!("{}\n", job.lake.url(path)?))).collect();
    let folder = job.location.object.parent().ok_or_else(|| Failure::system("the result object has no folder"))?;
    fs::create_dir_all(folder).map_err(Failure::system)?;
    let name = format!("{}-manifest.csv", job.id);
    fs::write(folder.join(&name), lines).map_err(Failure::system)?;
    let manifest = job.lake.url(&folder.join(&name));
    let scanned_bytes = job.scanned_bytes();
    Ok(Outcome { updated: written.rows, manifest, scanned_bytes, ..Outcome::of(ResultSet::empty()) })
}
