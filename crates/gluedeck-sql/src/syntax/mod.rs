//! The syntax of Athena's statements: tokens, the tree, and the parser.

pub mod ast;
mod calls;
mod expressions;
mod hive;
mod json;
mod literals;
mod parser;
mod primary;
mod queries;
mod query_ast;
mod relations;
pub(crate) mod statement;
pub(crate) mod statements;
pub(crate) mod table_ast;
mod tables;
mod token;
mod type_names;
mod words;

pub(crate) use parser::Parser;
