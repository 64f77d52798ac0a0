//! A statement of Athena: what it is, and how the service calls it.

use super::ast::Query;
use super::table_ast::{NewDatabase, NewTable, Properties, TableChange, TableName};
use crate::error::Error;

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
    CreateDatabase(NewDatabase),
    AlterDatabase {
        name: String,
        properties: Properties,
    },
    DropDatabase {
        name: String,
        if_exists: bool,
        cascade: bool,
    },
    CreateTable(Box<NewTable>),
    AlterTable {
        table: TableName,
        change: TableChange,
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
            Self::Insert { .. } | Self::Unload { .. } | Self::Execute { .. } => "DML",
            Self::CreateTableAs { .. } => "DDL",
            Self::CreateDatabase(_) | Self::AlterDatabase { .. } | Self::DropDatabase { .. } => "DDL",
            Self::CreateTable(_) | Self::AlterTable { .. } | Self::DropTable { .. } => "DDL",
            Self::Repair(_) | Self::CreateView { .. } => "DDL",
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
            Self::ShowProperties { .. } => "SHOW_TABLE_PROPERTIES",
            Self::Describe(_) => "DESCRIBE_TABLE",
            Self::Repair(_) => "MSCK_REPAIR",
            Self::CreateDatabase(_) => "CREATE_DATABASE",
            Self::AlterDatabase { .. } => "ALTER_DATABASE_SET_DBPROPERTIES",
            Self::DropDatabase { .. } => "DROP_DATABASE",
            Self::CreateTable(_) => "CREATE_TABLE",
            Self::AlterTable { change, .. } => change.word(),
            Self::DropTable { view: false, .. } => "DROP_TABLE",
            Self::DropTable { .. } => "DROP_VIEW",
            Self::CreateView { .. } => "CREATE_VIEW",
            Self::CreateTableAs { .. } => "CREATE_TABLE_AS_SELECT",
            Self::Insert { .. } => "INSERT",
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
