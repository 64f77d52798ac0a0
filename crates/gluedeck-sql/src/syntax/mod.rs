//! The syntax of Athena's statements: tokens, the tree, and the parser.

pub mod ast;
mod calls;
mod expressions;
mod json;
mod literals;
mod parser;
mod primary;
mod queries;
mod query_ast;
mod relations;
mod token;
mod type_names;
mod words;

pub(crate) use parser::Parser;
