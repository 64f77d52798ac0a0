//! The query language of CloudWatch Logs Insights (its documentation: "CloudWatch Logs Insights language query syntax"): the
//! commands fields, display, filter, sort, limit, dedup, stats and parse. What else it has is refused by name.

mod evaluate;
mod functions;
mod malformed;
mod parser;
mod reading;
mod row;
mod run;
mod started;
mod stats;
mod token;
mod tree;
mod value;

pub(crate) use malformed::Malformed;
pub(crate) use parser::parse;
pub(crate) use row::{Event, EventSource, Row, pointed_at};
pub(crate) use run::{AnswerRow, passes, run};
pub(crate) use started::{Scanned, StartedQuery};
pub(crate) use tree::Query;
