//! A statement of Athena: what it is, and how the service calls it.

use super::ast::Query;
use crate::error::Error;
use std::collections::BTreeMap;

/// A table by name, and by database if that was named. All in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName {
    pub database: Option<String>,
    pub name: String,
}

/// The `WITH (…)` properties of CTAS and UNLOAD: name to text, or to the texts of an array joined by commas.
pub type Properties = BTreeMap<String, String>;

/// One partition of ALTER TABLE … ADD PARTITION: its value and, if given, its location.
pub type NewPartition = (String, Option<String>);

/// A statement that was read.
#[derive(Debug, Clone)]
pub enum Statement {
    Query(Query),
    Explain(Query),
    /// With a pattern for their names.
    ShowDatabases(Option<String>),
    ShowFunctions(Option<String>),
    ShowTables {
        database: Option<String>,
        pattern: Option<String>,
    },
    ShowViews {
        database: Option<String>,
        pattern: Option<String>,
    },
    ShowColumns(TableName),
    ShowPartitions(TableName),
    ShowCreateTable(TableName),
    ShowCreateView(TableName),
    ShowProperties {
        table: TableName,
        property: Option<String>,
    },
    Describe(TableName),
    Repair(TableName),
    AddPartitions {
        table: TableName,
        if_not_exists: bool,
        partitions: Vec<NewPartition>,
    },
    DropTable {
        table: TableName,
        if_exists: bool,
        view: bool,
    },
    CreateView {
        view: TableName,
        or_replace: bool,
        sql: String,
    },
    CreateTableAs {
        table: TableName,
        if_not_exists: bool,
        properties: Properties,
        query: Query,
        with_data: bool,
    },
    Insert {
        table: TableName,
        columns: Option<Vec<String>>,
        query: Query,
    },
    Unload {
        location: String,
        properties: Properties,
        query: Query,
    },
    Prepare {
        name: String,
        sql: String,
    },
    Execute {
        name: String,
        parameters: Vec<String>,
    },
    Deallocate(String),
    /// A statement of Athena that is not done here: the words it begins with.
    Unsupported(&'static str),
    /// A query with something in it that is not done here.
    Refused(Error),
}

impl Statement {
    /// `StatementType`: DML, DDL or UTILITY. DML answers with a header row, and with CSV.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Query(_) | Self::Explain(_) | Self::Refused(_) => "DML",
            Self::CreateTableAs { .. } | Self::Insert { .. } | Self::Unload { .. } | Self::Execute { .. } => "DML",
            Self::Repair(_) | Self::AddPartitions { .. } | Self::DropTable { .. } | Self::CreateView { .. } => "DDL",
            Self::Prepare { .. } | Self::Deallocate(_) | Self::Unsupported(_) => "DDL",
            _ => "UTILITY",
        }
    }

    /// Whether the first row of the results is the columns' names: of DML, and of SHOW FUNCTIONS (docs/aws-facts.md:
    /// Header row).
    pub fn has_header(&self) -> bool {
        self.kind() == "DML" || matches!(self, Self::ShowFunctions(_))
    }

    /// Whether the statement changes the catalog or writes files other than its result.
    pub fn writes(&self) -> bool {
        !matches!(self, Self::Query(_) | Self::Explain(_) | Self::Refused(_)) && self.kind() != "UTILITY"
    }

    /// `SubstatementType`.
    pub fn word(&self) -> String {
        let word = match self {
            Self::Query(_) | Self::Refused(_) => "SELECT",
            Self::Explain(_) => "EXPLAIN",
            Self::ShowDatabases(_) => "SHOW_DATABASES",
            Self::ShowFunctions(_) => "SHOW_FUNCTIONS",
            Self::ShowTables { .. } => "SHOW_TABLES",
            Self::ShowViews { .. } => "SHOW_VIEWS",
            Self::ShowColumns(_) => "SHOW_COLUMNS",
            Self::ShowPartitions(_) => "SHOW_PARTITIONS",
            Self::ShowCreateTable(_) => "SHOW_CREATE_TABLE",
            Self::ShowCreateView(_) => "SHOW_CREATE_VIEW",
            Self::ShowProperties { .. } => "SHOW_TBLPROPERTIES",
            Self::Describe(_) => "DESCRIBE_TABLE",
            Self::Repair(_) => "MSCK_REPAIR_TABLE",
            Self::AddPartitions { .. } => "ALTER_TABLE_ADD_PARTITION",
            Self::DropTable { view: false, .. } => "DROP_TABLE",
            Self::DropTable { .. } => "DROP_VIEW",
            Self::CreateView { .. } => "CREATE_VIEW",
            Self::CreateTableAs { .. } => "CREATE_TABLE_AS_SELECT",
            Self::Insert { .. } => "INSERT_INTO",
            Self::Unload { .. } => "UNLOAD",
            Self::Prepare { .. } => "PREPARE",
            Self::Execute { .. } => "EXECUTE",
            Self::Deallocate(_) => "DEALLOCATE_PREPARE",
            Self::Unsupported(words) => {
                // What follows in small letters says which of these statements.
                let capital = |word: &&str| word.chars().all(|c| c.is_ascii_uppercase());
                return words.split(' ').take_while(capital).collect::<Vec<_>>().join("_");
            }
        };
        word.to_owned()
    }
}
