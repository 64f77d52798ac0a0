//! Why a run failed, as far as its words tell.

/// What kind of cause it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    DataQuality,
    DpuLimit,
    Concurrency,
    Timeout,
    OutOfMemory,
    AccessDenied,
    MissingInput,
    SchemaChange,
    /// Another writer of the table came first.
    Conflict,
    Connection,
    /// A module, a jar or a version of one.
    Library,
    Argument,
    /// The job's definition: the run is refused before it starts.
    Definition,
    CodeError,
    Throttling,
    DeletedJob,
    Crawler,
    Unknown,
}

impl Class {
    /// All, in the order in which they are told.
    pub const ALL: [Self; 18] = [
        Self::DataQuality,
        Self::DpuLimit,
        Self::Concurrency,
        Self::Timeout,
        Self::OutOfMemory,
        Self::AccessDenied,
        Self::MissingInput,
        Self::SchemaChange,
        Self::Conflict,
        Self::Connection,
        Self::Library,
        Self::Argument,
        Self::Definition,
        Self::CodeError,
        Self::Throttling,
        Self::DeletedJob,
        Self::Crawler,
        Self::Unknown,
    ];

    /// As it stands in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::DataQuality => "data_quality",
            Self::DpuLimit => "dpu_limit",
            Self::Concurrency => "concurrency",
            Self::Timeout => "timeout",
            Self::OutOfMemory => "out_of_memory",
            Self::AccessDenied => "access_denied",
            Self::MissingInput => "missing_input",
            Self::SchemaChange => "schema_change",
            Self::Conflict => "commit_conflict",
            Self::Connection => "connection",
            Self::Library => "library",
            Self::Argument => "argument",
            Self::Definition => "definition",
            Self::CodeError => "code_error",
            Self::Throttling => "throttling",
            Self::DeletedJob => "deleted_job",
            Self::Crawler => "crawler",
            Self::Unknown => "unknown",
        }
    }

    /// As people say it.
    pub fn title(self) -> &'static str {
        match self {
            Self::DataQuality => "data quality",
            Self::DpuLimit => "DPU limit exceeded",
            Self::Concurrency => "concurrent run limit",
            Self::Timeout => "timeout",
            Self::OutOfMemory => "out of memory or disk",
            Self::AccessDenied => "access denied",
            Self::MissingInput => "missing input",
            Self::SchemaChange => "schema change",
            Self::Conflict => "commit conflict",
            Self::Connection => "connection failed",
            Self::Library => "missing or conflicting library",
            Self::Argument => "wrong argument",
            Self::Definition => "wrong definition",
            Self::CodeError => "script error",
            Self::Throttling => "throttled",
            Self::DeletedJob => "job not found",
            Self::Crawler => "crawler",
            Self::Unknown => "unknown cause",
        }
    }

    /// Words that tell each, in lower case. The first class with a word that is there is taken: what is more telling
    /// stands further up.
    const WORDS: [(Self, &'static [&'static str]); 17] = [
        (Self::DataQuality, &["dataqualityerror", "data quality", "violated"]),
        (
            Self::DpuLimit,
            &["exceeded maximum concurrent compute capacity", "resource_limit_exceeded", "resource unavailable"],
        ),
        (
            Self::Concurrency,
            &["concurrentrunsexceeded", "concurrent runs exceeded", "max concurrent runs", "maximum concurrent"],
        ),
        (
            Self::Conflict,
            &[
                "commitfailedexception",
                "concurrent update",
                "conflicting files",
                "conflicting commits",
                "concurrentappendexception",
                "concurrentwriteexception",
                "concurrenttransactionexception",
                "hoodiewriteconflictexception",
            ],
        ),
        (
            Self::AccessDenied,
            &[
                "accessdenied",
                "access denied",
                "access is not allowed",
                "is not authorized to perform",
                "unauthorizedoperation",
                "insufficient lake formation permission",
                "status code: 403",
                "http/1.1 403",
                "forbidden",
                "permission denied",
                "expiredtoken",
                "token has expired",
                "security token included in the request is expired",
                "token included in the request is invalid",
                "ciphertext refers to",
                "you must be authenticated",
                "is a gated",
            ],
        ),
        (
            Self::OutOfMemory,
            &[
                "outofmemoryerror",
                "out of memory",
                "java heap space",
                "gc overhead limit",
                "exceeding memory limits",
                "beyond physical memory limits",
                "beyond virtual memory limits",
                "spark.driver.maxresultsize",
                "exit code 137",
                "exit code is 137",
                "exited with code 137",
                "exit status: 137",
                "executorlostfailure",
                "executor heartbeat timed out",
                "missing an output location for shuffle",
                "block data to fetch is dead",
                "no space left on device",
                "memoryerror",
                "cannot allocate memory",
                "container killed",
                "remote rpc client disassociated",
            ],
        ),
        (
            Self::Throttling,
            &[
                "throttl",
                "rate exceeded",
                "provisionedthroughputexceeded",
                "exceeds max retry",
                "slowdown",
                "slow down",
                "please reduce your request rate",
                "toomanyrequests",
                "requestlimitexceeded",
            ],
        ),
        (
            Self::Library,
            &[
                "modulenotfounderror",
                "no module named",
                "cannot import name",
                "importerror",
                "noclassdeffounderror",
                "classnotfoundexception",
                "nosuchmethoderror",
                "nosuchfielderror",
                "incompatibleclasschangeerror",
                "unsupportedclassversionerror",
                "failed to find data source",
                "cannot find catalog plugin class",
                "additional python modules",
                "does not appear to be a python project",
                "invalid requirement",
                "is required by {",
            ],
        ),
        (
            Self::Argument,
            &[
                "glueargumenterror",
                "argumenterror",
                "missing value for --",
                "arguments are required",
                "expected one argument",
                "urisyntaxexception",
            ],
        ),
        (
            Self::Definition,
            &[
                "could not find command",
                "could not find connection",
                "failed to get catalog connections",
                "glueversion",
                "invalid input provided",
                "security group must open",
                "given assume role permissions",
                "endpoint validation failed",
                "could not find s3 endpoint or nat gateway",
                "the job definition",
            ],
        ),
        (
            Self::MissingInput,
            &[
                "path does not exist",
                "s3 prefix",
                "nosuchkey",
                "nosuchbucket",
                "filenotfound",
                "no such file or directory",
                "the specified key does not exist",
                "entitynotfoundexception",
                "entity not found",
                "table or view not found",
                "table_or_view_not_found",
                "unable to infer schema",
                "resourcenotfoundexception",
                "is empty",
            ],
        ),
        (
            Self::Connection,
            &[
                "communications link failure",
                "connection refused",
                "connecttimeout",
                "connect timed out",
                "connect timeout",
                "connection timed out",
                "connection attempt failed",
                "read timed out",
                "read timeout",
                "unknownhost",
                "failed to connect",
                "could not connect",
                "unable to connect",
                "connection reset",
                "connection has been closed",
                "connection is closed",
                "closed the connection",
                "unable to execute http request",
                "could not connect to the endpoint",
                "sslhandshake",
                "i/o error occurred while sending",
                "no route to host",
                "network is unreachable",
                "connectionexception",
                "acquire database connection",
            ],
        ),
        (
            Self::SchemaChange,
            &[
                "cannot resolve",
                "unresolved_column",
                "unresolved column",
                "missing_column",
                "column_not_exists",
                "datatype mismatch",
                "cannot be cast to",
                "cannot cast",
                "can not merge type",
                "incompatible",
                "column already exists",
                "duplicate column",
                "failed to merge fields",
                "parquet column cannot be converted",
                "illegal parquet type",
                "invalid digit",
                "exceeds ddl length",
                "unsupported case of datatype",
                "schema",
                "hive_partition_schema_mismatch",
            ],
        ),
        (Self::Timeout, &["timed out", "timeout"]),
        (Self::DeletedJob, &["failed to start job", "job not found"]),
        (
            Self::CodeError,
            &[
                "traceback (most recent call last)",
                "syntaxerror",
                "indentationerror",
                "nameerror",
                "typeerror",
                "valueerror",
                "keyerror",
                "attributeerror",
                "indexerror",
                "nullpointerexception",
                "nosuchelementexception",
                "classcastexception",
                "illegalargumentexception",
                "numberformatexception",
                "zerodivisionerror",
                "recursionerror",
                "stackoverflowerror",
                "unboundlocalerror",
                "exception in user class",
                "assertionerror",
                "parseexception",
                "analysisexception",
                "pythonexception",
            ],
        ),
        // Whatever else keeps a run from starting.
        (Self::Definition, &["failed to execute with exception", "launch error"]),
    ];

    /// By the words of an error.
    pub fn of(text: &str) -> Self {
        let text = text.to_lowercase();
        // `Job DynamoDB User Silver not found`, with any name between.
        if text.starts_with("job ") && text.trim_end_matches('.').ends_with(" not found") {
            return Self::DeletedJob;
        }
        // Classes of a library that do not fit each other, not values.
        if text.contains("classcastexception") && text.contains("cannot be cast to") && !text.contains("java.lang.") {
            return Self::Library;
        }
        let column_gone = text.contains("column ") && text.contains("does not exist");
        let known = Self::WORDS.iter().find(|(_, words)| words.iter().any(|word| text.contains(word)));
        match known.map_or(Self::Unknown, |(class, _)| *class) {
            Self::CodeError | Self::Unknown | Self::Definition if column_gone => Self::SchemaChange,
            class => class,
        }
    }
}
