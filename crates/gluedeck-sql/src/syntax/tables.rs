//! CREATE EXTERNAL TABLE and ALTER TABLE.

use super::parser::Parser;
use super::statement::Statement;
use super::table_ast::{
    HiveColumn, NewPartition, NewTable, PartitionSpec, Properties, RowFormat, StoredAs, TableChange,
};
use crate::error::{Code, Error, Result};
use crate::types::Type;

/// What ALTER TABLE does in Athena and is not done here.
const NOT_DONE: [(&str, &str); 5] = [
    ("DROP", "ALTER TABLE DROP COLUMN"),
    ("RENAME", "ALTER TABLE RENAME"),
    ("UNSET", "ALTER TABLE UNSET TBLPROPERTIES"),
    ("EXECUTE", "ALTER TABLE EXECUTE"),
    ("PARTITION", "ALTER TABLE PARTITION with other changes than RENAME and SET LOCATION"),
];

/// The delimiters of ROW FORMAT DELIMITED, and what the SerDe calls them. (Hive's own spelling of the second.)
const DELIMITERS: [(&[&str], &str); 4] = [
    (&["FIELDS", "TERMINATED", "BY"], "field.delim"),
    (&["COLLECTION", "ITEMS", "TERMINATED", "BY"], "colelction.delim"),
    (&["MAP", "KEYS", "TERMINATED", "BY"], "mapkey.delim"),
    (&["LINES", "TERMINATED", "BY"], "line.delim"),
];

impl Parser<'_> {
    /// After CREATE EXTERNAL TABLE.
    pub(super) fn new_table(&mut self) -> Result<Statement> {
        let if_not_exists = self.words(&["IF", "NOT", "EXISTS"]);
        let table = self.hive_table()?;
        let columns = if self.at_symbol("(") { self.hive_columns()? } else { Vec::new() };
        let mut new = NewTable {
            table,
            if_not_exists,
            columns,
            partition_keys: Vec::new(),
            comment: None,
            buckets: None,
            row_format: None,
            stored_as: None,
            location: None,
            properties: Properties::new(),
        };
        if self.word("COMMENT") {
            new.comment = Some(self.hive_text()?);
        }
        if self.words(&["PARTITIONED", "BY"]) {
            new.partition_keys = self.hive_columns()?;
        }
        if self.words(&["CLUSTERED", "BY"]) {
            new.buckets = Some(self.buckets()?);
        }
        if self.words(&["ROW", "FORMAT"]) {
            new.row_format = Some(self.row_format()?);
        }
        if self.words(&["STORED", "AS"]) {
            new.stored_as = Some(self.stored_as()?);
        }
        if self.word("LOCATION") {
            new.location = Some(self.hive_text()?);
        }
        if self.word("TBLPROPERTIES") {
            new.properties = self.hive_properties()?;
        }
        if new.location.is_none() {
            let text = "No location was specified for table. An S3 location must be specified";
            return Err(Error::of_value(Code::SyntaxError, text));
        }
        Ok(Statement::CreateTable(Box::new(new)))
    }

    fn buckets(&mut self) -> Result<(Vec<String>, u32)> {
        self.expect_symbol("(")?;
        let columns = self.list(Self::hive_name)?;
        self.expect_symbol(")")?;
        self.expect_word("INTO")?;
        let position = self.position();
        let count = self.integer()?;
        self.expect_word("BUCKETS")?;
        match count.parse() {
            Ok(count) => Ok((columns, count)),
            Err(_) => Err(Error::at(position, Code::SyntaxError, format!("{count} is too large"))),
        }
    }

    fn row_format(&mut self) -> Result<RowFormat> {
        if self.word("SERDE") {
            let class = self.hive_text()?;
            let with = self.words(&["WITH", "SERDEPROPERTIES"]);
            let properties = if with { self.hive_properties()? } else { Properties::new() };
            return Ok(RowFormat::Serde { class, properties });
        }
        self.expect_word("DELIMITED")?;
        let mut delimiters = Properties::new();
        loop {
            if let Some((words, name)) = DELIMITERS.into_iter().find(|(words, _)| self.words(words)) {
                delimiters.insert(name.to_owned(), self.hive_text()?);
                if words[0] == "FIELDS" && self.words(&["ESCAPED", "BY"]) {
                    delimiters.insert("escape.delim".to_owned(), self.hive_text()?);
                }
            } else if self.words(&["NULL", "DEFINED", "AS"]) {
                delimiters.insert("serialization.null.format".to_owned(), self.hive_text()?);
            } else {
                return Ok(RowFormat::Delimited(delimiters));
            }
        }
    }

    fn stored_as(&mut self) -> Result<StoredAs> {
        if self.word("INPUTFORMAT") {
            let input = self.hive_text()?;
            self.expect_word("OUTPUTFORMAT")?;
            return Ok(StoredAs::Classes { input, output: self.hive_text()? });
        }
        Ok(StoredAs::Format(self.hive_name()?.to_uppercase()))
    }

    /// `(name type COMMENT 'text', …)`.
    fn hive_columns(&mut self) -> Result<Vec<HiveColumn>> {
        self.expect_symbol("(")?;
        let columns = self.list(Self::hive_column)?;
        self.expect_symbol(")")?;
        Ok(columns)
    }

    fn hive_column(&mut self) -> Result<HiveColumn> {
        let name = self.hive_name()?;
        let ty = self.hive_type()?;
        let comment = if self.word("COMMENT") { Some(self.hive_text()?) } else { None };
        Ok(HiveColumn { name, ty, comment })
    }

    /// The name of a type, without blanks, in small letters.
    fn hive_type(&mut self) -> Result<String> {
        let (position, start) = (self.position(), self.offset());
        self.hive_name()?;
        let mut open = 0_u32;
        // Numbers in brackets, or types in angle ones.
        while self.at_symbol("(") || self.at_symbol("<") || open > 0 {
            if self.at_end() {
                return Err(self.mismatched());
            }
            open += u32::from(self.at_symbol("(") || self.at_symbol("<"));
            open -= u32::from(self.at_symbol(")") || self.at_symbol(">"));
            self.advance();
        }
        let written: String = self.source(start).split_whitespace().collect();
        let name = written.to_lowercase();
        match Type::of_hive(&name) {
            Some(_) => Ok(if name == "integer" { "int".to_owned() } else { name }),
            None => Err(Error::at(position, Code::SyntaxError, format!("Unsupported type {written}"))),
        }
    }

    /// `('name' = 'value', …)`.
    pub(super) fn hive_properties(&mut self) -> Result<Properties> {
        self.expect_symbol("(")?;
        let pairs = self.list(|parser| {
            let name = parser.hive_text()?;
            parser.expect_symbol("=")?;
            Ok((name, parser.hive_text()?))
        })?;
        self.expect_symbol(")")?;
        Ok(pairs.into_iter().collect())
    }

    /// After ALTER.
    pub(super) fn alter_table(&mut self) -> Result<Statement> {
        self.expect_word("TABLE")?;
        let table = self.hive_table()?;
        let mark = self.mark();
        if let Some(change) = self.table_change()? {
            return Ok(Statement::AlterTable { table, change });
        }
        self.back(mark);
        match NOT_DONE.into_iter().find(|(word, _)| self.at_word(word)) {
            Some((_, words)) => {
                self.skip_to_end();
                Ok(Statement::Unsupported(words))
            }
            None => Err(self.mismatched()),
        }
    }

    /// None if it is one that is not done.
    fn table_change(&mut self) -> Result<Option<TableChange>> {
        if self.words(&["ADD", "COLUMNS"]) {
            return Ok(Some(TableChange::AddColumns(self.hive_columns()?)));
        }
        if self.words(&["REPLACE", "COLUMNS"]) {
            return Ok(Some(TableChange::ReplaceColumns(self.hive_columns()?)));
        }
        if self.word("CHANGE") {
            self.word("COLUMN");
            let name = self.hive_name()?;
            return Ok(Some(TableChange::ChangeColumn { name, column: self.hive_column()? }));
        }
        if self.words(&["SET", "TBLPROPERTIES"]) {
            return Ok(Some(TableChange::SetProperties(self.hive_properties()?)));
        }
        if self.words(&["SET", "LOCATION"]) {
            return Ok(Some(TableChange::SetLocation { partition: None, location: self.hive_text()? }));
        }
        if self.word("ADD") {
            let if_not_exists = self.words(&["IF", "NOT", "EXISTS"]);
            let partitions = self.partitions(|parser| {
                let spec = parser.partition_spec()?;
                let location = if parser.word("LOCATION") { Some(parser.hive_text()?) } else { None };
                Ok(NewPartition { spec, location })
            })?;
            return Ok(Some(TableChange::AddPartitions { if_not_exists, partitions }));
        }
        if self.looks_like(&["DROP", "PARTITION"]) || self.looks_like(&["DROP", "IF"]) {
            self.advance();
            let if_exists = self.words(&["IF", "EXISTS"]);
            let partitions = self.partitions(Self::partition_spec)?;
            return Ok(Some(TableChange::DropPartitions { if_exists, partitions }));
        }
        if self.at_word("PARTITION") {
            return self.partition_change();
        }
        Ok(None)
    }

    fn partition_change(&mut self) -> Result<Option<TableChange>> {
        let from = self.partition_spec()?;
        if self.words(&["RENAME", "TO"]) {
            return Ok(Some(TableChange::RenamePartition { from, to: self.partition_spec()? }));
        }
        if self.words(&["SET", "LOCATION"]) {
            return Ok(Some(TableChange::SetLocation { partition: Some(from), location: self.hive_text()? }));
        }
        Ok(None)
    }

    /// Partitions, with or without commas between them.
    fn partitions<T>(&mut self, mut read: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut found = vec![read(self)?];
        while self.symbol(",") || self.at_word("PARTITION") {
            found.push(read(self)?);
        }
        Ok(found)
    }

    /// `PARTITION (key = value, …)`.
    fn partition_spec(&mut self) -> Result<PartitionSpec> {
        self.expect_word("PARTITION")?;
        self.expect_symbol("(")?;
        let spec = self.list(|parser| {
            let key = parser.hive_name()?;
            parser.expect_symbol("=")?;
            Ok((key, parser.literal_text()?))
        })?;
        self.expect_symbol(")")?;
        Ok(spec)
    }
}

#[cfg(test)]
mod tests {
    use super::super::statements::statement;
    use super::*;

    #[test]
    fn a_table_with_every_clause() {
        let sql = r"create external table if not exists `Db`.`My-Table` (
              id bigint comment 'the key', tags array<struct<name:string, n:int>>, price decimal(10, 2)
            ) comment 'all of it'
            partitioned by (day date, region string)
            row format delimited fields terminated by '\t' escaped by '\\' collection items terminated by '|'
              lines terminated by '\n' null defined as ''
            stored as textfile location 's3://bucket/folder/' tblproperties ('skip.header.line.count' = '1');";
        let Ok(Statement::CreateTable(new)) = statement(sql) else { panic!("{:?}", statement(sql)) };
        assert_eq!((new.table.database.as_deref(), new.table.name.as_str()), (Some("db"), "my-table"));
        assert_eq!(new.columns[1].ty, "array<struct<name:string,n:int>>");
        assert_eq!(new.columns[2].ty, "decimal(10,2)");
        assert_eq!(new.columns[0].comment.as_deref(), Some("the key"));
        assert_eq!(new.partition_keys.len(), 2);
        let Some(RowFormat::Delimited(delimiters)) = new.row_format else { panic!("delimiters") };
        assert_eq!(delimiters["field.delim"], "\t");
        assert_eq!(delimiters["escape.delim"], "\\");
        assert_eq!(delimiters["colelction.delim"], "|");
        assert_eq!(delimiters["serialization.null.format"], "");
        assert_eq!(new.stored_as, Some(StoredAs::Format("TEXTFILE".into())));
        assert_eq!(new.properties["skip.header.line.count"], "1");
    }

    #[test]
    fn a_table_with_a_serde() {
        let sql = "create external table t (a int) row format serde 'org.x.Y' with serdeproperties ('k'=\"v\") \
                   stored as inputformat 'i' outputformat 'o' location 's3://b/'";
        let Ok(Statement::CreateTable(new)) = statement(sql) else { panic!("{:?}", statement(sql)) };
        let properties = Properties::from([("k".to_owned(), "v".to_owned())]);
        assert_eq!(new.row_format, Some(RowFormat::Serde { class: "org.x.Y".into(), properties }));
        assert_eq!(new.stored_as, Some(StoredAs::Classes { input: "i".into(), output: "o".into() }));
        assert!(statement("create external table t (a text) location 's3://b/'").is_err());
        assert!(statement("create external table t (a array<int) location 's3://b/'").is_err());
        assert!(statement("create external table t (a int)").is_err());
    }

    #[test]
    fn changes_of_a_table() {
        let change = |sql: &str| match statement(sql) {
            Ok(Statement::AlterTable { change, .. }) => change,
            other => panic!("{sql}: {other:?}"),
        };
        let spec = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let add =
            "alter table t add if not exists partition (a = '1', b = 2) location 's3://b/x' partition (a='2', b=3)";
        let TableChange::AddPartitions { if_not_exists: true, partitions } = change(add) else { panic!("{add}") };
        assert_eq!(partitions[0].spec, spec(&[("a", "1"), ("b", "2")]));
        assert_eq!((partitions[0].location.as_deref(), partitions.len()), (Some("s3://b/x"), 2));
        let drop = change("alter table t drop partition (d = date '2026-11-22'), partition (d = '2026-11-23')");
        let dropped = vec![spec(&[("d", "2026-11-22")]), spec(&[("d", "2026-11-23")])];
        assert_eq!(drop, TableChange::DropPartitions { if_exists: false, partitions: dropped });
        assert!(
            matches!(change("alter table t add columns (x int, y string)"), TableChange::AddColumns(c) if c.len() == 2)
        );
        assert!(matches!(change("alter table t replace columns (x int)"), TableChange::ReplaceColumns(_)));
        assert!(matches!(change("alter table t change column a b int"), TableChange::ChangeColumn { .. }));
        assert!(matches!(change("alter table t set tblproperties ('a'='b')"), TableChange::SetProperties(_)));
        assert!(matches!(change("alter table t set location 's3://b/'"), TableChange::SetLocation { .. }));
        let rename = change("alter table t partition (a='1') rename to partition (a='2')");
        assert!(matches!(rename, TableChange::RenamePartition { .. }));
        assert!(matches!(statement("alter table t rename to u"), Ok(Statement::Unsupported("ALTER TABLE RENAME"))));
        assert!(statement("alter table t grow").is_err());
    }
}
